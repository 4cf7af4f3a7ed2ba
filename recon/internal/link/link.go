// Package link finds the links of a call: typed edges between legs and sessions,
// each with the rule that found it and the events that prove it.
//
// One rule a file. A rule looks at the legs as they were reported and states what
// they say; it never looks at another rule's links. Who else played a part (the far
// ends of a transfer) depends on who could hear whom at that moment: package talk
// fills those roles in.
//
// A rule is sound: what it states is true whatever else was lost. Where a lost
// event could make a statement false, the rule says less: it leaves the target, the
// roles or the whole link out. docs/linking.md explains each rule under its name.
package link

import (
	"cmp"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// Link is a found link, before participants are known.
type Link struct {
	Kind      call.LinkKind
	Rule      string
	From, To  *session.Leg     // nil when not in view
	ToSession *session.Session // nil inside one session
	At        int64
	Until     int64 // when a conference merge was undone; session.Forever otherwise
	Reason    string
	Basis     call.Basis
	Proof     []Proof
	Roles     []Cast
	// Oriented: an attended transfer of which it is certain which session is the
	// original and which the consultation.
	Oriented bool
	// Mode in which a supervisor takes part.
	Mode call.Mode

	// Late: what happened is told late, by a party beside the one to whom it happened.
	Late bool

	ends   *session.Segment // of From: parking was the leg's end
	leaves *session.Leg     // it left, though its own party never said so
}

// Proof is one event that a link stands on.
type Proof struct {
	Session *session.Session
	Obs     *session.Observation
}

// Cast gives a leg a role in a link.
type Cast struct {
	Role call.Role
	Leg  *session.Leg
}

// View is the call as the rules see it: its sessions in order of their beginning.
type View struct {
	Sessions []*session.Session
	// Account: the observations are an account's, so that a peer's end should be in
	// view too.
	Account bool
	byID    map[string]*session.Session
}

// NewView looks at the sessions of one call.
func NewView(sessions []*session.Session, account bool) *View {
	v := &View{Sessions: sessions, Account: account, byID: make(map[string]*session.Session, len(sessions))}
	for _, s := range sessions {
		v.byID[s.ID] = s
	}
	return v
}

// Session finds a member session by id, nil when it is not one.
func (v *View) Session(id string) *session.Session { return v.byID[id] }

// Rule finds links of one or more kinds.
type Rule struct {
	// Name is the file's name and the section's in docs/linking.md.
	Name string
	Find func(*View) []*Link
}

// Rules in the order in which they run: supervise marks supervisors, to whom nobody is
// routed, and hunt queues and their agents, which route must not take for menus.
func Rules() []Rule {
	return []Rule{
		{"supervise", supervise}, {"hunt", hunt}, {"route", route}, {"attended", attended}, {"blind", blind}, {"forward", forward},
		{"conference", conference}, {"takeover", takeover}, {"park", park}, {"pickup", pickup},
		{"switch", switched}, {"flip", flip}, {"ringout", ringout}, {"peer", peer},
	}
}

// Find runs every rule and returns the links in order of time.
func Find(v *View) []*Link {
	v.namePeers()
	var out []*Link
	for _, r := range Rules() {
		for _, l := range r.Find(v) {
			l.Rule = r.Name
			l.Until = cmp.Or(l.Until, session.Forever)
			out = append(out, l)
		}
	}
	// Only now: every rule saw the legs as they were reported.
	for _, l := range out {
		if l.ends != nil {
			l.From.EndAt(l.ends)
		}
		if l.leaves != nil {
			l.leaves.Leave(l.At)
		}
	}
	slices.SortStableFunc(out, func(a, b *Link) int { return cmp.Compare(a.At, b.At) })
	return out
}

// namePeers tells each session the party numbers that a peer names in it.
func (v *View) namePeers() {
	for _, s := range v.Sessions {
		for _, l := range s.Legs {
			for _, o := range l.Obs {
				if p := v.byID[o.PeerSession]; p != nil && o.PeerParty != "" {
					p.Name(wire.PartyNumber(o.PeerParty))
				}
			}
		}
	}
}

func (v *View) legs(yield func(*session.Leg) bool) {
	for _, s := range v.Sessions {
		for _, l := range s.Legs {
			if !yield(l) {
				return
			}
		}
	}
}

// gone is one stay of a leg in another session: the segment in which it was Gone,
// and the event that said so.
type gone struct {
	leg  *session.Leg
	seg  *session.Segment
	obs  *session.Observation
	peer *session.Session // nil when no peer was named
	twin *session.Leg     // the party that the peer names, nil when not in view
}

// gones collects what every Gone leg says, in order of session and leg.
func (v *View) gones(reason ...wire.Reason) []*gone {
	var out []*gone
	for l := range v.legs {
		for i := range l.Segments {
			seg := &l.Segments[i]
			if seg.State != call.StateGone {
				continue
			}
			if g := v.gone(l, seg); len(reason) == 0 && !g.explained() || g.obs.Is(reason...) {
				out = append(out, g)
			}
		}
	}
	return out
}

// gone reads a Gone segment through its most telling event: one with a peer and a
// usable reason, else one with a peer, else the first.
func (v *View) gone(l *session.Leg, seg *session.Segment) *gone {
	g := &gone{leg: l, seg: seg, obs: seg.First}
	best := -1
	for i := slices.Index(l.Obs, seg.First); i < len(l.Obs) && l.Obs[i].Kind == wire.Gone; i++ {
		score := 0
		if l.Obs[i].PeerSession != "" && l.Obs[i].PeerSession != l.Session.ID {
			score += 2
		}
		if l.Obs[i].Is(explaining...) {
			score++
		}
		if score > best {
			best, g.obs = score, l.Obs[i]
		}
	}
	if id := g.obs.PeerSession; id != "" && id != l.Session.ID {
		g.peer = v.byID[id]
	}
	if g.peer != nil {
		g.twin = g.peer.Leg(g.obs.PeerParty)
	}
	return g
}

var explaining = []wire.Reason{wire.ReasonAttendedTransfer, wire.ReasonConference, wire.ReasonSupervising, wire.ReasonPickup}

// explained: the reason says what became of the leg.
func (g *gone) explained() bool { return g.obs.Is(explaining...) }

func (g *gone) proof() Proof { return Proof{g.leg.Session, g.obs} }

func (g *gone) names(l *session.Leg) bool {
	return g.peer == l.Session && (g.obs.PeerParty == l.ID || g.obs.PeerParty == "")
}

// pair is one crossing between two sessions: one or both of its Gone legs.
type pair struct{ a, b *gone }

// pairs matches Gone legs that name each other.
func pairs(gs []*gone) []pair {
	var out []pair
	used := make(map[*gone]bool)
	for i, a := range gs {
		if used[a] || a.peer == nil {
			continue
		}
		p := pair{a: a}
		for _, b := range gs[i+1:] {
			if !used[b] && b.peer != nil && a.names(b.leg) && b.names(a.leg) {
				p.b = b
				used[b] = true
				break
			}
		}
		out = append(out, p)
	}
	return out
}

func (p pair) basis() call.Basis {
	if p.b != nil {
		return call.BothEnds
	}
	return call.OneEnd
}

func (p pair) proof() []Proof {
	if p.b != nil {
		return []Proof{p.a.proof(), p.b.proof()}
	}
	return []Proof{p.a.proof()}
}

// at is when both legs were gone: only then can the far ends have met.
func (p pair) at() int64 {
	if p.b != nil {
		return max(p.a.seg.From, p.b.seg.From)
	}
	return p.a.seg.From
}

// grace is how far apart two events of one act may stand.
const grace = 1000

// next finds the callee leg that a leg's departure led to: the lowest number above
// it that began no earlier than that moment (give or take grace). When a party
// number in between was never seen and events are missing, the true one may be it,
// and next says nil.
func next(l *session.Leg, at int64) *session.Leg {
	s := l.Session
	old := l.Number
	for _, c := range s.Legs {
		if c != l && c.Begin() < at-grace {
			old = max(old, c.Number)
		}
	}
	for _, c := range s.Legs {
		if c == l || c.IsCaller() || c.Supervisor || c.Number <= l.Number || c.Begin() < at-grace {
			continue
		}
		if len(s.Missing) > 0 && slices.ContainsFunc(s.Unseen, func(n int) bool { return n > old && n < c.Number }) {
			return nil
		}
		if c.BegunUnseen() {
			return nil // it may have been there before
		}
		return c
	}
	return nil
}

// left returns the segment with which a leg ended for one of the given reasons, nil
// when it did not.
func left(l *session.Leg, reasons ...wire.Reason) *session.Segment {
	if last := l.Last(); last.State == call.StateEnded && last.First.Is(reasons...) {
		return last
	}
	return nil
}

func first(l *session.Leg) Proof { return Proof{l.Session, l.Obs[0]} }
