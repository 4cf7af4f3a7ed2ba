package pbx

import (
	"fmt"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
)

// answers is somebody taking a call that rings, on any of their phones.
var answers = verb{name: "answers", facility: "direct", do: func(s *Switch, m *Move) error {
	p, err := s.mine(m, "rings", func(p *party) bool { return calledRing(p) || p.state == call.StateScreening })
	if err != nil {
		return err
	}
	if busy := s.leg(p.who, func(q *party) bool { return connected(q) && q != p }); busy != nil {
		return fmt.Errorf("%s is on another call: it must be put on hold first", m.Who)
	}
	s.answer(p)
	return nil
}, offer: func(s *Switch, yield func(Move)) {
	for _, t := range s.sessions {
		for _, p := range t.parties {
			if (calledRing(p) || p.state == call.StateScreening && p.direction == wire.Inbound) && !t.mirror && s.leg(p.who, connected) == nil {
				yield(Move{Who: p.who.number})
			}
		}
	}
}}

// answer connects a ringing leg.
func (s *Switch) answer(p *party) {
	switch {
	case p.queueCall:
		s.agentAnswers(p)
		return
	case p.outRole == "Initiator":
		s.initiatorAnswers(p)
		return
	}
	s.tell(p, said{code: answered})
	if p.recalls != nil && p.recalls.parked {
		s.taken(p.recalls, p)
	}
	if first := p.in.originatorLeg; first != nil && (first.state == call.StateSetup || first.state == call.StateRinging) {
		s.pass(20, 36)
		s.named(first)
		s.tell(first, said{code: answered})
	}
	if p.flipped != nil {
		s.after(2500+s.r.Int64N(2000), flipEnds, p)
	}
}

// rejects is somebody pressing ignore: the caller rings on until the mailbox takes the
// call [documented]; where there is none the call ends [assumed].
var rejects = verb{name: "rejects", facility: "rejected", do: func(s *Switch, m *Move) error {
	p, err := s.mine(m, "rings", calledRing)
	if err != nil {
		return err
	}
	switch {
	case p.queueCall:
		s.agentLeaves(p, said{code: disconnected, reason: wire.ReasonRejected}, call.LegRejected)
	case p.flipped != nil:
		s.ends(p, said{code: disconnected, reason: wire.ReasonRejected}, call.LegRejected)
	case p.mailable():
		s.voicemail(p)
	default:
		s.ends(p, said{code: disconnected, reason: wire.ReasonRejected}, call.LegRejected)
		s.release(p.in, "")
	}
	return nil
}, offer: offerRinging}

func offerRinging(s *Switch, yield func(Move)) {
	for _, t := range s.sessions {
		for _, p := range t.parties {
			if calledRing(p) && !t.mirror {
				yield(Move{Who: p.who.number})
			}
		}
	}
}

// isBusy is an outside number that is busy.
var isBusy = verb{name: "is busy", facility: "busy", do: func(s *Switch, m *Move) error {
	p, err := s.mine(m, "rings", calledRing)
	if err != nil {
		return err
	}
	if p.queueCall || p.flipped != nil || p.outRole != "" {
		return fmt.Errorf("%s rings: only a call that was placed to it can find it busy", m.Who)
	}
	s.ends(p, said{code: disconnected, reason: wire.ReasonTargetBusy}, call.LegBusy)
	why := wire.ReasonTargetBusy
	if s.d.Is(dialect.BusyEnd, dialect.BusyCallee) {
		why = ""
	}
	s.release(p.in, why)
	return nil
}, offer: func(s *Switch, yield func(Move)) {
	for _, t := range s.sessions {
		for _, p := range t.parties {
			if calledRing(p) && !t.mirror && !p.queueCall && p.flipped == nil && p.outRole == "" {
				yield(Move{Who: p.who.number})
			}
		}
	}
}}

// ringsInVain ends a leg that rang long enough.
func ringsInVain(s *Switch, p *party) {
	switch {
	case p.state != call.StateRinging:
	case p.queueCall:
		s.turnEnds(p)
	case p.flipped == nil && p.recalls == nil && p.outRole == "" && p.who.user() && p.who.ext.Mailbox:
		s.voicemail(p)
	case p.flipped != nil:
		s.ends(p, s.noAnswer(), call.LegMissed)
	case p.recalls != nil:
		s.ends(p, said{code: disconnected, reason: wire.ReasonTimeout}, call.LegMissed)
		s.after(recallAfter, recall, p.recalls)
	default:
		s.ends(p, s.noAnswer(), call.LegMissed)
		s.unreached(p)
		s.release(p.in, "")
	}
}

// noAnswer is how the end of a leg that rang in vain is told.
func (s *Switch) noAnswer() said {
	out := said{code: disconnected}
	switch s.d[dialect.NoAnswerEnd] {
	case dialect.NoAnswerFlag:
		out.missed = true
	case dialect.NoAnswerReason:
		out.reason = wire.ReasonNoAnswer
	case dialect.NoAnswerTimeout:
		out.reason = wire.ReasonTimeout
	}
	return out
}

// unreached: the caller of a leg that nobody answered is left without anybody.
func (s *Switch) unreached(p *party) {
	if c := p.in.originatorLeg; c != nil && c.alive() && c.fate == "" {
		c.fate = call.LegMissed
	}
}
