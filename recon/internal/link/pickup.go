package link

import (
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// pickup finds calls that somebody took from where they waited or rang. From park:
// the retriever's leg in a session of its own is Gone/Pickup and names the parked
// session. Group and BLF pickup: a ringing leg is Disconnected/Pickup and a leg of
// another extension takes its place in the same session.
func pickup(v *View) []*Link {
	var out []*Link
	for _, g := range v.gones(wire.ReasonPickup) {
		if g.peer == nil {
			continue
		}
		l := &Link{Kind: call.Pickup, From: g.leg, To: g.twin, ToSession: g.peer, At: g.seg.From, Reason: g.obs.ReasonName(),
			Basis: call.OneEnd, Proof: []Proof{g.proof()}, Roles: []Cast{{call.Retriever, g.leg}}}
		if twin := Twin(l); twin != nil {
			l.To = twin
			l.Roles = append(l.Roles, Cast{call.Retriever, twin})
		}
		out = append(out, l)
	}
	for leg := range v.legs {
		seg := left(leg, wire.ReasonPickup)
		if seg == nil || leg.Connected {
			continue
		}
		if again, unsure := sameExtension(leg); unsure || again != nil && !pickedUp(leg, again, seg.From) {
			continue
		}
		taker := next(leg, seg.From)
		if taker == nil || taker.Begin() > seg.From+5*grace || taker.Extension == leg.Extension {
			continue
		}
		out = append(out, &Link{Kind: call.Pickup, From: taker, To: leg, At: seg.From, Reason: seg.First.ReasonName(), Basis: call.SameSession,
			Proof: []Proof{{leg.Session, seg.First}, first(taker)}, Roles: []Cast{{call.Retriever, taker}, {call.Callee, leg}}})
	}
	return retrieved(v, out)
}

// retrieved finds pickups from a park location, which no Gone tells [documented]: in
// the session of a parked party, a called leg of an extension begins after the park
// and is connected while the party still waits.
func retrieved(v *View, out []*Link) []*Link {
	for parked := range v.legs {
		for i := range parked.Segments {
			seg := &parked.Segments[i]
			if seg.First == nil || seg.First.Kind != wire.Parked {
				continue
			}
			parker, _ := parkerOf(v, parked, seg)
			until, where := seg.To, []*session.Session{parked.Session}
			if parker == nil && parksItself(parked) { // somebody else waits, perhaps in a session that a transfer joined
				until, where = session.Forever, v.joined(parked.Session, seg.From)
			}
			for c := range legsOf(where) {
				at := firstConnected(c)
				if !mayRetrieve(c, parked) || at == nil || c.Session.Gap(since(parked, c, seg), at.First.Seq) || c.Begin() <= seg.From || at.From-grace > until || taken(out, c) || sentTo(where, c) || retrievedBefore(out, where, seg.From, c) {
					continue
				}
				l := &Link{Kind: call.Pickup, From: c, At: at.From, Basis: call.Inferred,
					Proof: []Proof{{parked.Session, seg.First}, {c.Session, at.First}}, Roles: []Cast{{call.Retriever, c}}}
				if parker != nil || !parksItself(parked) {
					l.To = parked
					l.Roles = append(l.Roles, Cast{call.ParkedParty, parked})
				}
				out = append(out, l)
				break
			}
		}
	}
	return out
}

// since is the number of the park, seen from a leg's session: another one has numbers
// of its own, all of which count.
func since(parked, c *session.Leg, seg *session.Segment) int64 {
	if c.Session != parked.Session {
		return 0
	}
	return seg.First.Seq
}

// joined lists a session and those that attended transfers had joined to it.
func (v *View) joined(s *session.Session, before int64) []*session.Session {
	room := []*session.Session{s}
	for i := 0; i < len(room); i++ {
		for l := range v.legs {
			for _, o := range l.Obs {
				p := v.byID[o.PeerSession]
				if p == nil || !o.Is(wire.ReasonAttendedTransfer) || o.At >= before {
					continue
				}
				if l.Session == room[i] && !slices.Contains(room, p) {
					room = append(room, p)
				}
				if p == room[i] && !slices.Contains(room, l.Session) {
					room = append(room, l.Session)
				}
			}
		}
	}
	return room
}

func legsOf(sessions []*session.Session) func(func(*session.Leg) bool) {
	return func(yield func(*session.Leg) bool) {
		for _, s := range sessions {
			for _, l := range s.Legs {
				if !yield(l) {
					return
				}
			}
		}
	}
}

// mayRetrieve: a leg of another extension that was called.
func mayRetrieve(c, parked *session.Leg) bool {
	return !c.IsCaller() && !c.Supervisor && c.Extension != "" && c.Direction != wire.Outbound &&
		(c.Extension != parked.Extension || parksItself(parked))
}

// sentTo: the leg began because somebody passed the call on.
func sentTo(where []*session.Session, c *session.Leg) bool {
	for l := range legsOf(where) {
		if seg := left(l, wire.ReasonBlindTransfer, wire.ReasonRccTransfer, wire.ReasonDtmfTransfer); seg != nil && next(l, seg.From) == c {
			return true
		}
	}
	return false
}

// retrievedBefore: a Gone told that somebody else took the call before the leg began.
func retrievedBefore(links []*Link, where []*session.Session, since int64, c *session.Leg) bool {
	return slices.ContainsFunc(links, func(l *Link) bool {
		return slices.Contains(where, l.ToSession) && l.At >= since && l.At <= c.Begin()
	})
}

// taken: the leg retrieved a call already, itself or as the twin of one that did, or
// was picked up while it rang. One that a retriever's peer names because it waited
// there may well have retrieved another call before.
func taken(links []*Link, by *session.Leg) bool {
	return slices.ContainsFunc(links, func(l *Link) bool {
		return l.From == by || l.To == by && (l.ToSession == nil || by.Extension == l.From.Extension)
	})
}

func firstConnected(l *session.Leg) *session.Segment {
	for i := range l.Segments {
		if l.Segments[i].State == call.StateConnected {
			return &l.Segments[i]
		}
	}
	return nil
}

// sameExtension finds the later leg of the same extension that took over from a
// leg, nil when there is none. Where events are missing it must be the only one, and
// known to go on, and no party that was never seen may be it instead: else it is
// unsure, and nil.
func sameExtension(leg *session.Leg) (found *session.Leg, unsure bool) {
	lossy := len(leg.Session.Missing) > 0
	for _, c := range leg.Session.Legs {
		if leg.Extension == "" || c.Extension != leg.Extension || c.Number <= leg.Number || c.Supervisor || !goesOnIn(c, leg.Last().From) {
			continue
		}
		if c.Begin() > leg.Last().From+5*grace && !c.BegunUnseen() {
			continue
		}
		if !lossy {
			return c, false
		}
		if found != nil || c.Begin() > leg.Last().From+5*grace || mayBeOver(c, leg.Last().First) || slices.ContainsFunc(leg.Session.Unseen, func(n int) bool { return n > leg.Number && n < c.Number }) {
			return nil, true
		}
		found = c
	}
	return found, false
}

// goesOnIn: the leg had not ended at an instant.
func goesOnIn(c *session.Leg, at int64) bool {
	seg := c.At(at)
	return seg == nil || seg.State != call.StateEnded && seg.State != call.StateGone && !(seg.State == call.StateParked && parksItself(c))
}
