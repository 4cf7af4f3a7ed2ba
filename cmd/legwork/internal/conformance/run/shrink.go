package run

import (
	"context"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/catalogue"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
)

func (p *party) shrink(context.Context, *catalogue.Case, *catalogue.Play, result.Result) []string {
	return nil
}
