package sqlite

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"errors"
	"io"

	"github.com/legworkhq/legwork/server/store"
)

// partSize keeps the transactions of a snapshot short, for notifications wait for them.
const partSize = 1 << 20

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
	parts := &partWriter{db: db, ctx: ctx, snapshot: id}
	z, _ := gzip.NewWriterLevel(parts, gzip.BestSpeed)
	_, err = io.Copy(z, data)
	if err = errors.Join(err, z.Close(), parts.flush()); err != nil {
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

// partWriter writes a snapshot's bytes as rows.
type partWriter struct {
	db       *DB
	ctx      context.Context
	snapshot int64
	n        int
	buf      bytes.Buffer
}

func (p *partWriter) Write(b []byte) (int, error) {
	p.buf.Write(b)
	for p.buf.Len() >= partSize {
		if err := p.put(p.buf.Next(partSize)); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

func (p *partWriter) flush() error {
	if p.buf.Len() == 0 {
		return nil
	}
	return p.put(p.buf.Bytes())
}

func (p *partWriter) put(data []byte) error {
	err := p.db.tx(func(tx tx) error {
		_, err := tx.exec(`INSERT INTO snapshot_parts (snapshot, part, data) VALUES (?, ?, ?)`, p.snapshot, p.n, data)
		return err
	})
	p.n++
	return err
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
	z, err := gzip.NewReader(&partReader{db: db, ctx: ctx, snapshot: id})
	return at, z, err
}

// partReader reads the rows of a snapshot.
type partReader struct {
	db       *DB
	ctx      context.Context
	snapshot int64
	n        int
	rest     []byte
}

func (p *partReader) Read(b []byte) (int, error) {
	for len(p.rest) == 0 {
		err := p.db.read.QueryRowContext(p.ctx, `SELECT data FROM snapshot_parts WHERE snapshot = ? AND part = ?`, p.snapshot, p.n).Scan(&p.rest)
		if err == sql.ErrNoRows {
			return 0, io.EOF
		}
		if err != nil {
			return 0, known(err)
		}
		p.n++
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}
