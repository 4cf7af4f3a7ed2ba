package observed_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/observed"
	"github.com/legworkhq/legwork/internal/trial"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
)

func office(t testing.TB) *pbx.Exchange {
	x, err := pbx.NewExchange(pbx.Office())
	require.NoError(t, err)
	return x
}

// also is the office's directory.
func also() map[call.ParticipantID][]string {
	out := map[call.ParticipantID][]string{}
	for _, e := range pbx.Office().Extensions {
		out[call.ParticipantID("ext:"+e.ID)] = []string{e.Number, e.Name}
	}
	return out
}

// cases yields every scenario, and so many random lossless cases.
func cases(t testing.TB, random int, yield func(name string, c *sim.Case, run *sim.Run) bool) {
	x := office(t)
	for _, sc := range script.Scenarios() {
		c := &sim.Case{Seed: 1, Dialect: sc.Dialect, Script: sc.Script()}
		run, err := c.Do(x)
		require.NoError(t, err)
		if !yield(sc.Name, c, run) {
			return
		}
	}
	d := sim.NewDrawer(x)
	for seed := range random {
		c, run, err := d.Draw(uint64(seed), false)
		require.NoError(t, err)
		if !yield(c.String(), c, run) {
			return
		}
	}
}

func text(v any) string {
	b, _ := json.MarshalIndent(v, "", " ")
	return string(b)
}

// TestTruthAgreesWithItself: what the truth tells is true, whatever is asked for.
func TestTruthAgreesWithItself(t *testing.T) {
	all, err := observed.ParseFacts(observed.FactNames())
	require.NoError(t, err)
	cases(t, 1500, func(name string, c *sim.Case, run *sim.Run) bool {
		for _, facts := range []observed.Facts{{}, all} {
			d := observed.Compare(run.Truth, observed.OfPeople(run.Truth, also()), observed.Options{Facts: facts, Also: also(), Strict: true, Alone: true, Tolerance: 1})
			require.Empty(t, d, "%s\n%s\n%s", name, text(d), text(observed.Of(run.Truth)))
		}
		return true
	})
}

// TestEngineIsRight: what our engine tells is accepted.
func TestEngineIsRight(t *testing.T) {
	cases(t, 1500, func(name string, c *sim.Case, run *sim.Run) bool {
		answer, err := trial.Legwork(run.Deliveries)
		require.NoError(t, err)
		d := observed.Compare(run.Truth, observed.Of(answer), observed.Options{Also: also(), Strict: true, Alone: true})
		require.Empty(t, d, "%s\n%s\n%s", name, text(d), text(observed.Of(answer)))
		return true
	})
}
