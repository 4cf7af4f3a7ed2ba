package pbx

import (
	"cmp"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// link is what somebody did that tied legs together.
type link struct {
	kind      call.LinkKind
	from, to  *party
	toSession *session
	at        int64
	reason    wire.Reason
	roles     []cast
}

type cast struct {
	role call.Role
	leg  *party
}

// link notes that something tied legs together.
func (s *Switch) link(l link) *link {
	k := s.pools.links.get()
	l.roles = k.roles[:0]
	*k = l
	s.links = append(s.links, k)
	return k
}

// plays gives people parts in a link, and their legs the role.
func (k *link) plays(role call.Role, legs ...*party) {
	for _, p := range legs {
		k.roles = append(k.roles, cast{role, p})
		if onLegs(role) && !p.unseen {
			p.role(role)
		}
	}
}

// onLegs: being waited for, dialled or moved is no part that a leg plays.
func onLegs(r call.Role) bool {
	return !slices.Contains([]call.Role{call.Target, call.Initiator, call.Mover, call.ParkedParty, call.Callee}, r)
}

func (p *party) role(r call.Role) {
	if !slices.Contains(p.roles, r) {
		p.roles = append(p.roles, r)
	}
}

// Calls returns the true calls so far: what an engine should conclude that got every
// notification. Fields that speak of what arrived (revision, status, basis, rule,
// evidence, uncertain, inferred, endedBy, findings) are empty.
func (s *Switch) Calls() []*call.Call {
	if s.changed {
		s.settle()
	}
	var out []*call.Call
	for _, t := range s.sessions {
		if t.group == t.index && s.anything(t) {
			out = append(out, s.call(t.group))
		}
	}
	slices.SortFunc(out, func(a, b *call.Call) int {
		return cmp.Or(cmp.Compare(a.StartedAt, b.StartedAt), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// anything: at least one notification was sent for the call.
func (s *Switch) anything(of *session) bool {
	return slices.ContainsFunc(s.sessions, func(t *session) bool { return t.group == of.group && t.count > 0 })
}

// answer is a call in the making.
type answer struct {
	*Switch
	sessions []*session // in order of their beginning
	out      *call.Call
	owned    []claim
}

func (s *Switch) call(group int) *call.Call {
	a := &answer{Switch: s, out: &call.Call{}}
	for _, t := range s.sessions {
		if t.group == group && t.count > 0 {
			a.sessions = append(a.sessions, t)
		}
	}
	slices.SortFunc(a.sessions, func(x, y *session) int {
		return cmp.Or(cmp.Compare(s.start_(x), s.start_(y)), cmp.Compare(x.id, y.id))
	})
	a.judge()
	a.room()
	for _, t := range a.sessions {
		a.out.Sessions = append(a.out.Sessions, a.session(t))
		for _, p := range t.parties {
			if !p.unseen {
				a.out.Legs = append(a.out.Legs, a.leg(p))
			}
		}
	}
	a.participants()
	a.linked()
	a.talked()
	a.summary()
	call.Sort(a.out)
	return a.out
}

// room makes room for what is going to be written.
func (a *answer) room() {
	legs := 0
	for _, t := range a.sessions {
		legs += len(t.parties)
	}
	a.out.Sessions = make([]call.Session, 0, len(a.sessions))
	a.out.Legs = make([]call.Leg, 0, legs)
	a.out.Participants = make([]call.Participant, 0, min(legs+1, len(a.Switch.people)))
	if n := len(a.Switch.links); n > 0 {
		a.out.Links = make([]call.Link, 0, n)
	}
	if n := len(a.Switch.talks); n > 0 {
		a.out.Talks = make([]call.Talk, 0, n)
	}
}

// start_ is when a session began, as its id or its first notification says.
func (s *Switch) start_(t *session) int64 {
	if s.ids == wire.Grammar2022 {
		return t.created
	}
	return t.began
}

func (a *answer) session(t *session) call.Session {
	out := call.Session{ID: call.SessionID(t.id), LegacyID: t.legacy, Origin: string(t.origin), ServerID: t.server,
		StartedAt: call.Time(a.start_(t)), Observed: true,
		Sequences: call.Sequences{First: t.first, Last: t.last, Count: t.count}}
	for _, g := range t.gaps {
		n := len(out.Sequences.Missing)
		switch {
		case g.From > t.last:
		case n > 0 && out.Sequences.Missing[n-1].To+1 == g.From:
			out.Sequences.Missing[n-1].To = min(g.To, t.last)
		default:
			out.Sequences.Missing = append(out.Sequences.Missing, call.Range{From: g.From, To: min(g.To, t.last)})
		}
	}
	for _, p := range t.parties {
		if p.unseen {
			continue
		}
		if p.alive() {
			out.EndedAt = 0
			return out
		}
		out.EndedAt = max(out.EndedAt, p.end.At)
	}
	return out
}

func (a *answer) leg(p *party) call.Leg {
	out := call.Leg{ID: call.LegID(p.id), Session: call.SessionID(p.in.id), Participant: p.who.id, Direction: string(p.direction),
		From: p.fromShown, To: p.toShown, States: slices.Clone(p.states), Peer: p.peer, Outcome: p.fell,
		TalkMs: p.talkMs, WaitMs: p.waitMs, Recordings: slices.Clone(p.records)}
	if !p.alive() {
		end := *p.end
		out.End = &end
	}
	out.Roles = slices.Clone(p.roles)
	switch {
	case p.supervises != nil || p.proxy:
	case p.isCaller() || p.calls:
		out.Roles = append(out.Roles, call.Caller)
	default:
		out.Roles = append(out.Roles, call.Callee)
	}
	for _, st := range p.states {
		if st.To == 0 {
			continue
		}
		switch ms := int64(st.To - st.From); st.State {
		case call.StateRinging:
			out.RingMs += ms
		case call.StateHolding:
			out.HoldMs += ms
		case call.StateHeld:
			out.HeldMs += ms
		}
	}
	return out
}

// claim says whose number it is that a session shows.
type claim struct {
	in     *session
	number string
	who    *person
}

// participants lists who took part, and the numbers and names that were shown of
// them, in the order of the sessions and legs.
func (a *answer) participants() {
	for _, p := range a.Switch.people {
		p.entry = 0
	}
	get := a.entry
	for _, t := range a.sessions {
		for _, p := range t.parties {
			if !p.unseen {
				get(p.who).Observed = true
			}
		}
	}
	for _, t := range a.sessions {
		for _, p := range t.parties {
			if p.unseen || p.queueCall || t.origin == wire.OriginConference {
				continue
			}
			own, whose, owner := &p.toShown, p.numberOwner(), p.toOwner
			if p.direction == wire.Outbound {
				own, whose, owner = &p.fromShown, p.fromOwner, p.fromOwner
			}
			if whose.listed() {
				a.show(t, whose, own.Number, get)
			}
			if owner == p.who {
				name(get(owner), own.Name)
			}
		}
		for _, p := range t.parties {
			if p.unseen {
				continue
			}
			if o := p.fromOwner; o.listed() {
				a.show(t, o, p.fromShown.Number, get)
				if p.queueCall {
					name(get(o), a.toAgent(p))
				} else {
					name(get(o), p.fromShown.Name)
				}
			}
			if o := p.numberOwner(); o.listed() {
				a.show(t, o, p.toShown.Number, get)
			}
			if o := p.toOwner; o.listed() {
				name(get(o), p.toShown.Name)
			}
		}
	}
	for _, t := range a.sessions {
		a.named(t, get)
	}
}

// entry is somebody's place among the participants.
func (a *answer) entry(p *person) *call.Participant {
	if p.entry == 0 {
		out := call.Participant{ID: p.id, Kind: p.kind}
		if p.ext != nil {
			out.ExtensionID = p.ext.ID
		}
		a.out.Participants = append(a.out.Participants, out)
		p.entry = len(a.out.Participants)
	}
	return &a.out.Participants[p.entry-1]
}

// listed: the person is among the participants.
func (p *person) listed() bool { return p != nil && p.entry > 0 }

// named adds whom a session's only leg called in vain: nobody there got a leg, and
// the number is all there is.
func (a *answer) named(t *session, get func(*person) *call.Participant) {
	var only *party
	for _, p := range t.parties {
		if p.unseen {
			continue
		}
		if only != nil {
			return
		}
		only = p
	}
	if only == nil || !only.isCaller() || t.origin == wire.OriginConference || t.mirror {
		return
	}
	far, shown := only.toOwner, only.toShown
	if only.direction == wire.Inbound {
		far, shown = only.fromOwner, only.fromShown
	}
	if far == nil {
		return
	}
	p := get(far)
	number(p, shown.Number)
	name(p, shown.Name)
}

func (p *party) numberOwner() *person {
	if p.toNumber != nil {
		return p.toNumber
	}
	return p.toOwner
}

// show credits a number to whoever a session first shows it of.
func (a *answer) show(t *session, who *person, n string, get func(*person) *call.Participant) {
	if n == "" || n == Anonymous || star(n) || n == conferenceWord {
		return
	}
	for _, c := range a.owned {
		if c.in == t && c.number == n {
			if c.who == who {
				number(get(who), n)
			}
			return
		}
	}
	a.owned = append(a.owned, claim{t, n, who})
	number(get(who), n)
}

func number(p *call.Participant, n string) {
	if n != "" && n != Anonymous && !slices.Contains(p.Numbers, n) {
		p.Numbers = append(p.Numbers, n)
	}
}

func name(p *call.Participant, n string) { p.Name = cmp.Or(p.Name, n) }

func (a *answer) linked() {
	for _, k := range a.Switch.links {
		if k.group() != a.sessions[0].group {
			continue
		}
		l := call.Link{Kind: k.kind, At: call.Time(k.at), Reason: string(k.reason), Roles: call.Roles{}}
		if k.from != nil {
			l.From = call.LegID(k.from.id)
		}
		if k.to != nil && !k.to.unseen {
			l.To = call.LegID(k.to.id)
		}
		if k.toSession != nil {
			l.ToSession = call.SessionID(k.toSession.id)
		}
		for _, c := range k.roles {
			if who := c.leg.who.id; !slices.Contains(l.Roles[c.role], who) {
				l.Roles[c.role] = append(l.Roles[c.role], who)
			}
		}
		a.out.Links = append(a.out.Links, l)
	}
}

func (k *link) group() int {
	if k.from != nil {
		return k.from.in.group
	}
	return k.to.in.group
}

func (a *answer) talked() {
	for _, k := range a.Switch.talks {
		if k.members[0].leg.in.group != a.sessions[0].group || k.to == k.from {
			continue
		}
		t := call.Talk{From: call.Time(k.from), To: call.Time(k.to)}
		for _, m := range k.members {
			cm := call.Member{Participant: m.leg.who.id, Mode: m.mode}
			if !m.leg.unseen {
				cm.Leg = call.LegID(m.leg.id)
			}
			t.Members = append(t.Members, cm)
		}
		a.out.Talks = append(a.out.Talks, t)
	}
}
