package scenarios

import (
	"cmp"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
)

// mode reports how somebody takes part in a talk, "" if they do not.
func (v *View) mode(c *call.Call, t *call.Talk, p person) call.Mode {
	for _, m := range t.Members {
		if v.dir.is(p, c, m.Participant) {
			return m.Mode
		}
	}
	return ""
}

// during adds up the talks that ok accepts, in milliseconds. Where they overlap, as two
// talks of one person may, time counts once.
func (v *View) during(ok func(*call.Call, *call.Talk) bool) (ms int64) {
	type span struct{ from, to call.Time }
	var spans []span
	for _, c := range v.Calls {
		for i := range c.Talks {
			if t := &c.Talks[i]; t.To > 0 && ok(c, t) {
				spans = append(spans, span{t.From, t.To})
			}
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var end call.Time
	for _, s := range spans {
		if s.from = max(s.from, end); s.to > s.from {
			ms += int64(s.to - s.from)
			end = s.to
		}
	}
	return ms
}

// together is how long people could talk with one another, two-way.
func (v *View) together(people ...person) int64 {
	return v.during(func(c *call.Call, t *call.Talk) bool {
		for _, p := range people {
			if v.mode(c, t, p) != call.TwoWay {
				return false
			}
		}
		return true
	})
}

// talked is how long somebody could talk with anybody.
func (v *View) talked(p person) int64 {
	return v.during(func(c *call.Call, t *call.Talk) bool {
		return v.mode(c, t, p) == call.TwoWay && slices.ContainsFunc(t.Members, func(m call.Member) bool {
			return m.Mode == call.TwoWay && !v.dir.is(p, c, m.Participant)
		})
	})
}

// pairs yields every two people.
func (v *View) pairs(yield func(a, b person) bool) {
	all := slices.Collect(v.everybody)
	for i := range all {
		for j := i + 1; j < len(all); j++ {
			if !yield(all[i], all[j]) {
				return
			}
		}
	}
}

var ofTalks = []Sentence{
	{
		Keyword: "Then", Form: "{person} talked with {person} for {duration}", Example: "Ruth Calloway talked with 106 for 1 minute",
		Meaning: "For how long the two could hear one another, whoever else was there. A hold, a park and a mailbox are no talk.",
		holds: func(v *View, a args) error {
			ms := v.together(a.person(0), a.person(1))
			return unless(ms > 0 && v.lasted(a.span(2), ms), "they talked for %s", spellExactly(ms))
		},
		tells: func(v *View) (out []string) {
			for a, b := range v.pairs {
				if ms := v.together(a, b); ms > 0 {
					out = append(out, v.dir.spell(a)+" talked with "+v.dir.spell(b)+" for "+spell(ms))
				}
			}
			return out
		},
	},
	{
		Keyword: "Then", Form: "{person} never talked with {person}", Example: "106 never talked with 107",
		Meaning: "At no time could the two hear one another.",
		holds: func(v *View, a args) error {
			ms := v.together(a.person(0), a.person(1))
			return unless(ms == 0, "they talked for %s", spellExactly(ms))
		},
		tells: func(*View) []string { return nil },
	},
	ofPerson("{person} talked for {duration} in all", "Ruth Calloway talked for 1 minute 20 seconds in all",
		"For how long they could talk with anybody. What two legs of theirs share counts once.",
		func(v *View, p person, a args) error {
			ms := v.talked(p)
			return unless(v.lasted(a.span(1), ms), "it was %s", spellExactly(ms))
		},
		func(v *View, p person) string {
			if v.talked(p) == 0 {
				return ""
			}
			return v.dir.spell(p) + " talked for " + spell(v.talked(p)) + " in all"
		}),
	ofPerson("{person} never talked", "150 never talked",
		"At no time could they both hear and be heard.",
		func(v *View, p person, _ args) error {
			ms := v.talked(p)
			return unless(ms == 0, "they talked for %s", spellExactly(ms))
		},
		func(v *View, p person) string {
			if v.talked(p) > 0 || p.ext != nil && p.ext.Kind != 0 {
				return ""
			}
			return v.dir.spell(p) + " never talked"
		}),
	{
		Keyword: "Then", Form: "{people} talked together for {duration}", Example: "104, 106 and Ruth Calloway talked together for 50 seconds",
		Meaning: "For how long they could all hear one another, whoever else was there.",
		holds: func(v *View, a args) error {
			ms := v.together(a.people(0)...)
			return unless(ms > 0 && v.lasted(a.span(1), ms), "they talked together for %s", spellExactly(ms))
		},
		tells: func(v *View) (out []string) {
			var most []person
			for _, c := range v.Calls {
				for i := range c.Talks {
					var all []person
					for _, m := range c.Talks[i].Members {
						if p, ok := v.dir.whose(c, m.Participant); ok && m.Mode == call.TwoWay && !slices.Contains(all, p) {
							all = append(all, p)
						}
					}
					if len(all) > max(2, len(most)) {
						most = all
					}
				}
			}
			if len(most) == 0 || v.together(most...) == 0 {
				return nil
			}
			return []string{list(v.names(most)) + " talked together for " + spell(v.together(most...))}
		},
	},
	{
		Keyword: "Then", Form: "nobody talked", Example: "nobody talked",
		Meaning: "At no time could two people hear one another.",
		holds: func(v *View, _ args) error {
			for p := range v.everybody {
				if ms := v.talked(p); ms > 0 {
					return wrong("%s talked for %s", v.dir.spell(p), spellExactly(ms))
				}
			}
			return nil
		},
		tells: func(v *View) []string {
			for p := range v.everybody {
				if v.talked(p) > 0 {
					return nil
				}
			}
			return []string{"nobody talked"}
		},
	},
	beside(call.Listen, "listened to the call of", "They heard both and nobody heard them."),
	beside(call.Whisper, "whispered in the call of", "They heard both, and the agent alone heard them."),
	beside(call.Supervising, "was with the call of", "As a supervisor of whom the notifications do not say whether they were heard."),
}

// beside makes the statement that somebody was with a talk without being part of it.
func beside(m call.Mode, verb, meaning string) Sentence {
	with := func(v *View, who, whom person) int64 {
		return v.during(func(c *call.Call, t *call.Talk) bool {
			return v.mode(c, t, who) == m && v.mode(c, t, whom) == call.TwoWay
		})
	}
	return Sentence{
		Keyword: "Then", Form: "{person} " + verb + " {person} for {duration}", Example: "150 " + verb + " 104 for 20 seconds",
		Meaning: meaning,
		holds: func(v *View, a args) error {
			ms := with(v, a.person(0), a.person(1))
			return unless(ms > 0 && v.lasted(a.span(2), ms), "it was %s", spellExactly(ms))
		},
		tells: func(v *View) (out []string) {
			for who := range v.everybody {
				for whom := range v.everybody {
					if ms := with(v, who, whom); ms > 0 {
						out = append(out, v.dir.spell(who)+" "+verb+" "+v.dir.spell(whom)+" for "+spell(ms))
					}
				}
			}
			return out
		},
	}
}
