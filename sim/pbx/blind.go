package pbx

import (
	"fmt"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
)

// transfers is somebody sending on a call they are on, without asking the one who
// gets it: their party is Disconnected with a transfer reason [documented], and a new
// party is rung in the same session. [assumed] "to voicemail" sends it to a user's
// mailbox.
var transfers = verb{name: "transfers to", facility: "blind transfer", to: "a number", hows: []string{"by rcc", "by dtmf", "to voicemail"}, do: func(s *Switch, m *Move) error {
	p, err := s.speaking(m, "is connected or on hold", s.transferable)
	if err != nil {
		return err
	}
	to, err := s.target(p, m.To)
	if err != nil {
		return err
	}
	if m.How == "to voicemail" {
		if to.ext == nil || to.ext.Kind != User || !to.ext.Mailbox {
			return fmt.Errorf("%s has no mailbox", m.To)
		}
		s.sendToMailbox(p, to)
		return nil
	}
	s.sendOn(p, to, m.How, call.TransferBlind)
	return nil
}, offer: func(s *Switch, yield func(Move)) {
	s.talkers(func(p *party) {
		if !s.transferable(p) || !p.who.user() || s.leg(p.who, s.transferable) != p {
			return
		}
		s.offerTargets(p, func(n string) {
			yield(Move{Who: p.who.number, To: n})
			if to, _ := s.x.resolve(n); to.ext != nil && to.ext.Kind == User && to.ext.Mailbox {
				yield(Move{Who: p.who.number, To: n, How: "to voicemail"})
			}
		})
	})
}}

// transferable: the leg is a user's in a plain call with somebody.
func (s *Switch) transferable(p *party) bool {
	return p.up() && !p.parked && !p.in.page && !s.anyFlip(p) && p.who.user() && p.supervises == nil && p.flipped == nil && p.outRole == "" && !s.flipping(p) &&
		!s.conference(p.in) && len(s.others(p)) > 0 && !s.supervised(p)
}

func transferReason(how string) wire.Reason {
	switch how {
	case "by rcc":
		return wire.ReasonRccTransfer
	case "by dtmf":
		return wire.ReasonDtmfTransfer
	}
	return wire.ReasonBlindTransfer
}

// sendOn ends a leg and sends its call to another number.
func (s *Switch) sendOn(p *party, to dest, how string, kind call.LinkKind) {
	why := transferReason(how)
	k := s.link(link{kind: kind, from: p, reason: why})
	k.plays(call.Transferor, p)
	k.plays(call.Transferee, s.others(p)...)
	p.moved = call.LegTransferred
	p.in.callerNamed = true
	if s.d.Is(dialect.BlindOrder, dialect.TransferorFirst) || to.ext != nil && to.ext.Kind != User {
		s.tell(p, said{code: disconnected, reason: why})
		k.at = s.now
		s.pass(5, 30)
		k.to = s.reach(p.in, to)
	} else {
		k.to = s.reach(p.in, to)
		s.pass(5, 30)
		s.tell(p, said{code: disconnected, reason: why})
		k.at = s.now
	}
	k.plays(call.TransferTarget, k.to)
}

// sendToMailbox ends a leg and connects its call to a mailbox.
func (s *Switch) sendToMailbox(p *party, to dest) {
	why := wire.ReasonBlindTransfer
	if s.d.Is(dialect.BlindToVoicemail, dialect.VoicemailByReason) {
		why = wire.ReasonVoicemail
	}
	k := s.link(link{kind: call.TransferBlind, from: p, reason: why})
	k.plays(call.Transferor, p)
	k.plays(call.Transferee, s.others(p)...)
	p.moved = call.LegTransferred
	p.in.callerNamed = true
	s.tell(p, said{code: disconnected, reason: why})
	k.at = s.now
	s.pass(5, 30)
	k.to = s.called(p.in, to, to.number)
	s.tell(k.to, said{code: setup})
	s.pass(20, 80)
	s.voicemail(k.to)
	k.plays(call.TransferTarget, k.to)
}
