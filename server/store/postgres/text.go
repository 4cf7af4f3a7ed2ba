package postgres

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// PostgreSQL's TEXT has no NUL and nothing but UTF-8; what RingCentral, or whoever posts
// in its place, sends may have both. mark begins what stands for one such byte in two
// hexadecimal digits. It is no character, so nobody meets it by chance.
const mark = "\U0010FFFF"

// clean makes a text that PostgreSQL takes; nearly always it is s.
func clean[S ~string | ~[]byte](s S) string {
	text := string(s)
	if utf8.ValidString(text) && !strings.Contains(text, "\x00") && !strings.Contains(text, mark) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == 0 || r == utf8.RuneError && n == 1 || r == utf8.MaxRune {
			for _, c := range []byte(text[i : i+n]) {
				fmt.Fprintf(&b, "%s%02x", mark, c)
			}
		} else {
			b.WriteString(text[i : i+n])
		}
		i += n
	}
	return b.String()
}

// dirty undoes clean.
func dirty(s string) string {
	if !strings.Contains(s, mark) {
		return s
	}
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(s, mark)
		b.WriteString(before)
		if !ok || len(after) < 2 {
			return b.String()
		}
		c, _ := strconv.ParseUint(after[:2], 16, 8)
		b.WriteByte(byte(c))
		s = after[2:]
	}
}

// scanned scans a text that clean wrote.
type scanned[S ~string | ~[]byte] struct{ to *S }

// undo is where a text is scanned to.
func undo[S ~string | ~[]byte](to *S) *scanned[S] { return &scanned[S]{to} }

// Scan implements sql.Scanner.
func (s *scanned[S]) Scan(v any) error {
	switch v := v.(type) {
	case string:
		*s.to = S(dirty(v))
	case []byte:
		*s.to = S(dirty(string(v)))
	case nil:
		*s.to = S("")
	default:
		return fmt.Errorf("a text, not %T", v)
	}
	return nil
}
