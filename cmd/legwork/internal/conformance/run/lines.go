package run

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/catalogue"
	"github.com/legworkhq/legwork/recon/wire"
)

// body is what a step posts.
func body(p *catalogue.Play, s catalogue.Step) []byte {
	e := p.Events[s.Event]
	if s.Copy > 0 {
		h := fnv.New64a()
		fmt.Fprintf(h, "%s %d", e.UUID, s.Copy)
		e.UUID = fmt.Sprint(h.Sum64() >> 1)
		e.SubscriptionID = fmt.Sprintf("%08x-0000-4000-8000-%012x", uint32(h.Sum64()), len(p.Events))
	}
	return wire.Encode(&e)
}

// notes says of each step what is unusual about it.
func notes(steps []catalogue.Step) []string {
	out := make([]string, len(steps))
	seen, highest := map[int]bool{}, -1
	for i, s := range steps {
		var note []string
		switch {
		case seen[s.Event] && s.Copy > 0:
			note = append(note, "again, by a second subscription")
		case seen[s.Event]:
			note = append(note, "again")
		case s.Event < highest-4:
			note = append(note, "late")
		case s.Event < highest:
			note = append(note, "out of order")
		}
		if s.Restart {
			note = append(note, "after a restart")
		}
		seen[s.Event], highest = true, max(highest, s.Event)
		out[i] = strings.Join(note, ", ")
	}
	return out
}

// liner writes notifications in short.
type liner struct{ sessions []string }

func newLiner(p *catalogue.Play) *liner {
	l := &liner{}
	for i := range p.Events {
		if id := p.Events[i].Body.TelephonySessionID; !slices.Contains(l.sessions, id) {
			l.sessions = append(l.sessions, id)
		}
	}
	return l
}

// line is "A 2  party 1  Answered          Ruth Calloway -> 104".
func (l *liner) line(e *wire.Event) string {
	var parts []string
	for i := range e.Body.Parties {
		p := &e.Body.Parties[i]
		status := string(p.Status.Code)
		if p.Status.Reason != "" {
			status += "/" + string(p.Status.Reason)
		}
		parts = append(parts, fmt.Sprintf("party %d %s, %s -> %s", wire.PartyNumber(p.ID), status, end(p.From), end(p.To)))
	}
	return fmt.Sprintf("%s #%d  %s", l.letter(e.Body.TelephonySessionID), e.Body.Sequence, strings.Join(parts, "; "))
}

// letter names a session: A for the first one, and after Z, A1.
func (l *liner) letter(id string) string {
	n := slices.Index(l.sessions, id)
	out := string(rune('A' + n%26))
	if n >= 26 {
		out += fmt.Sprint(n / 26)
	}
	return out
}

func end(e wire.Endpoint) string { return cmp.Or(e.Name, e.PhoneNumber, e.ExtensionID, "?") }
