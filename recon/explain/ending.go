package explain

import (
	"fmt"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// closing is how far apart the last parties of a call end.
const closing = 1000

// left tells Disconnected.
func (t *teller) left(a *act) {
	switch {
	case a.before() == wire.Gone && t.outcome(a) == call.LegTransferred:
		t.aside(a, "housekeeping: this person left when Gone")
	case a.is(wire.ReasonAgentAnswered):
		t.handedOver(a)
	case a.is(wire.ReasonAgentDropped):
		t.dropped(a)
	case t.closes(a):
		t.say("end", a, t.ended)
	default:
		t.alone(a, "%s", phrase(func() string { return t.leaves(a) }))
	}
}

// phrase is a name or more that is made when it is printed.
type phrase func() string

func (t *teller) outcome(a *act) call.LegOutcome {
	if l := t.legs[a.leg]; l != nil {
		return l.Outcome
	}
	return call.LegUnknown
}

// handedOver puts the end of a queue's own party under the agent's answer.
func (t *teller) handedOver(a *act) {
	a.note = "the queue's own party ends, the call goes on"
	key := "answer:" + string(t.answered[a.session])
	t.say(key, a, func() string { return t.whose(a.session, a.leg) + " handed the call to an agent" })
}

// dropped gathers the agents whose phones stopped ringing together.
func (t *teller) dropped(a *act) {
	var s *sentence
	key := "drop:" + string(a.session)
	t.say(key, a, func() string {
		var agents []string
		for _, b := range s.acts {
			agents = append(agents, t.whose(b.session, b.leg))
		}
		return fmt.Sprintf("the queue stopped ringing %s, because the call went elsewhere: not missed", list(agents))
	})
	s = t.keys[key]
}

// closes reports whether an event belongs to the end of the whole call.
func (t *teller) closes(a *act) bool {
	end := t.call.EndedAt
	plain := a.party.Status.Reason == "" || a.is(wire.ReasonCallFinished)
	return plain && end != 0 && a.at >= end-closing
}

// ended tells the end of the call.
func (t *teller) ended() string {
	tail := ""
	switch t.call.Outcome {
	case call.Answered, call.UnknownOutcome:
	default:
		tail = fmt.Sprintf("; nobody had talked, outcome %s", t.call.Outcome)
		if len(t.call.Talks) > 0 {
			tail = fmt.Sprintf("; outcome %s", t.call.Outcome)
		}
	}
	if by := t.call.EndedBy; by != nil {
		return fmt.Sprintf("the call ended, %s first (inferred from the order: RingCentral does not say who hung up)%s", t.who(by.Participant), tail)
	}
	return "the call ended" + tail
}

// endings are the sentences of the reasons with which one party ends.
var endings = map[wire.Reason]string{
	wire.ReasonRejected: "%s declined the call", wire.ReasonTargetBusy: "%s was busy", wire.ReasonNoAnswer: "%s did not answer",
	wire.ReasonTimeout: "nobody reacted in time at %s", wire.ReasonCancelled: "the call to %s was called off",
	wire.ReasonInvalidNumber: "the call of %s failed: no such number", wire.ReasonNoSuchUser: "the call of %s failed: no such extension",
	wire.ReasonPickup:      "the call was taken from %s by another phone",
	wire.ReasonCallReplied: "%s answered the ringing call with a message", wire.ReasonVoicemail: "the call went from %s to voicemail",
}

// callerEndings are the same on the party that called.
var callerEndings = map[wire.Reason]string{
	wire.ReasonRejected: "the call of %s ended: it was declined", wire.ReasonTargetBusy: "the call of %s ended: the called party was busy",
	wire.ReasonNoAnswer: "the call of %s ended: nobody answered", wire.ReasonTimeout: "the call of %s ended: nobody reacted in time",
	wire.ReasonCancelled: "%s called the call off", wire.ReasonVoicemail: "the call of %s went to voicemail",
}

// leaves tells the end of one party.
func (t *teller) leaves(a *act) string {
	who := t.whose(a.session, a.leg)
	r, known := a.party.Status.Reason.Canonical()
	if text := callerEndings[r]; text != "" && t.calls(a) {
		return fmt.Sprintf(text, who)
	}
	if text := endings[r]; text != "" {
		return fmt.Sprintf(text, who)
	}
	if r != "" {
		how := ""
		if !known {
			how = ", which no documentation explains"
		}
		return fmt.Sprintf("%s left the call with the reason %s%s", who, safe(string(r)), how)
	}
	if l := t.legs[a.leg]; l != nil && slices.Contains(l.Roles, call.Supervisor) {
		return who + " stopped supervising"
	}
	switch t.outcome(a) {
	case call.LegMissed:
		return "the phone of " + who + " stopped ringing, unanswered"
	case call.LegElsewhere:
		return "the phone of " + who + " stopped ringing: the call was taken elsewhere"
	case call.LegCancelled:
		return "the call to " + who + " was called off"
	case call.LegRouted:
		return "the part of " + who + " ended; the call went on"
	}
	if t.staysElsewhere(a) {
		return who + " left session " + t.session(a.session)
	}
	return who + " left the call"
}

// staysElsewhere reports whether whoever left has another leg that lives on.
func (t *teller) staysElsewhere(a *act) bool {
	mine := t.legs[a.leg]
	if mine == nil {
		return false
	}
	return slices.ContainsFunc(t.call.Legs, func(l call.Leg) bool {
		if l.ID == mine.ID || l.Participant != mine.Participant || len(l.States) == 0 || l.States[0].From > a.at {
			return false
		}
		last := l.States[len(l.States)-1]
		return last.State != call.StateEnded && last.State != call.StateGone || last.From > a.at
	})
}
