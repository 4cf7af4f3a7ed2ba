package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/catalogue"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/report"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
	suite "github.com/legworkhq/legwork/cmd/legwork/internal/conformance/run"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/target"
	"github.com/legworkhq/legwork/sim/oracle"
)

// What a run of the regression suite ends with, besides 0, 1 and 2.
const (
	exitUnreachable = 3 // a target is not there
	exitIncomplete  = 4 // something could not be seen, and nothing failed
)

// conformanceFlags is what conformance run was asked for.
type conformanceFlags struct {
	targets, features                 []string
	tags, junit, json, html, baseline string
	seed                              uint64
	strict, shrink, dryRun, seeded    bool
}

func newConformanceRun(std stdio) *cobra.Command {
	var f conformanceFlags
	cmd := &cobra.Command{
		Use:   "run [CASE ...] --target FILE",
		Short: "Play cases at a receiver, and say which it gets wrong",
		Long: `Run plays cases at a receiver, all or those that are named, and holds what the receiver
understood against the truth. Every run uses fresh ids, so that a receiver with a database
needs no reset.

A case is PASS or FAIL; NON-STRICT where the receiver is right and could be better, which
--strict makes a FAIL; UNIMPLEMENTED where the target's file says that the receiver lacks
the area; SKIPPED where it needs what the target does not offer; INCONCLUSIVE where the
suite could not see what became of it, which is never a pass.

A failure names the mistake and prints the command that plays the case again. --shrink
looks for the least delivery that still fails, which takes a while.

--baseline names a file of case ids that are known to fail, one a line: they do not fail
the run, and one that passes is told.

Exit status: 0 if nothing failed; 1 if anything did; 2 for wrong usage; 3 if a target is
not there; 4 if nothing failed and something was INCONCLUSIVE, also after Ctrl-C.`,
		Example: `  legwork conformance run --target target.yaml
  legwork conformance run transfer.attended --target target.yaml
  legwork conformance run --tags "@L0 or @L1" --target target.yaml --strict
  legwork conformance run --target crm.yaml --target wallboard.yaml --html report
  legwork conformance run --target target.yaml --junit junit.xml --baseline known.txt
  legwork conformance run --features my-calls.feature my-calls --target target.yaml
  legwork conformance run order.shuffled/media.hold-once-1/1 --seed 42 --target target.yaml --shrink`,
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&f.targets, "target", nil, "the `FILE` that describes a receiver; may be given several times")
	fl.StringVar(&f.tags, "tags", "", "only cases whose tags fit an `EXPRESSION`, such as \"@transfer and not @park\"")
	fl.StringArrayVar(&f.features, "features", nil, "also the scenarios of a `PATH` of your own, a .feature file or a folder; may be given several times")
	fl.BoolVar(&f.strict, "strict", false, "fail what is NON-STRICT")
	fl.Uint64Var(&f.seed, "seed", 0, "settles ids, orders and whatever else is left to chance (default a fresh one)")
	fl.StringVar(&f.junit, "junit", "", "write the results for CI to a `FILE`")
	fl.StringVar(&f.json, "json", "", "write the report to a `FILE`, - for standard output")
	fl.StringVar(&f.html, "html", "", "write the report as a page to a `DIRECTORY`")
	fl.StringVar(&f.baseline, "baseline", "", "a `FILE` of cases that are known to fail")
	fl.BoolVar(&f.shrink, "shrink", false, "look for the least delivery that still fails")
	fl.BoolVar(&f.dryRun, "dry-run", false, "say what would be played, and send nothing")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f.seeded = cmd.Flags().Changed("seed")
		return f.run(cmd.Context(), std, args)
	}
	return cmd
}

func (f *conformanceFlags) run(ctx context.Context, std stdio, args []string) error {
	cases, all, err := choose(args, f.tags, f.features)
	if err != nil {
		return err
	}
	if len(f.targets) == 0 && !f.dryRun {
		return usageError("--target: name the file that describes the receiver, such as --target target.yaml; docs/conformance.md shows one")
	}
	areas := catalogue.Areas(all)
	var targets []*target.Target
	names := map[string]string{}
	for _, file := range f.targets {
		t, err := target.Read(file, areas)
		if err != nil {
			return usageError("%v", err)
		}
		if other, twice := names[t.Name]; twice {
			return usageError("%s and %s have the same name, %s: the report could not tell them apart", other, file, t.Name)
		}
		names[t.Name] = file
		targets = append(targets, t)
	}
	known, err := f.known(all)
	if err != nil {
		return err
	}
	if !f.seeded {
		f.seed = rand.Uint64() >> 24
	}
	if f.dryRun {
		return written(dryRun(std.out, cases, targets, f.seed))
	}
	return f.play(ctx, std, cases, targets, known)
}

func (f *conformanceFlags) known(all []catalogue.Case) (map[string]bool, error) {
	if f.baseline == "" {
		return nil, nil
	}
	text, err := os.ReadFile(f.baseline)
	if err != nil {
		return nil, usageError("--baseline: %v", err)
	}
	ids := make([]string, len(all))
	for i, c := range all {
		ids[i] = c.ID
	}
	known, err := suite.ParseBaseline(f.baseline, string(text), ids)
	if err != nil {
		return nil, usageError("--baseline: %v", err)
	}
	return known, nil
}

// play runs the cases, prints what came of them, and writes the reports.
func (f *conformanceFlags) play(ctx context.Context, std stdio, cases []catalogue.Case, targets []*target.Target, known map[string]bool) error {
	w := io.Writer(std.out)
	if f.json == "-" {
		w = std.err
	}
	var done atomic.Int64
	var mu sync.Mutex
	stop := countCases(std, &done, int64(len(cases)*len(targets)))
	var warnings []string
	found, failed := suite.Run(ctx, suite.Config{Cases: cases, Targets: targets, Seed: f.seed, Strict: f.strict, Shrink: f.shrink, Known: known, Suite: suiteVersion(), Features: f.features,
		Done: func(string, result.Result) { done.Add(1) },
		Warn: func(text string) {
			mu.Lock()
			defer mu.Unlock()
			warnings = append(warnings, text)
		}})
	stop()
	for _, text := range warnings {
		fmt.Fprintf(std.err, "legwork: %s\n", text)
	}
	printReport(w, found, known)
	if err := f.write(std, found); err != nil {
		return err
	}
	return f.status(found, failed)
}

// status is what the run ends with.
func (f *conformanceFlags) status(r result.Report, failed error) error {
	var gone *suite.UnreachableError
	sum := suite.Add(r)
	switch {
	case errors.As(failed, &gone):
		return &exitError{exitUnreachable, gone.Error()}
	case failed != nil:
		return failed
	case r.Interrupted:
		return &exitError{exitIncomplete, "interrupted: the report is not complete"}
	case sum.Failed > 0:
		return quietly(exitUnreadable)
	case sum.Inconclusive > 0:
		return quietly(exitIncomplete)
	}
	return nil
}

// write writes the reports that were asked for.
func (f *conformanceFlags) write(std stdio, r result.Report) error {
	if f.json != "" {
		if err := writeTo(std, f.json, func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			e.SetEscapeHTML(false)
			return e.Encode(r)
		}); err != nil {
			return err
		}
	}
	if f.junit != "" {
		if err := writeTo(std, f.junit, func(w io.Writer) error { return suite.JUnit(w, r) }); err != nil {
			return err
		}
	}
	if f.html != "" {
		if err := report.Write(f.html, r); err != nil {
			return &exitError{exitUnreadable, "--html: " + err.Error()}
		}
		fmt.Fprintf(std.err, "the page: %s\n", filepath.Join(f.html, "index.html"))
	}
	return nil
}

func writeTo(std stdio, file string, write func(io.Writer) error) error {
	if file == "-" {
		return written(write(std.out))
	}
	out, err := os.Create(file)
	if err != nil {
		return writeError(err)
	}
	return written(errors.Join(write(out), out.Close()))
}

// suiteVersion is the version of this program.
func suiteVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// printReport prints what did not pass, and a sum.
func printReport(w io.Writer, r result.Report, known map[string]bool) {
	for _, rec := range r.Receivers {
		name := rec.Name
		if rec.Version != "" {
			name += " " + rec.Version
		}
		fmt.Fprintf(w, "%s, seen by %s\n", name, rec.Sees)
		unplayed := 0
		for i, x := range rec.Results {
			if suite.Unplayed(x) {
				unplayed++
				continue
			}
			printResult(w, r.Cases[i], x)
		}
		if unplayed > 0 {
			fmt.Fprintf(w, "%d cases were not played\n", unplayed)
		}
		printMistakes(w, rec)
	}
	for _, id := range suite.Healed(r, known) {
		fmt.Fprintf(w, "passes now, and is still in the baseline: %s\n", id)
	}
	sum := suite.Add(r)
	var parts []string
	for _, c := range result.Classes() {
		if n := sum.Classes[c]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, c))
		}
	}
	text := strings.Join(parts, ", ")
	if sum.Known > 0 {
		text += fmt.Sprintf(" (%d failures are known)", sum.Known)
	}
	if r.Interrupted {
		text = "interrupted: " + text
	}
	fmt.Fprintf(w, "%s; seed %d, %.1f s\n", text, r.Seed, float64(r.TookMs)/1000)
}

// printMistakes counts in how many cases a receiver made each named mistake.
func printMistakes(w io.Writer, rec result.Receiver) {
	for _, m := range oracle.Mistakes() {
		n := 0
		for _, x := range rec.Results {
			if x.Class == result.Fail && slices.ContainsFunc(x.Differences, func(d result.Difference) bool { return d.Mistake == string(m) }) {
				n++
			}
		}
		if n > 0 {
			fmt.Fprintf(w, "%5d  %s: %s\n", n, m, m.Meaning())
		}
	}
}

// most is how many differences of a case are printed.
const mostPrinted = 5

func printResult(w io.Writer, c result.Case, x result.Result) {
	switch x.Class {
	case result.Pass, result.Skipped, result.Unimplemented, result.Informational:
		return
	}
	class := string(x.Class)
	if x.Known {
		class = "known " + class
	}
	fmt.Fprintf(w, "%s  %s  %s\n", class, x.Case, c.Title)
	if len(x.Differences) == 0 {
		fmt.Fprintf(w, "      %s\n", indented(x.Why))
	}
	for i, d := range x.Differences {
		if i == mostPrinted {
			fmt.Fprintf(w, "      and %d more\n", len(x.Differences)-i)
			break
		}
		fmt.Fprintf(w, "      %s\n", indented(suite.Line(d)))
	}
	if len(x.Shrunk) > 0 {
		fmt.Fprintf(w, "      the least that still fails:\n")
		for _, l := range x.Shrunk {
			fmt.Fprintf(w, "        %s\n", l)
		}
	}
	if x.Reproduce != "" && x.Class != result.NonStrict {
		fmt.Fprintf(w, "      again: %s\n", x.Reproduce)
	}
}

func indented(s string) string { return strings.ReplaceAll(s, "\n", "\n      ") }

// dryRun says what would be played.
func dryRun(w io.Writer, cases []catalogue.Case, targets []*target.Target, seed uint64) error {
	for _, t := range targets {
		where := strings.Join(t.Sees.Args, " ")
		if t.Webhook != nil {
			where = t.Webhook.String()
		}
		fmt.Fprintf(w, "%s: %d cases, to %s, seen by %s\n", t.Name, len(cases), where, t.Sees.Kind)
	}
	total := 0
	for i := range cases {
		n, err := cases[i].Count(seed)
		if err != nil {
			return err
		}
		total += n
		fmt.Fprintf(w, "%s  %s  %d notifications\n", cases[i].ID, cases[i].Level, n)
	}
	_, err := fmt.Fprintf(w, "%d cases, %d notifications; nothing was sent\n", len(cases), total)
	return err
}
