package metric

import (
	"github.com/prometheus/client_golang/prometheus"
)

// State is how the server stands at the time of a scrape.
type State struct {
	Tenants []TenantState
	// NoticesWaiting and NoticesDead count what is not delivered. DatabaseBytes is the size
	// of the database, DiskFree what is left on its disk. Each is less than 0 when unknown,
	// and then not shown.
	NoticesWaiting, NoticesDead, DatabaseBytes, DiskFree int64
}

// TenantState is how one tenant stands.
type TenantState struct {
	Name string
	// Open calls are under way, Settling ones have ended and may still change. Less than 0
	// when unknown.
	Open, Settling int64
	// Gaps is how many of the last 100 calls that ended lack events.
	Gaps int64
	// Observations is how many the engine holds.
	Observations int64
	// Lag is about how many entries of the journal the engine has not seen.
	Lag int64
	// Subscription is one of Subscriptions, or "" when unknown.
	Subscription string
}

// Subscriptions are the states of a subscription.
var Subscriptions = []string{"new", "ok", "quiet", "suspect"}

// add sums what can be summed.
func (t *TenantState) add(o *TenantState) {
	t.Open += max(o.Open, 0)
	t.Settling += max(o.Settling, 0)
	t.Gaps += o.Gaps
	t.Observations += o.Observations
	t.Lag += o.Lag
}

// states is a collector of State.
type states struct {
	read func() State

	gaps, calls, observations, lag, subscription, notices, bytes, free *prometheus.Desc
}

func newStates(read func() State) *states {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("legwork_"+name, help, labels, nil)
	}
	return &states{
		read:         read,
		gaps:         desc("gaps", "Of the last 100 calls that became final, how many lack events.", "tenant"),
		calls:        desc("calls", "Calls that are not final.", "tenant", "status"),
		observations: desc("engine_observations", "Observations that the engine holds in memory.", "tenant"),
		lag:          desc("journal_lag_events", "Events that are on disk and not in a call yet.", "tenant"),
		subscription: desc("subscription_state", "1 for the state that the subscription is in, 0 for the others.", "tenant", "state"),
		notices:      desc("notices", "Notices that are not delivered.", "state"),
		bytes:        desc("database_bytes", "Size of the database."),
		free:         desc("disk_free_bytes", "What is left on the disk of the database."),
	}
}

// Describe implements prometheus.Collector.
func (s *states) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.gaps, s.calls, s.observations, s.lag, s.subscription, s.notices, s.bytes, s.free} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (s *states) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value int64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(value), labels...)
	}
	known := func(d *prometheus.Desc, value int64, labels ...string) {
		if value >= 0 {
			gauge(d, value, labels...)
		}
	}
	now := s.read()
	for _, t := range bounded(now.Tenants) {
		gauge(s.gaps, t.Gaps, t.Name)
		known(s.calls, t.Open, t.Name, "open")
		known(s.calls, t.Settling, t.Name, "settling")
		gauge(s.observations, t.Observations, t.Name)
		gauge(s.lag, t.Lag, t.Name)
	}
	s.subscriptions(now.Tenants, gauge)
	known(s.notices, now.NoticesWaiting, "waiting")
	known(s.notices, now.NoticesDead, "dead")
	known(s.bytes, now.DatabaseBytes)
	known(s.free, now.DiskFree)
}

// bounded sums the tenants beyond MaxTenants up.
func bounded(in []TenantState) []TenantState {
	if len(in) <= MaxTenants {
		return in
	}
	other := TenantState{Name: Other}
	for i := range in[MaxTenants:] {
		other.add(&in[MaxTenants+i])
	}
	return append(in[:MaxTenants:MaxTenants], other)
}

// subscriptions shows the state of each. Of those beyond MaxTenants it counts how many
// are in each state.
func (s *states) subscriptions(tenants []TenantState, gauge func(*prometheus.Desc, int64, ...string)) {
	other := map[string]int64{}
	for i, t := range tenants {
		if i >= MaxTenants {
			other[t.Subscription]++
			continue
		}
		if t.Subscription == "" {
			continue
		}
		for _, state := range Subscriptions {
			gauge(s.subscription, one(state == t.Subscription), t.Name, state)
		}
	}
	if len(tenants) <= MaxTenants {
		return
	}
	for _, state := range Subscriptions {
		gauge(s.subscription, other[state], Other, state)
	}
}

func one(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
