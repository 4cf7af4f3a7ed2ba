package pbx

import (
	"errors"
	"fmt"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
)

// dials is somebody calling somebody: from outside, to outside, or inside.
//
// The caller's party is Setup, and Answered as soon as the destination is reached,
// long before anybody answers. [observed] With an outside destination it is Proceeding
// first, and Answered with the callee. [observed]
var dials = verb{name: "calls", facility: "direct", to: "a number", do: func(s *Switch, m *Move) error {
	from, ok := s.x.resolve(m.Who)
	to, ok2 := s.x.resolve(m.To)
	switch {
	case !ok || from.ext != nil && from.ext.Kind != User:
		return fmt.Errorf("%s is no user and no outside number", m.Who)
	case !ok2:
		return fmt.Errorf("%s is no number of the company and no outside number", m.To)
	case from.ext == nil && to.ext == nil:
		return errors.New("two outside numbers never reach the company's switch")
	case from.ext != nil && from.ext == to.ext, m.To == Anonymous:
		return fmt.Errorf("%s cannot call %s", m.Who, m.To)
	case to.ext != nil && (to.ext.Kind == ParkLocation || to.ext.Kind == Paging):
		return fmt.Errorf("%s cannot be called", m.To)
	}
	if m.Who == Anonymous && s.tookPart(Anonymous) {
		return errors.New("another caller withholds the number already")
	}
	if err := s.free(s.someone(from)); err != nil {
		return err
	}
	s.dial(s.someone(from), to)
	return nil
}}

// tookPart: somebody under a number has a party.
func (s *Switch) tookPart(number string) bool {
	for _, t := range s.sessions {
		for _, p := range t.parties {
			if p.who != nil && p.who.number == number {
				return true
			}
		}
	}
	return false
}

// free says why a person cannot begin a call: one on the line must be put on hold
// first.
func (s *Switch) free(who *person) error {
	if p := s.leg(who, func(p *party) bool { return !holding(p) && !p.parked }); p != nil {
		return fmt.Errorf("%s is on another call: it must be put on hold first", who.number)
	}
	return nil
}

// dial begins a call.
func (s *Switch) dial(who *person, to dest) *party {
	t := s.session(wire.OriginCall)
	t.dialled, t.originator = to.number, who
	s.pass(20, 60)
	p := s.party(t, who, wire.Outbound)
	t.originatorLeg = p
	p.from, p.fromOwner = s.shownOutside(who), who
	p.to = wire.Endpoint{PhoneNumber: to.number}
	if who.ext != nil {
		p.from.ExtensionID, p.from.DeviceID = who.ext.ID, who.ext.Device
	}
	t.dialledOwner = s.someone(to)
	p.toOwner = t.dialledOwner
	s.anonymous(p)
	s.tell(p, said{code: setup})
	s.pass(19, 53)
	if to.ext == nil {
		s.outside(t, to.number)
		s.after(3200+s.r.Int64N(900), progress, p)
		return p
	}
	s.arrive(t, to, to.number)
	return p
}

// shownOutside is a caller as it is shown on the caller's own party, and to outside
// parties: the direct or the company's number.
func (s *Switch) shownOutside(who *person) wire.Endpoint {
	return wire.Endpoint{PhoneNumber: s.callerID(who)}
}

// reached answers the caller's party: the destination exists.
func (s *Switch) reached(p *party, to *Extension) {
	p.to.Name, p.to.ExtensionID = to.Name, to.ID
	s.named(p)
	s.tell(p, said{code: answered})
}

// named shows the name of an extension on its own caller's party.
func (s *Switch) named(p *party) {
	if p.who.ext != nil {
		p.from.Name = p.who.name
	}
}

// progress is the provisional answer of an outside destination.
func progress(s *Switch, p *party) {
	if p.state == call.StateSetup {
		s.named(p)
		s.tell(p, said{code: proceeding})
	}
}

// arrive brings a call to an extension. shown is the number that the new leg shows as
// dialled.
func (s *Switch) arrive(t *session, to dest, shown string) *party {
	p := s.called(t, to, shown)
	caller := t.originatorLeg
	first := caller.state == call.StateSetup
	s.tell(p, said{code: setup})
	switch to.ext.Kind {
	case User:
		s.ringUser(p, caller, first)
	case Queue:
		p.service, p.ringSince = true, s.now
		s.answerCaller(caller, first, to.ext)
		s.queued(p)
	default:
		p.service = true
		s.answerCaller(caller, first, to.ext)
	}
	return p
}

func (s *Switch) answerCaller(caller *party, first bool, to *Extension) {
	if first {
		s.pass(39, 119)
		s.reached(caller, to)
	}
}

// ringUser rings a user's phones. Those that a call is passed on to under the user's
// own rules (find me) are no parties of the session. [observed: none in the captures]
func (s *Switch) ringUser(p, caller *party, first bool) {
	early := first && s.d.Is(dialect.InboundOrder, dialect.CallerAnsweredFirst)
	s.answerCaller(caller, early, p.who.ext)
	s.pass(20, 30)
	p.in.callerNamed = true
	s.rings(p)
	s.answerCaller(caller, first && !early, p.who.ext)
}

// rings makes a leg ring, until it is answered or has rung long enough.
func (s *Switch) rings(p *party) {
	if p.who.user() && !p.queueCall && p.direction == wire.Inbound {
		p.pickup = s.mobilePickup(p)
	}
	s.tell(p, said{code: proceeding})
	p.ringSince = s.now
	s.after(ringFor(p), ringsInVain, p)
}

// ringFor is how long a leg rings, milliseconds.
func ringFor(p *party) int64 {
	switch {
	case p.who.ext == nil:
		return 60_000
	case p.who.ext.RingFor > 0:
		return p.who.ext.RingFor.Milliseconds()
	}
	return 30_000
}

// called adds the leg of an extension that a session's call goes to.
func (s *Switch) called(t *session, to dest, shown string) *party {
	p := s.party(t, s.someone(to), wire.Inbound)
	p.to = wire.Endpoint{PhoneNumber: shown, Name: to.ext.Name, ExtensionID: to.ext.ID}
	p.toOwner = p.who
	if shown == t.dialled {
		p.toNumber = t.dialledOwner
	}
	p.from, p.fromOwner = s.shownInside(t), t.originator
	return p
}

// shownInside is a session's originator as the company's own parties see it.
func (s *Switch) shownInside(t *session) wire.Endpoint {
	who := t.originator
	if who.ext == nil {
		e := wire.Endpoint{PhoneNumber: who.number}
		if t.callerNamed {
			e.Name = who.name
		}
		return e
	}
	return wire.Endpoint{PhoneNumber: who.ext.Number, Name: who.name, ExtensionID: who.ext.ID, DeviceID: who.ext.Device}
}

// outside rings an outside number: its party begins at Proceeding. [observed]
func (s *Switch) outside(t *session, number string) *party {
	p := s.party(t, s.someone(dest{nil, number}), wire.Inbound)
	p.to, p.toOwner = wire.Endpoint{PhoneNumber: number}, p.who
	p.from, p.fromOwner = s.shownOutside(t.originator), t.originator
	p.from.Name = t.originator.name
	if e := t.originator.ext; e != nil {
		p.from.ExtensionID = e.ID
	}
	s.rings(p)
	return p
}

// mobilePickup is what a user's mobile application is told of a ringing call.
func (s *Switch) mobilePickup(p *party) *wire.MobilePickup {
	return &wire.MobilePickup{CCMailboxes: []string{p.ext}, To: "#1052" + pod(s.x.company.Account) + "@sip.ringcentral.com:5060",
		SID: digits(s.r, 14), SrvLvl: "-149699523", SrvLvlExt: "406"}
}

// reach sends a session's call to a number: a user, a queue, a menu, or an outside
// party.
func (s *Switch) reach(t *session, to dest) *party {
	if to.ext == nil {
		return s.outside(t, to.number)
	}
	return s.arrive(t, to, to.number)
}
