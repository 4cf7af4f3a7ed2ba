package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/catalogue"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/near"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/tags"
	"github.com/legworkhq/legwork/features"
	"github.com/legworkhq/legwork/scenarios"
)

func newConformance(std stdio) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "conformance",
		Short: "Try your own receiver against calls of which the truth is known",
		Long: `Conformance plays calls at a receiver of yours, in whatever language it is written, asks
it what it understood, and says which calls it gets wrong, and how.

Cases have stable ids, and four levels:

  L0  the contract of delivery: the handshake, 200 within 3 s, duplicates, strange bodies
  L1  calls of one session: answered, missed, voicemail, menus, queues, hold
  L2  disturbed delivery of some: shuffled, twice, late, after a restart
  L3  calls over several sessions: transfers, conferences, park, supervision

docs/conformance.md describes target.yaml, which names the receiver and how to ask it, and
what it may answer.`,
		Example: `  legwork conformance list
  legwork conformance list --tags "@transfer and not @L2"
  legwork conformance run --target target.yaml
  legwork conformance run contract --target target.yaml --strict`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError("conformance has no command %q; there is list and run", args[0])
			}
			helpTo(cmd, std.err)
			return quietly(exitUsage)
		},
	}
	cmd.AddCommand(newConformanceList(std), newConformanceRun(std))
	return cmd
}

func newConformanceList(std stdio) *cobra.Command {
	var expression string
	var own []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [CASE ...]",
		Short: "List the cases",
		Long: `List prints the id, the level and the title of every case, or of those that are chosen.

CASE is an id, the beginning of one up to a "." or "/", such as transfer or
order.shuffled, or a pattern such as "*/ways/*".`,
		Example: `  legwork conformance list
  legwork conformance list transfer.attended
  legwork conformance list --tags "@L3 and not @conference"
  legwork conformance list --json`,
	}
	cmd.Flags().StringVar(&expression, "tags", "", "only cases whose tags fit an `EXPRESSION`, such as \"@transfer and not @park\"")
	cmd.Flags().StringArrayVar(&own, "features", nil, "also the scenarios of a `PATH` of your own, a .feature file or a folder; may be given several times")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the cases as JSON, with their stories and tags")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		cases, _, err := choose(args, expression, own)
		if err != nil {
			return err
		}
		return written(listCases(std.out, cases, asJSON))
	}
	return cmd
}

// written is writeError of an error that may be nil.
func written(err error) error {
	if err == nil {
		return nil
	}
	return writeError(err)
}

func listCases(w io.Writer, cases []catalogue.Case, asJSON bool) error {
	if asJSON {
		out := make([]result.Case, len(cases))
		for i := range cases {
			out[i] = cases[i].Case
		}
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(out)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range cases {
		fmt.Fprintf(t, "%s\t%s\t%s\n", c.ID, c.Level, c.Title)
	}
	return t.Flush()
}

// choose lists the cases that are named and fit the tags, in the order of the catalogue,
// and all there are. own are feature files of the user's.
func choose(names []string, expression string, own []string) (chosen, all []catalogue.Case, err error) {
	if all, err = catalogue.All(scenarios.DiskFirst(features.FS), own...); err != nil {
		return nil, nil, usageError("%v", err)
	}
	chosen, err = chosenOf(all, names, expression)
	return chosen, all, err
}

func chosenOf(all []catalogue.Case, names []string, expression string) ([]catalogue.Case, error) {
	want, err := tags.Parse(expression)
	if err != nil {
		return nil, usageError("%v", err)
	}
	known := []string{}
	for _, c := range all {
		known = append(known, c.Tags...)
	}
	for _, t := range want.Named {
		if !slices.Contains(known, t) {
			return nil, usageError("--tags: no case has the tag %s%s", t, near.Hint(t, known))
		}
	}
	named := map[string]bool{}
	for _, n := range names {
		found := false
		for _, c := range all {
			if fits(n, c.ID) {
				named[c.ID], found = true, true
			}
		}
		if !found {
			return nil, usageError("there is no case %q%s", n, nearCases(n, all))
		}
	}
	out := slices.DeleteFunc(slices.Clone(all), func(c catalogue.Case) bool {
		return len(names) > 0 && !named[c.ID] || !want.Holds(c.Tags)
	})
	if len(out) == 0 {
		return nil, usageError("no case is left: none of those named fits the tags")
	}
	return out, nil
}

// fits: an id, its beginning, or a pattern.
func fits(name, id string) bool {
	if strings.ContainsAny(name, "*?[") {
		ok, err := path.Match(name, id)
		return err == nil && ok
	}
	rest, ok := strings.CutPrefix(id, strings.TrimRight(name, "./"))
	return ok && name != "" && (rest == "" || rest[0] == '.' || rest[0] == '/')
}

// nearCases suggests ids, or beginnings of ids.
func nearCases(name string, all []catalogue.Case) string {
	var ids, tops []string
	for _, c := range all {
		ids = append(ids, c.ID)
		if top, _, _ := strings.Cut(c.ID, "/"); !slices.Contains(tops, top) {
			tops = append(tops, top)
		}
	}
	list := near.Words(name, append(tops, ids...), 3)
	if len(list) == 0 {
		return "; legwork conformance list prints them"
	}
	return "; did you mean " + strings.Join(list, ", or ") + "?"
}
