package pbx

import (
	"errors"
	"fmt"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
)

// completes is somebody connecting the two they are on the line with, one on hold and
// one they consult, and leaving: an attended transfer. The consulted one may still
// ring. Both of the transferor's legs are Gone/AttendedTransfer, each naming the
// other [observed for one, relied on for both]; by API and by app alike.
var completes = verb{name: "completes the transfer", facility: "attended transfer", hows: []string{"by api"}, do: func(s *Switch, m *Move) error {
	original, consultation, err := s.bridgeable(s.known(m.Who))
	if err != nil {
		return fmt.Errorf("%s %w", m.Who, err)
	}
	s.bridge(original, consultation)
	return nil
}, offer: func(s *Switch, yield func(Move)) {
	for _, who := range s.people {
		if _, _, err := s.bridgeable(who); err == nil {
			yield(Move{Who: who.number})
		}
	}
}}

// bridgeable finds the two legs that somebody can connect, the earlier call first.
func (s *Switch) bridgeable(who *person) (a, b *party, err error) {
	if who == nil || !who.user() {
		return nil, nil, errors.New("is on no call")
	}
	for p := range s.legs(who) {
		switch {
		case !p.up() && !(p.isCaller() && p.alive()) || p.parked || p.in.page || s.anyFlip(p) || p.supervises != nil || s.conference(p.in) || p.flipped != nil || s.flipping(p) || p.outRole != "" || s.supervised(p):
			return nil, nil, errors.New("has a call that cannot be transferred")
		case a == nil:
			a = p
		case b == nil:
			b = p
		default:
			return nil, nil, errors.New("has more than two calls: which ones?")
		}
	}
	switch {
	case b == nil:
		return nil, nil, errors.New("has no second call to transfer to")
	case a.in.room == b.in.room:
		return nil, nil, errors.New("has both calls connected already")
	case !a.up() || len(s.others(a)) == 0:
		return nil, nil, errors.New("has nobody to transfer")
	case len(s.others(b)) == 0 && len(s.rung(b)) == 0:
		return nil, nil, errors.New("has nobody to transfer to")
	case holding(b) && holding(a):
		return nil, nil, errors.New("has both calls on hold")
	}
	for _, p := range s.others(a) {
		for _, q := range s.others(b) {
			if p.who == q.who {
				return nil, nil, errors.New("would connect somebody to themselves")
			}
		}
		for _, q := range s.rung(b) {
			if p.who == q.who {
				return nil, nil, errors.New("would connect somebody to themselves")
			}
		}
	}
	return a, b, nil
}

// rung lists whom a call rings: the queue if one is looking for an agent.
func (s *Switch) rung(p *party) (out []*party) {
	for q := range s.inRoom(p.in) {
		switch {
		case q == p || !q.alive() || q.unseen || q.in.mirror:
		case q.service && q.who.ext.Kind == Queue && q.met:
			return []*party{q}
		case ringing(q) && !q.isCaller() && !q.queueCall:
			out = append(out, q)
		}
	}
	return out
}

// bridge connects the far ends of two legs; their owner leaves.
func (s *Switch) bridge(original, consultation *party) {
	k := s.link(link{kind: call.TransferAttended, from: original, to: consultation, toSession: consultation.in, reason: wire.ReasonAttendedTransfer})
	k.plays(call.Transferor, original, consultation)
	transferees, targets := s.others(original), s.others(consultation)
	update := s.d.Is(dialect.TransferUpdate, dialect.UpdateTold)
	k.plays(call.Transferee, transferees...)
	if len(targets) == 0 {
		update = false
		targets = s.rung(consultation)
	}
	k.plays(call.TransferTarget, targets...)
	first, second := original, consultation
	if s.d.Is(dialect.TransferOrder, dialect.ConsultationFirst) {
		first, second = second, first
	}
	s.goes(first, wire.ReasonAttendedTransfer, second)
	s.pass(0, 40)
	s.goes(second, wire.ReasonAttendedTransfer, first)
	k.at = s.now
	original.moved, consultation.moved = call.LegTransferred, call.LegTransferred
	s.connect(original.in, consultation.in, nil, false)
	if update {
		s.update(targets, consultation.in, transferees[0])
	}
	s.tidyNow(first, second)
}

// update tells those who were consulted whom they are talking to now.
func (s *Switch) update(legs []*party, in *session, far *party) {
	for _, p := range legs {
		if p.in != in || p.unseen || !connected(p) {
			continue
		}
		s.pass(20, 60)
		end := wire.Endpoint{PhoneNumber: far.who.number, Name: far.who.name}
		if far.who.number == Anonymous {
			end.PhoneNumber = Anonymous
		}
		if far.who.ext != nil {
			end.ExtensionID = far.who.ext.ID
		}
		was := p.from
		if p.direction == wire.Outbound {
			was, p.to = p.to, end
		} else {
			p.from = end
		}
		from, to := p.fromShown, p.toShown
		s.tell(p, said{code: answered, reason: wire.ReasonAttendedTransfer})
		p.fromShown, p.toShown = from, to
		if p.direction == wire.Outbound {
			p.to = was
		} else {
			p.from = was
		}
	}
}
