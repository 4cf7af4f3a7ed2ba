package server

import (
	"context"
	"sync"
	"time"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/server/ingest"
	"github.com/legworkhq/legwork/server/metric"
	"github.com/legworkhq/legwork/server/store"
)

// meter passes on what happens to metrics and to the watch over subscriptions.
type meter struct {
	*metric.Metrics
	watch *watcher

	mu      sync.RWMutex
	tenants map[int64]*metric.Tenant
	names   map[int64]string
	err     error // of the last commit
	failed  time.Time
}

func newMeter(m *metric.Metrics, w *watcher) *meter {
	return &meter{Metrics: m, watch: w, tenants: map[int64]*metric.Tenant{}, names: map[int64]string{}}
}

// setTenants says who is counted from now on.
func (m *meter) setTenants(list []store.Tenant) {
	m.mu.Lock()
	defer m.mu.Unlock()
	gone := m.names
	m.names = map[int64]string{}
	for _, t := range list {
		m.names[t.ID] = t.Name
		m.tenants[t.ID] = m.Tenant(t.Name)
		delete(gone, t.ID)
	}
	for id, name := range gone {
		delete(m.tenants, id)
		m.Forget(name)
	}
}

// with lets f count for a tenant that is there.
func (m *meter) with(tenant int64, f func(*metric.Tenant)) {
	m.mu.RLock()
	t := m.tenants[tenant]
	m.mu.RUnlock()
	if t != nil {
		f(t)
	}
}

// stale is when a failure says nothing any more: the next notification has to try.
const stale = 30 * time.Second

// lastError is why the last commit failed, if it was of late.
func (m *meter) lastError() error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if time.Since(m.failed) > stale {
		return nil
	}
	return m.err
}

// Commit implements ingest.Meter.
func (m *meter) Commit(entries int, took time.Duration, err error) {
	m.Metrics.Commit(entries, took, err)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = err
	if err != nil {
		m.failed = time.Now()
	}
}

// Entry implements ingest.Meter. What became of one that is new, the engine says.
func (m *meter) Entry(tenant int64, fate string, delay time.Duration) {
	m.watch.entry(tenant, fate, delay)
	m.with(tenant, func(t *metric.Tenant) {
		switch fate {
		case ingest.Duplicate:
			t.Event(metric.FateDuplicate)
		case ingest.Undecodable:
			t.Event(metric.FateUndecodable)
		}
		if delay >= 0 {
			t.Delay(delay)
		}
	})
}

// Fate is told what became of an event in the engine.
func (m *meter) Fate(tenant int64, c *recon.Changes) {
	if c.Fate == recon.Applied {
		m.watch.applied(tenant, c.Late)
	}
	m.with(tenant, func(t *metric.Tenant) {
		t.Event(metric.FateOf(c))
		if c.Late {
			t.Disorder()
		}
	})
}

// tried is told of each attempt to deliver a notice.
func (m *meter) tried(t *store.Tenant, failure string, dead bool, age time.Duration) {
	result := metric.Delivered
	switch {
	case dead:
		result = metric.Dead
	case failure != "":
		result = metric.Failed
	default:
		m.NoticeDelivered(age)
	}
	m.with(t.ID, func(c *metric.Tenant) { c.NoticeAttempt(result) })
}

// scrapeFor is how long the store may take for what a scrape asks of it.
const scrapeFor = 5 * time.Second

// state is how the server stands, for a scrape.
func (s *Server) state() metric.State {
	ctx, cancel := context.WithTimeout(s.work, scrapeFor)
	defer cancel()
	out := metric.State{NoticesWaiting: -1, NoticesDead: -1, DatabaseBytes: -1, DiskFree: -1}
	stats, silent := s.opt.Store.Stats(ctx)
	if silent == nil {
		out.NoticesWaiting, out.NoticesDead, out.DatabaseBytes = stats.Waiting, stats.Dead, stats.Bytes
	}
	if db, ok := s.opt.Store.(interface{ Path() string }); ok {
		out.DiskFree = metric.DiskFree(db.Path())
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for id, r := range s.shards {
		st, h := r.Stats(), s.watch.health(id, s.opt.Now())
		t := metric.TenantState{Name: r.tenant.Name, Observations: int64(st.Observations), Lag: st.Lag, Gaps: int64(h.Gaps), Subscription: string(h.State)}
		t.Open, t.Settling = -1, -1
		if silent == nil { // one that does not answer is not asked again for every tenant
			var open, settling int64
			if open, settling, silent = s.opt.Store.Counts(ctx, id); silent == nil {
				t.Open, t.Settling = open, settling
			}
		}
		out.Tenants = append(out.Tenants, t)
	}
	if silent != nil {
		s.meter.DatabaseSilent()
	}
	return out
}
