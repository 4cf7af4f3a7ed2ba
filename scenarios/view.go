package scenarios

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// View is what statements are about: calls, as the switch knows them or as an engine
// rebuilt them, and the notifications that were sent of them.
type View struct {
	Calls []*call.Call
	// Sent is every notification of the run, Seen those that the receiver was given.
	Sent, Seen []wire.Event
	dir        *directory
	// slack is by how many milliseconds a time may be off: another dialect lets things
	// happen a moment earlier or later than the scenario's own.
	slack int64
	// own is what somebody alone would make of their own notifications, nil where a
	// view is already that.
	own func(person) (*View, error)
}

// lasted reports whether a time is the one that a sentence says.
func (v *View) lasted(s span, ms int64) bool { return s.is(ms, v.slack) }

// newView puts calls into the order in which they began.
func newView(d *directory, calls []*call.Call) *View {
	calls = slices.Clone(calls)
	slices.SortStableFunc(calls, func(a, b *call.Call) int {
		return cmp.Or(cmp.Compare(a.StartedAt, b.StartedAt), cmp.Compare(a.ID, b.ID))
	})
	return &View{Calls: calls, dir: d}
}

// which says of which call a sentence speaks.
type which struct {
	nth  int // from 1, 0 for the only one
	with *person
}

var ordinals = []string{"first", "second", "third"}

// pick finds the call that a sentence speaks of.
func (v *View) pick(w which) (*call.Call, error) {
	if w.with != nil {
		return v.callWith(*w.with)
	}
	if w.nth > 0 {
		if w.nth > len(v.Calls) {
			return nil, fmt.Errorf("there %s", areCalls(len(v.Calls)))
		}
		return v.Calls[w.nth-1], nil
	}
	if len(v.Calls) != 1 {
		return nil, fmt.Errorf("there %s, so \"the call\" does not say which", areCalls(len(v.Calls)))
	}
	return v.Calls[0], nil
}

func (v *View) callWith(p person) (*call.Call, error) {
	var found *call.Call
	for _, c := range v.Calls {
		if !v.in(p, c) {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("%s is in more than one call", v.dir.spell(p))
		}
		found = c
	}
	if found == nil {
		return nil, fmt.Errorf("%s is in no call", v.dir.spell(p))
	}
	return found, nil
}

func areCalls(n int) string {
	if n == 1 {
		return "is one call"
	}
	return "are " + count(n, "call")
}

// name is how generated sentences speak of a call.
func (v *View) name(c *call.Call) string {
	if len(v.Calls) == 1 {
		return "the call"
	}
	if i := slices.Index(v.Calls, c); i < len(ordinals) {
		return "the " + ordinals[i] + " call"
	}
	for i := range c.Participants {
		if p, ok := v.dir.whose(c, c.Participants[i].ID); ok {
			if only, err := v.callWith(p); err == nil && only == c {
				return "the call with " + v.dir.spell(p)
			}
		}
	}
	return ""
}

// in reports whether somebody takes part in a call.
func (v *View) in(p person, c *call.Call) bool {
	return slices.ContainsFunc(c.Participants, func(x call.Participant) bool { return v.dir.is(p, c, x.ID) })
}

// legs yields somebody's legs, in every call.
func (v *View) legs(p person) func(func(*call.Call, *call.Leg) bool) {
	return func(yield func(*call.Call, *call.Leg) bool) {
		for _, c := range v.Calls {
			for i := range c.Legs {
				if l := &c.Legs[i]; v.dir.is(p, c, l.Participant) && !yield(c, l) {
					return
				}
			}
		}
	}
}

// everybody yields the people of every call, each once, in their order.
func (v *View) everybody(yield func(person) bool) {
	var seen []string
	for _, c := range v.Calls {
		for i := range c.Participants {
			p, ok := v.dir.whose(c, c.Participants[i].ID)
			if !ok || slices.Contains(seen, v.dir.spell(p)) {
				continue
			}
			seen = append(seen, v.dir.spell(p))
			if !yield(p) {
				return
			}
		}
	}
}

// links yields the links of some kinds, in every call.
func (v *View) links(kinds ...call.LinkKind) func(func(*call.Call, *call.Link) bool) {
	return func(yield func(*call.Call, *call.Link) bool) {
		for _, c := range v.Calls {
			for i := range c.Links {
				if l := &c.Links[i]; slices.Contains(kinds, l.Kind) && !yield(c, l) {
					return
				}
			}
		}
	}
}

// play reports whether somebody plays a role in a link.
func (v *View) plays(p person, c *call.Call, l *call.Link, r call.Role) bool {
	return slices.ContainsFunc(l.Roles[r], func(id call.ParticipantID) bool { return v.dir.is(p, c, id) })
}

// playing lists who plays a role in a link.
func (v *View) playing(c *call.Call, l *call.Link, r call.Role) []string {
	var out []string
	for _, id := range l.Roles[r] {
		out = append(out, v.dir.label(c, id))
	}
	return out
}
