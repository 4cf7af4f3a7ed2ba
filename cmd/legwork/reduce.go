package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/legworkhq/legwork/internal/trial"
	"github.com/legworkhq/legwork/scenarios"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
)

func newReduce(std stdio) *cobra.Command {
	var seed uint64
	var lossy bool
	cmd := &cobra.Command{
		Use:   "reduce [CASE]",
		Short: "Shrink a case that fails to the least that still does",
		Long: `Reduce takes a case that verify found, from a file or by its seed, and leaves out
steps, unusual dialect, weather and losses as long as the engine still makes the same
mistake. It prints the least case on standard output, and what goes wrong on standard
error, with the case as a scenario ready to paste into a .feature file.

Exit status: 0 with a reduced case, 1 if the case does not fail or cannot be read, 2
for wrong usage.`,
		Example: `  legwork reduce --seed 18231 --lossy > case.txt
  legwork reduce case.txt`,
		Args: cobra.MaximumNArgs(1),
	}
	cmd.Flags().Uint64Var(&seed, "seed", 0, "the seed that verify printed")
	cmd.Flags().BoolVar(&lossy, "lossy", false, "with --seed: the case loses notifications")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		x, err := pbx.NewExchange(pbx.Office())
		if err != nil {
			return err
		}
		byCase, bySeed := len(args) == 1, cmd.Flags().Changed("seed")
		if byCase == bySeed {
			return usageError("want a file with a case, or --seed")
		}
		var c *sim.Case
		if byCase {
			c, err = readCase(args[0])
		} else {
			c, _, err = sim.NewDrawer(x).Draw(seed, lossy)
		}
		if err != nil {
			return err
		}
		return reduce(std, x, c)
	}
	return cmd
}

func reduce(std stdio, x *pbx.Exchange, c *sim.Case) error {
	v, err := trial.Try(x, c, trial.Legwork)
	if err != nil {
		return scriptError("case", err)
	}
	if v.OK() {
		return &exitError{exitUnreadable, "the case does not fail: the engine agrees with the switch"}
	}
	v = trial.Reduce(x, v, trial.Legwork)
	for _, d := range v.Differences {
		fmt.Fprintf(std.err, "# %s\n", d)
	}
	if _, err := fmt.Fprint(std.out, v.Case); err != nil {
		return writeError(err)
	}
	fmt.Fprint(std.err, asScenario(v))
	return nil
}

// asScenario says a case that fails in sentences. What a case's file cannot say in them
// is left to the file.
func asScenario(v *trial.Verdict) string {
	name := "A case that fails"
	if len(v.Differences) > 0 {
		name += ": " + string(v.Differences[0].Mistake)
	}
	text, err := scenarios.Write(name, v.Case, v.Run.Truth, v.Answer)
	if err != nil {
		return ""
	}
	return "\nas a scenario:\n\n" + text
}

// scriptError says where a script asks for what cannot be done.
func scriptError(name string, err error) error {
	var e *script.Error
	if errors.As(err, &e) {
		e.File = name
	}
	return &exitError{exitUnreadable, err.Error()}
}
