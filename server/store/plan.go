package store

import (
	"cmp"
	"slices"
	"strings"
)

// Plan is how calls are searched by their keys, whatever the database: the keys of one
// kind lead and are walked in order of time, all else is checked on the call's own row.
type Plan struct {
	// Lead is the kind of key that leads, "" when nothing but time does; the call has one
	// of Values.
	Lead   KeyKind
	Values []string
	// Has are further conditions. Of each, one pattern stands in the KeyLines of the call.
	Has [][]string
}

// Plan says how to search by what stands in the keys. Words of a name do not lead: see
// LeadByName.
func (q *Query) Plan() Plan {
	var p Plan
	if q.Session != "" {
		p.must(KeySession, SessionKey(q.Session))
	}
	if len(q.Numbers) > 0 {
		p.must(KeyNumber, q.Numbers...)
	}
	if q.Extension != "" {
		p.must(KeyExtension, q.Extension)
	}
	for _, word := range q.Words() {
		p.has(KeyName, "", word)
	}
	if q.Finding != "" {
		p.must(KeyFinding, string(q.Finding))
	}
	if q.Link != "" {
		p.must(KeyLink, string(q.Link))
	}
	if q.Outcome != "" {
		p.must(KeyOutcome, string(q.Outcome))
	}
	return p
}

// must lets the values lead, or adds the condition that a call has one of them.
func (p *Plan) must(kind KeyKind, values ...string) {
	if p.Lead == "" {
		p.Lead, p.Values = kind, values
		return
	}
	p.has(kind, "\n", values...)
}

// has adds a condition; end is "\n" for whole values and "" for beginnings.
func (p *Plan) has(kind KeyKind, end string, values ...string) {
	var patterns []string
	for _, v := range values {
		patterns = append(patterns, "\n"+string(kind)+":"+v+end)
	}
	p.Has = append(p.Has, patterns)
}

// MaxLeadingWords is how many words may begin like a searched one for it to lead. Above
// that so many calls have it that walking by time finds them soon.
const MaxLeadingWords = 64

// LongestWord is that of a name's words which may lead, "" for none.
func (q *Query) LongestWord() string {
	words := q.Words()
	if len(words) == 0 {
		return ""
	}
	return slices.MaxFunc(words, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
}

// KeyLines writes keys as calls.keys has them: a line each, with a line end before the
// first one, so that "\nkind:value\n" finds a whole key and "\nkind:val" its beginning.
func KeyLines(keys []Key) string {
	var b strings.Builder
	b.WriteByte('\n')
	for _, k := range keys {
		b.WriteString(string(k.Kind))
		b.WriteByte(':')
		b.WriteString(strings.ReplaceAll(k.Value, "\n", " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// CutKey takes a line of KeyLines apart.
func CutKey(line string) (k Key, ok bool) {
	kind, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
	return Key{KeyKind(kind), value}, ok
}
