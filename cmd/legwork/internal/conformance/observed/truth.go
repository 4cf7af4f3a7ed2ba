package observed

import (
	"cmp"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
)

// known is a call graph in the terms of an Observed Call.
type known struct {
	*call.Call
	cast
	talks       []conversation
	talkers     []call.ParticipantID // could speak and be heard
	supervisors []call.ParticipantID // took part in a talk, and never spoke in one
	onTheLine   []call.ParticipantID
	answerers   []call.ParticipantID // whoever took the call first: any of them is right
	closers     []call.ParticipantID // whoever left first in the end: any of them is right
	people      []call.ParticipantID // took part; menus, queues and the like are not here
	holdMs      int64
	// doubtful: an interval is uncertain, so that sums mean little.
	doubtful bool
}

// conversation is an interval in which the same people could speak to one another.
type conversation struct {
	from, to call.Time
	members  []call.ParticipantID
}

func (t *conversation) ms() int64 { return int64(t.to - t.from) }

func know(c *call.Call, also map[call.ParticipantID][]string) *known {
	k := &known{Call: c, cast: cast{c, also}}
	k.converse()
	for _, l := range c.Legs {
		k.doubtful = k.doubtful || slices.ContainsFunc(l.States, func(s call.State) bool { return s.Uncertain })
	}
	k.holds()
	k.persons()
	k.ends()
	return k
}

func add[T comparable](list *[]T, items ...T) {
	for _, x := range items {
		if !slices.Contains(*list, x) {
			*list = append(*list, x)
		}
	}
}

// converse joins the talks that follow one another with the same speakers: somebody who
// listens in begins no conversation.
func (k *known) converse() {
	all := slices.Clone(k.Call.Talks)
	slices.SortStableFunc(all, func(a, b call.Talk) int { return cmp.Compare(a.From, b.From) })
	for _, t := range all {
		k.doubtful = k.doubtful || t.Uncertain
		var who []call.ParticipantID
		for _, m := range t.Members {
			if m.Mode == call.TwoWay {
				add(&who, m.Participant)
			}
		}
		if len(who) < 2 || t.Uncertain {
			continue
		}
		slices.Sort(who)
		i := slices.IndexFunc(k.talks, func(o conversation) bool { return o.to == t.From && t.From != 0 && slices.Equal(o.members, who) })
		if i >= 0 {
			k.talks[i].to = t.To
			continue
		}
		k.talks = append(k.talks, conversation{t.From, t.To, who})
	}
	for _, t := range k.talks {
		add(&k.talkers, t.members...)
	}
	for _, t := range all {
		for _, m := range t.Members {
			if m.Mode != call.TwoWay && !slices.Contains(k.talkers, m.Participant) {
				add(&k.supervisors, m.Participant)
			}
		}
	}
}

// span is a stretch of time.
type span struct{ from, to call.Time }

// union is how long at least one of the spans lasts.
func union(spans []span) (ms int64) {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var end call.Time
	for _, s := range spans {
		from := max(s.from, end)
		if s.to > from {
			ms += int64(s.to - from)
		}
		end = max(end, s.to)
	}
	return ms
}

func (k *known) talkMs() int64 {
	var spans []span
	for _, t := range k.talks {
		if t.to != 0 {
			spans = append(spans, span{t.from, t.to})
		}
	}
	return union(spans)
}

func (k *known) holds() {
	var spans []span
	for _, l := range k.Legs {
		for _, s := range l.States {
			if (s.State == call.StateHeld || s.State == call.StateHolding) && s.To != 0 {
				spans = append(spans, span{s.From, s.To})
			}
		}
	}
	k.holdMs = union(spans)
}

func alive(l *call.Leg) bool {
	return l.End == nil && !slices.ContainsFunc(l.States, func(s call.State) bool { return s.State == call.StateEnded || s.State == call.StateGone })
}

// persons finds who took part, and who has not left.
func (k *known) persons() {
	service := map[call.ParticipantID]bool{}
	for i := range k.Legs {
		l := &k.Legs[i]
		if slices.Contains(l.Roles, call.Router) || slices.Contains(l.Roles, call.Queue) {
			service[l.Participant] = true
		}
	}
	for i := range k.Legs {
		l := &k.Legs[i]
		if service[l.Participant] {
			continue
		}
		add(&k.people, l.Participant)
		if alive(l) {
			add(&k.onTheLine, l.Participant)
		}
	}
}

// ends finds who took the call, and who hung up.
func (k *known) ends() {
	if len(k.talks) == 0 {
		return
	}
	first, last := k.talks[0], k.talks[0]
	for _, t := range k.talks {
		if t.from < first.from {
			first = t
		}
		if t.to == 0 || last.to != 0 && t.to > last.to {
			last = t
		}
	}
	began := k.beganBy()
	k.answerers = slices.DeleteFunc(slices.Clone(first.members), func(id call.ParticipantID) bool { return id == began })
	if last.to != 0 && k.EndedAt-last.to <= closing {
		k.closers = k.leftFirst(last)
	}
}

// closing is how long after the last conversation a call may end for its end to be that
// of the conversation, and not of a hold or a park.
const closing = 3000

// beganBy is the caller of the first session.
func (k *known) beganBy() call.ParticipantID {
	var first *call.Leg
	for i := range k.Legs {
		l := &k.Legs[i]
		if slices.Contains(l.Roles, call.Caller) && (first == nil || begins(l) < begins(first)) {
			first = l
		}
	}
	if first == nil {
		return ""
	}
	return first.Participant
}

func begins(l *call.Leg) call.Time {
	if len(l.States) == 0 {
		return 0
	}
	return l.States[0].From
}

// leftFirst lists the members of the last conversation whose leg ended first. A leg that
// was Gone did not hang up.
func (k *known) leftFirst(t conversation) (out []call.ParticipantID) {
	var at call.Time
	for i := range k.Legs {
		l := &k.Legs[i]
		if l.End == nil || l.End.At < t.to || !slices.Contains(t.members, l.Participant) || l.Outcome != call.LegAnswered {
			continue
		}
		switch {
		case at == 0 || l.End.At < at:
			at, out = l.End.At, []call.ParticipantID{l.Participant}
		case l.End.At == at:
			add(&out, l.Participant)
		}
	}
	return out
}

// answered says whether anybody took the call, nil where one may say either: of a call
// that nobody knows the end of, and of a fax.
func (k *known) answered() *bool {
	if k.Outcome == call.Answered && len(k.answerers) == 0 {
		return nil
	}
	yes := k.AnsweredAt != 0 || k.Outcome == call.Answered || k.Outcome == call.Parked
	if !yes && (k.Outcome == call.UnknownOutcome || k.Outcome == "") {
		return nil
	}
	return &yes
}

// took says whether a leg's person took the call on it, nil where one may say either.
func took(l *call.Leg) *bool {
	yes := l.TalkMs > 0 || l.Outcome == call.LegAnswered
	connected := slices.ContainsFunc(l.States, func(s call.State) bool { return s.State == call.StateConnected || s.State == call.StateHolding })
	switch {
	case yes, !connected && l.Outcome != call.LegUnknown && l.Outcome != call.LegRouted && l.Outcome != call.LegVoicemail:
		return &yes
	}
	return nil
}

// loser: an agent's leg that rang in vain.
func loser(l *call.Leg) bool {
	return slices.Contains(l.Roles, call.Agent) && (l.Outcome == call.LegElsewhere || l.Outcome == call.LegMissed) &&
		!slices.ContainsFunc(l.States, func(s call.State) bool { return s.State == call.StateConnected })
}

// lost: somebody's leg rang in vain in a queue, and they talked nowhere in the call.
func (k *known) lost(id call.ParticipantID) bool {
	return !slices.Contains(k.talkers, id) && slices.ContainsFunc(k.Legs, func(l call.Leg) bool { return l.Participant == id && loser(&l) })
}

// early lists when callers' own legs counted as answered before anybody did.
func (k *known) early() (out []call.Time) {
	for _, l := range k.Legs {
		for _, s := range l.States {
			if slices.Contains(l.Roles, call.Caller) && s.State == call.StateConnected && (k.AnsweredAt == 0 || s.From < k.AnsweredAt) {
				out = append(out, s.From)
			}
		}
	}
	return out
}
