package cluster

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Status is how a cluster stands.
type Status struct {
	Partitions int      `json:"partitions"`
	Nodes      []Member `json:"nodes"`
	// Gone are nodes that were there within a day, were not stopped in order, and say nothing
	// any more.
	Gone []Member `json:"gone"`
	// Owners are who holds the lease of each partition, "" for nobody.
	Owners []string `json:"owners"`
	// Streams are those of notifications and of changes, and the bucket of leases.
	Streams []StreamStatus `json:"streams"`
	// Problems are what an operator should know, in words.
	Problems []string `json:"problems"`
}

// StreamStatus is how a stream stands in NATS.
type StreamStatus struct {
	Name     string    `json:"name"`
	Messages uint64    `json:"messages"`
	Bytes    uint64    `json:"bytes"`
	MaxBytes int64     `json:"maxBytes"`
	Replicas []Replica `json:"replicas"`
}

// Replica is one NATS server's copy of a stream.
type Replica struct {
	Server  string `json:"server"`
	Leader  bool   `json:"leader"`
	Current bool   `json:"current"`
	Offline bool   `json:"offline"`
	// Lag is how many operations it has not taken yet.
	Lag uint64 `json:"lag"`
	// Silent is for how long the leader has heard nothing of it, in milliseconds; 0 for a
	// leader, and of what no leader has heard anything yet.
	Silent int64 `json:"silent"`
}

// silentAfter is when a server that says nothing is away: it speaks every second.
const silentAfter = 5 * time.Second

// Away: its server is not there. NATS itself says so late, or not at all.
func (r *Replica) Away() bool {
	return r.Offline || r.Silent > silentAfter.Milliseconds() || !r.Current && r.Silent == 0
}

// Missing: if another one is lost, this one is no help. A few operations behind is one
// that is written to at the moment.
func (r *Replica) Missing() bool { return r.Away() || !r.Current && r.Lag > 1000 }

// Status asks how the cluster stands. It needs Connect.
func (n *Node) Status(ctx context.Context) (*Status, error) {
	s := &Status{Partitions: n.Partitions(), Owners: make([]string, n.Partitions()), Gone: []Member{}, Problems: []string{}}
	var err error
	if s.Nodes, err = n.Members(ctx); err != nil {
		return nil, explain(err, n.cfg.URL)
	}
	gone, err := n.gone(ctx, s.Nodes)
	if err != nil {
		return nil, explain(err, n.cfg.URL)
	}
	s.Gone = append(s.Gone, gone...)
	leases, err := n.Leases(ctx)
	if err != nil {
		return nil, explain(err, n.cfg.URL)
	}
	for p, who := range leases {
		if p >= 0 && p < len(s.Owners) {
			s.Owners[p] = who
		}
	}
	if s.Streams, err = n.Streams(ctx); err != nil {
		return nil, err
	}
	kv, err := n.nodes.Status(ctx)
	if err != nil {
		return nil, explain(err, n.cfg.URL)
	}
	s.judge(kv.TTL())
	return s, nil
}

// gone lists who was there, and is not.
func (n *Node) gone(ctx context.Context, there []Member) ([]Member, error) {
	if n.seen == nil {
		return nil, nil
	}
	list, err := n.membersIn(ctx, n.seen)
	return slices.DeleteFunc(list, func(m Member) bool {
		return slices.ContainsFunc(there, func(o Member) bool { return o.Name == m.Name })
	}), err
}

// Streams asks how the streams stand, and the bucket of leases. It needs Connect.
func (n *Node) Streams(ctx context.Context) (out []StreamStatus, err error) {
	for _, name := range []string{n.names.stream(), n.names.changes(), "KV_" + n.names.leases()} {
		st, err := n.streamStatus(ctx, name)
		if err != nil {
			return nil, explain(err, n.cfg.URL)
		}
		out = append(out, st)
	}
	return out, nil
}

// Seen is what the node saw of the cluster in its last round: how many nodes are there,
// and how many partitions have no owner. It is false while the cluster cannot be used.
func (n *Node) Seen() (nodes, free int, ok bool) {
	if !n.Connected() {
		return 0, 0, false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.members), n.Partitions() - len(n.held), n.members != nil
}

// Connected: a NATS server is there, and what was asked of it last was answered.
func (n *Node) Connected() bool {
	select {
	case <-n.ready:
		return n.nc.IsConnected() && n.Trouble() == nil
	default:
		return false
	}
}

func (n *Node) streamStatus(ctx context.Context, name string) (st StreamStatus, err error) {
	stream, err := n.js.Stream(ctx, name)
	if err != nil {
		return st, err
	}
	info := stream.CachedInfo()
	st = StreamStatus{Name: name, Messages: info.State.Msgs, Bytes: info.State.Bytes, MaxBytes: info.Config.MaxBytes}
	if c := info.Cluster; c != nil {
		if c.Leader != "" {
			st.Replicas = append(st.Replicas, Replica{Server: c.Leader, Leader: true, Current: true})
		}
		for _, r := range c.Replicas {
			st.Replicas = append(st.Replicas, Replica{Server: r.Name, Current: r.Current, Offline: r.Offline, Lag: r.Lag, Silent: r.Active.Milliseconds()})
		}
	}
	slices.SortFunc(st.Replicas, func(a, b Replica) int { return cmp.Compare(a.Server, b.Server) })
	return st, nil
}

// stopped: it has too few replicas to take anything.
func (st StreamStatus) stopped() bool {
	return len(st.Replicas) > 0 && 2*st.there() <= len(st.Replicas)
}

// there is how many replicas are.
func (st StreamStatus) there() (n int) {
	for _, r := range st.Replicas {
		if !r.Missing() {
			n++
		}
	}
	return n
}

// behind is when an owner is said to be behind.
const behind = 30 * time.Second

// judge finds what an operator should know.
func (s *Status) judge(lease time.Duration) {
	say := func(text string) { s.Problems = append(s.Problems, text) }
	if slices.ContainsFunc(s.Streams, StreamStatus.stopped) {
		say("most of the NATS servers are away: notifications stay in the outboxes, and calls stand still, until more are back; what is said of nodes is of before")
		return
	}
	free := 0
	for _, who := range s.Owners {
		if who == "" {
			free++
		}
	}
	workers, takers := 0, 0
	versions := map[string]bool{}
	for _, m := range s.Nodes {
		versions[m.Version] = true
		if m.Worker && !m.Leaving {
			workers++
		}
		if m.Takes {
			takers++
		}
		if quiet := time.Since(time.UnixMilli(m.At)); quiet > lease*3/5 { // it speaks four times a lease
			say(m.Name + ": has said nothing for " + quiet.Round(time.Second).String() + ": it is dead, paused or cut off, or its clock is wrong; its partitions go to others when its leases are over")
		}
		if m.Trouble != "" {
			say(m.Name + ": " + m.Trouble)
		}
		if m.Outbox.Waiting > 0 && m.Outbox.Oldest != 0 && time.Since(time.UnixMilli(m.Outbox.Oldest)) > behind {
			say(m.Name + ": notifications wait in its outbox since " + time.UnixMilli(m.Outbox.Oldest).UTC().Format(time.RFC3339) + ": it does not reach NATS, or the stream is full")
		}
		for _, p := range m.Partitions {
			if p.Behind > behind.Milliseconds() {
				say(m.Name + " is behind with its calls: the database is slow or away, or the partition has more than one processor can do")
				break
			}
		}
	}
	for _, m := range s.Gone {
		text := m.Name + ": nothing was heard of it since about " + time.UnixMilli(m.At).UTC().Format(time.RFC3339) + ", or a minute later: it died, or does not reach NATS; start it again"
		if m.Takes {
			text += ", since its outbox may hold what nobody else has"
		}
		say(text + ". It is forgotten after a day")
	}
	switch {
	case len(s.Nodes) == 0:
		say("no node is there")
	case workers == 0:
		say("no worker is there: notifications are kept in the stream, and no call is rebuilt")
	case free > 0:
		say("some partitions have no owner at the moment: their calls wait, for the length of a lease at most")
	}
	if len(s.Nodes) > 0 && takers == 0 {
		say("no node takes notifications")
	}
	if len(versions) > 1 {
		say("the nodes are of several versions: an upgrade is under way, or was left unfinished")
	}
	for _, st := range s.Streams {
		if st.there() < len(st.Replicas) {
			say("stream " + st.Name + ": some of its replicas are away or behind; one more loss may stop it")
		}
		if st.MaxBytes > 0 && float64(st.Bytes) > full*float64(st.MaxBytes) {
			say("stream " + st.Name + " is nearly full: workers are behind, or it is too small; what it does not take stays in the outboxes")
		}
	}
}

// Observe connects without making anything, to ask for a Status.
func Observe(ctx context.Context, cfg Config) (*Node, error) {
	n, err := New(cfg)
	if err != nil {
		return nil, err
	}
	n.observing = true
	if err := n.Connect(ctx); err != nil {
		n.Close()
		return nil, err
	}
	return n, nil
}
