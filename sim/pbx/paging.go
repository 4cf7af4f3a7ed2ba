package pbx

import (
	"fmt"

	"github.com/legworkhq/legwork/recon/wire"
)

// pages is somebody speaking to a paging group: its phones answer by themselves.
// [assumed: nothing is documented but the group's own kind of call log entry] That the
// sound goes one way only is not in the events; the answer key has everybody in
// both directions.
var pages = verb{name: "pages", facility: "paging", to: "a paging group", do: func(s *Switch, m *Move) error {
	from, ok := s.x.resolve(m.Who)
	to, ok2 := s.x.resolve(m.To)
	if !ok || !ok2 || from.ext == nil || from.ext.Kind != User || to.ext == nil || to.ext.Kind != Paging {
		return fmt.Errorf("want a user and a paging group, got %s and %s", m.Who, m.To)
	}
	who := s.someone(from)
	if s.leg(who, any_) != nil {
		return fmt.Errorf("%s is on another call", m.Who)
	}
	var group []*person
	for _, n := range to.ext.Agents {
		if a := s.idle(n); a != nil && a != who && len(group) < mostPaged {
			group = append(group, a)
		}
	}
	if len(group) == 0 {
		return fmt.Errorf("nobody of %s can be paged", m.To)
	}
	s.page(who, to, group)
	return nil
}}

// mostPaged is how many phones one page reaches. [documented for devices]
const mostPaged = 25

func (s *Switch) page(who *person, to dest, group []*person) {
	t := s.session(wire.OriginCall)
	t.dialled, t.originator, t.dialledOwner = to.number, who, s.someone(to)
	s.pass(20, 60)
	p := s.party(t, who, wire.Outbound)
	t.originatorLeg = p
	p.paging, t.page = true, true
	p.from, p.fromOwner = s.shownOutside(who), who
	p.from.ExtensionID, p.from.DeviceID = p.ext, who.ext.Device
	p.to, p.toOwner = wire.Endpoint{PhoneNumber: to.number}, t.dialledOwner
	s.tell(p, said{code: setup})
	s.pass(30, 90)
	s.reached(p, to.ext)
	for _, a := range group {
		s.pass(5, 30)
		q := s.party(t, a, wire.Inbound)
		q.from, q.fromOwner = s.shownInside(t), who
		q.to = wire.Endpoint{PhoneNumber: to.number, Name: to.ext.Name, ExtensionID: to.ext.ID}
		q.toOwner = t.dialledOwner
		s.tell(q, said{code: answered})
	}
}

// pageEnds: when who pages hangs up, the phones do.
func (s *Switch) pageEnds(p *party) {
	s.ends(p, said{code: disconnected}, "")
	for _, q := range p.in.parties {
		if q.alive() {
			s.pass(4, 14)
			s.ends(q, said{code: disconnected}, "")
		}
	}
}
