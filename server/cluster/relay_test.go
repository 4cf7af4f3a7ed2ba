package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/internal/natslab"
	"github.com/legworkhq/legwork/server/ingest"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/sqlite"
)

// prefixOf names what a test makes in NATS.
func prefixOf() string { return fmt.Sprintf("t%d", time.Now().UnixNano()) }

// joined is a node that is connected to the lab.
func joined(t *testing.T, prefix, name string) *Node {
	if testing.Short() {
		t.Skip("SKIPPED: a cluster of NATS servers takes long to start")
	}
	lab := natslab.Shared(t)
	outbox, err := sqlite.OpenOutbox(t.Context(), filepath.Join(t.TempDir(), "outbox.db"), 0, sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { outbox.Close() })
	n, err := New(Config{URL: strings.Join(lab.URLs(), ","), Prefix: prefix, Name: name, Partitions: 4, Lease: 4 * time.Second, Worker: true, Outbox: outbox, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(n.Close)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, n.Connect(ctx))
	return n
}

// receive puts notifications into the node's outbox, as its handler does.
func (n *Node) receive(t *testing.T, from, to int) {
	for i := from; i < to; i += 10 {
		entries := make([]store.Entry, 10)
		for j := range entries {
			entries[j] = store.Entry{Tenant: int64(1 + j%3), Received: 1, Body: fmt.Appendf(nil, "notification %d", i+j)}
		}
		require.NoError(t, n.cfg.Outbox.Append(t.Context(), entries))
		taken := make([]ingest.Taken, len(entries))
		for j := range entries {
			taken[j].Entry = entries[j]
		}
		n.Offer(taken)
	}
}

// drained waits until nothing is left in the outbox, and returns the stream.
func (n *Node) drained(t *testing.T) jetstream.StreamState {
	require.Eventually(t, func() bool {
		st, err := n.cfg.Outbox.State(t.Context())
		return err == nil && st.Entries == 0
	}, time.Minute, 20*time.Millisecond)
	info, err := n.stream.Info(t.Context())
	require.NoError(t, err)
	return info.State
}

// relaying lets the node pass on what is in its outbox until the test ends.
func (n *Node) relaying(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); n.Relay(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
}

// headless receives notifications 500 to 1999 while the server that leads the stream is
// killed and started again, and returns the stream when they are passed on.
func (n *Node) headless(t *testing.T, lab *natslab.Cluster) jetstream.StreamState {
	lead, err := lab.WaitLeader(t.Context(), n.names.stream())
	require.NoError(t, err)
	n.receive(t, 500, 1000)
	lab.Kill(lead)
	n.receive(t, 1000, 2000)
	lab.Restart(lead)
	return n.drained(t)
}

// TestRelay kills the server that leads the stream while notifications are passed on: each
// is there once, and none stays behind.
func TestRelay(t *testing.T) {
	n := joined(t, prefixOf(), "a")
	lab := natslab.Shared(t)
	n.relaying(t)
	n.receive(t, 0, 500)
	require.Equal(t, uint64(500), n.drained(t).Msgs)
	require.Equal(t, uint64(2000), n.headless(t, lab).Msgs)
	require.NoError(t, lab.WaitReady(t.Context()))
}

// TestRelayTwice: two nodes pass the same notifications on at the same time, and neither
// of them gives up.
func TestRelayTwice(t *testing.T) {
	prefix := prefixOf()
	a, b := joined(t, prefix, "a"), joined(t, prefix, "b")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for _, n := range []*Node{a, b} {
		n.receive(t, 0, 1000)
	}
	for _, n := range []*Node{a, b} {
		go n.Relay(ctx)
	}
	a.drained(t)
	require.Equal(t, uint64(1000), b.drained(t).Msgs)
	require.False(t, a.relay.failing.Load() || b.relay.failing.Load())
}

// TestMembers: who says that it is there is seen by others, and who left is not.
func TestMembers(t *testing.T) {
	prefix := prefixOf()
	a, b := joined(t, prefix, "a"), joined(t, prefix, "b")
	seen := func(n *Node) (names []string) {
		list, err := n.Members(t.Context())
		require.NoError(t, err)
		for _, m := range list {
			names = append(names, m.Name)
		}
		return names
	}
	require.Empty(t, seen(a))
	require.NoError(t, a.sayHere(t.Context(), 1, false))
	require.NoError(t, b.sayHere(t.Context(), 1, false))
	require.Eventually(t, func() bool { return len(seen(a)) == 2 && len(seen(b)) == 2 }, 2*time.Second, 20*time.Millisecond)
	require.NoError(t, a.nodes.Delete(t.Context(), key("a")))
	require.Eventually(t, func() bool { return len(seen(a)) == 1 && len(seen(b)) == 1 }, 2*time.Second, 20*time.Millisecond)
	require.Equal(t, []string{"b"}, seen(a))
	require.Eventually(t, func() bool { return len(seen(a)) == 0 }, 10*time.Second, 20*time.Millisecond, "its word is over")
}

// answered is what NATS says of a message.
type answered struct {
	ok  chan *jetstream.PubAck
	err chan error
}

func (a answered) Ok() <-chan *jetstream.PubAck { return a.ok }
func (a answered) Err() <-chan error            { return a.err }
func (a answered) Msg() *nats.Msg               { return nil }

// TestRefused: what NATS refuses stays in the outbox, also when it takes what follows.
func TestRefused(t *testing.T) {
	refused, taken := answered{err: make(chan error, 1)}, answered{ok: make(chan *jetstream.PubAck, 1)}
	refused.err <- errors.New("maximum bytes exceeded")
	taken.ok <- &jetstream.PubAck{}
	r := &relay{flying: []flight{{upTo: 1, msg: &nats.Msg{}, ack: refused}, {upTo: 2, msg: &nats.Msg{}, ack: taken}}}
	require.Error(t, r.land(t.Context(), 0))
	r.abandon()
	require.Zero(t, r.acked.Load())
	require.Zero(t, r.read)
}
