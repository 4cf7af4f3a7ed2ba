package pbx

import (
	"errors"
	"fmt"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
)

// conferenceWord stands for a number in a conference's from and to. [observed]
const conferenceWord = "conference"

// mostParties is how many a conference takes. [documented]
const mostParties = 10

// merges is somebody merging all their calls into a conference: a session of its own,
// of origin Conference and legacy id "0"; the host's legs in the old ones are
// Gone/Conference, and each peer is a proxy party there. [observed]
var merges = verb{name: "merges", facility: "conference", do: func(s *Switch, m *Move) error {
	legs, bridge, err := s.mergeable(s.known(m.Who))
	if err != nil {
		return fmt.Errorf("%s %w", m.Who, err)
	}
	s.merge(legs, bridge)
	return nil
}, offer: func(s *Switch, yield func(Move)) {
	for _, who := range s.people {
		if _, _, err := s.mergeable(who); err == nil {
			yield(Move{Who: who.number})
		}
	}
}}

// mergeable finds the legs that somebody can merge, and their leg in a conference that
// they host already, nil when there is none.
func (s *Switch) mergeable(who *person) (legs []*party, bridge *party, err error) {
	if who == nil || !who.user() {
		return nil, nil, errors.New("is on no call")
	}
	for p := range s.legs(who) {
		switch {
		case p.in.origin == wire.OriginConference:
			bridge = p
		case !p.up() || p.parked || p.in.page || s.anyFlip(p) || p.supervises != nil || p.flipped != nil || s.flipping(p) || p.outRole != "" || s.conference(p.in) || len(s.others(p)) == 0 || s.expecting(p):
			return nil, nil, errors.New("has a call that cannot be merged")
		default:
			legs = append(legs, p)
		}
	}
	need, size := 2, 1
	if bridge != nil {
		need, size = 1, len(s.others(bridge))+1
	}
	if len(legs) < need {
		return nil, nil, errors.New("has not enough calls to merge")
	}
	for i, p := range legs {
		size += len(s.others(p))
		for _, q := range legs[:i] {
			if p.in.room == q.in.room {
				return nil, nil, errors.New("has two legs in one call")
			}
			if s.common(p, q) {
				return nil, nil, errors.New("is on two calls with the same person")
			}
		}
		if bridge != nil && s.common(p, bridge) {
			return nil, nil, errors.New("is on two calls with the same person")
		}
	}
	if size > mostParties {
		return nil, nil, fmt.Errorf("would have a conference of more than %d", mostParties)
	}
	return legs, bridge, nil
}

func (s *Switch) common(p, q *party) bool {
	for _, a := range s.others(p) {
		for _, b := range s.others(q) {
			if a.who == b.who {
				return true
			}
		}
	}
	return false
}

func (s *Switch) merge(legs []*party, bridge *party) {
	who := legs[0].who
	if bridge == nil {
		bridge = s.conferenceOf(who)
	} else if holding(bridge) {
		s.tell(bridge, said{code: answered})
	}
	for _, p := range legs {
		s.pass(150, 900)
		s.bringIn(p, bridge)
	}
}

// conferenceOf opens a conference with its host's leg.
func (s *Switch) conferenceOf(who *person) *party {
	t := s.session(wire.OriginConference)
	t.originator = who
	s.pass(20, 60)
	p := s.party(t, who, wire.Outbound)
	t.originatorLeg = p
	p.from = wire.Endpoint{PhoneNumber: who.number, Name: who.name, ExtensionID: p.ext, DeviceID: who.ext.Device}
	p.fromOwner = who
	p.to = wire.Endpoint{PhoneNumber: conferenceWord, Name: "Conference"}
	p.confRole = "Host"
	s.tell(p, said{code: setup})
	s.pass(120, 400)
	s.tell(p, said{code: answered})
	return p
}

// bringIn moves the far ends of a leg into a conference.
func (s *Switch) bringIn(p, bridge *party) {
	t := bridge.in
	far := s.others(p)
	k := s.link(link{kind: call.ConferenceMerge, from: p, toSession: t, reason: wire.ReasonConference})
	k.plays(call.Host, p, bridge)
	k.plays(call.Conferee, far...)
	proxy := s.proxy(t, p, far)
	s.goes(p, wire.ReasonConference, proxy)
	k.at = s.now
	p.moved = call.LegJoined
	s.connect(p.in, t, p, true)
	if !proxy.unseen {
		k.to = proxy
		proxy.role(call.Conferee)
		s.pass(5, 40)
		s.goes(proxy, wire.ReasonConference, p)
		proxy.moved = call.LegJoined
	}
	s.releaseSupervisors(p.in)
	s.tidyNow(p)
}

// proxy is the party that stands in a conference for the far ends of a leg. It has
// neither account nor extension. [observed in REST answers]
func (s *Switch) proxy(t *session, p *party, far []*party) *party {
	if s.d.Is(dialect.ConferenceProxies, dialect.ProxiesUnseen) {
		q := s.unnoticed(t, nil, wire.Inbound, 2)
		q.proxy, q.stands = true, p
		return q
	}
	q := s.party(t, nil, wire.Inbound)
	q.proxy, q.stands, q.confRole = true, p, "Participant"
	if len(far) == 1 {
		q.who = far[0].who
	} else {
		q.who = s.pools.people.get()
		*q.who = person{id: call.ParticipantID("leg:" + q.id), kind: call.UnknownParticipant}
		s.people = append(s.people, q.who)
	}
	q.from = wire.Endpoint{PhoneNumber: p.who.number, Name: p.who.name, ExtensionID: p.ext}
	q.fromOwner = p.who
	q.to = wire.Endpoint{PhoneNumber: conferenceWord, Name: "Conference"}
	s.tell(q, said{code: setup})
	s.pass(60, 300)
	return q
}

// removes is a host removing somebody: their old leg comes back from Gone, and both
// are Disconnected. [relied on] "to talk" takes them out of the conference, and goes
// on talking to them alone.
var removes = verb{name: "removes", facility: "conference", to: "a conferee", hows: []string{"to talk"}, do: func(s *Switch, m *Move) error {
	bridge := s.leg(s.known(m.Who), hosting)
	if bridge == nil {
		return fmt.Errorf("%s hosts no conference", m.Who)
	}
	out := s.broughtIn(bridge, s.known(m.To))
	if out == nil {
		return fmt.Errorf("%s is not in the conference", m.To)
	}
	s.remove(bridge, out, m.How == "to talk")
	return nil
}, offer: func(s *Switch, yield func(Move)) {
	for _, t := range s.sessions {
		if t.origin != wire.OriginConference || !hosting(t.parties[0]) {
			continue
		}
		for _, q := range s.others(t.parties[0]) {
			if s.broughtIn(t.parties[0], q.who) != nil {
				yield(Move{Who: t.originator.number, To: q.who.number})
				yield(Move{Who: t.originator.number, To: q.who.number, How: "to talk"})
			}
		}
	}
}}

func hosting(p *party) bool {
	return p.in.origin == wire.OriginConference && p.isCaller() && p.state == call.StateConnected
}

// broughtIn finds the host's leg of the session in which somebody is, alone with the
// host.
func (s *Switch) broughtIn(bridge *party, who *person) *party {
	if who == nil {
		return nil
	}
	for _, j := range s.joins {
		if j.off || !j.conference || j.b != bridge.in || j.leg.who != bridge.who || s.now-j.leg.goneAt < settling {
			continue
		}
		only := 0
		found := false
		for _, t := range s.sessions {
			for _, p := range t.parties {
				if p.up() && !p.proxy && s.sameWithout(j, t) {
					only++
					found = found || p.who == who
				}
			}
		}
		if found && only == 1 {
			return j.leg
		}
	}
	return nil
}

// sameWithout: a session would be in one room with a join's first one without it.
func (s *Switch) sameWithout(j *join, t *session) bool {
	if t == j.a {
		return true
	}
	j.off = true
	s.rooms()
	same := t.room == j.a.room
	j.off = false
	s.rooms()
	return same
}

func (s *Switch) remove(bridge, p *party, toTalk bool) {
	if !toTalk && s.d.Is(dialect.ConferenceRemoval, dialect.RemovedDisconnected) {
		for _, q := range s.alone(p) {
			s.ends(q, said{code: disconnected}, "")
		}
		s.release(bridge.in, "")
		return
	}
	if toTalk {
		s.tell(bridge, said{code: hold})
		s.pass(20, 90)
	}
	s.tell(p, said{code: answered})
	p.moved = ""
	s.sever(p)
	if toTalk {
		s.release(bridge.in, "")
		return
	}
	s.pass(200, 1500)
	for _, q := range s.others(p) {
		s.ends(q, said{code: disconnected}, "")
		s.pass(4, 14)
	}
	s.ends(p, said{code: disconnected}, "")
	s.tidy(p.in)
	s.release(bridge.in, "")
}

// alone lists the far ends of a leg that is in a conference.
func (s *Switch) alone(p *party) (out []*party) {
	for _, j := range s.joins {
		if j.leg != p || j.off {
			continue
		}
		for _, t := range s.sessions {
			for _, q := range t.parties {
				if q.up() && !q.proxy && s.sameWithout(j, t) {
					out = append(out, q)
				}
			}
		}
	}
	return out
}

// hostLeaves ends the host's leg of a conference, which goes on or ends.
func (s *Switch) hostLeaves(p *party) {
	s.ends(p, said{code: disconnected}, "")
	if s.d.Is(dialect.ConferenceHost, dialect.ConferenceGoesOn) {
		s.release(p.in, "")
		return
	}
	for q := range s.inRoom(p.in) {
		if q.alive() && !q.proxy {
			s.pass(4, 14)
			s.ends(q, said{code: disconnected}, "")
		}
	}
	s.tidy(p.in)
}
