package link

import (
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/session"
)

// ringout finds the two legs of a RingOut, initiator and target, and the second
// session that mirrors it when the first leg rings a RingCentral endpoint: numbers
// mirrored, legacy session id 1000 to 4000 higher. [relied on] The mirror repeats
// the call; its talk is not counted twice.
func ringout(v *View) []*Link {
	var out []*Link
	for _, s := range v.Sessions {
		if !s.RingOut() || len(s.Legs) == 0 {
			continue
		}
		from, to := ringoutLegs(s)
		if from == nil {
			continue
		}
		l := &Link{Kind: call.RingOut, From: from, To: to, At: from.Begin(), Basis: call.SameSession, Proof: []Proof{first(from)},
			Roles: []Cast{{call.Initiator, from}}}
		if to != nil {
			l.Proof = append(l.Proof, first(to))
			l.Roles = append(l.Roles, Cast{call.Target, to})
		}
		out = append(out, l)
		for _, m := range v.Sessions {
			if m != s && session.Mirrors(s.Set, m.Set) {
				out = append(out, mirror(from, m))
			}
		}
	}
	return out
}

func ringoutLegs(s *session.Session) (from, to *session.Leg) {
	for _, l := range s.Legs {
		switch {
		case l.Number == 1 || l.Obs[0].RingOutRole == "Initiator":
			from = l
		case to == nil && (l.Number == 2 || l.Obs[0].RingOutRole == "Target"):
			to = l
		}
	}
	return from, to
}

func mirror(from *session.Leg, m *session.Session) *Link {
	m.Mirror = true
	l := &Link{Kind: call.RingOut, From: from, ToSession: m, At: m.Legs[0].Begin(), Basis: call.Inferred,
		Proof: []Proof{first(from), first(m.Legs[0])}, Roles: []Cast{{call.Initiator, from}}}
	for _, c := range m.Legs {
		if c.Extension != "" && c.Extension == from.Extension {
			l.To = c
		}
	}
	return l
}
