package pbx

import (
	"fmt"

	"github.com/legworkhq/legwork/recon/call"
)

// forwards is somebody sending a call on that still rings: BlindTransfer, as after an
// answer. [observed in REST answers]
var forwards = verb{name: "forwards to", facility: "forward", to: "a number", hows: []string{"by rcc", "by dtmf"}, do: func(s *Switch, m *Move) error {
	p, err := s.mine(m, "rings", forwardable)
	if err != nil {
		return err
	}
	to, err := s.target(p, m.To)
	if err != nil {
		return err
	}
	s.sendOn(p, to, m.How, call.Forward)
	return nil
}, offer: func(s *Switch, yield func(Move)) {
	for _, t := range s.sessions {
		for _, p := range t.parties {
			if forwardable(p) && !t.mirror {
				s.offerTargets(p, func(n string) { yield(Move{Who: p.who.number, To: n}) })
			}
		}
	}
}}

func forwardable(p *party) bool {
	return calledRing(p) && p.who.user() && !p.queueCall && p.flipped == nil && p.recalls == nil && p.outRole == ""
}

// target resolves whom a call can be sent on to.
func (s *Switch) target(p *party, number string) (dest, error) {
	to, ok := s.x.resolve(number)
	switch {
	case !ok || number == Anonymous:
		return to, fmt.Errorf("%s is no number of the company and no outside number", number)
	case to.ext != nil && (to.ext.Kind == ParkLocation || to.ext.Kind == Paging):
		return to, fmt.Errorf("a call cannot be sent to %s", number)
	case to.ext != nil && to.ext == p.who.ext:
		return to, fmt.Errorf("%s cannot send a call to itself", number)
	}
	for q := range s.inRoom(p.in) {
		if q.alive() && !q.service && q.who.ext == to.ext && (to.ext != nil || q.who.number == to.number) {
			return to, fmt.Errorf("%s is on this call already", number)
		}
	}
	if to.ext != nil && to.ext.Kind == User && s.leg(s.someone(to), func(q *party) bool { return connected(q) || ringing(q) }) != nil {
		return to, fmt.Errorf("%s is on another call", number)
	}
	return to, nil
}

// offerTargets names a few whom a call can be sent on to.
func (s *Switch) offerTargets(p *party, yield func(string)) {
	exts := s.x.company.Extensions
	if len(exts) == 0 {
		return
	}
	for range 2 {
		n := exts[s.draw.IntN(len(exts))].Number
		if _, err := s.target(p, n); err == nil {
			yield(n)
		}
	}
	for _, n := range s.outsiders(1) {
		if _, err := s.target(p, n); err == nil {
			yield(n)
		}
	}
}
