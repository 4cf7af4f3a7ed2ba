package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
)

// group is one true call beside what a receiver made of it, or a call that only the
// receiver knows, fact by fact.
type group struct {
	Title string
	Facts []fact
}

// fact is one member of an Observed Call in words. A receiver that splits a call says
// it several times, and one that knows nothing of the call never.
type fact struct {
	Name string
	True []string
	Seen [][]string
	// Wrong: the sides differ, and one of the differences is about it. That they differ
	// does not tell: an instant may be off by the tolerance, and a number has many
	// spellings. Nor does the difference: it does not say which call it is about.
	Wrong bool
}

// order is that of the members of an Observed Call.
var order = []string{"sessions", "direction", "answered", "outcome", "ended", "startedAt", "answeredAt", "endedAt", "talkMs", "holdMs",
	"answeredBy", "endedBy", "participants", "talkers", "onTheLine", "legs", "links", "talks"}

// understood puts both sides of a result into words. What is no list of objects, as
// garbage is, has no words: the page then shows it as it came.
func understood(x result.Result) (out []group) {
	expected, ok := calls(x.Expected)
	seen, ok2 := calls(x.Seen)
	if !ok || !ok2 {
		return nil
	}
	taken := make([]bool, len(seen))
	for i, c := range expected {
		var mine []map[string]any
		for k, s := range seen {
			if share(c, s) {
				mine, taken[k] = append(mine, s), true
			}
		}
		g := group{Facts: facts(c, mine, x.Differences)}
		switch {
		case len(expected) > 1:
			g.Title = fmt.Sprintf("Call %d of %d", i+1, len(expected))
		case len(mine) > 1:
			g.Title = "One call"
		}
		if len(mine) > 1 {
			g.Title += fmt.Sprintf(", understood as %d", len(mine))
		}
		out = append(out, g)
	}
	for k, s := range seen {
		if !taken[k] {
			out = append(out, group{Title: "A call that only the receiver knows", Facts: facts(nil, []map[string]any{s}, x.Differences)})
		}
	}
	return out
}

func calls(b json.RawMessage) (out []map[string]any, ok bool) {
	if len(b) == 0 {
		return nil, true
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return out, d.Decode(&out) == nil
}

// share says whether two calls have a session in common.
func share(a, b map[string]any) bool {
	mine, _ := a["sessions"].([]any)
	theirs, _ := b["sessions"].([]any)
	return slices.ContainsFunc(mine, func(s any) bool {
		id, ok := s.(string)
		return ok && slices.ContainsFunc(theirs, func(o any) bool { return o == any(id) })
	})
}

// facts lists what either side says.
func facts(truth map[string]any, seen []map[string]any, wrong []result.Difference) (out []fact) {
	said := map[string]bool{}
	for _, c := range append([]map[string]any{truth}, seen...) {
		for name := range c {
			said[name] = true
		}
	}
	names := slices.DeleteFunc(slices.Clone(order), func(n string) bool { return !said[n] })
	for _, n := range slices.Sorted(maps.Keys(said)) {
		if !slices.Contains(order, n) {
			names = append(names, n)
		}
	}
	for _, n := range names {
		f := fact{Name: label(n)}
		if v, ok := truth[n]; ok {
			f.True = inWords(n, v)
		}
		for _, c := range seen {
			var words []string
			if v, ok := c[n]; ok {
				words = inWords(n, v)
			}
			f.Seen = append(f.Seen, words)
		}
		f.Wrong = slices.ContainsFunc(wrong, func(d result.Difference) bool { return root(d.About) == n }) &&
			(len(f.Seen) > 1 || len(f.Seen) == 1 && !slices.Equal(f.True, f.Seen[0]) || len(f.Seen) == 0 && n == "sessions")
		out = append(out, f)
	}
	return out
}

// root is the member of a call that a difference is about: links of "links[0].target".
func root(about string) string {
	if i := strings.IndexAny(about, ".["); i >= 0 {
		return about[:i]
	}
	return about
}

// label is the name of a member in words: "answered by" of answeredBy, "talk" of talkMs.
func label(name string) string {
	var b strings.Builder
	for _, r := range strings.TrimSuffix(name, "Ms") {
		if unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// inWords is a value in lines: a leg, a link, a talk, a session each on its own.
func inWords(name string, v any) []string {
	list, ok := v.([]any)
	if !ok {
		return []string{one(name, v)}
	}
	if len(list) == 0 {
		return []string{"none"}
	}
	var out []string
	for _, x := range list {
		out = append(out, one(name, x))
	}
	if _, members := list[0].(map[string]any); members || name == "sessions" {
		return out
	}
	return []string{strings.Join(out, ", ")}
}

// one is a value on one line.
func one(name string, v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case json.Number:
		if ms, err := v.Int64(); err == nil && strings.HasSuffix(name, "Ms") {
			return lasting(ms)
		}
		return v.String()
	case string:
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			return at.UTC().Format("2 Jan 2006, 15:04:05.000 UTC")
		}
		return v
	case []any:
		return strings.Join(inWords(name, v), ", ")
	case map[string]any:
		return members(v)
	}
	return fmt.Sprint(v)
}

// first are the members that say what an object is.
var first = []string{"kind", "party", "person", "members"}

// members is an object on one line: "transfer.attended, transferor 104, target 106".
func members(m map[string]any) string {
	var out []string
	for _, n := range first {
		if v, ok := m[n]; ok {
			out = append(out, one(n, v))
		}
	}
	for _, n := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(first, n) {
			out = append(out, label(n)+" "+one(n, m[n]))
		}
	}
	return strings.Join(out, " · ")
}

// lasting is a duration in the words of a report.
func lasting(ms int64) string {
	d := time.Duration(ms) * time.Millisecond
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	if d < time.Hour {
		return fmt.Sprintf("%d min %.1f s", d/time.Minute, (d % time.Minute).Seconds())
	}
	return fmt.Sprintf("%d h %d min %.1f s", d/time.Hour, d%time.Hour/time.Minute, (d % time.Minute).Seconds())
}
