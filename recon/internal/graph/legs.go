package graph

import (
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/link"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// assignRoles gives each leg the roles that links give it, and caller or callee.
func (b *builder) assignRoles() {
	b.roles = map[*session.Leg][]call.Role{}
	give := func(l *session.Leg, r call.Role) {
		if l != nil && !slices.Contains(b.roles[l], r) {
			b.roles[l] = append(b.roles[l], r)
		}
	}
	for _, k := range b.links {
		for _, p := range b.talks.Parts[k] {
			if onLegs(p.Role) {
				give(p.Leg, p.Role)
			}
		}
		if k.Kind == call.ConferenceMerge {
			give(k.To, call.Conferee) // a proxy in view
		}
	}
	for _, s := range b.sessions {
		for _, l := range s.Legs {
			switch {
			case l.Supervisor || s.Conference() && (slices.Contains(b.roles[l], call.Conferee) || proxy(l)):
			case b.movedFrom(l).IsCaller():
				give(l, call.Caller)
			case b.movedFrom(l).Direction != wire.Outbound && !b.mayBeCallers(b.movedFrom(l)):
				give(l, call.Callee)
			} // else somebody moved to it, or supervises: what would tell is missing
		}
	}
}

// proxy: the leg stands for somebody in a conference, whether or not the event that says
// for whom has come.
func proxy(l *session.Leg) bool { return !l.IsCaller() && l.Extension == "" }

// movedFrom is the leg of which this one is a later device or number: itself when
// nobody moved to it.
func (b *builder) movedFrom(l *session.Leg) *session.Leg {
	for _, k := range b.links {
		if k.To == l && k.From != l && (k.Kind == call.Switch || k.Kind == call.Flip) {
			return b.movedFrom(k.From)
		}
	}
	return l
}

// mayBeCallers: the leg may be another number of the caller's, who flipped to it in an
// event that is missing. It shows the caller's extension, is not whom they called first,
// and nobody is known to have sent the call there.
func (b *builder) mayBeCallers(l *session.Leg) bool {
	s, from := l.Session, l.From.ExtensionID
	if len(s.Missing) == 0 || from == "" || l.Extension != "" && l.Extension != from || l == firstCalled(s) {
		return false
	}
	if c := s.Caller(); c != nil && c.Extension != from {
		return false
	}
	return !slices.ContainsFunc(b.links, func(k *link.Link) bool {
		return k.To == l && (k.Kind == call.TransferBlind || k.Kind == call.Forward || k.Kind == call.Route)
	})
}

// onLegs: roles that belong to a link alone do not become a leg's.
func onLegs(r call.Role) bool {
	return r != call.Target && r != call.Initiator && r != call.Mover && r != call.ParkedParty && r != call.Callee
}

func (b *builder) judgeLegs() {
	b.outcomes = map[*session.Leg]call.LegOutcome{}
	for _, s := range b.sessions {
		for _, l := range s.Legs {
			if !l.IsCaller() || s.RingOut() {
				b.outcomes[l] = b.judge(l)
			}
		}
	}
	for _, s := range b.sessions {
		for _, l := range s.Legs {
			if b.outcomes[l] == "" {
				b.outcomes[l] = b.judgeCaller(l)
			}
		}
	}
}

// moved is what became of a leg that a link took away.
func (b *builder) moved(l *session.Leg) call.LegOutcome {
	for _, k := range b.links {
		if k.From != l && k.To != l {
			continue
		}
		switch k.Kind {
		case call.TransferAttended:
			return call.LegTransferred
		case call.TransferBlind, call.Forward:
			if k.From == l {
				return call.LegTransferred
			}
		case call.ConferenceMerge:
			if k.From == l && lastGone(l, k) || k.To == l {
				return call.LegJoined
			}
		case call.Supervise, call.Pickup:
			if k.From == l && k.ToSession != nil && lastGone(l, k) {
				return call.LegJoined
			}
			if last := l.Last(); k.To == l && last.State == call.StateEnded && last.First.Is(wire.ReasonPickup) {
				return call.LegElsewhere
			}
		case call.Park:
			if k.From == l && l.Over() {
				return call.LegParked
			}
		case call.Route:
			if k.From == l {
				return call.LegRouted
			}
		case call.Switch, call.Flip:
			if k.From == l {
				return call.LegElsewhere
			}
		}
	}
	return ""
}

// lastGone: the leg is Gone for good, by this link and no later one.
func lastGone(l *session.Leg, k *link.Link) bool {
	last := l.Last()
	return last.State == call.StateGone && k.At >= last.From
}

func (b *builder) judge(l *session.Leg) call.LegOutcome {
	if o := b.moved(l); o != "" {
		return o
	}
	last := l.Last()
	switch {
	case last.State == call.StateGone:
		return whereTo(last)
	case l.Queue:
		return b.judgeQueue(l)
	case reached(l, call.StateVoicemail) || reached(l, call.StateScreening) && !l.Connected:
		return call.LegVoicemail
	case l.Connected || reached(l, call.StateFax):
		return call.LegAnswered
	case last.State != call.StateEnded:
		return call.LegUnknown
	}
	return b.unanswered(l, last.First)
}

// whereTo judges a Gone leg that no link explains.
func whereTo(gone *session.Segment) call.LegOutcome {
	if o := gone.First; o != nil && o.Is(wire.ReasonConference, wire.ReasonSupervising, wire.ReasonPickup) {
		return call.LegJoined
	}
	return call.LegUnknown
}

// unanswered judges a leg that ended without an answer in view. A stated reason is
// believed; for the rest, where an answer may be what is missing, nothing is said.
func (b *builder) unanswered(l *session.Leg, end *session.Observation) call.LegOutcome {
	switch {
	case end.Is(wire.ReasonRejected, wire.ReasonCallReplied):
		return call.LegRejected
	case end.Is(wire.ReasonAgentAnswered) && !l.QueueCall:
		return call.LegRouted // a queue's own leg, of which no agent is in view
	case end.Is(wire.ReasonAgentAnswered, wire.ReasonAgentDropped, wire.ReasonPickup):
		return call.LegElsewhere
	case end.Is(wire.ReasonTargetBusy):
		return call.LegBusy
	case len(l.Session.Missing) > 0 || reached(l, call.StateUnknown):
		return call.LegUnknown
	case end.Is(wire.ReasonVoicemail):
		return call.LegVoicemail
	case b.takenByOther(l):
		return call.LegElsewhere
	case end.Is(wire.ReasonNoAnswer, wire.ReasonTimeout) || missed(l):
		return call.LegMissed
	case end.Is(wire.ReasonCancelled) && !rungPerson(l):
		return call.LegCancelled
	case end.Is(failures...):
		return call.LegFailed
	case l.Rang:
		return call.LegMissed
	case b.callerWaits(l), b.onlyInView(l):
		return call.LegUnknown
	}
	return call.LegCancelled
}

// onlyInView: at extension scope nothing is known of the other legs of its session, and
// what its end was to them.
func (b *builder) onlyInView(l *session.Leg) bool {
	return !b.rules.Account && len(l.Session.Legs) == 1
}

// callerWaits: the leg's end was not the call's, which may have gone on elsewhere.
func (b *builder) callerWaits(l *session.Leg) bool {
	return slices.ContainsFunc(l.Session.Legs, func(c *session.Leg) bool { return c != l && !c.Over() })
}

// rungPerson: for whom a phone rang, a call is missed however its end is told.
func rungPerson(l *session.Leg) bool { return l.Rang && !l.IsCaller() }

var failures = []wire.Reason{wire.ReasonInternalError, wire.ReasonInvalidNumber, wire.ReasonInternationalDisabled,
	wire.ReasonDestinationBlocked, wire.ReasonNotEnoughFunds, wire.ReasonNoSuchUser, wire.ReasonCallDropped}

func missed(l *session.Leg) bool {
	return l.Find(func(o *session.Observation) bool { return o.Missed }) != nil
}

// takenByOther: another called leg of the session was answered while this one rang,
// or, of a queue's agents, later.
func (b *builder) takenByOther(l *session.Leg) bool {
	if l.IsCaller() || !l.Rang {
		return false
	}
	end := l.Last().From
	for _, c := range l.Session.Legs {
		if c == l || c.IsCaller() || c.Service() || c.Supervisor || !c.Connected || b.tookOverLeg(c) {
			continue
		}
		together := c.Begin() >= l.Begin()-rungTogether && c.Begin() <= l.Begin()+rungTogether
		at := connectedAt(c)
		if at >= l.Begin() && (together && at <= end+1000 || b.sameQueue(l, c)) {
			return true
		}
	}
	return false
}

// sameQueue: one queue rang both legs.
func (b *builder) sameQueue(l, c *session.Leg) bool {
	return l.QueueCall && c.QueueCall && b.queueOf(l) == b.queueOf(c)
}

func (b *builder) queueOf(l *session.Leg) *session.Leg {
	for _, k := range b.links {
		if k.Kind == call.Hunt && k.To == l {
			return k.From
		}
	}
	return nil
}

// rungTogether is how far apart legs begin that ring for one call at once.
const rungTogether = 2000

// tookOverLeg: the leg took another one's place, and was not rung for the call.
func (b *builder) tookOverLeg(l *session.Leg) bool {
	return slices.ContainsFunc(b.links, func(k *link.Link) bool {
		return k.To == l && (k.Kind == call.Switch || k.Kind == call.Flip)
	})
}

func connectedAt(l *session.Leg) int64 {
	for i := range l.Segments {
		if s := l.Segments[i].State; s == call.StateConnected || s == call.StateHolding {
			return l.Segments[i].From
		}
	}
	return session.Forever
}

func reached(l *session.Leg, state call.LegState) bool {
	return slices.ContainsFunc(l.Segments, func(s session.Segment) bool { return s.State == state })
}

// judgeQueue: a queue's own leg is routed when an agent answered.
func (b *builder) judgeQueue(q *session.Leg) call.LegOutcome {
	for _, k := range b.links {
		if k.Kind == call.Hunt && k.From == q && k.To.Connected {
			return call.LegRouted
		}
	}
	switch {
	case reached(q, call.StateVoicemail):
		return call.LegVoicemail
	case !q.Over():
		return call.LegUnknown
	case q.Last().First.Is(wire.ReasonAgentAnswered):
		return call.LegRouted
	case len(q.Session.Missing) > 0, b.callerWaits(q):
		return call.LegUnknown
	}
	return call.LegMissed
}

// judgeCaller judges an originator's leg. Its own Answered says only that the
// destination was reached: it was answered when it talked to somebody.
func (b *builder) judgeCaller(l *session.Leg) call.LegOutcome {
	if o := b.moved(l); o != "" {
		return o
	}
	if l.Session.Mirror && l.Connected || l.Session.Conference() && l.Connected {
		return call.LegAnswered
	}
	for _, t := range b.talks.Talks {
		for _, m := range t.Members {
			if m.Leg == l {
				return call.LegAnswered
			}
		}
	}
	if !l.Over() {
		return call.LegUnknown
	}
	if last := l.Last(); last.State == call.StateGone {
		return whereTo(last)
	}
	if len(l.Session.Missing) > 0 {
		return call.LegUnknown
	}
	if o := b.bestCallee(l); o != "" {
		return o
	}
	o := b.unanswered(l, l.Last().First)
	switch {
	case o != call.LegMissed && o != call.LegElsewhere && o != call.LegCancelled:
		return o
	case b.onlyInView(l):
		return call.LegUnknown // whoever was called is out of view, and may well have answered
	}
	return call.LegCancelled
}

// bestCallee: a caller who reached nobody shares the fate of whom they called.
func (b *builder) bestCallee(l *session.Leg) call.LegOutcome {
	for _, want := range []call.LegOutcome{call.LegVoicemail, call.LegAnswered, call.LegRejected, call.LegBusy, call.LegFailed, call.LegUnknown} {
		for _, c := range l.Session.Legs {
			if c == l || c.Supervisor || b.outcomes[c] != want {
				continue
			}
			if want == call.LegAnswered && !reached(c, call.StateFax) {
				want = call.LegUnknown // connected, but no talk in view
			}
			return want
		}
	}
	end := l.Last().First
	if end.Is(wire.ReasonCancelled) || end.Is(failures...) {
		return ""
	}
	for _, c := range l.Session.Legs {
		if c != l && !c.QueueCall && b.outcomes[c] == call.LegMissed && hungUpFirst(c, l) {
			return call.LegMissed
		}
	}
	return ""
}

// hungUpFirst: a ended before b did.
func hungUpFirst(a, b *session.Leg) bool {
	x, y := a.Last(), b.Last()
	if x.First == nil || y.First == nil || x.State != call.StateEnded {
		return false
	}
	if x.From != y.From {
		return x.From < y.From
	}
	return a.Session == b.Session && x.First.Seq < y.First.Seq
}
