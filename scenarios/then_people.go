package scenarios

import (
	"slices"

	"github.com/legworkhq/legwork/recon/call"
)

// asTold marks a statement as one about the notifications.
func asTold(s Sentence) Sentence {
	s.told = true
	return s
}

// ofPerson makes a statement about one person, and tells the true ones of everybody.
func ofPerson(form, example, meaning string, holds func(*View, person, args) error, tells func(*View, person) string) Sentence {
	return Sentence{
		Keyword: "Then", Form: form, Example: example, Meaning: meaning,
		holds: func(v *View, a args) error {
			p := a.person(0)
			if !slices.ContainsFunc(v.Calls, func(c *call.Call) bool { return v.in(p, c) }) {
				return wrong("%s is in no call", v.dir.spell(p))
			}
			return holds(v, p, a)
		},
		tells: func(v *View) (out []string) {
			for p := range v.everybody {
				if text := tells(v, p); text != "" {
					out = append(out, text)
				}
			}
			return out
		},
	}
}

var ofPeople = []Sentence{
	ofPerson("{person} took the call", "106 took the call",
		"They were called, or retrieved it, and were connected: with a person, not with a mailbox.",
		func(v *View, p person, _ args) error {
			return unless(v.tookIt(p), "%s was never connected as one who was called", v.dir.spell(p))
		},
		func(v *View, p person) string {
			if !v.tookIt(p) {
				return ""
			}
			return v.dir.spell(p) + " took the call"
		}),
	ofPerson("{person} did not take the call", "107 did not take the call",
		"They were called and never connected.",
		func(v *View, p person, _ args) error {
			return unless(v.called(p) && !v.tookIt(p), "%s did, or was not called", v.dir.spell(p))
		},
		func(v *View, p person) string {
			if !v.called(p) || v.tookIt(p) {
				return ""
			}
			return v.dir.spell(p) + " did not take the call"
		}),
	asTold(ofPerson("{person} has one leg", "106 has one leg",
		"They have one stay in one session. A Gone is the end of a leg, never a new one.",
		func(v *View, p person, _ args) error {
			return unless(v.count(p) == 1, "%s has %s", v.dir.spell(p), count(v.count(p), "leg"))
		},
		func(v *View, p person) string {
			if v.count(p) != 1 {
				return ""
			}
			return v.dir.spell(p) + " has one leg"
		})),
	asTold(ofPerson("{person} has {count} legs", "104 has two legs",
		"They have so many stays, in one or more sessions.",
		func(v *View, p person, a args) error {
			return unless(v.count(p) == a.count(1), "%s has %s", v.dir.spell(p), count(v.count(p), "leg"))
		},
		func(v *View, p person) string {
			if v.count(p) == 1 {
				return ""
			}
			return v.dir.spell(p) + " has " + count(v.count(p), "leg")
		})),
	ofPerson("a leg of {person} counts as {result}", "a leg of 104 counts as transferred",
		"How a leg of theirs went.",
		func(v *View, p person, a args) error {
			var have []string
			for _, l := range v.legs(p) {
				if l.Outcome == a.values[1].(call.LegOutcome) {
					return nil
				}
				have = append(have, sayResult(l.Outcome))
			}
			return wrong("of their legs one counts as %s", list(have))
		},
		func(*View, person) string { return "" }),
	ofPerson("every leg of {person} counts as {result}", "every leg of 107 counts as taken elsewhere",
		"How each of their legs went.",
		func(v *View, p person, a args) error {
			for _, l := range v.legs(p) {
				if l.Outcome != a.values[1].(call.LegOutcome) {
					return wrong("one counts as %s", sayResult(l.Outcome))
				}
			}
			return nil
		},
		func(v *View, p person) string {
			var first call.LegOutcome
			for _, l := range v.legs(p) {
				if first == "" {
					first = l.Outcome
				}
				if l.Outcome != first {
					return ""
				}
			}
			if first == "" {
				return ""
			}
			return "every leg of " + v.dir.spell(p) + " counts as " + sayResult(first)
		}),
	sum("the phone of {person} rang for {duration}", "the phone of 106 rang for 6 seconds",
		"For how long, in all of their legs together.", func(l *call.Leg) int64 { return l.RingMs },
		func(who, long string) string { return "the phone of " + who + " rang for " + long }),
	never("the phone of {person} never rang", "the phone of 103 never rang", "None of their legs rang.",
		func(l *call.Leg) int64 { return l.RingMs }),
	sum("{person} was on hold for {duration}", "Ruth Calloway was on hold for 12 seconds",
		"For how long others kept them on hold, in all of their legs together.", func(l *call.Leg) int64 { return l.HeldMs },
		func(who, long string) string { return who + " was on hold for " + long }),
	never("{person} was never on hold", "106 was never on hold", "Nobody kept them on hold.",
		func(l *call.Leg) int64 { return l.HeldMs }),
	sum("{person} kept others on hold for {duration}", "104 kept others on hold for 12 seconds",
		"For how long they had pressed hold, in all of their legs together.", func(l *call.Leg) int64 { return l.HoldMs },
		func(who, long string) string { return who + " kept others on hold for " + long }),
	sum("{person} waited for {duration}", "Ruth Calloway waited for 14 seconds",
		"For how long they were connected with nobody to talk to: in a menu, a queue, while a transfer rings.", func(l *call.Leg) int64 { return l.WaitMs },
		func(who, long string) string { return who + " waited for " + long }),
	ofPerson("{person} is still on the line", "106 is still on the line", "A leg of theirs is alive.",
		func(v *View, p person, _ args) error {
			return unless(v.alive(p), "%s has left", v.dir.spell(p))
		},
		func(v *View, p person) string {
			if !v.alive(p) {
				return ""
			}
			return v.dir.spell(p) + " is still on the line"
		}),
	ofPerson("{person} is not on the line any more", "104 is not on the line any more", "Every leg of theirs has ended.",
		func(v *View, p person, _ args) error {
			return unless(!v.alive(p), "a leg of theirs is alive")
		},
		func(*View, person) string { return "" }),
	ofPerson("the mailbox of {person} took the call", "the mailbox of 104 took the call", "A leg of theirs went to voicemail.",
		func(v *View, p person, _ args) error {
			return unless(v.mailbox(p), "no leg of theirs went to voicemail")
		},
		func(v *View, p person) string {
			if !v.mailbox(p) {
				return ""
			}
			return "the mailbox of " + v.dir.spell(p) + " took the call"
		}),
	ofPerson("{person} was recorded", "104 was recorded", "A leg of theirs has a recording.",
		func(v *View, p person, _ args) error {
			return unless(v.recorded(p), "no leg of theirs has a recording")
		},
		func(v *View, p person) string {
			if !v.recorded(p) {
				return ""
			}
			return v.dir.spell(p) + " was recorded"
		}),
}

// sum makes a statement about a time of somebody's legs.
func sum(form, example, meaning string, of func(*call.Leg) int64, tell func(who, long string) string) Sentence {
	return ofPerson(form, example, meaning,
		func(v *View, p person, a args) error {
			ms := v.sum(p, of)
			return unless(v.lasted(a.span(1), ms), "it was %s", spellExactly(ms))
		},
		func(v *View, p person) string {
			if v.sum(p, of) == 0 {
				return ""
			}
			return tell(v.dir.spell(p), spell(v.sum(p, of)))
		})
}

// never makes the statement that a time of somebody's legs is none.
func never(form, example, meaning string, of func(*call.Leg) int64) Sentence {
	return ofPerson(form, example, meaning,
		func(v *View, p person, _ args) error {
			ms := v.sum(p, of)
			return unless(ms == 0, "for %s", spellExactly(ms))
		},
		func(*View, person) string { return "" })
}

func sayResult(o call.LegOutcome) string {
	if o == call.LegElsewhere {
		return "taken elsewhere"
	}
	return string(o)
}

func (v *View) sum(p person, of func(*call.Leg) int64) (ms int64) {
	for _, l := range v.legs(p) {
		ms += of(l)
	}
	return ms
}

func (v *View) count(p person) (n int) {
	for range v.legs(p) {
		n++
	}
	return n
}

func (v *View) alive(p person) bool {
	for _, l := range v.legs(p) {
		if n := len(l.States); n == 0 || l.States[n-1].State != call.StateEnded && l.States[n-1].State != call.StateGone {
			return true
		}
	}
	return false
}

// called reports whether a leg of somebody was called, and did not call.
func (v *View) called(p person) bool {
	for _, l := range v.legs(p) {
		if l.Direction == "Inbound" {
			return true
		}
	}
	return false
}

func (v *View) tookIt(p person) bool {
	for _, l := range v.legs(p) {
		if l.Direction == "Inbound" && slices.ContainsFunc(l.States, func(s call.State) bool { return s.State == call.StateConnected }) {
			return true
		}
	}
	return false
}

func (v *View) mailbox(p person) bool {
	for _, l := range v.legs(p) {
		if l.Direction == "Inbound" && l.Outcome == call.LegVoicemail {
			return true
		}
	}
	return false
}

func (v *View) recorded(p person) bool {
	for _, l := range v.legs(p) {
		if len(l.Recordings) > 0 {
			return true
		}
	}
	return false
}
