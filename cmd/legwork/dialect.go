package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/legworkhq/legwork/sim/dialect"
)

func newDialect(std stdio) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dialect",
		Short: "Show what is not known about RingCentral, as knobs of the simulated switch",
		Long: `Where no documentation says what RingCentral sends, the simulated switch has a knob: a
question, the possible answers, and the evidence for each. What the engine concludes
does not depend on any of them.

A dialect file has a line for each knob that is turned, such as "park-order parker-first".`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			helpTo(cmd, std.err)
			return quietly(exitUsage)
		},
	}
	cmd.AddCommand(newDialectList(std), newDialectCheck(std), newDialectDraw(std))
	return cmd
}

func newDialectList(std stdio) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list [KNOB ...]",
		Short:   "Print the knobs, their values, and the evidence for each",
		Long:    `List prints every knob, or those named. The first value of each is the default: the best evidenced one.`,
		Example: "  legwork dialect list\n  legwork dialect list queue-order park-order\n  legwork dialect list --format json",
	}
	format := addChoice(cmd, "format", "how to print", "text", "json", "markdown")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		knobs, err := chosen(args)
		if err != nil {
			return err
		}
		text, err := printKnobs(knobs, format.value)
		if err != nil {
			return err
		}
		if _, err := std.out.WriteString(text); err != nil {
			return writeError(err)
		}
		return nil
	}
	return cmd
}

// chosen finds the named knobs, all without a name.
func chosen(names []string) ([]dialect.Knob, error) {
	all := dialect.Knobs()
	if len(names) == 0 {
		return all, nil
	}
	var out []dialect.Knob
	for _, name := range names {
		i := slices.IndexFunc(all, func(k dialect.Knob) bool { return k.Name == name })
		if i < 0 {
			near := slices.MinFunc(all, func(a, b dialect.Knob) int { return editDistance(name, a.Name) - editDistance(name, b.Name) })
			return nil, usageError("there is no knob %q; the nearest is %s, and \"legwork dialect list\" prints all", name, near.Name)
		}
		out = append(out, all[i])
	}
	return out, nil
}

func printKnobs(knobs []dialect.Knob, format string) (string, error) {
	switch format {
	case "json":
		out, err := json.MarshalIndent(knobs, "", "  ")
		return string(out) + "\n", err
	case "markdown":
		return dialect.Markdown(knobs), nil
	}
	var b strings.Builder
	for i, k := range knobs {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s (%s)\n  %s\n", k.Name, k.Facility, k.Question)
		for j, v := range k.Values {
			mark := " "
			if j == 0 {
				mark = "*"
			}
			fmt.Fprintf(&b, "  %s %-22s %-10s  %s\n", mark, v.Name, v.Mark, v.Source)
		}
	}
	return b.String(), nil
}

func newDialectCheck(std stdio) *cobra.Command {
	return &cobra.Command{
		Use:     "check FILE",
		Short:   "Read a dialect file, and print the knobs that it turns",
		Example: "  legwork dialect check my.dialect",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			d, err := readDialect(args[0])
			if err != nil {
				return err
			}
			if d == (dialect.Dialect{}) {
				fmt.Fprintf(std.out, "%s: no knob is turned: the best evidenced dialect\n", args[0])
				return nil
			}
			fmt.Fprint(std.out, d)
			return nil
		},
	}
}

func newDialectDraw(std stdio) *cobra.Command {
	var seed uint64
	cmd := &cobra.Command{
		Use:     "draw",
		Short:   "Turn every knob to any of its values, and print the dialect as a file",
		Example: "  legwork dialect draw --seed 7 > some.dialect",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if _, err := fmt.Fprint(std.out, dialect.Draw(rand.New(rand.NewPCG(seed, 0xd1a1ec7)))); err != nil {
				return writeError(err)
			}
			return nil
		},
	}
	cmd.Flags().Uint64Var(&seed, "seed", 1, "the same seed draws the same dialect")
	return cmd
}
