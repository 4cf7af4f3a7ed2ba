package link

import (
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// conference finds merges: the host's leg in a two-party session is Gone/Conference
// and names its twin in the conference session. Its far ends go on through the
// twin; the host goes on through the host leg there. A leg that comes back from
// Gone was removed from the conference, and the merge ends there.
//
// The twin itself is normally not notified. Where it is, it is the second end.
func conference(v *View) []*Link {
	var out []*Link
	gs := v.gones(wire.ReasonConference)
	for _, g := range gs {
		if g.peer == nil || g.bridgeSide() && merged(gs, g) {
			continue
		}
		l := &Link{Kind: call.ConferenceMerge, From: g.leg, To: g.twin, ToSession: g.peer, At: g.seg.From, Until: g.seg.To,
			Reason: g.obs.ReasonName(), Basis: call.OneEnd, Proof: []Proof{g.proof()}}
		if g.bridgeSide() {
			l.To, l.ToSession = g.leg, g.leg.Session
			if l.From = g.twin; l.From == nil {
				l.From, l.To = g.leg, nil
			} else {
				l.Until, l.Late = back(l.From, l.At), true
				if v.Account && !l.From.Over() {
					l.From.Session.TailLost = true // its Gone
				}
			}
		} else if other := otherEnd(gs, g); other != nil {
			l.To, l.Basis = other.leg, call.BothEnds
			l.Proof = append(l.Proof, other.proof())
		}
		if l.From != g.leg || !g.bridgeSide() {
			l.Roles = append(l.Roles, Cast{call.Host, l.From})
		}
		if c := l.ToSession.Caller(); c != nil && l.ToSession.Conference() {
			l.Roles = append(l.Roles, Cast{call.Host, c})
		}
		out = append(out, l)
	}
	return out
}

// back is when the host's leg, of which the Gone is missing, was first reported alive
// after a merge: it was removed from the conference.
func back(host *session.Leg, at int64) int64 {
	for i := range host.Segments {
		if seg := &host.Segments[i]; seg.From > at && seg.State != call.StateEnded && seg.State != call.StateGone {
			return seg.From
		}
	}
	return session.Forever
}

// bridgeSide: the Gone leg is a twin inside the conference session.
func (g *gone) bridgeSide() bool {
	return g.leg.Session.Conference() && g.peer != nil && !g.peer.Conference()
}

// otherEnd finds the twin that a host's leg names; where it names none, the one that
// names it.
func otherEnd(gs []*gone, g *gone) *gone {
	for _, h := range gs {
		if h.bridgeSide() && h.peer == g.leg.Session && h.leg.Session == g.peer &&
			(g.obs.PeerParty == h.leg.ID || g.obs.PeerParty == "" && h.obs.PeerParty == g.leg.ID) {
			return h
		}
	}
	return nil
}

func merged(gs []*gone, twin *gone) bool {
	for _, g := range gs {
		if !g.bridgeSide() && g.peer == twin.leg.Session && otherEnd(gs, g) == twin {
			return true
		}
	}
	return false
}

// Proxied returns the session whose far ends a conference session's party stands
// for, nil when it stands for nobody known.
func Proxied(links []*Link, party *session.Leg) *Link {
	for _, l := range links {
		if l.Kind == call.ConferenceMerge && l.To == party && l.From != nil {
			return l
		}
	}
	return nil
}
