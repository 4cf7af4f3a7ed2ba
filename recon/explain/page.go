package explain

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// page writes wrapped lines and remembers the first error.
type page struct {
	w     io.Writer
	width int
	color bool
	err   error
}

const (
	defaultWidth = 80
	leastWidth   = 40
)

func newPage(w io.Writer, opt Options) *page {
	p := &page{w: w, width: opt.Width, color: opt.Color}
	if p.width <= 0 {
		p.width = defaultWidth
	}
	p.width = max(p.width, leastWidth)
	return p
}

// Styles of a line, in the terminal's words.
const (
	plain = ""
	bold  = "\x1b[1m"
	faint = "\x1b[2m"
	reset = "\x1b[0m"
)

// heading writes a section's title after an empty line.
func (p *page) heading(format string, args ...any) {
	p.raw("\n")
	p.text(bold, "", "", fmt.Sprintf(format, args...))
}

// para writes text at an indent.
func (p *page) para(indent, text string) { p.text(plain, indent, indent, text) }

// item writes text after a mark, its further lines below the text.
func (p *page) item(mark, text string) {
	p.text(plain, mark, strings.Repeat(" ", utf8.RuneCountInString(mark)), text)
}

// text wraps and writes one paragraph. Whatever it holds is made visible here, so
// that nothing from outside can reach the terminal raw.
func (p *page) text(style, first, rest, text string) {
	indent := first
	for _, line := range wrap(visible(text), p.width-utf8.RuneCountInString(first), p.width-utf8.RuneCountInString(rest)) {
		if p.color && style != plain {
			line = style + line + reset
		}
		p.raw(strings.TrimRight(indent+line, " ") + "\n")
		indent = rest
	}
}

func (p *page) raw(s string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, s)
	}
}

// wrap breaks text at spaces into a first line and further ones of at most so many
// characters, and a word that is longer than a line where the line ends. Runs of
// spaces inside a line stay.
func wrap(text string, first, further int) []string {
	width := first
	var out []string
	rest := []rune(text)
	for len(rest) > width {
		cut := width
		for cut > 0 && rest[cut] != ' ' {
			cut--
		}
		if cut == 0 {
			cut = width
		}
		out = append(out, strings.TrimRight(string(rest[:cut]), " "))
		rest = []rune(strings.TrimLeft(string(rest[cut:]), " "))
		width = further
	}
	return append(out, string(rest))
}
