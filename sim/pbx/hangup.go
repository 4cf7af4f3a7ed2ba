package pbx

import (
	"cmp"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
)

// hangsUp is somebody leaving: the call they are on, the one they are placing, or the
// one they hold. Whoever is left alone is disconnected 4 to 14 ms later. [observed]
var hangsUp = verb{name: "hangs up", facility: "direct", do: func(s *Switch, m *Move) error {
	p := s.hangable(m.Who)
	if p == nil {
		_, err := s.mine(m, "could be hung up", func(*party) bool { return false })
		return err
	}
	s.leave(p)
	return nil
}, offer: func(s *Switch, yield func(Move)) {
	for _, who := range s.people {
		if p := s.hangable(who.number); p != nil && p.who == who {
			yield(Move{Who: who.number})
		}
	}
}}

// hangable finds the leg that somebody would leave by hanging up: the one they speak
// on, else the one they place, else the latest one on hold or in park, else the one
// they went away from to another session without being notified there.
func (s *Switch) hangable(number string) *party {
	who := s.known(number)
	for _, ok := range []func(*party) bool{
		connected,
		func(p *party) bool {
			return p.isCaller() && p.alive() && p.direction == wire.Outbound && p.state != call.StateHolding && !p.parked
		},
		func(p *party) bool {
			return (p.state == call.StateFax || p.mailboxed()) && p.direction == wire.Outbound
		},
		holding,
		func(p *party) bool { return p.parked },
	} {
		if p := s.leg(who, ok); p != nil {
			return p
		}
	}
	if p := s.abroad(who); p != nil {
		return p.own
	}
	return nil
}

func (p *party) mailboxed() bool {
	return p.state == call.StateVoicemail || p.state == call.StateScreening
}

// abroad finds the unseen party through which somebody takes part in another
// session. One who just went there does not leave at once.
func (s *Switch) abroad(who *person) *party {
	for _, t := range s.sessions {
		for _, p := range t.parties {
			if p.unseen && !p.proxy && p.own != nil && p.who == who && p.alive() && s.now-p.own.goneAt > settling {
				return p
			}
		}
	}
	return nil
}

// settling is how long nobody leaves again who went to another session.
const settling = 2200

// leave ends a leg, and what hangs on it.
func (s *Switch) leave(p *party) {
	was := p.state
	if p.state == call.StateGone {
		s.leaveAbroad(p)
		return
	}
	if p.isCaller() && !p.answered || p.isCaller() && !p.spoke(s) {
		p.fate = call.LegCancelled
	}
	switch {
	case p.in.origin == wire.OriginConference && p.isCaller():
		s.hostLeaves(p)
		return
	case p.paging:
		s.pageEnds(p)
		return
	}
	for _, q := range p.in.parties {
		if q.flipped == p && connected(q) {
			flipEnds(s, q)
			return
		}
	}
	if others := s.releasable(p); s.d.Is(dialect.PartiesPerEvent, dialect.TwoParties) && was != call.StateRinging && len(others) == 1 &&
		others[0].in == p.in && others[0].up() && len(s.supervisors(p.in)) == 0 && s.unseenGuests(p.in) == 0 {
		s.tellBoth(p, others[0], said{code: disconnected}, said{code: disconnected})
		s.tidy(p.in)
		s.closeMirrors(p.in)
		return
	}
	s.ends(p, said{code: disconnected}, p.fate)
	s.release(p.in, "")
}

// leaveAbroad ends the stay of somebody whose own leg is Gone and who has none that is
// notified in the session they went to: their own leg says so.
func (s *Switch) leaveAbroad(p *party) {
	s.tell(p, said{code: disconnected})
	p.twin.state = call.StateEnded
	s.changed = true
	s.release(p.twin.in, "")
}

// releasable lists who would be alone if a leg ended.
func (s *Switch) releasable(p *party) (out []*party) {
	for q := range s.inRoom(p.in) {
		if q != p && q.alive() && !q.proxy {
			out = append(out, q)
		}
	}
	return out
}

func (s *Switch) unseenGuests(t *session) (n int) {
	for q := range s.inRoom(t) {
		if q.unseen && !q.proxy && q.own != nil && q.alive() {
			n++
		}
	}
	return n
}

// ends ends one leg.
func (s *Switch) ends(p *party, what said, fate call.LegOutcome) {
	if p.fate == "" {
		p.fate = fate
	}
	if p.unseen {
		p.state = call.StateEnded
		s.changed = true
		if p.own != nil {
			s.tell(p.own, said{code: disconnected})
		}
		return
	}
	s.tell(p, what)
}

// release ends what is left of a room when nobody in it has anybody to talk to or to
// wait for any more. why is the reason that is told of it.
func (s *Switch) release(of *session, why wire.Reason) {
	if s.goesOn(of) {
		s.releaseSupervisors(of)
		return
	}
	var left []*party
	for p := range s.inRoom(of) {
		if p.alive() && !p.proxy {
			left = append(left, p)
		}
	}
	slices.SortStableFunc(left, func(a, b *party) int { return cmp.Compare(urgency(a), urgency(b)) })
	for _, p := range left {
		if !p.alive() {
			continue // by the end of another leg
		}
		s.pass(4, 14)
		s.endWith(p, why)
	}
	s.tidy(of)
	s.closeMirrors(of)
}

func (s *Switch) closeMirrors(of *session) {
	for p := range s.inRoom(of) {
		if p.reflection != nil && !p.alive() {
			s.closeMirror(p)
		}
	}
}

// urgency orders the ends of legs that end together: people, those who ring, machines.
func urgency(p *party) int {
	switch {
	case p.service:
		return 2
	case ringing(p) && !p.isCaller():
		return 1
	}
	return 0
}

// endWith ends a leg because nobody is left.
func (s *Switch) endWith(p *party, why wire.Reason) {
	switch {
	case p.state == call.StateRinging && !p.isCaller() && !p.service:
		s.ends(p, s.cancelled(), call.LegMissed)
	case p.state == call.StateVoicemail:
		s.ends(p, said{code: disconnected, message: s.d.Is(dialect.VoicemailMessage, dialect.MessageAtEnd)}, "")
	case p.up() || p.service || p.unseen:
		if p.answered && !p.isCaller() {
			why = ""
		}
		s.ends(p, said{code: disconnected, reason: why}, "")
	default:
		s.ends(p, said{code: disconnected, reason: why}, "")
	}
}

// cancelled is how the end of a ringing leg is told whose caller gave up.
func (s *Switch) cancelled() said {
	out := said{code: disconnected}
	switch s.d[dialect.CancelEnd] {
	case dialect.CancelFlag:
		out.missed = true
	case dialect.CancelReasonAndFlag:
		out.missed, out.reason = true, wire.ReasonCancelled
	case dialect.CancelReason:
		out.reason = wire.ReasonCancelled
	}
	return out
}

// goesOn: two people are left in the room, or one and somebody or something that may
// still answer, or one who waits in park.
func (s *Switch) goesOn(of *session) bool {
	people, hopes := 0, 0
	var first *person
	for p := range s.inRoom(of) {
		switch {
		case !p.alive() || p.proxy || p.supervises != nil || p.in.mirror:
		case p.parked:
			return true
		case p.up() && !p.service || p.isCaller() && p.direction == wire.Outbound:
			if p.who != first {
				people++
			}
			first = p.who
		case p.flipped == nil:
			hopes++
		}
	}
	return people > 1 || people == 1 && hopes > 0
}

// tidy tells the last of those who are Gone, where the dialect has it told at the end.
func (s *Switch) tidy(of *session) {
	if !s.d.Is(dialect.GoneEnd, dialect.GoneAtEnd) {
		return
	}
	for p := range s.inRoom(of) {
		if p.state == call.StateGone && p.twin == nil && p.told == p.goneAt {
			s.pass(5, 20)
			s.tell(p, said{code: disconnected})
		}
	}
}

// tidyNow tells that a Gone party is Disconnected right after it went.
func (s *Switch) tidyNow(legs ...*party) {
	if !s.d.Is(dialect.GoneEnd, dialect.GoneTidied) {
		return
	}
	for _, p := range legs {
		s.pass(15, 90)
		s.tell(p, said{code: disconnected})
	}
}
