package view

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longest is how many characters of one outside value are shown.
const longest = 120

// clean makes a value from outside fit for one line of a terminal: control
// characters, invisible format characters (among them the ones that turn the
// direction of writing), line separators and broken UTF-8 become U+FFFD, white space
// becomes a space, and what is too long is cut.
func clean(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n == longest {
			b.WriteRune('…')
			break
		}
		b.WriteRune(visible(r))
		n++
	}
	return b.String()
}

func plain(s string) bool {
	if len(s) > longest {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func visible(r rune) rune {
	switch {
	case r == '\t' || r == '\n' || r == '\r' || unicode.Is(unicode.Zs, r):
		return ' '
	case unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp), unicode.Is(unicode.Variation_Selector, r):
		return utf8.RuneError
	}
	return r
}

// mermaidUnsafe are the characters with a meaning in Mermaid or in the HTML that it
// writes: they end a statement or begin an entity, a tag, a comment, a formula or a
// setting.
const mermaidUnsafe = ";#<>\"`%{}\\$:|"

var endWord = regexp.MustCompile(`(?i)\bend\b`)

// mermaidLabel makes a value safe as a Mermaid alias, message or note. The bare word
// "end" closes a block in Mermaid, so it is put in parentheses.
func mermaidLabel(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(mermaidUnsafe, r):
			return ' '
		case r == '&':
			return '+'
		}
		return r
	}, clean(s))
	s = endWord.ReplaceAllString(strings.Join(strings.Fields(s), " "), "($0)")
	if s == "" {
		return "?"
	}
	return s
}

var dotEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// dotLines quotes values as one DOT string with a line each. A backslash is doubled,
// for Graphviz gives \N, \G and \n a meaning of their own.
func dotLines(lines ...string) string {
	kept := lines[:0:0]
	for _, l := range lines {
		if l != "" {
			kept = append(kept, dotEscaper.Replace(clean(l)))
		}
	}
	return `"` + strings.Join(kept, `\n`) + `"`
}

// dotID quotes an id as it is, without cutting it: two ids must never become one.
func dotID(s string) string {
	return `"` + dotEscaper.Replace(strings.Map(visible, s)) + `"`
}

// tableCell is a value for a cell, "-" when there is none.
func tableCell(s string) string {
	if s = strings.TrimSpace(clean(s)); s == "" {
		return "-"
	}
	return s
}

var phoneNumber = regexp.MustCompile(`^\+[0-9]+$`)

// formula begins what a spreadsheet would compute, some of them also where the sign is wide.
var formula = regexp.MustCompile(`^ *[=+\-@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]`)

// csvCell keeps a spreadsheet from reading a value as a formula.
func csvCell(s string) string {
	s = clean(s)
	if formula.MatchString(s) && !phoneNumber.MatchString(s) {
		return "'" + s
	}
	return s
}
