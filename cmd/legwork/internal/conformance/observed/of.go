package observed

import (
	"slices"

	"github.com/legworkhq/legwork/recon/call"
)

// Of tells call graphs as Observed Calls: the truth of a case, or what a receiver that
// embeds the engine has concluded. What a graph does not know, or is not certain of, is
// left out.
func Of(calls []*call.Call) []Call { return of(calls, nil) }

// OfPeople is Of where more is known of people than the calls show: also lists the names
// and numbers of participants, first the number that they are known by, then the name.
func OfPeople(calls []*call.Call, also map[call.ParticipantID][]string) []Call {
	return of(calls, also)
}

func of(calls []*call.Call, also map[call.ParticipantID][]string) []Call {
	out := make([]Call, 0, len(calls))
	for _, c := range calls {
		out = append(out, know(c, also).tellCall())
	}
	return out
}

func (k *known) tellCall() Call {
	out := Call{
		Answered: k.answered(), Ended: ref(k.EndedAt != 0),
		StartedAt: k.StartedAt.Std(), AnsweredAt: k.AnsweredAt.Std(), EndedAt: k.EndedAt.Std(),
		Participants: k.spellAll(k.people), OnTheLine: k.spellAll(k.onTheLine),
		Links: []Link{}, Legs: []Leg{},
	}
	for _, s := range k.Sessions {
		out.Sessions = append(out.Sessions, string(s.ID))
	}
	if k.Direction != call.UnknownDirection {
		out.Direction = string(k.Direction)
	}
	if k.Outcome != call.UnknownOutcome && !k.maybeParked() {
		out.Outcome = string(k.Outcome)
	}
	if k.doubtful && k.EndedAt == 0 {
		out.Ended, out.OnTheLine = nil, nil // the end of a leg may be what is missing
	}
	if !k.doubtful {
		if len(k.closers) > 0 {
			out.EndedBy = k.person(k.closers[0])
		}
		out.TalkMs, out.HoldMs = ref(k.talkMs()), ref(k.holdMs)
		out.Talkers = k.spellAll(k.talkers)
		if len(k.answerers) > 0 {
			out.AnsweredBy = k.person(k.answerers[0])
		}
		out.Talks = k.tellTalks()
	}
	for i := range k.Legs {
		out.Legs = append(out.Legs, k.tellLeg(&k.Legs[i]))
	}
	for i := range k.Links {
		out.Links = append(out.Links, k.tellLink(&k.Links[i]))
	}
	return out
}

// maybeParked: the call was answered, and parked last; where events are missing it cannot
// be said whether somebody retrieved it.
func (k *known) maybeParked() bool {
	parked := false
	for _, l := range k.Call.Links {
		switch l.Kind {
		case call.Park:
			parked = true
		case call.Pickup:
			parked = false
		}
	}
	return parked && k.doubtful
}

func (k *known) tellTalks() []Talk {
	out := []Talk{}
	for _, t := range k.talks {
		o := Talk{Members: k.spellAll(t.members), From: t.from.Std(), To: t.to.Std()}
		if t.to != 0 {
			o.Ms = ref(t.ms())
		}
		out = append(out, o)
	}
	return out
}

func ref[T any](v T) *T { return &v }

func (k *known) tellLeg(l *call.Leg) Leg {
	out := Leg{Party: string(l.ID), Person: k.person(l.Participant), Answered: took(l)}
	if !k.doubtful {
		if l.Outcome != call.LegUnknown {
			out.Result = string(l.Outcome)
		}
		out.RingMs, out.TalkMs, out.HoldMs, out.HeldMs = ref(l.RingMs), ref(l.TalkMs), ref(l.HoldMs), ref(l.HeldMs)
	}
	return out
}

// person names somebody in the way that is easiest to read back: by number, else by
// name, else by whatever there is.
func (k *known) person(id call.ParticipantID) Person {
	if also := k.also[id]; len(also) > 0 {
		return Person(also[0])
	}
	for _, p := range k.Call.Participants {
		if p.ID != id {
			continue
		}
		for _, s := range append(slices.Clone(p.Numbers), p.ExtensionID, p.Name) {
			if s != "" {
				return Person(s)
			}
		}
	}
	for _, l := range k.Call.Legs {
		if l.Participant == id {
			return Person(l.ID)
		}
	}
	return Person(id)
}

func (k *known) spellAll(ids []call.ParticipantID) []Person {
	out := make([]Person, len(ids))
	for i, id := range ids {
		out[i] = k.person(id)
	}
	return out
}

// part is one role of a link, and where a Link says who plays it.
type part struct {
	name string
	role call.Role
	of   func(*Link) *Person
}

// parts lists the roles that one person plays; the conferees are several.
var parts = []part{
	{"target", call.TransferTarget, func(l *Link) *Person { return &l.Target }},
	{"target", call.Target, func(l *Link) *Person { return &l.Target }},
	{"transferor", call.Transferor, func(l *Link) *Person { return &l.Transferor }},
	{"transferee", call.Transferee, func(l *Link) *Person { return &l.Transferee }},
	{"supervisor", call.Supervisor, func(l *Link) *Person { return &l.Supervisor }},
	{"agent", call.Agent, func(l *Link) *Person { return &l.Agent }},
	{"queue", call.Queue, func(l *Link) *Person { return &l.Queue }},
	{"parker", call.Parker, func(l *Link) *Person { return &l.Parker }},
	{"parked", call.ParkedParty, func(l *Link) *Person { return &l.Parked }},
	{"retriever", call.Retriever, func(l *Link) *Person { return &l.Retriever }},
	{"initiator", call.Initiator, func(l *Link) *Person { return &l.Initiator }},
	{"mover", call.Mover, func(l *Link) *Person { return &l.Mover }},
	{"host", call.Host, func(l *Link) *Person { return &l.Host }},
}

func (k *known) tellLink(l *call.Link) Link {
	out := Link{Kind: string(l.Kind), At: l.At.Std()}
	for _, p := range parts {
		if who := l.Roles[p.role]; len(who) > 0 && *p.of(&out) == "" {
			*p.of(&out) = k.person(who[0])
		}
	}
	if who := l.Roles[call.Conferee]; len(who) > 0 {
		out.Conferees = k.spellAll(who)
	}
	return out
}
