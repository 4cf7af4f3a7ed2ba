package trial

import (
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/sim/oracle"
)

// Mistaken has, for each named mistake, what an engine that makes it would conclude where
// ours concludes something else. It judges the judges: whoever looks for a mistake must
// find it here.
func Mistaken() map[oracle.Mistake]func([]*call.Call) []*call.Call { return mistaken }

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
