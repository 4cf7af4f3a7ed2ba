package natslab

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// do does one thing in a session of its own.
func do(t *testing.T, d *Database, query string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	return d.do(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, query)
		return err
	})
}

// count tells how many rows the table has.
func count(t *testing.T, d *Database) int {
	t.Helper()
	rows := 0
	require.NoError(t, d.do(t.Context(), func(conn *pgx.Conn) error {
		return conn.QueryRow(t.Context(), "SELECT count(*) FROM x").Scan(&rows)
	}))
	return rows
}

// TestPostgres holds what each disturbance does to what is stored, and to who asks.
func TestPostgres(t *testing.T) {
	if testing.Short() {
		t.Skip("a PostgreSQL server takes long to make")
	}
	d := Postgres(t, "127.0.0.1")
	require.NoError(t, do(t, d, "CREATE TABLE x (n int)"))
	insert := func() error { return do(t, d, "INSERT INTO x VALUES (1)") }
	require.NoError(t, insert())
	d.Kill()
	require.Error(t, insert())
	d.Restart()
	require.Equal(t, 1, count(t, d), "what was committed is there")
	d.Stop()
	require.Error(t, insert())
	d.Restart()
	require.NoError(t, insert())

	d.ReadOnly(true)
	var refused *pgconn.PgError
	require.ErrorAs(t, insert(), &refused)
	require.Equal(t, "25006", refused.Code, "read only")
	require.Equal(t, 2, count(t, d))
	d.ReadOnly(false)
	require.NoError(t, insert())
	require.Equal(t, 3, count(t, d))
}
