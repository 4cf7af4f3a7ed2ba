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
	err := db.pool.QueryRow(ctx, `INSERT INTO snapshots (tenant, seq, now_ms, complete)
		SELECT $3, $4, $5, false FROM partitions WHERE part = $1 AND token = $2 RETURNING id`, db.part, db.token, tenant, at.Seq, ms(at.Now)).Scan(&id)
	if err != nil {
		return known(db.owned(err))
	}
	err = store.WriteParts(data, func(part int, data []byte) error {
		_, err := db.pool.Exec(ctx, `INSERT INTO snapshot_parts (snapshot, part, data) VALUES ($1, $2, $3)`, id, part, data)
		return known(err)
	})
	if err == nil || dangling(err) {
		err = db.complete(ctx, tenant, id)
	}
	if err != nil {
		_, gone := db.pool.Exec(context.WithoutCancel(ctx), `DELETE FROM snapshots WHERE id = $1`, id)
		return errors.Join(err, known(gone))
	}
	return nil
}

// complete makes a snapshot count, unless it was removed meanwhile: with its tenant, or by
// another owner of the partition.
func (db *DB) complete(ctx context.Context, tenant, id int64) error {
	return db.tx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := db.locked(ctx, tx, ofChanges); err != nil {
			return err
		}
		n, err := exec(ctx, tx, `UPDATE snapshots SET complete = true WHERE id = $1 AND EXISTS (SELECT FROM tenants WHERE id = $2)`, id, tenant)
		if err == nil && n == 0 {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		return dropSnapshots(ctx, tx, `tenant = $1 AND id < $2`, tenant, id)
	})
}

// dropSnapshots removes those of which a condition holds, with their parts.
func dropSnapshots(ctx context.Context, tx pgx.Tx, where string, args ...any) error {
	_, err := tx.Exec(ctx, `DELETE FROM snapshots WHERE `+where, args...)
	return err
}

// DropSnapshot implements store.Calls.
func (db *DB) DropSnapshot(ctx context.Context, tenant int64) error {
	return db.tx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := db.locked(ctx, tx, ofChanges); err != nil {
			return err
		}
		return dropSnapshots(ctx, tx, `tenant = $1`, tenant)
	})
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
