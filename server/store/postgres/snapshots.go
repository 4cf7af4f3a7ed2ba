package postgres

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"

	"github.com/jackc/pgx/v5"

	"github.com/legworkhq/legwork/server/store"
)

// partSize is how much of a snapshot a row holds.
const partSize = 1 << 20

// SaveSnapshot implements store.Calls. Parts are written one by one; the snapshot
// counts when it is complete.
func (db *DB) SaveSnapshot(ctx context.Context, tenant int64, at store.Progress, data io.Reader) error {
	var id int64
	if err := db.pool.QueryRow(ctx, `INSERT INTO snapshots (tenant, seq, now_ms, complete) VALUES ($1, $2, $3, false) RETURNING id`, tenant, at.Seq, ms(at.Now)).Scan(&id); err != nil {
		return known(err)
	}
	parts := &partWriter{db: db, ctx: ctx, snapshot: id}
	z, _ := gzip.NewWriterLevel(parts, gzip.BestSpeed)
	_, err := io.Copy(z, data)
	if err = errors.Join(err, z.Close(), parts.flush()); err != nil {
		return errors.Join(known(err), db.dropSnapshots(context.WithoutCancel(ctx), `id = $1`, id))
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
	_, err := p.db.pool.Exec(p.ctx, `INSERT INTO snapshot_parts (snapshot, part, data) VALUES ($1, $2, $3)`, p.snapshot, p.n, data)
	p.n++
	return err
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
		err := p.db.pool.QueryRow(p.ctx, `SELECT data FROM snapshot_parts WHERE snapshot = $1 AND part = $2`, p.snapshot, p.n).Scan(&p.rest)
		if errors.Is(err, pgx.ErrNoRows) {
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
