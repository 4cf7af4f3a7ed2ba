package sqlite

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"strings"
	"unicode/utf8"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// The statements that add an entry, unless its tenant is gone. Bytes that become a text,
// which SQLite's functions can read, in the statement need not be copied for a string.
const (
	insertAny = `INSERT OR IGNORE INTO journal (seq, tenant, received_ms, session, uuid, problem, digest, body)
	SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE EXISTS (SELECT 1 FROM tenants WHERE id = ?2)`
	insertText = `INSERT OR IGNORE INTO journal (seq, tenant, received_ms, session, uuid, problem, digest, body)
	SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, CAST(?8 AS TEXT) WHERE EXISTS (SELECT 1 FROM tenants WHERE id = ?2)`
)

// Append implements store.Journal.
func (db *DB) Append(ctx context.Context, entries []store.Entry) error {
	if err := db.Write(ctx, entries); err != nil {
		return err
	}
	return db.Sync(ctx)
}

// Sync implements ingest.Pipeline.
func (db *DB) Sync(context.Context) error { return db.sync() }

// Write implements ingest.Pipeline.
func (db *DB) Write(_ context.Context, entries []store.Entry) error {
	db.mu.Lock()
	err := db.put(entries, func(tx) error { return nil })
	db.mu.Unlock()
	if err == nil && !db.spool.Empty() {
		db.release()
	}
	return err
}

// put writes entries and what else belongs into the transaction. The writer is locked.
func (db *DB) put(entries []store.Entry, also func(tx) error) error {
	seq := db.seq
	err := db.txLazily(func(tx tx) error {
		for i := range entries {
			e := &entries[i]
			query, body := insertion(e.Body)
			digest := sha256.Sum256(e.Body)
			n, err := tx.exec(query, seq+1, e.Tenant, ms(e.Received), e.Session, e.UUID, nullable(e.Problem), digest[:16], body)
			if err != nil {
				return err
			}
			db.log.bytes += 2*len(e.Body) + 512
			e.Seq = 0
			if n == 1 {
				seq++
				e.Seq = seq
			}
		}
		return also(tx)
	})
	if err == nil {
		db.seq = seq
		for i := range entries {
			db.unreleased += len(entries[i].Body) + 256
		}
	}
	return err
}

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// insertion is the statement for a body, and what it is given: a text where that is
// possible.
func insertion(body []byte) (string, any) {
	switch {
	case len(body) == 0:
		return insertAny, ""
	case bytes.IndexByte(body, 0) < 0 && utf8.Valid(body):
		return insertText, body
	}
	return insertAny, body
}

const entryColumns = `SELECT seq, tenant, received_ms, session, uuid, coalesce(problem, ''), body FROM journal `

// Entries implements store.Journal.
func (db *DB) Entries(ctx context.Context, tenant, after int64, limit int) ([]store.Entry, error) {
	return db.entries(ctx, entryColumns+`WHERE tenant = ? AND seq > ? ORDER BY seq LIMIT ?`, tenant, after, limit)
}

// EntriesOf implements store.Journal.
func (db *DB) EntriesOf(ctx context.Context, tenant int64, sessions []string) ([]store.Entry, error) {
	if len(sessions) == 0 {
		return nil, nil
	}
	args := []any{tenant}
	for _, s := range sessions {
		args = append(args, s)
	}
	return db.entries(ctx, entriesOf(len(sessions)), args...)
}

// entriesOf asks for the entries of n sessions. Left to itself SQLite would read all that a
// tenant has, for it is in order.
func entriesOf(n int) string {
	return entryColumns + `INDEXED BY journal_once WHERE tenant = ? AND session IN (?` + strings.Repeat(", ?", n-1) + `) ORDER BY seq`
}

// Problems implements store.Journal.
func (db *DB) Problems(ctx context.Context, tenant, before int64, limit int) ([]store.Entry, error) {
	if before <= 0 {
		before = 1 << 62
	}
	return db.entries(ctx, entryColumns+`WHERE tenant = ? AND seq < ? AND problem IS NOT NULL ORDER BY seq DESC LIMIT ?`, tenant, before, limit)
}

func (db *DB) entries(ctx context.Context, query string, args ...any) ([]store.Entry, error) {
	return list(ctx, db.read, func(rows *sql.Rows, e *store.Entry) error {
		return rows.Scan(&e.Seq, &e.Tenant, &e.Received, &e.Session, &e.UUID, &e.Problem, &e.Body)
	}, query, args...)
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// list reads all rows of a query.
func list[T any](ctx context.Context, db querier, scan func(*sql.Rows, *T) error, query string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, known(err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var v T
		if err := scan(rows, &v); err != nil {
			return nil, known(err)
		}
		out = append(out, v)
	}
	return out, known(rows.Err())
}

// LastReceived implements store.Journal.
func (db *DB) LastReceived(ctx context.Context) (at call.Time, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT max(coalesce((SELECT received_ms FROM journal ORDER BY seq DESC LIMIT 1), 0),
		coalesce((SELECT max(now_ms) FROM progress), 0))`).Scan(&at)
	return at, known(err)
}
