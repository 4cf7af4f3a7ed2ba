// Package postgres keeps the server's data in a PostgreSQL database, for those who have
// one that is kept and backed up anyway. See docs/database.md for the tables.
//
// One server writes at a time. Another one that opens the database takes it over only
// when the first one's connection is gone, and whatever the first one still writes is
// refused: each transaction checks, in the row that it locks anyway, who owns the
// database.
package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

//go:embed schema.sql
var schema string

// migrations make a database of version n+1 from one of version n. Never change one
// that was released; add another.
var migrations = []string{schema}

// lockName is that of the advisory locks: "LGWK".
const lockName = 0x4c47574b

// DB is a store. Make one with Open.
type DB struct {
	pool   *pgxpool.Pool
	held   *pgx.Conn // has the advisory lock as long as it lives
	lock   int32
	owner  int64
	change atomic.Int64
	mu     sync.Mutex // of change: it never falls
}

var _ store.Store = (*DB)(nil)

// Options of Open. The zero Options works.
type Options struct {
	// Connections is how many there may be. Zero means 8; one more is held for the lock.
	Connections int32
	// Patience is how long Open waits for a server that does not answer. Zero means ten
	// seconds.
	Patience time.Duration
}

// Open connects to a database, given as postgres://user@host/database or in libpq's
// words, and brings its tables to the newest version. They are in the schema that is
// first in search_path. Errors wrap store.ErrUnreachable, store.ErrInUse, store.ErrNewer
// or store.ErrReadOnly where that is the cause.
func Open(ctx context.Context, dsn string, opt Options) (*DB, error) {
	if opt.Connections <= 0 {
		opt.Connections = 8
	}
	if opt.Patience <= 0 {
		opt.Patience = 10 * time.Second
	}
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err // it hides the password
	}
	cfg.MaxConns = opt.Connections
	cfg.ConnConfig.ConnectTimeout = opt.Patience
	cfg.ConnConfig.RuntimeParams["application_name"] = "legwork"
	ctx, cancel := context.WithTimeout(ctx, 6*opt.Patience)
	defer cancel()
	db := &DB{}
	if err := db.open(ctx, cfg); err != nil {
		db.Close()
		return nil, known(err)
	}
	return db, nil
}

func (db *DB) open(ctx context.Context, cfg *pgxpool.Config) (err error) {
	if db.held, err = pgx.ConnectConfig(ctx, cfg.ConnConfig.Copy()); err != nil {
		return err
	}
	if err := db.own(ctx); err != nil {
		return err
	}
	if err := db.migrate(ctx); err != nil {
		return err
	}
	if db.pool, err = pgxpool.NewWithConfig(context.WithoutCancel(ctx), cfg); err != nil {
		return err
	}
	return db.resume(ctx)
}

// own takes the lock of the schema.
func (db *DB) own(ctx context.Context) error {
	var ok bool
	var encoding, standby string
	err := db.held.QueryRow(ctx, `SELECT hashtext(current_schema()), current_setting('server_encoding'), current_setting('transaction_read_only')`).Scan(&db.lock, &encoding, &standby)
	switch {
	case err != nil:
		return fmt.Errorf("no schema to write into: %w", err)
	case encoding != "UTF8":
		return fmt.Errorf("the database has the encoding %s; make one with ENCODING 'UTF8'", encoding)
	case standby == "on":
		return store.ErrReadOnly
	}
	// A server that was killed may hold it for a moment still.
	for range 20 {
		if err := db.held.QueryRow(ctx, `SELECT pg_try_advisory_lock($1, $2)`, lockName, db.lock).Scan(&ok); err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return store.ErrInUse
}

func (db *DB) migrate(ctx context.Context) error {
	tx, err := db.held.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	var exists bool
	if err := tx.QueryRow(ctx, `SELECT to_regclass(quote_ident(current_schema()) || '.meta') IS NOT NULL`).Scan(&exists); err != nil {
		return err
	}
	version := 0
	if exists {
		if err := tx.QueryRow(ctx, `SELECT value FROM meta WHERE name = 'version'`).Scan(&version); err != nil {
			return fmt.Errorf("there is a table meta that is not Legwork's: %w", err)
		}
	}
	if version > len(migrations) {
		return fmt.Errorf("%w: its version is %d, this one knows %d", store.ErrNewer, version, len(migrations))
	}
	for ; version < len(migrations); version++ {
		if _, err := tx.Exec(ctx, migrations[version]); err != nil {
			return fmt.Errorf("migrating to version %d: %w", version+1, err)
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE meta SET value = $1 WHERE name = 'version' AND value <> $1`, version); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// resume becomes the owner. It waits for transactions of the one before: they lock the
// rows that it changes.
func (db *DB) resume(ctx context.Context) error {
	err := db.pool.QueryRow(ctx, `UPDATE meta SET owner = owner + 1 WHERE name = 'seq' RETURNING owner`).Scan(&db.owner)
	if err != nil {
		return err
	}
	var change int64
	err = db.pool.QueryRow(ctx, `UPDATE meta SET owner = $1 WHERE name = 'change' RETURNING value`, db.owner).Scan(&change)
	db.change.Store(change)
	return err
}

// Close closes the connections. What was written is on disk already.
func (db *DB) Close() error {
	if db.pool != nil {
		db.pool.Close()
	}
	if db.held == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return db.held.Close(ctx)
}

// errOwner: what a server writes after another one took over.
var errOwner = fmt.Errorf("another server took the database over: %w", store.ErrInUse)

// tx runs one transaction. It is all on disk, or nothing is. One that has begun is not
// broken off when a request ends.
func (db *DB) tx(ctx context.Context, f func(ctx context.Context, tx pgx.Tx) error) error {
	ctx = context.WithoutCancel(ctx)
	tx, err := db.pool.Begin(ctx)
	if err != nil {
		return known(err)
	}
	err = f(ctx, tx)
	if err == nil {
		err = tx.Commit(ctx)
	}
	if err != nil {
		_ = tx.Rollback(ctx)
	}
	return known(err)
}

// exec runs a statement and returns how many rows it changed.
func exec(ctx context.Context, tx pgx.Tx, query string, args ...any) (int64, error) {
	tag, err := tx.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

// count adds to a counter, and to its bytes, and returns its value from before. Until
// the transaction ends nobody else counts.
func (db *DB) count(ctx context.Context, tx pgx.Tx, name string, n, bytes int64) (before int64, err error) {
	err = tx.QueryRow(ctx, `UPDATE meta SET value = value + $2, bytes = greatest(bytes + $3, 0) WHERE name = $1 AND owner = $4 RETURNING value - $2`, name, n, bytes, db.owner).Scan(&before)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, errOwner
	}
	return before, err
}

// changed notes the highest change.
func (db *DB) changed(change int64) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.change.Store(max(change, db.change.Load()))
}

type querier interface {
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
}

// list reads all rows of a query.
func list[T any](ctx context.Context, db querier, scan func(pgx.Rows, *T) error, query string, args ...any) ([]T, error) {
	rows, err := db.Query(ctx, query, args...)
	if err != nil {
		return nil, known(err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var v T
		if err := scan(rows, &v); err != nil {
			return nil, known(err)
		}
		out = append(out, v)
	}
	return out, known(rows.Err())
}

// numbered writes $1, $2 ... for the question marks of a query that is put together.
func numbered(query string) string {
	var b strings.Builder
	for n := 1; ; n++ {
		before, after, ok := strings.Cut(query, "?")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		fmt.Fprintf(&b, "$%d", n)
		query = after
	}
}

func ms(t call.Time) int64 { return int64(t) }
