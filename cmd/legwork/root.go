package main

import (
	"context"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// stdio is the three streams of the process.
type stdio struct{ in, out, err *os.File }

// run runs one command line and returns the exit status.
func run(ctx context.Context, args []string, std stdio) int {
	root := newRoot(std)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	return status(std.err, cmd.CommandPath(), err)
}

func newRoot(std stdio) *cobra.Command {
	root := &cobra.Command{
		Use:   "legwork",
		Short: "Rebuild RingCentral calls from telephony-session notifications",
		Long: `Legwork reads RingCentral telephony-session notifications and rebuilds the
calls: who took part, who could hear whom and when, and which transfers, holds,
parks and queues joined the sessions. Every link names the events that prove it.

Notifications may come late, twice, or in any order.`,
		Example: `  legwork demo                           see a warm transfer, from raw events to its story
  legwork recon events.ndjson            print the calls of a file
  legwork explain events.ndjson          say how everything in a call is known`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	root.SetFlagErrorFunc(suggestFlag)
	root.SuggestionsMinimumDistance = 2
	root.AddCommand(newRecon(std), newExplain(std), newReplay(std), newDemo(std), newVerify(std), newReduce(std), newSimulate(std), newFixtures(), newDialect(std), newConformance(std), newFeatures(std), newSteps(std), newMask(std), newListen(std), newServe(std), newHealth(std), newCalls(std), newTenants(std), newTokens(std), newNotices(std), newExport(std), newPurge(std), newRebuild(std), newBackup(std), newRestore(std), newMigrate(std), newCluster(std), newConfig(std), newVersion(std))
	for _, c := range root.Commands() {
		if c.HasSubCommands() && !c.Runnable() { // else a word that it does not know would be right
			c.Args, c.RunE = cobra.NoArgs, func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
	root.SetUsageTemplate(strings.Replace(root.UsageTemplate(), "{{if .Runnable}}", "{{if and .Runnable (not .HasAvailableSubCommands)}}", 1)) // one line says it
	root.SetHelpCommand(&cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Print the help of a command",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 && cmd == root {
				return usageError("unknown help topic %q", args)
			}
			return cmd.Help()
		},
	})
	return root
}

// helpTo prints a command's help on w.
func helpTo(cmd *cobra.Command, w io.Writer) {
	cmd.SetOut(w)
	_ = cmd.Help()
}

// suggestFlag adds the nearest flag to an error about an unknown one.
func suggestFlag(cmd *cobra.Command, err error) error {
	name, ok := unknownFlag(err)
	if !ok {
		return err
	}
	best, distance := "", 4
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if d := editDistance(name, f.Name); d < distance {
			best, distance = f.Name, d
		}
	})
	if best == "" {
		return err
	}
	return &flagError{err, best}
}

type flagError struct {
	err  error
	near string
}

func (e *flagError) Error() string {
	return e.err.Error() + "\n\nDid you mean this?\n\t--" + e.near + "\n"
}

func unknownFlag(err error) (string, bool) {
	if e, ok := err.(*pflag.NotExistError); ok && len(e.GetSpecifiedName()) > 1 {
		return e.GetSpecifiedName(), true
	}
	return "", false
}
