package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// knownAfter is after how many rows of a counter PostgreSQL is shown the tables for the first
// time. Until it has seen them its plans, which it keeps, are those of empty tables, where one
// index is as good as another. By itself it looks once a minute.
const knownAfter = 64

// tablesOf are those whose rows a counter counts.
var tablesOf = map[string][]string{
	ofJournal: {"journal"},
	ofChanges: {"calls", "graphs", "call_keys", "aliases"},
}

// asker is a connection, or the pool.
type asker interface {
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
	Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error)
}

// show has PostgreSQL look at the tables of a counter that has come from one value to another,
// if it never did. When it cannot be done it is no trouble: it will.
func show(ctx context.Context, conn asker, name string, from, to int64) {
	if from >= knownAfter || to < knownAfter {
		return
	}
	for _, table := range tablesOf[name] {
		var seen bool
		if err := conn.QueryRow(ctx, `SELECT reltuples >= 0 FROM pg_class WHERE oid = $1::text::regclass`, table).Scan(&seen); err != nil || seen {
			continue
		}
		_, _ = conn.Exec(ctx, `ANALYZE (SKIP_LOCKED) `+table)
	}
}
