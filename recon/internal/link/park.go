package link

import (
	"cmp"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// park finds parked calls. Parked may be reported on the party that parked or on the
// one that waits, and the parker may or may not be Disconnected/CallPark besides:
// the answer is the same. A user can park only calls that came in [documented], so
// a Parked extension that was called is the parker, anybody else is who waits.
func park(v *View) []*Link {
	var out []*Link
	for leg := range v.legs {
		for i := 0; i < len(leg.Segments); i++ {
			if seg := &leg.Segments[i]; seg.State == call.StateParked {
				if l := parkedBy(v, leg, seg); l != nil {
					out = append(out, l)
				}
			}
		}
	}
	for leg := range v.legs {
		if seg := left(leg, parkReasons...); seg != nil && !parkedAlready(out, leg, seg) {
			out = append(out, &Link{Kind: call.Park, From: leg, At: seg.From, Reason: seg.First.ReasonName(), Basis: call.SameSession,
				Proof: []Proof{{leg.Session, seg.First}}, Roles: []Cast{{call.Parker, leg}}})
		}
	}
	return out
}

var parkReasons = []wire.Reason{wire.ReasonCallPark, wire.ReasonParkLocation}

// parkSpan is how far the parker's own end may stand from the Parked event.
const parkSpan = 2 * grace

func parkedBy(v *View, leg *session.Leg, seg *session.Segment) *Link {
	l := &Link{Kind: call.Park, At: seg.From, Reason: seg.First.ReasonName(), Basis: call.SameSession,
		Proof: []Proof{{leg.Session, seg.First}}}
	parker, end := parkerOf(v, leg, seg)
	if parker == nil && parksItself(leg) && endMissing(v, leg, seg) {
		seg.Uncertain = true // parked, or having parked: what would tell is missing
		return nil
	}
	if parker == nil && parksItself(leg) {
		l.From = leg
		l.Roles = append(l.Roles, Cast{call.Parker, leg})
		l.ends = seg
		return l
	}
	l.To = leg
	l.Roles = append(l.Roles, Cast{call.ParkedParty, leg})
	if parker != nil {
		l.parker(parker, end)
	}
	return l
}

// endMissing: another extension may have ended by parking, in an event that is missing
// about when a leg was Parked, or of a session of which nothing came since; or what is
// missing is that somebody put the leg through to whoever parked it.
func endMissing(v *View, leg *session.Leg, seg *session.Segment) bool {
	const aPark = 4 // events of one park
	near := leg.Session.Gap(seg.First.Seq-aPark, seg.First.Seq+aPark)
	if near && leg.Session.Hidden() {
		return true // of somebody who was never seen
	}
	for c := range legsOf(v.joined(leg.Session, seg.From)) {
		if c == leg || overBefore(c, seg.From) && !waitsAt(v, c, seg.From) {
			continue
		}
		if c.Session == leg.Session && mayBeOver(c, seg.First) {
			return true
		}
		if c.IsCaller() || c.Extension == "" || c.Queue || c.Supervisor || c.Direction == wire.Outbound {
			continue
		}
		if c.Session != leg.Session && (c.Session.LastAt < seg.From || gapAbout(c.Session, seg.From)) || c.Session == leg.Session && (near || c.Session.LastAt <= seg.From) {
			return true
		}
	}
	return false
}

// waitsAt: the leg was parked by another just before an instant, and may have been
// retrieved.
func waitsAt(v *View, c *session.Leg, at int64) bool {
	seg := c.Before(at)
	if seg == nil || seg.State != call.StateParked {
		return false
	}
	parker, _ := parkerOf(v, c, seg)
	return parker != nil
}

// gapAbout: a number is missing that may be of an event within parkSpan of an instant.
func gapAbout(s *session.Session, at int64) bool {
	before := int64(0)
	for i := range s.Obs {
		o := &s.Obs[i]
		if o.At >= at-parkSpan && s.Gap(before, o.Seq) {
			return true
		}
		if o.At > at+parkSpan {
			return false
		}
		before = o.Seq
	}
	return false
}

// parkerOf finds another leg that ended by parking at the time at which one was
// Parked, the nearest in time.
func parkerOf(v *View, leg *session.Leg, seg *session.Segment) (parker *session.Leg, end *session.Segment) {
	nearest := int64(parkSpan + 1)
	for c := range v.legs {
		e := left(c, parkReasons...)
		if c == leg || e == nil {
			continue
		}
		if apart := max(e.From-seg.From, seg.From-e.From); apart < nearest {
			parker, end, nearest = c, e, apart
		}
	}
	return parker, end
}

// parksItself: Parked on this leg means that it parked the call, not that it waits:
// an extension that was called. What a switch to another device made is Outbound.
func parksItself(leg *session.Leg) bool {
	return leg.Extension != "" && !leg.IsCaller() && leg.Direction != wire.Outbound
}

func (l *Link) parker(leg *session.Leg, end *session.Segment) {
	l.From = leg
	l.Roles = append(l.Roles, Cast{call.Parker, leg})
	l.Proof = append(l.Proof, Proof{leg.Session, end.First})
	l.Reason = cmp.Or(l.Reason, end.First.ReasonName())
	if l.To != nil && l.To.Session != leg.Session {
		l.ToSession = l.To.Session
	}
}

func parkedAlready(links []*Link, leg *session.Leg, seg *session.Segment) bool {
	for _, l := range links {
		if l.From == leg && (l.At-seg.From) <= parkSpan && (seg.From-l.At) <= parkSpan {
			return true
		}
	}
	return false
}
