package postgres

import (
	"context"
	"sync/atomic"

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

// shown remembers of which counters PostgreSQL knows the tables.
type shown struct{ journal, changes atomic.Bool }

func (s *shown) of(name string) *atomic.Bool {
	if name == ofJournal {
		return &s.journal
	}
	return &s.changes
}

// show has PostgreSQL look at the tables of a counter that has come to a value, if it never
// did. When it cannot be done it is no trouble, and tried again the next time.
func (db *DB) show(ctx context.Context, conn asker, name string, value int64) {
	known := db.shown.of(name)
	if value < knownAfter || known.Load() {
		return
	}
	all := true
	for _, table := range tablesOf[name] {
		var seen bool
		err := conn.QueryRow(ctx, `SELECT reltuples >= 0 FROM pg_class WHERE oid = $1::text::regclass`, table).Scan(&seen)
		if err == nil && !seen {
			_, err = conn.Exec(ctx, `ANALYZE (SKIP_LOCKED) `+table)
		}
		all = all && err == nil
	}
	known.Store(all)
}
