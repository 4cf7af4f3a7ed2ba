package mask

import (
	"errors"
	"fmt"
	"strings"

	"github.com/legworkhq/legwork/recon/wire"
)

// Masker replaces what a Survey found. It is not safe for concurrent use.
type Masker struct {
	key      Key
	opt      Options
	shift    int64                // milliseconds that are added to every instant
	starts   map[string]wire.Time // of the sessions
	composed map[string]int
	parks    map[string]bool
	phones   map[string]string
	names    map[string]string
	legacies map[string]string
	// Replacements that are not those of the value alone, so that an order is kept.
	uuids, sessions, tails map[string]string
	again                  map[string]int // of tails: which attempt
	cache                  map[kindText]string
	missed                 bool // something was asked for that the survey did not see
	tally                  *Tally
	redrawn                int
}

type kindText struct {
	kind kind
	text string
}

// Errors of Survey.Masker and of Masker.Event.
var (
	// ErrStrange: the capture holds what is not known; Survey.Strange lists it.
	ErrStrange = errors.New("the capture holds what is not known")
	// ErrDiffers: the calls of the masked capture are not the masked calls.
	ErrDiffers = errors.New("no replacement was found under which the calls stay what they are")
	// ErrUnseen: an event is not one of those surveyed.
	ErrUnseen = errors.New("the capture changed while it was read")
	// ErrTime: an instant cannot be shifted.
	ErrTime = errors.New("there are times too early to be shifted")
)

// Masker settles all replacements. With shiftTimes every instant is moved by the same
// amount, of some one to three years back, which depends on the key.
func (s *Survey) Masker(key Key, shiftTimes bool) (*Masker, error) {
	if len(s.strange) > 0 && !s.opt.DropUnknown {
		return nil, ErrStrange
	}
	m := &Masker{key: key, opt: s.opt, starts: s.sessions, composed: s.composed, parks: s.parks, again: map[string]int{}}
	if shiftTimes {
		const day = 24 * 60 * 60 * 1000
		m.shift = -(365*day + int64(key.number("shift", "")%(2*365*day)))
		if !s.shiftable(m.shift) {
			return nil, ErrTime
		}
	}
	return m, m.settle(s)
}

// shiftable: also in ids, where a creation time has eleven digits.
func (s *Survey) shiftable(by int64) bool {
	for _, start := range s.sessions {
		if start != 0 && int64(start)+by < 1<<40 {
			return false
		}
	}
	return true
}

// Redrawn is how many values were drawn more than once, so that what stands for them
// depends on what else the capture holds.
func (m *Masker) Redrawn() int { return m.redrawn }

// Event replaces everything in an event of the capture. The error is ErrUnseen.
func (m *Masker) Event(ev *wire.Event) error {
	m.opt.clean(ev, nil)
	m.missed = false
	walker{m}.event(ev)
	if m.missed {
		return ErrUnseen
	}
	return nil
}

// instant shifts a time.
func (m *Masker) instant(t *wire.Time) {
	if *t != 0 {
		*t += wire.Time(m.shift)
	}
}

// strange is shown what is to be kept: clean left nothing else.
func (m *Masker) strange(string, *wire.Members) {}

func (m *Masker) text(path string, k kind, s *string, words func(string) bool) {
	if !known(k, *s, words) {
		return // to be kept
	}
	out := m.replace(k, *s)
	m.tally.count(k, *s, out)
	*s = out
}

// replace returns what stands for a text of a kind.
func (m *Masker) replace(k kind, s string) string {
	if s == "" || k == kindWord {
		return s
	}
	if out, ok := m.cache[kindText{k, s}]; ok {
		return out
	}
	out := m.compute(k, s)
	if out == "" {
		m.missed = true
		return ""
	}
	m.cache[kindText{k, strings.Clone(s)}] = out
	return out
}

func (m *Masker) compute(k kind, s string) string {
	switch k {
	case kindUUID:
		return m.uuid(s)
	case kindResource:
		return m.resource(s)
	case kindOpaque:
		return m.opaque(s)
	case kindID:
		return m.id(s)
	case kindLegacy:
		if s == "0" {
			return s
		}
		return m.legacies[s]
	case kindSession:
		return m.session(s)
	case kindParty:
		return m.party(s)
	case kindServer:
		return m.server(s)
	case kindNumber, kindPark:
		return m.number(s)
	case kindName:
		return m.name(s)
	case kindPickupTo:
		return m.pickupTo(s)
	case kindLevel:
		return m.level(s)
	case kindStamp:
		var t wire.Time
		stamp(s, &t)
		m.instant(&t)
		return t.String()
	}
	return m.prose(s)
}

// Describe says in one line what a Strange is.
func (x *Strange) Describe() string {
	lines := make([]string, len(x.Lines))
	for i, n := range x.Lines {
		lines[i] = fmt.Sprint(n)
	}
	more := ""
	if x.Count > len(x.Lines) {
		more = ", ..."
	}
	word := "line"
	if len(x.Lines) > 1 {
		word = "lines"
	}
	path := x.Path
	if path == "" {
		path = "records"
	}
	return fmt.Sprintf("%s: %s, %d (%s %s%s)", path, x.What, x.Count, word, strings.Join(lines, ", "), more)
}
