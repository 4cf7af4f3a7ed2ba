package observed

import (
	"fmt"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/sim/oracle"
)

// talked judges the talks, as a set: each that is said must have been, and where talks
// are declared none may be missing but one that is over within the tolerance.
func (j *judge) talked(c *Call) {
	if !j.Facts.judges("talks") {
		return
	}
	used := make([]bool, len(j.talks))
	for i := range c.Talks {
		b := &c.Talks[i]
		if n := slices.IndexFunc(j.talks, func(t conversation) bool { return j.sameSet(b.Members, t.members) && j.timesHold(&t, b) }); n >= 0 {
			used[n] = true
			continue
		}
		m, text := j.talkWrong(b)
		j.wrong(m, fmt.Sprintf("talks[%d]", i), "%s", text)
	}
	if !j.Facts.asks("talks") {
		return
	}
	for n, t := range j.talks {
		if !used[n] && t.ms() > j.Tolerance.Milliseconds() {
			j.wrong(oracle.WrongTalk, "talks", "%s talked from %s to %s, and are not said to", j.tellAll(t.members), t.from, orNever(t.to))
		}
	}
}

// timesHold: what is said of when, and how long, is true.
func (j *judge) timesHold(t *conversation, b *Talk) bool {
	return (b.From.IsZero() || j.near(b.From, t.from)) && (b.To.IsZero() || j.near(b.To, t.to)) &&
		(b.Ms == nil || t.to != 0 && j.nearMs(*b.Ms, t.ms()))
}

// talkWrong names what is wrong with a talk that was not.
func (j *judge) talkWrong(b *Talk) (oracle.Mistake, string) {
	names := make([]string, len(b.Members))
	for i, p := range b.Members {
		names[i] = j.quote(p)
	}
	text := strings.Join(names, " and ") + " did not talk"
	if !b.From.IsZero() {
		text += " from " + stamp(b.From)
	}
	if !b.To.IsZero() {
		text += " to " + stamp(b.To)
	}
	for _, p := range b.Members {
		who := j.who(p)
		switch {
		case who == "":
		case slices.Contains(j.supervisors, who):
			return oracle.SupervisorTalks, text + ": " + j.tell(who) + " only supervised"
		case j.lost(who):
			return oracle.QueueLoser, text + ": it only rang at " + j.tell(who)
		case !b.From.IsZero() && j.leftBefore(who, call.TimeOf(b.From)), !b.To.IsZero() && j.leftBefore(who, call.TimeOf(b.To)-call.Time(j.Tolerance.Milliseconds())):
			return oracle.StaleParty, text + ": " + j.tell(who) + " had left by then"
		}
	}
	if !b.From.IsZero() && slices.ContainsFunc(j.early(), func(at call.Time) bool { return j.near(b.From, at) }) && !j.near(b.From, j.AnsweredAt) {
		return oracle.EarlyAnswer, text + ": that is when the caller's own leg was answered"
	}
	if n := slices.IndexFunc(j.talks, func(t conversation) bool { return j.sameSet(b.Members, t.members) }); n >= 0 {
		t := j.talks[n]
		text = fmt.Sprintf("%s talked from %s to %s, for %s; that is not what is said", j.tellAll(t.members), t.from, orNever(t.to), lasting(t.ms()))
		if b.Ms != nil && *b.Ms > t.ms()+j.Tolerance.Milliseconds() {
			return oracle.DoubleTalkTime, text
		}
	}
	return oracle.WrongTalk, text
}

// leftBefore: all of somebody's legs had ended by an instant.
func (j *judge) leftBefore(who call.ParticipantID, at call.Time) bool {
	any := false
	for _, l := range j.Call.Legs {
		if l.Participant != who {
			continue
		}
		if l.End == nil || l.End.At >= at {
			return false
		}
		any = true
	}
	return any
}
