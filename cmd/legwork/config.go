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
		Short: "Check and show the configuration of legwork serve",
		Long: `Each setting of legwork serve is a flag, or a variable such as LEGWORK_LISTEN, or stands in
a file; the first of these counts. Tenants and tokens stand in the file alone.`,
		Example: `  legwork config check /etc/legwork/legwork.yaml
  LEGWORK_LISTEN=0.0.0.0:443 legwork config show /etc/legwork/legwork.yaml`,
	}
	cmd.AddCommand(newConfigCheck(std), newConfigShow(std))
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
		Short: "Find everything that is wrong, without starting anything",
		Long: `Check reads the configuration as legwork serve does, and looks whether files can be read,
the certificate fits its key, and the data directory can be used.

Exit status: 0 if a server could start, also with warnings; 2 if not.`,
		Args: cobra.MaximumNArgs(1),
	}
	config.Register(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := config.Load(cmd.Flags(), os.LookupEnv, fileOf(args))
		var wrong config.Problems
		if err != nil && !errors.As(err, &wrong) {
			return usageError("%v", err)
		}
		if err == nil {
			wrong = cfg.Check()
			for _, w := range cfg.Warnings {
				fmt.Fprintf(std.err, "warning: %s\n", w)
			}
		}
		for _, p := range wrong {
			fmt.Fprintln(std.err, p)
		}
		if len(wrong) > 0 {
			return quietly(exitUsage)
		}
		_, err = fmt.Fprintln(std.out, "ok")
		return err
	}
	return cmd
}

func newConfigShow(std stdio) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show [FILE]",
		Short: "Print what results, and where each value is from; secrets are not shown",
		Args:  cobra.MaximumNArgs(1),
	}
	config.Register(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := config.Load(cmd.Flags(), os.LookupEnv, fileOf(args))
		if err != nil {
			return usageError("%v", err)
		}
		if err := cfg.Show(std.out); err != nil {
			return writeError(err)
		}
		return nil
	}
	return cmd
}
