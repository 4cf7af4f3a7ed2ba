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
	// lead is one of the values that a call must have, of the kind that leads; none when
	// time leads.
	kind   store.KeyKind
	values []string
	// where and args are the other conditions.
	where []string
	args  []any
}

func (s *search) also(where string, args ...any) {
	s.where = append(s.where, where)
	s.args = append(s.args, args...)
}

// must adds the condition that a call has one of the values, or lets it lead.
func (s *search) must(kind store.KeyKind, values ...string) {
	if s.kind == "" {
		s.kind, s.values = kind, values
		return
	}
	s.has(kind, "\n", values...)
}

// has adds the condition on the row; end is "\n" for whole values and "" for beginnings.
func (s *search) has(kind store.KeyKind, end string, values ...string) {
	var any []string
	for _, v := range values {
		any = append(any, `instr(c.keys, ?) > 0`)
		s.args = append(s.args, "\n"+string(kind)+":"+v+end)
	}
	s.where = append(s.where, "("+strings.Join(any, " OR ")+")")
}

// conditions in the order in which they should lead.
func (s *search) conditions() {
	q := s.q
	if q.Session != "" {
		s.must(store.KeySession, store.SessionKey(q.Session))
	}
	if len(q.Numbers) > 0 {
		s.must(store.KeyNumber, q.Numbers...)
	}
	if q.Extension != "" {
		s.must(store.KeyExtension, q.Extension)
	}
	for _, word := range q.Words() {
		s.has(store.KeyName, "", word)
	}
	if q.Finding != "" {
		s.must(store.KeyFinding, string(q.Finding))
	}
	if q.Link != "" {
		s.must(store.KeyLink, string(q.Link))
	}
	if q.Outcome != "" {
		s.must(store.KeyOutcome, string(q.Outcome))
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
	if s.kind == "" {
		if err := s.leadByName(); err != nil {
			return nil, err
		}
	}
	if s.kind == "" {
		return s.walk(`calls c`, `c.started_ms`, `c.row`, `c.tenant = ?`, s.tenant)
	}
	var all []scanned
	for _, v := range s.values {
		found, err := s.walk(`call_keys k CROSS JOIN calls c ON c.row = k.call`, `k.started_ms`, `k.call`, `k.tenant = ? AND k.kind = ? AND k.value = ?`, s.tenant, string(s.kind), v)
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

// maxWords is how many words may begin like a searched one for it to lead. Above that so
// many calls have it that walking by time finds them soon.
const maxWords = 64

// leadByName lets the longest word of the name lead, if few words begin with it.
func (s *search) leadByName() error {
	words := s.q.Words()
	if len(words) == 0 {
		return nil
	}
	longest := slices.MaxFunc(words, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	found, err := list(s.ctx, s.db.read, func(rows *sql.Rows, v *string) error { return rows.Scan(v) }, `WITH RECURSIVE words(value) AS (
		SELECT min(value) FROM call_keys WHERE tenant = ?1 AND kind = 'name' AND value >= ?2
		UNION ALL
		SELECT (SELECT min(value) FROM call_keys WHERE tenant = ?1 AND kind = 'name' AND value > words.value) FROM words WHERE words.value IS NOT NULL AND words.value < ?3
		) SELECT value FROM words WHERE value IS NOT NULL AND value < ?3 LIMIT ?4`, s.tenant, longest, longest+"\U0010ffff", maxWords+1)
	if err != nil || len(found) > maxWords {
		return err
	}
	s.kind, s.values = store.KeyName, found
	return nil
}
