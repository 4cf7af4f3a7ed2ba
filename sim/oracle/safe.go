package oracle

import (
	"math"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
)

// Safe lists what an answer states that is false, where some notifications were lost.
// It may leave calls, sessions, legs, links, talks and roles out, call somebody by a
// number only, split a call, and be wrong in intervals that it marks as uncertain.
func Safe(truth, answer []*call.Call) []Difference {
	var out []Difference
	for _, a := range answer {
		out = append(out, falsehoods(truth, a)...)
	}
	return out
}

func falsehoods(truth []*call.Call, a *call.Call) []Difference {
	d := &differences{id: a.ID}
	t := containing(truth, a)
	if t == nil {
		d.add(MergedCalls, "", "its sessions are not all of one call")
		return d.out
	}
	d.id = t.ID
	if mirrorAlone(t, a) {
		return nil
	}
	for _, p := range a.Participants {
		if !slices.ContainsFunc(t.Participants, func(q call.Participant) bool { return samePerson(t, p.ID, q.ID) }) && !nameless(t, p.ID) && (p.Observed || !dialled(t, p)) {
			d.add(WrongParticipant, string(p.ID), "did not take part")
		}
	}
	for i := range a.Legs {
		d.falseLeg(t, &a.Legs[i], len(a.Sessions) == len(t.Sessions))
	}
	for _, k := range a.Links {
		if !slices.ContainsFunc(t.Links, func(o call.Link) bool { return linkHolds(t, k, o) }) {
			m := WrongLink
			if transfer(k.Kind) {
				m = LostTransferTarget
			}
			d.add(m, string(k.Kind), "said and not true: %s", describe(k))
		}
	}
	for _, k := range a.Talks {
		if !k.Uncertain && !talkHolds(t, k) && !alone(t, k) {
			d.add(falseTalk(t, k), k.From.String(), "said and not true: until %s %s", orNever(k.To), members(k))
		}
	}
	d.falseSummary(t, a)
	return d.out
}

// mirrorAlone: the answer has a RingOut's mirror for a call of its own, the RingOut's
// own party having been lost. Nothing in the mirror's notifications tells it from a
// call that came in: it is a known gap, and not held against an answer.
func mirrorAlone(t, a *call.Call) bool {
	for _, s := range a.Sessions {
		if !slices.ContainsFunc(t.Links, func(k call.Link) bool { return k.Kind == call.RingOut && k.ToSession == s.ID }) {
			return false
		}
	}
	return true
}

// alone: all members are one person on several devices, which the answer had no means
// to know yet.
func alone(t *call.Call, k call.Talk) bool {
	var who call.ParticipantID
	for _, m := range k.Members {
		l := leg(t, m.Leg)
		if l == nil || who != "" && l.Participant != who {
			return false
		}
		who = l.Participant
	}
	return true
}

// flippedTo: somebody moved to the leg, at another of their numbers. Until the
// notification that says so, which may be lost as the last of all, whoever answers there
// is somebody else who was called.
func flippedTo(t *call.Call, id call.LegID) bool {
	return slices.ContainsFunc(t.Links, func(k call.Link) bool { return k.Kind == call.Flip && k.To == id })
}

func (d *differences) falseLeg(t *call.Call, l *call.Leg, whole bool) {
	about := string(l.ID)
	f := leg(t, l.ID)
	if f == nil {
		d.add(WrongLeg, about, "the leg never was")
		return
	}
	if !samePerson(t, l.Participant, f.Participant) && !ownNumber(f, l.Participant) && l.Participant != call.ParticipantID("leg:"+l.ID) {
		m := WrongLeg
		if farEnd(t, f, l.Participant) {
			m = SelfCallSwap
		}
		d.add(m, about, "it is %s's, not %s's", f.Participant, l.Participant)
	}
	for _, s := range l.States {
		if !s.Uncertain && !stateHolds(f, s) {
			d.add(WrongLeg, about, "it was not %s from %s to %s", s.State, s.From, orNever(s.To))
		}
	}
	if !outcomeHolds(l.Outcome, f) {
		d.add(fate(f, l), about, "it was %s, not %s", f.Outcome, l.Outcome)
	}
	for _, r := range l.Roles {
		if !slices.Contains(f.Roles, r) && !(r == call.Callee && flippedTo(t, l.ID)) {
			d.add(WrongLeg, about, "it was no %s", r)
		}
	}
	d.tooLong(about, f, l, whole)
}

// dialled: a from or to names somebody who has no leg.
func dialled(t *call.Call, p call.Participant) bool {
	return slices.ContainsFunc(t.Legs, func(l call.Leg) bool {
		for _, e := range []call.Endpoint{l.From, l.To} {
			if p.ExtensionID != "" && e.ExtensionID == p.ExtensionID || e.Number != "" && p.ID == call.ParticipantID("tel:"+e.Number) {
				return true
			}
		}
		return false
	})
}

// nameless: a participant known by a leg only, which is somebody's.
func nameless(t *call.Call, who call.ParticipantID) bool {
	id, ok := strings.CutPrefix(string(who), "leg:")
	return ok && leg(t, call.LegID(id)) != nil
}

// ownNumber: the participant is known by the number of the leg's own end only.
func ownNumber(f *call.Leg, who call.ParticipantID) bool {
	own := f.To.Number
	if f.Direction == "Outbound" {
		own = f.From.Number
	}
	return own != "" && who == call.ParticipantID("tel:"+own)
}

func (d *differences) tooLong(about string, f, l *call.Leg, whole bool) {
	for _, sum := range []struct {
		said  int64
		state call.LegState
		as    Mistake
	}{{l.RingMs, call.StateRinging, WrongLeg}, {l.HoldMs, call.StateHolding, HoldTwice}, {l.HeldMs, call.StateHeld, HoldTwice}} {
		if longest := lasted(f, sum.state); sum.said > longest {
			d.add(sum.as, about, "%d ms of %s are more than %d", sum.said, sum.state, longest)
		}
	}
	if whole && l.WaitMs > f.WaitMs { // else company may have been in a session that the answer does not have
		d.add(WrongLeg, about, "%d ms of waiting are more than %d", l.WaitMs, f.WaitMs)
	}
	if l.TalkMs > f.TalkMs {
		d.add(DoubleTalkTime, about, "%d ms of talk are more than %d", l.TalkMs, f.TalkMs)
	}
}

// falseSummary judges the call as a whole. What it says of a part of the sessions
// cannot be held against all of them.
func (d *differences) falseSummary(t, a *call.Call) {
	whole := len(a.Sessions) == len(t.Sessions)
	if a.AnsweredAt != 0 && a.AnsweredAt != t.AnsweredAt && whole {
		m := WrongCall
		if early(t, a.AnsweredAt) {
			m = EarlyAnswer
		}
		d.add(m, "", "the call was answered %s, not %s", orNever(t.AnsweredAt), a.AnsweredAt)
	}
	if a.Outcome == call.Answered && t.Outcome != call.Answered && t.Outcome != call.Parked {
		d.add(WrongCall, "", "the call was %s, not answered", t.Outcome)
	}
	if a.Outcome == call.Parked && t.Outcome != call.Parked && whole {
		d.add(WrongCall, "", "the call was %s, not parked", t.Outcome)
	}
	if whole && a.Direction != t.Direction && a.Direction != call.UnknownDirection {
		d.add(WrongCall, "", "the call was %s, not %s", t.Direction, a.Direction)
	}
	if unanswered(string(a.Outcome)) && (t.Outcome == call.Answered || t.Outcome == call.Voicemail) && whole {
		d.add(PhantomMissedCall, "", "the call was %s, and is said to be %s", t.Outcome, a.Outcome)
	}
	if last := lastMoment(t); t.EndedAt != 0 && a.EndedAt > last+tidying {
		d.add(ZombieCall, "", "the call ended %s, not %s", last, a.EndedAt)
	}
	if a.StartedAt < t.StartedAt {
		d.add(WrongCall, "", "the call started %s, not %s", t.StartedAt, a.StartedAt)
	}
}

// lastMoment is when the last leg ended, or the last talk of somebody who took part
// through a leg that was Gone.
func lastMoment(t *call.Call) call.Time {
	last := t.EndedAt
	for _, k := range t.Talks {
		last = max(last, k.To)
	}
	return last
}

// tidying is how long after the end the last notifications of legs that were Gone may
// come, milliseconds.
const tidying = 1000

// containing finds the call that all sessions of an answer belong to.
func containing(truth []*call.Call, a *call.Call) *call.Call {
	for _, t := range truth {
		if !slices.ContainsFunc(a.Sessions, func(s call.Session) bool { return holding([]*call.Call{t}, s.ID) == nil }) {
			return t
		}
	}
	return nil
}

// lasted sums the leg's time in a state, uncertain intervals included. There is no end
// to a state that it is still in.
func lasted(f *call.Leg, state call.LegState) (ms int64) {
	for _, s := range f.States {
		switch {
		case s.State != state:
		case s.To == 0:
			return math.MaxInt64
		default:
			ms += int64(s.To - s.From)
		}
	}
	return ms
}

// samePerson: the same id, or a number under which the other is known.
func samePerson(full *call.Call, a, b call.ParticipantID) bool {
	if a == b {
		return true
	}
	number, ok := strings.CutPrefix(string(a), "tel:")
	for _, p := range full.Participants {
		if p.ID == b && ok && slices.Contains(p.Numbers, number) {
			return true
		}
	}
	return ok && slices.ContainsFunc(full.Legs, func(l call.Leg) bool { return l.Participant == b && ownNumber(&l, a) })
}

// stateHolds: at every moment of s the leg was in that state.
func stateHolds(f *call.Leg, s call.State) bool {
	at := s.From
	if s.State == call.StateEnded && s.To == 0 && slices.ContainsFunc(f.States, func(t call.State) bool {
		return t.State == call.StateGone && t.From <= at && (t.To == 0 || t.To > at)
	}) {
		return true // tidied up after a Gone that was lost: that it came back later may be lost as well
	}
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
			return s.State == call.StateConnected || s.State == call.StateHolding || s.State == call.StateHeld || s.State == call.StateFax
		})
	case got == call.LegElsewhere && f.Outcome == call.LegRouted:
		return true
	case never(got):
		return never(f.Outcome) && got != call.LegElsewhere
	case got == call.LegVoicemail:
		return slices.ContainsFunc(f.States, func(s call.State) bool { return s.State == call.StateVoicemail || s.State == call.StateScreening })
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
	// Told in the other session instead of the retriever's, or the supervisor's, own.
	twin := (l.Kind == call.Pickup || l.Kind == call.Supervise || l.Kind == call.ConferenceMerge) && l.From == f.To
	if !twin && !ends(f.From, f.To, f.ToSession) && !(unoriented && l.From == f.To && (l.To == "" || l.To == f.From) && (l.ToSession == "" || leg(full, f.From) != nil && l.ToSession == leg(full, f.From).Session)) {
		return false
	}
	for role, ids := range l.Roles {
		played := f.Roles[role]
		if role == call.Transferee && len(played) == 0 {
			played = f.Roles[call.Transferor] // somebody who forwards their own call back
		}
		for _, id := range ids {
			if !slices.ContainsFunc(played, func(x call.ParticipantID) bool { return samePerson(full, id, x) }) {
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
		if !slices.ContainsFunc(t.Members, func(n call.Member) bool {
			return samePerson(full, m.Participant, n.Participant) && (m.Mode == n.Mode || m.Mode == call.Supervising)
		}) {
			return false
		}
	}
	return true
}
