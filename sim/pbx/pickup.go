package pbx

import (
	"fmt"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
)

// picksUp is somebody taking a call that rings at a colleague's phone, by group or BLF
// pickup: the ringing leg is Disconnected [documented] with Pickup, and the taker's
// takes its place in the same session. [assumed]
var picksUp = verb{name: "picks up", facility: "pickup", to: "a ringing extension", do: func(s *Switch, m *Move) error {
	p := s.leg(s.known(m.To), forwardable)
	if p == nil {
		return fmt.Errorf("%s does not ring", m.To)
	}
	d, ok := s.x.resolve(m.Who)
	if !ok || d.ext == nil || d.ext.Kind != User {
		return fmt.Errorf("%s is no user", m.Who)
	}
	who := s.someone(d)
	if who == p.who {
		return fmt.Errorf("%s rings itself: it answers", m.Who)
	}
	if err := s.free(who); err != nil {
		return err
	}
	if err := s.present(p, who); err != nil {
		return err
	}
	s.snatch(p, who)
	return nil
}, offer: func(s *Switch, yield func(Move)) {
	for _, t := range s.sessions {
		for _, p := range t.parties {
			if !forwardable(p) || t.mirror {
				continue
			}
			if a := s.anybody(); a != nil && a != p.who && s.present(p, a) == nil {
				yield(Move{Who: a.number, To: p.who.number})
			}
		}
	}
}}

func (s *Switch) snatch(p *party, who *person) {
	k := s.link(link{kind: call.Pickup, to: p, reason: wire.ReasonPickup})
	take := func() {
		q := s.party(p.in, who, wire.Inbound)
		q.from, q.fromOwner = s.shownInside(p.in), p.in.originator
		q.to, q.toOwner, q.toNumber = p.to, p.toOwner, p.toNumber
		s.tell(q, said{code: answered})
		k.from = q
		k.plays(call.Retriever, q)
	}
	lose := func() {
		p.moved = call.LegElsewhere
		s.tell(p, said{code: disconnected, reason: wire.ReasonPickup})
		k.at = s.now
		k.plays(call.Callee, p)
	}
	if s.d.Is(dialect.GroupPickupOrder, dialect.RingerFirst) {
		take, lose = lose, take
	}
	take()
	s.pass(5, 30)
	lose()
}

// anybody draws a user who is on no call; nil when a few tries find none.
func (s *Switch) anybody() *person {
	exts := s.x.company.Extensions
	for range 4 {
		if len(exts) == 0 {
			return nil
		}
		e := &exts[s.draw.IntN(len(exts))]
		if e.Kind != User {
			continue
		}
		if who := s.someone(dest{e, e.Number}); s.leg(who, any_) == nil && s.abroad(who) == nil {
			return who
		}
	}
	return nil
}

// outsiders names outside numbers nobody has called from yet, in the range reserved
// for fiction.
func (s *Switch) outsiders(n int) (out []string) {
	areas := [...]string{"+1404555", "+1212555", "+1312555", "+1617555", "+1206555"}
	for range n {
		out = append(out, areas[s.draw.IntN(len(areas))]+"01"+string('0'+byte(s.draw.IntN(10)))+string('0'+byte(s.draw.IntN(10))))
	}
	return out
}
