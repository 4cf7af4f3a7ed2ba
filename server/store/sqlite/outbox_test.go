package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

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
