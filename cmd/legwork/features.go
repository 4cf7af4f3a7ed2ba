package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/cucumber/godog"
	"github.com/spf13/cobra"

	"github.com/legworkhq/legwork/features"
	"github.com/legworkhq/legwork/scenarios"
)

func newFeatures(std stdio) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "features",
		Short: "Run Legwork's promises, or your own, written in Gherkin",
		Long: `Features are promises in sentences: who exists, what people do, and what must be true
of the call. Legwork's own are part of the program. Yours are .feature files in the
same language, which "legwork steps" prints.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			helpTo(cmd, std.err)
			return quietly(exitUsage)
		},
	}
	cmd.AddCommand(newFeaturesRun(std), newFeaturesList(std))
	return cmd
}

// runFlags is what features run was asked for.
type runFlags struct {
	tags    string
	format  *choice
	weather string
	seed    uint64
	orders  int
	workers int
}

func newFeaturesRun(std stdio) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [PATH ...]",
		Short: "Hold every promise against the engine, in every weather",
		Long: `Run plays each scenario on the simulated switch, and holds its statements against the
switch's own truth and against what the engine concludes from the notifications: in
order, in other orders, twice, late, with each one lost, restarted in the middle, in
every dialect of the switch, and at the scope of each extension.

A PATH is a .feature file, a folder of them, or the line of a scenario (a.feature:12).
Without one, Legwork's own features run; they are found by their names as well.

Exit status: 0 if everything holds, 1 if anything does not or a file cannot be read,
2 for wrong usage or when there is nothing to run, 130 after Ctrl-C.`,
		Example: `  legwork features run
  legwork features run --tags @calm my-features
  legwork features run --format junit > features.xml
  legwork features run --weather order-17 --seed 3 conference.feature:10`,
	}
	addTags(cmd, &f.tags)
	f.format = addChoice(cmd, "format", "how to print", "progress", "pretty", "junit", "cucumber")
	cmd.Flags().StringVar(&f.weather, "weather", "", "only this weather, or kind of weather: "+strings.Join(scenarios.Kinds(), ", "))
	cmd.Flags().Uint64Var(&f.seed, "seed", 0, "what orders are drawn from")
	cmd.Flags().IntVar(&f.orders, "orders", 300, "in how many orders the notifications of a long scenario come")
	cmd.Flags().IntVar(&f.workers, "workers", runtime.GOMAXPROCS(0), "how many scenarios at a time")
	cmd.RunE = func(cmd *cobra.Command, paths []string) error {
		if err := f.check(); err != nil {
			return err
		}
		return f.run(cmd.Context(), std, paths)
	}
	return cmd
}

func addTags(cmd *cobra.Command, tags *string) {
	cmd.Flags().StringVar(tags, "tags", "", `only scenarios whose tags fit an EXPRESSION, such as "@a and not @b" or "@a or @b"`)
}

// godogTags writes an expression as godog has it. Both spellings are understood.
func godogTags(expression string) string {
	words := strings.Fields(expression)
	var b strings.Builder
	for _, w := range words {
		switch w {
		case "and", "&&":
			b.WriteString(" && ")
		case "or", ",":
			b.WriteString(",")
		case "not":
			b.WriteString("~")
		default:
			b.WriteString(w)
		}
	}
	return b.String()
}

func (f *runFlags) check() error {
	kind, _, _ := strings.Cut(f.weather, "-")
	if f.weather != "" && !slices.Contains(scenarios.Kinds(), kind) {
		return usageError("there is no weather %q; the kinds are %s", f.weather, strings.Join(scenarios.Kinds(), ", "))
	}
	if f.orders < 1 || f.workers < 1 {
		return usageError("--orders and --workers are 1 or more")
	}
	return nil
}

// suite is what to run: our own features without a path.
func (f *runFlags) suite(std stdio, paths []string) *scenarios.Suite {
	s := &scenarios.Suite{
		Godog: godog.Options{FS: scenarios.DiskFirst(features.FS), Paths: paths, Tags: godogTags(f.tags), Format: f.format.value,
			Concurrency: f.workers, Output: std.out, NoColors: !wantColor("auto", std.out)},
		Try: scenarios.Options{Orders: f.orders, Seed: f.seed, Weather: f.weather},
	}
	if len(paths) == 0 {
		s.Godog.FS = features.FS
	}
	return s
}

func (f *runFlags) run(ctx context.Context, std stdio, paths []string) error {
	type outcome struct {
		report *scenarios.Report
		err    error
	}
	done := make(chan outcome, 1)
	began := time.Now()
	go func() {
		r, err := f.suite(std, paths).Run()
		done <- outcome{r, err}
	}()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case o := <-done:
		return f.tell(std, o.report, o.err, time.Since(began))
	}
}

// tell says what was run, beside what godog printed.
func (f *runFlags) tell(std stdio, r *scenarios.Report, err error, took time.Duration) error {
	switch {
	case err != nil && (r == nil || len(r.Scenarios) == 0 && r.Broken == nil):
		return cannotRun(err)
	case err != nil:
		return &exitError{exitUnreadable, err.Error()}
	}
	times(std.err, r, f.format.value == "pretty")
	fmt.Fprintf(std.err, "%s: %s in %.1f s\n", scenarioCount(r), tries(r), took.Seconds())
	if r.Skipped > 0 {
		fmt.Fprintf(std.err, "%d tries of another dialect were left out, in which the switch does not let people do what the scenario says\n", r.Skipped)
	}
	if r.Broken != nil {
		fmt.Fprintf(std.err, "these could not be read, and were not run:\n%v\n", r.Broken)
	}
	if r.Failed > 0 || r.Broken != nil {
		return quietly(exitUnreadable)
	}
	return nil
}

// cannotRun is the end of a run in which there was nothing to run.
func cannotRun(err error) error {
	if errors.Is(err, scenarios.ErrEmpty) || errors.Is(err, fs.ErrNotExist) {
		return &exitError{exitUsage, err.Error()}
	}
	return &exitError{exitUnreadable, err.Error()}
}

func scenarioCount(r *scenarios.Report) string {
	n := len(r.Scenarios)
	if r.Failed == 0 {
		return fmt.Sprintf("%d scenarios hold", n)
	}
	return fmt.Sprintf("%d of %d scenarios fail", r.Failed, n)
}

func tries(r *scenarios.Report) string {
	var parts []string
	total := 0
	for _, kind := range scenarios.Kinds() {
		if n := r.Runs[kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", kind, n))
			total += n
		}
	}
	return fmt.Sprintf("%d tries (%s)", total, strings.Join(parts, ", "))
}

// times lists how long each scenario took, or the slowest of them.
func times(w io.Writer, r *scenarios.Report, all bool) {
	list := slices.Clone(r.Scenarios)
	if !all {
		slices.SortFunc(list, func(a, b scenarios.Ran) int { return cmp.Compare(b.Took, a.Took) })
		list = list[:min(3, len(list))]
		fmt.Fprintln(w, "\nthe slowest:")
	}
	for _, s := range list {
		fmt.Fprintf(w, "%8.2f s  %s:%d  %s\n", s.Took.Seconds(), s.File, s.Line, s.Name)
	}
}

func newFeaturesList(std stdio) *cobra.Command {
	var tags string
	cmd := &cobra.Command{
		Use:     "list [PATH ...]",
		Short:   "Print the scenarios, with their ids and where they stand",
		Example: "  legwork features list\n  legwork features list --tags @calm my-features",
	}
	addTags(cmd, &tags)
	cmd.RunE = func(_ *cobra.Command, paths []string) error {
		var fsys fs.FS = features.FS
		if len(paths) > 0 {
			fsys = scenarios.DiskFirst(features.FS)
		}
		all, err := scenarios.Read(fsys, paths...)
		if err != nil && len(all) == 0 {
			return cannotRun(err)
		}
		w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
		n, bad := 0, err != nil
		for _, s := range all {
			if !scenarios.Tagged(godogTags(tags), s.Tags) {
				continue
			}
			n++
			fmt.Fprintf(w, "%s\t%s:%d\t%s\t%s\n", s.ID, s.File, s.Line, s.Name, strings.Join(s.Tags, " "))
			if e := s.Err(); e != nil {
				bad = true
				fmt.Fprintln(std.err, e)
			}
		}
		if err := w.Flush(); err != nil {
			return writeError(err)
		}
		switch {
		case err != nil:
			return &exitError{exitUnreadable, err.Error()}
		case n == 0:
			return &exitError{exitUsage, scenarios.ErrEmpty.Error()}
		case bad:
			return quietly(exitUnreadable)
		}
		return nil
	}
	return cmd
}

func newSteps(std stdio) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "steps",
		Short:   "Print every sentence that scenarios are made of",
		Long:    `Steps prints the language of scenarios: every sentence, an example and what it means.`,
		Example: "  legwork steps\n  legwork steps --format markdown",
		Args:    cobra.NoArgs,
	}
	format := addChoice(cmd, "format", "how to print", "text", "markdown")
	cmd.RunE = func(*cobra.Command, []string) error {
		text := scenarios.Text()
		if format.value == "markdown" {
			text = scenarios.Markdown()
		}
		if _, err := std.out.WriteString(text); err != nil {
			return writeError(err)
		}
		return nil
	}
	return cmd
}
