package main

import (
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion(std stdio) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Long:    "Version prints the module version, the revision it was built from, and the version of Go.",
		Example: "  legwork version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			info, ok := debug.ReadBuildInfo()
			if !ok {
				return &exitError{exitUnreadable, "this binary carries no build information"}
			}
			return printVersion(std.out, info)
		},
	}
}

func printVersion(w io.Writer, info *debug.BuildInfo) error {
	setting := map[string]string{}
	for _, s := range info.Settings {
		setting[s.Key] = s.Value
	}
	version, revision := info.Main.Version, setting["vcs.revision"]
	if version == "" {
		version = "(devel)"
	}
	if revision == "" {
		revision = "unknown"
	}
	if setting["vcs.modified"] == "true" {
		revision += ", modified"
	}
	_, err := fmt.Fprintf(w, "legwork %s\nrevision %s\n%s %s/%s\n", version, revision, info.GoVersion, setting["GOOS"], setting["GOARCH"])
	return err
}

// version is the module's.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return ""
}
