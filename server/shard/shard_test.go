package shard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/server/ingest"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/sqlite"
	"github.com/legworkhq/legwork/server/store/storetest"
)

// world is a store, a clock and a shard that may die at any time.
type world struct {
	t      testing.TB
	db     *sqlite.DB
	tenant store.Tenant
	cfg    *Config
	now    call.Time
	shard  *Shard
}

func newWorld(t testing.TB) *world {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "legwork.db"), sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	w := &world{t: t, db: db, tenant: store.Tenant{Name: "acme", Scope: "account", Region: "US"}}
	require.NoError(t, db.AddTenant(t.Context(), &w.tenant))
	w.cfg = &Config{Store: db, Horizon: func() call.Time { return w.now }, Log: slog.New(slog.DiscardHandler)}
	return w
}

// start opens the shard, as after a crash: what it had in memory is gone.
func (w *world) start() {
	s, err := Open(w.t.Context(), w.cfg, w.tenant)
	require.NoError(w.t, err)
	w.shard = s
}

// feed puts entries into the journal and tells the shard.
func (w *world) feed(entries []store.Entry, tell bool) {
	entries = slices.Clone(entries)
	require.NoError(w.t, w.db.Append(w.t.Context(), entries))
	var in []ingest.Taken
	for i := range entries {
		w.now = max(w.now, entries[i].Received)
		if entries[i].Seq != 0 {
			in = append(in, taken(&entries[i]))
		}
	}
	if tell {
		w.shard.Put(in)
		return
	}
	w.shard.mu.Lock() // as if there were no room
	w.shard.behind, w.shard.queue = true, nil
	w.shard.mu.Unlock()
}

func (w *world) turn() { w.shard.turn(w.t.Context()) }

// later lets time pass.
func (w *world) later(d time.Duration) { w.now += call.Time(d.Milliseconds()) }

// state is everything that must not depend on crashes.
func (w *world) state() (engine string, calls map[call.SessionID]string) {
	var b bytes.Buffer
	require.NoError(w.t, w.shard.engine.Snapshot(&b))
	calls = map[call.SessionID]string{}
	require.NoError(w.t, w.db.Each(w.t.Context(), w.tenant.ID, func(c *store.Call) error {
		calls[c.ID] = string(c.Graph)
		return nil
	}))
	return b.String(), calls
}

// holds demands that the store has what the engine makes of all notifications at once.
func (w *world) holds(events []wire.Event) {
	w.t.Helper()
	want, err := recon.Build(recon.Config{}, events)
	require.NoError(w.t, err)
	_, got := w.state()
	require.Equal(w.t, len(want), len(got))
	for _, c := range want {
		require.Equal(w.t, string(call.AppendJSON(nil, c)), got[c.ID])
	}
}

// conversation is the notifications of several calls at once, as they are received:
// disorderly and some of them twice.
func conversation(t testing.TB, tenant int64, seed uint64) (entries []store.Entry, events []wire.Event) {
	r := rand.New(rand.NewPCG(seed, 1))
	for i, name := range []string{"attended-transfer", "conference", "direct-inbound", "blind-transfer", "missed"} {
		e, _ := storetest.Scenario(t, name, i)
		events = append(events, e...)
		entries = append(entries, storetest.Entries(t, tenant, name, i)...)
	}
	for i := range entries {
		entries[i].Received += call.Time(r.IntN(3000))
		if r.IntN(10) == 0 {
			again := entries[i]
			again.Body = append([]byte(" "), again.Body...) // not the very same bytes
			again.Received += call.Time(r.IntN(20000))
			entries = append(entries, again)
		}
	}
	slices.SortStableFunc(entries, func(a, b store.Entry) int { return int(a.Received - b.Received) })
	return entries, events
}

// TestCallsAreTheEngines: what is kept in the end is what the engine makes of all
// notifications.
func TestCallsAreTheEngines(t *testing.T) {
	w := newWorld(t)
	entries, events := conversation(t, w.tenant.ID, 1)
	w.start()
	for len(entries) > 0 {
		n := min(7, len(entries))
		w.feed(entries[:n], true)
		w.turn()
		entries = entries[n:]
	}
	w.later(30 * time.Minute)
	w.turn()
	want, err := recon.Build(recon.Config{}, events)
	require.NoError(t, err)
	_, got := w.state()
	require.Len(t, got, len(want))
	for _, c := range want {
		require.JSONEq(t, string(call.AppendJSON(nil, c)), got[c.ID])
	}
}

// TestCrashAnywhere kills the shard after each entry, with and without a snapshot, and
// demands the same calls and the same engine, byte for byte.
func TestCrashAnywhere(t *testing.T) {
	run := func(t *testing.T, seed uint64, busy bool, crash func(i int) bool) (string, map[call.SessionID]string) {
		w := newWorld(t)
		w.cfg.SnapshotAfter = 25
		entries, _ := conversation(t, w.tenant.ID, seed)
		w.start()
		r := rand.New(rand.NewPCG(seed, 2))
		for i := range entries {
			w.feed(entries[i:i+1], r.IntN(5) > 0) // some are lost on the way, and found in the journal
			w.shard.busy = busy
			if r.IntN(3) > 0 {
				w.turn()
			}
			if crash(i) {
				w.start()
			}
			if r.IntN(12) == 0 {
				w.later(time.Duration(r.IntN(500)) * time.Millisecond)
			}
		}
		w.start()
		w.later(20 * time.Minute)
		w.turn()
		return w.state()
	}
	entries, _ := conversation(t, 1, 1)
	engine, calls := run(t, 1, false, func(int) bool { return false })
	step := 1
	if testing.Short() {
		step = 7
	}
	for at := 0; at < len(entries); at += step {
		busy := at%2 == 1
		gotEngine, gotCalls := run(t, 1, busy, func(i int) bool { return i == at })
		require.Equal(t, calls, gotCalls, "crash after entry %d, busy %t", at, busy)
		require.Equal(t, engine, gotEngine, "crash after entry %d, busy %t", at, busy)
	}
	for _, busy := range []bool{false, true} {
		gotEngine, gotCalls := run(t, 1, busy, func(int) bool { return true })
		require.Equal(t, calls, gotCalls, "busy %t", busy)
		require.Equal(t, engine, gotEngine, "busy %t", busy)
	}
}

// TestBusyHolds: a busy shard leaves unwritten what changed just now, says so, and writes it
// when its time has come.
func TestBusyHolds(t *testing.T) {
	w := newWorld(t)
	entries := storetest.Entries(t, w.tenant.ID, "direct-inbound", 0)
	w.start()
	written := func() int {
		_, calls := w.state()
		return len(calls)
	}
	w.shard.busy = true
	w.feed(entries[:3], true)
	w.turn()
	require.Zero(t, written())
	require.Less(t, w.shard.written.Seq, w.shard.at.Seq, "a crash now must find it again")
	w.later(2 * time.Second)
	w.turn()
	require.Equal(t, 1, written())
	require.Equal(t, w.shard.written, w.shard.at)

	w.feed(entries[3:4], true)
	w.shard.finish(t.Context())
	require.Equal(t, w.shard.written, w.shard.at, "nothing is held at the end")
}

// TestBusyMerges: calls that became one are written at once, for the one that is no more is
// not found any more.
func TestBusyMerges(t *testing.T) {
	w := newWorld(t)
	entries := storetest.Entries(t, w.tenant.ID, "attended-transfer", 0)
	first := entries[0].Session // comes last, and gives the call its id
	slices.SortStableFunc(entries, func(a, b store.Entry) int {
		switch {
		case a.Session == b.Session:
			return 0
		case a.Session == first:
			return 1
		}
		return -1
	})
	w.start()
	gone := 0
	for i := range entries {
		entries[i].Received = w.now + 1
		w.shard.busy = true
		w.feed(entries[i:i+1], true)
		w.turn()
		changes, err := w.db.Changes(t.Context(), w.tenant.ID, 0, 100)
		require.NoError(t, err)
		for _, c := range changes {
			if c.Gone == "" {
				continue
			}
			gone++
			into, err := w.db.Call(t.Context(), w.tenant.ID, c.Gone)
			require.NoError(t, err)
			require.Equal(t, c.Into, into.ID)
		}
		w.later(2 * time.Second)
		w.turn()
	}
	require.NotZero(t, gone)
}

// TestLongAway: the shard was down while calls would have become final and forgotten.
func TestLongAway(t *testing.T) {
	w := newWorld(t)
	entries, events := conversation(t, w.tenant.ID, 3)
	w.start()
	w.feed(entries, true)
	w.turn()
	w.later(72 * time.Hour)
	w.start()
	w.turn()
	w.turn()
	unfinished, err := w.db.Unfinished(t.Context(), w.tenant.ID)
	require.NoError(t, err)
	require.Empty(t, unfinished)
	want, err := recon.Build(recon.Config{}, events)
	require.NoError(t, err)
	_, got := w.state()
	require.Len(t, got, len(want))
	for _, c := range want {
		require.JSONEq(t, string(call.AppendJSON(nil, c)), got[c.ID])
	}
	calls, _, _ := w.shard.engine.Len()
	require.Zero(t, calls)
}

// TestTooLate: what comes for a call that the engine has forgotten revises it from the
// journal.
func TestTooLate(t *testing.T) {
	for _, name := range []string{"attended-transfer", "conference", "direct-inbound"} {
		entries := storetest.Entries(t, 1, name, 0)
		_, want := storetest.Scenario(t, name, 0)
		for late := range entries {
			w := newWorld(t)
			w.start()
			w.feed(append(slices.Clone(entries[:late]), entries[late+1:]...), true)
			w.turn()
			w.later(30 * time.Hour)
			w.turn()
			n, _, _ := w.shard.engine.Len()
			require.Zero(t, n, "forgotten")
			e := entries[late]
			e.Received = w.now
			w.feed([]store.Entry{e}, true)
			w.turn()
			w.later(30 * time.Hour)
			w.turn()
			_, got := w.state()
			require.Len(t, got, len(want), "%s without %d", name, late)
			for _, c := range want {
				require.Equal(t, string(call.AppendJSON(nil, c)), got[c.ID], "%s without %d", name, late)
			}
		}
	}
}

// TestTooLateAndKilled: what came for a call that the engine has forgotten, while the store
// could not be read, is not lost when the server is killed.
func TestTooLateAndKilled(t *testing.T) {
	entries := storetest.Entries(t, 1, "conference", 0)
	_, want := storetest.Scenario(t, "conference", 0)
	late := len(entries) / 2
	w := newWorld(t)
	f := &forgetful{Store: w.db}
	w.cfg.Store = f
	w.start()
	w.feed(append(slices.Clone(entries[:late]), entries[late+1:]...), true)
	w.turn()
	w.later(30 * time.Hour)
	w.turn()
	e := entries[late]
	e.Received = w.now
	f.journal = true
	w.feed([]store.Entry{e}, true)
	w.turn()
	f.journal = false
	w.shard.snapshot(t.Context())
	w.start()
	w.turn()
	w.later(30 * time.Hour)
	w.turn()
	_, got := w.state()
	for _, c := range want {
		require.Equal(t, string(call.AppendJSON(nil, c)), got[c.ID])
	}
}

// TestEvicted: an engine with too little room makes the same calls in the end.
func TestEvicted(t *testing.T) {
	w := newWorld(t)
	w.cfg.Engine.MaxObservations = 12
	entries, events := conversation(t, w.tenant.ID, 5)
	w.start()
	for i := range entries {
		w.feed(entries[i:i+1], true)
		w.turn()
	}
	for range 5 {
		w.later(20 * time.Minute)
		w.turn()
	}
	w.holds(events)
}

// TestEvictedAndKilled: what an engine with too little room dropped before it was written is
// not lost when the server is killed.
func TestEvictedAndKilled(t *testing.T) {
	w := newWorld(t)
	w.cfg.Engine.MaxObservations = 12
	entries, events := conversation(t, w.tenant.ID, 5)
	w.start()
	w.feed(entries, true)
	w.turn()
	w.start()
	for range 5 {
		w.later(20 * time.Minute)
		w.turn()
	}
	w.holds(events)
}

// TestEvictedSessions: of a call that was dropped before it was written, all sessions are
// found again, also those that it does not name.
func TestEvictedSessions(t *testing.T) {
	for _, room := range []int{15, 16, 17} {
		w := newWorld(t)
		w.cfg.Engine.MaxObservations = room
		events, _ := storetest.Scenario(t, "conference", 1)
		w.start()
		w.feed(storetest.Entries(t, w.tenant.ID, "conference", 1), true)
		w.feed(storetest.Entries(t, w.tenant.ID, "conference", 2), true)
		w.turn()
		for range 8 {
			w.later(20 * time.Minute)
			w.turn()
		}
		want, err := recon.Build(recon.Config{}, events)
		require.NoError(t, err)
		_, got := w.state()
		require.Equal(t, string(call.AppendJSON(nil, want[0])), got[want[0].ID], "with room for %d", room)
	}
}

func TestNotices(t *testing.T) {
	w := newWorld(t)
	w.tenant.NoticeURL = "https://example.com"
	w.cfg.Notice = func(tn *store.Tenant, kind string, c *store.Call, at call.Time) (store.Notice, bool) {
		return store.Notice{Tenant: tn.ID, ID: fmt.Sprint(kind, c.ID, c.Revision), Kind: kind, Call: c.ID, Revision: c.Revision, Body: c.Graph, Created: at, Next: at}, kind != Updated
	}
	entries := storetest.Entries(t, w.tenant.ID, "direct-inbound", 0)
	last := len(entries) - 1
	w.start()
	w.feed(entries[:last], true)
	w.turn()
	kinds := func() (out []string) {
		all, err := w.db.Due(t.Context(), 1<<60, 100)
		require.NoError(t, err)
		for _, n := range all {
			out = append(out, n.Kind)
			require.NoError(t, w.db.Delivered(t.Context(), n.Seq))
		}
		return out
	}
	require.Empty(t, kinds())
	w.later(25 * time.Hour)
	w.turn()
	w.start()
	w.turn()
	require.Equal(t, []string{Final}, kinds(), "closed without its end")
	w.later(3 * time.Hour)
	w.turn()
	entries[last].Received = w.now
	w.feed(entries[last:], true)
	w.turn()
	require.Equal(t, []string{Revised}, kinds())
}

// forgetful is a store that fails once although it wrote, and once when it is asked for a
// call.
type forgetful struct {
	store.Store
	apply, call bool
	journal     bool // as long as it is set
}

var errAnswer = errors.New("the answer was lost")

func (f *forgetful) Apply(ctx context.Context, u *store.Update) (int64, error) {
	change, err := f.Store.Apply(ctx, u)
	if f.apply && len(u.Notices) > 0 {
		f.apply = false
		return 0, errAnswer
	}
	return change, err
}

func (f *forgetful) EntriesOf(ctx context.Context, tenant int64, sessions []string) ([]store.Entry, error) {
	if f.journal {
		return nil, errAnswer
	}
	return f.Store.EntriesOf(ctx, tenant, sessions)
}

func (f *forgetful) Call(ctx context.Context, tenant int64, id call.SessionID) (*store.Call, error) {
	if f.call {
		f.call = false
		return nil, errAnswer
	}
	return f.Store.Call(ctx, tenant, id)
}

// TestNoticeOnce: a revision that is written again, because the answer of the store was
// lost, is told of once, and with the same kind.
func TestNoticeOnce(t *testing.T) {
	w := newWorld(t)
	w.tenant.NoticeURL = "https://example.com"
	told := map[string]string{}
	w.cfg.Notice = func(tn *store.Tenant, kind string, c *store.Call, at call.Time) (store.Notice, bool) {
		return store.Notice{Tenant: tn.ID, ID: fmt.Sprint(kind, c.ID, c.Revision), Kind: kind, Call: c.ID, Revision: c.Revision, Body: c.Graph, Created: at, Next: at}, kind != Updated
	}
	f := &forgetful{Store: w.db}
	w.cfg.Store = f
	deliver := func() {
		all, err := w.db.Due(t.Context(), 1<<60, 100)
		require.NoError(t, err)
		for _, n := range all {
			revision := fmt.Sprint(n.Call, n.Revision)
			require.Empty(t, told[revision], "told of once already, and now as %s", n.Kind)
			told[revision] = n.Kind
			require.NoError(t, w.db.Delivered(t.Context(), n.Seq))
		}
	}
	entries := storetest.Entries(t, w.tenant.ID, "direct-inbound", 0)
	last := len(entries) - 1
	w.start()
	w.feed(entries[:last], true)
	w.turn()
	for range 2 {
		f.apply, f.call = true, true
		w.later(25 * time.Hour)
		for range 3 {
			w.turn()
			deliver()
		}
		require.False(t, f.apply, "nothing was lost")
		entries[last].Received = w.now
		w.feed(entries[last:], true)
	}
	var kinds []string
	for _, kind := range told {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	require.Equal(t, []string{Final, Revised}, kinds)
}

// TestNoticeOfWhatIsLate: a call whose notifications come long after it is over is told of
// as final, not as revised.
func TestNoticeOfWhatIsLate(t *testing.T) {
	w := newWorld(t)
	w.tenant.NoticeURL = "https://example.com"
	w.cfg.Notice = func(tn *store.Tenant, kind string, c *store.Call, at call.Time) (store.Notice, bool) {
		return store.Notice{Tenant: tn.ID, ID: fmt.Sprint(kind, c.ID, c.Revision), Kind: kind, Call: c.ID, Revision: c.Revision, Body: c.Graph, Created: at, Next: at}, kind != Updated
	}
	entries := storetest.Entries(t, w.tenant.ID, "direct-inbound", 0)
	for i := range entries {
		entries[i].Received += call.Time((24 * time.Hour).Milliseconds())
	}
	w.start()
	w.feed(entries, true)
	w.turn()
	w.later(time.Hour)
	w.turn()
	all, err := w.db.Due(t.Context(), 1<<60, 100)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, Final, all[0].Kind)
}

func TestUndecodable(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.feed([]store.Entry{{Tenant: w.tenant.ID, Received: 5000, Body: []byte("garbage"), Problem: "no JSON"}}, true)
	w.turn()
	p, err := w.db.Progress(t.Context(), w.tenant.ID)
	require.NoError(t, err)
	require.Equal(t, int64(1), p.Seq)
}

// TestSnapshotAfter: what other tenants get in between does not count.
func TestSnapshotAfter(t *testing.T) {
	w := newWorld(t)
	w.cfg.SnapshotAfter = 25
	other := store.Tenant{Name: "other", Scope: "account", Region: "US"}
	require.NoError(t, w.db.AddTenant(t.Context(), &other))
	w.start()
	entries, _ := conversation(t, w.tenant.ID, 1)
	others, _ := conversation(t, other.ID, 1)
	require.Greater(t, len(others), 25)
	w.feed(entries[:1], true)
	w.turn()
	require.NoError(t, w.db.Append(t.Context(), others))
	w.feed(entries[1:2], true)
	w.turn()
	_, _, err := w.db.Snapshot(t.Context(), w.tenant.ID)
	require.ErrorIs(t, err, store.ErrNotFound, "after two entries of 25")
	w.feed(entries[2:], true)
	w.turn()
	w.later(48 * time.Hour) // the engine holds nothing then
	w.turn()
	at, r, err := w.db.Snapshot(t.Context(), w.tenant.ID)
	require.NoError(t, err)
	r.Close()
	require.Equal(t, w.shard.at, at)
}

func TestDamagedSnapshot(t *testing.T) {
	w := newWorld(t)
	entries, _ := conversation(t, w.tenant.ID, 1)
	w.start()
	w.feed(entries, true)
	w.turn()
	engine, calls := w.state()
	require.NoError(t, w.db.SaveSnapshot(t.Context(), w.tenant.ID, store.Progress{Seq: 30, Now: 1}, bytes.NewReader([]byte("{}"))))
	w.start()
	w.turn()
	gotEngine, gotCalls := w.state()
	require.Equal(t, calls, gotCalls)
	require.Equal(t, engine, gotEngine)
}

func TestRebuild(t *testing.T) {
	w := newWorld(t)
	entries, _ := conversation(t, w.tenant.ID, 1)
	w.start()
	w.feed(entries, true)
	w.turn()
	w.later(3 * time.Hour)
	w.turn()
	_, calls := w.state()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.shard.Run(ctx) }()
	rebuild := func(opt Options) *Report {
		r, err := w.shard.Rebuild(t.Context(), opt)
		require.NoError(t, err)
		return r
	}
	require.Equal(t, &Report{Calls: len(calls), Same: len(calls), Changed: []Difference{}, New: []call.SessionID{}}, rebuild(Options{}))

	// An older engine saw less in one call, and nothing of another.
	var some []call.Call
	for _, text := range calls {
		var g call.Call
		require.NoError(t, store.ReadGraph([]byte(text), &g))
		require.Equal(t, text, string(call.AppendJSON(nil, &g)), "a graph reads back as it was written")
		some = append(some, g)
	}
	worse := some[0]
	worse.Links, worse.Outcome = nil, call.Busy
	_, err := w.db.Apply(t.Context(), &store.Update{Tenant: w.tenant.ID, Calls: []store.Call{store.Row(w.tenant.ID, &worse)},
		Merged: []store.Merge{{From: some[1].ID, Into: some[2].ID}}})
	require.NoError(t, err)
	_, spoilt := w.state()
	dry := rebuild(Options{DryRun: true})
	_, still := w.state()
	require.Equal(t, spoilt, still)
	require.Len(t, dry.Changed, 2)
	require.Equal(t, dry, rebuild(Options{}))
	_, got := w.state()
	require.Equal(t, calls, got)
	require.Equal(t, len(calls), rebuild(Options{}).Same)
	cancel()
	<-done
}

// TestStoreFails: what cannot be written is written later.
func TestStoreFails(t *testing.T) {
	w := newWorld(t)
	broken := &failing{DB: w.db}
	w.cfg.Store = broken
	entries, _ := conversation(t, w.tenant.ID, 1)
	w.start()
	broken.fail = true
	w.feed(entries, true)
	w.turn()
	w.turn()
	_, calls := w.state()
	require.Empty(t, calls)
	broken.fail = false
	w.turn()
	_, calls = w.state()
	require.NotEmpty(t, calls)
}

type failing struct {
	*sqlite.DB
	fail bool
}

func (f *failing) Apply(ctx context.Context, u *store.Update) (int64, error) {
	if f.fail {
		return 0, store.ErrFull
	}
	return f.DB.Apply(ctx, u)
}

// TestForgottenPeer: a session is reported when the call that it belongs to was forgotten
// long ago. The two are one call.
func TestForgottenPeer(t *testing.T) {
	for _, names := range []string{"first", "second", "both"} { // who names the other one
		for _, remember := range []int{0, 1} { // 0 remembers everything, 1 next to nothing
			for _, swapped := range []bool{false, true} {
				for _, restarts := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s names, remember %d, swapped %v, restarts %v", names, remember, swapped, restarts), func(t *testing.T) {
						w := newWorld(t)
						w.cfg.Engine.Remember = remember
						first, second, want := apart(t, w.tenant.ID, swapped, names)
						w.start()
						w.feed(first, true)
						w.turn()
						w.others()
						w.receive(second, restarts)
						w.pass(30 * time.Hour)
						_, got := w.state()
						require.Equal(t, otherCalls+1, len(got))
						require.Equal(t, string(call.AppendJSON(nil, want)), got[want.ID])
					})
				}
			}
		}
	}
}

// TestForgottenNames: what comes too late for a forgotten call names a session that is
// under way.
func TestForgottenNames(t *testing.T) {
	for _, restarts := range []bool{false, true} {
		w := newWorld(t)
		first, second, want := apart(t, w.tenant.ID, false, "first")
		at := slices.IndexFunc(first, func(e store.Entry) bool { return named(&e) })
		late := first[at]
		w.start()
		w.feed(slices.Delete(slices.Clone(first), at, at+1), true)
		w.turn()
		w.others()
		w.receive(second[:2], restarts)
		w.receive([]store.Entry{late}, restarts)
		w.receive(second[2:], restarts)
		w.pass(30 * time.Hour)
		_, got := w.state()
		require.Equal(t, otherCalls+1, len(got))
		require.Equal(t, string(call.AppendJSON(nil, want)), got[want.ID])
	}
}

// apart are the notifications of the two sessions of an attended transfer, and the call
// that they are. Only those who are said to name the other session do so.
func apart(t testing.TB, tenant int64, swapped bool, names string) (first, second []store.Entry, want *call.Call) {
	entries := storetest.Entries(t, tenant, "attended-transfer", 0)
	id := entries[0].Session
	if swapped {
		id = entries[slices.IndexFunc(entries, func(e store.Entry) bool { return e.Session != id })].Session
	}
	var events []wire.Event
	for i := range entries {
		is := entries[i].Session == id
		if named(&entries[i]) && (is && names == "second" || !is && names == "first") {
			continue
		}
		events = append(events, *taken(&entries[i]).Event)
		if is {
			first = append(first, entries[i])
		} else {
			second = append(second, entries[i])
		}
	}
	calls, err := recon.Build(recon.Config{}, events)
	require.NoError(t, err)
	require.Len(t, calls, 1)
	return first, second, calls[0]
}

// named: the notification names a peer.
func named(e *store.Entry) bool {
	return slices.ContainsFunc(taken(e).Event.Body.Parties, func(p wire.Party) bool { return p.Status.PeerID != nil })
}

// otherCalls are more than an engine remembers the names of that is to remember one.
const otherCalls = 12

// others are calls of other people. Whatever was there before is forgotten meanwhile.
func (w *world) others() {
	w.pass(30 * time.Hour)
	for i := range otherCalls {
		w.receive(storetest.Entries(w.t, w.tenant.ID, "direct-inbound", 100+i), false)
	}
	w.pass(3 * time.Hour)
	n, _, _ := w.shard.engine.Len()
	require.Zero(w.t, n, "forgotten")
}

// pass lets time pass, in steps in which the shard writes what is new.
func (w *world) pass(d time.Duration) {
	for end := w.now + call.Time(d.Milliseconds()); w.now < end; {
		w.later(20 * time.Minute)
		w.turn()
	}
}

// receive feeds entries that are received now, as far apart as they were made.
func (w *world) receive(entries []store.Entry, restarts bool) {
	entries = slices.Clone(entries)
	lag := w.now - entries[0].Received
	for i := range entries {
		entries[i].Received += lag
		w.feed(entries[i:i+1], true)
		w.turn()
		if restarts {
			w.start()
		}
	}
}

// TestPurgeJoined: of a call that is one with a forgotten one nothing is left, neither in
// the store nor in the engine.
func TestPurgeJoined(t *testing.T) {
	w := newWorld(t)
	first, second, want := apart(t, w.tenant.ID, false, "both")
	w.start()
	w.feed(first[:2], true) // which does not name the other one
	w.turn()
	w.others()
	w.receive(second, false)
	c, err := w.db.Call(t.Context(), w.tenant.ID, want.ID)
	require.NoError(t, err)
	require.Equal(t, 2, c.Summary.Sessions)
	calls, _, _ := w.shard.engine.Len()
	require.Equal(t, 1, calls)

	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.shard.Run(ctx) }()
	_, err = w.shard.Purge(t.Context(), "+14045550134")
	require.NoError(t, err)
	cancel()
	<-done
	calls, _, _ = w.shard.engine.Len()
	require.Zero(t, calls)
	w.pass(30 * time.Hour)
	_, got := w.state()
	require.Empty(t, got, "all of them are Ruth's")
}

// TestShorterQuiet: what became final because the quiet period was made shorter between
// two starts is written, although nothing more comes for it.
func TestShorterQuiet(t *testing.T) {
	w := newWorld(t)
	w.cfg.Engine.Quiet = time.Hour
	w.cfg.Engine.PeerWait = 2 * time.Hour
	w.start()
	w.feed(storetest.Entries(t, w.tenant.ID, "direct-inbound", 0), true)
	w.turn()
	w.later(5 * time.Second)
	w.feed([]store.Entry{{Tenant: w.tenant.ID, Received: w.now, Problem: "none", Body: []byte("x")}}, true)
	w.turn() // how far the engine has come is written once more
	unfinished, err := w.db.Unfinished(t.Context(), w.tenant.ID)
	require.NoError(t, err)
	require.Len(t, unfinished, 1)

	w.cfg.Engine.Quiet = time.Millisecond
	w.start()
	w.turn()
	unfinished, err = w.db.Unfinished(t.Context(), w.tenant.ID)
	require.NoError(t, err)
	require.Empty(t, unfinished)
}
