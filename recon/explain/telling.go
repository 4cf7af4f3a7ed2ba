package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// calls reports whether the event is of the party that began its session.
func (t *teller) calls(a *act) bool {
	l := t.legs[a.leg]
	return wire.PartyNumber(string(a.leg)) == 1 || l != nil && slices.Contains(l.Roles, call.Caller)
}

// reached is how soon after the call's Setup the first callee's belongs to it.
const reached = 2000

// ringing tells Setup and Proceeding.
func (t *teller) ringing(a *act) {
	opening := "call:" + string(a.session)
	switch {
	case a.kind == wire.Setup && a.previous != nil:
		t.aside(a, "numbered after a later status: too late to tell anything")
	case a.before() != wire.KindUnknown && a.before() != wire.Setup:
		t.aside(a, "numbered after a later status: too late to tell anything")
	case t.calls(a) && !t.ringOut(a):
		t.say(opening, a, func() string { return t.opening(a) })
	case a.kind == wire.Setup && t.firstCallee(a):
		t.say(opening, a, nil)
	case a.kind == wire.Proceeding && t.hunted(a) != nil:
		t.hunting(a, t.hunted(a))
	default:
		t.say("ring:"+string(a.leg), a, func() string { return t.rang(a) })
	}
}

func (t *teller) ringOut(a *act) bool {
	return t.call.Sessions[t.sessions[a.session]].Origin == string(wire.OriginRingOut)
}

// firstCallee reports whether a callee's Setup belongs to the sentence that began
// its session: the second event of a call that just began.
func (t *teller) firstCallee(a *act) bool {
	s := t.keys["call:"+string(a.session)]
	return s != nil && a.at-s.at <= reached && !slices.ContainsFunc(s.acts, func(b *act) bool { return !t.calls(b) })
}

// opening tells how a session began: who called whom.
func (t *teller) opening(a *act) string {
	who := t.whose(a.session, a.leg)
	if t.call.Sessions[t.sessions[a.session]].Origin == string(wire.OriginConference) {
		return fmt.Sprintf("%s opened the conference, session %s", who, t.session(a.session))
	}
	number := a.party.To.PhoneNumber
	if strings.HasPrefix(number, "*") {
		return fmt.Sprintf("%s dialled %s", who, safe(number))
	}
	for _, b := range t.keys["call:"+string(a.session)].acts {
		if t.calls(b) {
			continue
		}
		to := t.whose(b.session, b.leg)
		if l := t.legs[b.leg]; l != nil && slices.Contains(l.Roles, call.Queue) {
			to = "the queue " + to
		}
		if number != "" && !strings.Contains(to, safe(number)) {
			to += " at " + safe(number)
		}
		return fmt.Sprintf("%s called %s", who, to)
	}
	if number == "" {
		return who + " began a call"
	}
	return fmt.Sprintf("%s called %s", who, safe(number))
}

// rang tells that the call was offered to somebody.
func (t *teller) rang(a *act) string {
	who := t.whose(a.session, a.leg)
	switch {
	case t.ringOut(a) && wire.PartyNumber(string(a.leg)) == 1:
		return "a RingOut began: the phone of " + who + " rang first"
	case t.movedTo(a.leg) == call.Flip && a.party.To.PhoneNumber != "":
		return "another phone of " + who + " was called, " + safe(a.party.To.PhoneNumber)
	case t.movedTo(a.leg) != "":
		return "another phone of " + who + " joined"
	}
	for _, b := range t.keys["ring:"+string(a.leg)].acts {
		if b.kind == wire.Proceeding {
			return "the phone of " + who + " rang" + t.callingFrom(a)
		}
	}
	return "the call was offered to " + who + t.callingFrom(a)
}

// movedTo is the kind of the link by which a person moved the call to this leg, ""
// when nobody did.
func (t *teller) movedTo(id call.LegID) call.LinkKind {
	for i := range t.call.Links {
		if l := &t.call.Links[i]; l.To == id && (l.Kind == call.Switch || l.Kind == call.Flip) {
			return l.Kind
		}
	}
	return ""
}

// callingFrom names the calling number where the caller's own party is not in view.
func (t *teller) callingFrom(a *act) string {
	if t.keys["call:"+string(a.session)] != nil || t.ringOut(a) || a.party.From.PhoneNumber == "" {
		return ""
	}
	return ", called from " + safe(a.party.From.PhoneNumber)
}

// wentTo names where a Gone party was.
func (t *teller) wentTo(a *act) string {
	if p := a.party.Status.PeerID; p != nil {
		return "session " + t.session(call.SessionID(p.TelephonySessionID))
	}
	return "where this party had gone"
}

// hunted is the hunt link that a leg was rung by, nil when it was not.
func (t *teller) hunted(a *act) *call.Link {
	for i := range t.call.Links {
		if l := &t.call.Links[i]; l.Kind == call.Hunt && l.To == a.leg {
			return l
		}
	}
	return nil
}

// hunting tells that a queue rang agents; those rung together share a sentence.
func (t *teller) hunting(a *act, l *call.Link) {
	key := "hunt:" + string(l.From)
	if s := t.keys[key]; s != nil && a.at-s.at > reached {
		delete(t.keys, key)
	}
	var s *sentence
	t.say(key, a, func() string {
		var agents []string
		for _, b := range s.acts {
			agents = append(agents, t.whose(b.session, b.leg))
		}
		return fmt.Sprintf("the queue%s rang %s", t.queue(l), list(agents))
	})
	s = t.keys[key]
}

// queue names a hunt's queue after a space, nothing when it is not in view.
func (t *explainer) queue(l *call.Link) string {
	if q := l.Roles[call.Queue]; len(q) > 0 {
		return " " + t.whoAll(q)
	}
	return ""
}

// connected tells Answered, by what came before it.
func (t *teller) connected(a *act) {
	switch a.before() {
	case wire.Hold:
		t.alone(a, "%s took %s back from hold", self{}, t.held(a, false))
	case wire.Gone:
		t.alone(a, "%s came back to session %s from %s", self{}, t.session(a.session), t.wentTo(a.previous))
	case wire.Parked:
		t.alone(a, "%s was connected again", self{})
	case wire.Disconnected:
		t.aside(a, "numbered after the party's end")
	default:
		t.answer(a)
	}
	t.connectedNow(a)
}

// answer tells a party's first Answered: somebody picked up, or, on the caller's own
// party, the destination was reached.
func (t *teller) answer(a *act) {
	if !t.calls(a) || t.ringOut(a) {
		t.say("answer:"+string(a.leg), a, func() string {
			if t.movedTo(a.leg) != "" {
				return t.whose(a.session, a.leg) + " answered on the other phone"
			}
			return t.whose(a.session, a.leg) + " answered"
		})
		return
	}
	if callee, ok := t.answered[a.session]; ok && t.keys["answer:"+string(callee)] != nil {
		a.note = "the same answer, on the calling party"
		t.say("answer:"+string(callee), a, nil)
		return
	}
	a.note = "reached, not yet picked up"
	if t.call.Sessions[t.sessions[a.session]].Origin == string(wire.OriginConference) {
		a.note = ""
	}
	t.say("call:"+string(a.session), a, func() string { return t.opening(a) })
}

// held is who was put on hold by an event, or taken back by it.
func (t *teller) held(a *act, begins bool) []call.ParticipantID {
	var out []call.ParticipantID
	for i := range t.call.Legs {
		l := &t.call.Legs[i]
		if l.ID == a.leg {
			continue
		}
		for _, s := range l.States {
			if s.State == call.StateHeld && (begins && s.From == a.at || !begins && s.To == a.at) && !slices.Contains(out, l.Participant) {
				out = append(out, l.Participant)
			}
		}
	}
	return out
}
