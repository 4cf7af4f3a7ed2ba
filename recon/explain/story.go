package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// sentence is one thing that happened and the events that say so.
type sentence struct {
	at   call.Time
	text func() string // made when it is printed: who is named how depends on the order
	acts []*act
	link *call.Link // whose evidence it tells, nil when no link's
}

// teller turns events into sentences. Events that tell one thing share a key.
type teller struct {
	*explainer
	keys      map[string]*sentence
	sentences []*sentence
	also      []*act
	owners    map[seqKey][]*call.Link
	answered  map[call.SessionID]call.LegID // who answered last
	mirrors   map[call.SessionID]bool
}

// story prints what happened in numbered sentences, and what else was reported.
func (x *explainer) story() {
	t := &teller{explainer: x, keys: map[string]*sentence{}, owners: map[seqKey][]*call.Link{},
		answered: map[call.SessionID]call.LegID{}, mirrors: map[call.SessionID]bool{}}
	t.prepare()
	for _, a := range x.acts {
		t.tell(a)
	}
	t.unwitnessed()
	slices.SortStableFunc(t.sentences, func(a, b *sentence) int { return cmp.Compare(a.at, b.at) })
	x.heading("WHAT HAPPENED")
	if len(t.sentences) == 0 {
		x.para("", "None of this call's events was given, and the graph has no link to tell of.")
	}
	for i, s := range t.sentences {
		x.item(fmt.Sprintf("%2d. ", i+1), capital(s.text())+".")
		for _, a := range s.acts {
			x.line("      ", a, a.note)
		}
		if s.link != nil {
			x.absent("      ", s.link.Evidence)
		}
	}
	t.rest()
}

// prepare notes which links each event proves and which sessions are mirrors.
func (t *teller) prepare() {
	for i := range t.call.Links {
		l := &t.call.Links[i]
		for _, e := range l.Evidence {
			k := seqKey{e.Session, e.Sequence}
			t.owners[k] = append(t.owners[k], l)
		}
	}
	for _, f := range t.call.Findings {
		if f.Kind == call.MirrorSession {
			t.mirrors[call.SessionID(f.About)] = true
		}
	}
}

// rest lists the events that changed nothing, each with the reason.
func (t *teller) rest() {
	if len(t.also) == 0 {
		return
	}
	t.raw("\n")
	t.para("", "Also reported, changing nothing:")
	for _, a := range t.also {
		t.line("      ", a, a.note)
	}
}

// unwitnessed adds the links that no event given here tells of.
func (t *teller) unwitnessed() {
	for i := range t.call.Links {
		l := &t.call.Links[i]
		told := t.keys[linkKey(l)] != nil
		if l.Kind == call.Hunt || l.Kind == call.RingOut { // told by the phones that rang
			told = slices.ContainsFunc(l.Evidence, func(e call.Evidence) bool { return len(t.bySeq[seqKey{e.Session, e.Sequence}]) > 0 })
		}
		if !told {
			t.sentences = append(t.sentences, &sentence{at: l.At, link: l, text: t.linked(l)})
		}
	}
}

func linkKey(l *call.Link) string { return fmt.Sprintf("link:%p", l) }

// linked describes a link and names its number in the list of links.
func (t *teller) linked(l *call.Link) func() string {
	return func() string {
		for i := range t.call.Links {
			if l == &t.call.Links[i] {
				return fmt.Sprintf("%s [link %d]", t.describe(l), i+1)
			}
		}
		return t.describe(l)
	}
}

// say puts an event under the sentence of a key, which text makes if it is new.
func (t *teller) say(key string, a *act, text func() string) {
	s := t.keys[key]
	if s == nil {
		s = &sentence{at: a.at, text: text}
		t.keys[key] = s
		t.sentences = append(t.sentences, s)
	}
	s.acts = append(s.acts, a)
	a.told = true
}

// alone gives an event a sentence of its own.
func (t *teller) alone(a *act, format string, args ...any) {
	t.say(fmt.Sprintf("act:%p", a), a, func() string { return fmt.Sprintf(format, t.named(a, args)...) })
}

// named replaces the placeholders of alone by names, in the order of printing.
func (t *teller) named(a *act, args []any) []any {
	out := make([]any, len(args))
	for i, v := range args {
		switch v := v.(type) {
		case self:
			out[i] = t.whose(a.session, a.leg)
		case phrase:
			out[i] = v()
		case []call.ParticipantID:
			out[i] = cmp.Or(t.whoAll(v), "the other side")
		default:
			out[i] = v
		}
	}
	return out
}

// self stands for the party of the event.
type self struct{}

// aside puts an event on the list of those that changed nothing.
func (t *teller) aside(a *act, why string) {
	a.note = why
	t.also = append(t.also, a)
}

// tell finds the sentence of one event.
func (t *teller) tell(a *act) {
	switch {
	case a.leg == "":
		t.aside(a, "names no party")
	case t.mirrors[a.session]:
		t.aside(a, "this session mirrors the RingOut")
	case a.kind == wire.KindUnknown:
		t.aside(a, "unknown status: nothing is concluded")
	case t.owner(a) != nil:
		l := t.owner(a)
		t.say(linkKey(l), a, t.linked(l))
		t.keys[linkKey(l)].link = l
		t.connectedNow(a)
	case a.kind == a.before():
		t.again(a)
	default:
		t.tellKind(a)
	}
}

// connectedNow remembers who answered last in a session.
func (t *teller) connectedNow(a *act) {
	if a.kind == wire.Answered && !t.calls(a) {
		t.answered[a.session] = a.leg
	}
}

func (t *teller) tellKind(a *act) {
	switch a.kind {
	case wire.Setup, wire.Proceeding:
		t.ringing(a)
	case wire.Answered:
		t.connected(a)
	case wire.Hold:
		t.alone(a, "%s put %s on hold", self{}, t.held(a, true))
	case wire.VoiceMail:
		t.alone(a, "the call went to the voicemail of %s", self{})
	case wire.VoiceMailScreening:
		t.alone(a, "%s listened while a message was being left", self{})
	case wire.FaxReceive:
		t.alone(a, "%s began to receive a fax", self{})
	case wire.Parked:
		t.alone(a, "the call of %s was parked", self{})
	case wire.Gone:
		t.alone(a, "the party of %s is Gone, and the graph draws no link from it", self{})
	case wire.Disconnected:
		t.left(a)
	}
}

// owner is the link whose turning point an event is, nil when it is none's.
func (t *teller) owner(a *act) *call.Link {
	for _, l := range t.owners[seqKey{a.session, a.sequence}] {
		if turns(l, a) {
			return l
		}
	}
	return nil
}

// turns reports whether an event is where a link happened, not merely how one of its
// legs began.
func turns(l *call.Link, a *act) bool {
	switch a.kind {
	case wire.Gone:
		return l.Kind == call.TransferAttended || l.Kind == call.ConferenceMerge || l.Kind == call.Supervise || l.Kind == call.Pickup || l.Kind == call.PeerLink
	case wire.Parked:
		return l.Kind == call.Park
	case wire.Answered:
		return l.Kind == call.Supervise && a.is(wire.ReasonSupervising) || l.Kind == call.Pickup && l.From == a.leg
	case wire.Disconnected:
		return l.Kind != call.Hunt && l.Kind != call.RingOut && (l.From == a.leg || l.To == a.leg)
	}
	return false
}

// again explains a status that was reported before.
func (t *teller) again(a *act) {
	p, q := &a.party, &a.previous.party
	switch {
	case a.is(wire.ReasonAttendedTransfer):
		t.aside(a, "tells this party that the other end changed")
	case !slices.EqualFunc(p.Recordings, q.Recordings, func(r, s wire.Recording) bool { return r.ID == s.ID && r.Active == s.Active }):
		t.aside(a, "a recording started, paused or stopped")
	case p.Muted != q.Muted:
		t.aside(a, "mute changed, the status did not")
	case endpoint(p.To) != endpoint(q.To) || endpoint(p.From) != endpoint(q.From):
		t.aside(a, "names or numbers filled in")
	default:
		t.aside(a, "the same status again")
	}
}

// endpoint is what of an endpoint can be compared.
func endpoint(e wire.Endpoint) [4]string {
	return [4]string{e.PhoneNumber, e.Name, e.ExtensionID, e.DeviceID}
}

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
