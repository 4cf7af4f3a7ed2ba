// Package logging is how the server logs: structured, without anybody's number or name
// unless that is asked for, and once for a cause that comes again and again.
package logging

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Once is the key of an attribute that names a cause. Records with an equal value are
// written the first time, and then no more than once in Every, with the number of those
// that were left out. The attribute itself is not written.
const Once = "once"

// Every is how often a cause that goes on is written.
const Every = 10 * time.Minute

// maxCauses bounds how many causes are remembered.
const maxCauses = 10_000

// New wraps a handler. With numbers, phone numbers are written as they are. now is the
// clock; nil means time.Now.
func New(next slog.Handler, numbers bool, now func() time.Time) slog.Handler {
	if now == nil {
		now = time.Now
	}
	return &handler{next: next, numbers: numbers, now: now, causes: &causes{seen: map[string]*cause{}}}
}

type handler struct {
	next    slog.Handler
	numbers bool
	now     func() time.Time
	causes  *causes
}

type causes struct {
	mu   sync.Mutex
	seen map[string]*cause
}

type cause struct {
	at      time.Time
	leftOut int
}

// let reports whether a cause may be written now, and how many were left out before.
func (c *causes) let(name string, now time.Time) (bool, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.seen[name]
	if s == nil {
		if len(c.seen) >= maxCauses {
			clear(c.seen)
		}
		c.seen[name] = &cause{at: now}
		return true, 0
	}
	if now.Sub(s.at) < Every {
		s.leftOut++
		return false, 0
	}
	n := s.leftOut
	*s = cause{at: now}
	return true, n
}

func (h *handler) Enabled(ctx context.Context, l slog.Level) bool { return h.next.Enabled(ctx, l) }

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, r.Level, h.text(r.Message), r.PC)
	name := ""
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == Once {
			name = a.Value.String()
			return true
		}
		out.AddAttrs(h.attr(a))
		return true
	})
	if name != "" {
		ok, n := h.causes.let(name, h.now())
		if !ok {
			return nil
		}
		if n > 0 {
			out.AddAttrs(slog.Int("again", n))
		}
	}
	return h.next.Handle(ctx, out)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	masked := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		masked[i] = h.attr(a)
	}
	c := *h
	c.next = h.next.WithAttrs(masked)
	return &c
}

func (h *handler) WithGroup(name string) slog.Handler {
	c := *h
	c.next = h.next.WithGroup(name)
	return &c
}

func (h *handler) attr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, h.text(v.String()))
	case slog.KindGroup:
		var in []any
		for _, g := range v.Group() {
			in = append(in, h.attr(g))
		}
		return slog.Group(a.Key, in...)
	case slog.KindAny:
		return slog.String(a.Key, h.text(fmt.Sprint(v.Any())))
	}
	return a
}

func (h *handler) text(s string) string {
	if h.numbers {
		return s
	}
	return Mask(s)
}

// shortest is the length of the shortest run of digits that is taken for a phone number.
const shortest = 7

// Mask replaces what looks like a phone number: seven digits or more, with a plus,
// spaces, dots, dashes and brackets between; all but the last two become x. Digits that
// are part of a word, such as those of an id, stay.
func Mask(s string) string {
	b := []byte(s)
	for i := 0; i < len(b); {
		if !digit(b[i]) {
			i++
			continue
		}
		end, digits, last := i, 0, i
		for end < len(b) && (digit(b[end]) || between(b[end])) {
			if digit(b[end]) {
				digits++
				last = end + 1
			}
			end++
		}
		word := i > 0 && letter(b[i-1]) || last < len(b) && letter(b[last])
		if digits >= shortest && !word && !instant(s[i:last]) {
			hide(b[i:last], digits-2)
		}
		i = max(last, i+1)
	}
	return string(b)
}

func digit(c byte) bool   { return c >= '0' && c <= '9' }
func between(c byte) bool { return strings.IndexByte(" .-()/", c) >= 0 }
func letter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-' || c == ':'
}

// instant: a date is no number, nor is an address of the Internet.
func instant(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	return len(s) >= 10 && s[4] == '-' && s[7] == '-' && strings.HasPrefix(s, "20")
}

func hide(b []byte, n int) {
	for i := range b {
		if digit(b[i]) && n > 0 {
			b[i] = 'x'
			n--
		}
	}
}
