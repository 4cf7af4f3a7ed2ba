package trial

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/oracle"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
)

// TestLosses tries the cases of testdata/losses: what verify found, where an engine that
// lost notifications said something false, reduced. A file is a case, which legwork
// verify --case runs too. A line "# says:" is a falsehood that is still said, and stands
// beside a TODO.
func TestLosses(t *testing.T) { found(t, "losses") }

// TestWhole tries the cases of testdata/whole: those in which nothing was lost.
func TestWhole(t *testing.T) { found(t, "whole") }

func found(t *testing.T, dir string) {
	x := office(t)
	files, err := filepath.Glob("testdata/" + dir + "/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files, "the cases went missing")
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			var want, got []string
			for line := range strings.Lines(string(text)) {
				if said, ok := strings.CutPrefix(line, "# says: "); ok {
					want = append(want, strings.TrimSpace(said))
				}
			}
			c, err := sim.ParseCase(file, string(text))
			require.NoError(t, err)
			require.Equal(t, dir == "losses", len(c.Lose) > 0, "whether it loses something")
			v, err := Try(x, c, Legwork)
			require.NoError(t, err)
			for _, d := range v.Differences {
				got = append(got, d.String())
			}
			require.Equal(t, want, got, "%s", v)
		})
	}
}

// TestScenariosLoseTwo loses every notification, and every pair of notifications, of
// every scenario.
func TestScenariosLoseTwo(t *testing.T) {
	if testing.Short() {
		t.Skip("many thousand cases, none of them about goroutines")
	}
	for _, sc := range script.Scenarios() {
		t.Run(sc.Name, func(t *testing.T) {
			t.Parallel()
			company := pbx.Office
			if sc.Company != nil {
				company = sc.Company
			}
			x, err := pbx.NewExchange(company())
			require.NoError(t, err)
			c := &sim.Case{IDs: wire.Grammar2022, Dialect: sc.Dialect, Script: sc.Script()}
			whole, err := Try(x, c, Legwork)
			require.NoError(t, err)
			require.Empty(t, whole.Differences)
			n := len(whole.Run.Events)
			for i := range n {
				for j := i; j < n; j++ {
					c.Lose = []int{i, j}
					v, err := Try(x, c, Legwork)
					require.NoError(t, err)
					require.Empty(t, v.Differences, "%s", v)
				}
			}
		})
	}
}

// TestSafeSeesFalsehoods: what an answer says falsely of a part of a call is noticed.
func TestSafeSeesFalsehoods(t *testing.T) {
	var attended *sim.Case
	for _, sc := range script.Scenarios() {
		if sc.Name == "attended-transfer" {
			attended = &sim.Case{IDs: wire.Grammar2022, Script: sc.Script()}
		}
	}
	require.NotNil(t, attended)
	for what, spoil := range map[string]func(*call.Call){
		"role":      func(c *call.Call) { c.Legs[0].Roles = append(c.Legs[0].Roles, call.Retriever) },
		"waiting":   func(c *call.Call) { c.Legs[0].WaitMs++ },
		"talk":      func(c *call.Call) { c.Legs[0].TalkMs++ },
		"direction": func(c *call.Call) { c.Direction = call.Outbound },
		"parking":   func(c *call.Call) { c.Outcome = call.Parked },
	} {
		v, err := Try(office(t), attended, Legwork)
		require.NoError(t, err)
		require.Empty(t, oracle.Safe(v.Run.Truth, v.Answer), what)
		spoil(v.Answer[0])
		require.NotEmpty(t, oracle.Safe(v.Run.Truth, v.Answer), "a false %s passes", what)
	}
}
