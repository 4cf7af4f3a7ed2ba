package pbx

import (
	"fmt"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
)

// ringsOut is somebody asking the platform to call them and then an outside number.
// Party 1 is the initiator, Inbound, its from the target's number [observed in REST
// answers]; both legs begin at Proceeding. [documented]
var ringsOut = verb{name: "rings out to", facility: "RingOut", to: "an outside number", do: func(s *Switch, m *Move) error {
	from, ok := s.x.resolve(m.Who)
	to, ok2 := s.x.resolve(m.To)
	if !ok || !ok2 || from.ext == nil || from.ext.Kind != User || to.ext != nil || m.To == Anonymous {
		return fmt.Errorf("want a user and an outside number, got %s and %s", m.Who, m.To)
	}
	who := s.someone(from)
	if s.leg(who, any_) != nil {
		return fmt.Errorf("%s is on another call", m.Who)
	}
	s.ringOut(who, s.someone(to))
	return nil
}}

func (s *Switch) ringOut(who, target *person) {
	t := s.session(wire.OriginRingOut)
	t.dialled, t.originator, t.dialledOwner = target.number, who, target
	s.pass(20, 60)
	p := s.party(t, who, wire.Inbound)
	t.originatorLeg = p
	p.outRole = "Initiator"
	p.from, p.fromOwner = wire.Endpoint{PhoneNumber: target.number}, target
	p.to, p.toOwner = wire.Endpoint{PhoneNumber: who.number, Name: who.name, ExtensionID: p.ext}, who
	s.rings(p)
	k := s.link(link{kind: call.RingOut, from: p, at: s.now})
	k.plays(call.Initiator, p)
	p.ringout = k
	if s.d.Is(dialect.RingOutMirror, dialect.Mirrored) {
		s.mirror(p, target)
	}
}

// mirror is the second session that appears when a RingOut rings a RingCentral
// endpoint: numbers mirrored, legacy id 1000 to 4000 higher. [relied on]
func (s *Switch) mirror(p *party, target *person) {
	m := s.session(wire.OriginCall)
	m.mirror = true
	m.legacyNumber = p.in.legacyNumber + 1 + s.r.Int64N(4)
	s.machine.legacy = max(s.machine.legacy, m.legacyNumber)
	s.identifyLegacy(m)
	m.originator, m.dialledOwner, m.dialled = target, p.who, p.who.number
	s.pass(20, 60)
	a := s.party(m, target, wire.Outbound)
	m.originatorLeg = a
	a.from, a.fromOwner = wire.Endpoint{PhoneNumber: target.number}, target
	a.to, a.toOwner = wire.Endpoint{PhoneNumber: p.who.number}, p.who
	s.tell(a, said{code: setup})
	k := s.link(link{kind: call.RingOut, from: p, toSession: m, at: s.now})
	k.plays(call.Initiator, p)
	s.pass(20, 50)
	b := s.party(m, p.who, wire.Inbound)
	b.from, b.fromOwner = wire.Endpoint{PhoneNumber: target.number}, target
	b.to, b.toOwner = wire.Endpoint{PhoneNumber: p.who.number, Name: p.who.name, ExtensionID: b.ext}, p.who
	s.tell(b, said{code: setup})
	k.to = b
	s.pass(30, 90)
	a.to.Name, a.to.ExtensionID = p.who.name, p.ext
	s.tell(a, said{code: answered})
	s.pass(15, 40)
	b.pickup = s.mobilePickup(b)
	s.tell(b, said{code: proceeding})
	p.reflection = b
	s.unite(p.in, m)
}

// initiatorAnswers connects the initiator, and rings the target.
func (s *Switch) initiatorAnswers(p *party) {
	s.tell(p, said{code: answered})
	if b := p.reflection; b != nil {
		s.pass(10, 60)
		s.tell(b, said{code: answered})
	}
	s.pass(60, 200)
	target := p.in.dialledOwner
	q := s.party(p.in, target, wire.Inbound)
	q.outRole = "Target"
	q.to, q.toOwner = wire.Endpoint{PhoneNumber: target.number}, target
	q.from, q.fromOwner = s.shownOutside(p.who), p.who
	q.from.Name, q.from.ExtensionID = p.who.name, p.ext
	s.rings(q)
	p.ringout.to = q
	p.ringout.plays(call.Target, q)
}

// closeMirror ends the mirror with what it mirrors.
func (s *Switch) closeMirror(p *party) {
	b := p.reflection
	if b == nil || !b.alive() {
		return
	}
	p.reflection = nil
	s.pass(5, 20)
	end := said{code: disconnected}
	if !b.answered {
		end = s.cancelled()
		b.fate = call.LegMissed
	}
	s.tell(b, end)
	s.pass(4, 14)
	s.tell(b.in.originatorLeg, said{code: disconnected})
}
