package pbx

import (
	"errors"

	"github.com/legworkhq/legwork/recon/call"
)

// holds is somebody putting the others on hold: Hold on their own party, and nothing
// on the others'. [observed]
var holds = verb{name: "holds", facility: "hold", do: func(s *Switch, m *Move) error {
	p, err := s.mine(m, "is connected", connected)
	if err != nil {
		return err
	}
	if !s.holdable(p) {
		return errors.New("there is nobody to put on hold")
	}
	s.tell(p, said{code: hold})
	return nil
}, offer: func(s *Switch, yield func(Move)) {
	s.talkers(func(p *party) {
		if connected(p) && s.holdable(p) {
			yield(Move{Who: p.who.number})
		}
	})
}}

func (s *Switch) holdable(p *party) bool {
	return p.supervises == nil && p.flipped == nil && len(s.others(p)) > 0
}

// resumes is somebody taking a call off hold: Answered again. [observed]
var resumes = verb{name: "resumes", facility: "hold", do: func(s *Switch, m *Move) error {
	p, err := s.mine(m, "is on hold", holding)
	if err != nil {
		return err
	}
	if s.leg(p.who, connected) != nil {
		return errors.New(m.Who + " is on another call: it must be put on hold first")
	}
	s.tell(p, said{code: answered})
	return nil
}, offer: func(s *Switch, yield func(Move)) {
	s.talkers(func(p *party) {
		if p.state == call.StateHolding && s.leg(p.who, connected) == nil {
			yield(Move{Who: p.who.number})
		}
	})
}}
