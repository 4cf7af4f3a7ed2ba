package explain

import (
	"cmp"
	"fmt"
	"slices"

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
