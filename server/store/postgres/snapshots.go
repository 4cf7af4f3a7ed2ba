package postgres

import (
	"context"
	"errors"
	"io"

	"github.com/jackc/pgx/v5"

	"github.com/legworkhq/legwork/server/store"
)

// SaveSnapshot implements store.Calls. Parts are written one by one; the snapshot
// counts when it is complete.
func (db *DB) SaveSnapshot(ctx context.Context, tenant int64, at store.Progress, data io.Reader) error {
	var id int64
	if err := db.pool.QueryRow(ctx, `INSERT INTO snapshots (tenant, seq, now_ms, complete) VALUES ($1, $2, $3, false) RETURNING id`, tenant, at.Seq, ms(at.Now)).Scan(&id); err != nil {
		return known(err)
	}
	err := store.WriteParts(data, func(part int, data []byte) error {
		_, err := db.pool.Exec(ctx, `INSERT INTO snapshot_parts (snapshot, part, data) VALUES ($1, $2, $3)`, id, part, data)
		return known(err)
	})
	if err != nil {
		return errors.Join(err, db.dropSnapshots(context.WithoutCancel(ctx), `id = $1`, id))
	}
	return db.tx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := db.count(ctx, tx, "change", 0, 0); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE snapshots SET complete = true WHERE id = $1`, id); err != nil {
			return err
		}
		return dropSnapshots(ctx, tx, `tenant = $1 AND id < $2`, tenant, id)
	})
}

func (db *DB) dropSnapshots(ctx context.Context, where string, args ...any) error {
	return db.tx(ctx, func(ctx context.Context, tx pgx.Tx) error { return dropSnapshots(ctx, tx, where, args...) })
}

func dropSnapshots(ctx context.Context, tx pgx.Tx, where string, args ...any) error {
	if _, err := tx.Exec(ctx, `DELETE FROM snapshot_parts WHERE snapshot IN (SELECT id FROM snapshots WHERE `+where+`)`, args...); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM snapshots WHERE `+where, args...)
	return err
}

// DropSnapshot implements store.Calls.
func (db *DB) DropSnapshot(ctx context.Context, tenant int64) error {
	return db.dropSnapshots(ctx, `tenant = $1`, tenant)
}

// Snapshot implements store.Calls.
func (db *DB) Snapshot(ctx context.Context, tenant int64) (at store.Progress, data io.ReadCloser, err error) {
	var id int64
	err = db.pool.QueryRow(ctx, `SELECT id, seq, now_ms FROM snapshots WHERE tenant = $1 AND complete ORDER BY id DESC LIMIT 1`, tenant).Scan(&id, &at.Seq, &at.Now)
	if err != nil {
		return at, nil, known(err)
	}
	data, err = store.ReadParts(func(part int) (data []byte, err error) {
		err = db.pool.QueryRow(ctx, `SELECT data FROM snapshot_parts WHERE snapshot = $1 AND part = $2`, id, part).Scan(&data)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil, io.EOF
		}
		return data, known(err)
	})
	return at, data, err
}
