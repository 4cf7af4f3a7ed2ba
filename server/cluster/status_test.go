package cluster

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server/ingest"
	"github.com/legworkhq/legwork/server/store"
)

// TestMissing: a few operations behind is a copy that is written to, unless its server is
// dead.
func TestMissing(t *testing.T) {
	for _, test := range []struct {
		r    Replica
		want bool
	}{
		{Replica{Leader: true, Current: true}, false},
		{Replica{Current: true, Silent: 900}, false},
		{Replica{Lag: 3, Silent: 900}, false},
		{Replica{Lag: 5000, Silent: 900}, true},
		{Replica{Lag: 3, Silent: 60_000}, true},
		{Replica{Current: true, Silent: 6000}, true},
		{Replica{Lag: 3}, true}, // never heard of
		{Replica{Offline: true, Current: true}, true},
	} {
		require.Equal(t, test.want, test.r.Missing(), "%+v", test.r)
	}
}

// TestGone: a node that died is remembered when its word is over.
func TestGone(t *testing.T) {
	prefix := prefixOf()
	a, b := joined(t, prefix, "a"), joined(t, prefix, "b")
	require.NoError(t, a.sayHere(t.Context(), 1, false))
	require.Eventually(t, func() bool { // servers that are behind may answer in between
		st, err := b.Status(t.Context())
		return err == nil && len(st.Nodes) == 0 && len(st.Gone) == 1 && strings.Contains(strings.Join(st.Problems, "\n"), "a: nothing was heard of it since about ")
	}, 20*time.Second, 50*time.Millisecond)
	a.leave(1)
	require.Eventually(t, func() bool {
		st, err := b.Status(t.Context())
		return err == nil && len(st.Gone) == 0
	}, 20*time.Second, 50*time.Millisecond, "it ended in order")
}

// TestMostAway: when NATS has lost most servers, that is what there is to say.
func TestMostAway(t *testing.T) {
	away := Replica{Offline: true}
	for there, want := range map[int]string{1: "most of the NATS servers are away", 2: "one more loss may stop it", 3: ""} {
		st := Status{Nodes: []Member{{Name: "a", Worker: true, Takes: true, At: time.Now().UnixMilli()}}}
		s := StreamStatus{Name: "s", Replicas: []Replica{{Leader: true, Current: true}, {Current: true}, {Current: true}}}
		for i := there; i < 3; i++ {
			s.Replicas[i] = away
		}
		st.Streams = []StreamStatus{s}
		st.judge(time.Second)
		if want == "" {
			require.Empty(t, st.Problems)
			continue
		}
		require.Len(t, st.Problems, 1)
		require.Contains(t, st.Problems[0], want)
	}
}

// deadShared is a database that is away.
type deadShared struct{ store.Shared }

func (deadShared) Belongs(context.Context, int64) (bool, error) { return false, store.ErrUnreachable }

// TestDatabaseAway: a node says so, although it has nothing to write.
func TestDatabaseAway(t *testing.T) {
	n := joined(t, prefixOf(), "a")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go n.probe(ctx, deadShared{})
	require.Eventually(t, func() bool {
		require.NoError(t, n.sayHere(t.Context(), 1, false))
		st, err := n.Status(t.Context())
		return err == nil && strings.Contains(strings.Join(st.Problems, "\n"), "a: PostgreSQL is away or cannot be written")
	}, 20*time.Second, 50*time.Millisecond)
}

// The database and the work of TestLag: each waits until it may go on.
type (
	slowShared struct {
		store.Shared
		goOn chan struct{}
	}
	emptyPartition struct{ store.Partition }
	slowWork       struct{ goOn chan struct{} }
)

func (s slowShared) Claim(context.Context, int, int64, string) (store.Partition, error) {
	<-s.goOn
	return emptyPartition{}, nil
}

func (emptyPartition) Position(context.Context) (int64, error) { return 0, nil }
func (emptyPartition) ChangedSince(context.Context, int64) ([]int64, int64, error) {
	return nil, 0, nil
}

func (w slowWork) Open(context.Context, int, store.Partition, func() bool) (Work, error) {
	return w, nil
}
func (w slowWork) Answer(context.Context, Question) ([]byte, error) { return nil, nil }
func (w slowWork) Heard(context.Context, Said)                      {}
func (w slowWork) Take(context.Context, []ingest.Taken, int64) error {
	<-w.goOn
	return nil
}
func (w slowWork) Close() {}

// TestLag: what a new owner does not know yet it does not say.
func TestLag(t *testing.T) {
	n := joined(t, prefixOf(), "a")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go n.Relay(ctx)
	n.receive(t, 0, 90)
	require.Equal(t, uint64(90), n.drained(t).Msgs)
	p := n.PartitionOf(1)
	there := int64(0)
	for tenant, has := range map[int64]int64{1: 36, 2: 27, 3: 27} {
		if n.PartitionOf(tenant) == p {
			there += has
		}
	}
	db, work := slowShared{goOn: make(chan struct{})}, slowWork{make(chan struct{})}
	n.own(p, 1, 1, work, db)
	defer func() { n.owns(p).end("the test ends"); close(work.goOn) }()
	time.Sleep(20 * time.Millisecond)
	require.EqualValues(t, -1, n.States()[0].Lag, "it is not known")
	require.NotZero(t, n.States()[0].Behind)
	close(db.goOn)
	require.Eventually(t, func() bool { return n.States()[0].Lag == there }, 10*time.Second, 10*time.Millisecond)
}
