package call

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
)

// CheckError is one violated invariant of a graph.
type CheckError struct {
	// Rule names the invariant, About what violates it.
	Rule, About, Text string
}

func (e *CheckError) Error() string { return fmt.Sprintf("call: %s: %s: %s", e.Rule, e.About, e.Text) }

// Check reports every violated invariant of a graph, joined, each a *CheckError; nil
// when there is none. What the engine builds, from whatever events, passes.
func Check(c *Call) error {
	k := checker{c: c, sessions: map[SessionID]bool{}, people: map[ParticipantID]bool{}, legs: map[LegID]*Leg{}}
	k.index()
	k.call()
	for i := range c.Legs {
		k.leg(&c.Legs[i])
	}
	for i := range c.Links {
		k.link(&c.Links[i])
	}
	for i := range c.Talks {
		k.talk(&c.Talks[i], c.Talks[:i])
	}
	for i := range c.Findings {
		f := &c.Findings[i]
		k.word("finding", f.About, f.Kind, findingOrder)
		k.evidence(string(f.Kind), f.Evidence)
	}
	k.order()
	return errors.Join(k.errs...)
}

type checker struct {
	c        *Call
	sessions map[SessionID]bool
	people   map[ParticipantID]bool
	legs     map[LegID]*Leg
	errs     []error
}

func (k *checker) fail(rule, about, format string, args ...any) {
	k.errs = append(k.errs, &CheckError{rule, about, fmt.Sprintf(format, args...)})
}

func (k *checker) must(ok bool, rule, about, format string, args ...any) {
	if !ok {
		k.fail(rule, about, format, args...)
	}
}

func (k *checker) index() {
	for _, s := range k.c.Sessions {
		k.must(s.ID != "" && !k.sessions[s.ID], "unique-ids", string(s.ID), "the session stands twice, or has no id")
		k.sessions[s.ID] = true
		k.must(s.Sequences.Count >= 0 && s.Sequences.First <= s.Sequences.Last, "sequences", string(s.ID), "first is after last")
	}
	for _, p := range k.c.Participants {
		k.must(p.ID != "" && !k.people[p.ID], "unique-ids", string(p.ID), "the participant stands twice, or has no id")
		k.people[p.ID] = true
		k.word("participant", string(p.ID), p.Kind, []ParticipantKind{Extension, External, UnknownParticipant})
	}
	for i := range k.c.Legs {
		l := &k.c.Legs[i]
		k.must(l.ID != "" && k.legs[l.ID] == nil, "unique-ids", string(l.ID), "the leg stands twice, or has no id")
		k.legs[l.ID] = l
	}
}

func (k *checker) call() {
	c := k.c
	k.must(len(c.Sessions) > 0 && c.ID == c.Sessions[0].ID, "id", string(c.ID), "is not the first session's")
	k.must(c.Revision > 0, "revision", string(c.ID), "is %d", c.Revision)
	k.word("status", string(c.ID), c.Status, []Status{Open, Settling, Final})
	k.word("direction", string(c.ID), c.Direction, []Direction{Inbound, Outbound, Internal, UnknownDirection})
	k.word("outcome", string(c.ID), c.Outcome, []Outcome{Answered, Voicemail, Missed, Abandoned, Rejected, Busy, Cancelled, Failed, Parked, UnknownOutcome})
	alive := slices.ContainsFunc(c.Legs, alive)
	noEnd := slices.ContainsFunc(c.Findings, func(f Finding) bool { return f.Kind == NoEnd })
	k.must(!alive || c.Status == Open || noEnd, "status", string(c.ID), "%s, and a leg is alive", c.Status)
	k.must(alive || c.Status != Open, "status", string(c.ID), "open, and no leg is alive")
	k.must(!alive || c.EndedAt == 0, "ended", string(c.ID), "ended, and a leg is alive")
	if c.AnsweredAt != 0 {
		k.must(slices.ContainsFunc(c.Talks, func(t Talk) bool { return t.From == c.AnsweredAt && conversing(&t) }), "answered", string(c.ID), "nobody began to talk at %s", c.AnsweredAt)
	}
	if c.EndedBy != nil {
		k.person("ended-by", string(c.ID), c.EndedBy.Participant)
	}
}

func alive(l Leg) bool {
	if len(l.States) == 0 {
		return true
	}
	s := l.States[len(l.States)-1].State
	return s != StateEnded && s != StateGone
}

// conversing: at least two participants, in both directions.
func conversing(t *Talk) bool {
	var first ParticipantID
	for _, m := range t.Members {
		switch {
		case m.Mode != TwoWay:
		case first == "":
			first = m.Participant
		case m.Participant != first:
			return true
		}
	}
	return false
}

func (k *checker) person(rule, about string, id ParticipantID) {
	k.must(k.people[id], rule, about, "participant %q is not in the call", id)
}

func (k *checker) session(rule, about string, id SessionID) {
	k.must(k.sessions[id], rule, about, "session %q is not in the call", id)
}

func (k *checker) word(rule, about string, got any, known any) {
	list := reflect.ValueOf(known)
	for i := range list.Len() {
		if list.Index(i).Interface() == got {
			return
		}
	}
	k.fail("words", about, "%q is no %s", got, rule)
}

var legStates = []LegState{StateSetup, StateRinging, StateConnected, StateHolding, StateHeld, StateParked, StateVoicemail, StateScreening,
	StateFax, StateGone, StateEnded, StateUnknown}

var legOutcomes = []LegOutcome{LegAnswered, LegMissed, LegVoicemail, LegRejected, LegBusy, LegCancelled, LegFailed, LegElsewhere,
	LegTransferred, LegParked, LegJoined, LegRouted, LegUnknown}

func (k *checker) leg(l *Leg) {
	about := string(l.ID)
	k.session("leg-session", about, l.Session)
	k.person("leg-participant", about, l.Participant)
	k.word("leg outcome", about, l.Outcome, legOutcomes)
	for _, r := range l.Roles {
		k.word("role", about, r, roleOrder)
	}
	if l.Peer != nil {
		k.session("peer", about, l.Peer.Session)
	}
	k.must(l.RingMs >= 0 && l.TalkMs >= 0 && l.HoldMs >= 0 && l.HeldMs >= 0 && l.WaitMs >= 0, "sums", about, "one is negative")
	k.must(len(l.States) > 0, "states", about, "there is none")
	for i, s := range l.States {
		k.word("state", about, s.State, legStates)
		last := i == len(l.States)-1
		k.must(last || s.To != 0, "states", about, "%s has no end and is not the last", s.State)
		k.must(s.To == 0 || s.From <= s.To, "states", about, "%s ends before it begins", s.State)
		k.must(last || l.States[i+1].From == s.To, "states", about, "there is a gap after %s", s.State)
	}
	if l.End != nil && len(l.States) > 0 {
		last := l.States[len(l.States)-1]
		k.must(!alive(*l) && last.From == l.End.At, "end", about, "%s/%s at %s is not where the leg's states end", l.End.Code, l.End.Reason, l.End.At)
	}
}

func (k *checker) link(l *Link) {
	about := string(l.Kind)
	k.word("link", about, l.Kind, kindOrder)
	k.word("basis", about, l.Basis, []Basis{BothEnds, OneEnd, SameSession, Inferred})
	k.must(l.Rule != "", "rule", about, "none is named")
	k.must(len(l.Evidence) > 0, "evidence", about, "there is none")
	k.must(l.From != "" || l.Kind == Hunt || l.Kind == Park || l.Kind == ConferenceMerge, "link-from", about, "it starts nowhere")
	for _, id := range []LegID{l.From, l.To} {
		k.must(id == "" || k.legs[id] != nil, "link-leg", about, "leg %q is not in the call", id)
	}
	if l.ToSession != "" {
		k.session("link-session", about, l.ToSession)
	}
	for role, ids := range l.Roles {
		k.word("role", about, role, roleOrder)
		k.must(len(ids) > 0, "roles", about, "nobody is %s", role)
		for _, id := range ids {
			k.person("roles", about, id)
		}
	}
	k.evidence(about, l.Evidence)
}

func (k *checker) evidence(about string, ev []Evidence) {
	for _, e := range ev {
		k.session("evidence", about, e.Session)
	}
}

func (k *checker) talk(t *Talk, before []Talk) {
	about := t.From.String()
	k.must(t.To == 0 || t.From < t.To, "talk-times", about, "it ends at %s", t.To)
	twoWay, inferred := false, false
	people := map[ParticipantID]bool{}
	for _, m := range t.Members {
		k.person("talk-member", about, m.Participant)
		k.word("mode", about, m.Mode, []Mode{TwoWay, Listen, Whisper, Supervising})
		people[m.Participant] = true
		twoWay = twoWay || m.Mode == TwoWay
		inferred = inferred || m.Leg == ""
		if m.Leg != "" {
			k.connected(t, m)
		}
	}
	k.must(len(people) >= 2 && twoWay, "talk-members", about, "it takes two, one of whom can speak")
	k.must(inferred == t.Inferred, "talk-inferred", about, "it is %t that a member has no leg in view", inferred)
	for i := range before {
		k.apart(t, &before[i])
	}
}

// connected: a member's leg is connected throughout the talk.
func (k *checker) connected(t *Talk, m Member) {
	l := k.legs[m.Leg]
	if l == nil || l.Participant != m.Participant {
		k.fail("talk-leg", string(m.Leg), "it is not in the call, or not %s's", m.Participant)
		return
	}
	at := t.From
	for _, s := range l.States { // states of no length may stand in between
		if s.State != StateConnected || s.From > at || s.To != 0 && s.To < at {
			continue
		}
		if s.To == 0 || t.To != 0 && t.To <= s.To {
			return
		}
		at = s.To
	}
	k.fail("talk-connected", string(m.Leg), "it is not connected from %s to %s", t.From, t.To)
}

// apart: no leg is in two talks at once.
func (k *checker) apart(a, b *Talk) {
	if a.To != 0 && a.To <= b.From || b.To != 0 && b.To <= a.From {
		return
	}
	for _, m := range a.Members {
		for _, n := range b.Members {
			k.must(m.Leg == "" || m.Leg != n.Leg, "one-talk", string(m.Leg), "it is in two talks at once, from %s and from %s", b.From, a.From)
		}
	}
}

// order: the graph stands in canonical order.
func (k *checker) order() {
	sorted := clone(k.c)
	Sort(sorted)
	k.must(string(AppendJSON(nil, sorted)) == string(AppendJSON(nil, k.c)), "order", string(k.c.ID), "it does not stand in canonical order")
}

// clone copies what Sort would move.
func clone(c *Call) *Call {
	d := *c
	d.Sessions, d.Participants, d.Legs = slices.Clone(c.Sessions), slices.Clone(c.Participants), slices.Clone(c.Legs)
	d.Links, d.Talks, d.Findings = slices.Clone(c.Links), slices.Clone(c.Talks), slices.Clone(c.Findings)
	for i := range d.Legs {
		d.Legs[i].Roles = slices.Clone(d.Legs[i].Roles)
	}
	for i := range d.Links {
		l := &d.Links[i]
		l.Evidence = slices.Clone(l.Evidence)
		roles := Roles{}
		for r, ids := range l.Roles {
			roles[r] = slices.Clone(ids)
		}
		l.Roles = roles
	}
	for i := range d.Talks {
		d.Talks[i].Members = slices.Clone(d.Talks[i].Members)
	}
	for i := range d.Findings {
		d.Findings[i].Evidence = slices.Clone(d.Findings[i].Evidence)
	}
	return &d
}
