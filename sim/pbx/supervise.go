package pbx

import (
	"errors"
	"fmt"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
)

// supervision is how somebody supervises: the star code, "" by API.
type supervision string

var codes = map[string]supervision{"to monitor": "*80", "to whisper": "*81", "to barge in": "*82"}

// supervisesVerb is a supervisor listening to a colleague's call. By API, on one
// channel or on two, a party of theirs appears in the supervised session [observed in
// REST answers], and helper parties that belong to nobody use numbers. [observed in
// SIP messages] By dial code, their own party in a session of their own is
// Gone/Supervising. [documented, observed]
var supervisesVerb = verb{name: "supervises", facility: "supervision", to: "a colleague on a call",
	hows: []string{"on two channels", "to monitor", "to whisper", "to barge in"}, do: func(s *Switch, m *Move) error {
		agent := s.leg(s.known(m.To), s.watchable)
		if agent == nil {
			return fmt.Errorf("%s is on no call that could be supervised", m.To)
		}
		d, ok := s.x.resolve(m.Who)
		if !ok || d.ext == nil || d.ext.Kind != User {
			return fmt.Errorf("%s is no user", m.Who)
		}
		who := s.someone(d)
		if s.leg(who, any_) != nil || s.abroad(who) != nil {
			return fmt.Errorf("%s is on another call", m.Who)
		}
		if s.supervised(agent) {
			return errors.New("the call is supervised already")
		}
		if code := codes[m.How]; code != "" {
			s.superviseByCode(agent, who, code)
		} else {
			s.superviseByAPI(agent, who, m.How == "on two channels")
		}
		return nil
	}, offer: func(s *Switch, yield func(Move)) {
		s.talkers(func(p *party) {
			if !s.watchable(p) || s.supervised(p) {
				return
			}
			a := s.anybody()
			if a == nil || s.present(p, a) != nil {
				return
			}
			for _, how := range []string{"", "on two channels", "to monitor", "to whisper", "to barge in"} {
				yield(Move{Who: a.number, To: p.who.number, How: how})
			}
		})
	}}

// watchable: the leg is a user's, in a call with somebody.
func (s *Switch) watchable(p *party) bool {
	return p.up() && !p.parked && !p.in.page && p.who.user() && p.supervises == nil && p.flipped == nil && !s.flipping(p) && !s.conference(p.in) && p.outRole == "" && len(s.others(p)) > 0
}

func (s *Switch) supervised(p *party) bool { return len(s.supervisors(p.in)) > 0 }

func (s *Switch) supervisors(of *session) (out []*party) {
	for q := range s.inRoom(of) {
		if q.supervises != nil && q.alive() {
			out = append(out, q)
		}
	}
	return out
}

func (s *Switch) superviseByAPI(agent *party, who *person, two bool) {
	p := s.supervisorIn(agent, who)
	p.mode = call.Supervising
	s.pass(20, 80)
	if s.d.Is(dialect.SuperviseSetup, dialect.SuperviseSetsUp) {
		s.tell(p, said{code: setup})
		s.pass(100, 400)
	}
	s.tell(p, said{code: answered, reason: wire.ReasonSupervising})
	k := s.link(link{kind: call.Supervise, from: p, to: agent, at: s.now, reason: wire.ReasonSupervising})
	k.plays(call.Supervisor, p)
	k.plays(call.Agent, agent)
	s.helper(agent.in)
	if two {
		s.helper(agent.in)
	}
}

// helper is a party that belongs to nobody: it carries a channel's sound.
func (s *Switch) helper(t *session) {
	p := s.unnoticed(t, nil, wire.Inbound, 1)
	p.proxy = true
}

// supervisorIn adds a supervisor's party to the session of an agent.
func (s *Switch) supervisorIn(agent *party, who *person) *party {
	p := s.party(agent.in, who, wire.Outbound)
	p.from = wire.Endpoint{PhoneNumber: who.number, Name: who.name, ExtensionID: p.ext, DeviceID: who.ext.Device}
	p.to = wire.Endpoint{PhoneNumber: agent.who.number, Name: agent.who.name, ExtensionID: agent.who.ext.ID}
	p.fromOwner, p.toOwner = who, agent.who
	p.supervises = agent
	return p
}

func (s *Switch) superviseByCode(agent *party, who *person, code supervision) {
	t := s.session(wire.OriginCall)
	t.dialled, t.originator = string(code), who
	s.pass(20, 60)
	p := s.party(t, who, wire.Outbound)
	t.originatorLeg = p
	p.from, p.fromOwner = s.shownOutside(who), who
	p.from.ExtensionID, p.from.DeviceID = p.ext, who.ext.Device
	p.to = wire.Endpoint{PhoneNumber: t.dialled}
	s.tell(p, said{code: setup})
	s.pass(60, 150)
	s.tell(p, said{code: answered})
	s.pass(300, 900)
	k := s.link(link{kind: call.Supervise, from: p, toSession: agent.in, reason: wire.ReasonSupervising})
	k.plays(call.Supervisor, p)
	var twin *party
	if s.d.Is(dialect.SuperviseTwin, dialect.SuperviseNotified) {
		twin = s.supervisorIn(agent, who)
		twin.mode = modeOf(code)
		s.tell(twin, said{code: answered, reason: wire.ReasonSupervising})
		k.to = twin
		k.plays(call.Supervisor, twin)
	} else {
		twin = s.unnoticed(agent.in, who, wire.Outbound, 1)
		twin.supervises, twin.mode, twin.state = agent, modeOf(code), call.StateConnected
	}
	twin.by, twin.own = code, p
	k.plays(call.Agent, agent)
	s.goes(p, wire.ReasonSupervising, twin)
	k.at = s.now
	p.moved, p.twin = call.LegJoined, twin
	s.unite(t, agent.in)
	if !twin.unseen {
		s.tidyNow(p)
	}
}

func modeOf(code supervision) call.Mode {
	switch code {
	case "*80":
		return call.Listen
	case "*81":
		return call.Whisper
	}
	return call.TwoWay
}

// releaseSupervisors ends supervision where the agent has left.
func (s *Switch) releaseSupervisors(of *session) {
	for _, q := range s.supervisors(of) {
		if q.supervises.alive() || q.tookOver {
			continue
		}
		s.pass(20, 90)
		s.ends(q, said{code: disconnected}, "")
	}
}
