package view

import (
	"fmt"
	"sort"
	"time"

	"github.com/legworkhq/legwork/recon/call"
)

// step is one thing that happened. The page prints its text, the sequence diagram
// draws its short label; either may be empty.
type step struct {
	at      call.Time
	session call.SessionID
	text    string
	unsure  bool
	// from and to are who the arrow joins. Without to, or from itself, it is a note.
	from, to call.ParticipantID
	// short is the label of the arrow or note, "" for a step that is not drawn.
	short string
	reply bool // an answer: drawn dashed
	// rank puts steps of the same instant in the order in which they make sense.
	rank int
}

const (
	rankAsk = iota
	rankCall
	rankRoute
	rankRing
	rankAnswer
	rankState
	rankLink
	rankEnd
)

// storyteller collects the steps of a call.
type storyteller struct {
	*names
	steps []step
	// told are the legs whose end a link tells better, with the link's reason.
	told map[call.LegID]string
}

// story tells a call in order of time.
func (n *names) story() []step {
	t := &storyteller{names: n, told: map[call.LegID]string{}}
	for i := range n.call.Links {
		t.link(&n.call.Links[i])
	}
	for i := range n.call.Legs {
		t.leg(&n.call.Legs[i])
	}
	sort.SliceStable(t.steps, func(i, j int) bool {
		a, b := &t.steps[i], &t.steps[j]
		if a.at != b.at {
			return a.at < b.at
		}
		return a.rank < b.rank
	})
	return t.steps
}

func (t *storyteller) add(s step) { t.steps = append(t.steps, s) }

func (t *storyteller) leg(l *call.Leg) {
	if t.mirror(l.Session) {
		t.mirrored(l)
		return
	}
	for i := range l.States {
		t.state(l, i)
	}
	for _, r := range l.Recordings {
		t.add(step{at: r.At, session: l.Session, rank: rankState, from: l.Participant, short: "recording",
			text: fmt.Sprintf("a recording of %s was reported (%s)", t.who(l.Participant), clean(r.ID))})
	}
}

// mirrored tells of a session that repeats another one, once, and not what it repeats.
func (t *storyteller) mirrored(l *call.Leg) {
	for i := range t.call.Legs {
		if o := &t.call.Legs[i]; o.Session == l.Session {
			if o == l && len(l.States) > 0 {
				t.add(step{at: l.States[0].From, session: l.Session, rank: rankEnd,
					text: "session " + t.session(l.Session) + " began, which repeats this call: not told twice"})
			}
			return
		}
	}
}

func (t *storyteller) state(l *call.Leg, i int) {
	s := l.States[i]
	who := t.who(l.Participant)
	base := step{at: s.From, session: l.Session, from: l.Participant, rank: rankState}
	tell := func(text, short string) {
		base.text, base.short = text, short
		t.add(base)
	}
	if i == 0 {
		t.begin(l)
	}
	switch s.State {
	case call.StateConnected:
		t.connected(l, i)
	case call.StateHolding:
		base.unsure = s.Uncertain
		tell(fmt.Sprintf("%s put the call on hold%s", who, lasting(" for ", s)), "hold"+lasting(" ", s))
	case call.StateVoicemail:
		tell(fmt.Sprintf("the voicemail of %s took the call", who), "voicemail")
	case call.StateScreening:
		tell(fmt.Sprintf("%s screened the call", who), "screening")
	case call.StateFax:
		tell(fmt.Sprintf("%s received a fax", who), "fax")
	case call.StateUnknown:
		tell(fmt.Sprintf("%s went into a state that RingCentral does not document", who), "unknown state")
	case call.StateEnded:
		t.ended(l, s.From)
	}
}

// begin tells how a leg came about.
func (t *storyteller) begin(l *call.Leg) {
	first := l.States[0]
	s := step{at: first.From, session: l.Session, from: l.Participant, rank: rankCall}
	switch who := t.who(l.Participant); {
	case t.linked(l, call.RingOut, false) && l.Direction != "Outbound":
		s.text, s.short = "RingCentral rang "+who+" first", "rung first"
	case hasRole(l, call.Caller):
		to, _ := t.participant(l.To)
		name := t.far(l.To)
		if name == "" {
			name = "somebody"
		}
		s.text = who + " called " + name
		if to == l.Participant || !t.rings(l.Session, to) {
			s.short, s.to = "calls", to
			if to == "" {
				s.short = "calls " + name
			}
		}
		if clean(l.To.Number) == "conference" {
			s.text, s.short = who+" opened a conference", "opens a conference"
		}
	case t.rung(l):
		s.rank = rankRing
		s.text, s.short = t.rang(l), "invite"
		if t.linked(l, call.Route, true) {
			s.short = "" // the arrow of the link is enough
		}
		s.from, s.to = t.inviter(l), l.Participant
	default:
		return
	}
	t.add(s)
}

// rung: the leg was called, whether it was seen ringing or only being set up.
func (t *storyteller) rung(l *call.Leg) bool {
	if !hasRole(l, call.Callee) || hasRole(l, call.Router) || hasRole(l, call.Queue) {
		return false
	}
	return l.States[0].State == call.StateSetup || l.States[0].State == call.StateRinging
}

// rang says that a leg began to ring: "" right after the caller called just that
// participant, for that line says it.
func (t *storyteller) rang(l *call.Leg) string {
	for _, k := range t.call.Links {
		if from := t.legs[k.From]; k.Kind == call.Hunt && k.To == l.ID && from != nil {
			return t.who(from.Participant) + " rang " + t.who(l.Participant)
		}
	}
	for i := range t.call.Legs {
		c := &t.call.Legs[i]
		if to, _ := t.participant(c.To); c.Session == l.Session && hasRole(c, call.Caller) && c.Direction == "Outbound" &&
			to == l.Participant && len(c.States) > 0 && l.States[0].From.Sub(c.States[0].From).Abs() < time.Second {
			return ""
		}
	}
	return "it rang for " + t.who(l.Participant)
}

// rings: a leg of the participant in the session is drawn as invited.
func (t *storyteller) rings(s call.SessionID, p call.ParticipantID) bool {
	for i := range t.call.Legs {
		if l := &t.call.Legs[i]; l.Session == s && l.Participant == p && len(l.States) > 0 && t.rung(l) {
			return true
		}
	}
	return false
}

// inviter is who called a leg: whom a link names, else the caller of the session.
func (t *storyteller) inviter(l *call.Leg) call.ParticipantID {
	for _, k := range t.call.Links {
		if from := t.legs[k.From]; k.To == l.ID && from != nil && (k.Kind == call.Hunt || k.Kind == call.Route || k.Kind == call.RingOut) {
			return from.Participant
		}
	}
	return t.callerOf(l)
}

// callerOf is the caller of a leg's session, else whom its from names, else itself.
func (t *storyteller) callerOf(l *call.Leg) call.ParticipantID {
	for i := range t.call.Legs {
		if c := &t.call.Legs[i]; c.Session == l.Session && hasRole(c, call.Caller) {
			return c.Participant
		}
	}
	if id, ok := t.participant(l.From); ok {
		return id
	}
	return l.Participant
}

// linked: a link of this kind leads to the leg, or starts at it.
func (t *storyteller) linked(l *call.Leg, kind call.LinkKind, to bool) bool {
	for _, k := range t.call.Links {
		if k.Kind == kind && (to && k.To == l.ID || !to && k.From == l.ID) {
			return true
		}
	}
	return false
}

func (t *storyteller) connected(l *call.Leg, i int) {
	s := step{at: l.States[i].From, session: l.Session, from: l.Participant, rank: rankAnswer}
	who := t.who(l.Participant)
	before := call.StateSetup
	if i > 0 {
		before = l.States[i-1].State
	}
	caller := hasRole(l, call.Caller) && l.Direction == "Outbound"
	switch {
	case before == call.StateGone:
		s.text, s.short = who+" came back to the call", "back on the call"
	case before == call.StateHolding:
		s.text, s.short = who+" took the call off hold", "off hold"
	case before == call.StateRinging && !caller:
		after := seconds(l.States[i].From.Sub(l.States[i-1].From))
		s.text, s.short = fmt.Sprintf("%s answered after %s", who, after), "answered after "+after
		s.unsure = l.States[i-1].Uncertain
		s.to, s.reply = t.callerOf(l), true
	case hasRole(l, call.Router) || hasRole(l, call.Queue):
		s.text, s.short = who+" took the call in", "takes the call in"
	case hasRole(l, call.Callee) && notYet(before) && !hasRole(l, call.Retriever):
		s.text, s.short = who+" answered", "answered"
		s.to, s.reply = t.callerOf(l), true
	default:
		return // the caller's early answer, the end of being held: told by others
	}
	t.add(s)
}

// notYet: nobody has answered in this state.
func notYet(s call.LegState) bool {
	return s == call.StateSetup || s == call.StateScreening || s == call.StateUnknown
}

func (t *storyteller) ended(l *call.Leg, at call.Time) {
	if reason, ok := t.told[l.ID]; ok && (l.Outcome != call.LegAnswered || l.End != nil && reason != "" && l.End.Reason == reason) {
		return
	}
	text, short := t.ending(l)
	if text == "" {
		return
	}
	t.add(step{at: at, session: l.Session, from: l.Participant, rank: rankEnd, text: t.who(l.Participant) + " " + text, short: short})
}

func (t *storyteller) ending(l *call.Leg) (text, short string) {
	why := ""
	if l.End != nil && l.End.Reason != "" {
		why = " (" + clean(l.End.Reason) + ")"
	}
	rang := ""
	if l.RingMs > 0 {
		rang = " after ringing " + seconds(time.Duration(l.RingMs)*time.Millisecond)
	}
	switch l.Outcome {
	case call.LegMissed:
		if hasRole(l, call.Caller) {
			return "gave up" + why, "gives up"
		}
		return "did not answer" + rang + why, "no answer"
	case call.LegVoicemail:
		if hasRole(l, call.Caller) {
			return "hung up", "hangs up"
		}
		return "", ""
	case call.LegRejected:
		if hasRole(l, call.Caller) {
			return "was turned away" + why, "turned away"
		}
		return "rejected the call" + why, "rejects"
	case call.LegBusy:
		if hasRole(l, call.Caller) {
			return "got the busy signal" + why, "busy signal"
		}
		return "was busy" + why, "busy"
	case call.LegCancelled:
		if hasRole(l, call.Caller) {
			return "hung up before anybody answered" + why, "hangs up"
		}
		return "stopped ringing: the caller hung up" + why, "stops ringing"
	case call.LegFailed:
		return "could not be connected" + why, "failed"
	case call.LegElsewhere:
		return "stopped ringing, the call went elsewhere" + why, "stops ringing"
	case call.LegTransferred, call.LegParked, call.LegJoined, call.LegRouted:
		return "passed the call on" + why, "passes the call on"
	case call.LegAnswered:
		if by := t.call.EndedBy; by != nil && by.Participant == l.Participant && t.lastOf(l) {
			return "hung up" + why, "hangs up"
		}
		return "left the call" + why, "leaves"
	}
	return "ended, the events do not say how" + why, "ended"
}

// lastOf: no leg of the same participant ended later.
func (t *storyteller) lastOf(l *call.Leg) bool {
	for i := range t.call.Legs {
		o := &t.call.Legs[i]
		if o.Participant == l.Participant && !t.mirror(o.Session) && o.End != nil && l.End != nil && o.End.At > l.End.At {
			return false
		}
	}
	return true
}

// lasting writes how long a state lasted after a word, "" while it goes on.
func lasting(word string, s call.State) string {
	if s.To == 0 {
		return ""
	}
	return word + seconds(s.To.Sub(s.From))
}

// seconds writes a length: 10 ms, 6.3 s, 1 min 50.1 s.
func seconds(d time.Duration) string {
	if 0 < d && d < 50*time.Millisecond {
		return fmt.Sprintf("%d ms", d/time.Millisecond)
	}
	d = d.Round(100 * time.Millisecond)
	switch m := d / time.Minute; {
	case m >= 60:
		return fmt.Sprintf("%d h %d min", m/60, m%60)
	case m > 0:
		return fmt.Sprintf("%d min %s", m, trimZero(d-m*time.Minute))
	}
	return trimZero(d)
}

func trimZero(d time.Duration) string {
	if d%time.Second == 0 {
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// offset writes how far into the call t is: +0:06.5.
func (n *names) offset(t call.Time) string {
	d := t.Sub(n.call.StartedAt).Round(100 * time.Millisecond)
	sign := "+"
	if d < 0 {
		sign, d = "-", -d
	}
	m := d / time.Minute
	return fmt.Sprintf("%s%d:%04.1f", sign, m, (d - m*time.Minute).Seconds())
}
