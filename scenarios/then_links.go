package scenarios

import (
	"slices"

	"github.com/legworkhq/legwork/recon/call"
)

// link is a kind of link as sentences name it.
type link struct {
	kind      call.LinkKind
	one, many string
}

// linkKinds has every kind.
var linkKinds = []link{
	{call.TransferAttended, "attended transfer", "attended transfers"},
	{call.TransferBlind, "blind transfer", "blind transfers"},
	{call.Forward, "forwarding", "forwardings"},
	{call.ConferenceMerge, "merge into a conference", "merges into a conference"},
	{call.Supervise, "supervision", "supervisions"},
	{call.Takeover, "takeover", "takeovers"},
	{call.Park, "park", "parks"},
	{call.Pickup, "pickup", "pickups"},
	{call.Route, "route", "routes"},
	{call.Hunt, "ring of a queue", "rings of a queue"},
	{call.Switch, "switch of device", "switches of device"},
	{call.Flip, "flip", "flips"},
	{call.RingOut, "RingOut", "RingOuts"},
	{call.PeerLink, "unexplained peer", "unexplained peers"},
}

func linkNames() (out []string) {
	for _, k := range linkKinds {
		out = append(out, k.one)
	}
	return out
}

func plurals() (out []string) {
	for _, k := range linkKinds {
		out = append(out, k.many)
	}
	return out
}

func linkNamed(name string) link {
	return linkKinds[slices.IndexFunc(linkKinds, func(k link) bool { return k.one == name || k.many == name })]
}

func (v *View) countLinks(k call.LinkKind) (n int) {
	for range v.links(k) {
		n++
	}
	return n
}

// roles makes a statement about the people of one link: the places of the form are, in
// their order, who played the roles.
func roles(kind call.LinkKind, form, example, meaning string, parts ...call.Role) Sentence {
	s := Sentence{Keyword: "Then", Form: form, Example: example, Meaning: meaning}
	s.holds = func(v *View, a args) error {
		var have []string
		for c, l := range v.links(kind) {
			right := true
			for i, part := range parts {
				right = right && v.plays(a.person(i), c, l, part)
			}
			if right {
				return nil
			}
			have = append(have, v.sayLink(&s, c, l, parts))
		}
		if len(have) == 0 {
			return wrong("there is no %s", linkName(kind))
		}
		return wrong("%s", list(have))
	}
	s.tells = func(v *View) (out []string) {
		for c, l := range v.links(kind) {
			if text := v.sayLink(&s, c, l, parts); text != "" && !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
		return out
	}
	return s
}

func linkName(k call.LinkKind) string {
	return linkKinds[slices.IndexFunc(linkKinds, func(l link) bool { return l.kind == k })].one
}

// sayLink fills a form with who played the roles, "" where a role is open.
func (v *View) sayLink(s *Sentence, c *call.Call, l *call.Link, parts []call.Role) string {
	var who []string
	for _, part := range parts {
		who = append(who, list(v.playing(c, l, part)))
		if len(l.Roles[part]) == 0 {
			return ""
		}
	}
	return s.fill(who...)
}

// gathered makes a statement about everybody who played a role in the links of one
// person.
func gathered(kind call.LinkKind, form, example, meaning string, one, many call.Role) Sentence {
	s := Sentence{Keyword: "Then", Form: form, Example: example, Meaning: meaning}
	all := func(v *View, p person) (out []string) {
		for c, l := range v.links(kind) {
			if !v.plays(p, c, l, one) {
				continue
			}
			for _, who := range v.playing(c, l, many) {
				if !slices.Contains(out, who) {
					out = append(out, who)
				}
			}
		}
		return out
	}
	s.holds = func(v *View, a args) error {
		have := all(v, a.person(0))
		if len(have) == 0 {
			return wrong("there is no %s by %s", linkName(kind), v.dir.spell(a.person(0)))
		}
		return unless(same(have, v.names(a.people(1))), "it was %s", list(have))
	}
	s.tells = func(v *View) (out []string) {
		for p := range v.everybody {
			if have := all(v, p); len(have) > 0 {
				out = append(out, s.fill(v.dir.spell(p), list(have)))
			}
		}
		return out
	}
	return s
}

var ofLinks = []Sentence{
	roles(call.TransferAttended, "{person} transferred {person} to {person} after consulting", "104 transferred Ruth Calloway to 106 after consulting",
		"An attended (warm) transfer: who transferred, who was transferred, to whom. Two sessions are one call.", call.Transferor, call.Transferee, call.TransferTarget),
	roles(call.TransferBlind, "{person} transferred {person} to {person} without consulting", "104 transferred Ruth Calloway to 106 without consulting",
		"A blind transfer: who transferred, who was transferred, to whom.", call.Transferor, call.Transferee, call.TransferTarget),
	roles(call.Forward, "{person} forwarded {person} to {person}", "104 forwarded Ruth Calloway to 106",
		"A call that rang was sent elsewhere before anybody answered.", call.Transferor, call.Transferee, call.TransferTarget),
	gathered(call.ConferenceMerge, "{person} merged {people} into a conference", "104 merged Ruth Calloway and 106 into a conference",
		"Who hosts, and everybody whose call was merged.", call.Host, call.Conferee),
	roles(call.Supervise, "{person} supervised {person}", "150 supervised 104", "A supervisor joined an agent's call, by an application or a dial code.", call.Supervisor, call.Agent),
	roles(call.Supervise, "{person} supervised the call", "150 supervised the call", "The same, where the notifications may not say whom: by a dial code the agent's own leg in the supervisor's session is not told of.", call.Supervisor),
	roles(call.Takeover, "{person} took over from {person}", "150 took over from 104", "A supervisor took the agent's place.", call.Supervisor, call.Agent),
	roles(call.Takeover, "a supervisor took the place of {person}", "a supervisor took the place of 104", "The same, where the notifications may leave open who: while numbers are missing that nobody is told of.", call.Agent),
	roles(call.Park, "{person} parked {person}", "104 parked Ruth Calloway", "Who parked whom, at a park number or location.", call.Parker, call.ParkedParty),
	roles(call.Pickup, "{person} retrieved {person} from park", "106 retrieved Ruth Calloway from park",
		"Who took a parked call. One who parked it and is rung again retrieves it too.", call.Retriever, call.ParkedParty),
	roles(call.Pickup, "{person} picked up the call that rang at {person}", "106 picked up the call that rang at 104",
		"Group pickup: somebody took a call that rang at a colleague's phone.", call.Retriever, call.Callee),
	roles(call.Route, "{person} sent the call on to {person}", "the Main menu sent the call on to 101", "A menu, or a queue that gave up, passed the call on.", call.Router, call.Target),
	gathered(call.Hunt, "{person} rang {people}", "the Support queue rang 104, 106 and 107", "Every agent whose phone a queue rang, once or more.", call.Queue, call.Agent),
	roles(call.Switch, "{person} moved the call to another device", "104 moved the call to another device", "A switch of device.", call.Mover),
	roles(call.Flip, "{person} flipped the call to another phone", "104 flipped the call to another phone", "A flip.", call.Mover),
	roles(call.RingOut, "the platform called {person} and then {person}", "the platform called 104 and then 212-555-0188", "A RingOut: whom it called first, and whom then.", call.Initiator, call.Target),
	{
		Keyword: "Then", Form: "there is one {link}", Example: "there is one attended transfer", Meaning: "So many links of the kind.",
		holds: func(v *View, a args) error { return v.muchLinked(linkNamed(a.word(0)), 1) },
		tells: func(*View) []string { return nil },
	},
	{
		Keyword: "Then", Form: "there is no {link}", Example: "there is no blind transfer", Meaning: "No link of the kind.",
		holds: func(v *View, a args) error { return v.muchLinked(linkNamed(a.word(0)), 0) },
		tells: func(*View) []string { return nil },
	},
	{
		Keyword: "Then", Form: "there are {count} {links}", Example: "there are two attended transfers", Meaning: "So many links of the kind.",
		holds: func(v *View, a args) error { return v.muchLinked(linkNamed(a.word(1)), a.count(0)) },
		tells: func(v *View) (out []string) {
			for _, k := range linkKinds {
				if n := v.countLinks(k.kind); n > 1 {
					out = append(out, "there are "+counted(n)+" "+k.many)
				}
			}
			return out
		},
	},
	{
		Keyword: "Then", Form: "nothing links one leg to another", Example: "nothing links one leg to another", Meaning: "No transfer, no merge, no park, no queue: a plain call.",
		holds: func(v *View, _ args) error {
			for _, k := range linkKinds {
				if n := v.countLinks(k.kind); n > 0 {
					return wrong("there is a %s", k.one)
				}
			}
			return nil
		},
		tells: func(v *View) []string {
			for _, k := range linkKinds {
				if v.countLinks(k.kind) > 0 {
					return nil
				}
			}
			return []string{"nothing links one leg to another"}
		},
	},
}

func (v *View) muchLinked(k link, want int) error {
	have := v.countLinks(k.kind)
	return unless(have == want, "there are %s %s", counted(have), k.many)
}
