package pbx

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
)

// parks is somebody leaving a call to wait for whoever dials its number, 801 to 899,
// or takes it at a park location. Users can park only calls that came in. [documented]
var parks = verb{name: "parks at", facility: "park", to: "a park number", hows: []string{"as a location"}, do: func(s *Switch, m *Move) error {
	p := s.leg(s.known(m.Who), func(p *party) bool { return p.up() && !p.parked && s.parkable(p) == nil })
	if p == nil {
		var err error
		if p, err = s.speaking(m, "is connected or on hold", func(p *party) bool { return p.up() && !p.parked }); err != nil {
			return err
		}
		return s.parkable(p)
	}
	if !parkNumber(m.To) {
		return fmt.Errorf("%s is no park number: they are 801 to 899", m.To)
	}
	if s.waitingAt(m.To) != nil {
		return fmt.Errorf("somebody is parked at %s already", m.To)
	}
	s.park(p, m.To, m.How == "as a location")
	return nil
}, offer: func(s *Switch, yield func(Move)) {
	s.talkers(func(p *party) {
		if s.parkable(p) != nil || s.leg(p.who, func(q *party) bool { return q.up() && !q.parked && s.parkable(q) == nil }) != p {
			return
		}
		n := strconv.Itoa(801 + s.draw.IntN(99))
		if s.waitingAt(n) == nil {
			yield(Move{Who: p.who.number, To: n})
			yield(Move{Who: p.who.number, To: n, How: "as a location"})
		}
	})
}}

func parkNumber(n string) bool { return len(n) == 3 && n[0] == '8' && n > "800" && n <= "899" }

func (s *Switch) parkable(p *party) error {
	switch {
	case !p.who.user() || p.ext == "" || p.in.page || s.anyFlip(p) || p.supervises != nil || p.flipped != nil || s.flipping(p) || p.outRole != "":
		return errors.New("such a call cannot be parked")
	case p.direction != wire.Inbound:
		return errors.New("only calls that came in can be parked")
	case s.conference(p.in):
		return errors.New("a conference cannot be parked")
	case len(s.others(p)) != 1:
		return errors.New("there must be one other party to park")
	case s.others(p)[0].parked:
		return errors.New("the call is parked")
	case holding(s.others(p)[0]):
		return errors.New("the other party has the call on hold")
	case s.others(p)[0].unseen:
		return errors.New("the other party's place in this session is not known")
	case s.expecting(p):
		return errors.New("somebody is being rung")
	}
	return nil
}

// expecting: a phone rings, or a machine works, for the room.
func (s *Switch) expecting(p *party) bool {
	for q := range s.inRoom(p.in) {
		if q != p && q.alive() && !q.unseen && (q.service || !q.isCaller() && (q.state == call.StateRinging || q.state == call.StateSetup)) {
			return true
		}
	}
	return false
}

// waitingAt finds who is parked at a number.
func (s *Switch) waitingAt(number string) *party {
	for _, t := range s.sessions {
		for _, p := range t.parties {
			if p.parked && p.parkedAt == number {
				return p
			}
		}
	}
	return nil
}

func (s *Switch) park(p *party, number string, location bool) {
	waits := s.others(p)[0]
	k := s.link(link{kind: call.Park, from: p, to: waits})
	if waits.in != p.in {
		k.toSession = waits.in
	}
	k.plays(call.Parker, p)
	k.plays(call.ParkedParty, waits)
	p.moved = call.LegParked
	waits.parkedAt, waits.parkedBy, waits.location = number, p.who, location
	parkReason, endReason := wire.Reason(""), wire.ReasonCallPark
	if location {
		parkReason, endReason = wire.ReasonParkLocation, wire.ReasonParkLocation
	}
	onParker := !s.d.Is(dialect.ParkedOn, dialect.ParkedOnWaiting)
	switch {
	case onParker:
		s.tell(p, s.parkedSaid(endReason, number, location))
		p.state, waits.parked = call.StateEnded, true
		p.end = &call.End{Code: string(parkedCode), Reason: string(endReason), At: call.Time(s.now)}
		k.at, k.reason = s.now, endReason
		if s.d.Is(dialect.ParkedOn, dialect.ParkedOnParkerThenEnd) {
			s.pass(15, 60)
			end := p.end
			s.tell(p, said{code: disconnected, reason: endReason})
			p.end = end
		}
	case s.d.Is(dialect.ParkOrder, dialect.ParkerFirst):
		s.tell(p, said{code: disconnected, reason: endReason})
		s.pass(10, 40)
		s.tell(waits, s.parkedSaid(parkReason, number, location))
		waits.parked = true
		k.at, k.reason = s.now, cmpReason(parkReason, endReason)
	default:
		s.tell(waits, s.parkedSaid(parkReason, number, location))
		waits.parked = true
		k.at, k.reason = s.now, cmpReason(parkReason, endReason)
		s.pass(10, 40)
		s.tell(p, said{code: disconnected, reason: endReason})
	}
	s.changed = true
	s.releaseSupervisors(p.in)
	if !location {
		s.after(recallAfter, recall, waits)
	}
}

func cmpReason(a, b wire.Reason) wire.Reason {
	if a != "" {
		return a
	}
	return b
}

// parkedSaid says where the call waits: a park location has no number. [documented]
func (s *Switch) parkedSaid(why wire.Reason, number string, location bool) said {
	out := said{code: parkedCode, reason: why}
	if location {
		return out
	}
	if !s.d.Is(dialect.ParkNumber, dialect.NumberInStatus) {
		out.parkID = number
	}
	if !s.d.Is(dialect.ParkNumber, dialect.NumberInPark) {
		out.parkData = number
	}
	return out
}

// recallAfter is how long a call waits in park before it rings the parker again,
// milliseconds. [assumed]
const recallAfter = 180_000

// recall rings the one who parked the call.
func recall(s *Switch, p *party) {
	if !p.parked || slices.ContainsFunc(p.in.parties, func(q *party) bool { return q.recalls == p && q.alive() }) {
		return
	}
	if s.leg(p.parkedBy, any_) != nil || s.abroad(p.parkedBy) != nil {
		s.after(recallAfter, recall, p)
		return
	}
	q := s.party(p.in, p.parkedBy, wire.Inbound)
	q.recalls = p
	q.to = wire.Endpoint{PhoneNumber: q.who.number, Name: q.who.name, ExtensionID: q.ext}
	q.toOwner = q.who
	q.from, q.fromOwner = s.shownInside(p.in), p.in.originator
	s.rings(q)
}

// retrieves is somebody taking a parked call: from a park number by a call of their
// own, whose party is Gone/Pickup [relied on]; at a park location by a new party in
// the parked session, and no Gone. [documented]
var retrieves = verb{name: "retrieves", facility: "park", to: "a park number", do: func(s *Switch, m *Move) error {
	waits := s.waitingAt(m.To)
	if waits == nil {
		return fmt.Errorf("nobody is parked at %s", m.To)
	}
	d, ok := s.x.resolve(m.Who)
	if !ok || d.ext == nil || d.ext.Kind != User {
		return fmt.Errorf("%s is no user", m.Who)
	}
	who := s.someone(d)
	if who == waits.who {
		return fmt.Errorf("%s cannot retrieve itself", m.Who)
	}
	if err := s.free(who); err != nil {
		return err
	}
	if err := s.present(waits, who); err != nil {
		return err
	}
	s.retrieve(waits, who)
	return nil
}, offer: func(s *Switch, yield func(Move)) {
	for _, t := range s.sessions {
		for _, p := range t.parties {
			if !p.parked {
				continue
			}
			if a := s.anybody(); a != nil && a != p.who && s.present(p, a) == nil {
				yield(Move{Who: a.number, To: p.parkedAt})
			}
			if p.parkedBy != p.who && s.leg(p.parkedBy, any_) == nil && s.abroad(p.parkedBy) == nil {
				yield(Move{Who: p.parkedBy.number, To: p.parkedAt})
			}
		}
	}
}}

// present says why somebody who is in a room already cannot come again.
func (s *Switch) present(in *party, who *person) error {
	for q := range s.inRoom(in.in) {
		if q.alive() && q.who == who && !q.proxy {
			return fmt.Errorf("%s is on this call already", who.number)
		}
	}
	return nil
}

func (s *Switch) retrieve(waits *party, who *person) {
	s.dropRecall(waits)
	if waits.location {
		s.takeHere(waits, who)
		return
	}
	t := s.session(wire.OriginCall)
	t.dialled, t.originator = "*"+waits.parkedAt, who
	s.pass(20, 60)
	p := s.party(t, who, wire.Outbound)
	t.originatorLeg = p
	p.from, p.fromOwner = s.shownOutside(who), who
	p.from.ExtensionID, p.from.DeviceID = p.ext, who.ext.Device
	p.to = wire.Endpoint{PhoneNumber: t.dialled}
	s.tell(p, said{code: setup})
	s.pass(200, 600)
	k := s.link(link{kind: call.Pickup, from: p, toSession: waits.in, reason: wire.ReasonPickup})
	k.plays(call.Retriever, p)
	k.plays(call.ParkedParty, waits)
	twin := s.twinOf(p, waits)
	switch s.d[dialect.PickupTwin] {
	case dialect.PeerIsParkedParty:
		k.to = waits
		s.goes(p, wire.ReasonPickup, waits)
	case dialect.PeerIsUnseenTwin:
		s.goes(p, wire.ReasonPickup, twin)
	case dialect.TwinNotified:
		k.to = twin
		k.plays(call.Retriever, twin)
		s.tell(twin, said{code: answered})
		s.goes(p, wire.ReasonPickup, twin)
	}
	k.at = s.now
	twin.state, twin.answered = call.StateConnected, true
	p.moved, p.twin = call.LegJoined, twin
	waits.parked = false
	s.changed = true
	s.unite(t, waits.in)
	if !twin.unseen {
		s.tidyNow(p)
	}
}

// twinOf makes the party through which somebody goes on in another session.
func (s *Switch) twinOf(p, beside *party) *party {
	switch s.d[dialect.PickupTwin] {
	case dialect.PeerIsParkedParty:
		return s.ghost(beside.in, p)
	case dialect.PeerIsUnseenTwin:
		twin := s.unnoticed(beside.in, p.who, wire.Inbound, 1)
		twin.own = p
		return twin
	}
	twin := s.party(beside.in, p.who, wire.Inbound)
	twin.own = p
	twin.from, twin.fromOwner = s.shownInside(beside.in), beside.in.originator
	twin.to = wire.Endpoint{PhoneNumber: p.who.number, Name: p.who.name, ExtensionID: p.ext}
	twin.toOwner = p.who
	return twin
}

// ghost is somebody's presence in a session without any party there.
func (s *Switch) ghost(t *session, own *party) *party {
	p := s.newParty()
	p.in, p.who, p.mode, p.unseen, p.own = t, own.who, call.TwoWay, true, own
	t.parties = append(t.parties, p)
	return p
}

// takeHere connects the retriever in the parked session itself.
func (s *Switch) takeHere(waits *party, who *person) {
	p := s.party(waits.in, who, wire.Inbound)
	p.from, p.fromOwner = s.shownInside(waits.in), waits.in.originator
	p.to = wire.Endpoint{PhoneNumber: who.number, Name: who.name, ExtensionID: p.ext}
	p.toOwner = who
	s.tell(p, said{code: answered})
	s.taken(waits, p)
}

// taken links a parked party to the leg that took it in its own session.
func (s *Switch) taken(waits, by *party) {
	waits.parked = false
	k := s.link(link{kind: call.Pickup, from: by, to: waits, at: s.now})
	k.plays(call.Retriever, by)
	k.plays(call.ParkedParty, waits)
	s.changed = true
}

func (s *Switch) dropRecall(waits *party) {
	for _, q := range waits.in.parties {
		if q.recalls == waits && q.state == call.StateRinging {
			s.ends(q, s.cancelled(), call.LegMissed)
			s.advance(s.now + 1200)
		}
	}
}
