// Package oracle holds what somebody concluded from a run's notifications against what
// the switch knows: it names every difference by the mistake that makes it, and shows
// it.
//
// Two questions can be asked. When every notification arrived, the answer must equal
// the truth to the millisecond: Exact. When some were lost it may say less, and nothing
// that is false: Safe.
package oracle

import (
	"fmt"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
)

// Mistake names what an answer got wrong.
type Mistake string

// The mistakes that receivers make, each with a name of its own, and the rest.
const (
	SplitCall          Mistake = "split-call"
	MergedCalls        Mistake = "merged-calls"
	ZombieCall         Mistake = "zombie-call"
	PhantomMissedCall  Mistake = "phantom-missed-call"
	LostTransferTarget Mistake = "lost-transfer-target"
	DoubleTalkTime     Mistake = "double-talk-time"
	QueueLoser         Mistake = "answered-by-queue-loser"
	StaleParty         Mistake = "stale-party"
	SelfCallSwap       Mistake = "self-call-swap"
	SupervisorTalks    Mistake = "supervisor-counted-as-talker"
	EarlyAnswer        Mistake = "ring-time-from-the-callers-early-answer"
	HoldTwice          Mistake = "hold-counted-twice"
	IVREnds            Mistake = "ivr-disconnect-ends-the-call"

	LostCall         Mistake = "lost-call"
	InventedCall     Mistake = "invented-call"
	WrongCall        Mistake = "wrong-call"
	WrongSession     Mistake = "wrong-session"
	WrongParticipant Mistake = "wrong-participant"
	WrongLeg         Mistake = "wrong-leg"
	WrongLink        Mistake = "wrong-link"
	WrongTalk        Mistake = "wrong-talk"
)

var meanings = []struct {
	mistake Mistake
	meaning string
}{
	{SplitCall, "one call became two: a link between its sessions was not seen"},
	{MergedCalls, "two calls became one, as by the legacy session id \"0\" of conferences"},
	{ZombieCall, "the call is over, and does not end"},
	{PhantomMissedCall, "the call was answered, or went to voicemail, and counts as missed"},
	{LostTransferTarget, "a transfer is missing, or whom it went to"},
	{DoubleTalkTime, "somebody talked longer than they did: one conversation was counted in two legs or sessions"},
	{QueueLoser, "the queue's call was taken by another agent than the one who took it"},
	{StaleParty, "somebody who had left is still on the line"},
	{SelfCallSwap, "a leg belongs to the person at its other end"},
	{SupervisorTalks, "a supervisor who only listened counts as a talker"},
	{EarlyAnswer, "the call counts as answered when the caller's own leg was, before anybody answered"},
	{HoldTwice, "time on hold is longer than it was: it was counted for both sides"},
	{IVREnds, "the call ends where its menu did"},
	{LostCall, "a call is missing"},
	{InventedCall, "a call never was"},
	{WrongCall, "something about the call as a whole is wrong"},
	{WrongSession, "something about a session is wrong"},
	{WrongParticipant, "who took part is wrong"},
	{WrongLeg, "something about a leg is wrong"},
	{WrongLink, "a link is wrong, missing or invented"},
	{WrongTalk, "who could hear whom is wrong"},
}

// Mistakes lists every mistake.
func Mistakes() []Mistake {
	out := make([]Mistake, len(meanings))
	for i, m := range meanings {
		out[i] = m.mistake
	}
	return out
}

// Meaning says a mistake in one sentence.
func (m Mistake) Meaning() string {
	i := slices.IndexFunc(meanings, func(x struct {
		mistake Mistake
		meaning string
	}) bool {
		return x.mistake == m
	})
	if i < 0 {
		return ""
	}
	return meanings[i].meaning
}

// Difference is one thing that an answer got wrong.
type Difference struct {
	Mistake Mistake
	Call    call.SessionID // the true call, or the answer's where there is none
	About   string         // the leg, link or talk, "" for the call
	Text    string         // what is true, and what was said
}

func (d Difference) String() string {
	if d.About == "" {
		return fmt.Sprintf("%s: %s", d.Mistake, d.Text)
	}
	return fmt.Sprintf("%s: %s: %s", d.Mistake, d.About, d.Text)
}

// differences collects them.
type differences struct {
	id  call.SessionID
	out []Difference
}

func (d *differences) add(m Mistake, about, format string, args ...any) {
	d.out = append(d.out, Difference{m, d.id, about, fmt.Sprintf(format, args...)})
}
