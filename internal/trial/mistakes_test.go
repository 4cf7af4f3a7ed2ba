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

// mistaken engines make one of the named mistakes each, wherever they can.
var mistaken = map[oracle.Mistake]func([]*call.Call) []*call.Call{
	oracle.SplitCall:   splitCalls,
	oracle.MergedCalls: mergeByLegacyID,
	oracle.ZombieCall: each(func(c *call.Call) {
		if slices.ContainsFunc(c.Legs, func(l call.Leg) bool { return l.End != nil && l.End.Code == "Gone" }) {
			c.EndedAt = 0
		}
	}),
	oracle.PhantomMissedCall: each(func(c *call.Call) {
		if slices.ContainsFunc(c.Legs, func(l call.Leg) bool { return l.Outcome == call.LegMissed || l.Outcome == call.LegElsewhere }) {
			c.Outcome = call.Missed
		}
	}),
	oracle.LostTransferTarget: each(func(c *call.Call) {
		for i := range c.Links {
			if k := &c.Links[i]; k.Kind == call.TransferBlind {
				k.To = ""
				delete(k.Roles, call.TransferTarget)
			}
		}
	}),
	oracle.DoubleTalkTime: each(func(c *call.Call) {
		for i := range c.Legs {
			for j := range c.Legs {
				if i != j && c.Legs[i].Participant == c.Legs[j].Participant && !slices.Contains(c.Legs[i].Roles, call.Supervisor) {
					c.Legs[i].TalkMs += c.Legs[j].TalkMs
				}
			}
		}
	}),
	oracle.QueueLoser: each(func(c *call.Call) {
		for i := range c.Legs {
			if l := &c.Legs[i]; slices.Contains(l.Roles, call.Agent) && l.Outcome == call.LegElsewhere {
				l.Outcome = call.LegAnswered
				return
			}
		}
	}),
	oracle.StaleParty: each(func(c *call.Call) {
		for _, k := range c.Links {
			if k.Kind != call.TransferBlind {
				continue
			}
			for i := range c.Talks {
				if t := &c.Talks[i]; t.From > k.At {
					t.Members = append(t.Members, call.Member{Participant: k.Roles[call.Transferor][0], Leg: k.From, Mode: call.TwoWay})
				}
			}
		}
	}),
	oracle.SelfCallSwap: each(func(c *call.Call) {
		if len(c.Legs) == 2 {
			c.Legs[0].Participant, c.Legs[1].Participant = c.Legs[1].Participant, c.Legs[0].Participant
		}
	}),
	oracle.SupervisorTalks: each(func(c *call.Call) {
		for i := range c.Talks {
			for j := range c.Talks[i].Members {
				c.Talks[i].Members[j].Mode = call.TwoWay
			}
		}
	}),
	oracle.EarlyAnswer: each(func(c *call.Call) {
		for _, l := range c.Legs {
			for _, s := range l.States {
				if slices.Contains(l.Roles, call.Caller) && s.State == call.StateConnected && c.AnsweredAt > s.From {
					c.AnsweredAt = s.From
				}
			}
		}
	}),
	oracle.HoldTwice: each(func(c *call.Call) {
		for i := range c.Legs {
			c.Legs[i].HoldMs, c.Legs[i].HeldMs = c.Legs[i].HoldMs+c.Legs[i].HeldMs, c.Legs[i].HoldMs+c.Legs[i].HeldMs
		}
	}),
	oracle.IVREnds: each(func(c *call.Call) {
		for _, k := range c.Links {
			if k.Kind == call.Route {
				c.EndedAt = k.At
			}
		}
	}),
}

func each(spoil func(*call.Call)) func([]*call.Call) []*call.Call {
	return func(calls []*call.Call) []*call.Call {
		for _, c := range calls {
			spoil(c)
		}
		return calls
	}
}

// splitCalls makes a call of every session, as an engine does that sees no peers.
func splitCalls(calls []*call.Call) (out []*call.Call) {
	for _, c := range calls {
		for _, s := range c.Sessions {
			one := *c
			one.ID, one.Sessions, one.Links, one.Talks, one.Legs = s.ID, []call.Session{s}, nil, nil, nil
			for _, l := range c.Legs {
				if l.Session == s.ID {
					one.Legs = append(one.Legs, l)
				}
			}
			out = append(out, &one)
		}
	}
	return out
}

// mergeByLegacyID takes the legacy session id for a key: every conference has "0".
func mergeByLegacyID(calls []*call.Call) (out []*call.Call) {
	var zero *call.Call
	for _, c := range calls {
		conference := slices.ContainsFunc(c.Sessions, func(s call.Session) bool { return s.LegacyID == "0" })
		switch {
		case !conference:
			out = append(out, c)
		case zero == nil:
			zero = c
			out = append(out, c)
		default:
			zero.Sessions = append(zero.Sessions, c.Sessions...)
			zero.Legs = append(zero.Legs, c.Legs...)
		}
	}
	return out
}

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
