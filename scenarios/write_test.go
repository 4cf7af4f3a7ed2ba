package scenarios_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/internal/trial"
	"github.com/legworkhq/legwork/scenarios"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
)

// again prints a case as a scenario and reads it back.
func again(t *testing.T, name string, c *sim.Case, run *sim.Run) *scenarios.Scenario {
	t.Helper()
	answer, err := trial.Legwork(run.Deliveries)
	require.NoError(t, err)
	text, err := scenarios.Write(name, c, run.Truth, answer)
	require.NoError(t, err, "%s", c.Script)
	back, err := scenarios.Parse("again.feature", []byte("Feature: again\n\n"+text))
	require.NoError(t, err, "%s", text)
	require.Len(t, back, 1)
	require.NoError(t, back[0].Err(), "%s", text)
	return back[0]
}

// TestWrittenScenariosReadBack: every scenario of the simulator, printed in Gherkin, is
// the same script again, and what it claims is true in every weather.
func TestWrittenScenariosReadBack(t *testing.T) {
	x, err := pbx.NewExchange(pbx.Office())
	require.NoError(t, err)
	all := script.Scenarios()
	require.Greater(t, len(all), 70)
	for _, sc := range all {
		t.Run(sc.Name, func(t *testing.T) {
			t.Parallel()
			c := &sim.Case{Dialect: sc.Dialect, Script: sc.Script()}
			run, err := c.Do(x)
			require.NoError(t, err)
			back := again(t, sc.Title, c, run)
			require.Equal(t, plain(c), plain(back.Case()))
			res, err := back.Try(scenarios.Options{Orders: 20})
			require.NoError(t, err)
			for _, f := range res.Failures {
				t.Error(f)
			}
			for _, kind := range scenarios.Kinds() {
				require.Positive(t, res.Runs[kind], kind)
			}
		})
	}
}

// TestRandomCasesReadBack: whatever people do, in any dialect, a scenario can say it.
func TestRandomCasesReadBack(t *testing.T) {
	x, err := pbx.NewExchange(pbx.Office())
	require.NoError(t, err)
	d := sim.NewDrawer(x)
	for seed := uint64(1); seed <= 400; seed++ {
		c, run, err := d.Draw(seed, false)
		require.NoError(t, err)
		back := again(t, "a case", c, run)
		require.Equal(t, plain(c), plain(back.Case()))
		res, err := back.Try(scenarios.Options{Weather: "calm"})
		require.NoError(t, err)
		require.Empty(t, res.Failures)
	}
}

// plain is a case as its file has it, without the lines' numbers and the weather.
func plain(c *sim.Case) string {
	var b strings.Builder
	for line := range strings.Lines(c.String()) {
		if !strings.HasPrefix(line, "weather ") {
			b.WriteString(line)
		}
	}
	return b.String()
}
