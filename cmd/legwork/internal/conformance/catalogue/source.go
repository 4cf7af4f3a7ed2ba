package catalogue

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/features"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/scenarios"
	"github.com/legworkhq/legwork/sim/dialect"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
)

// Disturbed is the tag of the scenarios that are also delivered in every disturbed way.
const Disturbed = "@disturbed"

// Scenario is one thing that can happen to a call, and what it is told as.
type Scenario struct {
	// ID is the case's, calm and in order: "transfer.attended/ways/1".
	ID string
	// Slug names it in the ids of its disturbed deliveries: "transfer.attended-ways-1".
	Slug  string
	Title string
	Story string
	Tags  []string
	// Dialect has the knobs that the scenario turns, IDs the grammar of its ids.
	Dialect dialect.Dialect
	IDs     wire.Grammar
	Company func() *pbx.Company
	Script  func() *script.Script
}

// Scenarios lists Legwork's own scenarios, the features, and those of the files of a
// user's, below paths of fsys. The error says what of those cannot be read, or done.
func Scenarios(fsys fs.FS, paths ...string) ([]Scenario, error) {
	all, err := scenarios.Read(features.FS)
	if err != nil {
		return nil, err
	}
	if len(paths) > 0 {
		own, err := scenarios.Read(fsys, paths...)
		if err != nil {
			return nil, err
		}
		all = append(all, own...)
	}
	var out []Scenario
	for _, s := range all {
		if err := s.Err(); err != nil {
			return nil, err
		}
		if len(s.Lose) == 0 { // what a receiver cannot know is not asked
			out = append(out, scenario(s))
		}
	}
	return out, nil
}

func scenario(s *scenarios.Scenario) Scenario {
	return Scenario{
		ID: s.ID, Slug: strings.ReplaceAll(s.ID, "/", "-"), Title: s.Name,
		Story: s.Feature + "\n" + s.Promise + "\n\n" + s.String(),
		Tags:  slices.Clone(s.Tags), Dialect: s.Dialect, IDs: s.IDs,
		Company: func() *pbx.Company { return copyOf(s.Company()) },
		Script:  func() *script.Script { return s.Script },
	}
}

// copyOf copies a company, so that it can be given other ids.
func copyOf(c *pbx.Company) *pbx.Company {
	out := *c
	out.Extensions = slices.Clone(c.Extensions)
	return &out
}
