package talk

import (
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/people"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// absent is the far end of a session of which only one side is in view: at extension
// scope, or where RingCentral does not deliver a party. Who is named in from or to
// stands in, without a leg.
type absent struct {
	session *session.Session
	leg     *session.Leg // the leg that names them
	first   *people.Person
	// changes: after an attended transfer the leg's update names another far end.
	changes []change
	// reached: it is known that they could talk. Of a call that an extension placed to
	// a RingCentral destination it is not: its own Answered comes before anybody answers.
	reached bool
}

type change struct {
	at   int64
	whom *people.Person
}

// absentee finds the far end that has no leg, nil when there is none.
func (w *world) absentee(s *session.Session) *absent {
	if !s.Observed() || s.Mirror || s.Conference() {
		return nil
	}
	caller := s.Caller()
	var callee *session.Leg
	for _, l := range s.Legs {
		if l != caller && !l.Supervisor && !l.Service() && callee == nil {
			callee = l
		}
	}
	switch {
	case caller == nil && callee != nil && callee.Direction == wire.Inbound:
		return w.standIn(callee, true)
	case caller != nil && len(s.Legs) == 1:
		return w.standIn(caller, caller.Rang && caller.Direction == wire.Outbound)
	}
	return nil
}

func (w *world) standIn(l *session.Leg, reached bool) *absent {
	a := &absent{session: l.Session, leg: l, reached: reached}
	a.first = w.who.Named(*l.Far(), people.FarName(l, l.Far()))
	if a.first == nil {
		return nil
	}
	for _, o := range l.Obs {
		if !o.TransferUpdate() {
			continue
		}
		far := o.From
		if l.Direction == wire.Outbound {
			far = o.To
		}
		if p := w.who.Named(far, far.Name); p != nil && p != a.person(o.At) {
			a.changes = append(a.changes, change{l.Time(o), p})
		}
	}
	return a
}

func (a *absent) instants() []int64 {
	var out []int64
	for _, c := range a.changes {
		out = append(out, c.at)
	}
	return out
}

func (a *absent) person(at int64) *people.Person {
	p := a.first
	for _, c := range a.changes {
		if c.at <= at {
			p = c.whom
		}
	}
	return p
}

// present reports whether the absent far end is in the room, and whether that is
// certain. They are while a leg of their session is; they stay when the last one
// left by a transfer, with no end in view, and in a conference as long as somebody
// there is in view.
func (a *absent) present(w *world, room int) (here, certain bool) {
	if !a.reached {
		return false, true
	}
	var last *moment
	for i := range w.now {
		m := &w.now[i]
		if m.leg.Session != a.session || m.seg == nil {
			continue
		}
		switch m.state {
		case call.StateConnected, call.StateHolding, call.StateHeld:
			return true, !a.lost(w.to)
		case call.StateGone, call.StateEnded:
			if last == nil || m.seg.From >= last.seg.From {
				last = m
			}
		}
	}
	if last == nil || last.state != call.StateGone || last.seg.First == nil {
		return false, true
	}
	switch {
	case last.seg.First.Is(wire.ReasonAttendedTransfer):
		return true, false
	case last.seg.First.Is(wire.ReasonConference):
		return w.peopled(room), false
	}
	return false, true
}

// lost: at account scope the absent may be somebody else by an instant, or not there,
// because events are missing. It is the originator, who is always notified; or it is
// whom the originator called first, and a menu, a queue or a forward may have led on
// from there in an event that is missing.
func (a *absent) lost(by int64) bool {
	return a.session.Account && (a.leg.Number > 1 || a.session.Gap(0, firstFrom(a.session, by)) || a.session.TailLost && a.session.LastAt < by)
}

// firstFrom is the number of the first event at an instant or after it, Forever when
// there is none.
func firstFrom(s *session.Session, at int64) int64 {
	for i := range s.Obs {
		if s.Obs[i].At >= at {
			return s.Obs[i].Seq
		}
	}
	return session.Forever
}

// peopled: somebody with a leg is connected in the room.
func (w *world) peopled(room int) bool {
	for _, m := range w.now {
		if m.state == call.StateConnected && w.room[m.leg.Session.Index] == room {
			return true
		}
	}
	return false
}
