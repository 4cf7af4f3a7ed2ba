package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/legworkhq/legwork/server/config"
)

func newConfig(std stdio) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Check and show the configuration of serve",
		Long: `A setting of serve comes from a flag, else from a variable LEGWORK_..., else from the file that
--config or LEGWORK_CONFIG names, else it has its default. Tenants and tokens stand in the
file alone. docs/settings.md lists everything.`,
	}
	cmd.AddCommand(newConfigCheck(std), newConfigShow(std), newConfigSchema(std))
	return cmd
}

func fileOf(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

func newConfigCheck(std stdio) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Find everything that is wrong with a configuration",
		Long: `Check reads a configuration as serve would, with the variables and flags that are set, and
prints all that is wrong with it, each thing with its place: files that cannot be read, a
certificate that is not its key's, times that contradict each other, tenants without
a token. What works but is not wise is printed as a warning.

Exit status: 0 when serve would start; 2 when something is wrong.`,
		Example: `  legwork config check /etc/legwork/legwork.yaml`,
		Args:    cobra.MaximumNArgs(1),
	}
	config.Register(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return runConfigCheck(cmd, std, fileOf(args))
	}
	return cmd
}

func runConfigCheck(cmd *cobra.Command, std stdio, file string) error {
	c, err := config.Load(cmd.Flags(), os.LookupEnv, file)
	if err != nil {
		return wrongConfig(std, err)
	}
	for _, w := range append(config.Misspelt(os.Environ()), c.Warnings...) {
		fmt.Fprintf(std.err, "warning: %s\n", w)
	}
	if p := c.Check(); len(p) > 0 {
		return wrongConfig(std, p)
	}
	name := c.File
	if name == "" {
		name = "no file"
	}
	_, err = fmt.Fprintf(std.out, "%s: good; %s, %s\n", name, counted(len(c.Tenants), "tenant"), counted(len(c.Tokens), "token"))
	if err != nil {
		return writeError(err)
	}
	return nil
}

// wrongConfig prints all problems, and ends the program.
func wrongConfig(std stdio, err error) error {
	var p config.Problems
	if !errors.As(err, &p) {
		return usageError("%v", err)
	}
	fmt.Fprintln(std.err, p.Error())
	return usageError("%s in the configuration", counted(len(p), "problem"))
}

func newConfigShow(std stdio) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show [FILE]",
		Short: "Print every setting, and where its value is from",
		Long: `Show prints the configuration that serve would have with the same flags and variables,
as a file, and behind each setting where its value is from. Of secrets it tells only
whether they are set.`,
		Example: `  legwork config show
  LEGWORK_LISTEN=0.0.0.0:80 legwork config show --config legwork.yaml --keep-raw 30d`,
		Args: cobra.MaximumNArgs(1),
	}
	config.Register(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := config.Load(cmd.Flags(), os.LookupEnv, fileOf(args))
		if err != nil {
			return wrongConfig(std, err)
		}
		if err := c.Show(std.out); err != nil {
			return writeError(err)
		}
		return nil
	}
	return cmd
}

func newConfigSchema(std stdio) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the file, for editors",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if _, err := std.out.Write(config.Schema()); err != nil {
				return writeError(err)
			}
			return nil
		},
	}
}

// counted is a number of things, in words.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
