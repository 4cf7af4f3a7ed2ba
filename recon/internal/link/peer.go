package link

import "github.com/legworkhq/legwork/recon/call"

// peer finds sessions that a Gone leg ties together without a usable reason. They
// are one call; nothing is claimed about who talks.
func peer(v *View) []*Link {
	var out []*Link
	for _, p := range pairs(v.gones()) {
		l := &Link{Kind: call.PeerLink, From: p.a.leg, To: p.a.twin, ToSession: p.a.peer, At: p.at(), Reason: p.a.obs.ReasonName(),
			Basis: p.basis(), Proof: p.proof()}
		if p.b != nil {
			l.To = p.b.leg
		}
		out = append(out, l)
	}
	return out
}
