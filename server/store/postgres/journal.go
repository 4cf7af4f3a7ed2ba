package postgres

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// overhead is about what a row takes beside its text.
const overhead = 256

// addEntries numbers entries after the counter, which is locked, and counts those that
// are new. Those of tenants that do not exist are left out: who removes a tenant has
// locked the counter before.
const addEntries = `WITH tenants AS MATERIALIZED (
		SELECT id FROM tenants WHERE id = ANY($6)
	), added AS (
		INSERT INTO journal (seq, tenant, received_ms, session, uuid, problem, digest, body)
		SELECT (value + i) * $4 + $1, tenant, received, session, uuid, problem, digest, body
		FROM counters, unnest($7::bigint[], $8::bigint[], $9::text[], $10::text[], $11::text[], $12::bytea[], $13::bytea[])
			WITH ORDINALITY AS e (tenant, received, session, uuid, problem, digest, body, i) JOIN tenants ON id = tenant
		WHERE part = $1 AND name = 'seq' AND token = $2 ORDER BY i
		ON CONFLICT (tenant, session, digest) DO NOTHING RETURNING seq, octet_length(body) + $14::bigint AS bytes
	), counted AS (
		UPDATE counters SET value = value + $3, rows = rows + (SELECT count(*) FROM added),
			bytes = counters.bytes + (SELECT coalesce(sum(bytes), 0)::bigint FROM added), position = coalesce($5, position)
		WHERE part = $1 AND name = 'seq' AND token = $2 RETURNING value - $3 AS before
	) SELECT before, seq FROM counted LEFT JOIN added ON true`

// Append implements store.Journal.
func (db *DB) Append(ctx context.Context, entries []store.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	return db.append(ctx, entries, nil)
}

// append adds entries in one exchange with the server: the first statement locks the
// counter, so that the second one sees what those before wrote, and nobody sees a higher
// number before a lower one.
func (db *DB) append(ctx context.Context, entries []store.Entry, position *int64) error {
	var b pgx.Batch
	b.Queue(lockCounter, db.part, ofJournal, db.token)
	owned, from := false, int64(0)
	c := columnsOf(entries)
	b.Queue(addEntries, db.part, db.token, int64(len(entries)), db.parts, position, c.known, c.tenants, c.received, c.sessions, c.uuids, c.problems, c.digests, c.bodies, overhead).
		Query(func(rows pgx.Rows) error {
			var before int64
			var seq *int64
			_, err := pgx.ForEachRow(rows, []any{&before, &seq}, func() error {
				owned, from = true, before
				if seq != nil {
					entries[(*seq-db.part)/db.parts-before-1].Seq = *seq
				}
				return nil
			})
			return err
		})
	ctx, cancel := whole(ctx)
	defer cancel()
	err := db.pool.SendBatch(ctx, &b).Close()
	if err == nil && !owned {
		err = db.lost
	}
	if err != nil {
		for i := range entries {
			entries[i].Seq = 0
		}
		return known(err)
	}
	db.analyze(ctx, db.pool, ofJournal, from+int64(len(entries)))
	return nil
}

// columns are entries as the database takes them.
type columns struct {
	known, tenants, received []int64 // known: each tenant once
	sessions, uuids          []string
	problems                 []*string
	digests, bodies          [][]byte
}

func columnsOf(entries []store.Entry) *columns {
	n := len(entries)
	c := &columns{tenants: make([]int64, n), received: make([]int64, n), sessions: make([]string, n), uuids: make([]string, n),
		problems: make([]*string, n), digests: make([][]byte, n), bodies: make([][]byte, n)}
	for i := range entries {
		e := &entries[i]
		e.Seq = 0
		digest := sha256.Sum256(e.Body)
		c.tenants[i], c.received[i], c.digests[i], c.bodies[i] = e.Tenant, ms(e.Received), digest[:16], e.Body
		if e.Body == nil {
			c.bodies[i] = []byte{}
		}
		c.sessions[i], c.uuids[i] = clean(e.Session), clean(e.UUID)
		if e.Problem != "" {
			text := clean(e.Problem)
			c.problems[i] = &text
		}
	}
	c.known = slices.Clone(c.tenants)
	slices.Sort(c.known)
	c.known = slices.Compact(c.known)
	return c
}

const entryColumns = `SELECT seq, tenant, received_ms, session, uuid, problem, body FROM `

func (db *DB) entries(ctx context.Context, query string, args ...any) ([]store.Entry, error) {
	return list(ctx, db.pool, func(rows pgx.Rows, e *store.Entry) error {
		return rows.Scan(&e.Seq, &e.Tenant, &e.Received, undo(&e.Session), undo(&e.UUID), undo(&e.Problem), &e.Body)
	}, entryColumns+query, args...)
}

// Entries implements store.Journal.
func (db *DB) Entries(ctx context.Context, tenant, after int64, limit int) ([]store.Entry, error) {
	return db.entries(ctx, `journal WHERE tenant = $1 AND seq > $2 ORDER BY seq LIMIT $3`, tenant, after, limit)
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
	slices.Sort(ids)
	ids = slices.Compact(ids)
	return db.entries(ctx, `unnest($2::text[]) AS wanted (id) CROSS JOIN LATERAL (SELECT * FROM journal WHERE tenant = $1 AND session = wanted.id `+eachAlone+`) j ORDER BY seq`, tenant, ids)
}

// Problems implements store.Journal.
func (db *DB) Problems(ctx context.Context, tenant, before int64, limit int) ([]store.Entry, error) {
	if before <= 0 {
		before = 1 << 62
	}
	return db.entries(ctx, `journal WHERE tenant = $1 AND seq < $2 AND problem IS NOT NULL ORDER BY seq DESC LIMIT $3`, tenant, before, limit)
}

// LastReceived implements store.Journal.
func (db *DB) LastReceived(ctx context.Context) (at call.Time, err error) {
	err = db.pool.QueryRow(ctx, `SELECT greatest(coalesce((SELECT max(received_ms) FROM journal), 0),
		coalesce((SELECT max(now_ms) FROM progress), 0))`).Scan(&at)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return at, known(err)
}
