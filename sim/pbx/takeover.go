package pbx

import (
	"fmt"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// takesOver is a supervisor taking the agent's place: the agent's leg is
// Disconnected/TakeOver. [documented as a name; assumed]
var takesOver = verb{name: "takes over", facility: "takeover", do: func(s *Switch, m *Move) error {
	p := s.watching(s.known(m.Who))
	if p == nil {
		return fmt.Errorf("%s supervises nobody", m.Who)
	}
	s.takeOver(p)
	return nil
}, offer: func(s *Switch, yield func(Move)) {
	for _, who := range s.people {
		if s.watching(who) != nil {
			yield(Move{Who: who.number})
		}
	}
}}

// watching finds the party through which somebody supervises an agent who is still
// there.
func (s *Switch) watching(who *person) *party {
	for _, t := range s.sessions {
		for _, p := range t.parties {
			if p.who == who && who != nil && p.supervises != nil && p.alive() && !p.tookOver && p.supervises.up() && !s.flipping(p.supervises) &&
				len(s.others(p.supervises)) > 0 {
				return p
			}
		}
	}
	return nil
}

func (s *Switch) takeOver(p *party) {
	agent := p.supervises
	s.tell(agent, said{code: disconnected, reason: wire.ReasonTakeOver})
	p.mode, p.tookOver = call.TwoWay, true
	k := s.link(link{kind: call.Takeover, from: agent, to: p, at: s.now, reason: wire.ReasonTakeOver})
	k.plays(call.Agent, agent)
	if p.unseen {
		k.to, k.toSession = p.own, p.own.in
	}
	k.plays(call.Supervisor, k.to)
}
