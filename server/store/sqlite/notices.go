package sqlite

import (
	"context"
	"database/sql"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

func enqueue(tx tx, n *store.Notice) error {
	_, err := tx.exec(`INSERT OR IGNORE INTO notices (tenant, id, kind, call, revision, body, created_ms, next_ms, attempts, failure, dead)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, '', 0)`, n.Tenant, n.ID, n.Kind, string(n.Call), n.Revision, string(n.Body), ms(n.Created), ms(n.Next))
	return err
}

// Enqueue implements store.Notices.
func (db *DB) Enqueue(ctx context.Context, n store.Notice) error {
	return db.tx(func(tx tx) error { return enqueue(tx, &n) })
}

const noticeColumns = `SELECT seq, tenant, id, kind, call, revision, body, created_ms, next_ms, attempts, failure, dead FROM notices n `

func (db *DB) notices(ctx context.Context, query string, args ...any) ([]store.Notice, error) {
	return list(ctx, db.read, func(rows *sql.Rows, n *store.Notice) error {
		return rows.Scan(&n.Seq, &n.Tenant, &n.ID, &n.Kind, &n.Call, &n.Revision, &n.Body, &n.Created, &n.Next, &n.Attempts, &n.Failure, &n.Dead)
	}, noticeColumns+query, args...)
}

// first: nothing of the same call waits before the notice.
const first = `(call = '' OR NOT EXISTS (SELECT 1 FROM notices p WHERE p.tenant = n.tenant AND p.call = n.call AND p.dead = 0 AND p.seq < n.seq))`

// Due implements store.Notices.
func (db *DB) Due(ctx context.Context, now call.Time, limit int) ([]store.Notice, error) {
	return db.notices(ctx, `WHERE dead = 0 AND next_ms <= ? AND `+first+` ORDER BY seq LIMIT ?`, ms(now), limit)
}

// NextDue implements store.Notices.
func (db *DB) NextDue(ctx context.Context) (at call.Time, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT coalesce(min(next_ms), 0) FROM notices n WHERE dead = 0 AND `+first).Scan(&at)
	return at, known(err)
}

// Delivered implements store.Notices.
func (db *DB) Delivered(ctx context.Context, seq int64) error {
	return db.tx(func(tx tx) error {
		_, err := tx.exec(`DELETE FROM notices WHERE seq = ?`, seq)
		return err
	})
}

// Failed implements store.Notices.
func (db *DB) Failed(ctx context.Context, seq int64, next call.Time, why string, dead bool) error {
	return db.tx(func(tx tx) error {
		_, err := tx.exec(`UPDATE notices SET attempts = attempts + 1, next_ms = ?, failure = ?, dead = ? WHERE seq = ?`, ms(next), why, dead, seq)
		return err
	})
}

// Dead implements store.Notices.
func (db *DB) Dead(ctx context.Context, tenant, after int64, limit int) ([]store.Notice, error) {
	return db.notices(ctx, `WHERE tenant = ? AND dead = 1 AND seq > ? ORDER BY seq LIMIT ?`, tenant, after, limit)
}

// Resend implements store.Notices.
func (db *DB) Resend(ctx context.Context, tenant int64, id string, now call.Time) (n int64, err error) {
	err = db.tx(func(tx tx) error {
		n, err = tx.exec(`UPDATE notices SET dead = 0, attempts = 0, created_ms = ?, next_ms = ? WHERE tenant = ? AND dead = 1 AND (id = ? OR ? = '')`,
			ms(now), ms(now), tenant, id, id)
		if err == nil && n == 0 && id != "" {
			err = store.ErrNotFound
		}
		return err
	})
	return n, err
}
