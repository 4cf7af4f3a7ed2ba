package oracle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
)

// Exact lists every difference between the true calls and an answer that got all
// notifications: in sessions, participants, legs, links, talks and the call's own
// fields, to the millisecond. It does not compare what speaks of what arrived:
// revision, status, endedBy, findings, basis, rule, evidence, uncertain, inferred.
//
// Where the switch used numbers that nobody is notified about, an answer must take
// them for lost notifications. Such a call must be whole, have every leg and a link of
// every kind that it has in truth, and is for the rest judged as by Safe.
func Exact(truth, answer []*call.Call) []Difference {
	if len(truth) == len(answer) {
		differ := false
		for i := range truth {
			differ = differ || !equal(truth[i], answer[i])
		}
		if !differ {
			return nil
		}
	}
	return compare(truth, answer)
}

func compare(truth, answer []*call.Call) []Difference {
	out := regrouped(truth, answer)
	if len(out) > 0 {
		return out
	}
	for _, t := range truth {
		a := holding(answer, t.Sessions[0].ID)
		if a == nil {
			continue // said already
		}
		if gaps(t) {
			out = append(out, falsehoods(truth, a)...)
			out = append(out, lacking(t, a)...)
			continue
		}
		t, a = Canonical(t), Canonical(a)
		unsaid(t, a)
		if t.EndedAt == 0 {
			soFar(t, a)
		}
		if !equal(t, a) {
			out = append(out, unlike(t, a)...)
		}
	}
	return out
}

// unsaid takes out of a true call what no notification says: whom of several extensions
// a supervisor chose who dialled a code, and whose own party in the session is not
// notified.
func unsaid(t, a *call.Call) {
	for i := range t.Links {
		k := &t.Links[i]
		if k.Kind != call.Supervise || k.To != "" || k.ToSession == "" || len(k.Roles[call.Agent]) == 0 {
			continue
		}
		j := slices.IndexFunc(a.Links, func(o call.Link) bool { return o.Kind == k.Kind && o.From == k.From && o.At == k.At })
		if j < 0 || len(a.Links[j].Roles[call.Agent]) > 0 {
			continue
		}
		delete(k.Roles, call.Agent)
		for n := range t.Legs {
			if b := leg(a, t.Legs[n].ID); b != nil && !slices.Contains(b.Roles, call.Agent) {
				t.Legs[n].Roles = slices.DeleteFunc(t.Legs[n].Roles, func(r call.Role) bool { return r == call.Agent })
			}
		}
	}
}

// soFar: of a call that goes on, sums count what is certain, and may be less.
func soFar(t, a *call.Call) {
	for i := range t.Legs {
		l, b := &t.Legs[i], leg(a, t.Legs[i].ID)
		if b == nil {
			continue
		}
		for _, ms := range [][2]*int64{{&l.RingMs, &b.RingMs}, {&l.TalkMs, &b.TalkMs}, {&l.HoldMs, &b.HoldMs}, {&l.HeldMs, &b.HeldMs}, {&l.WaitMs, &b.WaitMs}} {
			*ms[0] = min(*ms[0], *ms[1])
		}
	}
}

// lacking lists legs and links that an answer must have even if it takes numbers for
// lost that nobody is notified about.
func lacking(t, a *call.Call) []Difference {
	d := &differences{id: t.ID}
	for i := range t.Legs {
		if leg(a, t.Legs[i].ID) == nil {
			d.add(WrongLeg, string(t.Legs[i].ID), "the leg is missing")
		}
	}
	for _, kind := range call.LinkKinds() {
		if has(t, kind) && !has(a, kind) && kind != call.Pickup && kind != call.Switch && kind != call.Park {
			d.add(WrongLink, string(kind), "true and not said")
		}
	}
	return d.out
}

func has(c *call.Call, kind call.LinkKind) bool {
	return slices.ContainsFunc(c.Links, func(k call.Link) bool { return k.Kind == kind })
}

// gaps: numbers of the call were used that nobody was notified about.
func gaps(c *call.Call) bool {
	return slices.ContainsFunc(c.Sessions, func(s call.Session) bool { return len(s.Sequences.Missing) > 0 })
}

// holding finds the call that a session belongs to.
func holding(calls []*call.Call, id call.SessionID) *call.Call {
	for _, c := range calls {
		if slices.ContainsFunc(c.Sessions, func(s call.Session) bool { return s.ID == id }) {
			return c
		}
	}
	return nil
}

// regrouped finds calls that were split, merged, lost or invented.
func regrouped(truth, answer []*call.Call) []Difference {
	d := differences{}
	for _, t := range truth {
		d.id = t.ID
		in := map[*call.Call]bool{}
		for _, s := range t.Sessions {
			if a := holding(answer, s.ID); a != nil {
				in[a] = true
			}
		}
		switch {
		case len(in) == 0:
			d.add(LostCall, "", "the call of %s is missing", t.StartedAt)
		case len(in) > 1:
			d.add(SplitCall, "", "one call of %d sessions became %d calls", len(t.Sessions), len(in))
		}
	}
	for _, a := range answer {
		d.id = a.ID
		of := map[*call.Call]bool{}
		strange := 0
		for _, s := range a.Sessions {
			if t := holding(truth, s.ID); t != nil {
				of[t] = true
			} else {
				strange++
			}
		}
		switch {
		case len(of) > 1:
			d.add(MergedCalls, "", "%d calls became one", len(of))
		case len(of) == 0:
			d.add(InventedCall, "", "a call of %s never was", a.StartedAt)
		case strange > 0:
			d.add(WrongSession, "", "%d sessions never were", strange)
		}
	}
	return d.out
}

// unlike compares one call with what was said of it. Both are canonical.
func unlike(t, a *call.Call) []Difference {
	d := &differences{id: t.ID}
	d.ends(t, a)
	d.answer(t, a)
	d.legs(t, a)
	d.links(t, a)
	d.talks(t, a)
	d.people(t, a)
	d.rest(t, a)
	if len(d.out) == 0 {
		d.add(WrongCall, "", "the two are not written alike")
	}
	return d.out
}

func (d *differences) ends(t, a *call.Call) {
	switch {
	case t.EndedAt == a.EndedAt:
	case a.EndedAt == 0:
		d.add(ZombieCall, "", "the call ended %s, and is said to go on", t.EndedAt)
	case a.EndedAt < t.EndedAt && slices.ContainsFunc(t.Links, func(k call.Link) bool { return k.Kind == call.Route && k.At == a.EndedAt }):
		d.add(IVREnds, "", "the call ended %s, and is said to have ended %s, where its menu did", t.EndedAt, a.EndedAt)
	default:
		d.add(WrongCall, "", "the call ended %s, not %s", orNever(t.EndedAt), a.EndedAt)
	}
}

func orNever(t call.Time) string {
	if t == 0 {
		return "never"
	}
	return t.String()
}

func (d *differences) answer(t, a *call.Call) {
	if t.Outcome != a.Outcome {
		m := WrongCall
		if unanswered(string(a.Outcome)) && (t.Outcome == call.Answered || t.Outcome == call.Voicemail || t.Outcome == call.Parked) {
			m = PhantomMissedCall
		}
		d.add(m, "", "the call was %s, and is said to be %s", t.Outcome, a.Outcome)
	}
	if t.AnsweredAt != a.AnsweredAt {
		m := WrongCall
		if early(t, a.AnsweredAt) {
			m = EarlyAnswer
		}
		d.add(m, "", "the call was answered %s, not %s", orNever(t.AnsweredAt), orNever(a.AnsweredAt))
	}
}

func unanswered(outcome string) bool {
	switch outcome {
	case "missed", "abandoned", "rejected", "busy", "cancelled", "failed":
		return true
	}
	return false
}

// early: the instant is that of a caller's own Answered.
func early(t *call.Call, at call.Time) bool {
	if at == 0 || t.AnsweredAt != 0 && at >= t.AnsweredAt {
		return false
	}
	return slices.ContainsFunc(t.Legs, func(l call.Leg) bool {
		return slices.Contains(l.Roles, call.Caller) && slices.ContainsFunc(l.States, func(s call.State) bool { return s.State == call.StateConnected && s.From == at })
	})
}

func (d *differences) legs(t, a *call.Call) {
	for i := range t.Legs {
		l := &t.Legs[i]
		b := leg(a, l.ID)
		switch {
		case b == nil:
			d.add(WrongLeg, string(l.ID), "the leg is missing")
		case !equalLegs(*l, *b):
			d.leg(t, l, b)
		}
	}
	for i := range a.Legs {
		if leg(t, a.Legs[i].ID) == nil {
			d.add(WrongLeg, string(a.Legs[i].ID), "the leg never was")
		}
	}
}

func leg(c *call.Call, id call.LegID) *call.Leg {
	for i := range c.Legs {
		if c.Legs[i].ID == id {
			return &c.Legs[i]
		}
	}
	return nil
}

// leg compares one leg, most telling field first.
func (d *differences) leg(t *call.Call, l, b *call.Leg) {
	about := string(l.ID)
	if l.Participant != b.Participant {
		m := WrongLeg
		if farEnd(t, l, b.Participant) {
			m = SelfCallSwap
		}
		d.add(m, about, "it is %s's, not %s's", l.Participant, b.Participant)
	}
	if l.Outcome != b.Outcome {
		d.add(fate(l, b), about, "it was %s, not %s", l.Outcome, b.Outcome)
	}
	if b.HoldMs > l.HoldMs || b.HeldMs > l.HeldMs {
		d.add(HoldTwice, about, "it held for %d ms and was held for %d ms, not %d and %d", l.HoldMs, l.HeldMs, b.HoldMs, b.HeldMs)
	}
	if b.TalkMs > l.TalkMs {
		m := DoubleTalkTime
		switch {
		case slices.Contains(l.Roles, call.Supervisor):
			m = SupervisorTalks
		case loser(l):
			m = QueueLoser
		}
		d.add(m, about, "it talked for %d ms, not %d", l.TalkMs, b.TalkMs)
	}
	if b.RingMs < l.RingMs && len(d.out) == 0 {
		d.add(EarlyAnswer, about, "it rang for %d ms, not %d", l.RingMs, b.RingMs)
	}
	if b.End == nil && l.End != nil {
		d.add(ZombieCall, about, "it ended %s, and is said to go on", l.End.At)
	}
	d.legRest(about, l, b)
}

func farEnd(t *call.Call, l *call.Leg, who call.ParticipantID) bool {
	return slices.ContainsFunc(t.Legs, func(o call.Leg) bool { return o.Session == l.Session && o.ID != l.ID && o.Participant == who })
}

func fate(l, b *call.Leg) Mistake {
	switch {
	case loser(l) && b.Outcome == call.LegAnswered:
		return QueueLoser
	case unanswered(string(b.Outcome)) && !unanswered(string(l.Outcome)) && l.Outcome != call.LegElsewhere && l.Outcome != call.LegUnknown:
		return PhantomMissedCall
	}
	return WrongLeg
}

// loser: an agent's leg that rang in vain.
func loser(l *call.Leg) bool {
	return slices.Contains(l.Roles, call.Agent) && (l.Outcome == call.LegElsewhere || l.Outcome == call.LegMissed) &&
		!slices.ContainsFunc(l.States, func(s call.State) bool { return s.State == call.StateConnected })
}

func (d *differences) legRest(about string, l, b *call.Leg) {
	var what []string
	note := func(name string, x, y any) {
		if a, b := fmt.Sprint(x), fmt.Sprint(y); a != b {
			what = append(what, fmt.Sprintf("%s %s, not %s", name, a, b))
		}
	}
	note("roles", l.Roles, b.Roles)
	note("states", l.States, b.States)
	note("from", l.From, b.From)
	note("to", l.To, b.To)
	note("session", l.Session, b.Session)
	note("direction", l.Direction, b.Direction)
	note("recordings", l.Recordings, b.Recordings)
	note("ring, talk, hold, held, wait ms", []int64{l.RingMs, l.TalkMs, l.HoldMs, l.HeldMs, l.WaitMs}, []int64{b.RingMs, b.TalkMs, b.HoldMs, b.HeldMs, b.WaitMs})
	note("end", pointed(l.End), pointed(b.End))
	note("peer", pointed(l.Peer), pointed(b.Peer))
	if len(what) > 0 {
		d.add(WrongLeg, about, "%s", strings.Join(what, "; "))
	}
}

func pointed[T any](p *T) any {
	if p == nil {
		return "none"
	}
	return *p
}

func (d *differences) links(t, a *call.Call) {
	left := slices.Clone(a.Links)
	var missing []call.Link
	for _, k := range t.Links {
		if i := slices.IndexFunc(left, func(o call.Link) bool { return equalLinks(k, o) }); i >= 0 {
			left = slices.Delete(left, i, i+1)
		} else {
			missing = append(missing, k)
		}
	}
	for _, k := range missing {
		m := WrongLink
		if transfer(k.Kind) {
			m = LostTransferTarget
		}
		d.add(m, string(k.Kind), "true and not said: %s", describe(k))
	}
	for _, k := range left {
		d.add(WrongLink, string(k.Kind), "said and not true: %s", describe(k))
	}
}

func transfer(k call.LinkKind) bool {
	return k == call.TransferAttended || k == call.TransferBlind || k == call.Forward
}

func describe(k call.Link) string {
	out := fmt.Sprintf("%s from %s", k.At, orNone(string(k.From)))
	if k.To != "" {
		out += " to " + string(k.To)
	}
	if k.ToSession != "" {
		out += " in " + string(k.ToSession)
	}
	if k.Reason != "" {
		out += " " + k.Reason
	}
	for _, r := range call.AllRoles() {
		if who := k.Roles[r]; len(who) > 0 {
			out += fmt.Sprintf(", %s %v", r, who)
		}
	}
	return out
}

func orNone(s string) string {
	if s == "" {
		return "nobody"
	}
	return s
}

func (d *differences) talks(t, a *call.Call) {
	for _, k := range a.Talks {
		if slices.ContainsFunc(t.Talks, func(o call.Talk) bool { return equalTalks(k, o) }) {
			continue
		}
		d.add(falseTalk(t, k), k.From.String(), "said and not true: until %s %s", orNever(k.To), members(k))
	}
	for _, k := range t.Talks {
		if !slices.ContainsFunc(a.Talks, func(o call.Talk) bool { return equalTalks(k, o) }) {
			d.add(WrongTalk, k.From.String(), "true and not said: until %s %s", orNever(k.To), members(k))
		}
	}
}

func members(k call.Talk) string {
	var out []string
	for _, m := range k.Members {
		s := string(m.Participant)
		if m.Mode != call.TwoWay {
			s += " (" + string(m.Mode) + ")"
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

// falseTalk names what is wrong with a talk that was not.
func falseTalk(t *call.Call, k call.Talk) Mistake {
	for _, m := range k.Members {
		l := leg(t, m.Leg)
		switch {
		case m.Mode == call.TwoWay && supervised(t, m.Participant, k.From):
			return SupervisorTalks
		case l != nil && loser(l):
			return QueueLoser
		case l != nil && gone(l, k):
			return StaleParty
		}
	}
	if early(t, k.From) {
		return EarlyAnswer
	}
	return WrongTalk
}

// supervised: the participant took part in another mode at that time.
func supervised(t *call.Call, who call.ParticipantID, at call.Time) bool {
	for _, o := range t.Talks {
		for _, m := range o.Members {
			if m.Participant == who && m.Mode != call.TwoWay && o.From <= at && (o.To == 0 || o.To > at) {
				return true
			}
		}
	}
	return false
}

// gone: the leg had left before the talk was over.
func gone(l *call.Leg, k call.Talk) bool {
	return l.End != nil && (k.To == 0 || k.To > l.End.At)
}

func (d *differences) people(t, a *call.Call) {
	for _, p := range t.Participants {
		i := slices.IndexFunc(a.Participants, func(q call.Participant) bool { return q.ID == p.ID })
		switch {
		case i < 0:
			d.add(WrongParticipant, string(p.ID), "took part, and is not said to have")
		case !equalPeople(p, a.Participants[i]):
			d.add(WrongParticipant, string(p.ID), "is %v, not %v", p, a.Participants[i])
		}
	}
	for _, p := range a.Participants {
		if !slices.ContainsFunc(t.Participants, func(q call.Participant) bool { return q.ID == p.ID }) {
			d.add(WrongParticipant, string(p.ID), "did not take part")
		}
	}
}

func (d *differences) rest(t, a *call.Call) {
	if t.ID != a.ID {
		d.add(WrongCall, "", "its id is %s, not %s", t.ID, a.ID)
	}
	if t.Direction != a.Direction {
		d.add(WrongCall, "", "it was %s, not %s", t.Direction, a.Direction)
	}
	if t.StartedAt != a.StartedAt {
		d.add(WrongCall, "", "it started %s, not %s", t.StartedAt, a.StartedAt)
	}
	for _, s := range t.Sessions {
		i := slices.IndexFunc(a.Sessions, func(o call.Session) bool { return o.ID == s.ID })
		if i < 0 || !equalSessions(s, a.Sessions[i]) {
			d.add(WrongSession, string(s.ID), "is %v", s)
		}
	}
}
