package link

import (
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
		if l.To = flippedTo(leg, seg.From); l.To != nil {
			l.Proof = append(l.Proof, first(l.To))
		}
		out = append(out, l)
	}
	return out
}

// flippedTo finds the one leg, of the same extension or of none, that began during
// the old one and outlived it.
func flippedTo(leg *session.Leg, at int64) *session.Leg {
	var found *session.Leg
	for _, c := range leg.Session.Legs {
		if c.Number <= leg.Number || c.IsCaller() || c.Supervisor || c.Extension != "" && c.Extension != leg.Extension {
			continue
		}
		alive := c.Before(at + grace)
		if c.Begin() < leg.Begin() || alive == nil || alive.State == call.StateEnded {
			continue
		}
		if found != nil {
			return nil
		}
		found = c
	}
	if s := leg.Session; len(s.Missing) > 0 && len(s.Unseen) > 0 {
		return nil
	}
	return found
}
