package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/legworkhq/legwork/cmd/legwork/internal/corpus"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/dialect"
	"github.com/legworkhq/legwork/sim/org"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
	"github.com/legworkhq/legwork/sim/weather"
)

// simulateFlags is what simulate was asked for.
type simulateFlags struct {
	scenario, mix, weather, dialect, ids, out string
	calls, company                            int
	seed                                      uint64
	list, show                                bool
}

func newSimulate(std stdio) *cobra.Command {
	var f simulateFlags
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Make the notifications of simulated calls, and the true answers",
		Long: `Simulate lets people call one another on a simulated RingCentral switch, and writes what
a subscription of the account would get: one notification a line, in the order in
which they are delivered. What really happened is written beside it.

With --scenario it plays one scenario, by name or from a file of sentences such as
"4s 104 answers"; else a day of a company that is made up, with calls by time of day
and the mix of facilities of --mix, a JSON object such as {"queue": 3, "park": 1}.

  DIR/events.ndjson    the notifications, in order of delivery
  DIR/answers.ndjson   the true calls, as legwork recon prints them
  DIR/manifest.json    how they were made; "complete" is false if it was interrupted

With --out - only the notifications are printed. The same flags and seed give the
same bytes.`,
		Example: `  legwork simulate --company 500 --calls 5000 --out day
  legwork simulate --scenario attended-transfer --out - | legwork recon
  legwork simulate --scenario my.script --weather storm --out stormy
  legwork simulate --list                        the scenarios by name
  legwork simulate --show conference             a scenario's script`,
		Args: cobra.NoArgs,
	}
	fl := cmd.Flags()
	fl.StringVar(&f.scenario, "scenario", "", "a scenario's name, or a file with a script")
	fl.StringVar(&f.mix, "mix", "", "file with the mix of facilities")
	fl.IntVar(&f.calls, "calls", 0, "how many calls (default 1 of a scenario, else 10 for each user)")
	fl.IntVar(&f.company, "company", 50, "how many users the company has")
	fl.Uint64Var(&f.seed, "seed", 1, "seed of everything that is left to chance")
	fl.StringVar(&f.weather, "weather", "calm", "calm, usual, storm, or a file")
	fl.StringVar(&f.dialect, "dialect", "", "file with a dialect; see legwork dialect")
	fl.StringVar(&f.ids, "ids", "2022", "grammar of the ids: 2018, 2019, 2022")
	fl.StringVar(&f.out, "out", "", `directory to write to, or - for the notifications on standard output`)
	fl.BoolVar(&f.list, "list", false, "list the scenarios")
	fl.BoolVar(&f.show, "show", false, "print the scenario's script and stop")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if f.list {
			return listScenarios(std)
		}
		cfg, err := f.config(cmd)
		if err != nil {
			return err
		}
		if f.show {
			_, err := fmt.Fprint(std.out, cfg.script)
			return err
		}
		if f.out == "" {
			return usageError("want --out DIR, or --out - for standard output")
		}
		return simulate(cmd.Context(), std, f, cfg)
	}
	return cmd
}

func listScenarios(std stdio) error {
	for _, s := range script.Scenarios() {
		if _, err := fmt.Fprintf(std.out, "%-34s %s\n", s.Name, s.Title); err != nil {
			return writeError(err)
		}
	}
	return nil
}

// simulation is what is going to be simulated.
type simulation struct {
	exchange *pbx.Exchange
	dialect  dialect.Dialect
	weather  weather.Weather
	ids      wire.Grammar
	script   *script.Script // nil for a day
	mix      org.Mix
	calls    int
}

func (f *simulateFlags) config(cmd *cobra.Command) (c simulation, err error) {
	if f.calls < 0 || f.company < 1 {
		return c, usageError("--calls is 0 or more, --company 1 or more")
	}
	if f.scenario != "" && (f.mix != "" || cmd.Flags().Changed("company")) {
		return c, usageError("--scenario plays in a small office of its own: --mix and --company are for a day")
	}
	if c.ids, err = sim.ParseGrammar(f.ids); err != nil {
		return c, usageError("--ids: %v", err)
	}
	if c.weather, err = readWeather(f.weather); err != nil {
		return c, err
	}
	company := pbx.Office()
	if f.scenario != "" {
		if err = c.readScenario(f.scenario, &company); err != nil {
			return c, err
		}
		c.calls = cmp.Or(f.calls, 1)
	} else if company, err = f.day(&c); err != nil {
		return c, err
	}
	if f.dialect != "" {
		if c.dialect, err = readDialect(f.dialect); err != nil {
			return c, err
		}
	}
	c.exchange, err = pbx.NewExchange(company)
	return c, err
}

func (f *simulateFlags) day(c *simulation) (*pbx.Company, error) {
	c.mix, c.calls = sim.DefaultMix(), cmp.Or(f.calls, 10*f.company)
	if f.mix != "" {
		data, err := os.ReadFile(f.mix)
		if err != nil {
			return nil, &exitError{exitUnreadable, err.Error()}
		}
		if c.mix, err = org.ParseMix(data, sim.Facilities()); err != nil {
			return nil, &exitError{exitUnreadable, mixError(f.mix, err)}
		}
	}
	company, err := org.New(org.Config{Size: f.company, Seed: f.seed})
	if err != nil {
		return nil, usageError("--company: %v", err)
	}
	return company, nil
}

func mixError(name string, err error) string {
	var e *org.MixError
	if !errors.As(err, &e) {
		return name + ": " + err.Error()
	}
	return fmt.Sprintf("%s:%d:%d: %s\na mix is an object such as {\"queue\": 3, \"park\": 1} of %s", name, e.Line, e.Column, e.Text, strings.Join(sim.Facilities(), ", "))
}

// readScenario finds a scenario by name, or reads it from a file.
func (c *simulation) readScenario(name string, company **pbx.Company) error {
	s, err := script.Named(name)
	if err == nil {
		c.script, c.dialect = s.Script(), s.Dialect
		if s.Company != nil {
			*company = s.Company()
		}
		return nil
	}
	text, fileErr := os.ReadFile(name)
	if errors.Is(fileErr, os.ErrNotExist) && !strings.ContainsAny(name, "./") {
		return usageError("%v%s", err, nearest(name))
	}
	if fileErr != nil {
		return &exitError{exitUnreadable, fileErr.Error()}
	}
	if c.script, err = script.Parse(name, string(text)); err != nil {
		return &exitError{exitUnreadable, err.Error()}
	}
	return nil
}

// nearest proposes the scenario that is spelt most alike.
func nearest(name string) string {
	best, distance := "", 4
	for _, s := range script.Scenarios() {
		if d := editDistance(name, s.Name); d < distance {
			best, distance = s.Name, d
		}
	}
	for _, s := range script.Scenarios() {
		if n := min(len(name), len(s.Name)); best == "" && n > 5 && editDistance(name[:n], s.Name[:n]) < 2 {
			best = s.Name
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

func readWeather(name string) (weather.Weather, error) {
	if w, ok := weather.Named(name); ok {
		return w, nil
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return weather.Weather{}, usageError("--weather %q is neither a file nor one of %s", name, strings.Join(weather.Names(), ", "))
	}
	if err != nil {
		return weather.Weather{}, &exitError{exitUnreadable, err.Error()}
	}
	w, err := weather.Parse(text)
	if err != nil {
		return w, &exitError{exitUnreadable, fmt.Sprintf("%s: %v", name, err)}
	}
	return w, nil
}

func readDialect(name string) (dialect.Dialect, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return dialect.Dialect{}, &exitError{exitUnreadable, err.Error()}
	}
	d, err := dialect.Parse(string(text))
	if err != nil {
		return d, &exitError{exitUnreadable, fmt.Sprintf("%s: %v", name, err)}
	}
	return d, nil
}

// lanes is how many streams a simulation is played in, each on a core of its own. It
// is fixed, for the same bytes on every machine.
const lanes = 2

// streams makes the lanes: every other script goes to each.
func (c *simulation) streams(seed uint64, answers bool) ([]*sim.Stream, error) {
	var out []*sim.Stream
	for lane := range lanes {
		next, err := c.arrivals(seed, lane)
		if err != nil {
			return nil, err
		}
		s, err := sim.NewStream(sim.StreamConfig{Exchange: c.exchange, Dialect: c.dialect, IDs: c.ids, Weather: c.weather, NoAnswers: !answers,
			Seed: rand.New(rand.NewPCG(seed, uint64(lane))).Uint64(), Next: next})
		if err != nil {
			return nil, usageError("--weather: %v", err)
		}
		out = append(out, s)
	}
	return out, nil
}

func (c *simulation) arrivals(seed uint64, lane int) (func() (sim.Arrival, bool), error) {
	if c.script != nil {
		return sim.Again(c.script, c.calls, seed, 10_000, lane, lanes), nil
	}
	d, err := org.NewDay(c.exchange.Company(), org.DayConfig{Seed: seed, Mix: c.mix, Calls: c.calls})
	if err != nil {
		return nil, usageError("%v", err)
	}
	return sim.Day(c.exchange.Company(), d, lane, lanes), nil
}

func simulate(ctx context.Context, std stdio, f simulateFlags, c simulation) error {
	debug.SetGCPercent(200)
	streams, err := c.streams(f.seed, f.out != "-")
	if err != nil {
		return err
	}
	m := corpus.Manifest{Version: 1, Seed: f.seed, Scenario: f.scenario, Calls: c.calls, IDs: f.ids, Weather: f.weather, Dialect: c.dialect.String()}
	if c.script == nil {
		m.Company = f.company
	}
	var w *corpus.Writer
	if f.out == "-" {
		w = corpus.ToStream(std.out)
	} else if w, err = corpus.Create(f.out, m); err != nil {
		return &exitError{exitUnreadable, err.Error()}
	}
	err = corpus.Write(ctx, w, streams)
	if closed := w.Close(err == nil); err == nil {
		err = closed
	}
	return simulated(std, f, w, err)
}

// simulated says how it went.
func simulated(std stdio, f simulateFlags, w *corpus.Writer, err error) error {
	var e *script.Error
	switch {
	case errors.As(err, &e):
		e.File = f.scenario
		return &exitError{exitUnreadable, err.Error()}
	case errors.Is(err, context.Canceled):
		if f.out != "-" {
			fmt.Fprintf(std.err, "legwork: stopped; what is in %s is marked as incomplete in its manifest.json\n", f.out)
		}
		return err
	case err != nil:
		if f.out != "-" {
			fmt.Fprintf(std.err, "legwork: what is in %s is not whole\n", f.out)
		}
		return writeError(err)
	}
	if f.out != "-" {
		fmt.Fprintf(std.err, "%s: %s\n", f.out, w.Summary())
	}
	return nil
}
