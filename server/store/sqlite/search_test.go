package sqlite

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// A search walks one index, in its order, and looks up rows and keys: whatever is asked for,
// nothing is read that is not, and nothing is sorted.
func TestSearchPlans(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "legwork.db"))
	var plans []string
	s := db.searcher(t.Context())
	explain := func(query string, args []any) {
		steps, err := list(t.Context(), db.read, func(rows *sql.Rows, v *string) error {
			var id, parent, unused int
			return rows.Scan(&id, &parent, &unused, v)
		}, "EXPLAIN QUERY PLAN "+query, args...)
		require.NoError(t, err)
		plans = append(plans, strings.Join(steps, "; "))
	}
	s.Calls = func(query string, args []any) ([]store.Found, error) { explain(query, args); return nil, nil }
	s.Places = func(query string, args []any) ([]store.Cursor, error) {
		explain(query, args)
		return []store.Cursor{{StartedAt: 1, Row: 1}}, nil
	}
	s.Words = func(_ int64, word, _ string, _ int) ([]string, error) {
		if word == "many" {
			return make([]string, 65), nil
		}
		return []string{word}, nil
	}
	const (
		key     = "SEARCH k USING PRIMARY KEY (tenant=? AND kind=? AND value=?"
		another = "SEARCH o USING PRIMARY KEY (tenant=? AND kind=? AND value=? AND started_ms=? AND call=?)"
		row     = "SEARCH c USING INTEGER PRIMARY KEY (rowid=?)"
	)
	for _, c := range []struct {
		q    store.Query
		want []string
	}{
		{store.Query{Numbers: []string{"+1"}}, []string{key + ")", row}},
		{store.Query{Numbers: []string{"+1"}, To: 9, After: &store.Cursor{StartedAt: 9}}, []string{key + " AND started_ms<?)", row}},
		{store.Query{Numbers: []string{"+1"}, Outcome: call.Missed}, []string{key + ")", key + ")", key + ")", another, row}},
		{store.Query{Name: "one two"}, []string{key + ")", key + ")", key + ")", another, row}},
		{store.Query{Numbers: []string{"+1"}, Direction: call.Inbound}, []string{key + ")", row}},
		{store.Query{Numbers: []string{"+1"}, Name: "many"}, []string{key + ")", row}},
		{store.Query{Name: "many"}, []string{"SEARCH c USING INDEX calls_time (tenant=?)"}},
		{store.Query{From: 5, To: 9}, []string{"SEARCH c USING INDEX calls_time (tenant=? AND started_ms>? AND started_ms<?)"}},
		{store.Query{Status: call.Settling}, []string{"SEARCH c USING INDEX calls_unfinished (tenant=?)"}},
		{store.Query{Status: call.Open, Numbers: []string{"+1"}}, []string{"SEARCH c USING INDEX calls_unfinished (tenant=?)", another}},
	} {
		plans, c.q.Limit = nil, 50
		_, _, err := s.Search(1, c.q)
		require.NoError(t, err)
		var steps []string
		for step := range strings.SplitSeq(strings.Join(plans, "; "), "; ") {
			if !strings.HasPrefix(step, "CORRELATED SCALAR SUBQUERY") {
				steps = append(steps, step)
			}
		}
		require.Equal(t, c.want, steps, "%+v", c.q)
	}
}
