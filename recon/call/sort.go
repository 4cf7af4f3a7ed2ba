package call

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Sort puts a graph into canonical order, in place: sessions by beginning, legs by
// session and party number, participants by first leg, links and talks by time,
// findings by kind. Nil slices become empty ones. Equal graphs are then equal field
// by field.
func Sort(c *Call) {
	var o order
	slices.SortFunc(c.Sessions, func(a, b Session) int {
		return cmp.Or(compareTime(a.StartedAt, b.StartedAt), cmp.Compare(a.ID, b.ID))
	})
	o.sessions(c)
	slices.SortFunc(c.Legs, func(a, b Leg) int {
		return cmp.Or(cmp.Compare(o.session(a.Session), o.session(b.Session)), cmp.Compare(partyNumber(a.ID), partyNumber(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	o.legs(c)
	slices.SortFunc(c.Participants, func(a, b Participant) int {
		return cmp.Or(cmp.Compare(o.firstLeg(a.ID), o.firstLeg(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	o.participants(c)
	for i := range c.Sessions {
		c.Sessions[i].Sequences.Missing = full(c.Sessions[i].Sequences.Missing)
	}
	for i := range c.Participants {
		c.Participants[i].Numbers = full(c.Participants[i].Numbers)
	}
	for i := range c.Legs {
		l := &c.Legs[i]
		slices.SortFunc(l.Roles, compareRoles)
		l.Roles = full(slices.Compact(l.Roles))
		l.States, l.Recordings = full(l.States), full(l.Recordings)
	}
	for i := range c.Links {
		o.link(&c.Links[i])
	}
	slices.SortStableFunc(c.Links, compareLinks)
	for i := range c.Talks {
		slices.SortFunc(c.Talks[i].Members, o.compareMembers)
		c.Talks[i].Members = full(c.Talks[i].Members)
	}
	slices.SortStableFunc(c.Talks, o.compareTalks)
	for i := range c.Findings {
		c.Findings[i].Evidence = o.evidence(c.Findings[i].Evidence)
	}
	slices.SortStableFunc(c.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(slices.Index(findingOrder, a.Kind), slices.Index(findingOrder, b.Kind)), cmp.Compare(a.About, b.About), cmp.Compare(a.Detail, b.Detail))
	})
	c.Sessions, c.Participants, c.Legs = full(c.Sessions), full(c.Participants), full(c.Legs)
	c.Links, c.Talks, c.Findings = full(c.Links), full(c.Talks), full(c.Findings)
}

var (
	roleOrder = []Role{Caller, Callee, Router, Queue, Agent, Transferor, Transferee, TransferTarget, Supervisor, Host, Conferee,
		Parker, ParkedParty, Retriever, Initiator, Target, Mover}
	kindOrder    = LinkKinds()
	findingOrder = FindingKinds()
)

// AllRoles lists every role, in the order of their declaration.
func AllRoles() []Role { return slices.Clone(roleOrder) }

// order knows where sessions, legs and participants stand. Graphs are small: looking
// through a slice beats a map until they are not.
type order struct {
	sessionIDs []SessionID
	legIDs     []LegID
	legOwners  []ParticipantID
	people     []ParticipantID
	legAt      map[LegID]int // of graphs with many legs
	ownerAt    map[ParticipantID]int
	personAt   map[ParticipantID]int
}

const manyLegs = 24

func (o *order) sessions(c *Call) {
	o.sessionIDs = make([]SessionID, len(c.Sessions))
	for i := range c.Sessions {
		o.sessionIDs[i] = c.Sessions[i].ID
	}
}

func (o *order) legs(c *Call) {
	o.legIDs, o.legOwners = make([]LegID, len(c.Legs)), make([]ParticipantID, len(c.Legs))
	for i := range c.Legs {
		o.legIDs[i], o.legOwners[i] = c.Legs[i].ID, c.Legs[i].Participant
	}
	if len(c.Legs) > manyLegs {
		o.legAt, o.ownerAt = positions(o.legIDs), positions(o.legOwners)
	}
}

func (o *order) participants(c *Call) {
	o.people = make([]ParticipantID, len(c.Participants))
	for i := range c.Participants {
		o.people[i] = c.Participants[i].ID
	}
	if len(o.people) > manyLegs {
		o.personAt = positions(o.people)
	}
}

// positions maps each id to its first position.
func positions[ID comparable](ids []ID) map[ID]int {
	at := make(map[ID]int, len(ids))
	for i := len(ids) - 1; i >= 0; i-- {
		at[ids[i]] = i
	}
	return at
}

// find returns an id's position, or one after all when it has none.
func find[ID comparable](ids []ID, at map[ID]int, id ID) int {
	i, ok := -1, false
	if at != nil {
		i, ok = at[id]
	} else if i = slices.Index(ids, id); i >= 0 {
		ok = true
	}
	if !ok {
		return len(ids)
	}
	return i
}

func (o *order) session(id SessionID) int      { return find(o.sessionIDs, nil, id) }
func (o *order) leg(id LegID) int              { return find(o.legIDs, o.legAt, id) }
func (o *order) firstLeg(id ParticipantID) int { return find(o.legOwners, o.ownerAt, id) }
func (o *order) person(id ParticipantID) int   { return find(o.people, o.personAt, id) }

func (o *order) link(l *Link) {
	for role, ids := range l.Roles {
		slices.SortFunc(ids, func(a, b ParticipantID) int {
			return cmp.Or(cmp.Compare(o.person(a), o.person(b)), cmp.Compare(a, b))
		})
		l.Roles[role] = slices.Compact(ids)
	}
	if l.Roles == nil {
		l.Roles = Roles{}
	}
	l.Evidence = o.evidence(l.Evidence)
}

func (o *order) evidence(ev []Evidence) []Evidence {
	slices.SortFunc(ev, func(a, b Evidence) int {
		return cmp.Or(cmp.Compare(o.session(a.Session), o.session(b.Session)), cmp.Compare(a.Session, b.Session),
			cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(a.UUID, b.UUID))
	})
	return full(slices.Compact(ev))
}

func (o *order) compareMembers(a, b Member) int {
	return cmp.Or(cmp.Compare(o.leg(a.Leg), o.leg(b.Leg)), cmp.Compare(o.person(a.Participant), o.person(b.Participant)),
		cmp.Compare(a.Participant, b.Participant), cmp.Compare(a.Leg, b.Leg), cmp.Compare(a.Mode, b.Mode))
}

func (o *order) compareTalks(a, b Talk) int {
	return cmp.Or(cmp.Compare(a.From, b.From), compareTime(a.To, b.To), slices.CompareFunc(a.Members, b.Members, o.compareMembers))
}

func compareLinks(a, b Link) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(slices.Index(kindOrder, a.Kind), slices.Index(kindOrder, b.Kind)),
		cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.ToSession, b.ToSession))
}

func compareRoles(a, b Role) int {
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
}

func rank(r Role) int {
	if i := slices.Index(roleOrder, r); i >= 0 {
		return i
	}
	return len(roleOrder)
}

// strangeRoles lists the roles of a map that this package does not know.
func strangeRoles(roles Roles) []Role {
	var out []Role
	for r := range roles {
		if rank(r) == len(roleOrder) {
			out = append(out, r)
		}
	}
	slices.Sort(out)
	return out
}

// compareTime puts the zero Time, unknown or not yet, last.
func compareTime(a, b Time) int {
	if (a == 0) != (b == 0) {
		if a == 0 {
			return 1
		}
		return -1
	}
	return cmp.Compare(a, b)
}

// partyNumber is N of "...-N", zero when there is none.
func partyNumber(id LegID) int {
	cut := strings.LastIndexByte(string(id), '-')
	if cut < 0 {
		return 0
	}
	n, err := strconv.Atoi(string(id[cut+1:]))
	if err != nil {
		return 0
	}
	return n
}

func full[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
