package observed

import (
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/sim/oracle"
)

// legs judges the legs that are said, by their party, in any order.
func (j *judge) legs(c *Call) {
	if !j.Facts.judges("legs") {
		return
	}
	for i := range c.Legs {
		b := &c.Legs[i]
		if l := j.leg(b.Party); l != nil {
			j.oneLeg(l, b)
		} else if !j.elsewhere(c) {
			j.wrong(oracle.WrongLeg, "legs["+b.Party+"]", "the call has no party of this id")
		}
	}
	if !j.Facts.asks("legs") && !j.Facts.within("legs") {
		return
	}
	for i := range j.Call.Legs {
		l := &j.Call.Legs[i]
		if slices.Contains(c.Sessions, string(l.Session)) && !slices.ContainsFunc(c.Legs, func(b Leg) bool { return b.Party == string(l.ID) }) {
			j.wrong(oracle.WrongLeg, "legs["+string(l.ID)+"]", "the leg of %s is missing", j.tell(l.Participant))
		}
	}
}

// elsewhere: the call has sessions of others too, whose legs are not ours to judge.
func (j *judge) elsewhere(c *Call) bool {
	return slices.ContainsFunc(c.Sessions, func(s string) bool {
		return !slices.ContainsFunc(j.Sessions, func(t call.Session) bool { return string(t.ID) == s })
	})
}

func (j *judge) leg(party string) *call.Leg {
	for i := range j.Call.Legs {
		if string(j.Call.Legs[i].ID) == party {
			return &j.Call.Legs[i]
		}
	}
	return nil
}

func (j *judge) oneLeg(l *call.Leg, b *Leg) {
	about := "legs[" + b.Party + "]."
	if j.said("legs.person", b.Person != "", oracle.WrongLeg) && !j.is(b.Person, l.Participant) {
		m := oracle.WrongLeg
		if j.farEnd(l, b.Person) {
			m = oracle.SelfCallSwap
		}
		j.wrong(m, about+"person", "it is the leg of %s, not of %s", j.tell(l.Participant), j.quote(b.Person))
	}
	actual := took(l)
	if j.said("legs.answered", b.Answered != nil || actual == nil, oracle.WrongLeg) && actual != nil && *b.Answered != *actual {
		switch {
		case *actual:
			j.wrong(oracle.PhantomMissedCall, about+"answered", "%s took the call on this leg, and is said not to have", j.tell(l.Participant))
		case loser(l):
			j.wrong(oracle.QueueLoser, about+"answered", "%s only heard it ring: somebody else took the queue's call", j.tell(l.Participant))
		default:
			j.wrong(oracle.WrongLeg, about+"answered", "%s did not take the call on this leg: it was %s", j.tell(l.Participant), l.Outcome)
		}
	}
	j.legResult(about, l, b)
	j.legSums(about, l, b)
}

// farEnd: the person is at another end of the leg's session.
func (j *judge) farEnd(l *call.Leg, p Person) bool {
	return slices.ContainsFunc(j.Call.Legs, func(o call.Leg) bool { return o.Session == l.Session && o.ID != l.ID && j.is(p, o.Participant) })
}

func (j *judge) legResult(about string, l *call.Leg, b *Leg) {
	known := l.Outcome != call.LegUnknown
	if !j.said("legs.result", b.Result != "" || !known, oracle.WrongLeg) || !known || b.Result == string(l.Outcome) || b.Result == "" {
		return
	}
	vain := func(result string) bool { return untaken(result) || result == string(call.LegElsewhere) }
	m := oracle.WrongLeg
	switch {
	case loser(l) && b.Result == string(call.LegAnswered):
		m = oracle.QueueLoser
	case untaken(b.Result) && !vain(string(l.Outcome)):
		m = oracle.PhantomMissedCall
	case !j.Strict && vain(b.Result) && vain(string(l.Outcome)):
		return // "missed" for "elsewhere": coarser, not false
	case !j.Strict && b.Result == string(call.LegAnswered) && !vain(string(l.Outcome)) && l.TalkMs > 0:
		return // "answered" for "transferred"
	}
	j.wrong(m, about+"result", "the leg of %s was %s, not %s", j.tell(l.Participant), l.Outcome, b.Result)
}

func (j *judge) legSums(about string, l *call.Leg, b *Leg) {
	who := j.tell(l.Participant)
	if j.said("legs.ringMs", b.RingMs != nil, oracle.WrongLeg) && !j.nearMs(*b.RingMs, l.RingMs) {
		m := oracle.WrongLeg
		if *b.RingMs < l.RingMs {
			m = oracle.EarlyAnswer
		}
		j.wrong(m, about+"ringMs", "it rang for %s at %s, not %s", lasting(l.RingMs), who, lasting(*b.RingMs))
	}
	if j.said("legs.talkMs", b.TalkMs != nil, oracle.WrongLeg) && !j.nearMs(*b.TalkMs, l.TalkMs) {
		m := oracle.DoubleTalkTime
		switch {
		case *b.TalkMs < l.TalkMs:
			m = oracle.WrongTalk
		case slices.Contains(j.supervisors, l.Participant):
			m = oracle.SupervisorTalks
		case loser(l):
			m = oracle.QueueLoser
		}
		j.wrong(m, about+"talkMs", "%s talked for %s on this leg, not %s", who, lasting(l.TalkMs), lasting(*b.TalkMs))
	}
	j.hold(about+"holdMs", "kept others on hold", who, l.HoldMs, b.HoldMs)
	j.hold(about+"heldMs", "was kept on hold", who, l.HeldMs, b.HeldMs)
}

func (j *judge) hold(about, does, who string, actual int64, said *int64) {
	fact := "legs." + about[len(about)-len("holdMs"):]
	if !j.said(fact, said != nil, oracle.WrongLeg) || j.nearMs(*said, actual) {
		return
	}
	m := oracle.WrongLeg
	if *said > actual {
		m = oracle.HoldTwice
	}
	j.wrong(m, about, "%s %s for %s on this leg, not %s", who, does, lasting(actual), lasting(*said))
}
