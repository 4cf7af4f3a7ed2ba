package weather

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// knob is one line of a weather file.
type knob struct {
	name   string
	needs  string // the duration that a probability needs
	chance func(*Weather) *float64
	span   func(*Weather) *time.Duration
	text   func(*Weather) *string
	flag   func(*Weather) *bool
}

// fields lists what a weather file may set, in the order in which it is written.
var fields []knob

func init() {
	fields = []knob{
		{name: "duplicate", needs: "duplicate-within", chance: func(w *Weather) *float64 { return &w.Duplicate }},
		{name: "duplicate-within", span: func(w *Weather) *time.Duration { return &w.DuplicateWithin }},
		{name: "reorder", needs: "window", chance: func(w *Weather) *float64 { return &w.Reorder }},
		{name: "window", span: func(w *Weather) *time.Duration { return &w.Window }},
		{name: "delay", span: func(w *Weather) *time.Duration { return &w.Delay }},
		{name: "delay-cap", span: func(w *Weather) *time.Duration { return &w.DelayCap }},
		{name: "late", needs: "late-by", chance: func(w *Weather) *float64 { return &w.Late }},
		{name: "late-by", span: func(w *Weather) *time.Duration { return &w.LateBy }},
		{name: "drop", chance: func(w *Weather) *float64 { return &w.Drop }},
		{name: "burst", needs: "burst-for", chance: func(w *Weather) *float64 { return &w.Burst }},
		{name: "burst-for", span: func(w *Weather) *time.Duration { return &w.BurstFor }},
		{name: "retry", needs: "retry-after", chance: func(w *Weather) *float64 { return &w.Retry }},
		{name: "retry-after", span: func(w *Weather) *time.Duration { return &w.RetryAfter }},
		{name: "restart", chance: func(w *Weather) *float64 { return &w.Restart }},
		{name: "overlap", flag: func(w *Weather) *bool { return &w.Overlap }},
		{name: "extension", text: func(w *Weather) *string { return &w.Extension }},
		{name: "filter.direction", text: func(w *Weather) *string { return (*string)(&w.Filter.Direction) }},
		{name: "filter.missed-call", flag: func(w *Weather) *bool { return &w.Filter.MissedCall }},
		{name: "filter.status-code", text: func(w *Weather) *string { return (*string)(&w.Filter.StatusCode) }},
		{name: "filter.with-recordings", flag: func(w *Weather) *bool { return &w.Filter.WithRecordings }},
	}
}

func field(name string) *knob {
	for i := range fields {
		if fields[i].name == name {
			return &fields[i]
		}
	}
	return nil
}

// Parse reads a weather file: lines of a name and a value, such as "drop 2%" or
// "window 5s"; what follows # is a comment. The error names the line and what would be
// legal.
func Parse(text string) (Weather, error) {
	var w Weather
	seen := map[string]int{}
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := w.set(words, seen, i+1); err != nil {
			return Weather{}, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return w, w.Check()
}

func (w *Weather) set(words []string, seen map[string]int, n int) error {
	if len(words) != 2 {
		return fmt.Errorf("want a name and a value, got %q", strings.Join(words, " "))
	}
	f := field(words[0])
	if f == nil {
		return fmt.Errorf("unknown weather %q; there is %s", words[0], fieldNames())
	}
	if at := seen[f.name]; at != 0 {
		return fmt.Errorf("%s was set on line %d already", f.name, at)
	}
	seen[f.name] = n
	return f.read(w, words[1])
}

func (f *knob) read(w *Weather, value string) error {
	switch {
	case f.chance != nil:
		p, err := chance(value)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		*f.chance(w) = p
	case f.span != nil:
		d, err := time.ParseDuration(value)
		if err != nil || d < 0 || d%time.Millisecond != 0 {
			return fmt.Errorf("%s: want a duration such as 150ms, 5s or 2m, got %q", f.name, value)
		}
		*f.span(w) = d
	case f.flag != nil:
		if value != "yes" && value != "no" {
			return fmt.Errorf("%s: want yes or no, got %q", f.name, value)
		}
		*f.flag(w) = value == "yes"
	default:
		*f.text(w) = value
	}
	return nil
}

// chance reads a probability, as a number or as a percentage.
func chance(value string) (float64, error) {
	text, percent := strings.CutSuffix(value, "%")
	p, err := strconv.ParseFloat(text, 64)
	if percent {
		p /= 100
	}
	if err != nil || math.IsNaN(p) || p < 0 || p > 1 {
		return 0, fmt.Errorf("want a probability from 0 to 1, such as 0.02 or 2%%, got %q", value)
	}
	return p, nil
}

func fieldNames() string {
	var out []string
	for _, f := range fields {
		out = append(out, f.name)
	}
	return strings.Join(out, ", ")
}

// String writes a weather as a file has it: what is not zero. Calm is "".
func (w Weather) String() string {
	var b strings.Builder
	for _, f := range fields {
		switch {
		case f.chance != nil && *f.chance(&w) != 0:
			fmt.Fprintf(&b, "%s %s\n", f.name, strconv.FormatFloat(*f.chance(&w), 'g', -1, 64))
		case f.span != nil && *f.span(&w) != 0:
			fmt.Fprintf(&b, "%s %s\n", f.name, *f.span(&w))
		case f.flag != nil && *f.flag(&w):
			fmt.Fprintf(&b, "%s yes\n", f.name)
		case f.text != nil && *f.text(&w) != "":
			fmt.Fprintf(&b, "%s %s\n", f.name, *f.text(&w))
		}
	}
	return b.String()
}
