package metric

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Tenant counts what concerns one tenant. Get it once, and keep it: its methods look
// nothing up.
type Tenant struct {
	events   map[Fate]prometheus.Counter
	attempts map[Result]prometheus.Counter
	delay    prometheus.Observer
	disorder prometheus.Counter
}

// Tenant returns the counters of a tenant, made at the first call: all begin at 0.
func (m *Metrics) Tenant(name string) *Tenant {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.tenants[name]; t != nil {
		return t
	}
	if len(m.tenants) >= MaxTenants {
		if m.other == nil {
			m.other = m.newTenant(Other)
		}
		return m.other
	}
	t := m.newTenant(name)
	m.tenants[name] = t
	return t
}

func (m *Metrics) newTenant(name string) *Tenant {
	t := &Tenant{events: map[Fate]prometheus.Counter{}, attempts: map[Result]prometheus.Counter{},
		delay: m.delay.WithLabelValues(name), disorder: m.disorder.WithLabelValues(name)}
	for _, f := range fates {
		t.events[f] = m.events.WithLabelValues(name, string(f))
	}
	for _, r := range results {
		t.attempts[r] = m.attempts.WithLabelValues(name, string(r))
	}
	return t
}

// Forget removes the counters of a tenant that is gone, and makes room for another. One
// that is counted among Other stays there.
func (m *Metrics) Forget(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tenants[name] == nil {
		return
	}
	delete(m.tenants, name)
	label := prometheus.Labels{"tenant": name}
	m.events.DeletePartialMatch(label)
	m.attempts.DeletePartialMatch(label)
	m.delay.DeletePartialMatch(label)
	m.disorder.DeletePartialMatch(label)
}

// Event counts an event. A fate that is none of the constants is not counted.
func (t *Tenant) Event(f Fate) {
	if c := t.events[f]; c != nil {
		c.Inc()
	}
}

// Delay notes how long a notification was under way. Clocks differ: less than nothing
// counts as nothing.
func (t *Tenant) Delay(d time.Duration) { t.delay.Observe(max(d, 0).Seconds()) }

// Disorder counts an event that came after a later one of its session.
func (t *Tenant) Disorder() { t.disorder.Inc() }

// NoticeAttempt counts an attempt to deliver a notice.
func (t *Tenant) NoticeAttempt(r Result) {
	if c := t.attempts[r]; c != nil {
		c.Inc()
	}
}
