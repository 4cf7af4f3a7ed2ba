package talk

import (
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/link"
	"github.com/legworkhq/legwork/recon/internal/people"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// happen lets a link take effect: whoever was in the room just before gets the role
// that the link gives the far end.
func (w *world) happen(l *link.Link) {
	switch l.Kind {
	case call.TransferAttended:
		if l.Oriented && l.ToSession != nil && l.From != nil {
			self := w.who.Of(l.From)
			w.cast(l, call.Transferee, w.without(l, w.farEnds(l, l.From.Session, self, false)))
			w.cast(l, call.TransferTarget, w.without(l, w.farEnds(l, l.ToSession, self, true)))
		}
	case call.TransferBlind, call.Forward:
		w.cast(l, call.Transferee, w.farEnds(l, l.From.Session, w.who.Of(l.From), false))
	case call.ConferenceMerge:
		joined := l.From != nil && l.ToSession != nil && w.before.room[l.From.Session.Index] == w.before.room[l.ToSession.Index]
		if l.From != nil && !l.From.Session.Conference() && !joined { // where it was joined before, that it came back is missing
			w.cast(l, call.Conferee, w.farEnds(l, l.From.Session, w.who.Of(l.From), false))
		}
	case call.Supervise:
		w.supervised(l)
	case call.Park:
		w.park(l)
	case call.Pickup:
		w.retrieve(l)
	}
}

// without leaves out the transferor where its second leg is not known to be theirs.
func (w *world) without(l *link.Link, far []Part) []Part {
	if l.To == nil {
		return far
	}
	return slices.DeleteFunc(far, func(p Part) bool { return p.Leg == l.To || p.Person == w.who.Of(l.To) })
}

func (w *world) cast(l *link.Link, role call.Role, parts []Part) {
	for _, p := range parts {
		p.Role = role
		w.Parts[l] = append(w.Parts[l], p)
	}
}

func (w *world) has(l *link.Link, role call.Role) bool {
	return slices.ContainsFunc(w.Parts[l], func(p Part) bool { return p.Role == role })
}

// farEnds lists who stood at the other end just before: everybody in the session's
// room but self, machines and supervisors. ringing accepts, where nobody was
// connected, whom the call was ringing: a transfer completed too soon.
func (w *world) farEnds(l *link.Link, s *session.Session, self *people.Person, ringing bool) []Part {
	if w.mayBeBack(s) {
		return nil
	}
	var met, rung []Part
	var queue *session.Leg
	unseenQueue := false
	for _, m := range w.before.now {
		far := m.leg
		if w.before.room[far.Session.Index] != w.before.room[s.Index] || far.Supervisor || w.who.Of(far) == self {
			continue
		}
		part := Part{Person: w.who.Of(far), Leg: far}
		switch m.state {
		case call.StateConnected, call.StateHeld, call.StateHolding, call.StateParked:
			if !far.Service() {
				met = append(met, part)
			}
		case call.StateSetup, call.StateRinging:
			if far.Queue {
				queue = far
			} else if !far.IsCaller() && !far.Service() {
				rung = append(rung, part)
				unseenQueue = unseenQueue || far.QueueCall
			}
		}
	}
	met = append(met, w.absentEnds(s, self)...)
	met = append(met, w.retrievers(s, self)...)
	if slices.ContainsFunc(append(met, rung...), func(p Part) bool { return w.mayHaveLeft(p, l) }) {
		return nil
	}
	switch {
	case len(met) > 0:
		return met
	case !ringing:
		return nil
	case queue != nil && w.mayHaveLeft(Part{Person: w.who.Of(queue), Leg: queue}, l):
		return nil
	case queue != nil:
		return []Part{{Person: w.who.Of(queue), Leg: queue}}
	case unseenQueue, len(rung) > 1 && len(s.Missing) > 0:
		return nil
	}
	return rung
}

// retrievers lists those who went on in the room through a session of their own and
// have no leg in it.
func (w *world) retrievers(s *session.Session, self *people.Person) []Part {
	var out []Part
	for _, l := range w.links {
		if l.Kind != call.Pickup || l.At >= w.from {
			continue
		}
		if m, _, ok := w.projected(l, w.before.room[s.Index]); ok && m.Person != self {
			out = append(out, Part{Person: m.Person})
		}
	}
	return out
}

// mayHaveLeft: an event that could have taken the leg away before now is missing, it
// is not the link's own other end, and no later event shows the leg alive.
func (w *world) mayHaveLeft(p Part, l *link.Link) bool {
	oneEnd := l.Late || l.Kind == call.TransferAttended && l.Basis == call.OneEnd
	if p.Leg != nil && oneEnd && p.Leg.Session.LastAt < w.from-settles {
		return true // nothing of that session came since
	}
	if p.Leg == nil || !p.Leg.Before(w.from).Uncertain || w.missesOnlyItsEnd(p.Leg.Session, l) {
		return false
	}
	return p.Leg.Find(func(o *session.Observation) bool {
		return o.At > w.from && o.Kind != wire.Disconnected && o.Kind != wire.Gone
	}) == nil
}

// missesOnlyItsEnd: of a transfer that one session states, the other session misses
// exactly one number, and its neighbours stand on both sides of the transfer: it is
// the Gone of the transferor's leg there.
func (w *world) missesOnlyItsEnd(s *session.Session, l *link.Link) bool {
	if l.Kind != call.TransferAttended || l.Basis != call.OneEnd || l.Proof[0].Session == s ||
		len(s.Missing) != 1 || s.Missing[0].From != s.Missing[0].To || l.From.Session != s && l.ToSession != s {
		return false
	}
	before, after := int64(0), int64(0)
	for i := range s.Obs {
		switch s.Obs[i].Seq {
		case s.Missing[0].From - 1:
			before = s.Obs[i].At
		case s.Missing[0].From + 1:
			after = s.Obs[i].At
		}
	}
	return before != 0 && before <= l.At && after >= l.At-settles
}

func (w *world) absentEnds(s *session.Session, self *people.Person) []Part {
	var out []Part
	for _, a := range w.absent {
		if w.before.room[a.session.Index] == w.before.room[s.Index] && a.leg.Begin() < w.from && !a.lost(w.from) {
			if p := a.person(w.from - 1); p != self {
				out = append(out, Part{Person: p})
			}
		}
	}
	return out
}

// supervised finds the agent where the link does not name one: the one extension in
// the room.
func (w *world) supervised(l *link.Link) {
	s := l.ToSession
	if s == nil {
		s = l.From.Session
	}
	if w.has(l, call.Agent) {
		return
	}
	addressed := ""
	switch {
	case l.ToSession == nil:
		addressed = l.From.To.ExtensionID
	case l.To != nil && l.To.Supervisor:
		addressed = l.To.To.ExtensionID
	}
	if addressed == "" && (w.missesBefore(s, l.At) || w.flippedSomewhere(s) || unseenCompany(l, s) || w.unsureExtension(s, w.who.Of(l.From))) {
		return
	}
	var agents []Part
	for _, p := range w.farEnds(l, s, w.who.Of(l.From), false) {
		if p.Person.Kind != call.Extension || addressed != "" && p.Person.ExtensionID != addressed {
			continue
		}
		if p.Leg != nil && p.Leg.Session.LastAt < l.At {
			return // nothing of their session came since: they may have left
		}
		agents = append(agents, p)
	}
	if len(agents) == 1 {
		w.cast(l, call.Agent, agents)
		if l.To == nil && l.ToSession == nil {
			l.To = agents[0].Leg
		}
	}
}

// missesBefore: an event of the room is missing that was followed by another one before
// an instant.
func (w *world) missesBefore(s *session.Session, at int64) bool {
	for i, o := range w.sessions {
		if w.before.room[i] != w.before.room[s.Index] {
			continue
		}
		last := int64(0)
		for j := range o.Obs {
			if o.Obs[j].At < at {
				last = o.Obs[j].Seq
			}
		}
		if o.Gap(0, last) {
			return true
		}
	}
	return false
}

// flippedSomewhere: an extension of the room goes on at a number of its own, and it is
// not known which.
func (w *world) flippedSomewhere(s *session.Session) bool {
	return slices.ContainsFunc(w.links, func(l *link.Link) bool {
		return l.Kind == call.Flip && l.To == nil && l.At < w.from && w.before.room[l.From.Session.Index] == w.before.room[s.Index]
	})
}

// unseenCompany: events are missing of a party that was never seen, other than the
// supervisor's own.
func unseenCompany(l *link.Link, s *session.Session) bool {
	if len(s.Missing) == 0 {
		return false
	}
	own := wire.PartyNumber(l.Proof[0].Obs.PeerParty)
	return slices.ContainsFunc(s.Unseen, func(n int) bool { return n != own })
}

// unsureExtension: an extension of which an event is missing may be on the line too.
func (w *world) unsureExtension(s *session.Session, self *people.Person) bool {
	return slices.ContainsFunc(w.before.now, func(m moment) bool {
		unsure := m.seg == nil && m.leg.BegunUnseen() || m.seg != nil && m.seg.Uncertain && m.state != call.StateEnded && m.state != call.StateGone && m.state != call.StateConnected && m.state != call.StateHolding
		return unsure && m.leg.Extension != "" && !m.leg.Service() && !m.leg.Supervisor && w.who.Of(m.leg) != self &&
			w.before.room[m.leg.Session.Index] == w.before.room[s.Index]
	})
}

// park settles who was parked and by whom, where only one of them said so: the one
// other party of the room. From then on the parked leg waits.
func (w *world) park(l *link.Link) {
	said := l.From
	if said == nil {
		said = l.To
	}
	others := w.farEnds(l, said.Session, w.who.Of(said), false)
	switch {
	case l.To == nil && len(others) == 1:
		w.cast(l, call.ParkedParty, others)
		if l.To = others[0].Leg; l.To != nil && l.To.Session != l.From.Session {
			l.ToSession = l.To.Session
		}
	case l.From == nil:
		if parker := onlyExtension(others); parker != nil && parker.Leg.Session.LastAt >= l.At {
			l.From = parker.Leg
			l.Roles = append(l.Roles, link.Cast{Role: call.Parker, Leg: parker.Leg})
			w.cast(l, call.Parker, []Part{*parker})
			if parker.Leg.Before(l.At+1).To > l.At {
				parker.Leg.Leave(l.At)
				w.again = true
			}
		}
	}
	if l.To != nil && !w.has(l, call.ParkedParty) {
		w.cast(l, call.ParkedParty, []Part{{Person: w.who.Of(l.To), Leg: l.To}})
	}
	for _, p := range w.Parts[l] {
		if p.Role == call.ParkedParty && p.Leg != nil {
			w.parked[p.Leg] = l.At
			w.guessed[p.Leg] = !slices.ContainsFunc(l.Proof, func(p link.Proof) bool { return p.Obs.Kind == wire.Parked })
		}
	}
}

// mayBeBack: a leg of the session is Gone into a conference, and may have come back in
// an event that is missing: then nobody else there is within reach.
func (w *world) mayBeBack(s *session.Session) bool {
	return slices.ContainsFunc(w.before.now, func(m moment) bool {
		return m.leg.Session == s && m.state == call.StateGone && m.seg.Uncertain && m.seg.First != nil && m.seg.First.Is(wire.ReasonConference)
	})
}

// unpark ends the waiting of whoever has company again without a pickup that says
// so: somebody who came after the park is connected in the room, or the parked party
// itself was reported Answered again.
func (w *world) unpark() {
	for l, since := range w.parked {
		room := w.room[l.Session.Index]
		again := l.Find(func(o *session.Observation) bool {
			return o.Kind == wire.Answered && o.At > since+settles && o.At <= w.from
		})
		company := slices.ContainsFunc(w.now, func(m moment) bool {
			return m.state == call.StateConnected && m.leg.Begin() > since && !m.leg.Supervisor && w.who.Of(m.leg) != w.who.Of(l) && w.room[m.leg.Session.Index] == room
		})
		if again != nil && !company {
			w.doubtLast(l) // a pickup before may be what is missing
		}
		if again != nil || company {
			delete(w.parked, l)
		}
	}
}

// doubtLast makes the latest piece of a leg's life uncertain.
func (w *world) doubtLast(l *session.Leg) {
	if n := len(w.pieces[l]); n > 0 {
		w.pieces[l][n-1].Uncertain = true
	}
}

// retrieveHere finds whom a leg of the same session picked up, where the park was told
// of the one who parked: the one who waits in the room.
func (w *world) retrieveHere(l *link.Link) {
	if l.To != nil || l.From == nil {
		return
	}
	for _, m := range w.before.now {
		if _, waits := w.parked[m.leg]; waits && w.before.room[m.leg.Session.Index] == w.before.room[l.From.Session.Index] {
			l.To = m.leg
			w.cast(l, call.ParkedParty, []Part{{Person: w.who.Of(m.leg), Leg: m.leg}})
			return
		}
	}
}

func onlyExtension(parts []Part) *Part {
	var found *Part
	for i := range parts {
		if p := &parts[i]; p.Person.Kind == call.Extension && p.Leg != nil {
			if found != nil {
				return nil
			}
			found = p
		}
	}
	return found
}

// retrieve ends the waiting of whoever is parked in the session, or in the room it
// belongs to.
func (w *world) retrieve(l *link.Link) {
	if l.ToSession == nil {
		w.retrieveHere(l)
		return
	}
	room := w.before.room[l.ToSession.Index]
	var waiting []*session.Leg
	for _, m := range w.before.now {
		if _, waits := w.parked[m.leg]; waits && w.before.room[m.leg.Session.Index] == room {
			waiting = append(waiting, m.leg)
		}
	}
	if len(waiting) > 1 { // one of them was retrieved before, in an event that is missing
		waiting = slices.DeleteFunc(waiting, func(c *session.Leg) bool { return c != l.To })
	}
	for _, c := range waiting {
		delete(w.parked, c)
		w.cast(l, call.ParkedParty, []Part{{Person: w.who.Of(c), Leg: c}})
	}
}
