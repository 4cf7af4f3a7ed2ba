package link

import (
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// takeover finds supervisors who replaced the agent: the agent's leg is
// Disconnected/TakeOver. The supervisor is the one in view of that session, if
// there is exactly one and nothing is missing that could show another.
func takeover(v *View) []*Link {
	var out []*Link
	for leg := range v.legs {
		seg := left(leg, wire.ReasonTakeOver)
		if seg == nil {
			continue
		}
		l := &Link{Kind: call.Takeover, From: leg, At: seg.From, Reason: seg.First.ReasonName(), Basis: call.SameSession,
			Proof: []Proof{{leg.Session, seg.First}}, Roles: []Cast{{call.Agent, leg}}}
		if sup, obs := v.supervisorOf(leg.Session, seg.From); sup != nil && !leg.Session.Gap(0, seg.First.Seq) {
			l.To = sup
			if sup.Session != leg.Session {
				l.ToSession = sup.Session
			}
			l.Proof = append(l.Proof, Proof{sup.Session, obs})
			l.Roles = append(l.Roles, Cast{call.Supervisor, sup})
		}
		out = append(out, l)
	}
	return out
}

// supervisorOf finds the one leg that supervised a session when at came: inside it,
// or Gone to it from a session of its own.
func (v *View) supervisorOf(s *session.Session, at int64) (*session.Leg, *session.Observation) {
	var found *session.Leg
	var proof *session.Observation
	count := 0
	for l := range v.legs {
		o := l.Find(supervising)
		if o == nil || l.Session != s {
			o = l.Find(func(o *session.Observation) bool {
				return o.Kind == wire.Gone && o.Is(wire.ReasonSupervising) && o.PeerSession == s.ID
			})
		}
		if o == nil || l.Time(o) > at+grace || supervisedNoMore(l, s, at) {
			continue
		}
		if found == nil || found.Extension != l.Extension {
			count++
		}
		if found == nil || l.Session == s {
			found, proof = l, o
		}
	}
	if count != 1 {
		return nil, nil
	}
	return found, proof
}

// supervisedNoMore: the supervisor had left before: in the session itself, or by a
// Disconnected of the leg that went there.
func supervisedNoMore(l *session.Leg, s *session.Session, at int64) bool {
	if l.Session == s {
		return overBefore(l, at)
	}
	went := l.Find(func(o *session.Observation) bool { return o.Kind == wire.Gone })
	for _, twin := range s.Legs {
		if twin.Supervisor && twin.Extension == l.Extension && twin.Extension != "" && went != nil && twin.Begin() >= l.Time(went)-twinSpan {
			return overBefore(twin, at)
		}
	}
	left := l.Find(func(o *session.Observation) bool { return o.Kind == wire.Disconnected })
	return left != nil && l.Time(left) < at
}
