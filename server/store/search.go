package store

import (
	"cmp"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
)

// SQL searches calls in a database that speaks SQL and has the tables of docs/database.md.
// Keys that few calls have lead: they are walked in order of time, and every other
// condition is checked on the call's own row.
type SQL struct {
	// Contains is the condition that the text c.keys contains a parameter.
	Contains string
	// Join joins tables in the order in which they are written, if that can be told.
	Join string
	// Text writes a text as the database has it.
	Text func(string) string
	// Calls runs a query for these columns. Its parameters are question marks.
	Columns string
	Calls   func(query string, args []any) ([]Found, error)
	// Words returns up to limit words of names in a tenant's calls, from one on and before
	// another, each once.
	Words func(tenant int64, from, before string, limit int) ([]string, error)
}

// Found is a call and the number of its row.
type Found struct {
	Row int64
	Call
}

// maxLeadingWords is how many words may begin like a searched one for it to lead. Above
// that so many calls have it that walking by time finds them soon.
const maxLeadingWords = 64

// Search does what Calls.Search says.
func (db *SQL) Search(tenant int64, q Query) ([]Call, *Cursor, error) {
	if q.Limit <= 0 {
		return nil, nil, nil
	}
	s := &search{SQL: db, tenant: tenant, q: q}
	s.conditions()
	found, err := s.run()
	if err != nil {
		return nil, nil, err
	}
	out := make([]Call, 0, min(len(found), q.Limit))
	for i := range found[:min(len(found), q.Limit)] {
		out = append(out, found[i].Call)
	}
	if len(found) <= q.Limit {
		return out, nil, nil
	}
	last := found[q.Limit-1]
	return out, &Cursor{StartedAt: last.Summary.StartedAt, Row: last.Row}, nil
}

type search struct {
	*SQL
	tenant int64
	q      Query
	// lead is the kind of key that leads, "" when time leads; a call has one of the values.
	lead   KeyKind
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
func (s *search) must(kind KeyKind, values ...string) {
	if s.lead == "" {
		s.lead, s.values = kind, values
		return
	}
	s.has(kind, "\n", values...)
}

// has adds the condition on the row; end is "\n" for whole values and "" for beginnings.
func (s *search) has(kind KeyKind, end string, values ...string) {
	var any []string
	for _, v := range values {
		any = append(any, s.Contains)
		s.args = append(s.args, s.Text("\n"+string(kind)+":"+v+end))
	}
	s.where = append(s.where, "("+strings.Join(any, " OR ")+")")
}

// conditions in the order in which they should lead.
func (s *search) conditions() {
	q := s.q
	if q.Session != "" {
		s.must(KeySession, SessionKey(q.Session))
	}
	if len(q.Numbers) > 0 {
		s.must(KeyNumber, q.Numbers...)
	}
	if q.Extension != "" {
		s.must(KeyExtension, q.Extension)
	}
	for _, word := range q.Words() {
		s.has(KeyName, "", word)
	}
	if q.Finding != "" {
		s.must(KeyFinding, string(q.Finding))
	}
	if q.Link != "" {
		s.must(KeyLink, string(q.Link))
	}
	if q.Outcome != "" {
		s.must(KeyOutcome, string(q.Outcome))
	}
	if q.Direction != "" {
		s.also(`c.direction = ?`, s.Text(string(q.Direction)))
	}
	switch q.Status {
	case "":
	case call.Open:
		s.also(`c.status <> 'final'`)
	default:
		s.also(`c.status = ?`, s.Text(string(q.Status)))
	}
}

// run returns one call more than the limit, where there is one.
func (s *search) run() ([]Found, error) {
	if s.lead == "" {
		if err := s.leadByName(); err != nil {
			return nil, err
		}
	}
	if s.lead == "" {
		return s.walk(`calls c`, `c.started_ms`, `c.row`, `c.tenant = ?`, s.tenant)
	}
	var all []Found
	for _, v := range s.values {
		found, err := s.walk(`call_keys k `+s.Join+` calls c ON c.row = k.call`, `k.started_ms`, `k.call`, `k.tenant = ? AND k.kind = ? AND k.value = ?`, s.tenant, string(s.lead), s.Text(v))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b Found) int {
		return cmp.Or(cmp.Compare(b.Summary.StartedAt, a.Summary.StartedAt), cmp.Compare(b.Row, a.Row))
	})
	all = slices.CompactFunc(all, func(a, b Found) bool { return a.Row == b.Row })
	return all[:min(len(all), s.q.Limit+1)], nil
}

// walk goes through calls from the latest on.
func (s *search) walk(from, started, row, where string, args ...any) ([]Found, error) {
	conditions := []string{where}
	add := func(text string, more ...any) {
		conditions = append(conditions, text)
		args = append(args, more...)
	}
	if a := s.q.After; a != nil {
		add(started+` <= ?`, int64(a.StartedAt))
		add(`(`+started+` < ? OR `+row+` < ?)`, int64(a.StartedAt), a.Row)
	}
	if s.q.From != 0 {
		add(started+` >= ?`, int64(s.q.From))
	}
	if s.q.To != 0 {
		add(started+` < ?`, int64(s.q.To))
	}
	conditions = append(conditions, s.where...)
	args = append(append(args, s.args...), s.q.Limit+1)
	return s.Calls(`SELECT `+s.Columns+` FROM `+from+` WHERE `+strings.Join(conditions, " AND ")+` ORDER BY `+started+` DESC, `+row+` DESC LIMIT ?`, args)
}

// leadByName lets the longest word of the name lead, if few words begin with it.
func (s *search) leadByName() error {
	words := s.q.Words()
	if len(words) == 0 {
		return nil
	}
	longest := slices.MaxFunc(words, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	found, err := s.SQL.Words(s.tenant, longest, longest+"\U0010ffff", maxLeadingWords+1)
	if err != nil || len(found) > maxLeadingWords {
		return err
	}
	s.lead, s.values = KeyName, found
	return nil
}
