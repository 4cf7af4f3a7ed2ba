package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

func openOutbox(t testing.TB, path string, max int64) *Outbox {
	t.Helper()
	o, err := OpenOutbox(t.Context(), path, max, Options{})
	require.NoError(t, err)
	t.Cleanup(func() { o.Close() })
	return o
}

func someEntries(n int) []store.Entry {
	out := make([]store.Entry, n)
	for i := range out {
		out[i] = store.Entry{Tenant: 7, Received: 1000, Body: []byte("{\"n\": \"\xff\"}")}
	}
	return out
}

func TestOutbox(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox.db")
	o := openOutbox(t, path, 0)
	in := someEntries(3)
	require.NoError(t, o.Append(t.Context(), in))
	require.EqualValues(t, 3, in[2].Seq)
	st, err := o.State(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 3, st.Entries)
	out, err := o.Next(t.Context(), 1, 10)
	require.NoError(t, err)
	require.Equal(t, in[1:], out)
	require.NoError(t, o.Remove(3))
	require.NoError(t, o.Close())

	o = openOutbox(t, path, 0) // numbers go on although nothing waits
	st, err = o.State(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int64{0, 4, 3}, []int64{st.Entries, st.First, st.Last})
	in = someEntries(1)
	require.NoError(t, o.Append(t.Context(), in))
	require.EqualValues(t, 4, in[0].Seq)
	_, err = OpenOutbox(t.Context(), path, 0, Options{})
	require.ErrorIs(t, err, store.ErrInUse)
}

// TestOutboxStateMeanwhile: what comes while somebody asks where the outbox begins is not
// taken for what was passed on already.
func TestOutboxStateMeanwhile(t *testing.T) {
	o := openOutbox(t, filepath.Join(t.TempDir(), "outbox.db"), 0)
	for i := int64(1); i <= 300; i++ {
		firsts := make(chan int64)
		stop := make(chan struct{})
		go func() {
			highest := int64(0)
			for {
				st, err := o.State(t.Context())
				if err == nil {
					highest = max(highest, st.First)
				}
				select {
				case <-stop:
					firsts <- highest
					return
				default:
				}
			}
		}()
		require.NoError(t, o.Append(t.Context(), someEntries(1)))
		close(stop)
		require.LessOrEqual(t, <-firsts, i)
		require.NoError(t, o.Remove(i))
	}
}

func TestOutboxIsBounded(t *testing.T) {
	o := openOutbox(t, filepath.Join(t.TempDir(), "outbox.db"), 1<<20)
	var err error
	n := 0
	for ; err == nil && n < 100_000; n += 512 {
		err = o.Append(t.Context(), someEntries(512))
	}
	require.ErrorIs(t, err, store.ErrFull)
	require.NoError(t, o.Remove(int64(n)))
	require.NoError(t, o.Append(t.Context(), someEntries(1)), "there is room again")
}

func TestOutboxNotes(t *testing.T) {
	o := openOutbox(t, filepath.Join(t.TempDir(), "outbox.db"), 0)
	v, err := o.Note(t.Context(), "seq")
	require.NoError(t, err)
	require.Nil(t, v)
	require.NoError(t, o.SetNote("seq", []byte("a")))
	require.NoError(t, o.SetNote("seq", []byte("b")))
	v, err = o.Note(t.Context(), "seq")
	require.NoError(t, err)
	require.Equal(t, "b", string(v))
	require.NoError(t, o.Append(t.Context(), someEntries(1)))
}

// TestOutboxHolds: whatever is spooled, written, passed on and settled, and whenever the
// node is killed, the outbox has what was not passed on, in order. After a kill the last of what
// was passed on may be there again.
func TestOutboxHolds(t *testing.T) {
	back, table := 0, 0
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 4))
		o := openOutbox(t, filepath.Join(t.TempDir(), "outbox.db"), 0)
		var want, gone []string // bodies
		n := 0
		some := func() (entries []store.Entry) {
			for range 1 + r.IntN(4) {
				n++
				e := store.Entry{Tenant: int64(1 + r.IntN(3)), Received: call.Time(n), Session: "s", UUID: "u", Body: []byte(strings.Repeat(fmt.Sprint(n, " "), 1+r.IntN(9000)))}
				entries, want = append(entries, e), append(want, string(e.Body))
			}
			return entries
		}
		var list []store.Entry
		look := func() (bodies []string) {
			var err error
			list, err = o.Next(t.Context(), 0, 10_000)
			require.NoError(t, err)
			for i, e := range list {
				require.True(t, i == 0 || e.Seq == list[i-1].Seq+1)
				require.Positive(t, e.Received)
				bodies = append(bodies, string(e.Body))
			}
			st, err := o.State(t.Context())
			require.NoError(t, err)
			require.Equal(t, int64(len(list)), st.Entries)
			if len(list) > 0 {
				require.Equal(t, list[0].Seq, st.First)
				require.Equal(t, list[len(list)-1].Seq, st.Last)
			} else {
				require.Equal(t, st.Last+1, st.First)
			}
			return bodies
		}
		for range 120 {
			switch k := r.IntN(20); {
			case k < 9:
				entries := some()
				number, err := o.Spool(t.Context(), entries)
				require.NoError(t, err)
				if r.IntN(4) == 0 {
					more := some()
					number, err = o.Spool(t.Context(), more)
					require.NoError(t, err)
					entries = append(entries, more...)
				}
				require.NoError(t, o.Place(t.Context(), entries, number))
			case k < 11:
				require.NoError(t, o.Append(t.Context(), some()))
			case k < 16:
				if look(); len(list) > 0 {
					at := r.IntN(len(list))
					require.NoError(t, o.Remove(list[at].Seq))
					gone, want = append(gone, want[:at+1]...), want[at+1:]
				}
			case k < 17:
				require.NoError(t, o.Settle(t.Context()))
			case k < 18:
				path := o.db.path
				require.NoError(t, o.Close())
				o = openOutbox(t, path, 0)
				require.Zero(t, o.Recovered())
			case k < 19:
				o = openOutbox(t, killed(t, o.db), 0)
				bodies := look()
				more := len(bodies) - len(want)
				require.GreaterOrEqual(t, more, 0, "seed %d", seed)
				require.LessOrEqual(t, more, len(gone))
				require.Equal(t, append(append([]string{}, gone[len(gone)-more:]...), want...), append([]string{}, bodies...), "seed %d", seed)
				back += more
				if more > 0 {
					require.NoError(t, o.Remove(list[more-1].Seq))
				}
			}
			require.Equal(t, append([]string{}, want...), append([]string{}, look()...), "seed %d", seed)
			if o.last != 0 {
				table++
			}
		}
	}
	require.NotZero(t, back)
	require.NotZero(t, table)
}

// TestOutboxPassesThrough: what is passed on soon is written once, to the spool, whose files
// do not grow.
func TestOutboxPassesThrough(t *testing.T) {
	o := openOutbox(t, filepath.Join(t.TempDir(), "outbox.db"), 0)
	body := bytes.Repeat([]byte{'x'}, 100<<10)
	for n := range 600 {
		entries := []store.Entry{{Tenant: 1, Received: call.Time(n + 1), Body: body}}
		number, err := o.Spool(t.Context(), entries)
		require.NoError(t, err)
		require.NoError(t, o.Place(t.Context(), entries, number))
		if n > 2 {
			require.NoError(t, o.Remove(entries[0].Seq-2))
		}
	}
	require.Zero(t, o.last)
	size, err := o.size(t.Context())
	require.NoError(t, err)
	require.Less(t, size, int64(256<<10))
	for _, end := range []string{"-1", "-2"} {
		info, err := os.Stat(o.db.path + spoolName + end)
		require.NoError(t, err)
		require.Less(t, info.Size(), spoolTurn+spoolTurn/8)
	}
	back := openOutbox(t, killed(t, o.db), 0)
	require.LessOrEqual(t, back.Recovered(), 2+noteAfter/len(body)+1)
}

// TestOutboxRecoversMuch: so much is found in the spool that the log is copied beside. That is
// not taken for somebody who keeps it from being emptied.
func TestOutboxRecoversMuch(t *testing.T) {
	o := openOutbox(t, filepath.Join(t.TempDir(), "outbox.db"), 0)
	body := bytes.Repeat([]byte{'x'}, 60<<10)
	for range 3 {
		var entries []store.Entry
		for n := range 100 {
			entries = append(entries, store.Entry{Tenant: 1, Received: call.Time(n + 1), Body: body})
		}
		_, err := o.Spool(t.Context(), entries)
		require.NoError(t, err)
	}
	for range 5 {
		back := openOutbox(t, killed(t, o.db), 0)
		require.Equal(t, 300, back.Recovered())
	}
}

// TestOutboxLog: SQLite's log does not grow with what passes through.
func TestOutboxLog(t *testing.T) {
	o := openOutbox(t, filepath.Join(t.TempDir(), "outbox.db"), 0)
	for n := range 4000 {
		entries := []store.Entry{{Tenant: 1, Received: call.Time(n + 1), Body: []byte("{}")}}
		number, err := o.Spool(t.Context(), entries)
		require.NoError(t, err)
		require.NoError(t, o.Place(t.Context(), entries, number))
		require.NoError(t, o.Remove(entries[0].Seq))
		require.NoError(t, o.Settle(t.Context()))
	}
	info, err := os.Stat(o.db.path + "-wal")
	require.NoError(t, err)
	require.Less(t, info.Size(), int64(12<<20))
}

// TestOutboxOverflows: what nobody takes goes into the table, as far as there is room.
func TestOutboxOverflows(t *testing.T) {
	o := openOutbox(t, filepath.Join(t.TempDir(), "outbox.db"), 20<<20)
	body := bytes.Repeat([]byte{'x'}, 200<<10)
	took := 0
	for range 400 {
		entries := []store.Entry{{Tenant: 1, Received: 1, Body: body}}
		number, err := o.Spool(t.Context(), entries)
		if errors.Is(err, store.ErrFull) {
			require.ErrorIs(t, o.Append(t.Context(), entries), store.ErrFull)
			break
		}
		require.NoError(t, err)
		require.NoError(t, o.Place(t.Context(), entries, number))
		took++
	}
	require.Less(t, took, 200, "it is bounded")
	require.Greater(t, took, 80)
	list, err := o.Next(t.Context(), 0, 1000)
	require.NoError(t, err)
	require.Len(t, list, took)
	require.NoError(t, o.Remove(list[took-1].Seq))
	entries := []store.Entry{{Tenant: 1, Received: 1, Body: body}}
	_, err = o.Spool(t.Context(), entries)
	require.NoError(t, err, "there is room again")
}
