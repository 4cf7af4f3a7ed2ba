package recon_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// TestLawSafety loses every event, and every pair of events, of every conversation,
// and holds what is still said against the full graph.
func TestLawSafety(t *testing.T) {
	for _, c := range conversations(t) {
		if c.config.Scope != 0 {
			continue // at extension scope nothing shows that an event is missing
		}
		if strings.HasPrefix(c.name, "lost-") {
			continue // what is said without some events is no measure of what is true
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			truth := c.build(t, c.events)
			n := len(c.events)
			for i := range n {
				for j := i; j < n; j++ {
					var left []wire.Event
					for k := range c.events {
						if k != i && k != j {
							left = append(left, c.events[k])
						}
					}
					for _, got := range c.build(t, left) {
						if wrong := falsehoods(truth, got); len(wrong) > 0 {
							t.Fatalf("without events %s and %s it says what is false:\n%s\nsaid  %s\ntruth %s", lost(c.events[i]), lost(c.events[j]),
								strings.Join(wrong, "\n"), canonical([]*call.Call{got}), canonical(truth))
						}
					}
				}
			}
		})
	}
}

func lost(e wire.Event) string {
	p := e.Body.Parties[0]
	return fmt.Sprintf("#%d %s %s/%s", e.Body.Sequence, p.ID[len(p.ID)-8:], p.Status.Code, p.Status.Reason)
}

// falsehoods lists what a graph built from some of the events states that the graph
// of all of them denies.
func falsehoods(truth []*call.Call, got *call.Call) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	full := containing(truth, got)
	if full == nil {
		return []string{"it merges sessions that are not one call, or invents one"}
	}
	whole := len(got.Sessions) == len(full.Sessions)
	for _, p := range got.Participants {
		if !slices.ContainsFunc(full.Participants, func(q call.Participant) bool { return samePerson(full, p.ID, q.ID) }) {
			say("participant %s is invented", p.ID)
		}
	}
	for _, l := range got.Legs {
		f := leg(full, l.ID)
		if f == nil {
			say("leg %s is invented", l.ID)
			continue
		}
		if !samePerson(full, l.Participant, f.Participant) {
			say("leg %s is said to be %s's, and is %s's", l.ID, l.Participant, f.Participant)
		}
		for _, s := range l.States {
			if !s.Uncertain && !stateHolds(f, s) {
				say("leg %s was not %s from %s to %s", l.ID, s.State, s.From, s.To)
			}
		}
		for _, r := range l.Roles {
			if !slices.Contains(f.Roles, r) {
				say("leg %s was no %s", l.ID, r)
			}
		}
		if !outcomeHolds(l.Outcome, f) {
			say("leg %s was not %s but %s", l.ID, l.Outcome, f.Outcome)
		}
		for state, ms := range map[call.LegState]int64{call.StateRinging: l.RingMs, call.StateHolding: l.HoldMs, call.StateHeld: l.HeldMs, call.StateConnected: l.TalkMs} {
			if longest := lasted(f, state); ms > longest {
				say("leg %s: %d ms of %s are more than %d", l.ID, ms, state, longest)
			}
		}
	}
	for _, l := range got.Links {
		if !slices.ContainsFunc(full.Links, func(f call.Link) bool { return linkHolds(full, l, f) }) {
			say("link %s from %s to %s %v is not true", l.Kind, l.From, l.To, l.Roles)
		}
	}
	for _, k := range got.Talks {
		if !k.Uncertain && !talkHolds(full, k) {
			say("talk %s to %s of %v did not happen", k.From, k.To, k.Members)
		}
	}
	if got.AnsweredAt != 0 && got.AnsweredAt != full.AnsweredAt && len(got.Sessions) == len(full.Sessions) {
		say("answeredAt %s is not %s", got.AnsweredAt, full.AnsweredAt)
	}
	if got.Outcome == call.Answered && full.Outcome != call.Answered && full.Outcome != call.Parked {
		say("an answer is invented: the call was %s", full.Outcome)
	}
	if whole && got.Outcome == call.Parked && full.Outcome != call.Parked {
		say("the call did not end in park: it was %s", full.Outcome)
	}
	if whole && got.Direction != call.UnknownDirection && got.Direction != full.Direction {
		say("the call was %s, not %s", full.Direction, got.Direction)
	}
	if unanswered(got.Outcome) && (full.Outcome == call.Answered || full.Outcome == call.Voicemail) && len(got.Sessions) == len(full.Sessions) {
		say("the call is said to be %s, and was %s", got.Outcome, full.Outcome)
	}
	if got.EndedAt > lastEnd(full) {
		say("endedAt %s is after %s", got.EndedAt, lastEnd(full))
	}
	if got.StartedAt < full.StartedAt {
		say("startedAt %s is before %s", got.StartedAt, full.StartedAt)
	}
	return out
}

// lasted sums the leg's time in a state, uncertain intervals included.
func lasted(f *call.Leg, state call.LegState) (ms int64) {
	for _, s := range f.States {
		if s.State == state && s.To != 0 {
			ms += int64(s.To - s.From)
		}
	}
	return ms
}

// lastEnd is the call's end, give or take the tidying up after a Gone.
func lastEnd(full *call.Call) call.Time { return full.EndedAt + 1000 }

// containing finds the call of which got's sessions are part.
func containing(truth []*call.Call, got *call.Call) *call.Call {
	for _, f := range truth {
		ok := true
		for _, s := range got.Sessions {
			ok = ok && slices.ContainsFunc(f.Sessions, func(t call.Session) bool { return t.ID == s.ID })
		}
		if ok {
			return f
		}
	}
	return nil
}

func leg(c *call.Call, id call.LegID) *call.Leg {
	for i := range c.Legs {
		if c.Legs[i].ID == id {
			return &c.Legs[i]
		}
	}
	return nil
}

// samePerson: the same id, or a number under which the other is known.
func samePerson(full *call.Call, a, b call.ParticipantID) bool {
	if a == b {
		return true
	}
	if id, ok := strings.CutPrefix(string(a), "leg:"); ok {
		return leg(full, call.LegID(id)) != nil // known by the leg only
	}
	number, ok := strings.CutPrefix(string(a), "tel:")
	for _, p := range full.Participants {
		if p.ID == b && ok && slices.Contains(p.Numbers, number) {
			return true
		}
	}
	return false
}

// stateHolds: at every moment of s the leg was in that state.
func stateHolds(f *call.Leg, s call.State) bool {
	at := s.From
	if last := f.States[len(f.States)-1]; s.State == call.StateEnded && last.State == call.StateGone && last.From <= at {
		return true // a Gone that is over is not told apart from one that is not
	}
	for _, t := range f.States {
		if t.State == s.State && t.From <= at && (t.To == 0 || t.To >= at) {
			if s.To == 0 || t.To == 0 || t.To >= s.To {
				return true
			}
			at = t.To
		}
	}
	return false
}

func outcomeHolds(got call.LegOutcome, f *call.Leg) bool {
	never := func(o call.LegOutcome) bool {
		switch o {
		case call.LegMissed, call.LegRejected, call.LegBusy, call.LegCancelled, call.LegFailed, call.LegElsewhere:
			return true
		}
		return false
	}
	switch {
	case got == f.Outcome || got == call.LegUnknown:
		return true
	case got == call.LegJoined:
		return slices.ContainsFunc(f.States, func(s call.State) bool { return s.State == call.StateGone })
	case got == call.LegAnswered:
		return slices.ContainsFunc(f.States, func(s call.State) bool {
			return s.State == call.StateConnected || s.State == call.StateHolding || s.State == call.StateFax
		})
	case never(got):
		return never(f.Outcome) && got != call.LegElsewhere
	case got == call.LegVoicemail:
		return slices.ContainsFunc(f.States, func(s call.State) bool { return s.State == call.StateVoicemail || s.State == call.StateScreening })
	}
	return false
}

func unanswered(o call.Outcome) bool {
	switch o {
	case call.Missed, call.Abandoned, call.Rejected, call.Busy, call.Cancelled, call.Failed:
		return true
	}
	return false
}

func linkHolds(full *call.Call, l, f call.Link) bool {
	if l.Kind != f.Kind || l.Reason != f.Reason && l.Reason != "" {
		return false
	}
	ends := func(from, to call.LegID, toSession call.SessionID) bool {
		return (l.From == "" || l.From == from) && (l.To == "" || l.To == to) && (l.ToSession == "" || l.ToSession == toSession || leg(full, from) != nil && l.ToSession == leg(full, from).Session)
	}
	unoriented := l.Kind == call.TransferAttended && len(l.Roles[call.Transferee]) == 0
	twin := l.Kind == call.Pickup && l.From == f.To // told in the parked session instead of the retriever's own
	if !twin && !ends(f.From, f.To, f.ToSession) && !(unoriented && ends(f.To, f.From, f.ToSession)) {
		return false
	}
	for role, ids := range l.Roles {
		for _, id := range ids {
			if !slices.ContainsFunc(f.Roles[role], func(x call.ParticipantID) bool { return samePerson(full, id, x) }) {
				return false
			}
		}
	}
	return true
}

// talkHolds: at every moment of k its members could hear one another, in the modes
// it says.
func talkHolds(full *call.Call, k call.Talk) bool {
	at := k.From
	for range len(full.Talks) + 1 {
		moved := false
		for _, t := range full.Talks {
			if t.From <= at && (t.To == 0 || t.To > at) && includes(full, t, k) {
				if k.To == 0 || t.To == 0 || t.To >= k.To {
					return true
				}
				at, moved = t.To, true
			}
		}
		if !moved {
			return false
		}
	}
	return false
}

func includes(full *call.Call, t, k call.Talk) bool {
	for _, m := range k.Members {
		if !slices.ContainsFunc(t.Members, func(n call.Member) bool { return samePerson(full, m.Participant, n.Participant) && m.Mode == n.Mode }) {
			return false
		}
	}
	return true
}

func TestSafetyJudgeSeesFalsehoods(t *testing.T) {
	for _, c := range conversations(t) {
		truth := c.build(t, c.events)
		require.Empty(t, falsehoods(truth, truth[0]), "%s: the full graph accuses itself", c.name)
	}
	c := named(t, "attended")
	for what, spoil := range map[string]func(*call.Call){
		"participant": func(g *call.Call) { g.Participants[0].ID = "tel:+1" },
		"leg":         func(g *call.Call) { g.Legs[0].ID += "9" },
		"person":      func(g *call.Call) { g.Legs[0].Participant = g.Legs[1].Participant },
		"state":       func(g *call.Call) { g.Legs[0].States[1].To += 1 },
		"outcome":     func(g *call.Call) { g.Legs[0].Outcome = call.LegMissed },
		"link":        func(g *call.Call) { g.Links[0].Kind = call.TransferBlind },
		"part":        func(g *call.Call) { g.Links[0].Roles[call.TransferTarget] = g.Links[0].Roles[call.Transferee] },
		"talk":        func(g *call.Call) { g.Talks[0].To += 1 },
		"answer":      func(g *call.Call) { g.AnsweredAt++ },
		"role":        func(g *call.Call) { g.Legs[0].Roles = append(g.Legs[0].Roles, call.Retriever) },
		"direction":   func(g *call.Call) { g.Direction = call.Outbound },
		"parking":     func(g *call.Call) { g.Outcome = call.Parked },
		"missed":      func(g *call.Call) { g.Outcome = call.Missed },
		"end":         func(g *call.Call) { g.EndedAt += 1001 },
		"start":       func(g *call.Call) { g.StartedAt-- },
		"sum":         func(g *call.Call) { g.Legs[1].TalkMs++ },
		"merged":      func(g *call.Call) { g.Sessions[0].ID += "1" },
	} {
		truth, spoilt := c.build(t, c.events), c.build(t, c.events)[0]
		spoil(spoilt)
		require.NotEmpty(t, falsehoods(truth, spoilt), "a false %s passes", what)
	}
}

func named(t testing.TB, name string) conversation {
	for _, c := range conversations(t) {
		if c.name == name {
			return c
		}
	}
	t.Fatalf("no conversation %q", name)
	return conversation{}
}
