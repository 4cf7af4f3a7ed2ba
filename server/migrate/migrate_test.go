package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server"
	"github.com/legworkhq/legwork/server/migrate"
	"github.com/legworkhq/legwork/server/shard"
	"github.com/legworkhq/legwork/server/store"
)

// contents is everything that a store has, with the place of each number among its like.
type contents struct {
	Tenants  []store.Tenant
	Tokens   []store.Token
	Entries  map[int64][]store.Entry
	Kept     map[int64][]store.Kept
	Notices  map[int64][]store.Notice
	Progress map[int64]store.Progress
	Snapshot map[int64]string
}

func dump(t testing.TB, db store.Origin) *contents {
	t.Helper()
	ctx := t.Context()
	c := &contents{Entries: map[int64][]store.Entry{}, Kept: map[int64][]store.Kept{}, Notices: map[int64][]store.Notice{}, Progress: map[int64]store.Progress{}, Snapshot: map[int64]string{}}
	var err error
	c.Tenants, err = db.Tenants(ctx)
	require.NoError(t, err)
	c.Tokens, err = db.Tokens(ctx)
	require.NoError(t, err)
	for i := range c.Tenants {
		n := &c.Tenants[i]
		if n.TokenHash == nil {
			n.TokenHash = []byte{}
		}
		entries, err := db.Entries(ctx, n.ID, 0, 1<<20)
		require.NoError(t, err)
		place := func(seq int64) (n int64) {
			for _, e := range entries {
				if e.Seq <= seq {
					n++
				}
			}
			return n
		}
		p, err := db.Progress(ctx, n.ID)
		require.NoError(t, err)
		c.Progress[n.ID] = store.Progress{Seq: place(p.Seq), Now: p.Now}
		if at, r, err := db.Snapshot(ctx, n.ID); err == nil {
			text, err := io.ReadAll(r)
			require.NoError(t, err)
			c.Snapshot[n.ID] = fmt.Sprint(place(at.Seq), " ", at.Now, " ", string(text))
		} else {
			require.ErrorIs(t, err, store.ErrNotFound)
		}
		for k := range entries {
			entries[k].Seq = int64(k)
		}
		kept, err := db.Kept(ctx, n.ID, 0, 1<<20)
		require.NoError(t, err)
		for k := range kept {
			kept[k].Change = int64(k)
		}
		notices, err := db.NoticesOf(ctx, n.ID, 0, 1<<20)
		require.NoError(t, err)
		for k := range notices {
			notices[k].Seq = int64(k)
		}
		c.Entries[n.ID], c.Kept[n.ID], c.Notices[n.ID] = entries, kept, notices
	}
	return c
}

// move moves everything from one place to another.
func move(t testing.TB, from, to *place) *migrate.Report {
	t.Helper()
	a, b := from.origin(t), to.target(t)
	report, err := migrate.Run(t.Context(), a, b, nil)
	require.NoError(t, err, "%s to %s", from.name, to.name)
	require.NoError(t, a.Close())
	require.NoError(t, b.Close())
	return report
}

// look is what is at a place.
func look(t testing.TB, p *place) *contents {
	o := p.origin(t)
	defer o.Close()
	return dump(t, o)
}

// TestRoundTrip: from the file to a cluster, to another one, to one server's database, and
// back to a file. Everything is the same everywhere, and the source stays as it is.
func TestRoundTrip(t *testing.T) {
	file, w := filledFile(t, "")
	want := look(t, file)
	require.Len(t, want.Tenants, 2)
	require.Len(t, want.Notices[w.acme], 9)
	require.NotEmpty(t, want.Snapshot[w.acme])
	require.True(t, slices.ContainsFunc(want.Kept[w.acme], func(k store.Kept) bool { return k.Gone != "" && k.Into != "" }), "an id that was merged")
	require.True(t, slices.ContainsFunc(want.Kept[w.beta], func(k store.Kept) bool { return k.Gone != "" && k.Into == "" }), "and one that was purged")
	from := file
	for _, to := range []*place{inPostgres(t, 8), inPostgres(t, 3), inPostgres(t, 1), inFile(t), inPostgres(t, 32), inFile(t)} {
		report := move(t, from, to)
		require.Equal(t, want, look(t, to), "%s to %s", from.name, to.name)
		require.Equal(t, want, look(t, from), "the source stays as it is")
		require.EqualValues(t, len(want.Entries[w.acme])+len(want.Entries[w.beta]), report.Entries)
		from = to
	}
	last := tenant(t, from.store(t), store.Tenant{Name: "next", Scope: "account"})
	require.Greater(t, last, w.beta+1, "the number of a tenant that was removed is not given again")
}

// TestFollowersMissNothing: changes that come after the last number that a follower saw
// come after it still.
func TestFollowersMissNothing(t *testing.T) {
	file, w := filledFile(t, "")
	db := file.store(t)
	changes, err := db.Changes(t.Context(), w.acme, 0, 1000)
	require.NoError(t, err)
	seen := changes[len(changes)/2].Change
	var want []call.SessionID
	for _, c := range changes[len(changes)/2+1:] {
		want = append(want, idOf(c))
	}
	require.NotEmpty(t, want)
	require.NoError(t, db.Close())
	from := file
	for _, to := range []*place{inPostgres(t, 8), inFile(t), inPostgres(t, 5), inPostgres(t, 1)} {
		move(t, from, to)
		db := to.store(t)
		changes, err := db.Changes(t.Context(), w.acme, seen, 1000)
		require.NoError(t, err)
		var got []call.SessionID
		for _, c := range changes {
			got = append(got, idOf(c))
		}
		require.Subset(t, got, want)
		last, err := db.LastChange(t.Context(), w.acme)
		require.NoError(t, err)
		require.GreaterOrEqual(t, last, changes[len(changes)-1].Change)
		require.NoError(t, db.Close())
		from = to
	}
}

func idOf(c store.Change) call.SessionID {
	if c.Call != nil {
		return c.Call.ID
	}
	return c.Gone
}

// TestGoesOn: a server on the target goes on where the one on the source ended.
func TestGoesOn(t *testing.T) {
	for _, to := range []func(t testing.TB) *place{inFile, func(t testing.TB) *place { return inPostgres(t, 1) }} {
		desk := newTold(t)
		file, w := filledFile(t, desk.URL)
		cluster, there := inPostgres(t, 8), to(t)
		t.Run(there.name, func(t *testing.T) {
			move(t, file, cluster)
			move(t, cluster, there)
			db := there.store(t)
			s, end := serverOn(t, db, afterRest)
			defer end()
			goesOn(t, s, db, w, desk)
		})
	}
}

// afterRest is just after the open call ended.
const afterRest = 41*60 + 15.5

// goesOn ends the open call and revises a final one.
func goesOn(t *testing.T, s *server.Server, db store.Store, w *world, desk *told) {
	c, err := db.Call(t.Context(), w.acme, w.open)
	require.NoError(t, err)
	require.Equal(t, call.Open, c.Status)
	ingest(t, s, w.acme, w.rest)
	awaited(t, desk, 9) // eight that waited, and the call's
	c, err = db.Call(t.Context(), w.acme, w.open)
	require.NoError(t, err)
	require.Equal(t, call.Final, c.Status)
	require.Equal(t, c.Revision, c.Told)
	var order []string
	for _, m := range desk.messages() {
		if strings.HasPrefix(m.ID, "msg_s-a") {
			order = append(order, m.ID)
		}
		if m.Call == w.open {
			require.Equal(t, "call.final", m.Type)
		}
	}
	require.Equal(t, []string{"msg_s-a0", "msg_s-a1", "msg_s-a2"}, order)
	was, err := db.Call(t.Context(), w.acme, w.revised)
	require.NoError(t, err)
	ingest(t, s, w.acme, w.more)
	require.Eventually(t, func() bool {
		is, err := db.Call(t.Context(), w.acme, w.revised)
		return err == nil && is.Revision > was.Revision
	}, 10*time.Second, 20*time.Millisecond)
	sameWhenRebuilt(t, s, w)
	awaited(t, desk, 10)
	require.Equal(t, "call.revised", desk.messages()[9].Type, "it was final before")
}

// awaited waits for so many messages, and that no more come.
func awaited(t *testing.T, desk *told, n int) {
	t.Helper()
	since := time.Now()
	last := 0
	require.Eventually(t, func() bool {
		if m := len(desk.messages()); m != last {
			last, since = m, time.Now()
		}
		return last >= n && time.Since(since) > 2*time.Second
	}, 30*time.Second, 20*time.Millisecond)
	require.Len(t, desk.messages(), n)
}

func sameWhenRebuilt(t *testing.T, s *server.Server, w *world) {
	for _, tenant := range []int64{w.acme, w.beta} {
		r, err := s.Rebuild(t.Context(), tenant, shard.Options{DryRun: true})
		require.NoError(t, err)
		require.Empty(t, r.Changed)
		require.Empty(t, r.New)
		require.Zero(t, r.Missing)
		require.NotZero(t, r.Same)
	}
}

// broken is a target that fails after some portions.
type broken struct {
	store.Target
	after int
	err   error
}

// Import implements store.Target.
func (b *broken) Import(ctx context.Context, p *store.Portion) error {
	if b.after--; b.after < 0 {
		return b.err
	}
	return b.Target.Import(ctx, p)
}

// SaveSnapshot implements store.Target.
func (b *broken) SaveSnapshot(ctx context.Context, tenant int64, at store.Progress, data io.Reader) error {
	if b.after--; b.after < 0 {
		return b.err
	}
	return b.Target.SaveSnapshot(ctx, tenant, at, data)
}

var errBroken = errors.New("broken")

// TestInterrupted: wherever a move ends, nobody serves what is there, and it goes on.
func TestInterrupted(t *testing.T) {
	file, _ := filledFile(t, "")
	want := look(t, file)
	for _, to := range []*place{inFile(t), inPostgres(t, 4)} {
		t.Run(to.name, func(t *testing.T) {
			ended := false
			for n := 1; !ended; n++ {
				require.Less(t, n, 100)
				from, target := file.origin(t), to.target(t)
				_, err := migrate.Run(t.Context(), from, &broken{target, 2, errBroken}, nil)
				require.NoError(t, from.Close())
				require.NoError(t, target.Close())
				if ended = err == nil; !ended {
					require.ErrorIs(t, err, errBroken)
					require.ErrorContains(t, openAs(t, to), "legwork migrate was not finished here")
				}
			}
			require.Equal(t, want, look(t, to))
		})
	}
}

// openAs tells why a place cannot be served.
func openAs(t *testing.T, p *place) error {
	_, err := p.openStore(t.Context())
	require.ErrorIs(t, err, store.ErrUnfinished)
	_, err = p.openOrigin(t.Context())
	require.ErrorIs(t, err, store.ErrUnfinished)
	return err
}

// TestStopped: as by Ctrl-C.
func TestStopped(t *testing.T) {
	file, _ := filledFile(t, "")
	to := inFile(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := migrate.Run(ctx, file.origin(t), to.target(t), nil)
	require.ErrorIs(t, err, context.Canceled)
}

// TestChanged: a source that was written since is not added to what was moved before.
func TestChanged(t *testing.T) {
	file, w := filledFile(t, "")
	to := inPostgres(t, 4)
	from, target := file.origin(t), to.target(t)
	_, err := migrate.Run(t.Context(), from, &broken{target, 2, errBroken}, nil)
	require.ErrorIs(t, err, errBroken)
	require.NoError(t, from.Close())
	require.NoError(t, target.Close())
	db := file.store(t)
	require.NoError(t, db.Enqueue(t.Context(), store.Notice{Tenant: w.acme, ID: "late", Kind: "call.final", Created: 1, Next: 1}))
	require.NoError(t, db.Close())
	_, err = migrate.Run(t.Context(), file.origin(t), to.target(t), nil)
	require.ErrorIs(t, err, migrate.ErrChanged)
}

// loses is a target that does not keep everything.
type loses struct{ store.Target }

// Import implements store.Target.
func (l loses) Import(ctx context.Context, p *store.Portion) error {
	for i := range p.Notices {
		p.Notices[i].Attempts = 0
	}
	return l.Target.Import(ctx, p)
}

// TestVerified: what is not the same there is found, and nobody serves it.
func TestVerified(t *testing.T) {
	file, _ := filledFile(t, "")
	to := inPostgres(t, 4)
	target := to.target(t)
	_, err := migrate.Run(t.Context(), file.origin(t), loses{target}, nil)
	require.ErrorIs(t, err, migrate.ErrDiffers)
	require.ErrorContains(t, err, "tenant acme: what was moved is not the same there: letters")
	require.NoError(t, target.Close())
	_, err = to.openStore(t.Context())
	require.ErrorIs(t, err, store.ErrUnfinished)
}
