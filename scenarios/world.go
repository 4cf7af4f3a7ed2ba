package scenarios

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
)

// world is a scenario while it is read: what its sentences so far have settled.
type world struct {
	*directory
	sc  *Scenario
	now time.Duration // of the step before
}

// pause is how long people wait before they do something, where a sentence does not
// say.
const pause = 5 * time.Second

// newWorld begins a scenario in the small office.
func newWorld(sc *Scenario) *world {
	sc.company = pbx.Office()
	sc.Script = script.New()
	sc.dir = &directory{company: sc.company, names: sc.Script.Names}
	return &world{directory: sc.dir, sc: sc}
}

// args is what stands in a sentence's places.
type args struct{ values []any }

func (a args) person(i int) person   { return a.values[i].(person) }
func (a args) people(i int) []person { return a.values[i].([]person) }
func (a args) span(i int) span       { return a.values[i].(span) }
func (a args) count(i int) int       { return a.values[i].(int) }
func (a args) word(i int) string     { return a.values[i].(string) }

// parse reads what stands in the places of a sentence.
func (w *world) parse(s *Sentence, texts []string) (args, error) {
	var a args
	for i, sl := range s.slots {
		v, err := sl.parse(w, texts[i])
		if err != nil {
			return a, err
		}
		a.values = append(a.values, v)
	}
	return a, nil
}

// which reads "the call", "the second call", "the call with Ann Lee".
func (w *world) which(text string) (any, error) {
	if name, ok := strings.CutPrefix(text, "the call with "); ok {
		p, err := w.person(name)
		return which{with: &p}, err
	}
	for i, word := range ordinals {
		if text == "the "+word+" call" {
			return which{nth: i + 1}, nil
		}
	}
	return which{}, nil
}

// statement reads a sentence that another one holds.
func (w *world) statement(text string) (any, error) {
	s, texts, err := match(text)
	if err != nil {
		return nil, err
	}
	if s.Keyword != "Then" {
		return nil, fmt.Errorf("%q says what happens, not what is true of a call", text)
	}
	a, err := w.parse(s, texts)
	return claim{s, a}, err
}

// claim is a statement with what it is about.
type claim struct {
	s *Sentence
	a args
}

func (c claim) holds(v *View) error { return c.s.holds(v, c.a) }

// whenPattern is the time that may stand before what people do.
const whenPattern = `(?:(?:` + oneTime + `) later, |after (?:` + oneTime + `), |at (?:` + oneTime + `), )`

var (
	laterRE = regexp.MustCompile(`^(` + oneTime + `) later, (.*)$`)
	afterRE = regexp.MustCompile(`^after (` + oneTime + `), (.*)$`)
	atRE    = regexp.MustCompile(`^at (` + oneTime + `), (.*)$`)
)

// moment takes the time off a sentence and says when it is; timed is false where the
// sentence has none.
func (w *world) moment(text string) (at time.Duration, rest string, timed bool, err error) {
	at = w.now + pause
	if len(w.sc.Script.Steps) == 0 {
		at = 0
	}
	for _, re := range []*regexp.Regexp{laterRE, afterRE, atRE} {
		m := re.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		s, err := parseSpan(m[1])
		at = time.Duration(s.ms) * time.Millisecond
		if re != atRE {
			at += w.now
		}
		return at, m[2], true, err
	}
	return at, text, false, nil
}

// step reads one step of a scenario.
func (w *world) step(text string, line int) error {
	at, rest, timed, err := w.moment(text)
	if err != nil {
		return err
	}
	s, texts, err := match(rest)
	if err != nil {
		return err
	}
	if timed && s.Keyword != "When" {
		return fmt.Errorf("a time stands only before what people do, not before \"%s\"", s.Form)
	}
	a, err := w.parse(s, texts)
	if err != nil {
		return err
	}
	switch s.Keyword {
	case "Given":
		if len(w.sc.Script.Steps) > 0 {
			return fmt.Errorf("what there is stands before what people do")
		}
		return s.given(w, a)
	case "When":
		return w.act(s, a, at, line)
	}
	w.sc.Claims = append(w.sc.Claims, Claim{Text: text, Line: line, claim: claim{s, a}})
	return nil
}

func (w *world) act(s *Sentence, a args, at time.Duration, line int) error {
	if at < w.now {
		return fmt.Errorf("%s is before the step above, at %s", spell(at.Milliseconds()), spell(w.now.Milliseconds()))
	}
	if len(w.sc.Claims) > 0 {
		return fmt.Errorf("what people do stands before what is true of the call: everything is looked at when it is over")
	}
	m, err := s.when(w, a)
	if err != nil {
		return err
	}
	w.now = at
	w.sc.Script.Steps = append(w.sc.Script.Steps, script.Step{At: at, Move: m, Line: line})
	return nil
}
