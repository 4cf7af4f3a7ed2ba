package postgres

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/storetest"
)

const (
	parts = 4
	mine  = 2 // the partition of every tenant
)

func sharing(of func(tenant int64) int) Options { return Options{Partitions: parts, PartitionOf: of} }

func openShared(t testing.TB, dsn string, opt Options) *Cluster {
	t.Helper()
	c, err := OpenShared(t.Context(), dsn, opt)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func allMine(int64) int { return mine }

func byNumber(tenant int64) int { return int(tenant % parts) }

// TestPartition: what a partition's owner sees is a store like any other.
func TestPartition(t *testing.T) {
	storetest.Run(t, func(t *testing.T) (store.Store, func() store.Store) {
		dsn := storetest.EmptySchema(t)
		claims := int64(0)
		again := func() store.Store {
			claims++
			p, err := openShared(t, dsn, sharing(allMine)).Claim(t.Context(), mine, claims, "test")
			require.NoError(t, err)
			return p
		}
		return again(), again
	})
}

func TestShared(t *testing.T) {
	storetest.RunShared(t, func(t *testing.T) func() store.Shared {
		dsn := storetest.EmptySchema(t)
		return func() store.Shared { return openShared(t, dsn, sharing(byNumber)) }
	})
}

// TestSharedMadeAtOnce: several servers find an empty schema.
func TestSharedMadeAtOnce(t *testing.T) {
	dsn := storetest.EmptySchema(t)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			c, err := OpenShared(context.Background(), dsn, sharing(byNumber))
			if err != nil {
				t.Error(err)
				return
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	_, err := OpenShared(t.Context(), dsn, Options{Partitions: 8, PartitionOf: byNumber})
	require.ErrorContains(t, err, "has 4 partitions, not 8")
}

func TestSharedOptions(t *testing.T) {
	for _, opt := range []Options{{PartitionOf: byNumber}, {Partitions: 1, PartitionOf: byNumber}, {Partitions: 1025, PartitionOf: byNumber}, {Partitions: 4}} {
		_, err := OpenShared(t.Context(), "postgres://127.0.0.1:1/none", opt)
		require.Error(t, err)
		require.NotErrorIs(t, err, store.ErrUnreachable)
	}
}

// TestOneOrSeveral: a single server and those that share a database refuse each other,
// and each other's databases.
func TestOneOrSeveral(t *testing.T) {
	single, shared := storetest.EmptySchema(t), storetest.EmptySchema(t)
	db, c := open(t, single), openShared(t, shared, sharing(byNumber))
	_, err := OpenShared(t.Context(), single, sharing(byNumber))
	require.ErrorIs(t, err, store.ErrInUse)
	require.ErrorContains(t, err, "a single server")
	_, err = Open(t.Context(), single, Options{})
	require.ErrorContains(t, err, "a single server")
	_, err = Open(t.Context(), shared, Options{})
	require.ErrorIs(t, err, store.ErrInUse)
	require.ErrorContains(t, err, "servers of a cluster")

	require.NoError(t, db.Close())
	require.NoError(t, c.Close())
	_, err = OpenShared(t.Context(), single, sharing(byNumber))
	require.ErrorContains(t, err, "legwork migrate")
	_, err = Open(t.Context(), shared, Options{})
	require.ErrorContains(t, err, "made for several servers, with 4 partitions")
	open(t, single)
	openShared(t, shared, sharing(byNumber))
}

// TestSharedLosesTheServer: every connection is cut, and made again; so is the lock.
func TestSharedLosesTheServer(t *testing.T) {
	dsn := storetest.EmptySchema(t)
	c := openShared(t, dsn, sharing(allMine))
	p, err := c.Claim(t.Context(), mine, 1, "a")
	require.NoError(t, err)
	tenant := store.Tenant{Name: "acme", Scope: "account"}
	require.NoError(t, c.AddTenant(t.Context(), &tenant))
	conn, err := pgx.Connect(t.Context(), os.Getenv("LEGWORK_TEST_POSTGRES"))
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND objid = $2`, lockName, uint32(c.lock))
	require.NoError(t, err)
	require.NoError(t, p.AppendFrom(t.Context(), storetest.Entries(t, tenant.ID, "direct-inbound", 0), 1), "it does not matter")
	require.Eventually(t, func() bool {
		var n int
		require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND objid = $2`, lockName, uint32(c.lock)).Scan(&n))
		return n == 1
	}, 10*time.Second, 20*time.Millisecond)
}

// TestStoppedOwner: a claim waits for a transaction under way. That of a process that was
// stopped is ended by the server.
func TestStoppedOwner(t *testing.T) {
	dsn := storetest.EmptySchema(t)
	c := openShared(t, dsn+"&idle_in_transaction_session_timeout=300", sharing(allMine))
	_, err := c.Claim(t.Context(), mine, 1, "a")
	require.NoError(t, err)
	tx, err := c.pool.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), lockCounter, mine, ofJournal, 1)
	require.NoError(t, err)
	began := time.Now()
	_, err = c.Claim(t.Context(), mine, 2, "b")
	require.NoError(t, err)
	require.Greater(t, time.Since(began), 100*time.Millisecond)
	require.Error(t, tx.Commit(t.Context()))
}

// TestMigrates: a database of version 1 keeps its counters, and all it has.
func TestMigrates(t *testing.T) {
	dsn := storetest.EmptySchema(t)
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	for _, query := range []string{schema, `UPDATE meta SET value = 1 WHERE name = 'version'`,
		`UPDATE meta SET value = 41, bytes = 1000, owner = 7 WHERE name = 'seq'`, `UPDATE meta SET value = 9, bytes = 2000, owner = 7 WHERE name = 'change'`,
		`INSERT INTO tenants (name, scope, region, notice_url, notice_secret, notice_kinds, configured, created_ms) VALUES ('a', 'account', 'US', '', '', '', false, 1)`,
		`INSERT INTO journal VALUES (41, 1, 5, 's', '', NULL, 'x', 'body')`,
		`INSERT INTO notices (tenant, id, kind, call, revision, body, created_ms, next_ms, attempts, failure, dead) VALUES (1, 'n', 'call.final', '', 0, '', 1, 1, 0, '', false)`,
		`INSERT INTO snapshots (tenant, seq, now_ms, complete) VALUES (1, 1, 1, true)`, `INSERT INTO snapshot_parts VALUES (1, 0, 'x'), (99, 0, 'left over')`} {
		_, err := conn.Exec(t.Context(), query)
		require.NoError(t, err)
	}
	require.NoError(t, conn.Close(t.Context()))
	db := open(t, dsn)
	require.EqualValues(t, 8, db.token)
	change, err := db.LastChange(t.Context(), 1)
	require.NoError(t, err)
	require.EqualValues(t, 9, change)
	entries := storetest.Entries(t, 1, "direct-inbound", 0)
	require.NoError(t, db.Append(t.Context(), entries))
	require.EqualValues(t, 42, entries[0].Seq)
	due, err := db.Due(t.Context(), 10, 10)
	require.NoError(t, err)
	require.Len(t, due, 1)
	stats, err := db.Stats(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1+len(entries), stats.Entries)
	_, _, err = db.Snapshot(t.Context(), 1)
	require.Error(t, err, "x is no snapshot")
	require.NotErrorIs(t, err, store.ErrNotFound)
}

// TestMigratesAlone: tables that older servers use are left alone.
func TestMigratesAlone(t *testing.T) {
	dsn := storetest.EmptySchema(t)
	c := openShared(t, dsn, sharing(byNumber))
	_, err := c.pool.Exec(t.Context(), `UPDATE meta SET value = 1 WHERE name = 'version'`)
	require.NoError(t, err)
	_, err = OpenShared(t.Context(), dsn, sharing(byNumber))
	require.ErrorIs(t, err, store.ErrInUse)
	require.ErrorContains(t, err, "older version")
}
