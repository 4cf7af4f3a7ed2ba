package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/storetest"
)

func open(t testing.TB, path string) *DB {
	t.Helper()
	db, err := Open(t.Context(), path, Options{})
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) (store.Store, func() store.Store) {
		path := filepath.Join(t.TempDir(), "legwork.db")
		return open(t, path), func() store.Store { return open(t, path) }
	})
}

func TestOneProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "legwork.db")
	db := open(t, path)
	_, err := Open(t.Context(), path, Options{})
	require.ErrorIs(t, err, store.ErrInUse)
	require.Contains(t, err.Error(), "number ")
	require.NoError(t, db.Close())
	open(t, path)
}

// TestPageSize: a new file has the pages that it is meant to have, which SQLite forgets when
// it is told to keep a log before there is anything in the file.
func TestPageSize(t *testing.T) {
	path := filepath.Join(t.TempDir(), "legwork.db")
	db := open(t, path)
	var size int
	require.NoError(t, db.conn.QueryRowContext(t.Context(), "PRAGMA page_size").Scan(&size))
	require.Equal(t, pageSize, size)
	var mode string
	require.NoError(t, db.conn.QueryRowContext(t.Context(), "PRAGMA journal_mode").Scan(&mode))
	require.Equal(t, "wal", mode)
	require.NoError(t, db.Close())
	open(t, path)
}

func TestOtherFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "text")
	require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("this is no database\n"), 500), 0o600))
	_, err := Open(t.Context(), path, Options{})
	require.ErrorIs(t, err, store.ErrCorrupt)

	path = filepath.Join(dir, "other.db")
	other, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = other.Exec("CREATE TABLE mine (a); INSERT INTO mine VALUES (1)")
	require.NoError(t, err)
	require.NoError(t, other.Close())
	_, err = Open(t.Context(), path, Options{})
	require.ErrorContains(t, err, "not Legwork's")

	path = filepath.Join(dir, "newer.db")
	db := open(t, path)
	require.NoError(t, db.run("PRAGMA user_version = 999"))
	require.NoError(t, db.Close())
	_, err = Open(t.Context(), path, Options{})
	require.ErrorIs(t, err, store.ErrNewer)

	_, err = Open(t.Context(), filepath.Join(dir, "none", "x.db"), Options{})
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestReadOnly(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everything")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "legwork.db")
	require.NoError(t, open(t, path).Close())
	require.NoError(t, os.Chmod(path, 0o400))
	_, err := Open(t.Context(), path, Options{})
	require.ErrorIs(t, err, store.ErrReadOnly)
}

// A damaged page is found when the database is opened.
func TestDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "legwork.db")
	db := open(t, path)
	tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
	require.NoError(t, db.AddTenant(t.Context(), &tenant))
	for minute := range 30 {
		require.NoError(t, db.Append(t.Context(), storetest.Entries(t, tenant.ID, "attended-transfer", minute)))
	}
	require.NoError(t, db.Close())
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	info, err := f.Stat()
	require.NoError(t, err)
	_, err = f.WriteAt(bytes.Repeat([]byte{0xA5}, 4096), info.Size()-4096)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	_, err = Open(t.Context(), path, Options{})
	require.ErrorIs(t, err, store.ErrCorrupt)
}

// What is purged is not in the file any more, nor in its log.
func TestPurgeLeavesNoTrace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "legwork.db")
	db := open(t, path)
	tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
	require.NoError(t, db.AddTenant(t.Context(), &tenant))
	require.NoError(t, db.Append(t.Context(), storetest.Entries(t, tenant.ID, "attended-transfer", 0)))
	_, calls := storetest.Scenario(t, "attended-transfer", 0)
	for i := range calls {
		for range 3 {
			_, err := db.Apply(t.Context(), &store.Update{Tenant: tenant.ID, Calls: []store.Call{store.Row(tenant.ID, calls[i])}})
			require.NoError(t, err)
		}
	}
	found := func() (n int) {
		for _, end := range []string{"", "-wal"} {
			text, err := os.ReadFile(path + end)
			require.NoError(t, err)
			n += bytes.Count(text, []byte("4045550134"))
		}
		return n
	}
	require.Positive(t, found())
	_, _, err := db.Purge(t.Context(), tenant.ID, "+14045550134")
	require.NoError(t, err)
	require.Zero(t, found())
}

func TestBackup(t *testing.T) {
	dir := t.TempDir()
	db := open(t, filepath.Join(dir, "legwork.db"))
	tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
	require.NoError(t, db.AddTenant(t.Context(), &tenant))
	require.NoError(t, db.Append(t.Context(), storetest.Entries(t, tenant.ID, "attended-transfer", 0)))
	require.NoError(t, db.Backup(t.Context(), filepath.Join(dir, "copy.db")))
	require.Error(t, db.Backup(t.Context(), filepath.Join(dir, "copy.db")), "it exists")
	want, err := db.Entries(t.Context(), tenant.ID, 0, 100)
	require.NoError(t, err)
	got, err := open(t, filepath.Join(dir, "copy.db")).Entries(t.Context(), tenant.ID, 0, 100)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

// TestLogBeginsAnew: the log does not grow although somebody always reads.
func TestLogBeginsAnew(t *testing.T) {
	k := everything()
	k.checkpointAfter = 1 << 20
	db, err := openKind(t.Context(), filepath.Join(t.TempDir(), "x.db"), Options{Cache: 16 << 20}, k)
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
	require.NoError(t, db.AddTenant(t.Context(), &tenant))
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range readers - 1 { // one's reading begins before another one's ends
		wg.Go(func() {
			for ctx.Err() == nil {
				rows, err := db.read.QueryContext(context.Background(), `SELECT seq FROM journal LIMIT 5`)
				if err != nil {
					t.Error(err)
					return
				}
				for rows.Next() {
					time.Sleep(time.Millisecond)
				}
				rows.Close()
			}
		})
	}
	largest := int64(0)
	for n := range 400 {
		entries := make([]store.Entry, 64)
		for i := range entries {
			entries[i] = store.Entry{Tenant: tenant.ID, Session: fmt.Sprint("s-", n, "-", i), Body: fmt.Appendf(nil, "%01500d", n*64+i)}
		}
		require.NoError(t, db.Append(t.Context(), entries))
		info, err := os.Stat(db.path + "-wal")
		require.NoError(t, err)
		largest = max(largest, info.Size())
	}
	stop()
	wg.Wait()
	t.Logf("the log had %d MiB at most", largest>>20)
	require.Less(t, largest, int64(16<<20))
}

// TestSearchesOneIndex: what is asked while notifications come reads what it looks for, and
// not a table.
func TestSearchesOneIndex(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	for query, want := range map[string]string{
		entriesOf(2): "SEARCH journal USING INDEX journal_once (tenant=? AND session=?); USE TEMP B-TREE FOR ORDER BY",
		moveAliases:  "SEARCH aliases USING INDEX aliases_into (tenant=? AND into_id=?)",
		dropAliases:  "SEARCH aliases USING INDEX aliases_into (tenant=? AND into_id=?)",
	} {
		steps, err := list(t.Context(), db.read, func(rows *sql.Rows, v *string) error {
			var id, parent, unused int
			return rows.Scan(&id, &parent, &unused, v)
		}, "EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
		require.NoError(t, err)
		require.Equal(t, want, strings.Join(steps, "; "), query)
	}
}

// TestMigratesForward: a database of the first version keeps what it has.
func TestMigratesForward(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	first := everything()
	first.migrations = migrations[:1]
	db, err := openKind(t.Context(), path, Options{Cache: 16 << 20}, first)
	require.NoError(t, err)
	tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
	require.NoError(t, db.AddTenant(t.Context(), &tenant))
	require.NoError(t, db.Append(t.Context(), entryOf(tenant.ID, "a")))
	require.NoError(t, db.Close())
	_, err = Open(t.Context(), path, Options{AsIs: true})
	require.ErrorIs(t, err, store.ErrOlder)
	require.ErrorContains(t, err, "its version is 1, this one's 2")

	db = open(t, path)
	from, to := db.Forward()
	require.Equal(t, []int{1, 2}, []int{from, to})
	var version int
	require.NoError(t, db.conn.QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&version))
	require.Equal(t, len(migrations), version)
	entries, err := db.EntriesOf(t.Context(), tenant.ID, []string{"s-1"})
	require.NoError(t, err)
	require.Len(t, entries, 1)
}
