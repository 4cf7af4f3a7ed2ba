package trial

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/oracle"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
	"github.com/legworkhq/legwork/sim/weather"
)

// cases yields the scenarios, and then random cases in which nothing is lost, up to
// 1,000 calls.
func cases(t testing.TB, x *pbx.Exchange, yield func(*sim.Case, *sim.Run) bool) {
	calls := 0
	for _, sc := range script.Scenarios() {
		c := &sim.Case{Seed: 1, Dialect: sc.Dialect, Script: sc.Script()}
		run, err := c.Do(x)
		require.NoError(t, err)
		if calls += len(run.Truth); !yield(c, run) {
			return
		}
	}
	d := sim.NewDrawer(x)
	for seed := uint64(1); calls < 1000; seed++ {
		c, run, err := d.Draw(seed, false)
		require.NoError(t, err)
		if calls += len(run.Truth); !yield(c, run) {
			return
		}
	}
}

// TestOracleCatchesEveryMistake tries an engine with one deliberate mistake for every
// name: each is caught under its name within 1,000 calls.
func TestOracleCatchesEveryMistake(t *testing.T) {
	x := office(t)
	for _, m := range oracle.Mistakes() {
		spoil, named := mistaken[m]
		if !named {
			continue
		}
		t.Run(string(m), func(t *testing.T) {
			caught, tried := false, 0
			cases(t, x, func(c *sim.Case, run *sim.Run) bool {
				answer, err := Legwork(run.Deliveries)
				require.NoError(t, err)
				tried++
				for _, d := range Judge(c, run, spoil(answer)).Differences {
					require.NotEmpty(t, d.Text)
					caught = caught || d.Mistake == m
				}
				return !caught
			})
			require.True(t, caught, "not caught in %d cases", tried)
		})
	}
	require.Len(t, mistaken, 13, "a mistake of the list has no engine that makes it")
}

// TestRightAnswersPass: the same cases without a mistake are not accused.
func TestRightAnswersPass(t *testing.T) {
	cases(t, office(t), func(c *sim.Case, run *sim.Run) bool {
		answer, err := Legwork(run.Deliveries)
		require.NoError(t, err)
		v := Judge(c, run, answer)
		require.True(t, v.OK(), "%s", v)
		return true
	})
}

// TestSafetyJudgeSeesFalsehoods: with a loss that hides nothing of what is spoilt,
// every mistake that states something false is caught as well.
func TestSafetyJudgeSeesFalsehoods(t *testing.T) {
	x := office(t)
	for _, m := range []oracle.Mistake{oracle.MergedCalls, oracle.PhantomMissedCall, oracle.QueueLoser, oracle.StaleParty, oracle.SelfCallSwap, oracle.SupervisorTalks, oracle.EarlyAnswer} {
		caught := false
		cases(t, x, func(c *sim.Case, run *sim.Run) bool {
			answer, err := Legwork(run.Deliveries)
			require.NoError(t, err)
			caught = len(oracle.Safe(run.Truth, mistaken[m](answer))) > 0
			return !caught
		})
		require.True(t, caught, "%s passes for safe", m)
	}
}

// TestReducedCasesFailAlike: the reducer's case is smaller, fails by the same mistake,
// and reads back from its file.
func TestReducedCasesFailAlike(t *testing.T) {
	x := office(t)
	engine := func(ds []weather.Delivery) ([]*call.Call, error) {
		answer, err := Legwork(ds)
		return mistaken[oracle.LostTransferTarget](answer), err
	}
	d := sim.NewDrawer(x)
	for seed := uint64(1); ; seed++ {
		c, run, err := d.Draw(seed, true)
		require.NoError(t, err)
		full := *c.Script
		full.Steps = slices.Clone(full.Steps)
		c.Script = &full
		answer, err := engine(run.Deliveries)
		require.NoError(t, err)
		v := Judge(c, run, answer)
		if v.OK() || v.Differences[0].Mistake != oracle.LostTransferTarget || len(full.Steps) < 6 {
			require.Less(t, seed, uint64(5000), "no case fails")
			continue
		}
		least := Reduce(x, v, engine)
		require.LessOrEqual(t, len(least.Case.Script.Steps), 4, "%s", least.Case)
		require.Equal(t, v.Differences[0].Mistake, least.Differences[0].Mistake)
		again, err := sim.ParseCase("case.txt", least.Case.String())
		require.NoError(t, err)
		require.Equal(t, least.Case.String(), again.String())
		return
	}
}

// TestSameSeedSameBytes pins one drawn case: the same seed gives the same bytes on every
// machine and with every version of Go.
func TestSameSeedSameBytes(t *testing.T) {
	x := office(t)
	for range 2 {
		c, run, err := sim.NewDrawer(x).Draw(20260302, true)
		require.NoError(t, err)
		sum := uint64(14695981039346656037)
		add := func(b []byte) {
			for _, x := range b {
				sum = (sum ^ uint64(x)) * 1099511628211
			}
		}
		add([]byte(c.String()))
		for i := range run.Deliveries {
			b, err := json.Marshal(run.Deliveries[i].Event)
			require.NoError(t, err)
			add(b)
		}
		for _, k := range run.Truth {
			add(call.AppendJSON(nil, k))
		}
		require.Equal(t, uint64(0x1cf95dcb96f376ab), sum, "if what is drawn was changed on purpose, write the new sum here")
	}
}
