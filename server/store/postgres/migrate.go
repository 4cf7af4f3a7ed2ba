package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/legworkhq/legwork/server/store"
)

//go:embed schema.sql
var schema string

//go:embed partitions.sql
var partitions string

// migrations make a database of version n+1 from one of version n. Never change one
// that was released; add another.
var migrations = []string{schema, partitions}

// Advisory locks: lockName, "LGWK", is held by whoever uses a schema, makeName while one
// of several makes its tables.
const (
	lockName = 0x4c47574b
	makeName = lockName + 1
)

// schemaLock is the second half of the advisory locks' names, that of the schema. It says
// too what is wrong with a database that is no good.
func schemaLock(ctx context.Context, conn *pgx.Conn) (lock int32, err error) {
	var schema, encoding, standby string
	err = conn.QueryRow(ctx, `SELECT coalesce(current_schema(), ''), hashtext(coalesce(current_schema(), '')), current_setting('server_encoding'), current_setting('transaction_read_only')`).Scan(&schema, &lock, &encoding, &standby)
	switch {
	case err != nil:
		return 0, err
	case schema == "":
		return 0, errors.New("there is no such schema: make the one that search_path names with CREATE SCHEMA")
	case encoding != "UTF8":
		return 0, fmt.Errorf("the database has the encoding %s; make one with ENCODING 'UTF8'", encoding)
	case standby == "on":
		return 0, store.ErrReadOnly
	}
	return lock, nil
}

// try takes a lock. A server that was killed may hold it for a moment still.
func try(ctx context.Context, conn *pgx.Conn, query string, lock int32) (ok bool, err error) {
	for range 20 {
		if err := conn.QueryRow(ctx, query, lockName, lock).Scan(&ok); err != nil || ok {
			return ok, err
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return false, nil
}

// version is that of the tables, 0 without any.
func version(ctx context.Context, tx pgx.Tx) (version int, err error) {
	var exists bool
	if err := tx.QueryRow(ctx, `SELECT to_regclass(quote_ident(current_schema()) || '.meta') IS NOT NULL`).Scan(&exists); err != nil || !exists {
		return 0, err
	}
	if err := tx.QueryRow(ctx, `SELECT value FROM meta WHERE name = 'version'`).Scan(&version); err != nil {
		return 0, fmt.Errorf("there is a table meta that is not Legwork's: %w", err)
	}
	if version > len(migrations) {
		return 0, fmt.Errorf("%w: its version is %d, this one knows %d", store.ErrNewer, version, len(migrations))
	}
	return version, nil
}

// migrate brings the tables to the newest version, and returns how many partitions they
// have: as many as asked for when there were no tables before. Tables that are there are
// changed only while nobody else uses them.
func migrate(ctx context.Context, conn *pgx.Conn, lock int32, parts int64) (int64, error) {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	had, err := version(ctx, tx)
	if err != nil {
		return 0, err
	}
	if had > 0 && had < len(migrations) {
		var alone bool
		if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1, $2)`, lockName, lock).Scan(&alone); err != nil {
			return 0, err
		}
		if !alone {
			return 0, fmt.Errorf("%w: other servers, of an older version; stop all, so that the tables can be changed", store.ErrInUse)
		}
	}
	for v := had; v < len(migrations); v++ {
		if _, err := tx.Exec(ctx, migrations[v]); err != nil {
			return 0, fmt.Errorf("migrating to version %d: %w", v+1, err)
		}
	}
	if had == 0 {
		if err := divide(ctx, tx, parts); err != nil {
			return 0, err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE meta SET value = $1 WHERE name = 'version' AND value <> $1`, len(migrations)); err != nil {
		return 0, err
	}
	if err := tx.QueryRow(ctx, `SELECT value FROM meta WHERE name = 'partitions'`).Scan(&parts); err != nil {
		return 0, err
	}
	return parts, tx.Commit(ctx)
}

// divide makes the partitions of a new database.
func divide(ctx context.Context, tx pgx.Tx, parts int64) error {
	for _, query := range []string{
		`UPDATE meta SET value = $1 WHERE name = 'partitions'`,
		`INSERT INTO partitions SELECT part, 0, '', 0 FROM generate_series(1, $1::bigint - 1) AS part`,
		`INSERT INTO counters SELECT part, name, 0, 0, 0, 0, 0 FROM generate_series(1, $1::bigint - 1) AS part, unnest(ARRAY['seq', 'change']) AS name`,
	} {
		if _, err := tx.Exec(ctx, query, parts); err != nil {
			return err
		}
	}
	return nil
}
