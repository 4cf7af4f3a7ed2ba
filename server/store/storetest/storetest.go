// Package storetest is what every store must pass.
package storetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/sim"
)

// Opener opens an empty store that ends with the test, and says how to open the same
// data again once it was closed.
type Opener func(t *testing.T) (s store.Store, again func() store.Store)

// Run runs the suite.
func Run(t *testing.T, open Opener) {
	tests := []struct {
		name string
		test func(*testing.T, *bench)
	}{
		{"Journal", testJournal}, {"JournalKeepsOrder", testJournalOrder}, {"Bodies", testBodies}, {"Problems", testProblems},
		{"Calls", testCalls}, {"Merge", testMerge}, {"Search", testSearch}, {"SearchPages", testSearchPages}, {"SearchNames", testSearchNames},
		{"SearchAgreesWithScan", testSearchScan}, {"SearchAmongMany", testSearchMany}, {"Changes", testChanges}, {"Progress", testProgress}, {"Snapshot", testSnapshot},
		{"Hours", testHours}, {"Notices", testNotices}, {"NoticesOnce", testNoticesOnce}, {"Tenants", testTenants}, {"Tokens", testTokens}, {"Isolation", testIsolation},
		{"Prune", testPrune}, {"PruneKeepsWhatTheEngineNeeds", testPruneKeeps}, {"Purge", testPurge}, {"RemoveTenant", testRemoveTenant}, {"AppendToNobody", testAppendToNobody}, {"Stats", testStats},
		{"Hostile", testHostile}, {"Concurrent", testConcurrent},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			s, again := open(t)
			b := &bench{Store: s, t: t, ctx: t.Context(), again: again}
			b.tenant = b.addTenant("acme")
			c.test(t, b)
		})
	}
}

// bench is a store under test.
type bench struct {
	store.Store
	t      *testing.T
	ctx    context.Context
	again  func() store.Store
	tenant int64
}

func (b *bench) reopen() {
	require.NoError(b.t, b.Close())
	b.Store = b.again()
}

func (b *bench) addTenant(name string) int64 {
	t := store.Tenant{Name: name, Scope: "account", Region: "US"}
	require.NoError(b.t, b.AddTenant(b.ctx, &t))
	require.NotZero(b.t, t.ID)
	return t.ID
}

// put writes graphs.
func (b *bench) put(calls ...*call.Call) { b.putTo(b.tenant, calls...) }

func (b *bench) putTo(tenant int64, calls ...*call.Call) {
	u := &store.Update{Tenant: tenant, At: 1000}
	for _, c := range calls {
		u.Calls = append(u.Calls, store.Row(tenant, c))
	}
	_, err := b.Apply(b.ctx, u)
	require.NoError(b.t, err)
}

func (b *bench) search(q store.Query) (ids []string) {
	if q.Limit == 0 {
		q.Limit = 100
	}
	found, _, err := b.Search(b.ctx, b.tenant, q)
	require.NoError(b.t, err)
	for _, c := range found {
		require.Nil(b.t, c.Graph)
		ids = append(ids, string(c.ID))
	}
	return ids
}

func testJournal(t *testing.T, b *bench) {
	in := Entries(t, b.tenant, "attended-transfer", 0)
	require.NoError(t, b.Append(b.ctx, in))
	last := int64(0)
	for _, e := range in {
		require.Greater(t, e.Seq, last)
		last = e.Seq
	}
	twice := append(append([]store.Entry{}, in[3:5]...), in[0])
	twice[1].Body = append(append([]byte{}, twice[1].Body...), ' ')
	twice[1].Received = in[len(in)-1].Received + 1
	require.NoError(t, b.Append(b.ctx, twice))
	require.Zero(t, twice[0].Seq, "had before")
	require.Greater(t, twice[1].Seq, last, "the same notification, other bytes: kept")
	require.Zero(t, twice[2].Seq)
	b.reopen()
	got, err := b.Entries(b.ctx, b.tenant, 0, 1000)
	require.NoError(t, err)
	require.Equal(t, append(append([]store.Entry{}, in...), twice[1]), got)
	got, err = b.Entries(b.ctx, b.tenant, in[2].Seq, 2)
	require.NoError(t, err)
	require.Equal(t, in[3:5], got)
	sessions := map[string]bool{}
	for _, e := range in {
		sessions[e.Session] = true
	}
	require.Greater(t, len(sessions), 1)
	got, err = b.EntriesOf(b.ctx, b.tenant, []string{in[0].Session, "none"})
	require.NoError(t, err)
	require.NotEmpty(t, got)
	for _, e := range got {
		require.Equal(t, in[0].Session, e.Session)
	}
	require.Less(t, len(got), len(in))
	at, err := b.LastReceived(b.ctx)
	require.NoError(t, err)
	require.Equal(t, twice[1].Received, at)
}

// Numbers rise in the order in which appends return, whoever appends.
func testJournalOrder(t *testing.T, b *bench) {
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			last := int64(0)
			for i := range 20 {
				e := []store.Entry{{Tenant: b.tenant, Received: 5, Session: fmt.Sprint("s-", w), UUID: fmt.Sprint(i), Body: fmt.Appendf(nil, `{"w":%d,"i":%d}`, w, i)}}
				if err := b.Append(b.ctx, e); err != nil || e[0].Seq <= last {
					t.Errorf("append %d of %d: number %d after %d, %v", i, w, e[0].Seq, last, err)
				}
				last = e[0].Seq
			}
		})
	}
	wg.Wait()
	got, err := b.Entries(b.ctx, b.tenant, 0, 1000)
	require.NoError(t, err)
	require.Len(t, got, 80)
}

func testBodies(t *testing.T, b *bench) {
	var in []store.Entry
	for i, body := range []string{"{}", "\x00", "\xff\xfe not utf-8", "'; DROP TABLE journal; --", strings.Repeat("x", 1<<20), "é\U0001F600"} {
		in = append(in, store.Entry{Tenant: b.tenant, Received: call.Time(i), Session: "s", Body: []byte(body)})
	}
	require.NoError(t, b.Append(b.ctx, in))
	got, err := b.Entries(b.ctx, b.tenant, 0, 100)
	require.NoError(t, err)
	require.Equal(t, in, got)
}

func testProblems(t *testing.T, b *bench) {
	in := []store.Entry{
		{Tenant: b.tenant, Received: 1, Body: []byte("garbage"), Problem: "byte 0: no JSON"},
		{Tenant: b.tenant, Received: 2, Session: "s", Body: []byte("{}")},
		{Tenant: b.tenant, Received: 3, Body: []byte("[1]"), Problem: "another kind"},
	}
	require.NoError(t, b.Append(b.ctx, in))
	got, err := b.Problems(b.ctx, b.tenant, 0, 10)
	require.NoError(t, err)
	require.Equal(t, []store.Entry{in[2], in[0]}, got)
	got, err = b.Problems(b.ctx, b.tenant, in[2].Seq, 10)
	require.NoError(t, err)
	require.Equal(t, in[:1], got)
}

func testCalls(t *testing.T, b *bench) {
	g := Graph(t, "attended-transfer", 0)
	require.Greater(t, len(g.Sessions), 1)
	b.put(g)
	b.reopen()
	want := store.Row(b.tenant, g)
	for _, id := range []call.SessionID{g.ID, g.Sessions[1].ID, call.SessionID(g.Legs[len(g.Legs)-1].ID), call.SessionID(g.Sessions[0].LegacyID)} {
		got, err := b.Call(b.ctx, b.tenant, id)
		require.NoError(t, err, id)
		require.Equal(t, string(want.Graph), string(got.Graph))
		require.Equal(t, want.Summary, got.Summary)
		require.Equal(t, g.ID, got.ID)
		require.Equal(t, g.Revision, got.Revision)
		require.Equal(t, g.Status, got.Status)
		require.Equal(t, call.Time(1000), got.Updated)
		require.Positive(t, got.Change)
	}
	_, err := b.Call(b.ctx, b.tenant, "s-none")
	require.ErrorIs(t, err, store.ErrNotFound)
	keepers, err := b.Keepers(b.ctx, b.tenant, []call.SessionID{"s-none", g.Sessions[1].ID, "s-'\xff\x00", g.Sessions[0].ID, g.Sessions[0].ID})
	require.NoError(t, err)
	require.ElementsMatch(t, []store.Keeper{{Session: g.Sessions[0].ID, Call: g.ID, Revision: g.Revision}, {Session: g.Sessions[1].ID, Call: g.ID, Revision: g.Revision}}, keepers)
	for _, none := range [][]call.SessionID{nil, {"s-none"}} {
		keepers, err = b.Keepers(b.ctx, b.tenant, none)
		require.NoError(t, err)
		require.Empty(t, keepers)
	}

	less := *g
	less.Participants, less.Revision, less.StartedAt = g.Participants[:1], 1, g.StartedAt+1
	less.Legs, less.Links = nil, nil
	b.put(&less)
	require.Equal(t, []string{string(g.ID)}, b.search(store.Query{}), "written again, not twice")
	require.Empty(t, b.search(store.Query{Link: call.TransferAttended}), "keys that are no more")
	require.Len(t, b.search(store.Query{Session: string(g.ID)}), 1)
	n := 0
	require.NoError(t, b.Each(b.ctx, b.tenant, func(c *store.Call) error { n++; require.NotEmpty(t, c.Graph); return nil }))
	require.Equal(t, 1, n)
	require.ErrorIs(t, b.Each(b.ctx, b.tenant, func(*store.Call) error { return io.ErrUnexpectedEOF }), io.ErrUnexpectedEOF)
}

func testMerge(t *testing.T, b *bench) {
	one, two := Graph(t, "direct-inbound", 0), Graph(t, "direct-inbound", 5)
	three := Graph(t, "direct-inbound", 10)
	b.put(one, two, three)
	_, err := b.Apply(b.ctx, &store.Update{Tenant: b.tenant, At: 5, Merged: []store.Merge{{From: two.ID, Into: one.ID}}, Calls: []store.Call{store.Row(b.tenant, one)}})
	require.NoError(t, err)
	got, err := b.Call(b.ctx, b.tenant, two.ID)
	require.NoError(t, err)
	require.Equal(t, one.ID, got.ID)
	require.ElementsMatch(t, []string{string(one.ID), string(three.ID)}, b.search(store.Query{}))
	// The call that took over is itself taken over: the first id still leads there.
	_, err = b.Apply(b.ctx, &store.Update{Tenant: b.tenant, At: 6, Merged: []store.Merge{{From: one.ID, Into: three.ID}}})
	require.NoError(t, err)
	got, err = b.Call(b.ctx, b.tenant, two.ID)
	require.NoError(t, err)
	require.Equal(t, three.ID, got.ID)
	// An id that names a call again is no alias any more.
	b.put(two)
	got, err = b.Call(b.ctx, b.tenant, two.ID)
	require.NoError(t, err)
	require.Equal(t, two.ID, got.ID)
	unfinished, err := b.Unfinished(b.ctx, b.tenant)
	require.NoError(t, err)
	require.Empty(t, unfinished)
	require.Zero(t, got.Told)
	for _, told := range []struct{ now, highest int }{{3, 3}, {0, 3}, {7, 7}, {5, 7}} {
		row := store.Row(b.tenant, two)
		row.Told = told.now
		_, err = b.Apply(b.ctx, &store.Update{Tenant: b.tenant, At: 7, Calls: []store.Call{row}})
		require.NoError(t, err)
		got, err = b.Call(b.ctx, b.tenant, two.ID)
		require.NoError(t, err)
		require.Equal(t, told.highest, got.Told)
	}
	two.Status = call.Open
	b.put(two)
	unfinished, err = b.Unfinished(b.ctx, b.tenant)
	require.NoError(t, err)
	require.Equal(t, []call.SessionID{two.ID}, unfinished)
}

func testSearch(t *testing.T, b *bench) {
	plain, transfer, missed := Graph(t, "direct-inbound", 0), Graph(t, "attended-transfer", 10), Graph(t, "missed", 20)
	b.put(plain, transfer, missed)
	all := []string{string(missed.ID), string(transfer.ID), string(plain.ID)}
	require.Equal(t, all, b.search(store.Query{}), "latest first")
	require.Equal(t, all, b.search(store.Query{Numbers: []string{"+14045550134"}}))
	require.Equal(t, all, b.search(store.Query{Numbers: []string{"+19995550000", "+14045550134", "+14045550134"}}))
	require.Empty(t, b.search(store.Query{Numbers: []string{"+1404555013"}}), "not the beginning of a number")
	require.Equal(t, all[1:2], b.search(store.Query{Link: call.TransferAttended}))
	require.Equal(t, all[1:2], b.search(store.Query{Link: call.TransferAttended, Numbers: []string{"+14045550134"}, Name: "cal ruth", Direction: call.Inbound}))
	require.Equal(t, all[:1], b.search(store.Query{Outcome: missed.Outcome}))
	require.Empty(t, b.search(store.Query{Outcome: missed.Outcome, Link: call.TransferAttended}))
	require.Equal(t, all[1:2], b.search(store.Query{Session: string(transfer.Sessions[1].ID)}))
	require.Equal(t, all[1:2], b.search(store.Query{From: plain.StartedAt + 1, To: missed.StartedAt}))
	require.Equal(t, all, b.search(store.Query{Status: call.Final}))
	require.Empty(t, b.search(store.Query{Status: call.Open}))
	missed.Status = call.Settling
	b.put(missed)
	require.Equal(t, all[:1], b.search(store.Query{Status: call.Open}))
	require.Equal(t, all[:1], b.search(store.Query{Status: call.Settling}))
	require.Equal(t, all[1:], b.search(store.Query{Status: call.Final}))
	require.Equal(t, all[:1], b.search(store.Query{Status: call.Open, Numbers: []string{"+14045550134"}, Outcome: missed.Outcome, Name: "ruth"}))
	require.Empty(t, b.search(store.Query{Status: call.Open, Numbers: []string{"+14045550134"}, Link: call.TransferAttended}))
	require.Equal(t, all[1:2], b.search(store.Query{Status: call.Final, Numbers: []string{"+14045550134"}, Link: call.TransferAttended}))
	ext := ""
	for _, p := range transfer.Participants {
		if p.ExtensionID != "" {
			ext = p.ExtensionID
		}
	}
	require.Contains(t, b.search(store.Query{Extension: ext}), string(transfer.ID))
}

// many are calls that begin two at a time.
func many(t *testing.T, n int) (calls []*call.Call) {
	g := Graph(t, "direct-inbound", 0)
	for i := range n {
		c := *g
		c.Sessions = append([]call.Session{}, g.Sessions...)
		c.ID = call.SessionID(fmt.Sprintf("s-%04d", i))
		c.Sessions[0].ID = c.ID
		c.StartedAt = g.StartedAt + call.Time(i/2)
		calls = append(calls, &c)
	}
	return calls
}

func testSearchPages(t *testing.T, b *bench) {
	calls := many(t, 25)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
	b.put(calls...)
	for _, q := range []store.Query{{}, {Numbers: []string{"+14045550134", "+14155550104"}}, {Name: "ruth"}, {Status: call.Final}} {
		for _, size := range []int{1, 7, 25, 26} {
			seen := map[call.SessionID]bool{}
			q := q
			q.Limit = size
			for {
				found, next, err := b.Search(b.ctx, b.tenant, q)
				require.NoError(t, err)
				for _, c := range found {
					require.False(t, seen[c.ID], "twice")
					seen[c.ID] = true
				}
				if next == nil {
					break
				}
				require.Len(t, found, size)
				q.After = next
			}
			require.Len(t, seen, 25)
		}
	}
}

func testSearchNames(t *testing.T, b *bench) {
	calls := many(t, 200)
	for i, c := range calls {
		c.Participants = append([]call.Participant{}, c.Participants...)
		c.Participants[0].Name = fmt.Sprintf("Ann%03d Müller", i)
		c.Legs = nil
	}
	b.put(calls...)
	require.Equal(t, []string{string(calls[7].ID)}, b.search(store.Query{Name: "ann007"}))
	require.Len(t, b.search(store.Query{Name: "ANN00"}), 10)
	require.Len(t, b.search(store.Query{Name: "ann1 mül", Limit: 100}), 100, "more words than lead")
	require.Len(t, b.search(store.Query{Name: "ann", Limit: 200}), 200)
	require.Empty(t, b.search(store.Query{Name: "nn007"}))
	require.Empty(t, b.search(store.Query{Name: "ann007 maier"}))
}

// testSearchScan holds random searches against a scan of all calls.
func testSearchScan(t *testing.T, b *bench) {
	var calls []*call.Call
	for i, name := range []string{"direct-inbound", "direct-outbound", "internal", "missed", "attended-transfer", "blind-transfer", "conference", "park-and-retrieve", "hold", "busy"} {
		if _, err := scenarioExists(name); err != nil {
			continue
		}
		_, made := Scenario(t, name, i*3)
		calls = append(calls, made...)
	}
	require.Greater(t, len(calls), 7)
	b.put(calls...)
	r := rand.New(rand.NewPCG(7, 7))
	found := 0
	for range 300 {
		c := calls[r.IntN(len(calls))]
		q := store.Query{Limit: 100}
		keys := store.Keys(c)
		for range 1 + r.IntN(3) {
			switch k := keys[r.IntN(len(keys))]; k.Kind {
			case store.KeyNumber:
				q.Numbers = []string{k.Value}
			case store.KeyExtension:
				q.Extension = k.Value
			case store.KeyName:
				q.Name += " " + k.Value[:min(len(k.Value), 1+r.IntN(4))]
			case store.KeySession:
				q.Session = k.Value
			case store.KeyLink:
				q.Link = call.LinkKind(k.Value)
			case store.KeyOutcome:
				q.Outcome = call.Outcome(k.Value)
			case store.KeyFinding:
				q.Finding = call.FindingKind(k.Value)
			}
		}
		var want []string
		for _, c := range calls {
			if matches(c, q) {
				want = append(want, string(c.ID))
			}
		}
		require.ElementsMatch(t, want, b.search(q), "%+v", q)
		found += len(want)
	}
	require.Greater(t, found, 300)
}

// matches says in the plainest way whether a query finds a call.
// Whichever of several conditions leads, calls that nearly all have the same keys are found
// page by page.
func testSearchMany(t *testing.T, b *bench) {
	calls := many(t, 1500)
	for i, c := range calls {
		if i%3 == 0 {
			c.Outcome = call.Missed
		}
		if i%40 == 0 {
			c.Links = []call.Link{{Kind: call.Hunt}}
		}
		if i%97 == 0 {
			c.Findings = []call.Finding{{Kind: call.MissingEvents}}
		}
		c.Participants = append([]call.Participant{}, c.Participants...)
		c.Participants[0].Name = fmt.Sprintf("Ruth C%03d", i%200)
	}
	for part := range slices.Chunk(calls, 500) {
		b.put(part...)
	}
	slices.Reverse(calls)
	ext := calls[0].Participants[1].ExtensionID
	for _, q := range []store.Query{
		{Numbers: []string{"+14045550134"}, Extension: ext, Outcome: call.Answered},
		{Numbers: []string{"+14045550134"}, Link: call.Hunt}, {Numbers: []string{"+14045550134"}, Finding: call.MissingEvents, Outcome: call.Missed},
		{Extension: ext, Outcome: call.Missed, Link: call.Hunt}, {Name: "c007 ru"}, {Name: "c ruth", Outcome: call.Missed},
		{Numbers: []string{"+14045550134"}, Name: "c00", Link: call.Hunt}, {Numbers: []string{"+14045550134"}, Extension: "none"},
		{Outcome: call.Missed, Session: string(calls[2].ID)}, {Extension: ext, Name: "nobody"},
	} {
		var want, got []string
		for _, c := range calls {
			if matches(c, q) {
				want = append(want, string(c.ID))
			}
		}
		q.Limit = 70
		for more := true; more; more = q.After != nil {
			found, next, err := b.Search(b.ctx, b.tenant, q)
			require.NoError(t, err)
			for _, c := range found {
				got = append(got, string(c.ID))
			}
			q.After = next
		}
		require.Equal(t, want, got, "%+v", q)
	}
}

func matches(c *call.Call, q store.Query) bool {
	has := func(kind store.KeyKind, value string, whole bool) bool {
		for _, k := range store.Keys(c) {
			if k.Kind == kind && (k.Value == value || !whole && strings.HasPrefix(k.Value, value)) {
				return true
			}
		}
		return false
	}
	ok := (q.Numbers == nil || has(store.KeyNumber, q.Numbers[0], true)) && (q.Extension == "" || has(store.KeyExtension, q.Extension, true)) &&
		(q.Session == "" || has(store.KeySession, q.Session, true)) && (q.Link == "" || has(store.KeyLink, string(q.Link), true)) &&
		(q.Outcome == "" || c.Outcome == q.Outcome) && (q.Finding == "" || has(store.KeyFinding, string(q.Finding), true))
	for _, w := range strings.Fields(q.Name) {
		ok = ok && has(store.KeyName, w, false)
	}
	return ok
}

func testChanges(t *testing.T, b *bench) {
	one, two := Graph(t, "direct-inbound", 0), Graph(t, "direct-inbound", 5)
	last, err := b.LastChange(b.ctx, b.tenant)
	require.NoError(t, err)
	require.Zero(t, last)
	b.put(one)
	b.put(two)
	b.put(one)
	got, err := b.Changes(b.ctx, b.tenant, 0, 10)
	require.NoError(t, err)
	require.Len(t, got, 2, "the state of today")
	require.Equal(t, []call.SessionID{two.ID, one.ID}, []call.SessionID{got[0].Call.ID, got[1].Call.ID})
	last, err = b.LastChange(b.ctx, b.tenant)
	require.NoError(t, err)
	require.Equal(t, got[1].Change, last)
	change, err := b.Apply(b.ctx, &store.Update{Tenant: b.tenant, At: 7, Merged: []store.Merge{{From: two.ID, Into: one.ID}}, Calls: []store.Call{store.Row(b.tenant, one)}})
	require.NoError(t, err)
	b.reopen()
	got, err = b.Changes(b.ctx, b.tenant, last, 10)
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Greater(t, got[0].Change, last)
	require.Equal(t, store.Change{Change: got[0].Change, Gone: two.ID, Into: one.ID}, got[0])
	require.Equal(t, one.ID, got[1].Call.ID)
	require.Equal(t, change, got[1].Change)
	got, err = b.Changes(b.ctx, b.tenant, last, 1)
	require.NoError(t, err)
	require.Len(t, got, 1)
	got, err = b.Changes(b.ctx, b.tenant, change, 10)
	require.NoError(t, err)
	require.Empty(t, got)
	last, err = b.LastChange(b.ctx, b.tenant)
	require.NoError(t, err)
	require.Equal(t, change, last)
}

func testProgress(t *testing.T, b *bench) {
	p, err := b.Progress(b.ctx, b.tenant)
	require.NoError(t, err)
	require.Zero(t, p)
	_, err = b.Apply(b.ctx, &store.Update{Tenant: b.tenant, Progress: &store.Progress{Seq: 7, Now: 9}})
	require.NoError(t, err)
	b.reopen()
	p, err = b.Progress(b.ctx, b.tenant)
	require.NoError(t, err)
	require.Equal(t, store.Progress{Seq: 7, Now: 9}, p)
}

type broken struct{ n int }

func (r *broken) Read(b []byte) (int, error) {
	if r.n--; r.n < 0 {
		return 0, io.ErrUnexpectedEOF
	}
	return len(b), nil
}

func testSnapshot(t *testing.T, b *bench) {
	_, _, err := b.Snapshot(b.ctx, b.tenant)
	require.ErrorIs(t, err, store.ErrNotFound)
	big := make([]byte, 5<<20)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range big {
		big[i] = byte(r.Uint32())
	}
	for i, data := range [][]byte{[]byte("small"), big, {}} {
		at := store.Progress{Seq: int64(i + 1), Now: 5}
		require.NoError(t, b.SaveSnapshot(b.ctx, b.tenant, at, bytes.NewReader(data)))
		require.ErrorIs(t, b.SaveSnapshot(b.ctx, b.tenant, store.Progress{Seq: 99}, &broken{100}), io.ErrUnexpectedEOF, "the one before stays")
		b.reopen()
		got, rd, err := b.Snapshot(b.ctx, b.tenant)
		require.NoError(t, err)
		require.Equal(t, at, got)
		text, err := io.ReadAll(rd)
		require.NoError(t, err)
		require.NoError(t, rd.Close())
		require.True(t, bytes.Equal(data, text))
	}
	require.NoError(t, b.DropSnapshot(b.ctx, b.tenant))
	_, _, err = b.Snapshot(b.ctx, b.tenant)
	require.ErrorIs(t, err, store.ErrNotFound)
}

func testHours(t *testing.T, b *bench) {
	b.put(Graph(t, "direct-inbound", 0), Graph(t, "direct-inbound", 30), Graph(t, "direct-inbound", 90))
	start := call.Time(sim.Start) // an hour's beginning
	got, err := b.Hours(b.ctx, b.tenant, start+1)
	require.NoError(t, err)
	require.Equal(t, []store.Hour{{Start: start, Calls: 1}, {Start: start + 3600_000, Calls: 1}}, got)
}

func notice(tenant int64, id, call_ string, rev int) store.Notice {
	return store.Notice{Tenant: tenant, ID: id, Kind: "call.final", Call: call.SessionID(call_), Revision: rev, Body: []byte(`{"a":1}`), Created: 10, Next: 10}
}

func testNotices(t *testing.T, b *bench) {
	at, err := b.NextDue(b.ctx)
	require.NoError(t, err)
	require.Zero(t, at)
	_, err = b.Apply(b.ctx, &store.Update{Tenant: b.tenant, Notices: []store.Notice{notice(b.tenant, "a1", "a", 1), notice(b.tenant, "a2", "a", 2), notice(b.tenant, "b1", "b", 1)}})
	require.NoError(t, err)
	due := func(now call.Time) (ids []string) {
		got, err := b.Due(b.ctx, now, 10)
		require.NoError(t, err)
		for _, n := range got {
			ids = append(ids, n.ID)
		}
		return ids
	}
	require.Empty(t, due(9))
	require.Equal(t, []string{"a1", "b1"}, due(10), "of each call the first")
	got, err := b.Due(b.ctx, 10, 1)
	require.NoError(t, err)
	require.Len(t, got, 1)
	want := notice(b.tenant, "a1", "a", 1)
	want.Seq = got[0].Seq
	require.Equal(t, want, got[0])
	require.NoError(t, b.Failed(b.ctx, got[0].Seq, 50, "refused", false))
	require.Equal(t, []string{"b1"}, due(10), "a2 waits for a1")
	b.reopen()
	at, err = b.NextDue(b.ctx)
	require.NoError(t, err)
	require.Equal(t, call.Time(10), at)
	require.Equal(t, []string{"a1", "b1"}, due(50))
	require.NoError(t, b.Failed(b.ctx, got[0].Seq, 50, "refused again", true))
	require.Equal(t, []string{"a2", "b1"}, due(50), "nobody waits for the dead")
	dead, err := b.Dead(b.ctx, b.tenant, 0, 10)
	require.NoError(t, err)
	require.Len(t, dead, 1)
	require.Equal(t, 2, dead[0].Attempts)
	require.Equal(t, "refused again", dead[0].Failure)
	require.True(t, dead[0].Dead)
	n, err := b.Resend(b.ctx, b.tenant, "a1", 60)
	require.NoError(t, err)
	require.Equal(t, int64(1), n)
	_, err = b.Resend(b.ctx, b.tenant, "a1", 60)
	require.ErrorIs(t, err, store.ErrNotFound)
	n, err = b.Resend(b.ctx, b.tenant, "", 60)
	require.NoError(t, err)
	require.Zero(t, n)
	require.Equal(t, []string{"a1", "b1"}, due(60))
	require.NoError(t, b.Delivered(b.ctx, got[0].Seq))
	require.Equal(t, []string{"a2", "b1"}, due(60))
}

func testNoticesOnce(t *testing.T, b *bench) {
	for range 2 {
		require.NoError(t, b.Enqueue(b.ctx, notice(b.tenant, "same", "", 0)))
	}
	require.NoError(t, b.Enqueue(b.ctx, notice(b.tenant, "other", "", 0)))
	got, err := b.Due(b.ctx, 10, 10)
	require.NoError(t, err)
	require.Len(t, got, 2, "those about no call do not wait for one another")
}

func testTenants(t *testing.T, b *bench) {
	beta := store.Tenant{Name: "beta", Scope: "extension", Region: "DE", TokenHash: []byte{1, 2}, NoticeURL: "https://x", NoticeSecret: "s", NoticeKinds: []string{"call.final", "call.updated"}, Configured: true}
	require.NoError(t, b.AddTenant(b.ctx, &beta))
	require.NotZero(t, beta.Created)
	again := beta
	require.ErrorIs(t, b.AddTenant(b.ctx, &again), store.ErrExists)
	beta.Region, beta.TokenHash, beta.NoticeKinds = "GB", nil, nil
	require.NoError(t, b.ChangeTenant(b.ctx, beta))
	require.ErrorIs(t, b.ChangeTenant(b.ctx, store.Tenant{ID: 999}), store.ErrNotFound)
	b.reopen()
	got, err := b.Tenants(b.ctx)
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, "acme", got[0].Name)
	require.Empty(t, got[1].NoticeKinds)
	require.Empty(t, got[1].TokenHash)
	got[1].NoticeKinds, got[1].TokenHash = nil, nil
	require.Equal(t, beta, got[1])
}

func testTokens(t *testing.T, b *bench) {
	tok := store.Token{Name: "ci", Hash: []byte{9}, Role: store.RoleRead, Tenant: b.tenant, Created: 4}
	require.NoError(t, b.AddToken(b.ctx, tok))
	require.ErrorIs(t, b.AddToken(b.ctx, tok), store.ErrExists)
	b.reopen()
	got, err := b.Tokens(b.ctx)
	require.NoError(t, err)
	require.Equal(t, []store.Token{tok}, got)
	require.NoError(t, b.RemoveToken(b.ctx, "ci"))
	require.ErrorIs(t, b.RemoveToken(b.ctx, "ci"), store.ErrNotFound)
}

// Two tenants may have the very same calls, and see nothing of each other.
func testIsolation(t *testing.T, b *bench) {
	other := b.addTenant("other")
	g := Graph(t, "attended-transfer", 0)
	mine, theirs := Entries(t, b.tenant, "attended-transfer", 0), Entries(t, other, "attended-transfer", 0)
	require.NoError(t, b.Append(b.ctx, append(append([]store.Entry{}, mine...), theirs...)))
	b.putTo(other, g)
	require.Empty(t, b.search(store.Query{}))
	require.Empty(t, b.search(store.Query{Numbers: []string{"+14045550134"}}))
	require.Empty(t, b.search(store.Query{Name: "ruth"}))
	for _, id := range []call.SessionID{g.ID, g.Sessions[1].ID} {
		_, err := b.Call(b.ctx, b.tenant, id)
		require.ErrorIs(t, err, store.ErrNotFound)
	}
	changes, err := b.Changes(b.ctx, b.tenant, 0, 10)
	require.NoError(t, err)
	require.Empty(t, changes)
	got, err := b.EntriesOf(b.ctx, b.tenant, []string{mine[0].Session})
	require.NoError(t, err)
	for _, e := range got {
		require.Equal(t, b.tenant, e.Tenant)
	}
	b.put(g)
	_, _, err = b.Purge(b.ctx, other, "+14045550134")
	require.NoError(t, err)
	require.Len(t, b.search(store.Query{}), 1)
	got, err = b.Entries(b.ctx, b.tenant, 0, 1000)
	require.NoError(t, err)
	require.Len(t, got, len(mine))
}

func testHostile(t *testing.T, b *bench) {
	evil := []string{`'; DROP TABLE calls; --`, "<script>alert(1)</script>", "a\nlink:transfer.attended\nb", "\x00", "%_%", strings.Repeat("n ", 5000), "\xff\xfe"}
	g := Graph(t, "direct-inbound", 0)
	g.Participants[0].Name, g.Legs[0].From.Name = evil[0], strings.Join(evil, " ")
	g.Participants[0].Numbers = append(g.Participants[0].Numbers, evil...)
	b.put(g)
	require.Len(t, b.search(store.Query{}), 1)
	require.Empty(t, b.search(store.Query{Link: call.TransferAttended}), "a name cannot forge a key")
	for _, text := range evil {
		for _, q := range []store.Query{{Name: text}, {Numbers: []string{text}}, {Session: text}, {Extension: text}, {Outcome: call.Outcome(text)}, {Link: call.LinkKind(text)}, {Direction: call.Direction(text)}, {Status: call.Status(text)}} {
			b.search(q)
		}
		_, err := b.Call(b.ctx, b.tenant, call.SessionID(text))
		require.ErrorIs(t, err, store.ErrNotFound)
	}
	require.Len(t, b.search(store.Query{Name: "drop table"}), 1)
}

// Readers and writers at once.
func testConcurrent(t *testing.T, b *bench) {
	g := Graph(t, "attended-transfer", 0)
	entries := Entries(t, b.tenant, "attended-transfer", 0)
	var wg sync.WaitGroup
	try := func(f func(i int) error) {
		wg.Go(func() {
			for i := range 30 {
				if err := f(i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	try(func(int) error { return b.Append(b.ctx, append([]store.Entry{}, entries...)) })
	try(func(int) error {
		_, err := b.Apply(b.ctx, &store.Update{Tenant: b.tenant, Calls: []store.Call{store.Row(b.tenant, g)}})
		return err
	})
	for range 6 {
		try(func(int) error {
			_, _, err := b.Search(b.ctx, b.tenant, store.Query{Name: "ruth", Limit: 5})
			return err
		})
	}
	try(func(int) error { _, err := b.Changes(b.ctx, b.tenant, 0, 10); return err })
	try(func(i int) error {
		return b.SaveSnapshot(b.ctx, b.tenant, store.Progress{Seq: int64(i)}, strings.NewReader("x"))
	})
	wg.Wait()
}
