package pbx

import (
	"errors"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
)

// switches is somebody moving a call to another of their devices: a new leg of the
// same extension in the same session, Outbound even on a call that came in, and the
// old one Disconnected. [relied on]
var switches = verb{name: "switches device", facility: "switch", do: func(s *Switch, m *Move) error {
	p, err := s.mine(m, "is connected", connected)
	if err != nil {
		return err
	}
	if !s.switchable(p) {
		return errors.New("such a call cannot be switched")
	}
	s.handOver(p)
	return nil
}, offer: func(s *Switch, yield func(Move)) {
	s.talkers(func(p *party) {
		if connected(p) && s.switchable(p) {
			yield(Move{Who: p.who.number})
		}
	})
}}

func (s *Switch) switchable(p *party) bool {
	return p.who.user() && p.ext != "" && !p.in.page && p.supervises == nil && p.outRole == "" && p.flipped == nil && !s.flipping(p) && !s.conference(p.in) && len(s.others(p)) > 0
}

func (s *Switch) handOver(p *party) {
	far := s.others(p)[0].who
	q := s.party(p.in, p.who, wire.Outbound)
	q.from, q.fromOwner = wire.Endpoint{PhoneNumber: p.who.number, Name: p.who.name, ExtensionID: p.ext}, p.who
	q.to, q.toOwner = wire.Endpoint{PhoneNumber: far.number, Name: far.name}, far
	if far.ext != nil {
		q.to.ExtensionID = far.ext.ID
	}
	if s.d.Is(dialect.SwitchSetup, dialect.SwitchSetsUp) {
		s.tell(q, said{code: setup})
		s.pass(150, 600)
	}
	s.tell(q, said{code: answered})
	q.calls = p.isCaller() || p.calls
	s.pass(10, 40)
	why := wire.ReasonCallSwitch
	if s.d.Is(dialect.SwitchReason, dialect.SwitchByPickup) {
		why = wire.ReasonPickup
	}
	s.tell(p, said{code: disconnected, reason: why})
	p.moved = call.LegElsewhere
	s.link(link{kind: call.Switch, from: p, to: q, at: s.now, reason: why}).plays(call.Mover, p)
	s.follow(p, q)
}

// follow keeps a supervisor with an agent who moved to another leg.
func (s *Switch) follow(from, to *party) {
	for q := range s.inRoom(from.in) {
		if q.supervises == from && q.alive() {
			q.supervises = to
		}
	}
}
