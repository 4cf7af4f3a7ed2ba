package link

import (
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// route finds menus and call handling that sent the call on: a called leg is
// Disconnected with a redirect reason, or without any reason at the very eventTime
// at which the next callee leg begins. An IVR's Disconnected does not end the call.
func route(v *View) []*Link {
	var out []*Link
	for leg := range v.legs {
		if leg.IsCaller() || leg.QueueCall || leg.Direction != wire.Inbound || leg.Last().State != call.StateEnded {
			continue
		}
		end := leg.Last()
		stated := end.First.Is(wire.ReasonCallerInputRedirect, wire.ReasonCallRedirected)
		if !stated && (end.First.ReasonName() != "" || leg.Rang && leg.Connected || end.First.Missed) {
			continue
		}
		to := routedTo(leg, end, stated)
		if to == nil && !stated {
			continue
		}
		l := &Link{Kind: call.Route, From: leg, To: to, At: end.From, Reason: end.First.ReasonName(), Basis: call.Inferred,
			Proof: []Proof{{leg.Session, end.First}}, Roles: []Cast{{call.Router, leg}}}
		if stated {
			l.Basis = call.SameSession
		}
		if to != nil {
			l.Proof = append(l.Proof, first(to))
			l.Roles = append(l.Roles, Cast{call.Target, to})
		}
		leg.Router = !leg.Rang
		out = append(out, l)
	}
	return out
}

// routedTo: with a stated redirect the next callee leg, else one that began at the
// same instant. A queue's own agents are hunted, not routed to.
func routedTo(leg *session.Leg, end *session.Segment, stated bool) *session.Leg {
	to := next(leg, end.From)
	if to == nil || to.QueueCall && leg.Queue || !stated && to.Begin() != end.From {
		return nil
	}
	return to
}
