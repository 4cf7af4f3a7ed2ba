package pbx

import (
	"errors"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// flips is somebody moving a call to another number of theirs, which is rung; once
// they answered there, the old leg is Disconnected/CallFlip. [assumed]
var flips = verb{name: "flips", facility: "flip", do: func(s *Switch, m *Move) error {
	p, err := s.mine(m, "is connected", connected)
	if err != nil {
		return err
	}
	if err := s.flippable(p); err != nil {
		return err
	}
	s.flip(p)
	return nil
}, offer: func(s *Switch, yield func(Move)) {
	s.talkers(func(p *party) {
		if connected(p) && s.flippable(p) == nil {
			yield(Move{Who: p.who.number})
		}
	})
}}

func (s *Switch) flippable(p *party) error {
	switch {
	case !p.who.user() || p.ext == "" || p.who.ext.Mobile == "":
		return errors.New("there is no other number to flip to")
	case p.in.page || s.anyFlip(p) || p.supervises != nil || p.outRole != "" || p.flipped != nil || s.flipping(p) || s.conference(p.in) || len(s.others(p)) == 0:
		return errors.New("such a call cannot be flipped")
	case s.known(p.who.ext.Mobile) != nil && s.leg(s.known(p.who.ext.Mobile), any_) != nil:
		return errors.New("the other number is on a call")
	}
	return nil
}

func (s *Switch) flip(p *party) {
	q := s.party(p.in, s.someone(dest{nil, p.who.ext.Mobile}), wire.Inbound)
	q.flipped = p
	q.to, q.toOwner = wire.Endpoint{PhoneNumber: p.who.ext.Mobile}, q.who
	q.from, q.fromOwner = wire.Endpoint{PhoneNumber: p.who.number, Name: p.who.name, ExtensionID: p.ext}, p.who
	s.rings(q)
}

// flipping: the leg's other number rings, or has just answered.
func (s *Switch) flipping(p *party) bool {
	return slices.ContainsFunc(p.in.parties, func(q *party) bool { return q.flipped == p && q.alive() })
}

// anyFlip: somebody in the room is moving to another number.
func (s *Switch) anyFlip(p *party) bool {
	for q := range s.inRoom(p.in) {
		if q.flipped != nil && q.alive() {
			return true
		}
	}
	return false
}

// flipEnds ends the old leg of a flip.
func flipEnds(s *Switch, q *party) {
	p := q.flipped
	if p == nil || !connected(q) || !p.up() {
		return
	}
	s.tell(p, said{code: disconnected, reason: wire.ReasonCallFlip})
	p.moved = call.LegElsewhere
	k := s.link(link{kind: call.Flip, from: p, to: q, at: s.now, reason: wire.ReasonCallFlip})
	k.plays(call.Mover, p)
	q.who, q.toOwner, q.flipped = p.who, p.who, nil
	q.calls = p.isCaller() || p.calls
	s.releaseSupervisors(p.in)
}
