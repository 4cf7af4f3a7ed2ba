package postgres

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// Search implements store.Calls. The keys that few calls have lead: they are walked in
// order of time, and every other condition is checked on the call's own row.
func (db *DB) Search(ctx context.Context, tenant int64, q store.Query) ([]store.Call, *store.Cursor, error) {
	if q.Limit <= 0 {
		return nil, nil, nil
	}
	s := &search{db: db, ctx: ctx, tenant: tenant, q: q, Plan: q.Plan()}
	s.conditions()
	found, err := s.run()
	if err != nil {
		return nil, nil, err
	}
	out := make([]store.Call, 0, min(len(found), q.Limit))
	for i := range found[:min(len(found), q.Limit)] {
		out = append(out, found[i].Call)
	}
	if len(found) <= q.Limit {
		return out, nil, nil
	}
	last := found[q.Limit-1]
	return out, &store.Cursor{StartedAt: last.Summary.StartedAt, Row: last.row}, nil
}

type search struct {
	db     *DB
	ctx    context.Context
	tenant int64
	q      store.Query
	store.Plan
	// where and args are the conditions on a call's row.
	where []string
	args  []any
}

func (s *search) also(where string, args ...any) {
	s.where = append(s.where, where)
	s.args = append(s.args, args...)
}

func (s *search) conditions() {
	for _, patterns := range s.Has {
		var any []string
		for _, p := range patterns {
			any = append(any, `strpos(c.keys, ?) > 0`)
			s.args = append(s.args, clean(p))
		}
		s.where = append(s.where, "("+strings.Join(any, " OR ")+")")
	}
	if s.q.Direction != "" {
		s.also(`c.direction = ?`, clean(s.q.Direction))
	}
	switch s.q.Status {
	case "":
	case call.Open:
		s.also(`c.status <> 'final'`)
	default:
		s.also(`c.status = ?`, clean(s.q.Status))
	}
}

// run returns one call more than the limit, where there is one.
func (s *search) run() ([]row, error) {
	if s.Lead == "" {
		if err := s.leadByName(); err != nil {
			return nil, err
		}
	}
	if s.Lead == "" {
		return s.walk(`calls c`, `c.started_ms`, `c.row`, `c.tenant = ?`, s.tenant)
	}
	var all []row
	for _, v := range s.Values {
		found, err := s.walk(`call_keys k JOIN calls c ON c.row = k.call`, `k.started_ms`, `k.call`, `k.tenant = ? AND k.kind = ? AND k.value = ?`, s.tenant, string(s.Lead), clean(v))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b row) int {
		return cmp.Or(cmp.Compare(b.Summary.StartedAt, a.Summary.StartedAt), cmp.Compare(b.row, a.row))
	})
	all = slices.CompactFunc(all, func(a, b row) bool { return a.row == b.row })
	return all[:min(len(all), s.q.Limit+1)], nil
}

// walk goes through calls from the latest on.
func (s *search) walk(from, started, number, where string, args ...any) ([]row, error) {
	conditions := []string{where}
	add := func(text string, more ...any) {
		conditions = append(conditions, text)
		args = append(args, more...)
	}
	if a := s.q.After; a != nil {
		add(`(`+started+`, `+number+`) < (?, ?)`, ms(a.StartedAt), a.Row)
	}
	if s.q.From != 0 {
		add(started+` >= ?`, ms(s.q.From))
	}
	if s.q.To != 0 {
		add(started+` < ?`, ms(s.q.To))
	}
	conditions = append(conditions, s.where...)
	args = append(append(args, s.args...), s.q.Limit+1)
	return list(s.ctx, s.db.pool, scanRow, numbered(`SELECT `+callColumns+` FROM `+from+` WHERE `+strings.Join(conditions, " AND ")+
		` ORDER BY `+started+` DESC, `+number+` DESC LIMIT ?`), args...)
}

// leadByName lets the longest word of the name lead, if few words begin with it.
func (s *search) leadByName() error {
	longest := clean(s.q.LongestWord())
	if longest == "" {
		return nil
	}
	found, err := list(s.ctx, s.db.pool, func(rows pgx.Rows, v *string) error { return rows.Scan(undo(v)) }, `WITH RECURSIVE words (value) AS (
		(SELECT value FROM call_keys WHERE tenant = $1 AND kind = 'name' AND value >= $2 ORDER BY value LIMIT 1)
		UNION ALL
		SELECT (SELECT k.value FROM call_keys k WHERE k.tenant = $1 AND k.kind = 'name' AND k.value > words.value ORDER BY k.value LIMIT 1) FROM words
			WHERE words.value IS NOT NULL AND words.value < $3
		) SELECT value FROM words WHERE value IS NOT NULL AND value < $3 LIMIT $4`, s.tenant, longest, longest+"\U0010ffff", store.MaxLeadingWords+1)
	if err != nil || len(found) > store.MaxLeadingWords {
		return err
	}
	s.Lead, s.Values = store.KeyName, found
	return nil
}
