package scenarios

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	gherkin "github.com/cucumber/gherkin/go/v26"
	messages "github.com/cucumber/messages/go/v21"

	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/dialect"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
)

// Scenario is one scenario of a feature file, read: what happens, and what must be
// true. A row of a Scenario Outline is a scenario of its own.
type Scenario struct {
	// ID is "area.topic/section/case", stable for ever: of the tag that looks like
	// one, or made of the file's name and the scenario's.
	ID string
	// Feature and Name are the titles, Promise what the file says below its title.
	Feature, Promise, Name string
	File                   string
	Line                   int
	Tags                   []string // with @, ids apart
	// Steps are the sentences as they were written, with their keywords.
	Steps []Step

	Script  *script.Script
	Dialect dialect.Dialect
	IDs     wire.Grammar
	Seed    uint64
	Lose    []int
	Claims  []Claim

	company *pbx.Company
	dir     *directory
}

// Step is a sentence of a scenario.
type Step struct {
	Keyword, Text string
	Line          int
	// Err says why the sentence cannot be understood or has no place there. A
	// scenario with such a step does not run.
	Err error
}

// Claim is a statement of a scenario.
type Claim struct {
	Text string
	Line int
	claim
}

// Company is where the scenario plays.
func (s *Scenario) Company() *pbx.Company { return s.company }

// Case is the scenario as the simulator plays it, in calm weather.
func (s *Scenario) Case() *sim.Case {
	return &sim.Case{Seed: s.Seed, IDs: s.IDs, Dialect: s.Dialect, Lose: s.Lose, Script: s.Script}
}

// Err joins what is wrong with the steps, each with file and line.
func (s *Scenario) Err() error {
	var errs []error
	for _, st := range s.Steps {
		if st.Err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %w", s.File, st.Line, st.Err))
		}
	}
	if len(errs) == 0 && len(s.Claims) == 0 {
		errs = append(errs, fmt.Errorf("%s:%d: the scenario claims nothing: it lacks a Then", s.File, s.Line))
	}
	if len(errs) == 0 && len(s.Script.Steps) == 0 {
		errs = append(errs, fmt.Errorf("%s:%d: nobody does anything: it lacks a When", s.File, s.Line))
	}
	return errors.Join(errs...)
}

// Has reports whether the scenario has a tag, with @.
func (s *Scenario) Has(tag string) bool { return slices.Contains(s.Tags, tag) }

// String is the scenario as a feature file has it, tags apart.
func (s *Scenario) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Scenario: %s\n", s.Name)
	for _, st := range s.Steps {
		fmt.Fprintf(&b, "  %s %s\n", st.Keyword, st.Text)
	}
	return b.String()
}

// Read reads feature files, in the order of their names: every .feature file below the
// paths, which are files or folders of fsys. A file with a syntax error is left out and
// told in the error, with file and line; the others are returned all the same. What is
// wrong with a sentence stands in its step.
func Read(fsys fs.FS, paths ...string) ([]*Scenario, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	files, err := find(fsys, paths)
	if err != nil {
		return nil, err
	}
	var out []*Scenario
	var errs []error
	for _, name := range files {
		text, err := fs.ReadFile(fsys, name)
		if err == nil {
			var some []*Scenario
			some, err = Parse(name, text)
			out = append(out, some...)
		}
		errs = append(errs, err)
	}
	return out, errors.Join(append(errs, twice(out))...)
}

// find lists the feature files below some paths.
func find(fsys fs.FS, paths []string) (out []string, err error) {
	for _, p := range paths {
		n := len(out)
		err := fs.WalkDir(fsys, path.Clean(p), func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && (path.Ext(name) == ".feature" || name == path.Clean(p)) {
				out = append(out, name)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(out) == n {
			return nil, fmt.Errorf("%s holds no .feature file", p)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// twice finds ids that two scenarios have.
func twice(all []*Scenario) error {
	seen := map[string]*Scenario{}
	var errs []error
	for _, s := range all {
		if first := seen[s.ID]; first != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %s is the id of %s:%d already", s.File, s.Line, s.ID, first.File, first.Line))
		}
		seen[s.ID] = s
	}
	return errors.Join(errs...)
}

// Parse reads one feature file. The error is a syntax error, with file and line.
func Parse(name string, text []byte) ([]*Scenario, error) {
	n := 0
	id := func() string { n++; return strconv.Itoa(n) }
	doc, err := gherkin.ParseGherkinDocument(bytes.NewReader(text), id)
	if err != nil {
		return nil, syntaxError(name, err)
	}
	if doc.Feature == nil {
		return nil, fmt.Errorf("%s:1: no feature: a file begins with \"Feature: \" and a title", name)
	}
	lines := lineNumbers(doc)
	var out []*Scenario
	rows := map[string]int{} // of an outline
	for _, p := range gherkin.Pickles(*doc, name, id) {
		s := &Scenario{Feature: doc.Feature.Name, Promise: dedent(doc.Feature.Description), Name: p.Name, File: name}
		s.Line = lines[p.AstNodeIds[len(p.AstNodeIds)-1]]
		if len(p.AstNodeIds) > 1 {
			rows[p.AstNodeIds[0]]++
		}
		s.name(p, rows[p.AstNodeIds[0]])
		s.read(p, lines)
		out = append(out, s)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s:%d: the feature has no scenario: one begins with \"Scenario: \" and a title", name, doc.Feature.Location.Line)
	}
	return out, nil
}

// dedent takes the indentation off the lines of a text.
func dedent(text string) string {
	var out []string
	for line := range strings.Lines(strings.TrimSpace(text)) {
		out = append(out, strings.TrimSpace(line))
	}
	return strings.Join(out, "\n")
}

// name gives the scenario its tags and its id.
func (s *Scenario) name(p *messages.Pickle, row int) {
	parts := 0
	for _, t := range p.Tags {
		if n := strings.Count(t.Name, "/"); n > 0 {
			s.ID, parts = strings.TrimPrefix(t.Name, "@"), n+1
			continue
		}
		s.Tags = append(s.Tags, t.Name)
	}
	if s.ID == "" {
		s.ID, parts = "own."+slug(strings.TrimSuffix(path.Base(s.File), ".feature"))+"/"+slug(s.Name), 2
	}
	switch {
	case row > 0:
		s.ID += "/" + strconv.Itoa(row)
	case parts < 3:
		s.ID += "/1"
	}
}

// slug makes a name that an id can hold.
func slug(s string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "-")
}

func (s *Scenario) read(p *messages.Pickle, lines map[string]int) {
	w := newWorld(s)
	for _, st := range p.Steps {
		line := lines[st.AstNodeIds[0]]
		err := w.step(st.Text, line)
		if err == nil && st.Argument != nil {
			err = errors.New("a sentence of the language takes no table and no text below it")
		}
		s.Steps = append(s.Steps, Step{keyword(st.Type), st.Text, line, err})
	}
	for i := range s.Steps { // "And" where a keyword repeats
		if j := len(s.Steps) - 1 - i; j > 0 && s.Steps[j].Keyword == s.Steps[j-1].Keyword {
			s.Steps[j].Keyword = "And"
		}
	}
}

func keyword(t messages.PickleStepType) string {
	switch t {
	case messages.PickleStepType_CONTEXT:
		return "Given"
	case messages.PickleStepType_ACTION:
		return "When"
	case messages.PickleStepType_OUTCOME:
		return "Then"
	}
	return "*"
}

// lineNumbers finds the line of every scenario, row and step.
func lineNumbers(doc *messages.GherkinDocument) map[string]int {
	out := map[string]int{}
	steps := func(all []*messages.Step) {
		for _, st := range all {
			out[st.Id] = int(st.Location.Line)
		}
	}
	scenario := func(sc *messages.Scenario) {
		out[sc.Id] = int(sc.Location.Line)
		steps(sc.Steps)
		for _, ex := range sc.Examples {
			for _, row := range ex.TableBody {
				out[row.Id] = int(row.Location.Line)
			}
		}
	}
	for _, c := range doc.Feature.Children {
		switch {
		case c.Background != nil:
			steps(c.Background.Steps)
		case c.Scenario != nil:
			scenario(c.Scenario)
		case c.Rule != nil:
			for _, rc := range c.Rule.Children {
				if rc.Background != nil {
					steps(rc.Background.Steps)
				}
				if rc.Scenario != nil {
					scenario(rc.Scenario)
				}
			}
		}
	}
	return out
}

// syntaxError writes gherkin's "Parser errors:\n(3:1): ..." as file:3:1: ...
func syntaxError(name string, err error) error {
	var errs []error
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimSpace(line)
		at, text, ok := strings.Cut(strings.TrimPrefix(line, "("), "): ")
		if !ok || !strings.HasPrefix(line, "(") {
			continue
		}
		errs = append(errs, fmt.Errorf("%s:%s: %s", name, at, text))
	}
	if len(errs) == 0 {
		return fmt.Errorf("%s: %w", name, err)
	}
	return errors.Join(errs...)
}
