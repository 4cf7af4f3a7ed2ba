package pbx

import (
	"slices"

	"github.com/legworkhq/legwork/recon/call"
)

// join makes two sessions one room: whoever is in one of them hears the other.
type join struct {
	a, b       *session
	conference bool
	leg        *party // whose going there made it
	off        bool
}

// connect joins two sessions.
func (s *Switch) connect(a, b *session, leg *party, conference bool) {
	j := s.pools.joins.get()
	*j = join{a: a, b: b, conference: conference, leg: leg}
	s.joins = append(s.joins, j)
	s.unite(a, b)
	s.rooms()
}

// sever undoes what a leg's going into a conference joined.
func (s *Switch) sever(leg *party) {
	for _, j := range s.joins {
		if j.leg == leg {
			j.off = true
		}
	}
	s.rooms()
}

// rooms works out which sessions can hear each other.
func (s *Switch) rooms() {
	s.changed = true
	for _, t := range s.sessions {
		t.room = t.index
	}
	for again := true; again; {
		again = false
		for _, j := range s.joins {
			if low := min(j.a.room, j.b.room); !j.off && j.a.room != j.b.room {
				j.a.room, j.b.room, again = low, low, true
			}
		}
	}
}

// inRoom yields the parties of all sessions of a room.
func (s *Switch) inRoom(of *session) func(func(*party) bool) {
	return func(yield func(*party) bool) {
		for _, t := range s.sessions {
			if t.room != of.room {
				continue
			}
			for _, p := range t.parties {
				if !yield(p) {
					return
				}
			}
		}
	}
}

// conference reports whether a room is, or is joined to, a conference.
func (s *Switch) conference(of *session) bool {
	for _, t := range s.sessions {
		if t.room == of.room && t.origin == "Conference" {
			return true
		}
	}
	return false
}

// waiting reports whether somebody in the room pressed hold, so that all wait. In a
// conference the others talk on.
func (s *Switch) waiting(of *session) bool {
	if s.conference(of) {
		return false
	}
	for p := range s.inRoom(of) {
		if p.state == call.StateHolding {
			return true
		}
	}
	return false
}

// hears: the party is connected to its room's sound.
func (s *Switch) hears(p *party) bool {
	return p.state == call.StateConnected && !p.parked && !p.service && !p.proxy && !p.in.mirror
}

// member is one participant of a talk.
type member struct {
	leg  *party
	mode call.Mode
}

// talk is an interval in which the same people could hear one another.
type talk struct {
	from, to int64 // to is 0 while it lasts
	members  []member
}

// both: at least two different people spoke and heard.
func (t *talk) both() bool {
	var first *person
	for _, m := range t.members {
		switch {
		case m.mode != call.TwoWay:
		case first == nil:
			first = m.leg.behind()
		case m.leg.behind() != first:
			return true
		}
	}
	return false
}

// behind is who speaks there: a flip's new leg is its owner's from the start.
func (p *party) behind() *person {
	if p.flipped != nil {
		return p.flipped.who
	}
	return p.who
}

// settle writes down what is true from now on: what each leg does, and who can hear
// whom.
func (s *Switch) settle() {
	s.changed = false
	s.accrue()
	for _, t := range s.sessions {
		wait := s.waiting(t)
		for _, p := range t.parties {
			if p.state != "" && !p.unseen {
				p.does(s.doing(p, wait), s.now)
			}
		}
	}
	s.converse()
	s.settled = s.now
}

// accrue adds the time since the last settle to those who spent it waiting.
func (s *Switch) accrue() {
	for _, t := range s.sessions {
		for _, p := range t.parties {
			if n := len(p.states); n > 0 && !t.mirror && p.states[n-1].State == call.StateConnected && !p.talking {
				p.waitMs += s.now - s.settled
			}
		}
	}
}

// doing is what a leg does, seen from outside.
func (s *Switch) doing(p *party, wait bool) call.LegState {
	switch {
	case p.parked && p.up():
		return call.StateParked
	case p.state == call.StateConnected && wait && !p.in.mirror:
		return call.StateHeld
	}
	return p.state
}

func (p *party) does(what call.LegState, at int64) {
	n := len(p.states)
	if n > 0 && p.states[n-1].State == what {
		return
	}
	if n > 0 {
		p.states[n-1].To = call.Time(at)
	}
	p.states = append(p.states, call.State{State: what, From: call.Time(at)})
}

// converse ends the talks that are over and begins those that are new.
func (s *Switch) converse() {
	for _, t := range s.sessions {
		for _, p := range t.parties {
			p.talking = false
		}
	}
	still := 0
	for _, t := range s.sessions {
		if t.room != t.index {
			continue
		}
		around := s.company(t)
		if len(around) == 0 {
			continue
		}
		for _, m := range around {
			m.leg.talking = true
		}
		i := slices.IndexFunc(s.open[still:], func(o *talk) bool { return slices.Equal(o.members, around) })
		if i < 0 {
			k := s.pools.talks.get()
			*k = talk{from: s.now, members: append(k.members[:0], around...)}
			s.talks = append(s.talks, k)
			s.open = append(s.open, k)
			i = len(s.open) - 1 - still
		}
		s.open[still], s.open[still+i] = s.open[still+i], s.open[still]
		still++
	}
	for _, o := range s.open[still:] {
		s.over(o)
	}
	s.open = s.open[:still]
}

func (s *Switch) over(o *talk) {
	o.to = s.now
	if !o.both() {
		return
	}
	for _, m := range o.members {
		if m.mode == call.TwoWay {
			m.leg.talkMs += o.to - o.from
		}
	}
}

// company lists who can hear whom in a room; nobody, unless two people can and one
// of them speaks.
func (s *Switch) company(of *session) []member {
	out := s.around[:0]
	if s.waiting(of) {
		return nil
	}
	speaks, other := false, false
	for p := range s.inRoom(of) {
		if !s.hears(p) {
			continue
		}
		out = append(out, member{p, p.mode})
		speaks = speaks || p.mode == call.TwoWay
		other = other || p.behind() != out[0].leg.behind()
	}
	s.around = out
	if !speaks || !other {
		return nil
	}
	return out
}
