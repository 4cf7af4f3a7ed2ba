package weather

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/legworkhq/legwork/recon/wire"
)

// Weather is every fault that a network has, each a probability, 0 to 1, with the
// durations that go with it, in whole milliseconds. The zero Weather is calm: each
// event is delivered once, at its Timestamp, in order.
type Weather struct {
	// Name is for people. It changes nothing.
	Name string

	// Duplicate is the probability that a notification is delivered once more, with
	// the same uuid, within a second. Zero: never. [assumed]
	Duplicate float64

	// Reorder is the probability that a delivery is put off to a random moment within
	// Window, so that later ones overtake it. Zero: never. That the order is not
	// guaranteed is [documented], how far it goes is [assumed].
	Reorder float64
	// Window is the longest that Reorder puts off; zero only where Reorder is.
	Window time.Duration

	// Delay is the mean of the exponential delay that every delivery has. Zero: none.
	// 14 to 113 ms pass before an event is sent [observed]; how long it then travels
	// is [assumed].
	Delay time.Duration
	// DelayCap is the longest Delay, at least the mean. Zero means ten times Delay.
	DelayCap time.Duration

	// Late is the probability that a delivery is late by far more than Delay. Zero:
	// never. [assumed]
	Late float64
	// LateBy is the longest that Late takes, minutes; zero only where Late is.
	LateBy time.Duration

	// Drop is the probability that a notification never arrives, nor any repeat of it.
	// Zero: never. [assumed]
	Drop float64

	// Burst is the probability that, at an event, the receiver's line stops for
	// BurstFor; all that is due meanwhile arrives together at the end. A line that
	// stands does not stop again. Zero: never. [assumed]
	Burst float64
	// BurstFor is how long the line stands; zero only where Burst is.
	BurstFor time.Duration

	// Retry is the probability that a delivery fails in the receiver's eyes or
	// RingCentral's: an answer that takes more than 3 s is a failure [documented].
	// It is then delivered again, at most four times; the receiver may well have
	// processed those before. Zero: never. That anything is repeated is [assumed].
	Retry float64
	// RetryAfter is how long after the last delivery the next one starts; zero only
	// where Retry is. [assumed]
	RetryAfter time.Duration

	// Restart is the probability that the receiver restarts just before an event's
	// first delivery. An event that is lost restarts nobody. Zero: never.
	Restart float64

	// Overlap is the probability, per Line, that a second subscription notifies every
	// change too, with uuids and a subscriptionId of its own and a few milliseconds
	// later. Each of the two has its own faults. Zero: never. One notification per
	// subscription is [observed], the distance is [assumed].
	Overlap float64

	// Extension is the id of the one extension whose parties are notified, as under a
	// subscription to that extension [documented]. "" means the whole account.
	Extension string

	// Filter is what the subscription asks for. The zero Filter asks for all.
	Filter Filter
}

// Filter is the parameters of RingCentral's event filters [documented]. A notification
// is sent when one of its parties passes them all, and is that of Weather.Extension;
// with several parties in one notification that is [assumed].
type Filter struct {
	// Direction is Inbound or Outbound, the party's. "" means both.
	Direction wire.Direction
	// MissedCall asks for parties that missed the call. False asks for all.
	MissedCall bool
	// StatusCode is the party's status code in any spelling that wire.Code.Kind knows.
	// "" means all.
	StatusCode wire.Code
	// WithRecordings asks for parties that have recordings. False asks for all. That
	// it looks at the party and not at the session is [assumed].
	WithRecordings bool
}

// Lossless reports whether every change arrives at least once: nothing is dropped and
// nothing is left out.
func (w Weather) Lossless() bool {
	return w.Drop == 0 && w.Extension == "" && w.Filter == (Filter{})
}

// Error says which field of a Weather makes no sense, and what does.
type Error struct {
	// Field is the field's name, such as Reorder or Filter.Direction.
	Field string
	// Text goes on after the name: "is 1.5; a probability is from 0 to 1".
	Text string
}

// Error reads "weather: Reorder is 1.5; a probability is from 0 to 1".
func (e *Error) Error() string { return "weather: " + e.Field + " " + e.Text }

// Check returns an *Error for the first field that makes no sense, nil when there is
// none.
func (w Weather) Check() error {
	if m, text := w.wrong(goName); m != "" {
		return &Error{Field: goName(m), Text: text}
	}
	return nil
}

// member is one field of a Weather as its description in JSON has it.
type member struct {
	name  string // its path: "drop", "filter.direction"
	value any    // a pointer into a Weather
	needs string // the member without which it means nothing
}

// members lists what a description may say, in the order in which it is written.
func (w *Weather) members() []member {
	return []member{
		{"name", &w.Name, ""},
		{"duplicate", &w.Duplicate, ""},
		{"reorder", &w.Reorder, "window"}, {"window", &w.Window, ""},
		{"delay", &w.Delay, ""}, {"delayCap", &w.DelayCap, ""},
		{"late", &w.Late, "lateBy"}, {"lateBy", &w.LateBy, ""},
		{"drop", &w.Drop, ""},
		{"burst", &w.Burst, "burstFor"}, {"burstFor", &w.BurstFor, ""},
		{"retry", &w.Retry, "retryAfter"}, {"retryAfter", &w.RetryAfter, ""},
		{"restart", &w.Restart, ""},
		{"overlap", &w.Overlap, ""},
		{"extension", &w.Extension, ""},
		{"filter.direction", &w.Filter.Direction, ""},
		{"filter.missedCall", &w.Filter.MissedCall, ""},
		{"filter.statusCode", &w.Filter.StatusCode, ""},
		{"filter.withRecordings", &w.Filter.WithRecordings, ""},
	}
}

// goName turns a member's name into its field's.
func goName(member string) string {
	parts := strings.Split(member, ".")
	for i, p := range parts {
		parts[i] = strings.ToUpper(p[:1]) + p[1:]
	}
	return strings.Join(parts, ".")
}

// wrong returns the first member that makes no sense and what is wrong with it, in
// words that follow its name; spell writes the names of others. The member is never
// one that is zero.
func (w *Weather) wrong(spell func(string) string) (name, text string) {
	all := w.members()
	for _, m := range all {
		if text = m.wrong(); text != "" {
			return m.name, text
		}
	}
	for _, m := range all {
		if m.needs != "" && !m.zero() && find(all, m.needs).zero() {
			return m.name, "needs " + spell(m.needs) + ", a duration above zero"
		}
	}
	if w.DelayCap != 0 && w.DelayCap < w.Delay {
		return "delayCap", fmt.Sprintf("is %s; it is at least %s, which is %s", w.DelayCap, spell("delay"), w.Delay)
	}
	return "", ""
}

// wrong says what is wrong with the member by itself, "" for nothing.
func (m member) wrong() string {
	switch v := m.value.(type) {
	case *float64:
		if !(*v >= 0 && *v <= 1) {
			return "is " + strconv.FormatFloat(*v, 'g', -1, 64) + "; a probability is from 0 to 1"
		}
	case *time.Duration:
		if *v < 0 || *v%time.Millisecond != 0 {
			return "is " + v.String() + "; a duration is whole milliseconds, zero or more"
		}
	case *string:
		if !utf8.ValidString(*v) {
			return fmt.Sprintf("is %q; it must be UTF-8", *v)
		}
	case *wire.Direction:
		if *v != "" && *v != wire.Inbound && *v != wire.Outbound {
			return fmt.Sprintf("is %q; legal: Inbound, Outbound", string(*v))
		}
	case *wire.Code:
		if *v != "" && v.Kind() == wire.KindUnknown {
			return fmt.Sprintf("is %q; legal: %s", string(*v), codes())
		}
	}
	return ""
}

// codes lists the status codes that a filter can ask for.
func codes() string {
	var all []string
	for k := wire.Setup; k <= wire.VoiceMailScreening; k++ {
		all = append(all, k.String())
	}
	return strings.Join(all, ", ")
}

// zero reports whether the member has its zero value and is left out of a description.
func (m member) zero() bool {
	switch v := m.value.(type) {
	case *float64:
		return *v == 0
	case *time.Duration:
		return *v == 0
	case *bool:
		return !*v
	case *wire.Direction:
		return *v == ""
	case *wire.Code:
		return *v == ""
	}
	return *m.value.(*string) == ""
}

// find returns the member of that name, the zero member when there is none.
func find(all []member, name string) member {
	for _, m := range all {
		if m.name == name {
			return m
		}
	}
	return member{}
}
