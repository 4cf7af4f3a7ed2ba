package link

import (
	"cmp"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// flip finds calls that a person moved to another of their numbers: the old leg is
// Disconnected/CallFlip, after a new callee leg was rung. The new number may be an
// outside one; it is the same participant.
func flip(v *View) []*Link {
	var out []*Link
	for leg := range v.legs {
		seg := left(leg, wire.ReasonCallFlip)
		if seg == nil {
			continue
		}
		l := &Link{Kind: call.Flip, From: leg, At: seg.From, Reason: seg.First.ReasonName(), Basis: call.SameSession,
			Proof: []Proof{{leg.Session, seg.First}}, Roles: []Cast{{call.Mover, leg}}}
		if l.To = flippedTo(leg, seg); l.To != nil {
			l.Proof = append(l.Proof, first(l.To))
		}
		out = append(out, l)
	}
	return out
}

// flippedTo finds the one leg, of the same extension or of none, that began during
// the old one and outlived it; if several did, of those answered by then the one
// that was answered last.
func flippedTo(leg *session.Leg, end *session.Segment) *session.Leg {
	var found, answered []*session.Leg
	for _, c := range leg.Session.Legs {
		if !takesOverFrom(leg, c, end) {
			continue
		}
		found = append(found, c)
		if up := firstUp(c); up != nil && up.From <= end.From {
			answered = append(answered, c)
		}
	}
	if len(leg.Session.Missing) > 0 && !onlyChoice(leg, found) {
		return nil
	}
	switch {
	case len(found) == 1:
		return found[0]
	case len(answered) > 0:
		return slices.MaxFunc(answered, func(a, b *session.Leg) int { return cmp.Compare(firstUp(a).From, firstUp(b).From) })
	}
	return nil
}

// onlyChoice: though events are missing, the one leg found can only be the new one.
func onlyChoice(leg *session.Leg, found []*session.Leg) bool {
	up := firstUp(leg)
	return len(leg.Session.Unseen) == 0 && len(found) == 1 && up != nil && !up.Uncertain && !found[0].BegunUnseen()
}

func takesOverFrom(leg, c *session.Leg, end *session.Segment) bool {
	at := end.From
	if c.Number <= leg.Number || c.IsCaller() || c.Supervisor || c.Extension != "" && c.Extension != leg.Extension {
		return false
	}
	if c.Begin() < leg.Begin() || c.Begin() > at+grace || begunBefore(c, firstUp(leg)) {
		return false
	}
	seg := c.At(max(at, c.Begin()))
	return seg.State != call.StateEnded || seg.From == at && seg.First != nil && seg.First.Seq > end.First.Seq // at the same instant, and after
}

// firstUp is the segment in which a leg was first connected or holding.
func firstUp(l *session.Leg) *session.Segment {
	for i := range l.Segments {
		if s := l.Segments[i].State; s == call.StateConnected || s == call.StateHolding {
			return &l.Segments[i]
		}
	}
	return nil
}

// begunBefore: the leg began before somebody was on the line who could flip to it.
func begunBefore(c *session.Leg, up *session.Segment) bool {
	return up != nil && !up.Uncertain && c.Begin() < up.From
}
