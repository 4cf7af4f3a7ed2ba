package script

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/legworkhq/legwork/sim/pbx"
)

// ParseError is a line that is no step.
type ParseError struct {
	File string
	Line int
	Text string // what is wrong, and what would be right
}

func (e *ParseError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text) }

// Parse reads a script: lines of a time and a sentence, and lines that name an outside
// party ("name +14045550134 Ann Lee"). What follows # is a comment. The error is a
// *ParseError.
func Parse(file, text string) (*Script, error) {
	s := &Script{Names: map[string]string{}}
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := s.line(words, i+1); err != nil {
			return nil, &ParseError{file, i + 1, err.Error()}
		}
	}
	if len(s.Steps) == 0 {
		return nil, &ParseError{file, 1, "no steps: want lines like \"4s 104 answers\""}
	}
	return s, nil
}

func (s *Script) line(words []string, n int) error {
	if words[0] == "name" {
		if len(words) < 3 || !pbx.Outside(words[1]) {
			return fmt.Errorf("want an outside number and a name, as in \"name +14045550134 Ann Lee\"")
		}
		s.Names[words[1]] = strings.Join(words[2:], " ")
		return nil
	}
	at, err := time.ParseDuration(words[0])
	if err != nil || at < 0 || at%time.Millisecond != 0 {
		return fmt.Errorf("a step begins with its time since the start, such as 4s or 1m2.5s, not with %q", words[0])
	}
	if k := len(s.Steps); k > 0 && at < s.Steps[k-1].At {
		return fmt.Errorf("%s is before the step above, at %s", words[0], clock(s.Steps[k-1].At))
	}
	m, err := ParseSentence(strings.Join(words[1:], " "))
	if err != nil {
		return err
	}
	s.Steps = append(s.Steps, Step{At: at, Move: m, Line: n})
	return nil
}

// ParseSentence reads a sentence as Sentence writes it.
func ParseSentence(text string) (pbx.Move, error) {
	who, rest, _ := strings.Cut(text, " ")
	v := verbOf(rest)
	if who == "" || v == nil {
		return pbx.Move{}, fmt.Errorf("%q does not say what somebody does; people can: %s", text, verbNames())
	}
	m := pbx.Move{Who: who, Verb: v.Verb}
	rest = strings.TrimSpace(strings.TrimPrefix(rest, string(v.Verb)))
	if v.To != "" {
		if rest == "" {
			return m, fmt.Errorf("%q lacks %s", text, v.To)
		}
		m.To, rest, _ = strings.Cut(rest, " ")
	}
	m.How = rest
	if m.How != "" && !slices.Contains(v.Hows, m.How) {
		return m, fmt.Errorf("%q: after \"%s\" comes %s, not %q", text, v.Verb, cmp.Or(strings.Join(v.Hows, ", or "), "nothing more"), m.How)
	}
	return m, nil
}

var verbs = pbx.Verbs()

// verbOf finds the longest verb that a text begins with.
func verbOf(text string) (found *pbx.VerbInfo) {
	for i := range verbs {
		v := string(verbs[i].Verb)
		if (text == v || strings.HasPrefix(text, v+" ")) && (found == nil || len(v) > len(found.Verb)) {
			found = &verbs[i]
		}
	}
	return found
}

func verbNames() string {
	out := make([]string, len(verbs))
	for i := range verbs {
		out[i] = string(verbs[i].Verb)
	}
	return strings.Join(out, ", ")
}

func sortedKeys(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
