package graph

import (
	"cmp"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/internal/talk"
	"github.com/legworkhq/legwork/recon/wire"
)

// summarise fills in what is said of the call as a whole.
func (b *builder) summarise() {
	b.out.StartedAt = b.out.Sessions[0].StartedAt
	b.out.Direction = b.direction()
	b.out.Status = b.status()
	b.out.AnsweredAt = b.answeredAt()
	b.out.Outcome = b.outcome()
	if b.alive() {
		return
	}
	for _, s := range b.out.Sessions {
		b.out.EndedAt = max(b.out.EndedAt, s.EndedAt)
	}
	b.out.EndedBy = b.endedBy()
}

func (b *builder) alive() bool {
	return slices.ContainsFunc(b.sessions, func(s *session.Session) bool {
		return slices.ContainsFunc(s.Legs, func(l *session.Leg) bool { return !l.Over() })
	})
}

func (b *builder) lastAt() int64 {
	last := int64(0)
	for _, s := range b.sessions {
		last = max(last, s.LastAt)
	}
	return last
}

func (b *builder) status() call.Status {
	since := b.at - b.lastAt()
	switch {
	case since >= b.rules.OpenBound:
		return call.Final
	case b.alive():
		return call.Open
	case since < b.rules.Quiet || b.unresolved() && since < b.rules.PeerWait:
		return call.Settling
	}
	return call.Final
}

func (b *builder) unresolved() bool {
	return slices.ContainsFunc(b.sessions, func(s *session.Session) bool { return !s.Observed() })
}

// direction is judged by who began: in the first session that anybody was seen in,
// the originator and the first whom they reached. It is unknown where another session
// may have been the first.
func (b *builder) direction() call.Direction {
	var out call.Direction
	for _, s := range b.sessions {
		switch {
		case s.Conference() || s.Mirror:
		case out == "" && len(s.Legs) > 0:
			out = direction(s)
		case s.Account && (out == "" || !s.BeginningInView()):
			return call.UnknownDirection
		}
	}
	return cmp.Or(out, call.UnknownDirection)
}

func direction(s *session.Session) call.Direction {
	caller, callee := s.Caller(), firstCalled(s)
	switch {
	case caller != nil && caller.Extension == "" && caller.From.ExtensionID == "":
		return call.Inbound
	case caller != nil && callee != nil, caller == nil && callee != nil && callee.From.ExtensionID != "":
		if callee.Extension == "" && callee.To.ExtensionID == "" {
			return call.Outbound
		}
		return call.Internal
	case caller != nil:
		return toward(caller)
	case callee != nil && callee.Extension != "" && callee.From.Number != "":
		return call.Inbound
	}
	return call.UnknownDirection
}

// firstCalled is the leg of whom the originator called first; nil when it may be one
// that was never seen. An Outbound leg was not called: somebody moved to it, or
// supervises.
func firstCalled(s *session.Session) *session.Leg {
	for _, l := range s.Legs {
		if l.IsCaller() || l.Supervisor || l.Direction == wire.Outbound {
			continue
		}
		if len(s.Missing) > 0 && slices.ContainsFunc(s.Unseen, func(n int) bool { return n > 1 && n < l.Number }) {
			return nil
		}
		return l
	}
	return nil
}

// toward judges a call of which only the originator's own leg is in view. Its to names
// the extension, if it is one's, from the second event on; one that rang is outside.
func toward(caller *session.Leg) call.Direction {
	to := caller.Far()
	switch {
	case to.ExtensionID != "":
		return call.Internal
	case strings.HasPrefix(to.Number, "+") && (caller.Rang || len(caller.Session.Missing) == 0):
		return call.Outbound
	}
	return call.UnknownDirection
}

// firstTalk is the first in which two persons could talk.
func (b *builder) firstTalk() *talk.Talk {
	for _, t := range b.talks.Talks {
		if t.Both() {
			return t
		}
	}
	return nil
}

// answeredAt is left out when an event that could have come before is missing.
func (b *builder) answeredAt() call.Time {
	t := b.firstTalk()
	if t == nil || t.Uncertain && t.Inferred() || slices.ContainsFunc(b.sessions, func(s *session.Session) bool { return gapBefore(s, t.From) }) {
		return 0
	}
	return call.Time(t.From)
}

// gapBefore: an event that may have come before an instant is missing.
func gapBefore(s *session.Session, at int64) bool {
	for i := range s.Obs {
		if s.Obs[i].At >= at {
			return s.Gap(0, s.Obs[i].Seq)
		}
	}
	return s.Lossy()
}

func (b *builder) outcome() call.Outcome {
	missing := slices.ContainsFunc(b.sessions, (*session.Session).Lossy)
	if !missing && b.leftParked() { // else that they were retrieved may be what is missing
		return call.Parked
	}
	if b.firstTalk() != nil || b.anyLeg(call.LegAnswered, func(l *session.Leg) bool { return reached(l, call.StateFax) }) {
		return call.Answered
	}
	if missing {
		return call.UnknownOutcome // an answer may be what is missing
	}
	if b.anyLeg(call.LegVoicemail, nil) {
		return call.Voicemail
	}
	if b.alive() || b.anyLeg(call.LegUnknown, nil) || b.anyLeg(call.LegAnswered, calledPerson) {
		return call.UnknownOutcome
	}
	return b.notAnswered()
}

func calledPerson(l *session.Leg) bool { return !l.IsCaller() && !l.Supervisor }

func (b *builder) anyLeg(o call.LegOutcome, ok func(*session.Leg) bool) bool {
	for _, s := range b.sessions {
		for _, l := range s.Legs {
			if b.outcomes[l] == o && (ok == nil || ok(l)) {
				return true
			}
		}
	}
	return false
}

func (b *builder) notAnswered() call.Outcome {
	switch {
	case b.anyLeg(call.LegRejected, nil):
		return call.Rejected
	case b.anyLeg(call.LegBusy, nil):
		return call.Busy
	case b.anyLeg(call.LegFailed, nil):
		return call.Failed
	}
	caller := b.sessions[0].Caller()
	gaveUp := caller != nil && b.outcomes[caller] == call.LegCancelled
	switch {
	case gaveUp && b.waitingInService():
		return call.Abandoned
	case gaveUp && b.out.Direction != call.Inbound:
		return call.Cancelled
	case b.anyLeg(call.LegMissed, b.speaksForTheCall):
		return call.Missed
	case gaveUp || b.anyLeg(call.LegCancelled, nil):
		return call.Cancelled
	}
	return call.UnknownOutcome
}

// speaksForTheCall: that this leg was missed means that the call was. At extension scope
// another agent of the queue may have taken it, out of view.
func (b *builder) speaksForTheCall(l *session.Leg) bool { return b.rules.Account || !l.QueueCall }

// waitingInService: the caller was in a queue or a menu, and no person outside a
// queue was rung.
func (b *builder) waitingInService() bool {
	menu := false
	for _, s := range b.sessions {
		for _, l := range s.Legs {
			if l.Queue || l.QueueCall {
				return true
			}
			if !l.IsCaller() && l.Rang {
				return false
			}
			menu = menu || l.Router || !l.IsCaller() && l.Extension != ""
		}
	}
	return menu
}

// leftParked: a parked leg ended without having been retrieved.
func (b *builder) leftParked() bool {
	for _, k := range b.links {
		if k.Kind != call.Park || k.To == nil {
			continue
		}
		states := b.talks.States[k.To]
		if n := len(states); n >= 2 && states[n-1].State == call.StateEnded && states[n-2].State == call.StateParked {
			return true
		}
	}
	return false
}

// closing is how long after the last talk the last leg may end for the two who talked
// to be the closing pair.
const closing = 5000

// endedBy compares the two who talked last: who left first hung up. A leg that a
// link took away did not hang up.
func (b *builder) endedBy() *call.EndedBy {
	var last *talk.Talk
	for _, t := range b.talks.Talks {
		if t.Both() && (last == nil || t.To >= last.To) {
			last = t
		}
	}
	if last == nil || last.Uncertain || last.To == session.Forever {
		return nil
	}
	var first *session.Leg
	for _, m := range last.Members {
		if m.Mode != call.TwoWay {
			continue // a supervisor's leg is ended with the call
		}
		if m.Leg == nil || m.Leg.Last().State != call.StateEnded || m.Leg.Last().First == nil {
			return nil
		}
		if first == nil || hungUpFirst(m.Leg, first) {
			first = m.Leg
		}
	}
	for _, m := range last.Members {
		if m.Mode == call.TwoWay && m.Leg != first && !hungUpFirst(first, m.Leg) {
			return nil // one notification tells of both, or the clocks of two sessions do not settle it
		}
	}
	if o := b.outcomes[first]; first.Last().From != last.To || o != call.LegAnswered || int64(b.out.EndedAt)-last.To > closing {
		return nil
	}
	return &call.EndedBy{Participant: b.who.Of(first).ID, Basis: call.Inferred}
}
