package view

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// markup is XML in the making. Only raw writes what is not escaped, and gets nothing
// that came from outside.
type markup struct{ b []byte }

func (m *markup) raw(s string) *markup { m.b = append(m.b, s...); return m }

func (m *markup) num(n int) *markup { m.b = strconv.AppendInt(m.b, int64(n), 10); return m }

// value writes all of a value, for an attribute or a text: an id must never be cut, and
// what people read was cut before.
func (m *markup) value(s string) *markup {
	for _, r := range s {
		switch {
		case r == '&':
			m.raw("&amp;")
		case r == '<':
			m.raw("&lt;")
		case r == '>':
			m.raw("&gt;")
		case r == '"':
			m.raw("&#34;")
		case r == '\'':
			m.raw("&#39;")
		case ' ' <= r && r < 0x7f:
			m.b = append(m.b, byte(r))
		default:
			m.b = utf8.AppendRune(m.b, xmlRune(r))
		}
	}
	return m
}

// xmlRune is visible, without the two noncharacters that XML forbids.
func xmlRune(r rune) rune {
	if r == 0xfffe || r == 0xffff {
		return utf8.RuneError
	}
	return visible(r)
}

// attr writes an attribute, nothing when there is no value.
func (m *markup) attr(name, v string) *markup {
	if v == "" {
		return m
	}
	return m.raw(" ").raw(name).raw(`="`).value(v).raw(`"`)
}

func (m *markup) numAttr(name string, n int) *markup {
	return m.raw(" ").raw(name).raw(`="`).num(n).raw(`"`)
}

func (m *markup) tooltip(s string) *markup { return m.raw("<title>").value(s).raw("</title>") }

// rect writes a rectangle; fill is the id of a pattern, "" to leave it to the class.
func (m *markup) rect(class string, x, y, w, h, round int, fill string) {
	m.raw(`<rect class="`).raw(class).raw(`"`)
	m.numAttr("x", x).numAttr("y", y).numAttr("width", w).numAttr("height", max(h, 1))
	if round > 0 {
		m.numAttr("rx", round)
	}
	if fill != "" {
		m.raw(` fill="url(#`).raw(fill).raw(`)"`)
	}
	m.raw("/>")
}

func (m *markup) line(class string, x1, y1, x2, y2 int) {
	m.raw(`<path class="`).raw(class).raw(`" d="M`).num(x1).raw(" ").num(y1).raw("L").num(x2).raw(" ").num(y2).raw(`"/>`)
}

func (m *markup) dot(class string, x, y, r int) {
	m.raw(`<circle class="`).raw(class).raw(`"`).numAttr("cx", x).numAttr("cy", y).numAttr("r", r).raw("/>")
}

// write puts a line of text; anchor is start, middle or end.
func (m *markup) write(class, anchor string, x, y int, s string) {
	m.raw(`<text class="`).raw(class).raw(`"`)
	if anchor != "start" {
		m.raw(` text-anchor="`).raw(anchor).raw(`"`)
	}
	m.numAttr("x", x).numAttr("y", y).raw(">").value(s).raw("</text>")
}

// cells is how wide a text is, in narrow characters: East Asian ones count for two.
func cells(s string) int {
	n := 0
	for _, r := range s {
		if n++; r >= 0x1100 {
			n++
		}
	}
	return n
}

// shorten cuts a text to a width in narrow characters.
func shorten(s string, width int) string {
	if cells(s) <= width {
		return s
	}
	var b strings.Builder
	n := 1
	for _, r := range s {
		if n += cells(string(r)); n > width {
			break
		}
		b.WriteRune(r)
	}
	return b.String() + "…"
}
