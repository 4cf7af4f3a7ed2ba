package storetest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/sim/script"
)

func scenarioExists(name string) (script.Scenario, error) { return script.Named(name) }

// applied says that the engine has come to the end of the journal and has a snapshot.
func (b *bench) applied(seq int64) {
	_, err := b.Apply(b.ctx, &store.Update{Tenant: b.tenant, Progress: &store.Progress{Seq: seq, Now: 1}})
	require.NoError(b.t, err)
	require.NoError(b.t, b.SaveSnapshot(b.ctx, b.tenant, store.Progress{Seq: seq, Now: 1}, strings.NewReader("x")))
}

func (b *bench) prune(p store.Policy, limit int) (sum store.Removed) {
	for range 1000 {
		r, more, err := b.Prune(b.ctx, p, limit)
		require.NoError(b.t, err)
		sum.Add(r)
		if !more {
			return sum
		}
	}
	require.FailNow(b.t, "pruning does not end")
	return sum
}

func testPrune(t *testing.T, b *bench) {
	entries := Entries(t, b.tenant, "direct-inbound", 0)
	later := Entries(t, b.tenant, "direct-inbound", 60)
	require.NoError(t, b.Append(b.ctx, entries))
	require.NoError(t, b.Append(b.ctx, later))
	b.applied(later[len(later)-1].Seq)
	old, young, open := Graph(t, "direct-inbound", 0), Graph(t, "direct-inbound", 60), Graph(t, "direct-inbound", 30)
	open.Status = call.Open
	for i, g := range []*call.Call{old, open, young} {
		_, err := b.Apply(b.ctx, &store.Update{Tenant: b.tenant, At: call.Time(1000 * (i + 1)), Calls: []store.Call{store.Row(b.tenant, g)}})
		require.NoError(t, err)
	}
	require.Zero(t, b.prune(store.Policy{}, 100))
	require.Equal(t, store.Removed{Entries: int64(len(entries))}, b.prune(store.Policy{RawBefore: later[0].Received}, 3), "in parts")
	got, err := b.Entries(b.ctx, b.tenant, 0, 100)
	require.NoError(t, err)
	require.Equal(t, later, got)
	require.Equal(t, store.Removed{Calls: 1}, b.prune(store.Policy{CallsBefore: 2500}, 100), "an open call stays")
	require.Equal(t, []string{string(young.ID), string(open.ID)}, b.search(store.Query{}))
	require.Empty(t, b.search(store.Query{Session: string(old.ID)}))

	require.NoError(t, b.Enqueue(b.ctx, notice(b.tenant, "n", "", 0)))
	due, err := b.Due(b.ctx, 10, 1)
	require.NoError(t, err)
	require.NoError(t, b.Failed(b.ctx, due[0].Seq, 1, "no", true))
	require.Equal(t, store.Removed{Notices: 1}, b.prune(store.Policy{DeadBefore: 100}, 100))

	require.Equal(t, store.Removed{Entries: int64(len(later)), Calls: 1}, b.prune(store.Policy{MaxBytes: 1}, 100))
	b.reopen()
	next := Entries(t, b.tenant, "direct-inbound", 90)
	require.NoError(t, b.Append(b.ctx, next))
	require.Greater(t, next[0].Seq, later[len(later)-1].Seq, "no number twice")
}

func testPruneKeeps(t *testing.T, b *bench) {
	entries := Entries(t, b.tenant, "attended-transfer", 0)
	require.NoError(t, b.Append(b.ctx, entries))
	require.Zero(t, b.prune(store.Policy{RawBefore: 1 << 60}, 100), "nothing is applied")
	b.applied(entries[2].Seq)
	require.Equal(t, store.Removed{Entries: 3}, b.prune(store.Policy{RawBefore: 1 << 60}, 100))
	require.NoError(t, b.DropSnapshot(b.ctx, b.tenant))
	_, err := b.Apply(b.ctx, &store.Update{Tenant: b.tenant, Progress: &store.Progress{Seq: entries[5].Seq, Now: 1}})
	require.NoError(t, err)
	require.Zero(t, b.prune(store.Policy{RawBefore: 1 << 60, MaxBytes: 1}, 100), "no snapshot holds it")
}

func testPurge(t *testing.T, b *bench) {
	ruth := "+14045550134"
	mine, theirs := Entries(t, b.tenant, "attended-transfer", 0), Entries(t, b.tenant, "direct-outbound", 60)
	bad := []store.Entry{{Tenant: b.tenant, Received: 9, Problem: "no JSON", Body: []byte("call from 14045550134!")}, {Tenant: b.tenant, Received: 9, Problem: "no JSON", Body: []byte("something else")}}
	for _, in := range [][]store.Entry{mine, theirs, bad} {
		require.NoError(t, b.Append(b.ctx, in))
	}
	b.applied(bad[1].Seq)
	gone, stays := Graph(t, "attended-transfer", 0), Graph(t, "direct-outbound", 60)
	b.put(gone, stays)
	require.NoError(t, b.Enqueue(b.ctx, notice(b.tenant, "n1", string(gone.ID), 1)))
	require.NoError(t, b.Enqueue(b.ctx, notice(b.tenant, "n2", string(stays.ID), 1)))
	before, err := b.LastChange(b.ctx, b.tenant)
	require.NoError(t, err)
	r, ids, err := b.Purge(b.ctx, b.tenant, " +1 (404) 555-0134")
	require.NoError(t, err)
	require.Equal(t, store.Removed{Entries: int64(len(mine) + 1), Calls: 1, Notices: 1}, r)
	require.Equal(t, []call.SessionID{gone.ID}, ids)
	b.reopen()
	require.Equal(t, []string{string(stays.ID)}, b.search(store.Query{}))
	require.Empty(t, b.search(store.Query{Numbers: []string{ruth}}))
	left, err := b.Entries(b.ctx, b.tenant, 0, 1000)
	require.NoError(t, err)
	require.Equal(t, append(append([]store.Entry{}, theirs...), bad[1]), left)
	_, _, err = b.Snapshot(b.ctx, b.tenant)
	require.ErrorIs(t, err, store.ErrNotFound, "a snapshot holds it too")
	changes, err := b.Changes(b.ctx, b.tenant, before, 10)
	require.NoError(t, err)
	require.Len(t, changes, 1)
	require.Equal(t, gone.ID, changes[0].Gone)
	_, err = b.Call(b.ctx, b.tenant, gone.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
	for _, nothing := range []string{"", "+", "anonymous", "+19990000000"} {
		r, _, err = b.Purge(b.ctx, b.tenant, nothing)
		require.NoError(t, err)
		require.Zero(t, r)
	}
}

func testRemoveTenant(t *testing.T, b *bench) {
	other := b.addTenant("other")
	entries := Entries(t, b.tenant, "attended-transfer", 0)
	require.NoError(t, b.Append(b.ctx, entries))
	require.NoError(t, b.Append(b.ctx, Entries(t, other, "direct-inbound", 0)))
	b.put(Graph(t, "attended-transfer", 0))
	b.putTo(other, Graph(t, "direct-inbound", 0))
	b.applied(entries[0].Seq)
	require.NoError(t, b.AddToken(b.ctx, store.Token{Name: "t", Hash: []byte{1}, Role: store.RoleRead, Tenant: b.tenant}))
	require.NoError(t, b.Store.RemoveTenant(b.ctx, b.tenant))
	require.ErrorIs(t, b.Store.RemoveTenant(b.ctx, b.tenant), store.ErrNotFound)
	require.Empty(t, b.search(store.Query{}))
	left, err := b.Entries(b.ctx, b.tenant, 0, 10)
	require.NoError(t, err)
	require.Empty(t, left)
	tokens, err := b.Tokens(b.ctx)
	require.NoError(t, err)
	require.Empty(t, tokens)
	_, err = b.Apply(b.ctx, &store.Update{Tenant: b.tenant, Calls: []store.Call{store.Row(b.tenant, Graph(t, "missed", 0))}})
	require.ErrorIs(t, err, store.ErrNotFound)
	require.NoError(t, b.Store.RemoveTenant(b.ctx, other))
	require.Greater(t, b.addTenant("third"), other, "no number is used twice")
	require.Empty(t, b.search(store.Query{}))
	other = b.addTenant("other")
	b.putTo(other, Graph(t, "direct-inbound", 0))
	b.tenant = other
	require.Len(t, b.search(store.Query{}), 1)
}

// testAppendToNobody: what is under way when its tenant is removed.
func testAppendToNobody(t *testing.T, b *bench) {
	other := b.addTenant("other")
	require.NoError(t, b.Store.RemoveTenant(b.ctx, b.tenant))
	mine, theirs := Entries(t, b.tenant, "missed", 0), Entries(t, other, "missed", 0)
	in := append(append(append([]store.Entry{}, mine[:2]...), theirs...), mine[2:]...)
	in = append(in, store.Entry{Tenant: 1 << 40, Received: 9, Body: []byte("x"), Problem: "no JSON"})
	require.NoError(t, b.Append(b.ctx, in))
	for _, e := range in {
		require.Equal(t, e.Tenant == other, e.Seq != 0)
	}
	left, err := b.Entries(b.ctx, b.tenant, 0, 1000)
	require.NoError(t, err)
	require.Empty(t, left)
	left, err = b.Entries(b.ctx, other, 0, 1000)
	require.NoError(t, err)
	require.Equal(t, theirs, without(left))
}

// without are entries as they were before they were written.
func without(in []store.Entry) (out []store.Entry) {
	for _, e := range in {
		e.Seq = 0
		out = append(out, e)
	}
	return out
}

func testStats(t *testing.T, b *bench) {
	s, err := b.Stats(b.ctx)
	require.NoError(t, err)
	require.Positive(t, s.Bytes)
	s.Bytes = 0
	require.Zero(t, s)
	require.NoError(t, b.Append(b.ctx, Entries(t, b.tenant, "direct-inbound", 0)))
	require.NoError(t, b.Append(b.ctx, []store.Entry{{Tenant: b.tenant, Problem: "x", Body: []byte("x")}}))
	open := Graph(t, "missed", 0)
	open.Status = call.Settling
	b.put(open, Graph(t, "direct-inbound", 9))
	alive, settling, err := b.Counts(b.ctx, b.tenant)
	require.NoError(t, err)
	require.Equal(t, []int64{0, 1}, []int64{alive, settling})
	require.NoError(t, b.Enqueue(b.ctx, notice(b.tenant, "n", "", 0)))
	s, err = b.Stats(b.ctx)
	require.NoError(t, err)
	s.Bytes = 0
	require.Equal(t, store.Stats{Entries: int64(len(Entries(t, b.tenant, "direct-inbound", 0)) + 1), Calls: 2, Open: 1, Undecoded: 1, Waiting: 1}, s)
}
