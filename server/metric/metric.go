// Package metric counts what the server does, for Prometheus.
//
// What happens is counted where it happens, by methods that do not wait. What is, such
// as open calls or the size of the database, is asked for when somebody scrapes, so that
// it is never stale. Everything is in a registry of its own.
package metric

import (
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/legworkhq/legwork/recon"
)

// MaxTenants is how many tenants are counted each by itself. Those beyond are counted
// together, as Other.
const MaxTenants = 1000

// Other is the label of the tenants beyond MaxTenants. No tenant can be named so.
const Other = "(other)"

// Fate is what became of an event. Each is counted with one fate.
type Fate string

const (
	FateNew         Fate = "new"         // it changed a call
	FateLate        Fate = "late"        // so did it, but a later change of its session had come before
	FateDuplicate   Fate = "duplicate"   // everything in it was known
	FateUndecodable Fate = "undecodable" // it is no notification; kept as it came
	FateIgnored     Fate = "ignored"     // it cannot belong to a call
	FateTooLate     Fate = "too_late"    // its call was final and forgotten
)

var fates = []Fate{FateNew, FateLate, FateDuplicate, FateUndecodable, FateIgnored, FateTooLate}

// FateOf is the fate of an event that the engine was given.
func FateOf(c *recon.Changes) Fate {
	switch {
	case c.Fate == recon.Duplicate:
		return FateDuplicate
	case c.Fate == recon.Ignored:
		return FateIgnored
	case c.Fate == recon.TooLate:
		return FateTooLate
	case c.Late:
		return FateLate
	}
	return FateNew
}

// Result is how an attempt to deliver a notice ended.
type Result string

const (
	Delivered Result = "delivered"
	Failed    Result = "failed" // and will be tried again
	Dead      Result = "dead"   // and will not
)

var results = []Result{Delivered, Failed, Dead}

// Options of New. The zero Options works.
type Options struct {
	// Version is shown in legwork_build_info.
	Version string
	// State is asked at each scrape. Nil shows nothing of it.
	State func() State
}

// Metrics is all metrics of one server. Make one with New.
type Metrics struct {
	registry *prometheus.Registry

	requests       *prometheus.CounterVec
	requestTime    prometheus.Histogram
	commitTime     prometheus.Histogram
	commitBatch    prometheus.Histogram
	commitFailures prometheus.Counter
	journalTime    prometheus.Histogram
	silences       prometheus.Counter
	snapshotTime   prometheus.Histogram
	noticeDelay    prometheus.Histogram

	events   *prometheus.CounterVec
	delay    *prometheus.HistogramVec
	disorder *prometheus.CounterVec
	attempts *prometheus.CounterVec

	mu      sync.Mutex
	tenants map[string]*Tenant
	other   *Tenant
}

// New makes metrics.
func New(opt Options) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), tenants: map[string]*Tenant{}}
	m.requests = m.counters("webhook_requests_total", "Requests to the webhooks, by status and by the cause of a refusal.", "code", "cause")
	m.requestTime = m.histogram("webhook_seconds", "From a request to a webhook to its answer.", fast)
	m.commitTime = m.histogram("commit_seconds", "One group commit to the journal, until it is on disk.", fast)
	m.commitBatch = m.histogram("commit_batch", "Events in one group commit.", prometheus.ExponentialBuckets(1, 2, 10))
	m.commitFailures = m.counters("commit_failures_total", "Group commits that failed: nothing in them was answered 200, or is in the spool and tried again.").WithLabelValues()
	m.journalTime = m.histogram("cluster_journal_seconds", "Writing one batch of notifications into the journal that a cluster shares.", fast)
	m.silences = m.counters("database_unanswered_total", "Scrapes for which the database did not say all that was asked: what is missing in them is unknown.").WithLabelValues()
	m.snapshotTime = m.histogram("snapshot_seconds", "Saving one snapshot of an engine.", slow)
	m.noticeDelay = m.histogram("notice_delay_seconds", "From the making of a notice to its delivery.", long)
	m.events = m.counters("events_total", "Events by what became of them.", "tenant", "fate")
	m.delay = prometheus.NewHistogramVec(options("delivery_delay_seconds", "From a notification's timestamp to its receipt.", delays), []string{"tenant"})
	m.registry.MustRegister(m.delay)
	m.disorder = m.counters("disorder_total", "Events that came after a later one of their session.", "tenant")
	m.attempts = m.counters("notice_attempts_total", "Attempts to deliver notices, by how they ended.", "tenant", "result")
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), buildInfo(opt.Version))
	if opt.State != nil {
		m.registry.MustRegister(newStates(opt.State))
	}
	return m
}

// The upper bounds of histograms, in seconds. RingCentral waits three seconds for an
// answer. [documented]
var (
	fast   = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}
	slow   = []float64{.005, .01, .05, .1, .5, 1, 5, 10, 30}
	delays = []float64{.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600}
	long   = []float64{.1, .5, 1, 5, 15, 60, 300, 1800, 3600, 21600, 86400}
)

func (m *Metrics) counters(name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "legwork", Name: name, Help: help}, labels)
	m.registry.MustRegister(v)
	return v
}

func (m *Metrics) histogram(name, help string, buckets []float64) prometheus.Histogram {
	h := prometheus.NewHistogram(options(name, help, buckets))
	m.registry.MustRegister(h)
	return h
}

func options(name, help string, buckets []float64) prometheus.HistogramOpts {
	return prometheus.HistogramOpts{Namespace: "legwork", Name: name, Help: help, Buckets: buckets}
}

func buildInfo(version string) prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "legwork", Name: "build_info", Help: "Always 1; the version is a label.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()}})
	g.Set(1)
	return g
}

// Handler serves the metrics as text. It does not ask who wants them.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}

// Request counts a request to a webhook: the status it was answered with, the cause of
// a refusal, "" for none, of which there must be few, and the time it took.
func (m *Metrics) Request(status int, cause string, took time.Duration) {
	m.requests.WithLabelValues(strconv.Itoa(status), cause).Inc()
	m.requestTime.Observe(took.Seconds())
}

// Commit counts a group commit of so many entries, and whether it failed.
func (m *Metrics) Commit(entries int, took time.Duration, err error) {
	if err != nil {
		m.commitFailures.Inc()
		return
	}
	m.commitTime.Observe(took.Seconds())
	m.commitBatch.Observe(float64(entries))
}

// Journaled counts a batch that was written into a cluster's journal.
func (m *Metrics) Journaled(_ int, took time.Duration, err error) {
	if err == nil {
		m.journalTime.Observe(took.Seconds())
	}
}

// DatabaseSilent counts a scrape for which the database did not answer.
func (m *Metrics) DatabaseSilent() { m.silences.Inc() }

// Snapshot counts the saving of a snapshot.
func (m *Metrics) Snapshot(took time.Duration) { m.snapshotTime.Observe(took.Seconds()) }

// NoticeDelivered notes how long after its making a notice was delivered.
func (m *Metrics) NoticeDelivered(after time.Duration) { m.noticeDelay.Observe(after.Seconds()) }
