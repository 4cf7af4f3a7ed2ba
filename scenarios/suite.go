package scenarios

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cucumber/godog"
)

// Suite runs feature files with godog, each scenario in every weather.
type Suite struct {
	// Godog is what godog is asked: format, tags, concurrency, paths and their FS.
	// Undefined, pending and ambiguous steps always fail.
	Godog godog.Options
	// Try says in which weathers, and on what engine.
	Try Options
}

// Report is what a Suite ran.
type Report struct {
	Scenarios []Ran
	Failed    int
	// Runs counts the tries of all scenarios by the kind of weather, Skipped the knobs
	// under which a scenario could not be played.
	Runs    map[string]int
	Skipped int
	// Broken says which files could not be read, nil if all could.
	Broken error
}

// Ran is one scenario that was run.
type Ran struct {
	*Scenario
	Took   time.Duration
	Failed bool
}

// ErrEmpty is the error of a run without a scenario.
var ErrEmpty = errors.New("no scenario was run: there is none in these files with these tags")

// Run runs the suite. The error is ErrEmpty, or that nothing could be read; a scenario
// that fails is no error. Files with syntax errors are left out and told in the report.
func (s *Suite) Run() (*Report, error) {
	if s.Godog.FS == nil {
		return nil, errors.New("scenarios: a Suite needs the FS of its paths")
	}
	files, err := expand(s.Godog.FS, s.Godog.Paths)
	if err != nil {
		return nil, err
	}
	r := &runner{try: s.Try, report: &Report{Runs: map[string]int{}}, all: map[string][]*Scenario{}, unknown: map[string]*regexp.Regexp{}}
	opts := s.Godog
	opts.Strict = true
	opts.Paths = nil
	for _, f := range files {
		all, err := Read(opts.FS, f.name)
		if err != nil {
			r.report.Broken = errors.Join(r.report.Broken, err)
		}
		if len(all) == 0 {
			continue
		}
		for _, sc := range all {
			if len(sc.Steps) == 0 { // godog does not begin with these
				r.report.Broken = errors.Join(r.report.Broken, sc.Err())
			}
		}
		r.add(all)
		opts.Paths = append(opts.Paths, f.String())
	}
	if len(opts.Paths) == 0 {
		return r.report, errors.Join(r.report.Broken, ErrEmpty)
	}
	suite := godog.TestSuite{Name: "legwork", ScenarioInitializer: r.initialize, Options: &opts}
	status := suite.Run()
	slices.SortStableFunc(r.report.Scenarios, func(a, b Ran) int {
		return strings.Compare(fmt.Sprintf("%s:%6d", a.File, a.Line), fmt.Sprintf("%s:%6d", b.File, b.Line))
	})
	switch {
	case len(r.report.Scenarios) == 0:
		return r.report, ErrEmpty
	case status != 0 && r.report.Failed == 0 && r.report.Broken == nil: // never pass what godog does not
		return r.report, fmt.Errorf("godog ended with %d, and no scenario failed", status)
	}
	return r.report, nil
}

// place is a file, and perhaps the line of one scenario in it.
type place struct {
	name string
	line int
}

func (p place) String() string {
	if p.line == 0 {
		return p.name
	}
	return fmt.Sprintf("%s:%d", p.name, p.line)
}

var placeRE = regexp.MustCompile(`^(.*):(\d+)$`)

// expand finds the files of paths, which may name the line of a scenario.
func expand(fsys fs.FS, paths []string) (out []place, err error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	for _, p := range paths {
		line := 0
		if m := placeRE.FindStringSubmatch(p); m != nil {
			p = m[1]
			line, _ = strconv.Atoi(m[2])
		}
		files, err := find(fsys, []string{p})
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if at := (place{f, line}); !slices.Contains(out, at) {
				out = append(out, at)
			}
		}
	}
	return out, nil
}

// runner is a run of a suite.
type runner struct {
	try     Options
	unknown map[string]*regexp.Regexp // sentences that are none

	lock   sync.Mutex
	all    map[string][]*Scenario // by what godog knows of them
	report *Report
}

// add prepares scenarios.
func (r *runner) add(all []*Scenario) {
	for _, s := range all {
		var texts []string
		for _, st := range s.Steps {
			texts = append(texts, st.Text)
			if known(st.Text) {
				continue
			}
			r.unknown[st.Text] = regexp.MustCompile("^(" + regexp.QuoteMeta(st.Text) + ")$")
		}
		k := key(s.File, s.Name, texts)
		r.all[k] = append(r.all[k], s)
	}
}

// key is what a scenario and godog's idea of it have in common.
func key(file, name string, texts []string) string {
	return file + "\x00" + name + "\x00" + strings.Join(texts, "\x00")
}

// known reports whether a sentence of the language matches.
func known(text string) bool {
	for i := range language {
		if language[i].step.MatchString(text) {
			return true
		}
	}
	return false
}

// take finds the scenario that godog is about to run. Two that are the same but for
// their lines are taken one after the other.
func (r *runner) take(sc *godog.Scenario) *Scenario {
	var texts []string
	for _, st := range sc.Steps {
		texts = append(texts, st.Text)
	}
	file := sc.Uri
	if m := placeRE.FindStringSubmatch(file); m != nil {
		file = m[1]
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	k := key(file, sc.Name, texts)
	all := r.all[k]
	if len(all) == 0 {
		return nil
	}
	if len(all) > 1 {
		r.all[k] = all[1:]
	}
	return all[0]
}

// playing is one scenario while godog runs it.
type playing struct {
	r     *runner
	s     *Scenario
	next  int // the step
	began time.Time

	tried bool
	res   *Result
	err   error
}

func (r *runner) initialize(ctx *godog.ScenarioContext) {
	p := &playing{r: r}
	ctx.Before(func(c context.Context, sc *godog.Scenario) (context.Context, error) {
		p.began = time.Now()
		if p.s = r.take(sc); p.s == nil {
			return c, fmt.Errorf("%s: the scenario %q was not read", sc.Uri, sc.Name)
		}
		return c, nil
	})
	ctx.After(func(c context.Context, _ *godog.Scenario, err error) (context.Context, error) {
		r.done(p, err)
		return c, nil
	})
	for i := range language {
		ctx.Step(language[i].step, p.step)
	}
	for _, re := range r.unknown {
		ctx.Step(re, p.step)
	}
}

// step is every step's definition. A scenario is read before godog runs it, and tried
// as a whole at its first step: what is left is to say at which sentence it fails.
func (p *playing) step(string) error {
	st := p.s.Steps[p.next]
	p.next++
	last := p.next == len(p.s.Steps)
	if st.Err != nil {
		return fmt.Errorf("%s:%d: %w", p.s.File, st.Line, st.Err)
	}
	p.play()
	var impossible *Impossible
	switch {
	case last && p.err != nil:
		return p.err
	case errors.As(p.err, &impossible) && impossible.Line == st.Line:
		return p.err
	case p.res == nil:
		return nil
	}
	var errs []error
	for _, f := range p.res.Failures {
		if f.Line == st.Line || last && f.Line == p.s.Line {
			errs = append(errs, f)
		}
	}
	return errors.Join(errs...)
}

// play tries the scenario, once.
func (p *playing) play() {
	if p.tried {
		return
	}
	p.tried = true
	p.res, p.err = p.s.Try(p.r.try)
}

func (r *runner) done(p *playing, err error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if p.s == nil {
		r.report.Failed++
		return
	}
	if err != nil {
		r.report.Failed++
	}
	r.report.Scenarios = append(r.report.Scenarios, Ran{p.s, time.Since(p.began), err != nil})
	if p.res != nil {
		r.report.Skipped += p.res.Skipped
		for kind, n := range p.res.Runs {
			r.report.Runs[kind] += n
		}
	}
}
