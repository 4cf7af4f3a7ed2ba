package server

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/ingest"
	"github.com/legworkhq/legwork/server/notice"
	"github.com/legworkhq/legwork/server/shard"
	"github.com/legworkhq/legwork/server/store"
)

// part is the tenants whose calls are rebuilt together, and whose notices are delivered:
// all of them, or those of one partition of a cluster. What it writes goes through a
// store of its own.
type part struct {
	server  *Server
	store   store.Store
	notices *notice.Deliverer
	cfg     *shard.Config
	// lazy: shards are opened when something comes for them.
	lazy bool

	mu     sync.RWMutex
	shards map[int64]*running
	missed map[int64]bool // for whom no shard could be opened

	work context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup
}

// running is a shard and its goroutine.
type running struct {
	*shard.Shard
	tenant store.Tenant
	stop   context.CancelFunc
	done   chan struct{}
}

// flushPace is a compromise between what a page shows late and what a busy server writes
// in vain; sharedPace is that of a cluster, where writing costs others too.
const (
	flushPace  = 100 * time.Millisecond
	sharedPace = time.Second
)

// newPart makes a part without shards. horizon is a time before which nothing more will
// be received for its tenants; mine tells whether notices may be sent still, nil always.
func (s *Server) newPart(db store.Store, horizon func() call.Time, mine func() bool) *part {
	p := &part{server: s, store: db, shards: map[int64]*running{}, missed: map[int64]bool{}}
	p.notices = notice.New(s.noticeConfig(db, mine))
	p.cfg = &shard.Config{
		Store: db, Engine: s.opt.Engine, Horizon: horizon, Fate: s.meter.Fate,
		Changed: func(tenant int64) {
			s.hub.changed(tenant)
			p.notices.Wake()
		},
		Notice: notice.OfCall, Ended: s.watch.ended,
		Pace: flushPace, SnapshotAfter: s.opt.SnapshotAfter, SnapshotEvery: s.opt.SnapshotEvery, Log: s.opt.Log,
	}
	p.work, p.stop = context.WithCancel(s.work)
	p.wg.Go(func() { p.notices.Run(p.work) })
	return p
}

// noticeConfig completes what the options say.
func (s *Server) noticeConfig(db store.Notices, mine func() bool) notice.Config {
	cfg := s.opt.Notices
	cfg.Mine = mine
	cfg.Store, cfg.Log, cfg.Now, cfg.Random = db, s.opt.Log, s.opt.Now, rand.Float64
	cfg.Tried, cfg.Tenant = s.meter.tried, s.tenant
	return cfg
}

// reload tells the shards what is new about their tenants, and ends those of tenants that
// are gone. Unless the part is lazy, every tenant gets one.
func (p *part) reload(ctx context.Context, tenants map[int64]store.Tenant) error {
	var open []store.Tenant
	p.mu.Lock()
	for id, r := range p.shards {
		if t, here := tenants[id]; here {
			r.SetTenant(t)
			r.tenant = t
			continue
		}
		r.stop()
		delete(p.shards, id)
	}
	for id := range p.missed {
		if t, here := tenants[id]; here {
			open = append(open, t)
		}
	}
	p.mu.Unlock()
	if !p.lazy {
		open = slices.Collect(maps.Values(tenants))
	}
	for _, t := range open {
		if err := p.open(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// open makes a tenant's shard, unless there is one.
func (p *part) open(ctx context.Context, t store.Tenant) error {
	if p.at(t.ID) != nil {
		return nil
	}
	sh, err := shard.Open(ctx, p.cfg, t)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shards[t.ID] != nil || p.work.Err() != nil {
		return p.work.Err()
	}
	delete(p.missed, t.ID)
	work, stop := context.WithCancel(p.work)
	r := &running{Shard: sh, tenant: t, stop: stop, done: make(chan struct{})}
	p.shards[t.ID] = r
	p.wg.Go(func() {
		defer close(r.done)
		sh.Run(work)
	})
	return nil
}

// at is a tenant's shard, nil when it is not open.
func (p *part) at(tenant int64) *running {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.shards[tenant]
}

// put hands entries that are on disk to their shards. One that cannot be opened now reads
// them from the journal later.
func (p *part) put(entries []ingest.Taken) {
	for len(entries) > 0 {
		n := 1
		for n < len(entries) && entries[n].Tenant == entries[0].Tenant {
			n++
		}
		p.hand(entries[0].Tenant, entries[:n:n])
		entries = entries[n:]
	}
}

// behind has a tenant's shard read what it was not told: more may be in the journal.
func (p *part) behind(tenant int64) {
	if !p.opened(tenant) {
		return
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	if r := p.shards[tenant]; r != nil {
		r.Behind()
	}
}

func (p *part) hand(tenant int64, entries []ingest.Taken) {
	if !p.opened(tenant) {
		return
	}
	p.mu.RLock() // so that it is not closed as idle meanwhile
	defer p.mu.RUnlock()
	if r := p.shards[tenant]; r != nil {
		r.Put(entries)
	}
}

// opened opens a tenant's shard where that is done when needed, and tells whether it is
// open, or need not be.
func (p *part) opened(tenant int64) bool {
	if p.lazy && p.at(tenant) == nil {
		if _, err := p.shard(p.work, tenant); err != nil {
			p.mu.Lock()
			p.missed[tenant] = true
			p.mu.Unlock()
			p.server.opt.Log.Warn("calls wait for the directory or the database", "once", "missed", "tenant", tenant, "error", err)
			return false
		}
	}
	return true
}

// shard finds a tenant's, and opens it where that is done when needed.
func (p *part) shard(ctx context.Context, tenant int64) (*shard.Shard, error) {
	if r := p.at(tenant); r != nil {
		return r.Shard, nil
	}
	t, ok := p.server.tenant(tenant)
	if !p.lazy || !ok {
		return nil, store.ErrNotFound
	}
	if err := p.open(ctx, t); err != nil {
		return nil, err
	}
	if r := p.at(tenant); r != nil {
		return r.Shard, nil
	}
	return nil, store.ErrNotFound
}

// each lists the shards that there are, in order of their tenants.
func (p *part) each() (out []running) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, r := range p.shards {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b running) int { return int(a.tenant.ID - b.tenant.ID) })
	return out
}

// close ends the shards, which write what is left, and what is being delivered.
func (p *part) close() {
	p.stop()
	p.wg.Wait()
}
