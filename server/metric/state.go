package metric

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// State is how the server stands at the time of a scrape.
type State struct {
	Tenants []TenantState
	// NoticesWaiting and NoticesDead count what is not delivered. DatabaseBytes is the size
	// of the database, DiskFree what is left on its disk. Each is less than 0 when unknown,
	// and then not shown.
	NoticesWaiting, NoticesDead, DatabaseBytes, DiskFree int64
	// Cluster is how a node of a cluster stands, nil for a server that is alone.
	Cluster *ClusterState
}

// ClusterState is how a node of a cluster stands.
type ClusterState struct {
	// Connected: NATS can be used now.
	Connected bool
	// Nodes is how many are there, Free how many partitions nobody owns. Less than 0 when
	// unknown.
	Nodes, Free int64
	// Owned are the partitions that this node works on, Partitions how many there are.
	Owned      []PartitionState
	Partitions int64
	Outbox     OutboxState
	Streams    []StreamState
}

// OutboxState is what a node answered for and did not pass on yet.
type OutboxState struct {
	// Events wait, the first of them for Oldest. Bytes of the file are in use. Less than 0
	// when unknown.
	Events, Bytes int64
	Oldest        time.Duration
	// Left is how long there is room at the rate of the last minutes, 0 when the outbox
	// does not grow.
	Left time.Duration
	// Relayed is how many the stream took since the start.
	Relayed int64
}

// PartitionState is how a partition stands with its owner.
type PartitionState struct {
	Partition int
	// Lag is how many messages are in the stream and not in the journal, less than 0
	// when unknown. Behind is how old the last one was when it came there.
	Lag    int64
	Behind time.Duration
}

// StreamState is how a stream stands in NATS.
type StreamState struct {
	Name string
	// Bytes are in it, Limit may be, 0 for no limit.
	Bytes, Limit int64
	// Current replicas have everything, Away are those that do not.
	Current, Away int64
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

	connected, nodes, partitions, partitionLag, partitionBehind        *prometheus.Desc
	outboxEvents, outboxBytes, outboxOldest, outboxLeft, outboxRelayed *prometheus.Desc
	streamBytes, streamLimit, replicas                                 *prometheus.Desc
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
		free:         desc("disk_free_bytes", "What is left on the disk of the database, or of a cluster node's outbox."),

		connected:       desc("cluster_connected", "1 when NATS can be used, 0 when not."),
		nodes:           desc("cluster_nodes", "Nodes of the cluster that say that they are there."),
		partitions:      desc("cluster_partitions", "Partitions: owned by this node, free when no node owns them, and all.", "state"),
		partitionLag:    desc("cluster_partition_lag", "Messages of the stream, with up to 64 notifications each, of a partition that this node owns which are not in the journal.", "partition"),
		partitionBehind: desc("cluster_partition_behind_seconds", "How old the last notification of a partition was when it came into the journal.", "partition"),
		outboxEvents:    desc("outbox_events", "Notifications that were answered and not passed on to NATS yet."),
		outboxBytes:     desc("outbox_bytes", "Bytes of the outbox that are in use."),
		outboxOldest:    desc("outbox_oldest_seconds", "How long the first notification in the outbox has waited, 0 for none."),
		outboxLeft:      desc("outbox_seconds_left", "About how long the outbox has room at the rate of the last minutes. Absent when it does not grow."),
		outboxRelayed:   desc("outbox_relayed_total", "Notifications that NATS took from the outbox."),
		streamBytes:     desc("cluster_stream_bytes", "Size of a stream.", "stream"),
		streamLimit:     desc("cluster_stream_limit_bytes", "How large a stream may be. Absent when there is no limit.", "stream"),
		replicas:        desc("cluster_replicas", "Replicas of a stream: current ones, and those that are away or behind.", "stream", "state"),
	}
}

// Describe implements prometheus.Collector.
func (s *states) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.gaps, s.calls, s.observations, s.lag, s.subscription, s.notices, s.bytes, s.free,
		s.connected, s.nodes, s.partitions, s.partitionLag, s.partitionBehind, s.outboxEvents, s.outboxBytes, s.outboxOldest, s.outboxLeft, s.outboxRelayed,
		s.streamBytes, s.streamLimit, s.replicas} {
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
	if now.Cluster != nil {
		s.cluster(now.Cluster, ch, known)
	}
}

// cluster shows how a node of a cluster stands.
func (s *states) cluster(c *ClusterState, ch chan<- prometheus.Metric, known func(*prometheus.Desc, int64, ...string)) {
	seconds := func(d *prometheus.Desc, v time.Duration, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v.Seconds(), labels...)
	}
	known(s.connected, one(c.Connected))
	known(s.nodes, c.Nodes)
	known(s.partitions, int64(len(c.Owned)), "owned")
	known(s.partitions, c.Free, "free")
	known(s.partitions, c.Partitions, "all")
	for _, p := range c.Owned {
		known(s.partitionLag, p.Lag, strconv.Itoa(p.Partition))
		seconds(s.partitionBehind, p.Behind, strconv.Itoa(p.Partition))
	}
	known(s.outboxEvents, c.Outbox.Events)
	known(s.outboxBytes, c.Outbox.Bytes)
	if c.Outbox.Oldest >= 0 {
		seconds(s.outboxOldest, c.Outbox.Oldest)
	}
	if c.Outbox.Left > 0 {
		seconds(s.outboxLeft, c.Outbox.Left)
	}
	ch <- prometheus.MustNewConstMetric(s.outboxRelayed, prometheus.CounterValue, float64(c.Outbox.Relayed))
	for _, st := range c.Streams {
		known(s.streamBytes, st.Bytes, st.Name)
		if st.Limit > 0 {
			known(s.streamLimit, st.Limit, st.Name)
		}
		known(s.replicas, st.Current, st.Name, "current")
		known(s.replicas, st.Away, st.Name, "away")
	}
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
