// Package logging writes the server's log. Unless told otherwise it masks phone numbers
// and names, and what a broken disk or a hostile client would repeat without end it says
// once.
//
//	log.Warn("no answer", logging.Once("notice "+host), "number", logging.Number(n))
//
// Numbers and names that are logged as Number and Name are masked wherever they go. A net
// below masks what looks like a phone number in any text, errors and messages included;
// it cannot know a name.
package logging

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Options of New and Wrap. The zero Options works.
type Options struct {
	// Level is the least that is logged. Zero is slog.LevelInfo.
	Level slog.Level
	// JSON writes JSON, not text.
	JSON bool
	// Numbers writes numbers and names as they are.
	Numbers bool
	// Every is how long a cause is not repeated. Zero means ten minutes.
	Every time.Duration
	// Now is the clock of Every. Nil means time.Now.
	Now func() time.Time
}

// New makes a logger that writes to w.
func New(w io.Writer, opt Options) *slog.Logger {
	h := &slog.HandlerOptions{Level: opt.Level}
	if opt.JSON {
		return slog.New(Wrap(slog.NewJSONHandler(w, h), opt))
	}
	return slog.New(Wrap(slog.NewTextHandler(w, h), opt))
}

// Wrap makes a handler that masks and limits what next is given.
func Wrap(next slog.Handler, opt Options) *Handler {
	if opt.Every <= 0 {
		opt.Every = 10 * time.Minute
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return &Handler{next: next, clear: opt.Numbers, limit: &limiter{every: opt.Every, now: opt.Now}}
}

// Handler masks and limits. Make one with Wrap.
type Handler struct {
	next  slog.Handler
	clear bool // numbers and names stay
	limit *limiter
}

// onceKey is the attribute that names a cause. It is not written.
const onceKey = "once"

// Once names the cause of a record. Of records of one cause the first is logged; those
// that follow within Options.Every are counted, and the next one says how many. Above some
// hundred causes, such as names that somebody makes up, they share one.
func Once(cause string) slog.Attr { return slog.String(onceKey, cause) }

// Enabled implements slog.Handler.
func (h *Handler) Enabled(ctx context.Context, l slog.Level) bool { return h.next.Enabled(ctx, l) }

// WithAttrs implements slog.Handler.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	masked := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		masked[i] = h.attr(a)
	}
	c := *h
	c.next = h.next.WithAttrs(masked)
	return &c
}

// WithGroup implements slog.Handler.
func (h *Handler) WithGroup(name string) slog.Handler {
	c := *h
	c.next = h.next.WithGroup(name)
	return &c
}

// Handle implements slog.Handler.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	cause, limited := "", false
	out := slog.NewRecord(r.Time, r.Level, h.text(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == onceKey && a.Value.Kind() == slog.KindString {
			cause, limited = a.Value.String(), true
			return true
		}
		out.AddAttrs(h.attr(a))
		return true
	})
	if !limited {
		return h.next.Handle(ctx, out)
	}
	pass, missed := h.limit.pass(cause)
	if !pass {
		return nil
	}
	if missed > 0 {
		out.AddAttrs(slog.Int("again", missed))
	}
	return h.next.Handle(ctx, out)
}

// attr masks an attribute.
func (h *Handler) attr(a slog.Attr) slog.Attr { return slog.Attr{Key: a.Key, Value: h.value(a.Value)} }

func (h *Handler) value(v slog.Value) slog.Value {
	for depth := 0; v.Kind() == slog.KindLogValuer && depth < 8; depth++ {
		if text, private := secret(v.LogValuer()); private && h.clear {
			return slog.StringValue(text)
		}
		v = v.LogValuer().LogValue()
	}
	switch v = v.Resolve(); v.Kind() {
	case slog.KindString:
		return slog.StringValue(h.text(v.String()))
	case slog.KindGroup:
		group := make([]slog.Attr, len(v.Group()))
		for i, a := range v.Group() {
			group[i] = h.attr(a)
		}
		return slog.GroupValue(group...)
	case slog.KindAny:
		return slog.StringValue(h.text(describe(v.Any())))
	}
	return v
}

// secret is what a Number or Name is without its mask.
func secret(v slog.LogValuer) (text string, private bool) {
	switch v := v.(type) {
	case Number:
		return string(v), true
	case Name:
		return string(v), true
	}
	return "", false
}

// describe is what a value of any type says of itself.
func describe(v any) string {
	if b, ok := v.([]byte); ok {
		return string(b)
	}
	return fmt.Sprintf("%+v", v)
}

// maxText is the longest text that is logged, in bytes.
const maxText = 2000

func (h *Handler) text(s string) string {
	if len(s) > maxText {
		s = s[:maxText] + "..."
	}
	if h.clear {
		return s
	}
	return Mask(s)
}
