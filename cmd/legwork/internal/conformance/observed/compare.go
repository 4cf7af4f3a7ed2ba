package observed

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/sim/oracle"
)

// DefaultTolerance is how far instants and durations may be off.
const DefaultTolerance = 2 * time.Second

// Options say how strictly a receiver is judged. The zero Options judge whatever it says,
// to two seconds.
type Options struct {
	Facts Facts
	// Tolerance is how far instants and durations may be off. Zero means
	// DefaultTolerance.
	Tolerance time.Duration
	// Also lists more names and numbers of participants: an extension's number, of
	// which a call may show the direct number only.
	Also map[call.ParticipantID][]string
	// Strict refuses a coarser word than there is, such as "missed" of a call that the
	// caller abandoned.
	Strict bool
	// Untold lists facts that the notifications did not tell, and that are not judged.
	Untold []string
	// Alone: the receiver was told of nothing else, so that a call with none of the
	// sessions is one that never was.
	Alone bool
}

// Compare lists what a receiver got wrong, the gravest first. A call of which no session
// is true is somebody else's and passed over, unless the receiver was alone.
func Compare(truth []*call.Call, said []Call, o Options) []result.Difference {
	if o.Tolerance == 0 {
		o.Tolerance = DefaultTolerance
	}
	j := &judge{Options: o}
	calls := make([]*known, len(truth))
	for i, c := range truth {
		calls[i] = know(c, o.Also)
	}
	for _, k := range calls {
		j.known = k
		j.one(said)
	}
	for i := range said {
		j.foreign(calls, &said[i])
	}
	slices.SortStableFunc(j.out, func(a, b result.Difference) int { return gravity(a.Mistake) - gravity(b.Mistake) })
	return j.out
}

// gravity is a mistake's place in the list of mistakes.
func gravity(mistake string) int {
	return slices.Index(oracle.Mistakes(), oracle.Mistake(mistake))
}

// judge holds what is said of one call against the truth.
type judge struct {
	Options
	*known
	out []result.Difference
}

func (j *judge) wrong(m oracle.Mistake, about, format string, args ...any) {
	d := result.Difference{Mistake: string(m), About: about, Text: fmt.Sprintf(format, args...)}
	if !slices.Contains(j.out, d) {
		j.out = append(j.out, d)
	}
}

func holds(c *Call, k *known) bool {
	return slices.ContainsFunc(k.Sessions, func(s call.Session) bool { return slices.Contains(c.Sessions, string(s.ID)) })
}

// one judges what is said of one true call.
func (j *judge) one(said []Call) {
	var of []*Call
	for i := range said {
		if holds(&said[i], j.known) {
			of = append(of, &said[i])
		}
	}
	if len(of) == 0 {
		j.wrong(oracle.LostCall, "sessions", "the call of %s, which began %s, is not there: none of its sessions is in a call", j.between(), j.StartedAt)
		return
	}
	if len(of) > 1 {
		sessions := "1 session"
		if n := len(j.Sessions); n > 1 {
			sessions = fmt.Sprintf("%d sessions", n)
		}
		j.wrong(oracle.SplitCall, "sessions", "one call of %s, between %s, became %d calls", sessions, j.between(), len(of))
		for _, c := range of {
			j.part(c)
		}
		return
	}
	j.missingSessions(of[0])
	j.whole(of[0])
	j.part(of[0])
	j.linked(of[0])
	j.talked(of[0])
}

// between names the people of a call.
func (j *judge) between() string { return j.tellAll(j.people) }

// missingSessions: a RingOut's mirror repeats a session, and may be left out.
func (j *judge) missingSessions(c *Call) {
	for _, s := range j.Sessions {
		mirror := slices.ContainsFunc(j.Call.Links, func(l call.Link) bool { return l.Kind == call.RingOut && l.ToSession == s.ID })
		if !mirror && s.Observed && !slices.Contains(c.Sessions, string(s.ID)) {
			j.wrong(oracle.WrongSession, "sessions", "the session %s belongs to the call, and is in none", s.ID)
		}
	}
}

// foreign judges the grouping from the receiver's side.
func (j *judge) foreign(truth []*known, c *Call) {
	var of []*known
	strange := []string{}
	for _, s := range c.Sessions {
		i := slices.IndexFunc(truth, func(k *known) bool {
			return slices.ContainsFunc(k.Sessions, func(t call.Session) bool { return string(t.ID) == s })
		})
		if i < 0 {
			strange = append(strange, s)
		} else {
			add(&of, truth[i])
		}
	}
	switch {
	case len(of) > 1:
		names := make([]string, len(of))
		for i, k := range of {
			names[i] = k.tellAll(k.people)
		}
		j.wrong(oracle.MergedCalls, "sessions", "%d calls became one: that of %s", len(of), strings.Join(names, "; and that of "))
	case len(of) == 1 && len(strange) > 0:
		j.wrong(oracle.MergedCalls, "sessions", "the call of %s has sessions that are not of it: %s", of[0].tellAll(of[0].people), strings.Join(strange, ", "))
	case len(of) == 0 && j.Alone:
		j.wrong(oracle.InventedCall, "sessions", "a call of %s never was", strings.Join(strange, ", "))
	}
}

// near reports whether two instants are alike.
func (j *judge) near(said time.Time, actual call.Time) bool {
	return actual != 0 && said.Sub(actual.Std()).Abs() <= j.Tolerance
}

// nearMs reports whether two durations are alike.
func (j *judge) nearMs(said, actual int64) bool {
	return max(said-actual, actual-said) <= j.Tolerance.Milliseconds()
}

// said reports whether a fact is to be compared, and complains of one that is declared
// and missing.
func (j *judge) said(fact string, there bool, m oracle.Mistake) bool {
	if !j.Facts.judges(fact) || slices.Contains(j.Untold, fact) {
		return false
	}
	if !there && j.Facts.asks(fact) {
		j.wrong(m, fact, "it is declared, and not said")
	}
	return there
}

// part judges what can be judged of a call also where it was split.
func (j *judge) part(c *Call) {
	if j.said("ended", c.Ended != nil, oracle.ZombieCall) && *c.Ended != (j.EndedAt != 0) {
		if *c.Ended {
			j.wrong(oracle.WrongCall, "ended", "the call goes on, and is said to have ended")
		} else {
			j.wrong(oracle.ZombieCall, "ended", "the call ended %s, and is said to go on", j.EndedAt)
		}
	}
	j.legs(c)
}

// whole judges what is said of a call that is one call.
func (j *judge) whole(c *Call) {
	j.direction(c)
	j.outcome(c)
	j.instants(c)
	j.sums(c)
	j.persons(c)
}

func (j *judge) direction(c *Call) {
	known := j.Direction != call.UnknownDirection
	if j.said("direction", c.Direction != "" || !known, oracle.WrongCall) && known && c.Direction != string(j.Direction) {
		j.wrong(oracle.WrongCall, "direction", "the call was %s, not %s", j.Direction, c.Direction)
	}
}

func (j *judge) outcome(c *Call) {
	actual := j.answered()
	if j.said("answered", c.Answered != nil || actual == nil, oracle.WrongCall) && actual != nil && *c.Answered != *actual {
		if *actual {
			j.wrong(oracle.PhantomMissedCall, "answered", "the call was answered, by %s, and is said not to have been", j.tellAll(j.answerers))
		} else {
			j.wrong(oracle.WrongCall, "answered", "nobody answered the call: it was %s, and is said to have been answered", j.Outcome)
		}
	}
	known := j.Outcome != call.UnknownOutcome && j.Outcome != ""
	if !j.said("outcome", c.Outcome != "" || !known, oracle.WrongCall) || !known || c.Outcome == string(j.Outcome) {
		return
	}
	switch {
	case untaken(c.Outcome) && taken(string(j.Outcome)):
		j.wrong(oracle.PhantomMissedCall, "outcome", "the call was %s, and is said to be %s", j.Outcome, c.Outcome)
	case c.Outcome == string(call.Missed) && untaken(string(j.Outcome)) && !j.Strict:
	case c.Outcome == string(call.Answered) && j.Outcome == call.Parked && !j.Strict:
	default:
		j.wrong(oracle.WrongCall, "outcome", "the call was %s, and is said to be %s", j.Outcome, c.Outcome)
	}
}

func (j *judge) instants(c *Call) {
	if j.said("startedAt", !c.StartedAt.IsZero(), oracle.WrongCall) && !j.near(c.StartedAt, j.StartedAt) {
		j.wrong(oracle.WrongCall, "startedAt", "the call began %s, not %s", j.StartedAt, stamp(c.StartedAt))
	}
	if j.said("answeredAt", !c.AnsweredAt.IsZero() || j.AnsweredAt == 0, oracle.WrongCall) && !c.AnsweredAt.IsZero() && !j.near(c.AnsweredAt, j.AnsweredAt) {
		m, why := oracle.WrongCall, ""
		if slices.ContainsFunc(j.early(), func(at call.Time) bool { return j.near(c.AnsweredAt, at) }) {
			m, why = oracle.EarlyAnswer, ", when the caller's own leg was"
		}
		j.wrong(m, "answeredAt", "the call was answered %s, not %s%s", orNever(j.AnsweredAt), stamp(c.AnsweredAt), why)
	}
	if !j.said("endedAt", !c.EndedAt.IsZero() || j.EndedAt == 0, oracle.ZombieCall) || c.EndedAt.IsZero() || j.near(c.EndedAt, j.EndedAt) {
		return
	}
	if at, ok := j.menuEnd(c.EndedAt); ok {
		j.wrong(oracle.IVREnds, "endedAt", "the call ended %s, and is said to have ended %s, where its menu's leg did (%s)", orNever(j.EndedAt), stamp(c.EndedAt), at)
		return
	}
	j.wrong(oracle.WrongCall, "endedAt", "the call ended %s, not %s", orNever(j.EndedAt), stamp(c.EndedAt))
}

// menuEnd finds the menu whose leg ended at an instant before the end of the call.
func (j *judge) menuEnd(said time.Time) (call.Time, bool) {
	for _, l := range j.Call.Legs {
		if slices.Contains(l.Roles, call.Router) && l.End != nil && j.near(said, l.End.At) && (j.EndedAt == 0 || said.Before(j.EndedAt.Std())) {
			return l.End.At, true
		}
	}
	return 0, false
}

func (j *judge) sums(c *Call) {
	if j.said("talkMs", c.TalkMs != nil, oracle.WrongTalk) && !j.nearMs(*c.TalkMs, j.talkMs()) {
		m, why := j.talkMistake(*c.TalkMs)
		j.wrong(m, "talkMs", "people talked for %s, not %s%s", lasting(j.talkMs()), lasting(*c.TalkMs), why)
	}
	if j.said("holdMs", c.HoldMs != nil, oracle.WrongCall) && !j.nearMs(*c.HoldMs, j.holdMs) {
		m := oracle.WrongCall
		if *c.HoldMs > j.holdMs {
			m = oracle.HoldTwice
		}
		j.wrong(m, "holdMs", "somebody was on hold for %s, not %s", lasting(j.holdMs), lasting(*c.HoldMs))
	}
}

// talkMistake says where a wrong sum of talk may come from.
func (j *judge) talkMistake(said int64) (m oracle.Mistake, why string) {
	over := said - j.talkMs()
	if over < 0 {
		return oracle.WrongTalk, ""
	}
	for _, at := range j.early() {
		if first := max(j.AnsweredAt, at); j.nearMs(over, int64(first-at)) && first > at {
			return oracle.EarlyAnswer, ", as if the call had been answered with the caller's own leg"
		}
	}
	about := func(share int64) bool {
		return share > j.Tolerance.Milliseconds() && (j.nearMs(over, share) || max(over-share, share-over) <= share/20)
	}
	first := true
	for _, l := range j.Call.Legs {
		if about(l.TalkMs) {
			return oracle.DoubleTalkTime, fmt.Sprintf(", as if the %s of %s counted again", lasting(l.TalkMs), j.tell(l.Participant))
		}
	}
	for _, s := range j.Sessions {
		if span := int64(s.EndedAt - s.StartedAt); s.EndedAt != 0 && !first && about(span) {
			return oracle.DoubleTalkTime, ", as if a second session counted in full"
		}
		first = false
	}
	if j.everyLeg(said) {
		return oracle.DoubleTalkTime, ", as if each leg's time counted"
	}
	return oracle.WrongTalk, ""
}

// everyLeg: what is said is about what each leg was connected for, added up, with or
// without the time that it was kept on hold, and at least two were.
func (j *judge) everyLeg(said int64) bool {
	connected, held, legs := int64(0), int64(0), 0
	for _, l := range j.Call.Legs {
		if spent := l.TalkMs + l.WaitMs; spent > 0 {
			connected, legs = connected+spent, legs+1
		}
		held += l.HeldMs
	}
	slack := max(j.Tolerance.Milliseconds(), connected/20)
	return legs > 1 && j.talkMs() > 0 && said >= connected-slack && said <= connected+held+slack
}

// lasting writes milliseconds for people.
func lasting(ms int64) string {
	return (time.Duration(ms) * time.Millisecond).Round(100 * time.Millisecond).String()
}

func stamp(t time.Time) string { return call.TimeOf(t).String() }

func orNever(t call.Time) string {
	if t == 0 {
		return "never"
	}
	return t.String()
}
