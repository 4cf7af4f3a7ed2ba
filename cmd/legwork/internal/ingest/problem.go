package ingest

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Problem is what is wrong with a record or with a source.
type Problem struct {
	Source string
	// Line of the record, from 1; 0 for a source that could not be opened.
	Line int
	// Offset in bytes from the beginning of the source, uncompressed, at which the
	// trouble is.
	Offset int64
	Field  string // such as body.parties[0].status.code, "" when there is none
	Text   string
}

// ProblemOf describes an item whose Err is set.
func ProblemOf(it *Item) Problem {
	p := Problem{Source: it.Source.Name, Line: it.Line, Offset: it.Offset, Text: it.Err.Error()}
	var d *decodeError
	if errors.As(it.Err, &d) {
		p.Offset, p.Field, p.Text = it.Offset+d.Offset, d.Field, d.Text
		if p.Text == "" && d.Err != nil {
			p.Text = d.Err.Error()
		}
	}
	switch {
	case errors.Is(it.Err, errOtherKind):
		p.Text = "another kind of event, ignored: " + p.Text
	case errors.Is(it.Err, errNoSession):
		p.Text += ", ignored"
	}
	return p
}

// String is "source:line: byte N: field: text", on one line and free of control
// characters whatever the input held.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.Source)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d: byte %d", p.Line, p.Offset)
	}
	if p.Field != "" {
		b.WriteString(": ")
		b.WriteString(printable(p.Field, 120))
	}
	b.WriteString(": ")
	b.WriteString(printable(p.Text, 300))
	return b.String()
}

// printable replaces what a terminal could act on and cuts s after max bytes.
func printable(s string, max int) string {
	if len(s) > max {
		cut := max
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "..."
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, s)
}

// MaxProblems is how many problems of one source a Reporter prints.
const MaxProblems = 20

// Reporter prints problems, the first MaxProblems of each source one a line, and
// counts the others.
type Reporter struct {
	W      io.Writer
	source string
	count  int
}

// Report prints or counts p.
func (r *Reporter) Report(p Problem) {
	if p.Source != r.source {
		r.Close()
		r.source = p.Source
	}
	if r.count++; r.count <= MaxProblems {
		fmt.Fprintln(r.W, p)
	}
}

// Close says how many problems of the last source were only counted.
func (r *Reporter) Close() {
	if more := r.count - MaxProblems; more > 0 {
		fmt.Fprintf(r.W, "%s: %d more messages like these are not shown\n", r.source, more)
	}
	r.count = 0
}
