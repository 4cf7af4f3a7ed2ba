package link

import (
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// hunt finds the agents that a queue rang: legs with queueCall, or whose to names
// another extension, the queue's, than their own. At most one of them wins; the
// others are elsewhere, not missed.
func hunt(v *View) []*Link {
	var out []*Link
	for leg := range v.legs {
		if !rungByQueue(leg) {
			continue
		}
		leg.QueueCall = true
		l := &Link{Kind: call.Hunt, To: leg, At: leg.Begin(), Basis: call.SameSession, Proof: []Proof{first(leg)}, Roles: []Cast{{call.Agent, leg}}}
		if q := queueOf(leg); q != nil {
			q.Queue = true
			l.From = q
			l.Proof = append(l.Proof, first(q))
			l.Roles = append(l.Roles, Cast{call.Queue, q})
		}
		out = append(out, l)
	}
	return out
}

func rungByQueue(leg *session.Leg) bool {
	if leg.IsCaller() || leg.Direction != wire.Inbound || leg.Extension == "" {
		return false
	}
	if leg.QueueCall {
		return true
	}
	if leg.To.ExtensionID == "" || leg.To.ExtensionID == leg.Extension || len(leg.Session.Missing) > 0 {
		return false // or what shows that this is a pickup may be missing
	}
	q := queueOf(leg)
	if q == nil {
		return leg.Obs[0].Kind == wire.Proceeding // agents are not notified of a Setup [relied on]
	}
	return !q.Rang && left(q, wire.ReasonPickup) == nil
}

// queueOf finds the queue's own leg: the latest one before the agent's that belongs
// to the extension which the agent's to names.
func queueOf(leg *session.Leg) *session.Leg {
	var q *session.Leg
	s := leg.Session
	for _, c := range s.Legs {
		if c.Number < leg.Number && !c.IsCaller() && !c.QueueCall && c.Extension != "" && c.Extension == leg.To.ExtensionID && c.Extension != leg.Extension &&
			(!overBefore(c, leg.Begin()-grace) || c.Begin() > leg.Begin()-grace && c.BegunUnseen()) {
			q = c
		}
	}
	if q != nil && leg.BegunUnseen() && len(s.Missing) > 0 {
		return nil // when it was rung, and by which of several, is missing
	}
	if q != nil && len(s.Missing) > 0 && slices.ContainsFunc(s.Unseen, func(n int) bool { return n > q.Number && n < leg.Number }) {
		return nil // the queue was called again, perhaps
	}
	return q
}
