package server

import (
	"context"
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

	mu     sync.RWMutex
	shards map[int64]*running

	work context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup
}

// running is a shard and its goroutine.
type running struct {
	*shard.Shard
	tenant store.Tenant
	stop   context.CancelFunc
}

// flushPace is a compromise between what a page shows late and what a busy server writes
// in vain.
const flushPace = 100 * time.Millisecond

// newPart makes a part without tenants. horizon is a time before which nothing more will
// be received for them.
func (s *Server) newPart(db store.Store, horizon func() call.Time) *part {
	p := &part{server: s, store: db, shards: map[int64]*running{}}
	p.notices = notice.New(s.noticeConfig(db))
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
func (s *Server) noticeConfig(db store.Notices) notice.Config {
	cfg := s.opt.Notices
	cfg.Store, cfg.Log, cfg.Now, cfg.Random = db, s.opt.Log, s.opt.Now, rand.Float64
	cfg.Tried, cfg.Tenant = s.meter.tried, s.tenant
	return cfg
}

// reload gives those of a list that are new a shard, and ends the shards of those that
// are gone.
func (p *part) reload(ctx context.Context, list []store.Tenant) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	here := map[int64]bool{}
	for _, t := range list {
		here[t.ID] = true
		if err := p.open(ctx, t); err != nil {
			return err
		}
	}
	for id, r := range p.shards {
		if !here[id] {
			r.stop()
			delete(p.shards, id)
		}
	}
	return nil
}

// open makes a tenant's shard, or tells the one that there is what is new about the
// tenant. p.mu is locked.
func (p *part) open(ctx context.Context, t store.Tenant) error {
	if r := p.shards[t.ID]; r != nil {
		r.SetTenant(t)
		r.tenant = t
		return nil
	}
	sh, err := shard.Open(ctx, p.cfg, t)
	if err != nil {
		return err
	}
	work, stop := context.WithCancel(p.work)
	p.shards[t.ID] = &running{Shard: sh, tenant: t, stop: stop}
	p.wg.Go(func() { sh.Run(work) })
	return nil
}

// put hands entries that are on disk to their shards.
func (p *part) put(entries []ingest.Taken) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for len(entries) > 0 {
		n := 1
		for n < len(entries) && entries[n].Tenant == entries[0].Tenant {
			n++
		}
		if r := p.shards[entries[0].Tenant]; r != nil {
			r.Put(entries[:n:n])
		}
		entries = entries[n:]
	}
}

// shard finds a tenant's.
func (p *part) shard(tenant int64) (*shard.Shard, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if r := p.shards[tenant]; r != nil {
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
