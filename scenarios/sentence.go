package scenarios

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/sim/pbx"
)

// Sentence is one sentence of the language.
type Sentence struct {
	// Keyword is Given, When or Then: which part of a scenario it belongs to.
	Keyword string
	// Form is the sentence with its places in braces: "{person} answers".
	Form string
	// Meaning says in a sentence or two what it does or claims.
	Meaning string
	// Example is a sentence of this form.
	Example string

	re    *regexp.Regexp
	step  *regexp.Regexp // the whole text, with the time that may stand before it, as one group
	slots []*slot

	// given and when change the scenario that is being read.
	given func(*world, args) error
	when  func(*world, args) (pbx.Move, error)
	// holds says why a statement is not true of a view, nil when it is.
	holds func(*View, args) error
	// tells lists the sentences of this form that are true of a view.
	tells func(*View) []string
	// told marks a statement about the notifications and not about the call: it is
	// true under the scenario's own dialect and of what was sent.
	told bool
	// concluded marks a statement of which the switch knows nothing.
	concluded bool
}

// Sentences lists the language: what exists, what people do, what must be true.
func Sentences() []Sentence { return slices.Clone(language) }

// language is every sentence. Each file has some. It is filled here because a sentence
// may hold another one, and so refers to the whole.
var language []Sentence

// fits has what may stand in a place, for those of which not everything may.
var fits = map[string]*regexp.Regexp{}

func init() {
	for name, sl := range slots {
		if name != "statement" {
			fits[name] = regexp.MustCompile("^(?:" + sl.pattern + ")$")
		}
	}
	for _, part := range [][]Sentence{company, surroundings, acts, ofTheCall, ofPeople, ofTalks, ofLinks, ofQuestions, ofNotifications} {
		language = append(language, part...)
	}
	for i := range language {
		language[i].compile()
	}
}

// compile makes the patterns of a form.
func (s *Sentence) compile() {
	var places, whole strings.Builder
	rest := s.Form
	for {
		before, after, ok := strings.Cut(rest, "{")
		places.WriteString(regexp.QuoteMeta(before))
		whole.WriteString(regexp.QuoteMeta(before))
		if !ok {
			break
		}
		name, after, _ := strings.Cut(after, "}")
		sl := slots[name]
		if sl == nil {
			panic("scenarios: no slot {" + name + "} in " + s.Form)
		}
		s.slots = append(s.slots, sl)
		places.WriteString("(" + sl.pattern + ")")
		whole.WriteString("(?:" + sl.pattern + ")")
		rest = after
	}
	s.re = regexp.MustCompile("^" + places.String() + "$")
	when := ""
	if s.Keyword == "When" {
		when = whenPattern + "?"
	}
	s.step = regexp.MustCompile("^(" + when + whole.String() + ")$")
}

// fill puts texts into the form's places.
func (s *Sentence) fill(texts ...string) string {
	out := s.Form
	for _, text := range texts {
		i, j := strings.Index(out, "{"), strings.Index(out, "}")
		if i < 0 {
			break
		}
		out = out[:i] + text + out[j+1:]
	}
	return out
}

// Pattern is the regular expression that the sentence's text matches, without the time
// that may stand before what people do. Each place is one group.
func (s *Sentence) Pattern() string { return s.re.String() }

// Unknown is the error of a text that is no sentence.
type Unknown struct {
	Text string
	// Near is the sentence that comes nearest.
	Near *Sentence
}

func (e *Unknown) Error() string {
	return fmt.Sprintf("%q is no sentence of the language; the nearest is \"%s\", as in \"%s\" (legwork steps lists them all)", e.Text, e.Near.Form, e.Near.Example)
}

// match finds the sentence of a text, and what stands in its places. The time before
// what people do has been taken off.
func match(text string) (*Sentence, []string, error) {
	for i := range language {
		if m := language[i].re.FindStringSubmatch(text); m != nil {
			return &language[i], m[1:], nil
		}
	}
	return nil, nil, &Unknown{text, nearest(text)}
}

// nearest finds the sentence that shares most with a text: the words of its form in
// their order, and the fewest others.
func nearest(text string) *Sentence {
	best, least := &language[0], 1<<30
	words := strings.Fields(strings.ToLower(text))
	for i := range language {
		d := min(distance(words, strings.Fields(strings.ToLower(language[i].Form))), distance(words, strings.Fields(strings.ToLower(language[i].Example))))
		if d < least {
			best, least = &language[i], d
		}
	}
	return best
}

// distance is how many letters must change to make the words of one text those of
// another, where a place in braces stands for any word.
func distance(a, b []string) int {
	row := make([]int, len(b)+1)
	for j := range b {
		row[j+1] = row[j] + cost(b[j])
	}
	for _, w := range a {
		last := row[0]
		row[0] += cost(w)
		for j, v := range b {
			change := last + letters(w, v)
			last = row[j+1]
			row[j+1] = min(change, row[j+1]+cost(w), row[j]+cost(v))
		}
	}
	return row[len(b)]
}

func cost(word string) int {
	if strings.HasPrefix(word, "{") {
		return 3
	}
	return len(word)
}

// letters is the edit distance of two words. A word that fits a place is nearly right.
func letters(a, b string) int {
	if strings.HasPrefix(b, "{") {
		if re := fits[strings.Trim(b, "{},")]; re != nil && re.MatchString(strings.Trim(a, ",")) {
			return 1
		}
		return 3 + len(a)/2
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := last
			if a[i] != b[j] {
				d++
			}
			last = row[j+1]
			row[j+1] = min(d, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// Reads reports whether a text is this sentence.
func (s *Sentence) Reads(text string) bool { return s.step.MatchString(text) }
