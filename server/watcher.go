package server

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/ingest"
	"github.com/legworkhq/legwork/server/notice"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/watch"
)

// watcher follows the subscriptions of all tenants.
type watcher struct {
	mu       sync.Mutex
	trackers map[int64]*watch.Tracker
}

func newWatcher() *watcher { return &watcher{trackers: map[int64]*watch.Tracker{}} }

// with lets f see the tracker of a tenant.
func (w *watcher) with(tenant int64, f func(*watch.Tracker)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.trackers[tenant]
	if t == nil {
		t = &watch.Tracker{}
		w.trackers[tenant] = t
	}
	f(t)
}

func (w *watcher) entry(tenant int64, fate string, delay time.Duration) {
	now := time.Now()
	w.with(tenant, func(t *watch.Tracker) {
		if fate == ingest.Undecodable {
			t.Undecodable(now)
			return
		}
		t.Event(now, delay)
	})
}

func (w *watcher) applied(tenant int64, late bool) {
	w.with(tenant, func(t *watch.Tracker) { t.Applied(late) })
}

func (w *watcher) ended(tenant int64, missing bool) {
	w.with(tenant, func(t *watch.Tracker) { t.Ended(missing) })
}

func (w *watcher) health(tenant int64, now time.Time) (h watch.Health) {
	w.with(tenant, func(t *watch.Tracker) { h, _ = t.Check(now) })
	return h
}

// How often subscriptions are looked at, and their rhythm is learnt.
const (
	watchEvery = 10 * time.Second
	learnEvery = time.Hour
)

// watchAll looks at every subscription now and then.
func (s *Server) watchAll() {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var learnt time.Time
	suspect := map[int64]bool{}
	for {
		now := s.opt.Now()
		tenants := s.watched(s.owned()...)
		if now.Sub(learnt) >= learnEvery {
			learnt = now
			s.learn(s.work, tenants, now)
		}
		for _, t := range tenants {
			h := s.watch.health(t.ID, now)
			if is := h.State == watch.Suspect; is != suspect[t.ID] {
				suspect[t.ID] = is
				s.tell(&t, h, now)
			}
		}
		select {
		case <-s.work.Done():
			return
		case <-tick.C:
		}
	}
}

// tell says that a subscription is suspect, or is not any more.
func (s *Server) tell(t *store.Tenant, h watch.Health, now time.Time) {
	if h.State != watch.Suspect {
		s.opt.Log.Info("the subscription is well again", "tenant", t.Name, "state", string(h.State))
		return
	}
	for _, r := range h.Reasons {
		s.opt.Log.Warn("the subscription is suspect", "tenant", t.Name, "reason", r.Text)
	}
	n, wanted := notice.OfSubscription(t, h, call.TimeOf(now))
	if !wanted {
		return
	}
	p := s.part(t.ID)
	if p == nil {
		return // somebody else's by now
	}
	if err := p.store.Enqueue(s.work, n); err != nil {
		s.opt.Log.Error("cannot keep a notice", "once", "enqueue", "error", err)
	}
	p.notices.Wake()
}

// learn tells the trackers what the past weeks were like.
func (s *Server) learn(ctx context.Context, tenants []store.Tenant, now time.Time) {
	from := call.TimeOf(now.Add(-watch.Weeks * 7 * 24 * time.Hour))
	for _, t := range tenants {
		hours, err := s.desk.Load().Hours(ctx, t.ID, from)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.opt.Log.Warn("cannot learn when calls usually come", "once", "learn", "error", err)
			return
		}
		list := make([]watch.Hour, len(hours))
		var last time.Time
		for i, h := range hours {
			list[i] = watch.Hour{Start: h.Start.Std(), Calls: h.Calls}
			last = h.Start.Std()
		}
		s.watch.with(t.ID, func(tr *watch.Tracker) {
			tr.Learn(list, now)
			if !last.IsZero() && last.Before(now) {
				tr.Resume(last)
			}
		})
	}
}

// watched lists the tenants of parts, in no order.
func (s *Server) watched(parts ...*part) (out []store.Tenant) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, t := range s.tenants {
		if p := s.parts[s.partOf(t.ID)]; p != nil && slices.Contains(parts, p) {
			out = append(out, t)
		}
	}
	return out
}
