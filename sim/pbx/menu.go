package pbx

import (
	"fmt"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
)

// presses is a caller choosing in a menu. The menu's leg was never Answered, and ends
// at the very instant at which the next leg begins. [observed]
var presses = verb{name: "presses", facility: "menu", to: "a key", do: func(s *Switch, m *Move) error {
	menu := s.menuOf(s.known(m.Who))
	if menu == nil {
		return fmt.Errorf("%s is in no menu", m.Who)
	}
	for _, k := range menu.who.ext.Keys {
		if k.Press == m.To {
			to, _ := s.x.resolve(k.To)
			s.choose(menu, to)
			return nil
		}
	}
	return fmt.Errorf("menu %s has no key %q", menu.who.number, m.To)
}, offer: func(s *Switch, yield func(Move)) {
	for _, t := range s.sessions {
		for _, p := range t.parties {
			if !p.menu() || s.choosing(p) == nil {
				continue
			}
			for _, k := range p.who.ext.Keys {
				yield(Move{Who: s.choosing(p).who.number, To: k.Press})
			}
		}
	}
}}

func (p *party) menu() bool {
	return p.state == call.StateSetup && p.service && p.who.ext.Kind == Menu
}

// menuOf finds the menu that a person is in.
func (s *Switch) menuOf(who *person) *party {
	for _, t := range s.sessions {
		for _, p := range t.parties {
			if c := s.choosing(p); p.menu() && c != nil && c.who == who {
				return p
			}
		}
	}
	return nil
}

// choosing is who hears a menu: the one other party on the line.
func (s *Switch) choosing(menu *party) *party {
	var found *party
	for q := range s.inRoom(menu.in) {
		if !connected(q) || q.service || q.supervises != nil || q.proxy || q.unseen {
			continue
		}
		if found != nil {
			return nil
		}
		found = q
	}
	return found
}

func (s *Switch) choose(menu *party, to dest) {
	why := wire.Reason("")
	if s.d.Is(dialect.MenuEnd, dialect.MenuRedirect) {
		why = wire.ReasonCallerInputRedirect
	}
	s.redirect(menu, to, why)
}

// redirect ends a machine's leg and sends its call on, at one instant.
func (s *Switch) redirect(p *party, to dest, why wire.Reason) {
	s.tell(p, said{code: disconnected, reason: why})
	at := s.now
	p.moved = call.LegRouted
	p.in.callerNamed = true
	if o := p.in.originatorLeg; o != nil && o.from.Name == "" {
		o.from.Name = o.who.name
	}
	shown := to.number
	if to.ext != nil && p.toNumber != nil {
		shown = p.in.dialled
	}
	k := s.link(link{kind: call.Route, from: p, at: at, reason: why})
	k.plays(call.Router, p)
	k.to = s.arrive(p.in, to, shown)
	k.plays(call.Target, k.to)
}
