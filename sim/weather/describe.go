package weather

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/legworkhq/legwork/recon/wire"
)

// ParseError says where a description of a weather goes wrong, and how.
type ParseError struct {
	// Line and Column are the place, from 1; a column is a character.
	Line, Column int
	// Text says what is wrong.
	Text string
}

// Error reads "line 3, column 12: drop is 1.5; a probability is from 0 to 1".
func (e *ParseError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Text)
}

// Parse reads a weather's description: one JSON object whose members are named like
// the fields, the first letter small, each at most once. Durations are texts such as
// "90s" or "1m30s", and what is absent is zero. The error is a *ParseError, also for
// what Check refuses.
func Parse(data []byte) (Weather, error) {
	var w Weather
	p := &reader{text: bytes.TrimPrefix(data, []byte("\ufeff")), all: w.members(), where: map[string]int{}}
	if err := p.document(); err != nil {
		return Weather{}, err
	}
	if name, text := w.wrong(func(name string) string { return name }); name != "" {
		return Weather{}, p.fail(p.where[name], "%s %s", name, text)
	}
	return w, nil
}

// UnmarshalJSON reads a description as Parse does. JSON null changes nothing.
func (w *Weather) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	read, err := Parse(data)
	if err == nil {
		*w = read
	}
	return err
}

// MarshalJSON writes the description that Parse reads back as the same weather: the
// members that are not zero, in the order of the fields. The error is Check's.
func (w Weather) MarshalJSON() ([]byte, error) {
	if err := w.Check(); err != nil {
		return nil, err
	}
	b, inFilter := []byte{'{'}, false
	for _, m := range w.members() {
		if m.zero() {
			continue
		}
		name, nested := strings.CutPrefix(m.name, "filter.") // they are the last
		if nested && !inFilter {
			b, inFilter = append(appendName(b, "filter"), '{'), true
		}
		b = m.append(appendName(b, name))
	}
	if inFilter {
		b = append(b, '}')
	}
	return append(b, '}'), nil
}

// appendName writes a member's name, after a comma where there is one before it.
func appendName(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(strconv.AppendQuote(b, name), ':')
}

// append writes the member's value.
func (m member) append(b []byte) []byte {
	switch v := m.value.(type) {
	case *float64:
		return strconv.AppendFloat(b, *v, 'g', -1, 64)
	case *time.Duration:
		return strconv.AppendQuote(b, v.String())
	case *bool:
		return strconv.AppendBool(b, *v)
	case *wire.Direction:
		return appendText(b, string(*v))
	case *wire.Code:
		return appendText(b, string(*v))
	}
	return appendText(b, *m.value.(*string))
}

func appendText(b []byte, s string) []byte {
	text, _ := json.Marshal(s) // a string always has a JSON text
	return append(b, text...)
}

// reader reads a description.
type reader struct {
	text  []byte
	at    int // the end of the last token
	start int // its start
	all   []member
	where map[string]int // the offsets of the values read, by the member's path
}

// fail returns the error for what stands at an offset.
func (p *reader) fail(at int, format string, args ...any) error {
	before := p.text[:at]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	return &ParseError{
		Line:   bytes.Count(before, []byte{'\n'}) + 1,
		Column: utf8.RuneCount(line) + 1,
		Text:   fmt.Sprintf(format, args...),
	}
}

// document reads the whole text.
func (p *reader) document() error {
	if bad := firstInvalid(p.text); bad >= 0 {
		return p.fail(bad, "not UTF-8")
	}
	switch t := p.token(); {
	case t == "":
		return p.fail(p.start, `the description is empty; want an object such as {"drop": 0.01}, or {} for calm`)
	case t != "{":
		return p.fail(p.start, "want an object, got %s", shown(t))
	}
	if err := p.object(""); err != nil {
		return err
	}
	if t := p.token(); t != "" {
		return p.fail(p.start, "want nothing after the object, got %s", shown(t))
	}
	return nil
}

// object reads members up to the brace that closes them; prefix is the path of the
// object itself.
func (p *reader) object(prefix string) error {
	t := p.token()
	if t == "}" {
		return nil
	}
	for {
		if err := p.member(prefix, t); err != nil {
			return err
		}
		switch t = p.token(); t {
		case "}":
			return nil
		case ",":
			t = p.token()
		default:
			return p.fail(p.start, "want ',' or '}', got %s", shown(t))
		}
	}
}

// member reads a member whose name is the token t.
func (p *reader) member(prefix, t string) error {
	at := p.start
	name, ok := unquote(t)
	if !ok {
		return p.fail(at, "want a member's name in quotes, got %s", shown(t))
	}
	path, legal := prefix+name, p.legal(prefix)
	if !slices.Contains(legal, name) {
		return p.fail(at, "unknown member %s; legal: %s", shown(strconv.Quote(path)), strings.Join(legal, ", "))
	}
	if _, twice := p.where[path]; twice {
		return p.fail(at, "%s stands twice", path)
	}
	if t = p.token(); t != ":" {
		return p.fail(p.start, "want ':' after %s, got %s", path, shown(t))
	}
	t = p.token()
	p.where[path] = p.start
	m := find(p.all, path)
	if m.value != nil {
		return p.value(m, t)
	}
	if t != "{" {
		return p.fail(p.start, "%s: want an object, got %s", path, shown(t))
	}
	return p.object(path + ".")
}

// legal lists the members of the object at a path, sorted.
func (p *reader) legal(prefix string) (names []string) {
	for _, m := range p.all {
		if rest, ok := strings.CutPrefix(m.name, prefix); ok {
			name, _, _ := strings.Cut(rest, ".")
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// value stores what the token t says.
func (p *reader) value(m member, t string) error {
	if want := m.read(t); want != "" {
		return p.fail(p.start, "%s: want %s, got %s", m.name, want, shown(t))
	}
	return nil
}

// read stores what the token t says, or tells what the member wants instead.
func (m member) read(t string) (want string) {
	ok := false
	switch v := m.value.(type) {
	case *float64:
		*v, ok = number(t)
		want = "a number from 0 to 1"
	case *time.Duration:
		*v, ok = duration(t)
		want = `a duration such as "90s" or "1m30s"`
	case *bool:
		*v, ok = t == "true", t == "true" || t == "false"
		want = "true or false"
	case *wire.Direction:
		want, ok = readText(v, t)
	case *wire.Code:
		want, ok = readText(v, t)
	case *string:
		want, ok = readText(v, t)
	}
	if ok {
		return ""
	}
	return want
}

// number reads a number token. One out of range is infinite, and Check's to refuse.
func number(t string) (f float64, ok bool) {
	if t == "" || strings.IndexByte("-0123456789", t[0]) < 0 || !json.Valid([]byte(t)) {
		return 0, false
	}
	f, _ = strconv.ParseFloat(t, 64)
	return f, true
}

func duration(t string) (d time.Duration, ok bool) {
	s, ok := unquote(t)
	if !ok {
		return 0, false
	}
	d, err := time.ParseDuration(s)
	return d, err == nil
}

func readText[T ~string](v *T, t string) (want string, ok bool) {
	s, ok := unquote(t)
	*v = T(s)
	return "a text", ok
}

// token returns the next token, "" at the end: a brace, bracket, comma or colon, a
// string with its quotes, or whatever else stands together.
func (p *reader) token() string {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
	p.start = p.at
	switch rest := p.text[p.at:]; {
	case len(rest) == 0:
	case rest[0] == '"':
		p.at += stringLen(rest)
	case strings.IndexByte("{}[],:", rest[0]) >= 0:
		p.at++
	default:
		p.at += wordLen(rest)
	}
	return string(p.text[p.start:p.at])
}

// stringLen returns the length of the string that b begins with, all of b when it is
// not closed.
func stringLen(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

func wordLen(b []byte) int {
	if end := bytes.IndexAny(b, " \t\r\n{}[],:\""); end >= 0 {
		return end
	}
	return len(b)
}

// unquote reads a string token, and reports whether it is one.
func unquote(t string) (s string, ok bool) {
	if !strings.HasPrefix(t, `"`) {
		return "", false
	}
	return s, json.Unmarshal([]byte(t), &s) == nil
}

// shown is how an error repeats a token.
func shown(t string) string {
	const most = 40
	switch r := []rune(t); {
	case t == "":
		return "the end"
	case len(r) > most:
		return strings.ToValidUTF8(string(r[:most]), "") + "..."
	}
	return t
}

// firstInvalid returns the offset of the first byte that is not UTF-8, -1 when there
// is none.
func firstInvalid(b []byte) int {
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}
