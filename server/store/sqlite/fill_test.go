package sqlite

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/storetest"
)

// filled opens a database of n calls. LEGWORK_DATABASE names a file that is kept, and
// used again when it has as many calls.
func filled(b *testing.B, n int) (*DB, *storetest.Town) {
	path := os.Getenv("LEGWORK_DATABASE")
	if path == "" {
		path = b.TempDir() + "/legwork.db"
	}
	db, err := Open(b.Context(), path, Options{CheckFor: -1})
	require.NoError(b, err)
	b.Cleanup(func() { db.Close() })
	tenants, err := db.Tenants(b.Context())
	require.NoError(b, err)
	if len(tenants) == 0 {
		tenants = []store.Tenant{{Name: "a", Scope: "account", Region: "US"}}
		require.NoError(b, db.AddTenant(b.Context(), &tenants[0]))
	}
	stats, err := db.Stats(b.Context())
	require.NoError(b, err)
	town := storetest.NewTown(b, tenants[0].ID, n)
	if int(stats.Calls) != n {
		require.Zero(b, stats.Calls, "the database has another number of calls")
		fill(b, db, town)
	}
	return db, town
}

// fill writes n calls with the statements of Apply and in its order, so the file is laid
// out as the server's; only syncing and the log are left out, and many steps are one
// transaction.
func fill(b *testing.B, db *DB, t *storetest.Town) {
	const step, transaction = 1000, 500_000
	began := time.Now()
	require.NoError(b, db.read.Close())
	for _, p := range []string{"journal_mode=OFF", "synchronous=OFF", "cache_size=-3000000"} {
		require.NoError(b, db.run("PRAGMA "+p))
	}
	for from := 0; from < t.Calls; from += transaction {
		db.log.bytes = 0
		require.NoError(b, db.tx(func(tx tx) error {
			for i := from; i < min(from+transaction, t.Calls); i += step {
				u := &store.Update{Tenant: t.Tenant, At: t.Started(i)}
				for k := i; k < min(i+step, t.Calls); k++ {
					u.Calls = append(u.Calls, t.Call(k))
				}
				w, err := db.writer(u)
				if err == nil {
					w.change = db.change.Load()
					err = w.apply(tx)
				}
				if err == nil {
					err = tx.addKeys(slices.SortedFunc(maps.Keys(db.later.staged), byPlace))
				}
				if err != nil {
					return err
				}
				clear(db.later.staged)
				db.change.Store(w.change)
				db.log.bytes = 0
			}
			return nil
		}))
		fmt.Fprintf(os.Stderr, "%d calls in %v\n", min(from+transaction, t.Calls), time.Since(began).Round(time.Second))
	}
	for _, p := range []string{"journal_mode=WAL", "synchronous=NORMAL", "cache_size=-16384"} {
		require.NoError(b, db.run("PRAGMA "+p))
	}
	var err error
	db.read, err = db.readers()
	require.NoError(b, err)
	b.Logf("%d calls written in %v", t.Calls, time.Since(began).Round(time.Second))
}
