// Package postgres keeps the server's data in a PostgreSQL database, for those who have
// one that is kept and backed up anyway. See docs/database.md for the tables.
//
// With Open, one server writes at a time. Another one that opens the database takes it
// over only when the first one's connection is gone, and whatever the first one still
// writes is refused: each transaction checks, in the row that it locks anyway, who owns
// the database. With OpenShared several servers write at once, each what belongs to the
// partitions that it owns; a database of one server is one with a single partition.
//
//	open.go        one server
//	cluster.go     several servers, partition.go what the owner of a partition sees
//	own.go         who may write, what is locked, and the counters
//	migrate.go     the tables
package postgres

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// DB is a store: for the one server that has a database for itself, made with Open, or
// what the owner of a partition sees of one that several servers share.
type DB struct {
	pool     *pgxpool.Pool
	parts    int64                    // how many partitions there are
	part     int64                    // the one that is written
	token    int64                    // of its owner; 0: what belongs to no owner is written
	partOf   func(tenant int64) int64 // the partition that a tenant belongs to
	lost     error                    // what it is to write when somebody else owns the partition
	together *together                // what Apply writes
	analyzed analyzed
	held     *pgx.Conn // has the advisory lock as long as it lives
	lock     int32
}

var _ store.Store = (*DB)(nil)

// Options of Open and OpenShared. The zero Options works for Open.
type Options struct {
	// Connections is how many there may be. Zero means 8; one more is held for the lock.
	Connections int32
	// Patience is how long Open waits for a server that does not answer. Zero means ten
	// seconds.
	Patience time.Duration
	// Partitions is how many a database that several servers share has, 2 to 1024. It is
	// settled when the database is made.
	Partitions int
	// PartitionOf says which partition a tenant belongs to. It must not change.
	PartitionOf func(tenant int64) int
}

// Open connects to a database, given as postgres://user@host/database or in libpq's
// words, and brings its tables to the newest version. They are in the schema that is
// first in search_path. Errors wrap store.ErrUnreachable, store.ErrInUse, store.ErrNewer
// or store.ErrReadOnly where that is the cause.
func Open(ctx context.Context, dsn string, opt Options) (*DB, error) {
	cfg, err := opt.configure(dsn)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 6*opt.Patience)
	defer cancel()
	db := &DB{together: &together{}, analyzed: newAnalyzed(), parts: 1, partOf: func(int64) int64 { return 0 }, lost: errOwner}
	if err := db.open(ctx, cfg); err != nil {
		db.Close()
		return nil, known(err)
	}
	return db, nil
}

// configure fills in what is not set, and makes of it what the driver wants to know.
func (opt *Options) configure(dsn string) (*pgxpool.Config, error) {
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
	cfg.ConnConfig.DialFunc = dial
	dropReadOnly(cfg)
	for name, value := range map[string]string{
		"application_name": "legwork",
		// What is asked for is found by an index, in its order, and what belongs to it row
		// by row. Plans that are made while the tables are empty, and kept for a minute or
		// longer, should say so too. None is worth compiling, although one that cannot do
		// without reading everything looks very expensive then.
		"enable_seqscan": "off", "enable_bitmapscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "jit": "off",
		// Whoever takes over waits for transactions under way: also for those of a process
		// that was stopped, or of a machine that is gone.
		"idle_in_transaction_session_timeout": "10000", "tcp_keepalives_idle": "5", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "2", "tcp_user_timeout": fmt.Sprint(silence.Milliseconds()),
	} {
		if _, set := cfg.ConnConfig.RuntimeParams[name]; !set {
			cfg.ConnConfig.RuntimeParams[name] = value
		}
	}
	return cfg, nil
}

// dropReadOnly has no session be used again once one turned out to be read-only: it stays so
// when the database is not any more, and those that began before it are no better.
func dropReadOnly(cfg *pgxpool.Config) {
	const era = "era"
	var now atomic.Int64
	fatal := cfg.ConnConfig.OnPgError
	cfg.ConnConfig.OnPgError = func(c *pgconn.PgConn, e *pgconn.PgError) bool {
		if e.Code == readOnly {
			now.Add(1)
			return false
		}
		return fatal(c, e)
	}
	cfg.AfterConnect = func(_ context.Context, c *pgx.Conn) error {
		c.PgConn().CustomData()[era] = now.Load()
		return nil
	}
	cfg.PrepareConn = func(_ context.Context, c *pgx.Conn) (bool, error) {
		return c.PgConn().CustomData()[era] == now.Load(), nil
	}
}

func (db *DB) open(ctx context.Context, cfg *pgxpool.Config) (err error) {
	if db.held, err = pgx.ConnectConfig(ctx, cfg.ConnConfig.Copy()); err != nil {
		return err
	}
	if db.lock, err = schemaLock(ctx, db.held); err != nil {
		return err
	}
	if err := db.own(ctx); err != nil {
		return err
	}
	if err := finished(ctx, db.held); err != nil {
		return err
	}
	parts, err := migrate(ctx, db.held, db.lock, 1)
	if err != nil {
		return err
	}
	if parts != 1 {
		return fmt.Errorf("the database was made for several servers, with %d partitions; legwork migrate copies it", parts)
	}
	if db.pool, err = pgxpool.NewWithConfig(context.WithoutCancel(ctx), cfg); err != nil {
		return err
	}
	return db.resume(ctx)
}

// own takes the lock of the schema for one server.
func (db *DB) own(ctx context.Context) error {
	if ok, err := try(ctx, db.held, `SELECT pg_try_advisory_lock($1, $2)`, db.lock); ok || err != nil {
		return err
	}
	var shared bool
	if err := db.held.QueryRow(ctx, `SELECT pg_try_advisory_lock_shared($1, $2)`, lockName, db.lock).Scan(&shared); err != nil {
		return err
	}
	if shared {
		return fmt.Errorf("%w: servers of a cluster", store.ErrInUse)
	}
	return fmt.Errorf("%w: a single server", store.ErrInUse)
}

// resume becomes the owner. It waits for transactions of the one before.
func (db *DB) resume(ctx context.Context) error {
	return db.tx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT token + 1 FROM partitions WHERE part = 0`).Scan(&db.token); err != nil {
			return err
		}
		return claim(ctx, tx, 0, db.token, "")
	})
}

// closeWithin is how long Close waits for a server that does not answer.
const closeWithin = 5 * time.Second

// Close closes the connections. What was written is on disk already.
func (db *DB) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	if db.pool != nil {
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			db.pool.Close()
		}()
		select {
		case <-closed:
		case <-ctx.Done():
		}
	}
	if db.held == nil {
		return nil
	}
	return db.held.Close(ctx)
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
