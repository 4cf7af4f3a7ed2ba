package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// Search implements store.Calls. The keys that few calls have lead: they are walked in
// order of time, and every other condition is checked on the call's own row.
func (db *DB) Search(ctx context.Context, tenant int64, q store.Query) ([]store.Call, *store.Cursor, error) {
	if q.Limit <= 0 {
		return nil, nil, nil
	}
	s := &search{db: db, ctx: ctx, tenant: tenant, q: q}
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
	q := s.q
	s.Plan = q.Plan()
	for _, patterns := range s.Has {
		var any []string
		for _, p := range patterns {
			any = append(any, `instr(c.keys, ?) > 0`)
			s.args = append(s.args, p)
		}
		s.where = append(s.where, "("+strings.Join(any, " OR ")+")")
	}
	if q.Direction != "" {
		s.also(`c.direction = ?`, string(q.Direction))
	}
	switch q.Status {
	case "":
	case call.Open:
		s.also(`c.status <> 'final'`)
	default:
		s.also(`c.status = ?`, string(q.Status))
	}
}

// run returns one call more than the limit, where there is one.
func (s *search) run() ([]scanned, error) {
	if s.Lead == "" {
		if err := s.leadByName(); err != nil {
			return nil, err
		}
	}
	if s.Lead == "" {
		return s.walk(`calls c`, `c.started_ms`, `c.row`, `c.tenant = ?`, s.tenant)
	}
	var all []scanned
	for _, v := range s.Values {
		found, err := s.walk(`call_keys k CROSS JOIN calls c ON c.row = k.call`, `k.started_ms`, `k.call`, `k.tenant = ? AND k.kind = ? AND k.value = ?`, s.tenant, string(s.Lead), v)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b scanned) int {
		return cmp.Or(cmp.Compare(b.Summary.StartedAt, a.Summary.StartedAt), cmp.Compare(b.row, a.row))
	})
	all = slices.CompactFunc(all, func(a, b scanned) bool { return a.row == b.row })
	return all[:min(len(all), s.q.Limit+1)], nil
}

// walk goes through calls from the latest on.
func (s *search) walk(from, started, row, where string, args ...any) ([]scanned, error) {
	conditions := []string{where}
	add := func(text string, more ...any) {
		conditions = append(conditions, text)
		args = append(args, more...)
	}
	if a := s.q.After; a != nil {
		add(started+` <= ?`, ms(a.StartedAt))
		add(`(`+started+` < ? OR `+row+` < ?)`, ms(a.StartedAt), a.Row)
	}
	if s.q.From != 0 {
		add(started+` >= ?`, ms(s.q.From))
	}
	if s.q.To != 0 {
		add(started+` < ?`, ms(s.q.To))
	}
	conditions = append(conditions, s.where...)
	args = append(append(args, s.args...), s.q.Limit+1)
	return list(s.ctx, s.db.read, func(rows *sql.Rows, c *scanned) error { return scanCall(rows, c) },
		`SELECT `+callColumns+` FROM `+from+` WHERE `+strings.Join(conditions, " AND ")+` ORDER BY `+started+` DESC, `+row+` DESC LIMIT ?`, args...)
}

// leadByName lets the longest word of the name lead, if few words begin with it.
func (s *search) leadByName() error {
	longest := s.q.LongestWord()
	if longest == "" {
		return nil
	}
	found, err := list(s.ctx, s.db.read, func(rows *sql.Rows, v *string) error { return rows.Scan(v) }, `WITH RECURSIVE words(value) AS (
		SELECT min(value) FROM call_keys WHERE tenant = ?1 AND kind = 'name' AND value >= ?2
		UNION ALL
		SELECT (SELECT min(value) FROM call_keys WHERE tenant = ?1 AND kind = 'name' AND value > words.value) FROM words WHERE words.value IS NOT NULL AND words.value < ?3
		) SELECT value FROM words WHERE value IS NOT NULL AND value < ?3 LIMIT ?4`, s.tenant, longest, longest+"\U0010ffff", store.MaxLeadingWords+1)
	if err != nil || len(found) > store.MaxLeadingWords {
		return err
	}
	s.Lead, s.Values = store.KeyName, found
	return nil
}
