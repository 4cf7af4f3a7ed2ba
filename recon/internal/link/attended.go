package link

import (
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// attended finds attended (warm) transfers: the transferor's leg in the original
// session and the transferor's leg in the consultation are Gone/AttendedTransfer,
// each naming the other as its peer. One of the two is enough.
func attended(v *View) []*Link {
	var out []*Link
	for _, p := range pairs(v.gones(wire.ReasonAttendedTransfer)) {
		a, b := p.a.leg, p.a.twin
		if p.b != nil {
			b = p.b.leg
		}
		l := &Link{Kind: call.TransferAttended, At: p.at(), Reason: p.a.obs.ReasonName(), Basis: p.basis(), Proof: p.proof()}
		l.From, l.To, l.ToSession = a, b, p.a.peer
		original, sure := earlier(a.Session, p.a.peer)
		if l.Oriented = sure; original != a.Session {
			if b == nil {
				l.Oriented = false // the original's leg is not in view
			} else {
				l.From, l.To, l.ToSession = b, a, a.Session
			}
		}
		if p.b == nil && v.Account && p.a.peer.Observed() && (b == nil || !b.Over()) {
			p.a.peer.TailLost = true // its own Gone
		}
		l.Roles = append(l.Roles, Cast{call.Transferor, a})
		if b != nil {
			l.Roles = append(l.Roles, Cast{call.Transferor, b})
			if p.b == nil {
				l.leaves = b
			}
		}
		out = append(out, l)
	}
	return out
}

// earlier tells which of two sessions is the original call, and whether that is
// certain. The original began first. Where the beginning of the later one is not in
// view it may in truth have begun before the other. Who placed which call is no
// witness: somebody may call out, and put through whoever calls them meanwhile.
func earlier(a, b *session.Session) (*session.Session, bool) {
	if b.Start() != 0 && b.Start() < a.Start() {
		a, b = b, a
	}
	return a, b.Start() != 0 && b.BeginningInView()
}
