// Package graph puts a call together: from the observations of its sessions to the
// call.Call that they make, in one pure function.
package graph

import (
	"cmp"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/link"
	"github.com/legworkhq/legwork/recon/internal/people"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/internal/talk"
)

// Rules say how to read the observations. Milliseconds.
type Rules struct {
	// Account: a missing sequence number proves a missing event.
	Account bool
	// Quiet after the last event before an ended call is final; PeerWait for a named
	// peer's session; OpenBound before a call that does not end is given up.
	Quiet, PeerWait, OpenBound int64
}

// Build makes the graph of the sessions in sets, as of the instant at. The sets are
// read, and sorted, but not changed.
func Build(sets []*session.Set, rules Rules, at int64) *call.Call {
	b := &builder{rules: rules, at: at}
	b.read(sets)
	view := link.NewView(b.sessions, rules.Account)
	b.links = link.Find(view)
	b.who = people.Resolve(b.sessions, b.links)
	b.talks = talk.Sweep(b.sessions, b.links, b.who)
	b.assemble()
	call.Sort(&b.out)
	return &b.out
}

type builder struct {
	rules    Rules
	at       int64
	sessions []*session.Session
	links    []*link.Link
	who      *people.Registry
	talks    *talk.Result
	roles    map[*session.Leg][]call.Role
	outcomes map[*session.Leg]call.LegOutcome
	out      call.Call
}

// Earlier compares two sessions by (start, id), an unknown start last.
func Earlier(a, b *session.Set) int {
	x, y := a.Start(), b.Start()
	if (x == 0) != (y == 0) {
		if x == 0 {
			return 1
		}
		return -1
	}
	return cmp.Or(cmp.Compare(x, y), cmp.Compare(a.ID, b.ID))
}

func (b *builder) read(sets []*session.Set) {
	sets = slices.Clone(sets)
	slices.SortFunc(sets, Earlier)
	for i, set := range sets {
		s := session.Read(set, b.rules.Account)
		s.Index = i
		b.sessions = append(b.sessions, s)
	}
	b.tellApart()
}

// tellApart gives the legs of one party id in several sessions, which RingCentral
// says cannot be, ids of their own.
func (b *builder) tellApart() {
	if len(b.sessions) < 2 {
		return
	}
	seen := map[string]bool{}
	for _, s := range b.sessions {
		for _, l := range s.Legs {
			if seen[l.ID] {
				l.ID += "@" + s.ID
			}
			seen[l.ID] = true
		}
	}
}

func (b *builder) assemble() {
	b.assignRoles()
	b.judgeLegs()
	for _, s := range b.sessions {
		b.out.Revision += len(s.Obs)
		b.out.Sessions = append(b.out.Sessions, b.session(s))
		for _, l := range s.Legs {
			b.out.Legs = append(b.out.Legs, b.leg(l))
		}
	}
	b.out.ID = b.out.Sessions[0].ID
	for _, l := range b.links {
		b.out.Links = append(b.out.Links, b.link(l))
	}
	for _, t := range b.talks.Talks {
		b.out.Talks = append(b.out.Talks, talkOf(t))
	}
	for _, p := range b.who.People {
		b.out.Participants = append(b.out.Participants, p.Participant)
	}
	b.summarise()
	b.find()
}

func (b *builder) session(s *session.Session) call.Session {
	out := call.Session{ID: call.SessionID(s.ID), LegacyID: s.LegacyID, Origin: s.Origin, ServerID: s.ServerID,
		StartedAt: call.Time(s.Start()), Observed: s.Observed(), Sequences: sequences(s)}
	for _, l := range s.Legs {
		if !l.Over() {
			out.EndedAt = 0
			return out
		}
		out.EndedAt = max(out.EndedAt, call.Time(l.Last().From))
	}
	return out
}

func sequences(s *session.Session) call.Sequences {
	out := call.Sequences{Missing: s.Missing}
	last := int64(-1)
	for i := range s.Obs {
		seq := s.Obs[i].Seq
		if seq <= 0 || seq == last {
			continue
		}
		if out.Count == 0 {
			out.First = seq
		}
		out.Count++
		last = seq
	}
	out.Last = max(last, 0)
	return out
}

func (b *builder) leg(l *session.Leg) call.Leg {
	out := call.Leg{
		ID: call.LegID(l.ID), Session: call.SessionID(l.Session.ID), Participant: b.who.Of(l).ID, Direction: string(l.Direction),
		From: call.Endpoint(l.From), To: call.Endpoint(l.To), Roles: b.roles[l], States: b.talks.States[l], Outcome: b.outcomes[l],
		Peer: peerOf(l), Recordings: recordings(l), WaitMs: b.talks.Wait[l],
	}
	if last := l.Last(); l.Over() && last.First != nil {
		out.End = &call.End{Code: last.First.CodeName(), Reason: last.First.ReasonName(), At: call.Time(last.From)}
	}
	for _, s := range out.States {
		if s.Uncertain || s.To == 0 {
			continue
		}
		switch ms := int64(s.To - s.From); s.State {
		case call.StateRinging:
			out.RingMs += ms
		case call.StateHolding:
			out.HoldMs += ms
		case call.StateHeld:
			out.HeldMs += ms
		}
	}
	for _, t := range b.talks.Talks {
		if t.Uncertain || t.To == session.Forever || !t.Both() {
			continue
		}
		for _, m := range t.Members {
			if m.Leg == l && m.Mode == call.TwoWay {
				out.TalkMs += t.To - t.From
			}
		}
	}
	return out
}

// peerOf is the peer of the leg's latest Gone that names one.
func peerOf(l *session.Leg) *call.Peer {
	for i := len(l.Obs) - 1; i >= 0; i-- {
		if o := l.Obs[i]; o.PeerSession != "" && o.PeerSession != l.Session.ID {
			return &call.Peer{Session: call.SessionID(o.PeerSession), Leg: call.LegID(o.PeerParty)}
		}
	}
	return nil
}

func recordings(l *session.Leg) []call.Recording {
	var out []call.Recording
	for _, o := range l.Obs {
		for _, id := range o.Recordings {
			if !slices.ContainsFunc(out, func(r call.Recording) bool { return r.ID == id }) {
				out = append(out, call.Recording{ID: id, At: call.Time(l.Time(o))})
			}
		}
	}
	return out
}

func (b *builder) link(l *link.Link) call.Link {
	out := call.Link{Kind: l.Kind, At: call.Time(l.At), Reason: l.Reason, Basis: l.Basis, Rule: l.Rule, Roles: b.castOf(l)}
	if l.From != nil {
		out.From = call.LegID(l.From.ID)
	}
	if l.To != nil {
		out.To = call.LegID(l.To.ID)
	}
	if l.ToSession != nil {
		out.ToSession = call.SessionID(l.ToSession.ID)
	}
	for _, p := range l.Proof {
		out.Evidence = append(out.Evidence, evidence(p.Session, p.Obs))
	}
	return out
}

func (b *builder) castOf(l *link.Link) call.Roles {
	out := call.Roles{}
	for _, p := range b.talks.Parts[l] {
		if !slices.Contains(out[p.Role], p.Person.ID) {
			out[p.Role] = append(out[p.Role], p.Person.ID)
		}
	}
	for _, ids := range out {
		slices.SortFunc(ids, func(x, y call.ParticipantID) int { return cmp.Compare(b.rank(x), b.rank(y)) })
	}
	return out
}

func (b *builder) rank(id call.ParticipantID) int {
	return slices.IndexFunc(b.who.People, func(p *people.Person) bool { return p.ID == id })
}

func evidence(s *session.Session, o *session.Observation) call.Evidence {
	return call.Evidence{Session: call.SessionID(s.ID), Sequence: o.Seq, UUID: o.UUID()}
}

func talkOf(t *talk.Talk) call.Talk {
	out := call.Talk{From: call.Time(t.From), Inferred: t.Inferred(), Uncertain: t.Uncertain}
	if t.To != session.Forever {
		out.To = call.Time(t.To)
	}
	out.Members = make([]call.Member, 0, len(t.Members))
	for _, m := range t.Members {
		cm := call.Member{Participant: m.Person.ID, Mode: m.Mode}
		if m.Leg != nil {
			cm.Leg = call.LegID(m.Leg.ID)
		}
		out.Members = append(out.Members, cm)
	}
	return out
}
