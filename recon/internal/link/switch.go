package link

import (
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// switched finds calls that a person moved to another device: the old leg is
// Disconnected/CallSwitch (in 2019: Disconnected/Pickup) and a new leg of the same
// extension goes on in the same session. The new leg is Outbound even on an inbound
// call. It is the same participant, not an end.
func switched(v *View) []*Link {
	var out []*Link
	for leg := range v.legs {
		seg := left(leg, wire.ReasonCallSwitch, wire.ReasonPickup)
		if seg == nil {
			continue
		}
		to, _ := sameExtension(leg)
		if !seg.First.Is(wire.ReasonCallSwitch) && (to == nil || pickedUp(leg, to, seg.From)) {
			continue
		}
		l := &Link{Kind: call.Switch, From: leg, To: to, At: seg.From, Reason: seg.First.ReasonName(), Basis: call.SameSession,
			Proof: []Proof{{leg.Session, seg.First}}, Roles: []Cast{{call.Mover, leg}}}
		if to != nil {
			l.Proof = append(l.Proof, first(to))
		}
		out = append(out, l)
	}
	return out
}

// pickedUp: the leg rang, and the one that came next is not the same extension's: a
// colleague picked the call up, and the extension was called again later.
func pickedUp(leg, again *session.Leg, at int64) bool {
	return !leg.Connected && next(leg, at) != again
}
