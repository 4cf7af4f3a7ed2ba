package pbx

import (
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// judge settles how each leg went: first those who were called, then those who
// called, who share the fate of whom they called when they talked to nobody.
func (a *answer) judge() {
	for _, t := range a.sessions {
		for _, p := range t.parties {
			if p.fell = ""; !p.isCaller() || t.origin == wire.OriginRingOut {
				p.fell = p.went()
			}
		}
	}
	for _, t := range a.sessions {
		for _, p := range t.parties {
			if p.fell == "" {
				p.fell = a.callerWent(p)
			}
		}
	}
}

// went is how the leg of somebody who was called went.
func (p *party) went() call.LegOutcome {
	switch {
	case p.moved != "":
		return p.moved
	case p.mailbox, p.screened && !p.answered:
		return call.LegVoicemail
	case p.answered && !p.service, p.faxed:
		return call.LegAnswered
	case p.alive():
		return call.LegUnknown
	case p.fate != "":
		return p.fate
	case p.rang || p.service && p.met:
		return call.LegMissed
	}
	return call.LegCancelled
}

// callerWent is how the leg of somebody who called went.
func (a *answer) callerWent(p *party) call.LegOutcome {
	switch {
	case p.moved != "":
		return p.moved
	case p.in.origin == wire.OriginConference && p.answered, p.in.mirror && p.answered, p.spoke(a.Switch):
		return call.LegAnswered
	case p.alive():
		return call.LegUnknown
	}
	for _, fate := range []call.LegOutcome{call.LegVoicemail, call.LegAnswered, call.LegRejected, call.LegBusy, call.LegFailed} {
		for _, c := range p.in.parties {
			if c == p || c.unseen || c.supervises != nil || c.fell != fate {
				continue
			}
			if fate == call.LegAnswered && !c.faxed {
				return call.LegUnknown
			}
			return fate
		}
	}
	if p.fate != "" {
		return p.fate
	}
	return call.LegCancelled
}

// spoke: the leg took part in a talk.
func (p *party) spoke(s *Switch) bool {
	return slices.ContainsFunc(s.talks, func(k *talk) bool {
		return k.to != k.from && slices.ContainsFunc(k.members, func(m member) bool { return m.leg == p })
	})
}

// summary settles what is true of the call as a whole.
func (a *answer) summary() {
	o := a.out
	o.ID, o.StartedAt = o.Sessions[0].ID, o.Sessions[0].StartedAt
	o.Direction = a.direction()
	for _, k := range a.Switch.talks {
		if k.members[0].leg.in.group == a.sessions[0].group && k.to != k.from && k.both() && (o.AnsweredAt == 0 || call.Time(k.from) < o.AnsweredAt) {
			o.AnsweredAt = call.Time(k.from)
		}
	}
	o.Outcome = a.overall()
	for _, t := range o.Sessions {
		if t.EndedAt == 0 {
			o.EndedAt = 0
			return
		}
		o.EndedAt = max(o.EndedAt, t.EndedAt)
	}
}

// direction says who began: an outside party, or an extension, and whom it called.
func (a *answer) direction() call.Direction {
	for _, t := range a.sessions {
		if t.origin == wire.OriginConference || t.mirror || t.originator == nil {
			continue
		}
		switch {
		case t.originator.ext == nil:
			return call.Inbound
		case t.reached() != nil && t.reached().ext == nil:
			return call.Outbound
		case t.reached() == nil:
			return call.UnknownDirection
		}
		return call.Internal
	}
	return call.UnknownDirection
}

// reached is whom a session's originator called.
func (t *session) reached() *person {
	if t.dialledOwner != nil {
		return t.dialledOwner
	}
	return nil
}

func (a *answer) any(o call.LegOutcome, ok func(*party) bool) bool {
	for _, t := range a.sessions {
		for _, p := range t.parties {
			if !p.unseen && p.fell == o && (ok == nil || ok(p)) {
				return true
			}
		}
	}
	return false
}

// overall is how the call went, for the customer.
func (a *answer) overall() call.Outcome {
	switch {
	case a.leftWaiting():
		return call.Parked
	case a.out.AnsweredAt != 0, a.any(call.LegAnswered, func(p *party) bool { return p.faxed }):
		return call.Answered
	case a.any(call.LegVoicemail, nil):
		return call.Voicemail
	case a.living(), a.any(call.LegUnknown, nil), a.any(call.LegAnswered, func(p *party) bool { return !p.isCaller() && p.supervises == nil }):
		return call.UnknownOutcome
	case a.any(call.LegRejected, nil):
		return call.Rejected
	case a.any(call.LegBusy, nil):
		return call.Busy
	case a.any(call.LegFailed, nil):
		return call.Failed
	}
	gaveUp := a.sessions[0].parties[0].fell == call.LegCancelled
	switch {
	case gaveUp && a.inService():
		return call.Abandoned
	case gaveUp && a.out.Direction != call.Inbound:
		return call.Cancelled
	case a.any(call.LegMissed, nil):
		return call.Missed
	case gaveUp, a.any(call.LegCancelled, nil):
		return call.Cancelled
	}
	return call.UnknownOutcome
}

func (a *answer) living() bool {
	for _, t := range a.sessions {
		if slices.ContainsFunc(t.parties, func(p *party) bool { return !p.unseen && p.alive() }) {
			return true
		}
	}
	return false
}

// inService: the caller was in a queue; or in a menu, and nobody had been rung.
func (a *answer) inService() bool {
	menu := false
	for _, t := range a.sessions {
		for _, p := range t.parties {
			switch {
			case p.queueCall, p.who != nil && p.who.ext != nil && p.who.ext.Kind == Queue && p.met:
				return true
			case !p.isCaller() && p.rang:
				return false
			}
			menu = menu || p.service
		}
	}
	return menu
}

// leftWaiting: a party waited in park until it gave up.
func (a *answer) leftWaiting() bool {
	for _, t := range a.sessions {
		for _, p := range t.parties {
			if n := len(p.states); n >= 2 && p.states[n-1].State == call.StateEnded && p.states[n-2].State == call.StateParked {
				return true
			}
		}
	}
	return false
}
