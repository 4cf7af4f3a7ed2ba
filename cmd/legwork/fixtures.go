package main

import (
	"github.com/spf13/cobra"

	"github.com/legworkhq/legwork/cmd/legwork/internal/corpus"
)

// newFixtures regenerates the corpora in fixtures. It is for this project's makers.
func newFixtures() *cobra.Command {
	return &cobra.Command{
		Use:    "fixtures DIR",
		Short:  "Write the fixture corpora",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := corpus.Fixtures(args[0]); err != nil {
				return &exitError{exitUnreadable, err.Error()}
			}
			return nil
		},
	}
}
