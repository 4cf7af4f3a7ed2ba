package store

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/legworkhq/legwork/recon/call"
)

// SQL searches calls in a database that speaks SQL and has the tables of docs/database.md.
//
// Of the keys that a call must have, one that few calls have leads: its calls are walked
// in order of time, and the other keys are looked up. All that is in the index of keys,
// where the latest calls of a key stand side by side. The rows of the calls that are found
// lie far from one another, and each may be a wait for the disk: they are read at the end,
// only those that are shown, and several at once. Only what no key tells, such as the
// direction, is looked at in the rows during the walk. Calls that are not final are few, and
// lead whatever else is asked.
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
	// Places runs a query for the time at which a call began and the number of its row.
	Places func(query string, args []any) ([]Cursor, error)
	// Parallel is how many queries may run at once.
	Parallel int
	// Words returns up to limit words of names in a tenant's calls, from one on and before
	// another, each once.
	Words func(tenant int64, from, before string, limit int) ([]string, error)
}

// Found is a call and the number of its row.
type Found struct {
	Row int64
	Call
}

// Search does what Calls.Search says.
func (db *SQL) Search(tenant int64, q Query) ([]Call, *Cursor, error) {
	if q.Limit <= 0 {
		return nil, nil, nil
	}
	s := &search{SQL: db, tenant: tenant, q: q}
	s.conditions()
	if err := s.names(); err != nil {
		return nil, nil, err
	}
	if err := s.choose(); err != nil {
		return nil, nil, err
	}
	if s.lead != nil && len(s.where) == 0 {
		return s.byKeys()
	}
	return s.byRows()
}

type search struct {
	*SQL
	tenant int64
	q      Query
	// keys are what a call must have. The one that leads is taken out; it is nil when time
	// leads.
	keys []*keyed
	lead *keyed
	// where and args are the conditions on the row of a call.
	where []string
	args  []any
	// unfinished: only calls that are not final.
	unfinished bool
}

// keyed is the condition that a call has a key with one of the values.
type keyed struct {
	kind   KeyKind
	values []string
}

func (s *search) also(where string, args ...any) {
	s.where = append(s.where, where)
	s.args = append(s.args, args...)
}

func (s *search) must(kind KeyKind, values ...string) {
	s.keys = append(s.keys, &keyed{kind, values})
}

// conditions in the order in which keys lead when all of them are rare.
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
	if q.Status != "" && q.Status != call.Final {
		s.also(`c.status <> 'final'`) // an index has these
		s.unfinished = true
	}
	if q.Status != "" && q.Status != call.Open {
		s.also(`c.status = ?`, s.Text(string(q.Status)))
	}
}

// maxWordsOfOne is how many words may begin like a searched one for them to be looked up as
// keys. Above that so many calls have it that walking through their rows finds them soon.
const maxWordsOfOne = 64

// names adds the words of a name, which are beginnings of keys.
func (s *search) names() error {
	words := s.q.Words()
	slices.SortStableFunc(words, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for _, word := range words {
		found, err := s.Words(s.tenant, word, word+"\U0010ffff", maxWordsOfOne+1)
		if err != nil {
			return err
		}
		if len(found) <= maxWordsOfOne {
			s.must(KeyName, found...)
		} else {
			s.also(s.Contains, s.Text("\n"+string(KeyName)+":"+word))
		}
	}
	return nil
}

// rare is how many calls a key may have to lead without being compared with others.
const rare = 1000

// choose takes out the key that leads: the first that is rare, or else the one whose calls
// lie farthest apart in time.
func (s *search) choose() error {
	if len(s.keys) == 0 || s.unfinished {
		return nil
	}
	best, at := 0, call.Time(0)
	for i, k := range s.keys {
		if len(s.keys) == 1 {
			break
		}
		dense, err := s.dense(k)
		if err != nil {
			return err
		}
		if dense == 0 {
			best = i
			break
		}
		if i == 0 || dense < at {
			best, at = i, dense
		}
	}
	s.lead = s.keys[best]
	s.keys = slices.Delete(s.keys, best, best+1)
	return nil
}

// dense is when the last of the many latest calls with a key began, 0 when there are not
// many.
func (s *search) dense(k *keyed) (at call.Time, err error) {
	many := max(1, rare/max(1, len(k.values)))
	for _, v := range k.values {
		w := s.walk(k.kind, v)
		found, err := s.Places(`SELECT k.started_ms, k.call FROM call_keys k `+w.latest()+` LIMIT 1 OFFSET ?`, append(w.args, many))
		if err != nil {
			return 0, err
		}
		if len(found) > 0 {
			at = max(at, found[0].StartedAt)
		}
	}
	return at, nil
}

// byKeys finds calls in the index of keys, and then reads the rows of those to be shown.
func (s *search) byKeys() ([]Call, *Cursor, error) {
	var all []Cursor
	for _, v := range s.lead.values {
		w := s.walk(s.lead.kind, v)
		s.others(w)
		found, err := s.Places(`SELECT k.started_ms, k.call FROM call_keys k `+w.latest()+` LIMIT ?`, append(w.args, s.q.Limit+1))
		if err != nil {
			return nil, nil, err
		}
		all = append(all, found...)
	}
	all, next := page(all, s.q.Limit, func(c Cursor) Cursor { return c })
	found, err := s.rows(all)
	if err != nil {
		return nil, nil, err
	}
	out := make([]Call, 0, len(all))
	for _, place := range all {
		if c := found[place.Row]; c != nil && c.Summary.StartedAt == place.StartedAt { // it is still there, not another in its row
			out = append(out, *c)
		}
	}
	return out, next, nil
}

// byRows finds calls by what stands in their rows, led by a key or by time.
func (s *search) byRows() ([]Call, *Cursor, error) {
	var walks []*walk
	from := `calls c`
	if s.lead == nil {
		walks = append(walks, s.walkTime())
	} else {
		from = `call_keys k ` + s.Join + ` calls c ON c.row = k.call`
		for _, v := range s.lead.values {
			walks = append(walks, s.walk(s.lead.kind, v))
		}
	}
	var all []Found
	for _, w := range walks {
		s.others(w)
		w.where, w.args = append(w.where, s.where...), append(w.args, s.args...)
		found, err := s.Calls(`SELECT `+s.Columns+` FROM `+from+` `+w.latest()+` LIMIT ?`, append(w.args, s.q.Limit+1))
		if err != nil {
			return nil, nil, err
		}
		all = append(all, found...)
	}
	all, next := page(all, s.q.Limit, func(f Found) Cursor { return Cursor{StartedAt: f.Summary.StartedAt, Row: f.Row} })
	out := make([]Call, len(all))
	for i := range all {
		out[i] = all[i].Call
	}
	return out, next, nil
}

// page puts what walks found in order, each once, cuts it, and says where to go on.
func page[T any](all []T, limit int, at func(T) Cursor) ([]T, *Cursor) {
	slices.SortFunc(all, func(a, b T) int {
		return cmp.Or(cmp.Compare(at(b).StartedAt, at(a).StartedAt), cmp.Compare(at(b).Row, at(a).Row))
	})
	all = slices.CompactFunc(all, func(a, b T) bool { return at(a).Row == at(b).Row })
	if len(all) <= limit {
		return all, nil
	}
	next := at(all[limit-1])
	return all[:limit], &next
}

// fewRows are read by one query.
const fewRows = 6

// rows reads calls, several at once: what they wait for, they wait for together.
func (s *search) rows(places []Cursor) (map[int64]*Call, error) {
	size := max(fewRows, (len(places)+s.Parallel-1)/max(1, s.Parallel))
	parts := slices.Collect(slices.Chunk(places, size))
	found, errs := make([][]Found, len(parts)), make([]error, len(parts))
	var wg sync.WaitGroup
	for i, part := range parts {
		read := func() { found[i], errs[i] = s.part(part) }
		if i == len(parts)-1 {
			read()
		} else {
			wg.Go(read)
		}
	}
	wg.Wait()
	out := make(map[int64]*Call, len(places))
	for _, part := range found {
		for i := range part {
			out[part[i].Row] = &part[i].Call
		}
	}
	return out, errors.Join(errs...)
}

// part reads calls by the numbers of their rows. The plus keeps a planner from the indexes
// that begin with the tenant.
func (s *search) part(places []Cursor) ([]Found, error) {
	args := make([]any, len(places), len(places)+1)
	for i, p := range places {
		args[i] = p.Row
	}
	return s.Calls(`SELECT `+s.Columns+` FROM calls c WHERE c.row IN (`+marks(len(places))+`) AND +c.tenant = ?`, append(args, s.tenant))
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

// walk goes through calls from the latest on.
type walk struct {
	started, row string // columns
	where        []string
	args         []any
}

func (w *walk) also(where string, args ...any) {
	w.where = append(w.where, where)
	w.args = append(w.args, args...)
}

// walk goes through the calls that have a key.
func (s *search) walk(kind KeyKind, value string) *walk {
	w := &walk{started: `k.started_ms`, row: `k.call`}
	w.also(`k.tenant = ? AND k.kind = ? AND k.value = ?`, s.tenant, string(kind), s.Text(value))
	w.within(s.q)
	return w
}

func (s *search) walkTime() *walk {
	w := &walk{started: `c.started_ms`, row: `c.row`}
	w.also(`c.tenant = ?`, s.tenant)
	w.within(s.q)
	return w
}

// within is the time of the search, and the page.
func (w *walk) within(q Query) {
	if a := q.After; a != nil {
		w.also(w.started+` <= ?`, int64(a.StartedAt))
		w.also(`(`+w.started+` < ? OR `+w.row+` < ?)`, int64(a.StartedAt), a.Row)
	}
	if q.From != 0 {
		w.also(w.started+` >= ?`, int64(q.From))
	}
	if q.To != 0 {
		w.also(w.started+` < ?`, int64(q.To))
	}
}

// others looks the keys up that do not lead. OFFSET keeps a planner from making a join of
// it, which would begin with all calls of the other key.
func (s *search) others(w *walk) {
	for _, k := range s.keys {
		if len(k.values) == 0 {
			w.also(`0 = 1`)
			continue
		}
		args := []any{s.tenant, string(k.kind)}
		for _, v := range k.values {
			args = append(args, s.Text(v))
		}
		w.also(`EXISTS (SELECT 1 FROM call_keys o WHERE o.tenant = ? AND o.kind = ? AND o.value IN (`+marks(len(k.values))+`)
			AND o.started_ms = `+w.started+` AND o.call = `+w.row+` LIMIT 1 OFFSET 0)`, args...)
	}
}

func (w *walk) latest() string {
	return `WHERE ` + strings.Join(w.where, " AND ") + ` ORDER BY ` + w.started + ` DESC, ` + w.row + ` DESC`
}
