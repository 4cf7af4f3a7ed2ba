package oracle

import (
	"maps"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
)

// Canonical returns a copy of a call without what Exact does not compare: revision,
// status, who hung up and findings, and of legs, links and talks whatever speaks of
// what arrived. The copy is sorted: two calls are exactly equal if, and only if, their
// copies are written as the same bytes.
func Canonical(c *call.Call) *call.Call {
	out := *c
	out.Revision, out.Status, out.EndedBy, out.Findings = 0, "", nil, nil
	out.Sessions = slices.Clone(c.Sessions)
	for i := range out.Sessions {
		out.Sessions[i].Sequences.Missing = slices.Clone(c.Sessions[i].Sequences.Missing)
	}
	out.Participants = slices.Clone(c.Participants)
	for i := range out.Participants {
		out.Participants[i].Numbers = slices.Clone(c.Participants[i].Numbers)
	}
	out.Legs = slices.Clone(c.Legs)
	for i := range out.Legs {
		l := &out.Legs[i]
		l.Roles, l.States, l.Recordings = slices.Clone(l.Roles), slices.Clone(l.States), slices.Clone(l.Recordings)
		for j := range l.States {
			l.States[j].Uncertain = false
		}
	}
	out.Links = slices.Clone(c.Links)
	for i := range out.Links {
		k := &out.Links[i]
		k.Basis, k.Rule, k.Evidence = "", "", nil
		k.Roles = maps.Clone(k.Roles)
		for r := range k.Roles {
			k.Roles[r] = slices.Clone(k.Roles[r])
		}
	}
	out.Talks = slices.Clone(c.Talks)
	for i := range out.Talks {
		t := &out.Talks[i]
		t.Inferred, t.Uncertain = false, false
		t.Members = slices.Clone(t.Members)
	}
	call.Sort(&out)
	return &out
}

// equal compares what Exact compares, without a copy. It may say no of equal calls
// whose parts stand in another order, never yes of different ones.
func equal(a, b *call.Call) bool {
	return a.ID == b.ID && a.Direction == b.Direction && a.StartedAt == b.StartedAt && a.AnsweredAt == b.AnsweredAt &&
		a.EndedAt == b.EndedAt && a.Outcome == b.Outcome &&
		slices.EqualFunc(a.Sessions, b.Sessions, equalSessions) && slices.EqualFunc(a.Participants, b.Participants, equalPeople) &&
		slices.EqualFunc(a.Legs, b.Legs, equalLegs) && slices.EqualFunc(a.Links, b.Links, equalLinks) && slices.EqualFunc(a.Talks, b.Talks, equalTalks)
}

func equalSessions(a, b call.Session) bool {
	return a.ID == b.ID && a.LegacyID == b.LegacyID && a.Origin == b.Origin && a.ServerID == b.ServerID && a.StartedAt == b.StartedAt &&
		a.EndedAt == b.EndedAt && a.Observed == b.Observed && a.Sequences.First == b.Sequences.First && a.Sequences.Last == b.Sequences.Last &&
		a.Sequences.Count == b.Sequences.Count && slices.Equal(a.Sequences.Missing, b.Sequences.Missing)
}

func equalPeople(a, b call.Participant) bool {
	return a.ID == b.ID && a.Kind == b.Kind && a.ExtensionID == b.ExtensionID && a.Name == b.Name && a.Observed == b.Observed &&
		slices.Equal(a.Numbers, b.Numbers)
}

func equalLegs(a, b call.Leg) bool {
	return a.ID == b.ID && a.Session == b.Session && a.Participant == b.Participant && a.Direction == b.Direction && a.From == b.From && a.To == b.To &&
		a.Outcome == b.Outcome && a.RingMs == b.RingMs && a.TalkMs == b.TalkMs && a.HoldMs == b.HoldMs && a.HeldMs == b.HeldMs && a.WaitMs == b.WaitMs &&
		same(a.End, b.End) && same(a.Peer, b.Peer) && slices.Equal(a.Roles, b.Roles) && slices.Equal(a.Recordings, b.Recordings) &&
		slices.EqualFunc(a.States, b.States, func(x, y call.State) bool { return x.State == y.State && x.From == y.From && x.To == y.To })
}

func same[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func equalLinks(a, b call.Link) bool {
	return a.Kind == b.Kind && a.From == b.From && a.To == b.To && a.ToSession == b.ToSession && a.At == b.At && a.Reason == b.Reason &&
		maps.EqualFunc(a.Roles, b.Roles, slices.Equal[[]call.ParticipantID])
}

func equalTalks(a, b call.Talk) bool {
	return a.From == b.From && a.To == b.To && slices.Equal(a.Members, b.Members)
}
