// Package watch says whether a subscription still lives. RingCentral blacklists a webhook
// that fails for ten minutes [documented]; from then on it is silent, and silence looks
// like a calm day. So what is unusual is measured against the tenant's own past weeks.
//
// A Tracker has no clock and no goroutine: time is an argument.
package watch

import (
	"fmt"
	"slices"
	"time"
)

// State of a subscription.
type State string

const (
	New     State = "new"     // nothing was received yet
	OK      State = "ok"      // something was received of late
	Quiet   State = "quiet"   // silent, as it often is at such a time
	Suspect State = "suspect" // something is wrong with it
)

// Reason is one thing that is wrong, in a sentence that says what to do.
type Reason struct {
	// Kind is silent, delay, gaps or undecodable.
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// Health is how a subscription is.
type Health struct {
	State State `json:"state"`
	// Since is when the state began, LastEvent when something was received last; zero when
	// nothing was.
	Since     time.Time `json:"since,omitzero"`
	LastEvent time.Time `json:"lastEvent,omitzero"`
	Reasons   []Reason  `json:"reasons"`
	// EventsPerMinute in the last five minutes.
	EventsPerMinute float64 `json:"eventsPerMinute"`
	// DelayP50Ms and DelayP99Ms are from a notification's timestamp to its receipt, of the
	// last 500.
	DelayP50Ms int64 `json:"delayP50Ms"`
	DelayP99Ms int64 `json:"delayP99Ms"`
	// Late is how many of the last 500 notifications came after a later one of their
	// session, Gaps how many of the last 100 calls that ended lack events.
	Late int `json:"late"`
	Gaps int `json:"gaps"`
	// Undecodable is how many were received in a row that could not be decoded.
	Undecodable int `json:"undecodable"`
}

// Hour is how many calls began in an hour.
type Hour struct {
	// Start of the hour, UTC.
	Start time.Time
	Calls int
}

// Tracker follows one tenant's subscription. The zero Tracker is ready.
type Tracker struct {
	last        time.Time
	minutes     [5]int // events, by minute modulo 5
	minute      int64
	delays      ring[time.Duration]
	late        ring[bool]
	gaps        ring[bool]
	undecodable int
	state       State
	since       time.Time
	rhythm      rhythm
}

// ring holds the latest values.
type ring[T any] struct {
	values []T
	next   int
}

func (r *ring[T]) add(v T, size int) {
	if len(r.values) < size {
		r.values = append(r.values, v)
		return
	}
	r.values[r.next] = v
	r.next = (r.next + 1) % size
}

const (
	kept  = 500
	ended = 100
)

// Resume tells when something was received, before the process began.
func (t *Tracker) Resume(last time.Time) {
	if last.After(t.last) {
		t.last = last
	}
}

// Learn tells how many calls began in the hours of the past weeks.
func (t *Tracker) Learn(hours []Hour, now time.Time) { t.rhythm = learn(hours, now) }

// Event tells that a notification was received, delay after it was sent; less than zero
// when that is unknown.
func (t *Tracker) Event(at time.Time, delay time.Duration) {
	t.count(at)
	t.undecodable = 0
	if delay >= 0 {
		t.delays.add(delay, kept)
	}
}

// Undecodable tells that something was received that could not be decoded.
func (t *Tracker) Undecodable(at time.Time) {
	t.count(at)
	t.undecodable++
}

// Applied tells whether a notification came after a later one of its session.
func (t *Tracker) Applied(late bool) { t.late.add(late, kept) }

// Ended tells that a call is final, and whether events of it are missing.
func (t *Tracker) Ended(missing bool) { t.gaps.add(missing, ended) }

func (t *Tracker) count(at time.Time) {
	if at.After(t.last) {
		t.last = at
	}
	t.turn(at)
	t.minutes[t.minute%5]++
}

// turn empties the minutes that have passed.
func (t *Tracker) turn(now time.Time) {
	m := now.Unix() / 60
	for ; t.minute < m; t.minute++ {
		if m-t.minute > 5 {
			t.minute = m - 5
		}
		t.minutes[(t.minute+1)%5] = 0
	}
}

// Check says how the subscription is now. changed is true when its state is another one
// than at the last check.
func (t *Tracker) Check(now time.Time) (h Health, changed bool) {
	t.turn(now)
	h = Health{LastEvent: t.last, Reasons: t.reasons(now), Late: count(t.late.values), Gaps: count(t.gaps.values), Undecodable: t.undecodable}
	for _, n := range t.minutes {
		h.EventsPerMinute += float64(n) / 5
	}
	h.DelayP50Ms, h.DelayP99Ms = percentile(t.delays.values, 50).Milliseconds(), percentile(t.delays.values, 99).Milliseconds()
	switch {
	case len(h.Reasons) > 0:
		h.State = Suspect
	case t.last.IsZero():
		h.State = New
	case now.Sub(t.last) > quietAfter:
		h.State = Quiet
	default:
		h.State = OK
	}
	changed = h.State != t.state
	if changed {
		t.state, t.since = h.State, now
	}
	h.Since = t.since
	return h, changed
}

// What is suspect.
const (
	quietAfter = 10 * time.Minute
	// silent: so many calls would usually have begun meanwhile. Calls come in bursts, so it
	// takes more than chance would ask for.
	expectedCalls = 20
	// unknownSilence is how long a tenant may be silent whose usual days are not known yet.
	unknownSilence = 24 * time.Hour
	// slow: RingCentral delivers within a second; observed are 14 to 113 ms until it is
	// sent. [observed]
	slow        = time.Minute
	fewestSlow  = 50
	gapsOf      = 20
	inARow      = 20
	whatToCheck = "ask RingCentral for the subscription (GET /restapi/v1.0/subscription): if its status is Blacklisted or Suspended, mend what blacklistedData names and renew it"
)

func (t *Tracker) reasons(now time.Time) []Reason {
	out := []Reason{}
	say := func(kind, format string, args ...any) { out = append(out, Reason{kind, fmt.Sprintf(format, args...)}) }
	if silence := now.Sub(t.last); !t.last.IsZero() && silence > quietAfter {
		if n, known := t.rhythm.expected(t.last, now); known && n >= expectedCalls {
			say("silent", "Nothing was received for %s, in which about %.0f calls begin usually: %s.", words(silence), n, whatToCheck)
		} else if !known && silence > unknownSilence {
			say("silent", "Nothing was received for %s: %s.", words(silence), whatToCheck)
		}
	}
	if p := percentile(t.delays.values, 50); len(t.delays.values) >= fewestSlow && p > slow && now.Sub(t.last) < quietAfter {
		say("delay", "Half of the notifications arrive more than %s after they were sent: look at RingCentral's status page, at the proxy in front, and at this machine's clock.", words(p))
	}
	if n := count(t.gaps.values); len(t.gaps.values) >= gapsOf && 2*n > len(t.gaps.values) {
		say("gaps", "Of the last %d calls %d lack events: notifications are lost on the way, or the subscription has a filter that leaves some out.", len(t.gaps.values), n)
	}
	if t.undecodable >= inARow {
		say("undecodable", "The last %d things that were received are no notifications that Legwork understands: look at them on the page, and at what is posted to this address.", t.undecodable)
	}
	return out
}

func count(list []bool) (n int) {
	for _, v := range list {
		if v {
			n++
		}
	}
	return n
}

func percentile(list []time.Duration, p int) time.Duration {
	if len(list) == 0 {
		return 0
	}
	list = slices.Clone(list)
	slices.Sort(list)
	return list[min(len(list)-1, len(list)*p/100)]
}

// words writes a duration for people.
func words(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f seconds", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f minutes", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.0f hours", d.Hours())
	}
	return fmt.Sprintf("%.0f days", d.Hours()/24)
}
