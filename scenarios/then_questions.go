package scenarios

import (
	"slices"

	"github.com/legworkhq/legwork/recon/call"
)

// ofQuestions answers what integrators ask.
var ofQuestions = []Sentence{
	ofCall(Sentence{Form: "the original of {call} is {person} to {person}", Example: "the original of the call is Ruth Calloway to 104",
		Meaning: "Who called whom in the first place, before anything was transferred, merged or parked: the first two parties of the call's first session."},
		func(v *View, c *call.Call, a args) error {
			from, to := v.original(c)
			return unless(v.dir.spell(a.person(1)) == from && v.dir.spell(a.person(2)) == to, "it is %s to %s", from, to)
		},
		func(v *View, c *call.Call) string {
			from, to := v.original(c)
			if from == "" || to == "" {
				return ""
			}
			return "the original of " + v.name(c) + " is " + from + " to " + to
		}),
	transferred("after the transfer the new numbers are {people}", "after the transfer the new numbers are 106",
		"Everybody in the call who was not in its first session before the first transfer or forwarding. Menus and queues do not count.",
		func(v *View, old, all []string) (out []string) {
			for _, who := range all {
				if !slices.Contains(old, who) {
					out = append(out, who)
				}
			}
			return out
		}),
	transferred("after the transfer the known numbers are {people}", "after the transfer the known numbers are Ruth Calloway and 104",
		"Everybody who was in the call's first session before the first transfer or forwarding.",
		func(_ *View, old, _ []string) []string { return old }),
	{
		Keyword: "Then", Form: "no Gone makes a new leg", Example: "no Gone makes a new leg", told: true,
		Meaning: "Every leg is a party that RingCentral told of before it was Gone, and there are no others.",
		holds:   func(v *View, _ args) error { return v.legsAreParties() },
		tells:   func(*View) []string { return nil },
	},
	{
		Keyword: "Then", Form: "{person} is told of one session", Example: "104 is told of one session", told: true,
		Meaning: "A subscription to this extension alone brings notifications of so many sessions.",
		holds:   func(v *View, a args) error { return v.toldOf(a.person(0), 1) },
		tells:   func(*View) []string { return nil },
	},
	{
		Keyword: "Then", Form: "{person} is told of {count} sessions", Example: "106 is told of two sessions", told: true,
		Meaning: "A subscription to this extension alone brings notifications of so many sessions.",
		holds:   func(v *View, a args) error { return v.toldOf(a.person(0), a.count(1)) },
		tells:   func(*View) []string { return nil },
	},
	{
		Keyword: "Then", Form: "as {person} sees it, {statement}", Example: "as 106 sees it, there is one call", told: true,
		Meaning: "What follows from the notifications of a subscription to this extension alone, which brings nothing of the other parties.",
		holds: func(v *View, a args) error {
			if v.own == nil {
				return nil
			}
			own, err := v.own(a.person(0))
			if err != nil {
				return err
			}
			return a.values[1].(claim).holds(own)
		},
		tells: func(*View) []string { return nil },
	},
}

// original finds who called whom in a call's first session.
func (v *View) original(c *call.Call) (from, to string) {
	for i := range c.Legs {
		l := &c.Legs[i]
		switch {
		case l.Session != c.ID:
		case l.Direction == "Outbound" && from == "":
			from = v.dir.label(c, l.Participant)
		case l.Direction == "Inbound" && to == "":
			to = v.dir.label(c, l.Participant)
		}
	}
	return from, to
}

// transferred makes a statement about the people of a call that was transferred: who
// was there before, and who is in the call at all.
func transferred(form, example, meaning string, of func(v *View, old, all []string) []string) Sentence {
	s := Sentence{Keyword: "Then", Form: form, Example: example, Meaning: meaning}
	have := func(v *View) ([]string, error) {
		for c, l := range v.links(call.TransferAttended, call.TransferBlind, call.Forward) {
			return of(v, v.before(c, l), v.took(c)), nil
		}
		return nil, wrong("nothing was transferred")
	}
	s.holds = func(v *View, a args) error {
		people, err := have(v)
		if err != nil {
			return err
		}
		return unless(same(people, v.names(a.people(0))), "they are %s", list(people))
	}
	s.tells = func(v *View) []string {
		people, err := have(v)
		if err != nil || len(people) == 0 {
			return nil
		}
		return []string{s.fill(list(people))}
	}
	return s
}

// before lists who had a leg in a call's first session before it was transferred,
// services apart. The target's leg may begin a moment before the transferor's ends.
func (v *View) before(c *call.Call, k *call.Link) (out []string) {
	for i := range c.Legs {
		l := &c.Legs[i]
		who := v.dir.label(c, l.Participant)
		if l.Session == c.ID && len(l.States) > 0 && l.States[0].From < k.At && l.ID != k.To && !v.dir.isService(c, l.Participant) && !slices.Contains(out, who) {
			out = append(out, who)
		}
	}
	return out
}

// legsAreParties reports whether the legs are the parties that were told of.
func (v *View) legsAreParties() error {
	parties, gone := map[string]bool{}, 0
	for i := range v.Sent {
		for _, p := range v.Sent[i].Body.Parties {
			if p.Status.Code.Kind() == goneKind {
				gone++
				if !parties[p.ID] {
					return wrong("a party is Gone of which nothing was told before")
				}
			}
			parties[p.ID] = true
		}
	}
	legs := 0
	for _, c := range v.Calls {
		for i := range c.Legs {
			if legs++; !parties[string(c.Legs[i].ID)] {
				return wrong("%s has a leg that is no party", v.dir.label(c, c.Legs[i].Participant))
			}
		}
	}
	if gone == 0 {
		return wrong("nobody is Gone")
	}
	return unless(legs == len(parties), "there are %s of %d parties", count(legs, "leg"), len(parties))
}

// toldOf reports whether an extension's own notifications are of so many sessions.
func (v *View) toldOf(who person, want int) error {
	if who.ext == nil {
		return wrong("%s is outside: only an extension can be subscribed to", v.dir.spell(who))
	}
	sessions := map[string]bool{}
	for i := range v.Sent {
		b := &v.Sent[i].Body
		for _, p := range b.Parties {
			if p.ExtensionID == who.ext.ID {
				sessions[b.TelephonySessionID] = true
			}
		}
	}
	return unless(len(sessions) == want, "it is told of %s", count(len(sessions), "session"))
}
