package metric_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/server/metric"
)

// scrape returns the lines about legwork itself.
func scrape(t *testing.T, m *metric.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	require.Equal(t, 200, w.Code, w.Body.String())
	return w.Body.String()
}

// has asserts that a scrape has these lines, each whole.
func has(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, l := range lines {
		assert.Contains(t, "\n"+text, "\n"+l+"\n")
	}
}

func TestCounters(t *testing.T) {
	m := metric.New(metric.Options{Version: "1.2.3"})
	m.Request(200, "", 3*time.Millisecond)
	m.Request(401, "token", time.Millisecond)
	m.Commit(17, 200*time.Microsecond, nil)
	m.Commit(3, time.Second, errors.New("disk full"))
	m.DatabaseSilent()
	m.Snapshot(40 * time.Millisecond)
	m.NoticeDelivered(2 * time.Second)
	a := m.Tenant("acme")
	a.Event(metric.FateNew)
	a.Event(metric.FateNew)
	a.Event("whatever")
	a.Delay(-time.Second)
	a.Delay(2 * time.Second)
	a.Disorder()
	a.NoticeAttempt(metric.Failed)
	a.NoticeAttempt("whatever")
	has(t, scrape(t, m),
		`legwork_webhook_requests_total{cause="",code="200"} 1`,
		`legwork_webhook_requests_total{cause="token",code="401"} 1`,
		`legwork_webhook_seconds_count 2`,
		`legwork_commit_seconds_bucket{le="0.0005"} 1`,
		`legwork_commit_seconds_count 1`,
		`legwork_commit_batch_sum 17`,
		`legwork_commit_failures_total 1`,
		`legwork_database_unanswered_total 1`,
		`legwork_snapshot_seconds_count 1`,
		`legwork_notice_delay_seconds_sum 2`,
		`legwork_events_total{fate="new",tenant="acme"} 2`,
		`legwork_events_total{fate="undecodable",tenant="acme"} 0`,
		`legwork_delivery_delay_seconds_sum{tenant="acme"} 2`,
		`legwork_delivery_delay_seconds_count{tenant="acme"} 2`,
		`legwork_disorder_total{tenant="acme"} 1`,
		`legwork_notice_attempts_total{result="failed",tenant="acme"} 1`,
	)
	assert.Regexp(t, `legwork_build_info\{goversion="go[^"]+",version="1.2.3"\} 1`, scrape(t, m))
	assert.Contains(t, scrape(t, m), "go_goroutines ")
	assert.NotContains(t, scrape(t, m), "whatever")
}

// A dashboard and an alert name these; see ops/prometheus-alerts.yaml.
func TestNames(t *testing.T) {
	m := metric.New(metric.Options{State: func() metric.State {
		return metric.State{Tenants: []metric.TenantState{{Name: "a", Subscription: "ok"}}, Cluster: aCluster()}
	}})
	m.Tenant("a")
	m.Request(200, "", 0)
	text := scrape(t, m)
	for _, name := range []string{
		"events_total", "webhook_requests_total", "webhook_seconds", "commit_seconds", "commit_batch", "commit_failures_total", "cluster_journal_seconds", "database_unanswered_total", "delivery_delay_seconds",
		"disorder_total", "gaps", "calls", "engine_observations", "journal_lag_events", "notices", "notice_attempts_total", "notice_delay_seconds",
		"snapshot_seconds", "database_bytes", "disk_free_bytes", "subscription_state", "build_info",
		"cluster_connected", "cluster_nodes", "cluster_partitions", "cluster_partition_lag", "cluster_partition_behind_seconds", "cluster_stream_bytes",
		"cluster_stream_limit_bytes", "cluster_replicas", "outbox_events", "outbox_bytes", "outbox_oldest_seconds", "outbox_seconds_left", "outbox_relayed_total",
	} {
		assert.Contains(t, text, "# HELP legwork_"+name+" ")
	}
	assert.Equal(t, 35, strings.Count(text, "# HELP legwork_"))
}

func TestState(t *testing.T) {
	now := metric.State{
		Tenants: []metric.TenantState{
			{Name: "acme", Open: 3, Settling: 2, Gaps: 1, Observations: 99, Lag: 7, Subscription: "suspect"},
			{Name: "zeta"},
		},
		NoticesWaiting: 4, NoticesDead: 5, DatabaseBytes: 4096, DiskFree: -1,
	}
	m := metric.New(metric.Options{State: func() metric.State { return now }})
	text := scrape(t, m)
	has(t, text,
		`legwork_calls{status="open",tenant="acme"} 3`,
		`legwork_calls{status="settling",tenant="acme"} 2`,
		`legwork_gaps{tenant="acme"} 1`,
		`legwork_engine_observations{tenant="acme"} 99`,
		`legwork_journal_lag_events{tenant="acme"} 7`,
		`legwork_journal_lag_events{tenant="zeta"} 0`,
		`legwork_subscription_state{state="suspect",tenant="acme"} 1`,
		`legwork_subscription_state{state="ok",tenant="acme"} 0`,
		`legwork_notices{state="waiting"} 4`,
		`legwork_notices{state="dead"} 5`,
		`legwork_database_bytes 4096`,
	)
	assert.NotContains(t, text, "legwork_disk_free_bytes", "unknown is not zero")
	assert.NotContains(t, text, `legwork_subscription_state{state="ok",tenant="zeta"}`)
	now.Tenants[0].Open, now.Tenants[0].Settling, now.NoticesWaiting, now.NoticesDead = -1, -1, -1, -1
	text = scrape(t, m)
	assert.NotContains(t, text, "legwork_notices")
	assert.NotContains(t, text, `legwork_calls{status="open",tenant="acme"}`)
	assert.Contains(t, text, `legwork_calls{status="open",tenant="zeta"} 0`)
	now.Tenants = nil
	assert.NotContains(t, scrape(t, m), "acme", "asked for at each scrape")
}

// aCluster is a node that has everything to show.
func aCluster() *metric.ClusterState {
	return &metric.ClusterState{Connected: true, Nodes: 3, Free: 1, Partitions: 8, Owned: []metric.PartitionState{{Partition: 5, Lag: 17, Behind: 1500 * time.Millisecond}},
		Outbox:  metric.OutboxState{Events: 9, Bytes: 4096, Oldest: time.Minute, Left: time.Hour, Relayed: 100},
		Streams: []metric.StreamState{{Name: "legwork-in", Bytes: 5, Limit: 50, Current: 2, Away: 1}}}
}

func TestCluster(t *testing.T) {
	now := metric.State{Cluster: aCluster()}
	m := metric.New(metric.Options{State: func() metric.State { return now }})
	has(t, scrape(t, m),
		`legwork_cluster_connected 1`,
		`legwork_cluster_nodes 3`,
		`legwork_cluster_partitions{state="owned"} 1`,
		`legwork_cluster_partitions{state="free"} 1`,
		`legwork_cluster_partitions{state="all"} 8`,
		`legwork_cluster_partition_lag{partition="5"} 17`,
		`legwork_cluster_partition_behind_seconds{partition="5"} 1.5`,
		`legwork_outbox_events 9`,
		`legwork_outbox_bytes 4096`,
		`legwork_outbox_oldest_seconds 60`,
		`legwork_outbox_seconds_left 3600`,
		`legwork_outbox_relayed_total 100`,
		`legwork_cluster_stream_bytes{stream="legwork-in"} 5`,
		`legwork_cluster_stream_limit_bytes{stream="legwork-in"} 50`,
		`legwork_cluster_replicas{state="current",stream="legwork-in"} 2`,
		`legwork_cluster_replicas{state="away",stream="legwork-in"} 1`,
	)
	now.Cluster = &metric.ClusterState{Nodes: -1, Free: -1, Outbox: metric.OutboxState{Events: -1, Bytes: -1, Oldest: -1}, Streams: []metric.StreamState{{Name: "s"}}}
	text := scrape(t, m)
	has(t, text, `legwork_cluster_connected 0`)
	for _, unknown := range []string{"cluster_nodes", `state="free"`, "outbox_events", "outbox_bytes", "outbox_oldest", "outbox_seconds_left", "stream_limit"} {
		assert.NotContains(t, text, unknown, "unknown is not zero")
	}
	now.Cluster = nil
	assert.NotContains(t, scrape(t, m), "legwork_cluster_connected", "a server that is alone")
}

func TestManyTenants(t *testing.T) {
	var now metric.State
	m := metric.New(metric.Options{State: func() metric.State { return now }})
	for i := range metric.MaxTenants + 3 {
		name := fmt.Sprintf("t%04d", i)
		m.Tenant(name).Event(metric.FateNew)
		now.Tenants = append(now.Tenants, metric.TenantState{Name: name, Open: 2, Subscription: "quiet"})
	}
	text := scrape(t, m)
	has(t, text,
		`legwork_events_total{fate="new",tenant="t0999"} 1`,
		`legwork_events_total{fate="new",tenant="(other)"} 3`,
		`legwork_calls{status="open",tenant="(other)"} 6`,
		`legwork_subscription_state{state="quiet",tenant="(other)"} 3`,
	)
	assert.NotContains(t, text, "t1000")
	assert.Len(t, now.Tenants, metric.MaxTenants+3, "the caller's slice is left alone")

	now.Tenants = nil
	m.Forget("t0000")
	m.Forget("t1000")
	assert.NotContains(t, scrape(t, m), "t0000")
	m.Tenant("fresh").Event(metric.FateLate)
	has(t, scrape(t, m), `legwork_events_total{fate="late",tenant="fresh"} 1`, `legwork_events_total{fate="new",tenant="(other)"} 3`)
}

func TestFateOf(t *testing.T) {
	for want, c := range map[metric.Fate]recon.Changes{
		metric.FateNew:       {Fate: recon.Applied},
		metric.FateLate:      {Fate: recon.Applied, Late: true},
		metric.FateDuplicate: {Fate: recon.Duplicate, Late: true},
		metric.FateIgnored:   {Fate: recon.Ignored},
		metric.FateTooLate:   {Fate: recon.TooLate},
	} {
		assert.Equal(t, want, metric.FateOf(&c))
	}
}

// One server's metrics are not another's.
func TestNothingGlobal(t *testing.T) {
	a, b := metric.New(metric.Options{}), metric.New(metric.Options{})
	a.Request(200, "", 0)
	assert.NotContains(t, scrape(t, b), "legwork_webhook_requests_total{")
}

func TestDiskFree(t *testing.T) {
	assert.Equal(t, int64(-1), metric.DiskFree(t.TempDir()+"/nowhere"))
	if free := metric.DiskFree(t.TempDir()); free < 0 {
		t.Skip("this system does not tell")
	} else {
		assert.Positive(t, free)
	}
}

func BenchmarkEvent(b *testing.B) {
	tenant := metric.New(metric.Options{}).Tenant("acme")
	for b.Loop() {
		tenant.Event(metric.FateNew)
		tenant.Delay(time.Second)
	}
}
