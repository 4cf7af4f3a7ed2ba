package mask

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/wire"
)

// Options say what is to be done with what is not known. The zero value refuses it.
type Options struct {
	// DropUnknown leaves unknown members, values and records out.
	DropUnknown bool
	// Keep lists the paths of members and values to be kept as they are, such as
	// body.parties[].status.code.
	Keep []string
	// Extension says that the capture is of an extension's subscription: so are its calls
	// compared.
	Extension bool
}

// Strange is something in a capture that is not known, and where.
type Strange struct {
	Path string // of the member; "" for records
	What What
	// Count is how many there are.
	Count int
	// Lines of the first few.
	Lines []int
	// Example is the first one's text.
	Example string
}

// What is strange.
type What string

const (
	UnknownMember What = "unknown member"
	UnknownValue  What = "unknown value"
	Unreadable    What = "unreadable"
)

// examples is how many lines a Strange lists.
const examples = 3

// Survey is what is in a capture: what must be known before the first value can be
// replaced. Add every event, in any order; then ask for a Masker.
type Survey struct {
	opt      Options
	line     int
	strange  map[strangeKey]*Strange
	kept     map[string]int // by path
	phones   map[string]bool
	names    map[string]bool
	composed map[string]int
	parks    map[string]bool
	legacy   map[string]bool
	ringouts map[string]bool // legacy ids
	sessions map[string]wire.Time
	same     map[digest]seen // by observation
	twins    [][2]string     // uuids of one observation
	doubtful map[string]bool // sessions of which two events say different things
	events   []wire.Event
	dropped  bool // events: there were too many
	count    int
	calls    int // compared
}

type strangeKey struct {
	path string
	what What
}

// digest stands for a text that need not be kept.
type digest [sha256.Size]byte

// seen is what was told of an observation first.
type seen struct {
	uuid string
	text digest
}

// NewSurvey begins a survey.
func NewSurvey(opt Options) *Survey {
	return &Survey{opt: opt, strange: map[strangeKey]*Strange{}, kept: map[string]int{}, phones: map[string]bool{}, names: map[string]bool{},
		composed: map[string]int{}, parks: map[string]bool{}, legacy: map[string]bool{}, ringouts: map[string]bool{},
		sessions: map[string]wire.Time{}, same: map[digest]seen{}, doubtful: map[string]bool{}}
}

// checked is up to how many events the calls are compared before and after: they are
// held in memory for it, ten kilobytes each.
const checked = 60_000

// Add surveys an event, which it keeps and may change: what is to be left out is.
func (s *Survey) Add(line int, ev wire.Event) {
	s.line = line
	s.count++
	s.opt.clean(&ev, s)
	s.compositions(&ev)
	walker{taker{s}}.event(&ev)
	s.relations(&ev)
	if s.dropped = s.dropped || len(s.events) == checked; s.dropped {
		s.events = nil
		return
	}
	s.events = append(s.events, ev)
}

// Refuse notes a record that is no event.
func (s *Survey) Refuse(line int, why string) {
	s.line = line
	s.note("", Unreadable, why)
}

// Events is how many were added.
func (s *Survey) Events() int { return s.count }

// Calls is how many calls were compared, once there is a Masker.
func (s *Survey) Calls() int { return s.calls }

// Kept is how many members or values at a path were kept because Options said so.
func (s *Survey) Kept(path string) int { return s.kept[path] }

// Strange lists what is not known, the records that cannot be read last.
func (s *Survey) Strange() []Strange {
	var out []Strange
	for _, x := range s.strange {
		out = append(out, *x)
	}
	slices.SortFunc(out, func(a, b Strange) int {
		if (a.Path == "") != (b.Path == "") {
			return -cmp.Compare(a.Path, b.Path)
		}
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.What, b.What))
	})
	return out
}

func (s *Survey) note(path string, what What, example string) {
	k := strangeKey{path, what}
	x := s.strange[k]
	if x == nil {
		x = &Strange{Path: path, What: what, Example: example}
		s.strange[k] = x
	}
	if x.Count++; len(x.Lines) < examples && !slices.Contains(x.Lines, s.line) {
		x.Lines = append(x.Lines, s.line)
	}
}

// clean leaves out of an event what is to be left out. What is not known is noted in s,
// if that is given.
func (o *Options) clean(ev *wire.Event, s *Survey) {
	c := &cleaner{opt: o, survey: s}
	walker{c}.event(ev)
	for i := range ev.Body.Parties { // what was left out of these leaves nothing
		p := &ev.Body.Parties[i]
		if c.dropped {
			p.Recordings = slices.DeleteFunc(p.Recordings, func(r wire.Recording) bool { return r.ID == "" })
		}
	}
}

// cleaner finds what is not known.
type cleaner struct {
	opt     *Options
	survey  *Survey
	dropped bool
}

func (c *cleaner) instant(*wire.Time) {}

func (c *cleaner) text(path string, k kind, s *string, words func(string) bool) {
	if known(k, *s, words) {
		return
	}
	if slices.Contains(c.opt.Keep, path) {
		if c.survey != nil {
			c.survey.kept[path]++
		}
		return
	}
	if c.survey != nil {
		c.survey.note(path, UnknownValue, *s)
	}
	if c.opt.DropUnknown {
		*s, c.dropped = "", true
	}
}

func (c *cleaner) strange(path string, m *wire.Members) {
	var left wire.Members
	for _, x := range *m {
		at := join(path, x.Name)
		if slices.Contains(c.opt.Keep, at) {
			if c.survey != nil {
				c.survey.kept[at]++
			}
			left = append(left, x)
			continue
		}
		if c.survey != nil {
			c.survey.note(at, UnknownMember, x.Value)
		}
		if !c.opt.DropUnknown {
			left = append(left, x)
		}
	}
	*m = left
}

// known reports whether a text has a shape that its kind is known to have.
func known(k kind, s string, words func(string) bool) bool {
	switch k {
	case kindWord:
		return words(s)
	case kindResource:
		_, ok := parseResource(s)
		return ok
	case kindServer:
		_, ok := serverAddress(s)
		return ok
	case kindNumber, kindPark:
		return shapeOf(s) != shapeUnknown
	case kindPickupTo:
		_, _, ok := cutPickupTo(s)
		return ok
	case kindLevel:
		return isLevel(s)
	case kindStamp:
		var t wire.Time
		return stamp(s, &t)
	case kindLegacy:
		return isDigits(s)
	case kindSession, kindParty:
		return knownGrammar(s, k)
	}
	return true
}

// knownGrammar: an id in capitals, or of which the engine reads more than is
// understood here, is none that can be replaced.
func knownGrammar(s string, k kind) bool {
	tail := s
	if k == kindParty {
		tail = strings.TrimPrefix(s, "p-")
		if wire.PartyNumber(tail) > 0 {
			tail = tail[:strings.LastIndexByte(tail, '-')]
		}
	} else {
		tail = strings.TrimPrefix(s, "s-")
	}
	if tail == "" {
		return false
	}
	_, _, _, ok := split2022(tail)
	return ok || wire.SessionStart("s-"+tail) == 0
}

// stamp reads an instant as text.
func stamp(s string, t *wire.Time) bool {
	ev, err := wire.Decode([]byte(`{"telephonySessionId":"s-x","eventTime":` + quote(s) + `}`))
	*t = ev.Body.EventTime
	return err == nil
}

// compositions notes the names of queue calls, which hold two.
func (s *Survey) compositions(ev *wire.Event) {
	for i := range ev.Body.Parties {
		p := &ev.Body.Parties[i]
		if cut, ok := compose(p.From.Name, p.To.Name); ok && p.QueueCall {
			s.composed[strings.Clone(p.From.Name)] = cut
		}
	}
}

// taker notes what must be known of all events before the first value is replaced.
type taker struct{ s *Survey }

func (t taker) instant(*wire.Time)            {}
func (t taker) strange(string, *wire.Members) {}

func (t taker) text(path string, k kind, s *string, words func(string) bool) {
	if !known(k, *s, words) {
		return
	}
	switch k {
	case kindNumber:
		t.number(*s)
	case kindPark:
		if sh := shapeOf(*s); sh == shapeShort {
			t.s.parks[strings.Clone(*s)] = len(*s) == 3 && (*s)[0] == '8' && *s != "800"
		}
		t.number(*s)
	case kindName:
		t.name(*s)
	case kindLegacy:
		if *s != "0" {
			t.s.legacy[strings.Clone(*s)] = true
		}
	case kindSession:
		if _, ok := t.s.sessions[*s]; !ok {
			t.s.sessions[strings.Clone(*s)] = wire.SessionStart(*s)
		}
	}
}

func (t taker) number(s string) {
	switch shapeOf(s) {
	case shapePhone:
		t.s.phones[strings.Clone(s)] = true
	case shapeCoded:
		t.s.phones[strings.Clone(s[3:])] = true
	case shapeCode:
		if isPark(s) {
			t.s.parks[strings.Clone(s[1:])] = true
		}
	}
}

func (t taker) name(s string) {
	if numeric(s) {
		t.number(s)
		return
	}
	if cut, ok := t.s.composed[s]; ok {
		t.name(s[:cut])
		t.name(s[cut+len(between):])
		return
	}
	t.s.names[strings.Clone(s)] = true
}

// relations notes what binds events together: deliveries of one observation, sessions
// that begin together, RingOuts.
func (s *Survey) relations(ev *wire.Event) {
	b := &ev.Body
	if b.Origin.Type == wire.OriginRingOut {
		s.ringouts[strings.Clone(b.SessionID)] = true
	}
	if wire.SessionStart(b.TelephonySessionID) == 0 && b.EventTime != 0 {
		if first := s.sessions[b.TelephonySessionID]; first == 0 || b.EventTime < first {
			s.sessions[strings.Clone(b.TelephonySessionID)] = b.EventTime
		}
	}
	for i := range b.Parties {
		p := &b.Parties[i]
		k := sha256.Sum256(fmt.Appendf(nil, "%q %q %d %d", b.TelephonySessionID, p.ID, b.Sequence, b.EventTime))
		text := content(b, p)
		first, again := s.same[k]
		if !again {
			s.same[k] = seen{strings.Clone(ev.UUID), text}
			continue
		}
		if first.text != text {
			s.doubtful[strings.Clone(b.TelephonySessionID)] = true
		}
		if first.uuid != ev.UUID {
			s.twins = append(s.twins, [2]string{first.uuid, strings.Clone(ev.UUID)})
		}
	}
}

// content is what an event says of a party.
func content(b *wire.Body, p *wire.Party) digest {
	text, _ := json.Marshal([]any{b.SessionID, b.ServerID, b.Origin.Type, p}) // texts and numbers: it cannot fail
	return sha256.Sum256(text)
}
