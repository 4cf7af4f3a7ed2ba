package postgres

import (
	"context"
	"fmt"
	"maps"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/legworkhq/legwork/server/store"
)

// Origin is a database that is read to be moved: of a single server, or of several.
type Origin struct{ *DB }

var _ store.Origin = (*Origin)(nil)

// OpenOrigin connects to a database in order to move it: as Open does, whatever its
// partitions, but nothing is written, not even what a newer version would change. of says
// which of so many partitions a tenant belongs to. Errors wrap store.ErrOlder,
// store.ErrUnfinished and store.ErrNotFound too.
func OpenOrigin(ctx context.Context, dsn string, opt Options, of func(tenant int64, parts int) int) (*Origin, error) {
	cfg, err := opt.configure(dsn)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 6*opt.Patience)
	defer cancel()
	db := &DB{lost: errOwner}
	if err := db.openToRead(ctx, cfg); err != nil {
		db.Close()
		return nil, known(err)
	}
	db.divided(of)
	return &Origin{db}, nil
}

// divided lets tenants belong to partitions.
func (db *DB) divided(of func(tenant int64, parts int) int) {
	db.partOf = func(tenant int64) int64 {
		if db.parts == 1 {
			return 0
		}
		return int64(of(tenant, int(db.parts)))
	}
}

func (db *DB) openToRead(ctx context.Context, cfg *pgxpool.Config) (err error) {
	if err := db.alone(ctx, cfg); err != nil {
		return err
	}
	if err := db.asItIs(ctx); err != nil {
		return err
	}
	cfg = cfg.Copy()
	cfg.ConnConfig.RuntimeParams = maps.Clone(cfg.ConnConfig.RuntimeParams)
	cfg.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
	db.pool, err = pgxpool.NewWithConfig(context.WithoutCancel(ctx), cfg)
	return err
}

// alone connects, and takes the lock of the schema for one server.
func (db *DB) alone(ctx context.Context, cfg *pgxpool.Config) (err error) {
	if db.held, err = pgx.ConnectConfig(ctx, cfg.ConnConfig.Copy()); err != nil {
		return err
	}
	if db.lock, err = schemaLock(ctx, db.held); err != nil {
		return err
	}
	return db.own(ctx)
}

// asItIs finds out how many partitions there are. The tables must be of this version.
func (db *DB) asItIs(ctx context.Context) error {
	tx, err := db.held.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	if err := finished(ctx, tx); err != nil {
		return err
	}
	v, err := version(ctx, tx)
	switch {
	case err != nil:
		return err
	case v == 0:
		return fmt.Errorf("tables of Legwork in this schema: %w", store.ErrNotFound)
	case v < len(migrations):
		return fmt.Errorf("%w: its version is %d, this one's %d", store.ErrOlder, v, len(migrations))
	}
	return tx.QueryRow(ctx, `SELECT value FROM meta WHERE name = 'partitions'`).Scan(&db.parts)
}

// queryRower is a connection, or a transaction.
type queryRower interface {
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
}

// isMoving: there is the table of a database that is being filled.
func isMoving(ctx context.Context, conn queryRower) (moving bool, err error) {
	err = conn.QueryRow(ctx, `SELECT to_regclass(quote_ident(current_schema()) || '.moving') IS NOT NULL`).Scan(&moving)
	return moving, err
}

// finished fails for a database that is being filled.
func finished(ctx context.Context, conn queryRower) error {
	moving, err := isMoving(ctx, conn)
	if err == nil && moving {
		err = store.ErrUnfinished
	}
	return err
}

// Alone implements store.Origin: the connection that holds the lock is the one of the
// beginning.
func (db *DB) Alone(ctx context.Context) error {
	if err := db.held.Ping(ctx); err != nil {
		return fmt.Errorf("the connection that kept others away was lost: %w", known(err))
	}
	return nil
}

// Partitions is how many there are, 1 for a single server.
func (o *Origin) Partitions() int { return int(o.parts) }

// Positions are how far the log that feeds each partition was read.
func (o *Origin) Positions(ctx context.Context) ([]int64, error) {
	return list(ctx, o.pool, func(rows pgx.Rows, at *int64) error { return rows.Scan(at) }, `SELECT position FROM counters WHERE name = 'seq' ORDER BY part`)
}

// LastTenant implements store.Origin.
func (db *DB) LastTenant(ctx context.Context) (id int64, err error) {
	err = db.pool.QueryRow(ctx, `SELECT greatest(coalesce((SELECT max(id) FROM tenants), 0), coalesce(pg_sequence_last_value(pg_get_serial_sequence('tenants', 'id')), 0))`).Scan(&id)
	return id, known(err)
}

// Amounts implements store.Origin.
func (db *DB) Amounts(ctx context.Context) (map[int64]store.Amount, error) {
	return store.CountAll(func(table string) ([][2]int64, error) {
		return list(ctx, db.pool, func(rows pgx.Rows, c *[2]int64) error { return rows.Scan(&c[0], &c[1]) }, `SELECT tenant, count(*) FROM `+table+` GROUP BY tenant`)
	})
}

// Kept implements store.Origin.
func (db *DB) Kept(ctx context.Context, tenant, after int64, limit int) ([]store.Kept, error) {
	calls, err := list(ctx, db.pool, func(rows pgx.Rows, k *store.Kept) error {
		return rows.Scan(&k.Change, &k.Row, undo(&k.ID), &k.Revision, &k.Told, &k.Status, undo(&k.Direction), undo(&k.Outcome), &k.Started, &k.Answered, &k.Ended, &k.Updated, undo(&k.Summary), undo(&k.Keys), undo(&k.Graph))
	}, `SELECT change, row, id, revision, finals, status, direction, outcome, started_ms, answered_ms, ended_ms, updated_ms, summary, keys, graph
		FROM calls JOIN graphs ON call = row WHERE tenant = $1 AND change > $2 ORDER BY change LIMIT $3`, tenant, after, limit)
	if err != nil {
		return nil, err
	}
	gone, err := list(ctx, db.pool, func(rows pgx.Rows, k *store.Kept) error { return rows.Scan(&k.Change, undo(&k.Gone), undo(&k.Into)) },
		`SELECT change, id, into_id FROM aliases WHERE tenant = $1 AND change > $2 ORDER BY change LIMIT $3`, tenant, after, limit)
	return store.FirstKept(append(calls, gone...), limit), err
}

// NoticesOf implements store.Origin.
func (db *DB) NoticesOf(ctx context.Context, tenant, after int64, limit int) ([]store.Notice, error) {
	return db.notices(ctx, `WHERE tenant = $1 AND seq > $2 ORDER BY seq LIMIT $3`, tenant, after, limit)
}
