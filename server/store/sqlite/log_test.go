package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server/store"
)

// disk replaces the disk under databases until the test ends.
func disk(t *testing.T, sync func(*os.File) error) {
	was := datasync
	datasync = sync
	t.Cleanup(func() { datasync = was })
}

func entryOf(tenant int64, body string) []store.Entry {
	return []store.Entry{{Tenant: tenant, Session: "s-1", Body: []byte(body)}}
}

// TestSyncTogether: while the disk is busy others write, and one more wait is enough for
// all of them. Nobody returns before a wait that began after they wrote has ended.
func TestSyncTogether(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
	require.NoError(t, db.AddTenant(t.Context(), &tenant))
	var begun, ended atomic.Int64
	hold := make(chan struct{})
	disk(t, func(f *os.File) error {
		begun.Add(1)
		<-hold
		err := syncData(f)
		ended.Add(1)
		return err
	})
	var wg sync.WaitGroup
	write := func(body string, waits int64) {
		require.NoError(t, db.Write(t.Context(), entryOf(tenant.ID, body)))
		wg.Go(func() {
			if err := db.Sync(t.Context()); err != nil {
				t.Error(err)
			}
			if got := ended.Load(); got < waits {
				t.Errorf("%s returned after %d waits", body, got)
			}
		})
	}
	write("first", 1)
	require.Eventually(t, func() bool { return begun.Load() == 1 }, 10*time.Second, time.Millisecond)
	for _, body := range []string{"second", "third", "fourth"} {
		write(body, 2)
	}
	close(hold)
	wg.Wait()
	require.Equal(t, int64(2), begun.Load())
	entries, err := db.Entries(t.Context(), tenant.ID, 0, 10)
	require.NoError(t, err)
	require.Len(t, entries, 4)
}

// TestDiskRefuses: what the disk refused may be lost although it takes what comes next. It
// is written again before anything counts as written.
func TestDiskRefuses(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
	require.NoError(t, db.AddTenant(t.Context(), &tenant))
	failing := true
	disk(t, func(f *os.File) error {
		if failing {
			return errors.New("input/output error")
		}
		return syncData(f)
	})
	require.ErrorContains(t, db.Append(t.Context(), entryOf(tenant.ID, "a")), "what was written may not be on disk: input/output error")
	require.ErrorIs(t, db.Sync(t.Context()), errSync)
	failing = false
	reader, err := db.read.QueryContext(t.Context(), `SELECT seq FROM journal`)
	require.NoError(t, err)
	require.True(t, reader.Next())
	require.NoError(t, db.run("PRAGMA busy_timeout = 1"))
	require.ErrorIs(t, db.Append(t.Context(), entryOf(tenant.ID, "a")), errSync, "somebody reads the log, which cannot be emptied")
	require.NoError(t, reader.Close())
	again := entryOf(tenant.ID, "a")
	require.NoError(t, db.Append(t.Context(), again))
	require.Zero(t, again[0].Seq, "the journal has it")
	info, err := os.Stat(db.path + "-wal")
	require.NoError(t, err)
	require.Zero(t, info.Size(), "all of it is in the database")
	require.False(t, db.log.broken)
}
