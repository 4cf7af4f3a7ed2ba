package server

import (
	"context"
	"slices"
	"strings"
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
	if s.outlook != nil {
		out.Cluster = s.outlook.state(ctx)
		out.DiskFree = metric.DiskFree(s.opt.Cluster.Outbox.Path())
	}
	d := s.desk.Load()
	if d == nil {
		return out
	}
	stats, silent := d.Stats(ctx)
	if silent == nil {
		out.NoticesWaiting, out.NoticesDead, out.DatabaseBytes = stats.Waiting, stats.Dead, stats.Bytes
	}
	if db, ok := d.Store.(interface{ Path() string }); ok {
		out.DiskFree = metric.DiskFree(db.Path())
	}
	for _, t := range s.watched(s.owned()...) {
		p := s.part(t.ID)
		if p == nil {
			continue // given up meanwhile
		}
		st := s.tenantState(p, t)
		// What has no shard has nothing under way; a database that does not answer is not
		// asked again for every tenant.
		if p.at(t.ID) != nil {
			st.Open, st.Settling = -1, -1
			if silent == nil {
				var open, settling int64
				if open, settling, silent = p.store.Counts(ctx, t.ID); silent == nil {
					st.Open, st.Settling = open, settling
				}
			}
		}
		out.Tenants = append(out.Tenants, st)
	}
	slices.SortFunc(out.Tenants, func(a, b metric.TenantState) int { return strings.Compare(a.Name, b.Name) })
	if silent != nil {
		s.meter.DatabaseSilent()
	}
	return out
}

// tenantState is how a tenant stands here.
func (s *Server) tenantState(p *part, t store.Tenant) metric.TenantState {
	h := s.watch.health(t.ID, s.opt.Now())
	out := metric.TenantState{Name: t.Name, Gaps: int64(h.Gaps), Subscription: string(h.State)}
	if r := p.at(t.ID); r != nil {
		st := r.Stats()
		out.Observations, out.Lag = int64(st.Observations), st.Lag
	}
	return out
}
