package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

const insertNotice = `INSERT INTO notices (part, tenant, id, kind, call, revision, body, created_ms, next_ms, attempts, failure, dead)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, '', false) ON CONFLICT DO NOTHING`

func (db *DB) noticeArgs(n *store.Notice) []any {
	body := n.Body
	if body == nil {
		body = []byte{}
	}
	return []any{db.part, n.Tenant, clean(n.ID), clean(n.Kind), clean(n.Call), n.Revision, body, ms(n.Created), ms(n.Next)}
}

// Enqueue implements store.Notices.
func (db *DB) Enqueue(ctx context.Context, n store.Notice) error {
	return db.hold(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var one int
		if err := tx.QueryRow(ctx, `SELECT 1 FROM tenants WHERE id = $1 FOR KEY SHARE`, n.Tenant).Scan(&one); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, insertNotice, db.noticeArgs(&n)...)
		return err
	})
}

const noticeColumns = `SELECT seq, tenant, id, kind, call, revision, body, created_ms, next_ms, attempts, failure, dead FROM notices n `

func (db *DB) notices(ctx context.Context, query string, args ...any) ([]store.Notice, error) {
	return list(ctx, db.pool, func(rows pgx.Rows, n *store.Notice) error {
		return rows.Scan(&n.Seq, &n.Tenant, undo(&n.ID), undo(&n.Kind), undo(&n.Call), &n.Revision, &n.Body, &n.Created, &n.Next, &n.Attempts, undo(&n.Failure), &n.Dead)
	}, noticeColumns+query, args...)
}

// first: nothing of the same call waits before the notice.
const first = `(call = '' OR NOT EXISTS (SELECT 1 FROM notices p WHERE p.tenant = n.tenant AND p.call = n.call AND NOT p.dead AND p.seq < n.seq))`

// Due implements store.Notices.
func (db *DB) Due(ctx context.Context, now call.Time, limit int) ([]store.Notice, error) {
	return db.notices(ctx, `WHERE NOT dead AND part = $1 AND next_ms <= $2 AND `+first+` ORDER BY seq LIMIT $3`, db.part, ms(now), limit)
}

// NextDue implements store.Notices.
func (db *DB) NextDue(ctx context.Context) (at call.Time, err error) {
	err = db.pool.QueryRow(ctx, `SELECT coalesce(min(next_ms), 0) FROM notices n WHERE NOT dead AND part = $1 AND `+first, db.part).Scan(&at)
	return at, known(err)
}

// Delivered implements store.Notices.
func (db *DB) Delivered(ctx context.Context, seq int64) error {
	_, err := db.do(ctx, `DELETE FROM notices WHERE seq = $3 AND part = $1 AND EXISTS (SELECT FROM fence)`, seq)
	return err
}

// Failed implements store.Notices.
func (db *DB) Failed(ctx context.Context, seq int64, next call.Time, why string, dead bool) error {
	_, err := db.do(ctx, `UPDATE notices SET attempts = attempts + 1, next_ms = $3, failure = $4, dead = $5 WHERE seq = $6 AND part = $1 AND EXISTS (SELECT FROM fence)`,
		ms(next), clean(why), dead, seq)
	return err
}

// Dead implements store.Notices.
func (db *DB) Dead(ctx context.Context, tenant, after int64, limit int) ([]store.Notice, error) {
	return db.notices(ctx, `WHERE tenant = $1 AND dead AND seq > $2 ORDER BY seq LIMIT $3`, tenant, after, limit)
}

// Resend implements store.Notices.
func (db *DB) Resend(ctx context.Context, tenant int64, id string, now call.Time) (int64, error) {
	n, err := db.do(ctx, `UPDATE notices SET dead = false, attempts = 0, created_ms = $3, next_ms = $3 WHERE tenant = $4 AND dead AND (id = $5 OR $5 = '') AND EXISTS (SELECT FROM fence)`,
		ms(now), tenant, clean(id))
	if err == nil && n == 0 && id != "" {
		err = store.ErrNotFound
	}
	return n, err
}
