package link

import (
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// supervise finds supervision, stated in one of two ways. By API: a party of the
// supervisor inside the supervised session is Answered/Supervising. By dial code:
// the supervisor's leg in a session of its own is Gone/Supervising and names the
// supervised session. Either way the supervisor goes on, and never counts as a
// talker unless the dialled code says that they barged in.
func supervise(v *View) []*Link {
	var out []*Link
	for _, g := range v.gones(wire.ReasonSupervising) {
		if g.peer == nil {
			continue
		}
		l := &Link{Kind: call.Supervise, From: g.leg, To: g.twin, ToSession: g.peer, At: g.seg.From, Reason: g.obs.ReasonName(),
			Basis: call.OneEnd, Proof: []Proof{g.proof()}, Roles: []Cast{{call.Supervisor, g.leg}}, Mode: dialled(g.leg)}
		if twin := Twin(l); twin != nil {
			l.To = twin
			l.supervised(twin)
		}
		out = append(out, l)
	}
	own := len(out)
	for leg := range v.legs {
		o := leg.Find(supervising)
		if o == nil {
			continue
		}
		if l := twinned(out[:own], leg); l != nil {
			l.Proof = append(l.Proof, Proof{leg.Session, o})
			continue
		}
		leg.Supervisor = true
		l := &Link{Kind: call.Supervise, From: leg, At: leg.Time(o), Reason: o.ReasonName(), Basis: call.SameSession,
			Proof: []Proof{{leg.Session, o}}, Roles: []Cast{{call.Supervisor, leg}}, Mode: call.Supervising}
		if agent := named(leg, o, l.At); agent != nil {
			l.To = agent
			l.Roles = append(l.Roles, Cast{call.Agent, agent})
		}
		out = append(out, l)
	}
	return out
}

func supervising(o *session.Observation) bool {
	return o.Kind == wire.Answered && o.Is(wire.ReasonSupervising)
}

// dialled reads the mode from the star code that the supervisor called: *80
// monitor, *81 whisper, *82 barge in; with *83, take over, one listens until the
// agent is gone. [relied on]
func dialled(leg *session.Leg) call.Mode {
	switch leg.To.Number {
	case "*80":
		return call.Listen
	case "*81":
		return call.Whisper
	case "*82":
		return call.TwoWay
	}
	return call.Supervising
}

// named finds the leg that a supervisor's party is addressed to: by extension, else by
// number, and not one that had ended by then.
func named(leg *session.Leg, said *session.Observation, at int64) *session.Leg {
	to := &leg.To
	for _, is := range []func(*session.Leg) bool{
		func(c *session.Leg) bool { return to.ExtensionID != "" && c.Extension == to.ExtensionID },
		func(c *session.Leg) bool { return to.Number != "" && c.Own().Number == to.Number },
	} {
		for _, c := range slices.Backward(leg.Session.Legs) {
			if c != leg && !c.Supervisor && is(c) && !overBefore(c, at) {
				if mayBeOver(c, said) {
					return nil
				}
				return c
			}
		}
	}
	return nil
}

// mayBeOver: the leg's end may be among what is missing before an event, and no later
// one shows it alive.
func mayBeOver(c *session.Leg, before *session.Observation) bool {
	last := int64(0)
	for _, o := range c.Obs {
		if o.Seq < before.Seq {
			last = o.Seq
		} else if o.Kind != wire.Gone && o.Kind != wire.Disconnected {
			return false
		}
	}
	return c.Session.Gap(last, before.Seq)
}

// overBefore: the leg had not begun, or was reported ended or gone, just before an
// instant.
func overBefore(c *session.Leg, at int64) bool {
	seg := c.Before(at)
	return seg == nil || seg.State == call.StateEnded || seg.State == call.StateGone || seg.State == call.StateParked && parksItself(c)
}

func (l *Link) supervised(twin *session.Leg) {
	twin.Supervisor = true
	l.Roles = append(l.Roles, Cast{call.Supervisor, twin})
	o := twin.Find(supervising)
	if o == nil {
		o = twin.Obs[0]
	}
	if agent := named(twin, o, l.At); agent != nil {
		l.Roles = append(l.Roles, Cast{call.Agent, agent})
	}
}

func twinned(own []*Link, leg *session.Leg) *Link {
	for _, l := range own {
		if l.To == leg {
			return l
		}
	}
	return nil
}

// twinSpan is how far the beginning of a twin may stand from the Gone that led to it.
const twinSpan = 2 * grace

// Twin finds the leg through which a Gone leg's participant goes on in the peer
// session: the party that the peer names when it is the same extension's, else a
// leg of the same extension that began with it. Nil when it is not in view.
func Twin(l *Link) *session.Leg {
	if l.From == nil || l.ToSession == nil || l.From.Extension == "" {
		return nil
	}
	if l.To != nil && l.To.Extension == l.From.Extension {
		return l.To
	}
	for _, c := range l.ToSession.Legs {
		if c.Extension == l.From.Extension && c.Begin() >= l.At-twinSpan && c.Begin() <= l.At+twinSpan && goesOnIn(c, l.At) {
			return c
		}
	}
	return nil
}
