package server

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/legworkhq/legwork/server/ingest"
	"github.com/legworkhq/legwork/server/store"
)

// partition is a partition that this node owns: a part of the server, and what writes its
// journal.
type partition struct {
	s         *Server
	n         int
	db        store.Partition
	part      *part
	committer *ingest.Committer
	position  int64 // of what is written now
	running   sync.WaitGroup
}

// Append implements ingest.Journal, with the position in the stream.
func (w *partition) Append(ctx context.Context, entries []store.Entry) error {
	return w.db.AppendFrom(ctx, entries, w.position)
}

// Take implements cluster.Work. It is called by one goroutine, so what the committer
// writes is what it was given.
func (w *partition) Take(ctx context.Context, in []ingest.Taken, position int64) error {
	w.position = position
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		_, err := w.committer.CommitAll(context.WithoutCancel(ctx), in)
		if err == nil || errors.Is(err, store.ErrFenced) || ctx.Err() != nil {
			return err
		}
		w.s.opt.Log.Error("the shared database does not take notifications; trying again", "once", "journal", "partition", w.n, "error", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// Close implements cluster.Work.
func (w *partition) Close() {
	w.committer.Close()
	w.running.Wait()
	w.s.mu.Lock()
	if w.s.parts[w.n] == w.part { // and not that of a later lease
		delete(w.s.parts, w.n)
	}
	w.s.mu.Unlock()
	w.part.close()
}

// lazily lets shards of the part be opened when something comes for them, and closed when
// nothing has come for long.
func (p *part) lazily() {
	p.lazy = true
	p.cfg.Pace = sharedPace
	p.wg.Go(p.closeIdle)
}

// atOnce is how many shards are opened side by side.
const atOnce = 8

// openAll opens the shards of tenants.
func (p *part) openAll(ctx context.Context, tenants []int64) error {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed error
	room := make(chan struct{}, atOnce)
	for _, id := range tenants {
		t, ok := p.server.tenant(id)
		if !ok {
			continue // removed, or so new that this node has not heard of it: put will
		}
		room <- struct{}{}
		wg.Go(func() {
			defer func() { <-room }()
			if err := p.open(ctx, t); err != nil {
				mu.Lock()
				failed = errors.Join(failed, err)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return failed
}

// idleAfter is how long a shard that holds nothing stays open.
const idleAfter = 5 * time.Minute

// closeIdle closes the shards that hold nothing.
func (p *part) closeIdle() {
	tick := time.NewTicker(idleAfter / 5)
	defer tick.Stop()
	for {
		select {
		case <-p.work.Done():
			return
		case <-tick.C:
		}
		for _, r := range p.each() {
			if st := r.Stats(); st.Idle && time.Since(st.Since) > idleAfter {
				p.closeShard(r.tenant.ID)
			}
		}
	}
}

// closeShard closes a shard that is idle still. What comes for it meanwhile waits.
func (p *part) closeShard(tenant int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.shards[tenant]
	if r == nil || !r.Stats().Idle {
		return
	}
	r.stop()
	<-r.done
	delete(p.shards, tenant)
}
