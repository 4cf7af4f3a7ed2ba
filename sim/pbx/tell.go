package pbx

import (
	"cmp"
	"strconv"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
)

// said is what a notification says of a party besides who it is.
type said struct {
	code     wire.Code
	reason   wire.Reason
	peer     *wire.PeerID
	parkData string
	parkID   string
	missed   bool
	message  bool // names a voicemail message
}

// The codes as they are sent.
const (
	setup        wire.Code = "Setup"
	proceeding   wire.Code = "Proceeding"
	answered     wire.Code = "Answered"
	disconnected wire.Code = "Disconnected"
	gone         wire.Code = "Gone"
	parkedCode   wire.Code = "Parked"
	hold         wire.Code = "Hold"
	faxReceive   wire.Code = "FaxReceive"
)

// tell changes a party and notifies the change.
func (s *Switch) tell(p *party, what said) {
	if p.told == s.now {
		s.advance(s.now + 1) // a party does one thing at a time
	}
	p.enrich()
	s.change(p, &what)
	if p.unseen {
		s.skip(p.in, 1)
		return
	}
	s.number(p.in)
	s.parties[0] = s.describe(p, &what)
	s.notify(p, 1)
}

// enrich shows an outside caller's name once it has been looked up. [observed]
func (p *party) enrich() {
	if o := p.fromOwner; o != nil && o.ext == nil && p.in.callerNamed && p.from.Name == "" && p.from.PhoneNumber == o.number && !p.unseen {
		p.from.Name = o.name
	}
}

// tellBoth ends two parties of one session in one notification.
func (s *Switch) tellBoth(p, q *party, what, also said) {
	if p.told == s.now || q.told == s.now {
		s.advance(s.now + 1)
	}
	p.enrich()
	q.enrich()
	s.change(p, &what)
	s.change(q, &also)
	s.number(p.in)
	s.parties[0], s.parties[1] = s.describe(p, &what), s.describe(q, &also)
	s.notify(p, 2)
}

// number counts a notified change of a session.
func (s *Switch) number(t *session) {
	t.seq++
	if t.count == 0 {
		t.first, t.began = t.seq, s.now
	}
	t.last = t.seq
	t.count++
}

// change is what a notified change means for the party itself.
func (s *Switch) change(p *party, what *said) {
	p.told = s.now
	s.changed = true
	was := p.state
	switch what.code {
	case setup:
		p.state = call.StateSetup
	case proceeding:
		p.state, p.rang = call.StateRinging, true
	case answered:
		p.state, p.answered = call.StateConnected, true
	case hold:
		p.state, p.pickup = call.StateHolding, nil // dropped from here on [observed]
	case gone:
		p.state, p.goneAt = call.StateGone, s.now
	case faxReceive:
		p.state, p.faxed = call.StateFax, true
	case disconnected:
		if was == call.StateGone && what.reason == "" || was == call.StateEnded {
			break // tidied up
		}
		p.state, p.parked = call.StateEnded, false
	}
	if p.alive() || p.state != was {
		p.end = nil
	}
	if !p.alive() && p.end == nil {
		p.end = &call.End{Code: string(what.code), Reason: string(what.reason), At: call.Time(s.now)}
	}
	p.show()
}

// show keeps what is shown of the party's ends: of each field the first value,
// completed by later ones of the same number.
func (p *party) show() {
	if p.unseen {
		return
	}
	complete(&p.fromShown, &p.from)
	complete(&p.toShown, &p.to)
}

func complete(shown *call.Endpoint, now *wire.Endpoint) {
	if shown.Number != "" && now.PhoneNumber != shown.Number {
		return
	}
	shown.Number = cmp.Or(shown.Number, now.PhoneNumber)
	shown.Name = cmp.Or(shown.Name, now.Name)
	shown.ExtensionID = cmp.Or(shown.ExtensionID, now.ExtensionID)
	shown.DeviceID = cmp.Or(shown.DeviceID, now.DeviceID)
}

// describe is the party as a notification shows it.
func (s *Switch) describe(p *party, what *said) wire.Party {
	out := wire.Party{AccountID: s.x.company.Account, ExtensionID: p.ext, ID: p.id, Direction: p.direction, To: p.to, From: p.from,
		Status:     wire.Status{Code: what.code, Reason: what.reason, PeerID: what.peer, ParkData: what.parkData},
		MissedCall: what.missed, Muted: p.muted, QueueCall: p.queueCall, ConferenceRole: p.confRole, RingOutRole: p.outRole}
	out.Park.ID = what.parkID
	if p.proxy {
		out.AccountID = ""
	}
	if what.code == proceeding || what.code == answered {
		out.Status.MobilePickup = p.pickup
	}
	if what.code == hold {
		out.StandAlone = s.d.Is(dialect.HoldStandAlone, dialect.HoldStandsAlone)
	}
	if len(p.recordings) > 0 && p.alive() {
		out.Recordings = p.recordings
	}
	if p.queueCall {
		out.UICallInfo = s.shownToAgent(p)
	}
	if what.message {
		out.Message = &wire.Message{MessageID: strconv.FormatInt(s.r.Int64N(1_000_000_000_000), 10), VMDuration: (s.now - p.ringSince) / 1000}
	}
	return out
}

// notify sends what stands in s.parties: 14 to 113 ms after the change, as measured in
// the public captures.
func (s *Switch) notify(p *party, parties int) {
	t := p.in
	s.stamp = max(s.stamp, s.now+14+s.r.Int64N(100))
	e := &s.event
	e.UUID = strconv.FormatInt(1+s.r.Int64N(1<<63-1), 10)
	e.Resource = s.resource(p)
	e.Timestamp = wire.Time(s.stamp)
	e.SubscriptionID = subscription
	e.OwnerID = s.x.owner
	e.Body = wire.Body{Sequence: t.seq, SessionID: t.legacy, TelephonySessionID: t.id, ServerID: t.server, EventTime: wire.Time(s.now),
		Origin: wire.Origin{Type: t.origin}, Parties: s.parties[:parties]}
	if s.told != nil {
		s.told(e)
	}
}

const subscription = "7c1d2f3e-5a0b-4e6d-9c88-02b3a1f4d5e6"

// resource is the event path: the extension's where the party has one. [observed]
func (s *Switch) resource(p *party) string {
	if p.ext == "" {
		return s.x.account
	}
	return s.x.paths[p.ext]
}

// peerID names a party of another session as a notification does.
func (s *Switch) peerID(p *party) *wire.PeerID {
	if s.d.Is(dialect.PeerShape, dialect.RESTShape) {
		return &wire.PeerID{TelephonySessionID: p.in.id, PartyID: p.id, REST: true}
	}
	return &wire.PeerID{TelephonySessionID: p.in.id, SessionID: p.in.legacy, PartyID: p.id}
}

// goes makes a party Gone to another one.
func (s *Switch) goes(p *party, why wire.Reason, to *party) {
	s.tell(p, said{code: gone, reason: why, peer: s.peerID(to)})
	p.peer = &call.Peer{Session: call.SessionID(to.in.id), Leg: call.LegID(to.id)}
}
