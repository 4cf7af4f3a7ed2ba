package pbx

import (
	"fmt"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// faxes is an outside party sending a fax to an extension, whose party goes to
// FaxReceive. [documented]
var faxes = verb{name: "faxes", facility: "fax", to: "an extension", do: func(s *Switch, m *Move) error {
	from, ok := s.x.resolve(m.Who)
	to, ok2 := s.x.resolve(m.To)
	if !ok || !ok2 || from.ext != nil || to.ext == nil || to.ext.Kind != User {
		return fmt.Errorf("want an outside number and a user, got %s and %s", m.Who, m.To)
	}
	if m.Who == Anonymous && s.tookPart(Anonymous) {
		return fmt.Errorf("another caller withholds the number already")
	}
	who := s.someone(from)
	if err := s.free(who); err != nil {
		return err
	}
	if s.leg(s.someone(to), any_) != nil {
		return fmt.Errorf("%s is on another call", m.To)
	}
	s.fax(who, to)
	return nil
}}

func (s *Switch) fax(who *person, to dest) {
	t := s.session(wire.OriginCall)
	t.dialled, t.originator, t.dialledOwner = to.number, who, s.someone(to)
	s.pass(20, 60)
	p := s.party(t, who, wire.Outbound)
	t.originatorLeg = p
	p.from, p.fromOwner = s.shownOutside(who), who
	p.to, p.toOwner = wire.Endpoint{PhoneNumber: to.number}, t.dialledOwner
	s.anonymous(p)
	s.tell(p, said{code: setup})
	s.pass(19, 53)
	q := s.called(t, to, to.number)
	s.tell(q, said{code: setup})
	s.answerCaller(p, true, to.ext)
	s.pass(1200, 2600)
	s.tell(q, said{code: faxReceive})
	q.state = call.StateFax
}
