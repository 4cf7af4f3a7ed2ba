package postgres

import (
	"context"
	"crypto/sha256"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// overhead is about what a row takes beside its text.
const overhead = 256

// Append implements store.Journal, in one statement: the number of the last entry is
// locked by counting, so nobody sees a higher number before a lower one.
func (db *DB) Append(ctx context.Context, entries []store.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	n := len(entries)
	tenants, received, bytes := make([]int64, n), make([]int64, n), int64(0)
	sessions, uuids, problems := make([]string, n), make([]string, n), make([]*string, n)
	digests, bodies := make([][]byte, n), make([][]byte, n)
	for i := range entries {
		e := &entries[i]
		e.Seq = 0
		digest := sha256.Sum256(e.Body)
		tenants[i], received[i], digests[i], bodies[i] = e.Tenant, ms(e.Received), digest[:16], e.Body
		if bodies[i] == nil {
			bodies[i] = []byte{}
		}
		sessions[i], uuids[i] = clean(e.Session), clean(e.UUID)
		if e.Problem != "" {
			text := clean(e.Problem)
			problems[i] = &text
		}
		bytes += int64(len(e.Body)) + overhead
	}
	rows, err := db.pool.Query(context.WithoutCancel(ctx), `WITH counted AS (
			UPDATE meta SET value = value + $1, bytes = bytes + $2 WHERE name = 'seq' AND owner = $3 RETURNING value - $1 AS before
		), added AS (
			INSERT INTO journal (seq, tenant, received_ms, session, uuid, problem, digest, body)
			SELECT before + i, tenant, received, session, uuid, problem, digest, body
			FROM counted, unnest($4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::bytea[])
				WITH ORDINALITY AS e (tenant, received, session, uuid, problem, digest, body, i) ORDER BY i
			ON CONFLICT DO NOTHING RETURNING seq
		) SELECT before, seq FROM counted LEFT JOIN added ON true`, int64(n), bytes, db.owner, tenants, received, sessions, uuids, problems, digests, bodies)
	if err != nil {
		return known(err)
	}
	defer rows.Close()
	any := false
	for rows.Next() {
		var before int64
		var seq *int64
		if err := rows.Scan(&before, &seq); err != nil {
			return known(err)
		}
		any = true
		if seq != nil {
			entries[*seq-before-1].Seq = *seq
		}
	}
	if err := rows.Err(); err != nil {
		for i := range entries {
			entries[i].Seq = 0
		}
		return known(err)
	}
	if !any {
		return errOwner
	}
	return nil
}

const entryColumns = `SELECT seq, tenant, received_ms, session, uuid, problem, body FROM journal `

func (db *DB) entries(ctx context.Context, query string, args ...any) ([]store.Entry, error) {
	return list(ctx, db.pool, func(rows pgx.Rows, e *store.Entry) error {
		return rows.Scan(&e.Seq, &e.Tenant, &e.Received, undo(&e.Session), undo(&e.UUID), undo(&e.Problem), &e.Body)
	}, entryColumns+query, args...)
}

// Entries implements store.Journal.
func (db *DB) Entries(ctx context.Context, tenant, after int64, limit int) ([]store.Entry, error) {
	return db.entries(ctx, `WHERE tenant = $1 AND seq > $2 ORDER BY seq LIMIT $3`, tenant, after, limit)
}

// EntriesOf implements store.Journal.
func (db *DB) EntriesOf(ctx context.Context, tenant int64, sessions []string) ([]store.Entry, error) {
	if len(sessions) == 0 {
		return nil, nil
	}
	ids := make([]string, len(sessions))
	for i, s := range sessions {
		ids[i] = clean(s)
	}
	return db.entries(ctx, `WHERE tenant = $1 AND session = ANY($2) ORDER BY seq`, tenant, ids)
}

// Problems implements store.Journal.
func (db *DB) Problems(ctx context.Context, tenant, before int64, limit int) ([]store.Entry, error) {
	if before <= 0 {
		before = 1 << 62
	}
	return db.entries(ctx, `WHERE tenant = $1 AND seq < $2 AND problem IS NOT NULL ORDER BY seq DESC LIMIT $3`, tenant, before, limit)
}

// LastReceived implements store.Journal.
func (db *DB) LastReceived(ctx context.Context) (at call.Time, err error) {
	err = db.pool.QueryRow(ctx, `SELECT greatest(coalesce((SELECT received_ms FROM journal ORDER BY seq DESC LIMIT 1), 0),
		coalesce((SELECT max(now_ms) FROM progress), 0))`).Scan(&at)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return at, known(err)
}
