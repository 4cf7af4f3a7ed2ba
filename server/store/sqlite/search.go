package sqlite

import (
	"context"
	"database/sql"

	"github.com/legworkhq/legwork/server/store"
)

// Search implements store.Calls.
func (db *DB) Search(ctx context.Context, tenant int64, q store.Query) ([]store.Call, *store.Cursor, error) {
	if db.later.some.Load() {
		_ = db.index() // where it fails, all but the calls of the last second are found
	}
	return db.searcher(ctx).Search(tenant, q)
}

func (db *DB) searcher(ctx context.Context) *store.SQL {
	return &store.SQL{
		Contains: `instr(c.keys, ?) > 0`, Join: `CROSS JOIN`, Text: func(s string) string { return s },
		Columns: callColumns, Calls: func(query string, args []any) ([]store.Found, error) {
			return list(ctx, db.read, scanFound, query, args...)
		},
		Places: func(query string, args []any) ([]store.Cursor, error) {
			return list(ctx, db.read, func(rows *sql.Rows, c *store.Cursor) error { return rows.Scan(&c.StartedAt, &c.Row) }, query, args...)
		},
		Parallel: readers,
		Words: func(tenant int64, from, before string, limit int) ([]string, error) {
			return list(ctx, db.read, func(rows *sql.Rows, v *string) error { return rows.Scan(v) }, `WITH RECURSIVE words(value) AS (
				SELECT min(value) FROM call_keys WHERE tenant = ?1 AND kind = 'name' AND value >= ?2
				UNION ALL
				SELECT (SELECT min(value) FROM call_keys WHERE tenant = ?1 AND kind = 'name' AND value > words.value) FROM words WHERE words.value IS NOT NULL AND words.value < ?3
				) SELECT value FROM words WHERE value IS NOT NULL AND value < ?3 LIMIT ?4`, tenant, from, before, limit)
		},
	}
}
