package view_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/wire"
)

// A call of which an event is missing, or only the beginning is known, is still shown.
func TestLossyCallsRender(t *testing.T) {
	seen := 0
	for _, v := range conversations(t) {
		for i := range v.events {
			missing := append(append(v.events[:0:0], v.events[:i]...), v.events[i+1:]...)
			for _, events := range [][]wire.Event{missing, v.events[:i+1]} {
				calls, err := recon.Build(v.config, events)
				require.NoError(t, err)
				for _, c := range calls {
					for _, f := range []string{"text", "legs", "csv", "mermaid", "dot", "svg"} {
						fit(t, render(t, f, c))
					}
					validVCon(t, render(t, "vcon", c))
					validOTLP(t, render(t, "otlp", c))
					wellFormedMermaid(t, render(t, "mermaid", c))
					wellFormedDOT(t, render(t, "dot", c))
					wellFormedSVG(t, render(t, "svg", c))
					seen++
				}
			}
		}
	}
	require.Greater(t, seen, 500)
}
