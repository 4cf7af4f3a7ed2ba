package postgres

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/storetest"
)

func open(t testing.TB, dsn string) *DB {
	t.Helper()
	db, err := Open(t.Context(), dsn, Options{})
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) (store.Store, func() store.Store) {
		dsn := storetest.EmptySchema(t)
		return open(t, dsn), func() store.Store { return open(t, dsn) }
	})
}

// TestOneServer: a second server is refused while the first one lives. When its
// connection is cut the second one takes over, and the first one can write no more.
func TestOneServer(t *testing.T) {
	dsn := storetest.EmptySchema(t)
	first := open(t, dsn)
	tenant := store.Tenant{Name: "acme", Scope: "account"}
	require.NoError(t, first.AddTenant(t.Context(), &tenant))
	_, err := Open(t.Context(), dsn, Options{})
	require.ErrorIs(t, err, store.ErrInUse)

	require.NoError(t, first.held.Close(t.Context()))
	second := open(t, dsn)
	entries := storetest.Entries(t, tenant.ID, "direct-inbound", 0)
	for _, err := range []error{
		first.Append(t.Context(), entries),
		func() error {
			_, err := first.Apply(t.Context(), &store.Update{Tenant: tenant.ID, Progress: &store.Progress{Seq: 1}})
			return err
		}(),
		first.SaveSnapshot(t.Context(), tenant.ID, store.Progress{Seq: 1}, strings.NewReader("x")),
	} {
		require.ErrorIs(t, err, store.ErrInUse)
		require.ErrorContains(t, err, "took the database over")
	}
	require.NoError(t, second.Append(t.Context(), entries))
	require.EqualValues(t, 1, entries[0].Seq)
}

func TestNewer(t *testing.T) {
	dsn := storetest.EmptySchema(t)
	db := open(t, dsn)
	_, err := db.pool.Exec(t.Context(), `UPDATE meta SET value = 999 WHERE name = 'version'`)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	_, err = Open(t.Context(), dsn, Options{})
	require.ErrorIs(t, err, store.ErrNewer)
}

func TestReadOnly(t *testing.T) {
	dsn := storetest.EmptySchema(t)
	require.NoError(t, open(t, dsn).Close())
	_, err := Open(t.Context(), dsn+"&default_transaction_read_only=on", Options{})
	require.ErrorIs(t, err, store.ErrReadOnly)
}

// TestReadOnlyForAWhile: sessions that began while the database was read-only stay so, and
// are not used again.
func TestReadOnlyForAWhile(t *testing.T) {
	db := open(t, storetest.EmptySchema(t))
	tenant := newTenant(t, db)
	var all []*pgxpool.Conn
	for range db.pool.Config().MaxConns {
		conn, err := db.pool.Acquire(t.Context())
		require.NoError(t, err)
		_, err = conn.Exec(t.Context(), `SET default_transaction_read_only = on`)
		require.NoError(t, err)
		all = append(all, conn)
	}
	for _, conn := range all {
		conn.Release()
	}
	entries := storetest.Entries(t, tenant, "direct-inbound", 0)
	require.ErrorIs(t, db.Append(t.Context(), entries), store.ErrReadOnly)
	require.NoError(t, db.Append(t.Context(), entries))
}

func TestOtherTables(t *testing.T) {
	dsn := storetest.EmptySchema(t)
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `CREATE TABLE meta (mine text)`)
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	_, err = Open(t.Context(), dsn, Options{})
	require.ErrorContains(t, err, "not Legwork's")
}

// TestUnreachable needs no server.
func TestUnreachable(t *testing.T) {
	_, err := Open(t.Context(), "postgres://nobody:secret@127.0.0.1:1/none", Options{})
	require.ErrorIs(t, err, store.ErrUnreachable)
	require.NotContains(t, err.Error(), "secret")
	_, err = Open(t.Context(), "postgres://nobody:secret@127.0.0.1:port/none", Options{})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "secret")
}

// TestLosesTheServer: connections that are cut are made again.
func TestLosesTheServer(t *testing.T) {
	db := open(t, storetest.EmptySchema(t))
	tenant := store.Tenant{Name: "acme", Scope: "account"}
	require.NoError(t, db.AddTenant(t.Context(), &tenant))
	conn, err := pgx.Connect(t.Context(), os.Getenv("LEGWORK_TEST_POSTGRES"))
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND objid = $2`, lockName, uint32(db.lock))
	require.NoError(t, err)
	entries := storetest.Entries(t, tenant.ID, "direct-inbound", 0)
	require.NoError(t, db.Append(t.Context(), entries), "nobody took over")
}

// TestText: whatever comes goes in and out.
func TestText(t *testing.T) {
	for _, s := range []string{"", "Grace", "a\x00b", "\xff\xfe", mark, mark + "00", "ü\x00" + mark, "\xe2\x82"} {
		c := clean(s)
		require.Equal(t, s, dirty(c))
		require.NotContains(t, c, "\x00")
	}
	require.Equal(t, "Zoë", clean("Zoë"))
}

func FuzzText(f *testing.F) {
	f.Add("a\x00\xff" + mark)
	f.Fuzz(func(t *testing.T, s string) { require.Equal(t, s, dirty(clean(s))) })
}
