package scenarios

import (
	"fmt"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
)

// wrong says what is instead of what a statement claims.
func wrong(format string, a ...any) error { return fmt.Errorf(format, a...) }

// unless is nil when a statement holds.
func unless(ok bool, format string, a ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, a...)
}

// ofCall makes a statement about one call, and tells the true ones of every call.
func ofCall(s Sentence, holds func(*View, *call.Call, args) error, tells func(*View, *call.Call) string) Sentence {
	s.Keyword = "Then"
	s.holds = func(v *View, a args) error {
		for i := range a.values {
			if w, ok := a.values[i].(which); ok {
				c, err := v.pick(w)
				if err != nil {
					return err
				}
				return holds(v, c, a)
			}
		}
		return fmt.Errorf("names no call")
	}
	s.tells = func(v *View) (out []string) {
		for _, c := range v.Calls {
			if v.name(c) == "" {
				continue
			}
			if text := tells(v, c); text != "" {
				out = append(out, text)
			}
		}
		return out
	}
	return s
}

var ofTheCall = []Sentence{
	{
		Keyword: "Then", Form: "there is one call", Example: "there is one call",
		Meaning: "Everything that happened belongs to one call.",
		holds:   func(v *View, _ args) error { return unless(len(v.Calls) == 1, "there %s", areCalls(len(v.Calls))) },
		tells: func(v *View) []string {
			if len(v.Calls) == 1 {
				return []string{"there is one call"}
			}
			return nil
		},
	},
	{
		Keyword: "Then", Form: "there are {count} calls", Example: "there are two calls",
		Meaning: "What happened belongs to so many calls.",
		holds: func(v *View, a args) error {
			return unless(len(v.Calls) == a.count(0), "there %s", areCalls(len(v.Calls)))
		},
		tells: func(v *View) []string {
			if len(v.Calls) == 1 {
				return nil
			}
			return []string{"there " + areCalls(len(v.Calls))}
		},
	},
	ofCall(Sentence{Form: "{call} counts as {outcome}", Example: "the call counts as answered",
		Meaning: "How the call went, for the customer: answered if two people could talk; voicemail; missed when a phone rang and nobody took it; abandoned when the caller gave up in a queue or a menu; rejected, busy, cancelled by an inside caller, failed, or parked for good."},
		func(v *View, c *call.Call, a args) error {
			return unless(string(c.Outcome) == a.word(1), "it counts as %s", c.Outcome)
		},
		func(v *View, c *call.Call) string { return v.name(c) + " counts as " + string(c.Outcome) }),
	ofCall(Sentence{Form: "{call} is {direction}", Example: "the call is inbound",
		Meaning: "Who began it: somebody outside (inbound), or an extension that called outside (outbound) or another extension (internal)."},
		func(v *View, c *call.Call, a args) error {
			return unless(string(c.Direction) == a.word(1), "it is %s", c.Direction)
		},
		func(v *View, c *call.Call) string { return v.name(c) + " is " + string(c.Direction) }),
	ofCall(Sentence{Form: "{call} was answered after {duration}", Example: "the call was answered after 6 seconds",
		Meaning: "The time from its beginning to the first moment at which two people could talk: not the caller's own early Answered."},
		func(v *View, c *call.Call, a args) error {
			if c.AnsweredAt == 0 {
				return wrong("it was not answered")
			}
			ms := int64(c.AnsweredAt - c.StartedAt)
			return unless(v.lasted(a.span(1), ms), "it was answered after %s", spellExactly(ms))
		},
		func(v *View, c *call.Call) string {
			if c.AnsweredAt == 0 {
				return ""
			}
			return v.name(c) + " was answered after " + spell(int64(c.AnsweredAt-c.StartedAt))
		}),
	ofCall(Sentence{Form: "{call} was never answered", Example: "the call was never answered",
		Meaning: "At no time could two people talk."},
		func(v *View, c *call.Call, _ args) error {
			return unless(c.AnsweredAt == 0, "it was answered after %s", spellExactly(int64(c.AnsweredAt-c.StartedAt)))
		},
		func(v *View, c *call.Call) string {
			if c.AnsweredAt != 0 {
				return ""
			}
			return v.name(c) + " was never answered"
		}),
	ofCall(Sentence{Form: "{call} lasted {duration}", Example: "the call lasted 1 minute 15 seconds",
		Meaning: "The time from its beginning to the end of its last leg, in whichever session that was."},
		func(v *View, c *call.Call, a args) error {
			if c.EndedAt == 0 {
				return wrong("it is not over")
			}
			ms := int64(c.EndedAt - c.StartedAt)
			return unless(v.lasted(a.span(1), ms), "it lasted %s", spellExactly(ms))
		},
		func(v *View, c *call.Call) string {
			if c.EndedAt == 0 {
				return ""
			}
			return v.name(c) + " lasted " + spell(int64(c.EndedAt-c.StartedAt))
		}),
	ofCall(Sentence{Form: "{call} is over", Example: "the call is over", Meaning: "Every leg of it has ended."},
		func(v *View, c *call.Call, _ args) error { return unless(c.EndedAt != 0, "it is not over") },
		func(v *View, c *call.Call) string {
			if c.EndedAt == 0 {
				return ""
			}
			return v.name(c) + " is over"
		}),
	ofCall(Sentence{Form: "{call} is not over", Example: "the call is not over", Meaning: "Some leg of it is alive."},
		func(v *View, c *call.Call, _ args) error {
			return unless(c.EndedAt == 0, "it is over after %s", spellExactly(int64(c.EndedAt-c.StartedAt)))
		},
		func(v *View, c *call.Call) string {
			if c.EndedAt != 0 {
				return ""
			}
			return v.name(c) + " is not over"
		}),
	ofCall(Sentence{Form: "{person} ended {call}", Example: "104 ended the call", Meaning: "Who left first, in the end. RingCentral does not say: an engine concludes it from whose leg ended first.", concluded: true},
		func(v *View, c *call.Call, a args) error {
			switch {
			case c.EndedBy == nil && v.slack > 0:
				return nil // in another dialect one notification may tell of both ends
			case c.EndedBy == nil:
				return wrong("nobody can be said to have ended it")
			}
			return unless(v.dir.is(a.person(0), c, c.EndedBy.Participant), "%s ended it", v.dir.label(c, c.EndedBy.Participant))
		},
		func(v *View, c *call.Call) string {
			if c.EndedBy == nil {
				return ""
			}
			return v.dir.label(c, c.EndedBy.Participant) + " ended " + v.name(c)
		}),
	ofCall(Sentence{Form: "{call} spans one session", Example: "the call spans one session", told: true,
		Meaning: "RingCentral reported the whole call in one telephony session."},
		func(v *View, c *call.Call, _ args) error {
			return unless(len(c.Sessions) == 1, "it spans %s", count(len(c.Sessions), "session"))
		},
		func(v *View, c *call.Call) string {
			if len(c.Sessions) != 1 {
				return ""
			}
			return v.name(c) + " spans one session"
		}),
	ofCall(Sentence{Form: "{call} spans {count} sessions", Example: "the call spans two sessions", told: true,
		Meaning: "RingCentral reported the call in so many telephony sessions."},
		func(v *View, c *call.Call, a args) error {
			return unless(len(c.Sessions) == a.count(1), "it spans %s", count(len(c.Sessions), "session"))
		},
		func(v *View, c *call.Call) string {
			if len(c.Sessions) == 1 {
				return ""
			}
			return v.name(c) + " spans " + count(len(c.Sessions), "session")
		}),
	ofCall(Sentence{Form: "only {people} took part in {call}", Example: "only Ruth Calloway, 104 and 106 took part in the call",
		Meaning: "Everybody who called, was called or supervised is named, and nobody else. Menus, queues and other services do not count."},
		func(v *View, c *call.Call, a args) error {
			return unless(same(v.names(a.people(0)), v.took(c)), "%s took part", list(v.took(c)))
		},
		func(v *View, c *call.Call) string {
			if len(v.took(c)) == 0 {
				return ""
			}
			return "only " + list(v.took(c)) + " took part in " + v.name(c)
		}),
}

// took lists the people of a call, services apart.
func (v *View) took(c *call.Call) (out []string) {
	for i := range c.Participants {
		id := c.Participants[i].ID
		if label := v.dir.label(c, id); !v.dir.isService(c, id) && !slices.Contains(out, label) {
			out = append(out, label)
		}
	}
	return out
}

// names spells people.
func (v *View) names(people []person) (out []string) {
	for _, p := range people {
		out = append(out, v.dir.spell(p))
	}
	return out
}

// same reports whether two lists name the same, in any order.
func same(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
