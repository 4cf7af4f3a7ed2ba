package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io"

	"github.com/legworkhq/legwork/server/store"
)

// SaveSnapshot implements store.Calls. Parts are written one by one; the snapshot
// counts when it is complete.
func (db *DB) SaveSnapshot(ctx context.Context, tenant int64, at store.Progress, data io.Reader) error {
	var id int64
	err := db.tx(func(tx tx) error {
		res, err := tx.result(`INSERT INTO snapshots (tenant, seq, now_ms, complete) VALUES (?, ?, ?, 0)`, tenant, at.Seq, ms(at.Now))
		if err != nil {
			return err
		}
		id, err = res.LastInsertId()
		return err
	})
	if err != nil {
		return err
	}
	err = store.WriteParts(data, func(part int, data []byte) error {
		return db.tx(func(tx tx) error {
			_, err := tx.exec(`INSERT INTO snapshot_parts (snapshot, part, data) VALUES (?, ?, ?)`, id, part, data)
			return err
		})
	})
	if err != nil {
		return errors.Join(err, db.dropSnapshots(ctx, `id = ?`, id))
	}
	if err := db.tx(func(tx tx) error {
		_, err := tx.exec(`UPDATE snapshots SET complete = 1 WHERE id = ?`, id)
		return err
	}); err != nil {
		return err
	}
	return db.dropSnapshots(ctx, `tenant = ? AND id < ?`, tenant, id)
}

func (db *DB) dropSnapshots(ctx context.Context, where string, args ...any) error {
	return db.tx(func(tx tx) error { return dropSnapshots(tx, where, args...) })
}

func dropSnapshots(tx tx, where string, args ...any) error {
	if _, err := tx.exec(`DELETE FROM snapshot_parts WHERE snapshot IN (SELECT id FROM snapshots WHERE `+where+`)`, args...); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM snapshots WHERE `+where, args...)
	return err
}

// DropSnapshot implements store.Calls.
func (db *DB) DropSnapshot(ctx context.Context, tenant int64) error {
	return db.dropSnapshots(ctx, `tenant = ?`, tenant)
}

// Snapshot implements store.Calls.
func (db *DB) Snapshot(ctx context.Context, tenant int64) (at store.Progress, data io.ReadCloser, err error) {
	var id int64
	err = db.read.QueryRowContext(ctx, `SELECT id, seq, now_ms FROM snapshots WHERE tenant = ? AND complete = 1 ORDER BY id DESC LIMIT 1`, tenant).Scan(&id, &at.Seq, &at.Now)
	if err != nil {
		return at, nil, known(err)
	}
	data, err = store.ReadParts(func(part int) (data []byte, err error) {
		err = db.read.QueryRowContext(ctx, `SELECT data FROM snapshot_parts WHERE snapshot = ? AND part = ?`, id, part).Scan(&data)
		if err == sql.ErrNoRows {
			return nil, io.EOF
		}
		return data, known(err)
	})
	return at, data, err
}
