package observed_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/observed"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/oracle"
)

// spoilt are receivers that make one mistake each, wherever they can: from the truth,
// and what would be right to say of it.
var spoilt = map[oracle.Mistake]func(truth []*call.Call, said []observed.Call) []observed.Call{
	oracle.SplitCall: func(_ []*call.Call, said []observed.Call) (out []observed.Call) {
		for _, c := range said {
			for _, s := range c.Sessions {
				out = append(out, observed.Call{Sessions: []string{s}})
			}
		}
		return out
	},
	oracle.MergedCalls: func(_ []*call.Call, said []observed.Call) []observed.Call {
		var one observed.Call
		for _, c := range said {
			one.Sessions = append(one.Sessions, c.Sessions...)
		}
		return []observed.Call{one}
	},
	oracle.LostCall: func(_ []*call.Call, said []observed.Call) []observed.Call { return said[1:] },
	oracle.InventedCall: func(_ []*call.Call, said []observed.Call) []observed.Call {
		return append(said, observed.Call{Sessions: []string{"s-0"}})
	},
	oracle.ZombieCall:        each(func(_ *call.Call, c *observed.Call) { no := false; c.Ended = &no }),
	oracle.PhantomMissedCall: each(func(_ *call.Call, c *observed.Call) { c.Outcome = "missed" }),
	oracle.LostTransferTarget: each(func(_ *call.Call, c *observed.Call) {
		c.Links = slices.DeleteFunc(c.Links, func(l observed.Link) bool { return strings.HasPrefix(l.Kind, "transfer.") })
	}),
	oracle.DoubleTalkTime: each(func(t *call.Call, c *observed.Call) {
		for i := range c.Legs {
			for j := range t.Legs {
				if i != j && t.Legs[i].Participant == t.Legs[j].Participant {
					sum := *c.Legs[i].TalkMs + t.Legs[j].TalkMs
					c.Legs[i].TalkMs = &sum
				}
			}
		}
	}),
	oracle.QueueLoser: each(func(t *call.Call, c *observed.Call) {
		for i, l := range t.Legs {
			if slices.Contains(l.Roles, call.Agent) && l.Outcome == call.LegElsewhere {
				c.AnsweredBy = c.Legs[i].Person
			}
		}
	}),
	oracle.StaleParty: each(func(_ *call.Call, c *observed.Call) { c.OnTheLine = c.Participants[:1] }),
	oracle.SelfCallSwap: each(func(_ *call.Call, c *observed.Call) {
		if len(c.Legs) == 2 {
			c.Legs[0].Person, c.Legs[1].Person = c.Legs[1].Person, c.Legs[0].Person
		}
	}),
	oracle.SupervisorTalks: each(func(t *call.Call, c *observed.Call) {
		for i, l := range t.Legs {
			if slices.Contains(l.Roles, call.Supervisor) {
				c.Talkers = append(c.Talkers, c.Legs[i].Person)
			}
		}
	}),
	oracle.EarlyAnswer: each(func(t *call.Call, c *observed.Call) {
		for _, l := range t.Legs {
			for _, s := range l.States {
				if slices.Contains(l.Roles, call.Caller) && s.State == call.StateConnected && s.From < t.AnsweredAt {
					c.AnsweredAt = s.From.Std()
				}
			}
		}
	}),
	oracle.HoldTwice: each(func(_ *call.Call, c *observed.Call) { twice := 2 * *c.HoldMs; c.HoldMs = &twice }),
	oracle.IVREnds: each(func(t *call.Call, c *observed.Call) {
		for _, l := range t.Legs {
			if slices.Contains(l.Roles, call.Router) {
				c.EndedAt = l.End.At.Std()
			}
		}
	}),
	oracle.WrongCall:        each(func(_ *call.Call, c *observed.Call) { c.StartedAt = c.StartedAt.Add(time.Hour) }),
	oracle.WrongSession:     each(func(_ *call.Call, c *observed.Call) { c.Sessions = c.Sessions[:1] }),
	oracle.WrongLeg:         each(func(_ *call.Call, c *observed.Call) { c.Legs = append(c.Legs, observed.Leg{Party: "p-0"}) }),
	oracle.WrongLink:        each(func(_ *call.Call, c *observed.Call) { c.Links = append(c.Links, observed.Link{Kind: "takeover"}) }),
	oracle.WrongParticipant: each(func(_ *call.Call, c *observed.Call) { c.Participants = append(c.Participants, "Nobody At All") }),
	oracle.WrongTalk: each(func(_ *call.Call, c *observed.Call) {
		c.Talkers = nil
		c.Talks = append(c.Talks, observed.Talk{Members: c.Participants[:1]})
	}),
}

func each(spoil func(*call.Call, *observed.Call)) func([]*call.Call, []observed.Call) []observed.Call {
	return func(truth []*call.Call, said []observed.Call) []observed.Call {
		for i := range said {
			spoil(truth[i], &said[i])
		}
		return said
	}
}

// TestEveryMistakeHasItsName: a receiver that makes one mistake is blamed for it, first
// and under its name, in some scenario; none is blamed for another kind only.
func TestEveryMistakeHasItsName(t *testing.T) {
	for _, m := range oracle.Mistakes() {
		spoil := spoilt[m]
		require.NotNil(t, spoil, "no receiver makes the mistake %s", m)
		found, blamed := 0, map[string]int{}
		cases(t, 0, func(name string, _ *sim.Case, run *sim.Run) bool {
			said := spoil(run.Truth, observed.OfPeople(run.Truth, also()))
			for i, d := range observed.Compare(run.Truth, said, observed.Options{Also: also(), Alone: true}) {
				require.NotEmpty(t, d.Text)
				require.NotEmpty(t, d.About)
				if i == 0 {
					blamed[d.Mistake]++
				}
				if i == 0 && d.Mistake == string(m) {
					found++
				}
			}
			return true
		})
		require.NotZero(t, found, "%s is never blamed first: %v", m, blamed)
		require.Len(t, spoilt, len(oracle.Mistakes()))
		t.Log(m, blamed)
	}
}

// warm is the warm transfer: the truth, and what is right to say of it.
func warm(t testing.TB) (truth []*call.Call, said []observed.Call) {
	cases(t, 0, func(name string, _ *sim.Case, run *sim.Run) bool {
		if name == "attended-transfer" {
			truth, said = run.Truth, observed.OfPeople(run.Truth, also())
		}
		return truth == nil
	})
	require.NotNil(t, truth)
	return truth, said
}

func compare(t testing.TB, truth []*call.Call, c observed.Call, facts ...string) []result.Difference {
	f, err := observed.ParseFacts(facts)
	require.NoError(t, err)
	return observed.Compare(truth, []observed.Call{c}, observed.Options{Facts: f, Also: also()})
}

// TestPeopleInAnySpelling: whatever somebody is called, they are found; and nobody else.
func TestPeopleInAnySpelling(t *testing.T) {
	truth, said := warm(t)
	ann := said[0].Legs[1].Party
	for _, p := range []observed.Person{"104", "x104", "ext. 104", "Ann Lee", "ann lee", "62254104008", "ext:62254104008", "+14155550104", "(415) 555-0104", "4155550104", "tel:+1-415-555-0104", "01114155550104", observed.Person(ann)} {
		require.Empty(t, compare(t, truth, observed.Call{Sessions: said[0].Sessions, AnsweredBy: p}), p)
	}
	for _, p := range []observed.Person{"106", "0104", "Ann", "4155550105", "Raj Patel", "555-0104x", observed.Person(said[0].Legs[0].Party)} {
		d := compare(t, truth, observed.Call{Sessions: said[0].Sessions, AnsweredBy: p})
		require.Len(t, d, 1, p)
		require.Equal(t, "wrong-participant", d[0].Mistake)
	}
}

// TestOnlyWhatIsSaidOrDeclared: what is left out is not judged, unless it is declared;
// what is not declared is not judged even if it is wrong.
func TestOnlyWhatIsSaidOrDeclared(t *testing.T) {
	truth, said := warm(t)
	bare := observed.Call{Sessions: said[0].Sessions}
	require.Empty(t, compare(t, truth, bare))
	for fact, mistake := range map[string]string{"ended": "zombie-call", "endedAt": "zombie-call", "outcome": "wrong-call", "answeredBy": "wrong-participant", "talkMs": "wrong-talk",
		"links.transfer": "lost-transfer-target", "links.transfer.attended": "lost-transfer-target", "links": "lost-transfer-target", "legs": "wrong-leg", "legs.result": "wrong-leg", "talks": "wrong-talk", "talkers": "wrong-talk"} {
		d := compare(t, truth, bare, fact)
		require.NotEmpty(t, d, fact)
		require.Equal(t, mistake, d[0].Mistake, fact)
	}
	require.Empty(t, compare(t, truth, bare, "links.park", "links.conference.merge"), "there was none")
	wrong := bare
	wrong.Outcome = "missed"
	require.Empty(t, compare(t, truth, wrong, "sessions"))
	require.NotEmpty(t, compare(t, truth, wrong, "outcome"))
}

// TestTransfers: a transfer may be told without its kind, in any order, and its target
// counts where transfers are declared.
func TestTransfers(t *testing.T) {
	truth, said := warm(t)
	link := func(l observed.Link, facts ...string) []result.Difference {
		return compare(t, truth, observed.Call{Sessions: said[0].Sessions, Links: []observed.Link{l}}, facts...)
	}
	require.Empty(t, link(observed.Link{Kind: "transfer", Target: "106"}))
	require.Empty(t, link(observed.Link{Kind: "transfer.attended", Transferor: "Ann Lee", Transferee: "404-555-0134", Target: "Raj Patel"}, "links.transfer"))
	require.Empty(t, link(observed.Link{Kind: "transfer"}))
	for _, d := range [][]result.Difference{link(observed.Link{Kind: "transfer"}, "links.transfer"), link(observed.Link{Kind: "transfer", Target: "104"}), link(observed.Link{Kind: "transfer", Target: "Somebody"})} {
		require.Len(t, d, 1)
		require.Equal(t, "lost-transfer-target", d[0].Mistake)
		require.Contains(t, d[0].Text, "the target of the transfer was Raj Patel (106), not")
	}
	d := compare(t, truth, observed.Call{Sessions: said[0].Sessions, Links: []observed.Link{}})
	require.Equal(t, "lost-transfer-target", d[0].Mistake, "a list that is there is whole as regards transfers")
	require.Equal(t, "wrong-link", link(observed.Link{Kind: "transfer", Transferor: "106", Target: "106"})[0].Mistake)
}

// TestOrderDoesNotMatter: everything is a set.
func TestOrderDoesNotMatter(t *testing.T) {
	cases(t, 0, func(name string, _ *sim.Case, run *sim.Run) bool {
		said := observed.OfPeople(run.Truth, also())
		for i := range said {
			c := &said[i]
			slices.Reverse(c.Sessions)
			slices.Reverse(c.Legs)
			slices.Reverse(c.Links)
			slices.Reverse(c.Talks)
			slices.Reverse(c.Participants)
			slices.Reverse(c.Talkers)
			for j := range c.Talks {
				slices.Reverse(c.Talks[j].Members)
			}
		}
		slices.Reverse(said)
		require.Empty(t, observed.Compare(run.Truth, said, observed.Options{Also: also(), Alone: true}), name)
		return true
	})
}

// TestTolerance: instants and durations may be off so far, and no further.
func TestTolerance(t *testing.T) {
	truth, said := warm(t)
	for off, want := range map[time.Duration]int{-1900 * time.Millisecond: 0, 1900 * time.Millisecond: 0, 2100 * time.Millisecond: 1, -2100 * time.Millisecond: 1} {
		c := observed.Call{Sessions: said[0].Sessions, StartedAt: said[0].StartedAt.Add(off)}
		require.Len(t, compare(t, truth, c), want, off)
		ms := *said[0].HoldMs + off.Milliseconds()
		require.Len(t, compare(t, truth, observed.Call{Sessions: said[0].Sessions, HoldMs: &ms}), want, off)
	}
}

// TestCoarserIsStrictOnly: missed for abandoned is accepted, unless one is strict.
func TestCoarserIsStrictOnly(t *testing.T) {
	seen := false
	cases(t, 0, func(name string, _ *sim.Case, run *sim.Run) bool {
		if name != "queue-abandoned" {
			return true
		}
		seen = true
		said := []observed.Call{{Sessions: observed.Of(run.Truth)[0].Sessions, Outcome: "missed"}}
		require.Empty(t, observed.Compare(run.Truth, said, observed.Options{}))
		require.NotEmpty(t, observed.Compare(run.Truth, said, observed.Options{Strict: true}))
		return false
	})
	require.True(t, seen)
}

// TestForeignSessions: a call with a session of somebody else is two that became one;
// somebody else's call is nothing to us.
func TestForeignSessions(t *testing.T) {
	truth, said := warm(t)
	c := observed.Call{Sessions: append(slices.Clone(said[0].Sessions), "s-other")}
	require.Equal(t, "merged-calls", compare(t, truth, c)[0].Mistake)
	both := []observed.Call{{Sessions: said[0].Sessions}, {Sessions: []string{"s-other"}}}
	require.Empty(t, observed.Compare(truth, both, observed.Options{}))
	require.Equal(t, "invented-call", observed.Compare(truth, both, observed.Options{Alone: true})[0].Mistake)
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"sessions":["s-1"],"legs":[{"party":"p"}],"links":[{"kind":"park"}]}`, "[{\"sessions\":[\"s\"]}]\n", "[]", "", "{}{}", "[{}", "\ufeff[1]", `{"sessions":["a"]}{"sessions":["b"]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		calls, _, err := observed.Decode(data)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		for i := range calls {
			require.NotEmpty(t, calls[i].Sessions)
		}
		observed.Compare(nil, calls, observed.Options{Alone: true})
		observed.SaidFacts(calls)
	})
}
