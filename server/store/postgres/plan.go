package postgres

import (
	"context"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// eachAlone ends the subquery of a LATERAL join, lest PostgreSQL joins it in another way than
// row by row. It makes its plans while the tables are empty, when to read all that a tenant
// has looks as cheap as to look up a few rows, and keeps them for a minute or longer.
const eachAlone = `OFFSET 0`

// analyzeAfter is after how many rows of a counter the tables are analyzed for the first time.
// Until they are, the plans are those of empty tables, where one index is as good as
// another. By itself PostgreSQL does it once a minute.
const analyzeAfter = 64

// tablesOf are those whose rows a counter counts.
var tablesOf = map[string][]string{
	ofJournal: {"journal"},
	ofChanges: {"calls", "graphs", "call_keys", "aliases"},
}

// analyzed remembers of which counters the tables were, at some time or other.
type analyzed map[string]*atomic.Bool

func newAnalyzed() analyzed {
	return analyzed{ofJournal: new(atomic.Bool), ofChanges: new(atomic.Bool)}
}

// asker is a connection, or the pool.
type asker interface {
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
	Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error)
}

// analyze analyzes the tables of a counter that has come to a value, if they never were. When
// it cannot be done it is no trouble, and tried again the next time.
func (db *DB) analyze(ctx context.Context, conn asker, name string, value int64) {
	done := db.analyzed[name]
	if value < analyzeAfter || done.Load() {
		return
	}
	all := true
	for _, table := range tablesOf[name] {
		var was bool
		err := conn.QueryRow(ctx, `SELECT reltuples >= 0 FROM pg_class WHERE oid = $1::text::regclass`, table).Scan(&was)
		if err == nil && !was {
			_, err = conn.Exec(ctx, `ANALYZE (SKIP_LOCKED) `+table)
		}
		all = all && err == nil
	}
	done.Store(all)
}
