package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/legworkhq/legwork/server/store"
)

// parallel is how many connections one search uses at once.
const parallel = 4

// Search implements store.Calls.
func (db *DB) Search(ctx context.Context, tenant int64, q store.Query) ([]store.Call, *store.Cursor, error) {
	s := store.SQL{
		Contains: `strpos(c.keys, ?) > 0`, Join: `JOIN`, Text: clean[string],
		Columns: callColumns, Calls: func(query string, args []any) ([]store.Found, error) {
			return list(ctx, db.pool, scanFound, numbered(query), args...)
		},
		Places: func(query string, args []any) ([]store.Cursor, error) {
			return list(ctx, db.pool, func(rows pgx.Rows, c *store.Cursor) error { return rows.Scan(&c.StartedAt, &c.Row) }, numbered(query), args...)
		},
		Parallel: parallel,
		Words: func(tenant int64, from, before string, limit int) ([]string, error) {
			return list(ctx, db.pool, func(rows pgx.Rows, v *string) error { return rows.Scan(undo(v)) }, `WITH RECURSIVE words (value) AS (
				(SELECT value FROM call_keys WHERE tenant = $1 AND kind = 'name' AND value >= $2 ORDER BY value LIMIT 1)
				UNION ALL
				SELECT (SELECT k.value FROM call_keys k WHERE k.tenant = $1 AND k.kind = 'name' AND k.value > words.value ORDER BY k.value LIMIT 1) FROM words
					WHERE words.value IS NOT NULL AND words.value < $3
				) SELECT value FROM words WHERE value IS NOT NULL AND value < $3 LIMIT $4`, tenant, clean(from), before, limit)
		},
	}
	return s.Search(tenant, q)
}
