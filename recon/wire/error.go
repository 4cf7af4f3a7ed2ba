package wire

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrNoSession is wrapped by the error for a telephony notification whose body
// has no telephonySessionId, which is the key of everything.
var ErrNoSession = errors.New("body has no telephonySessionId")

// ErrOtherKind is wrapped by the error for well-formed JSON that is no telephony
// session notification: a presence event, a heartbeat, an answer to a request.
var ErrOtherKind = errors.New("not a telephony session notification")

// Error says why bytes are no notification, and where.
type Error struct {
	// Offset is the byte at which the trouble starts, from 0.
	Offset int64
	// Field is the path of the member concerned, such as
	// body.parties[1].status.code. Empty at the top.
	Field string
	// Text says what is wrong.
	Text string
	// Err is ErrNoSession, ErrOtherKind or nil.
	Err error
}

// Error reads "byte 512, field body.sequence: want a number, got a string".
func (e *Error) Error() string { return e.text("", 0) }

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }

// text writes the message with a prefix and offsets counted from base.
func (e *Error) text(prefix string, base int64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%sbyte %d", prefix, base+e.Offset)
	if e.Field != "" {
		b.WriteString(", field ")
		b.WriteString(e.Field)
	}
	b.WriteString(": ")
	if e.Err != nil {
		b.WriteString(e.Err.Error())
		if e.Text != "" {
			b.WriteString(": ")
		}
	}
	b.WriteString(e.Text)
	return b.String()
}

// RecordError says which record of an input could not be read, and why. The input
// goes on after it unless Fatal is true.
type RecordError struct {
	// Line is the line on which the record starts, from 1.
	Line int
	// Offset is the byte at which the record starts in the decompressed input, from 0.
	Offset int64
	// Length is the number of bytes passed over, 0 when Decode refused the record.
	Length int64
	// Fatal says that the input itself failed; nothing can follow but io.EOF.
	Fatal bool
	// Err is the cause: an *Error, ErrTooLong, ErrFraming, or the error of the input.
	Err error
}

// Error reads "line 17, byte 20533, field body.sequence: want a number, got a
// string"; the byte is the place of the trouble, counted from the start of the
// input.
func (e *RecordError) Error() string {
	line := "line " + strconv.Itoa(e.Line) + ", "
	if inner, ok := e.Err.(*Error); ok {
		return inner.text(line, e.Offset)
	}
	if e.Length > 0 {
		return fmt.Sprintf("%sbyte %d: %v (%d bytes passed over)", line, e.Offset, e.Err, e.Length)
	}
	return fmt.Sprintf("%sbyte %d: %v", line, e.Offset, e.Err)
}

// Unwrap returns e.Err.
func (e *RecordError) Unwrap() error { return e.Err }

// level is one open object or array on the way to a place in a text.
type level struct {
	array bool
	index int    // of the element, in an array
	key   string // of the member, in an object
}

// fieldPath names the member that offset at of b belongs to. b need be JSON only
// before at, so it serves every kind of error.
func fieldPath(b []byte, at int) string {
	var path []byte
	for _, l := range levelsAt(b, at) {
		switch {
		case l.array:
			path = append(strconv.AppendInt(append(path, '['), int64(l.index), 10), ']')
		case plainKey(l.key):
			if len(path) > 0 {
				path = append(path, '.')
			}
			path = append(path, l.key...)
		case l.key != "":
			path = append(strconv.AppendQuote(append(path, '['), shorten(l.key)), ']')
		}
	}
	return string(path)
}

// levelsAt walks b up to offset at. What starts at at is not entered or left; a
// member name there counts.
func levelsAt(b []byte, at int) []level {
	var stack []level
	wantKey := false
	for i := 0; i < len(b) && i <= at; i++ {
		top := len(stack) - 1
		if c := b[i]; c == '"' {
			end := stringEnd(b, i)
			if end < 0 {
				break
			}
			if wantKey && top >= 0 {
				stack[top].key = unquote(string(b[i+1 : end]))
				wantKey = false
			}
			i = end
		} else if i == at {
			break
		} else if c == '{' || c == '[' {
			stack = append(stack, level{array: c == '['})
			wantKey = c == '{'
		} else if top >= 0 && (c == '}' || c == ']') {
			stack, wantKey = stack[:top], false
		} else if top >= 0 && c == ',' {
			stack[top].index++
			stack[top].key = ""
			wantKey = !stack[top].array
		}
	}
	return stack
}

// stringEnd returns the offset of the quote that closes the string opened at i,
// -1 when there is none.
func stringEnd(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// plainKey reports whether a member name can stand in a path unquoted.
func plainKey(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c <= ' ' || c >= 0x7f || c == '.' || c == '[' || c == ']' || c == '"' {
			return false
		}
	}
	return s != "" && len(s) <= maxQuoted
}

// maxQuoted bounds what an error repeats of its input, in bytes.
const maxQuoted = 120

func shorten(s string) string {
	if len(s) <= maxQuoted {
		return s
	}
	cut := maxQuoted
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "..."
}
