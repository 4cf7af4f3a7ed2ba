package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// Movable is how one and the same place, at first empty, is opened.
type Movable struct {
	Target func(ctx context.Context) (store.Target, error)
	Origin func(ctx context.Context) (store.Origin, error)
	// Store opens it for a server; for an owner of tenant 7's partition where there are
	// several.
	Store func(ctx context.Context) (store.Store, error)
}

// RunMove runs the suite for stores that are moved into, and from.
func RunMove(t *testing.T, open func(t *testing.T) Movable) {
	for name, test := range map[string]func(*testing.T, *moving){
		"Marked": testMarked, "NotEmpty": testNotEmpty, "OnlyRead": testOnlyRead, "Portions": testPortions, "Numbers": testNumbers, "AllOrNothing": testAllOrNothing, "ServedAfterwards": testServedAfterwards,
	} {
		t.Run(name, func(t *testing.T) { test(t, &moving{open(t), t}) })
	}
}

// moving is a place under test.
type moving struct {
	Movable
	t *testing.T
}

func opened[T io.Closer](m *moving, open func(ctx context.Context) (T, error)) T {
	m.t.Helper()
	v, err := open(m.t.Context())
	require.NoError(m.t, err)
	m.t.Cleanup(func() { v.Close() })
	return v
}

func refused[T io.Closer](m *moving, open func(ctx context.Context) (T, error), want error) {
	m.t.Helper()
	v, err := open(m.t.Context())
	if err == nil {
		v.Close()
	}
	require.ErrorIs(m.t, err, want)
}

const moved = 7 // the tenant

func noted(text string) func() (map[string][]byte, error) {
	return func() (map[string][]byte, error) { return map[string][]byte{"place": []byte(text)}, nil }
}

// fill makes a target with the tenant in it.
func (m *moving) fill() store.Target {
	to := opened(m, m.Target)
	require.NoError(m.t, to.Import(m.t.Context(), &store.Portion{Tenants: []store.Tenant{{ID: moved, Name: "acme", Scope: "account", Region: "US", TokenHash: []byte{1}, NoticeKinds: []string{"call.final"}, Created: 3}}, Notes: noted("tenant")}))
	return to
}

func testMarked(t *testing.T, m *moving) {
	to := m.fill()
	refused(m, m.Target, store.ErrInUse)
	refused(m, m.Store, store.ErrInUse)
	require.NoError(t, to.Close())
	refused(m, m.Store, store.ErrUnfinished)
	refused(m, m.Origin, store.ErrUnfinished)
	to = opened(m, m.Target)
	notes, err := to.Notes(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string][]byte{"place": []byte("tenant")}, notes)
	require.NoError(t, to.Alone(t.Context()))
	require.NoError(t, to.Finish(t.Context(), 9))
	require.NoError(t, to.Close())
	refused(m, m.Target, store.ErrExists)
	from := opened(m, m.Origin)
	last, err := from.LastTenant(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 9, last)
	refused(m, m.Store, store.ErrInUse)
	require.NoError(t, from.Close())
	opened(m, m.Store)
}

func testNotEmpty(t *testing.T, m *moving) {
	require.NoError(t, opened(m, m.Store).Close())
	refused(m, m.Target, store.ErrExists)
}

func testOnlyRead(t *testing.T, m *moving) {
	db := opened(m, m.Store)
	refused(m, m.Origin, store.ErrInUse)
	require.NoError(t, db.Close())
	from := opened(m, m.Origin)
	if w, ok := from.(store.Directory); ok {
		require.Error(t, w.AddTenant(t.Context(), &store.Tenant{Name: "x"}))
	}
	require.NoError(t, from.Alone(t.Context()))
}

// strange is a text as only somebody hostile sends it.
const strange = "a\x00b\xff\U0010FFFFé"

func someKept(t *testing.T, changes ...int64) (out []store.Kept) {
	for i, c := range changes {
		g := Graph(t, "attended-transfer", i)
		row := store.Row(moved, g)
		out = append(out, store.Kept{Change: c, Row: 100 - int64(i), ID: g.ID, Revision: int64(i), Told: 3, Status: "final", Direction: string(g.Direction), Outcome: string(g.Outcome),
			Started: g.StartedAt, Answered: g.AnsweredAt, Ended: g.EndedAt, Updated: 12, Summary: []byte(fmt.Sprintf(`{"startedAt":"2026-03-02T15:%02d:00.000Z","unknown":1}`, i)), Keys: store.KeyLines(row.Keys), Graph: row.Graph})
	}
	return out
}

func testPortions(t *testing.T, m *moving) {
	ctx := t.Context()
	to := m.fill()
	tokens := []store.Token{{Name: "all", Hash: []byte{2}, Role: store.RoleAdmin, Created: 1}, {Name: "one", Hash: []byte{3}, Role: store.RoleRead, Tenant: moved, Created: 2}}
	entries := []store.Entry{{Tenant: moved, Received: 5, Session: strange, UUID: "u", Body: []byte(strange)}, {Tenant: moved, Received: 4, Problem: "byte 0: " + strange, Body: []byte("x")}, {Tenant: moved, Received: 6, Body: []byte{}}}
	kept := someKept(t, 3, 9)
	kept = append(kept, store.Kept{Change: 11, Gone: call.SessionID(strange), Into: kept[0].ID}, store.Kept{Change: 12, Gone: "purged"})
	notices := []store.Notice{{Tenant: moved, ID: "m1", Kind: "call.final", Call: "s", Revision: 2, Body: []byte(`{"a":1}`), Created: 1, Next: 2, Attempts: 3, Failure: strange}, {Tenant: moved, ID: "m0", Kind: "call.final", Body: []byte(`{}`), Created: 5, Next: 6, Attempts: 9, Dead: true}}
	require.NoError(t, to.Import(ctx, &store.Portion{Tokens: tokens, Entries: entries, Tenant: moved, Kept: kept, Notices: notices, Progress: &store.Progress{Seq: 5, Now: 8}, Notes: noted("all")}))
	require.NoError(t, to.SaveSnapshot(ctx, moved, store.Progress{Seq: 4, Now: 7}, strings.NewReader("what it knew")))
	require.NoError(t, to.Finish(ctx, 0))
	require.NoError(t, to.Close())

	from := opened(m, m.Origin)
	amounts, err := from.Amounts(ctx)
	require.NoError(t, err)
	require.Equal(t, map[int64]store.Amount{moved: {Entries: 3, Calls: 2, Gone: 2, Notices: 2}}, amounts)
	gotTokens, err := from.Tokens(ctx)
	require.NoError(t, err)
	require.Equal(t, tokens, gotTokens)
	gotEntries, err := from.Entries(ctx, moved, 0, 10)
	require.NoError(t, err)
	require.Equal(t, entries, gotEntries, "with the numbers that they got")
	for i := range gotEntries[1:] {
		require.Greater(t, gotEntries[i+1].Seq, gotEntries[i].Seq)
	}
	gotKept, err := from.Kept(ctx, moved, 0, 10)
	require.NoError(t, err)
	for i := range gotKept {
		require.GreaterOrEqual(t, gotKept[i].Change, kept[i].Change)
		kept[i].Change = gotKept[i].Change
	}
	require.Equal(t, kept, gotKept)
	page, err := from.Kept(ctx, moved, kept[0].Change, 2)
	require.NoError(t, err)
	require.Equal(t, kept[1:3], page)
	gotNotices, err := from.NoticesOf(ctx, moved, 0, 10)
	require.NoError(t, err)
	require.Len(t, gotNotices, 2)
	for i := range gotNotices {
		require.NotZero(t, gotNotices[i].Seq)
		notices[i].Seq = gotNotices[i].Seq
	}
	require.Equal(t, notices, gotNotices)
	p, err := from.Progress(ctx, moved)
	require.NoError(t, err)
	require.Equal(t, store.Progress{Seq: 5, Now: 8}, p)
	at, data, err := from.Snapshot(ctx, moved)
	require.NoError(t, err)
	text, err := io.ReadAll(data)
	require.NoError(t, err)
	require.Equal(t, "4 7 what it knew", fmt.Sprint(at.Seq, int64(at.Now), " "+string(text)))
}

// testNumbers: numbers of changes rise from portion to portion and none is below that of
// the source, so that whoever follows misses nothing.
func testNumbers(t *testing.T, m *moving) {
	ctx := t.Context()
	to := m.fill()
	kept := someKept(t, 1, 2, 1000, 1001)
	require.NoError(t, to.Import(ctx, &store.Portion{Tenant: moved, Kept: kept[:2]}))
	require.NoError(t, to.Import(ctx, &store.Portion{Tenant: moved, Kept: kept[2:]}))
	require.NoError(t, to.Import(ctx, &store.Portion{Tenant: moved, LastChange: 5000}))
	got, err := to.Kept(ctx, moved, 0, 10)
	require.NoError(t, err)
	before := int64(0)
	for i, k := range got {
		require.Equal(t, kept[i].ID, k.ID)
		require.Greater(t, k.Change, before)
		require.GreaterOrEqual(t, k.Change, kept[i].Change)
		before = k.Change
	}
	last, err := to.LastChange(ctx, moved)
	require.NoError(t, err)
	require.GreaterOrEqual(t, last, int64(5000))
	require.Less(t, last, int64(5100))
}

func testAllOrNothing(t *testing.T, m *moving) {
	ctx := t.Context()
	to := m.fill()
	good := store.Portion{Entries: Entries(t, moved, "missed", 0), Tenant: moved, Kept: someKept(t, 3), Notes: noted("good")}
	require.NoError(t, to.Import(ctx, &good))
	want, err := to.Amounts(ctx)
	require.NoError(t, err)
	failed := errors.New("failed")
	for _, p := range []*store.Portion{
		{Entries: Entries(t, moved, "missed", 0)[1:2], Notes: noted("an entry twice")},
		{Entries: Entries(t, moved, "missed", 3), Tenant: moved, Kept: someKept(t, 4), Notes: noted("a call twice")},
		{Entries: Entries(t, moved, "missed", 3), Notes: func() (map[string][]byte, error) { return nil, failed }},
	} {
		require.Error(t, to.Import(ctx, p))
		got, err := to.Amounts(ctx)
		require.NoError(t, err)
		require.Equal(t, want, got)
		notes, err := to.Notes(ctx)
		require.NoError(t, err)
		require.Equal(t, map[string][]byte{"place": []byte("good")}, notes)
	}
	more := Entries(t, moved, "missed", 5)
	require.NoError(t, to.Import(ctx, &store.Portion{Entries: more}))
	require.Equal(t, good.Entries[len(good.Entries)-1].Seq < more[0].Seq, true)
}

// testServedAfterwards: what comes after the move comes after what was moved.
func testServedAfterwards(t *testing.T, m *moving) {
	ctx := t.Context()
	to := m.fill()
	entries := Entries(t, moved, "missed", 0)
	kept := someKept(t, 3, 70)
	require.NoError(t, to.Import(ctx, &store.Portion{Entries: entries, Tenant: moved, Kept: kept}))
	require.NoError(t, to.Finish(ctx, 0))
	require.NoError(t, to.Close())
	db := opened(m, m.Store)
	require.NoError(t, db.Append(ctx, append([]store.Entry{}, entries...)))
	more := append(append([]store.Entry{}, entries[:2]...), Entries(t, moved, "missed", 7)...)
	require.NoError(t, db.Append(ctx, more))
	require.Zero(t, more[0].Seq, "had before")
	require.Greater(t, more[2].Seq, entries[len(entries)-1].Seq)
	before, err := db.LastChange(ctx, moved)
	require.NoError(t, err)
	require.GreaterOrEqual(t, before, int64(70))
	old, err := db.Call(ctx, moved, kept[0].ID)
	require.NoError(t, err)
	require.Equal(t, 3, old.Told)
	change, err := db.Apply(ctx, &store.Update{Tenant: moved, At: 20, Calls: []store.Call{store.Row(moved, Graph(t, "missed", 9)), store.Row(moved, Graph(t, "attended-transfer", 0))}})
	require.NoError(t, err)
	require.Greater(t, change, before)
	found, _, err := db.Search(ctx, moved, store.Query{Link: call.TransferAttended, Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 2, "found by the keys that were moved")
	stats, err := db.Stats(ctx)
	require.NoError(t, err)
	require.EqualValues(t, len(entries)+len(more)-2, stats.Entries)
	next := store.Tenant{Name: "next", Scope: "account"}
	require.NoError(t, db.AddTenant(ctx, &next))
	require.Greater(t, next.ID, int64(moved))
}

// Populate gives a tenant many calls, as those of a Town, with notifications that have
// their sessions' names.
func Populate(t testing.TB, db store.Store, tenant int64, n int) {
	sample, town := Entries(t, tenant, "direct-inbound", 0), NewTown(t, tenant, n)
	for i := 0; i < n; {
		u := &store.Update{Tenant: tenant, At: town.Started(i)}
		var entries []store.Entry
		for ; i < n && len(u.Calls) < 500; i++ {
			c := town.Call(i)
			u.Calls = append(u.Calls, c)
			for _, e := range sample {
				e.Session, e.Received = string(c.ID), c.Summary.StartedAt
				entries = append(entries, e)
			}
		}
		require.NoError(t, db.Append(t.Context(), entries))
		u.Progress = &store.Progress{Seq: entries[len(entries)-1].Seq, Now: town.Started(i - 1)}
		_, err := db.Apply(t.Context(), u)
		require.NoError(t, err)
	}
}
