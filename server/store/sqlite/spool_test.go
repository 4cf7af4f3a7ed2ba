package sqlite

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// killed is the path of the database as another process finds it after a SIGKILL: of a
// copy of its files as they are now.
func killed(t *testing.T, db *DB) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "killed.db")
	for _, end := range []string{"", "-wal", spoolName + "-1", spoolName + "-2"} {
		data, err := os.ReadFile(db.path + end)
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(to+end, data, 0o600))
	}
	return to
}

// spooledEntries are some of every sort.
func spooledEntries(tenant int64) []store.Entry {
	return []store.Entry{
		{Tenant: tenant, Received: 1000, Session: "s-1", UUID: "u-1", Body: []byte(`{"a":1}`)},
		{Tenant: tenant, Received: 1000, Problem: "no JSON", Body: []byte("\x00\xff")},
		{Tenant: tenant + 99, Received: 1000, Session: "s-9", Body: []byte("of nobody")},
		{Tenant: tenant, Received: 1001, Session: "s-1", UUID: "u-1", Body: []byte(`{"a":1}`)},
		{Tenant: tenant, Received: 1002, Body: []byte{}, Problem: "empty"},
	}
}

// TestSpooled: what was spooled is in the journal after a kill, once, in order and with all
// that is known of it.
func TestSpooled(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
	require.NoError(t, db.AddTenant(t.Context(), &tenant))
	want := spooledEntries(tenant.ID)
	_, err := db.Spool(t.Context(), want[:2])
	require.NoError(t, err)
	_, err = db.Spool(t.Context(), want[2:])
	require.NoError(t, err)
	none, err := db.Entries(t.Context(), tenant.ID, 0, 10)
	require.NoError(t, err)
	require.Empty(t, none)

	path := killed(t, db)
	_, err = OpenOrigin(t.Context(), path)
	require.ErrorIs(t, err, store.ErrUnplaced)
	again := open(t, path)
	require.Equal(t, 5, again.Recovered())
	got, err := again.Entries(t.Context(), tenant.ID, 0, 10)
	require.NoError(t, err)
	want = []store.Entry{want[0], want[1], want[4]}
	for i := range want {
		want[i].Seq = int64(i + 1)
	}
	require.Equal(t, want, got)
	require.NoError(t, again.Close())
	require.NoFileExists(t, path+spoolName+"-1")
	origin, err := OpenOrigin(t.Context(), path)
	require.NoError(t, err)
	require.NoError(t, origin.Close())
}

// TestSpooledOnce: what the journal has taken from the spool does not come back when the
// server is killed, not even if it was purged.
func TestSpooledOnce(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
	require.NoError(t, db.AddTenant(t.Context(), &tenant))
	secret := []store.Entry{{Tenant: tenant.ID, Received: 1000, Problem: "no JSON", Body: []byte("call +16505550123")}}
	number, err := db.Spool(t.Context(), secret)
	require.NoError(t, err)
	require.NoError(t, db.Place(t.Context(), secret, number))
	require.Equal(t, int64(1), secret[0].Seq)
	path := killed(t, db)
	again := open(t, path)
	got, err := again.Entries(t.Context(), tenant.ID, 0, 10)
	require.NoError(t, err)
	require.Len(t, got, 1)

	removed, _, err := db.Purge(t.Context(), tenant.ID, "+16505550123")
	require.NoError(t, err)
	require.Equal(t, int64(1), removed.Entries)
	for _, end := range []string{"", "-wal", spoolName + "-1", spoolName + "-2"} {
		data, err := os.ReadFile(db.path + end)
		if !os.IsNotExist(err) {
			require.NoError(t, err)
			require.False(t, bytes.Contains(data, []byte("6505550123")), "legwork.db%s has it still", end)
		}
	}
	again = open(t, killed(t, db))
	got, err = again.Entries(t.Context(), tenant.ID, 0, 10)
	require.NoError(t, err)
	require.Empty(t, got)
}

// TestKilledThenPowerCut: what a killed process had put into the journal may be nowhere but in
// the memory of the machine. The next one has the disk keep all of it before it empties the
// spool, and does not trust what it did not write.
func TestKilledThenPowerCut(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
	require.NoError(t, db.AddTenant(t.Context(), &tenant))
	entries := spooledEntries(tenant.ID)
	number, err := db.Spool(t.Context(), entries)
	require.NoError(t, err)
	require.NoError(t, db.Place(t.Context(), entries, number))
	path := killed(t, db)
	info, err := os.Stat(path + "-wal")
	require.NoError(t, err)
	require.NotZero(t, info.Size())
	again := open(t, path)
	require.Zero(t, again.Recovered())
	info, err = os.Stat(path + "-wal")
	require.NoError(t, err)
	require.Zero(t, info.Size(), "some of it is in the log alone, which nobody has synced")
}

// TestSpoolOfAnother: notifications of one database are not taken into another one.
func TestSpoolOfAnother(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
	require.NoError(t, db.AddTenant(t.Context(), &tenant))
	_, err := db.Spool(t.Context(), spooledEntries(tenant.ID))
	require.NoError(t, err)
	path := killed(t, db)
	other := open(t, filepath.Join(t.TempDir(), "y.db"))
	require.NoError(t, other.Close())
	data, err := os.ReadFile(other.path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	require.NoError(t, os.Remove(path+"-wal"))
	_, err = Open(t.Context(), path, Options{})
	require.ErrorIs(t, err, store.ErrSpool)
	require.ErrorContains(t, err, "belongs to another database")
}

// TestSpoolDamaged: a spool that has lost something is an error like a damaged database.
func TestSpoolDamaged(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
	require.NoError(t, db.AddTenant(t.Context(), &tenant))
	for range 2 {
		_, err := db.Spool(t.Context(), spooledEntries(tenant.ID))
		require.NoError(t, err)
	}
	path := killed(t, db)
	data, err := os.ReadFile(path + spoolName + "-1")
	require.NoError(t, err)
	data[4200] ^= 1
	require.NoError(t, os.WriteFile(path+spoolName+"-1", data, 0o600))
	_, err = Open(t.Context(), path, Options{})
	require.ErrorIs(t, err, store.ErrSpool)
	require.ErrorContains(t, err, "is missing")
}

// TestRecordOfEntries: what is no record is refused, at every length.
func TestRecordOfEntries(t *testing.T) {
	want := spooledEntries(1)
	record := appendEntries(nil, want)
	got, err := decodeEntries(record)
	require.NoError(t, err)
	require.Equal(t, want, got)
	for n := range record {
		_, err := decodeEntries(record[:n])
		require.ErrorIs(t, err, errRecord, "%d bytes", n)
	}
	_, err = decodeEntries(append(record, 0))
	require.ErrorIs(t, err, errRecord)
}

// TestPowerCut: whatever was spooled is there when the power fails, and only what the disk
// was told to keep is left: the log and the spool as they were at their last syncs.
func TestPowerCut(t *testing.T) {
	after, turn := releaseAfter, spoolTurn
	releaseAfter, spoolTurn = 100<<10, 200<<10
	defer func() { releaseAfter, spoolTurn = after, turn }()
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 3))
		db := open(t, filepath.Join(t.TempDir(), "x.db"))
		tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
		require.NoError(t, db.AddTenant(t.Context(), &tenant))
		var mu sync.Mutex
		kept := map[string][]byte{} // by the end of the name
		keep := func(path string) {
			end, ours := strings.CutPrefix(path, db.path)
			data, err := os.ReadFile(path)
			switch {
			case err == nil && ours:
				kept[end] = data
			case err != nil && !os.IsNotExist(err):
				t.Error(err)
			}
		}
		keep(db.path)
		keep(db.path + "-wal")
		disk(t, func(f *os.File) error {
			mu.Lock()
			defer mu.Unlock()
			keep(f.Name())
			return syncData(f)
		})
		answered := map[string]bool{}
		var waiting []store.Entry
		var number uint64
		body := bytes.Repeat([]byte{'x'}, 20<<10)
		for n := range 300 {
			e := store.Entry{Tenant: tenant.ID, Received: call.Time(n), Session: fmt.Sprint("s-", n), Body: append([]byte(fmt.Sprint(n, " ")), body...)}
			var err error
			if number, err = db.Spool(t.Context(), []store.Entry{e}); err != nil {
				t.Fatal(err)
			}
			answered[e.Session] = true
			waiting = append(waiting, e)
			switch r.IntN(6) {
			case 0, 1:
				require.NoError(t, db.Place(t.Context(), waiting, number))
				waiting = nil
			case 2:
				if len(waiting) == 0 {
					require.NoError(t, db.Settle(t.Context()))
				}
			}
			if r.IntN(20) > 0 {
				continue
			}
			to := filepath.Join(t.TempDir(), "cut.db")
			mu.Lock()
			for end, data := range kept {
				require.NoError(t, os.WriteFile(to+end, data, 0o600))
			}
			mu.Unlock()
			cut, err := Open(t.Context(), to, Options{})
			require.NoError(t, err)
			entries, err := cut.Entries(t.Context(), tenant.ID, 0, 1000)
			require.NoError(t, err)
			require.Equal(t, len(answered), len(entries), "seed %d, after %d", seed, n)
			for i, e := range entries {
				require.Equal(t, fmt.Sprint("s-", i), e.Session)
			}
			require.NoError(t, cut.Close())
		}
		require.NoError(t, db.Close()) // before the disk is another one
	}
}
