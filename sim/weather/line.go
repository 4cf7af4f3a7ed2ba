package weather

import (
	"math"
	"math/rand/v2"

	"github.com/legworkhq/legwork/recon/wire"
)

// Delivery is one arrival of a notification at the receiver.
type Delivery struct {
	// At is when it arrives, never before Event.Timestamp.
	At wire.Time
	// Attempt counts the deliveries of one notification, from 1. A later attempt never
	// arrives before an earlier one.
	Attempt int
	// Restart says that the receiver restarts just before this delivery.
	Restart bool
	// Event is the notification.
	Event wire.Event
}

// Count is what a Line did so far. Once all is delivered, Deliveries is Events -
// Filtered + Copies - Dropped + Duplicates + Retries.
type Count struct {
	// Events is how often Put was called.
	Events int64
	// Deliveries is how many Next returned.
	Deliveries int64
	// Dropped is how many notifications were lost, a subscription's copy by itself.
	Dropped int64
	// Filtered is how many events Extension or Filter left out.
	Filtered int64
	// Copies is how many notifications a second subscription made.
	Copies int64
	// Duplicates and Retries are deliveries after the first one of a notification.
	Duplicates, Retries int64
	// Reordered and Late are deliveries that Reorder and Late put off.
	Reordered, Late int64
	// Bursts is how often the line stopped.
	Bursts int64
	// Restarts is how often the receiver restarts.
	Restarts int64
}

// Line is the wire between the switch and one receiver. It holds what is in flight,
// which LateBy, Window, BurstFor and RetryAfter bound, and keeps the room of what was
// for reuse. It is not safe for concurrent use.
type Line struct {
	w       Weather
	dice    dice
	odds    chances
	span    spans
	overlap string // the second subscription's id, "" when there is none

	flying  queue
	order   uint64
	opens   wire.Time // when the line runs again
	arrived *parcel   // what Next returned last
	idle    []*parcel
	count   Count
}

// parcel is a notification in flight, for all its deliveries.
type parcel struct {
	Delivery
	room   []wire.Party // of Event.Body.Parties, kept for reuse
	flying int          // deliveries that are still to come
}

// New returns a line with that weather, or the error of w.Check. It takes one number
// from r and keeps no hold of it.
func New(w Weather, r *rand.Rand) (*Line, error) {
	if err := w.Check(); err != nil {
		return nil, err
	}
	l := &Line{w: w, dice: newDice(r.Uint64()), odds: chancesOf(w), span: spansOf(w), opens: math.MinInt64}
	if l.dice.chance(faultOverlap, oddsOf(w.Overlap), 0) {
		l.overlap = l.dice.secondID()
	}
	return l, nil
}

// Count returns what the line did so far.
func (l *Line) Count() Count { return l.count }

// InFlight returns how many deliveries are still to come.
func (l *Line) InFlight() int { return l.flying.len() }

// Due returns when the next delivery is due, and whether there is one.
func (l *Line) Due() (wire.Time, bool) {
	if e, _ := l.flying.first(); e != nil {
		return e.at, true
	}
	return 0, false
}

// Put sends an event; Timestamp says when, never before that of the last one. The line
// copies what it keeps, ev.Body.Parties too; what the parties point to must not change.
func (l *Line) Put(ev *wire.Event) {
	n := uint64(l.count.Events)
	l.count.Events++
	if !l.w.sends(ev) {
		l.count.Filtered++
		return
	}
	if ev.Timestamp >= l.opens && l.dice.chance(faultBurst, l.odds.burst, n) {
		l.stop(ev.Timestamp)
	}
	restart := l.dice.chance(faultRestart, l.odds.restart, n)
	l.send(ev, n<<1, restart)
	if l.overlap != "" {
		l.count.Copies++
		second := l.second(ev, n)
		l.send(&second, n<<1|1, false)
	}
}

// Next returns the next delivery that is due at now or before, in order of At, then of
// Put, and false when there is none. It is valid until the next call of Next.
//
// The deliveries do not depend on how often Next is called, as long as now is never
// after the Timestamp of an event that is still to be Put. After the last event,
// Next(math.MaxInt64) returns what is left.
func (l *Line) Next(now wire.Time) (*Delivery, bool) {
	if p := l.arrived; p != nil && p.flying == 0 {
		l.idle = append(l.idle, p)
	}
	l.arrived = nil
	e, ok := l.flying.pop(now)
	if !ok {
		return nil, false
	}
	l.count.Deliveries++
	p := e.parcel
	p.flying--
	p.At, p.Attempt, p.Restart = e.at, int(e.attempt), e.restart
	l.arrived = p
	return &p.Delivery, true
}

// Deliver sends events, in order of Timestamp, over a new Line and returns all that
// arrives. Parties are copied, once for all deliveries of a notification. It panics
// when w.Check has an error.
func (w Weather) Deliver(r *rand.Rand, events []wire.Event) []Delivery {
	l, err := New(w, r)
	if err != nil {
		panic(err)
	}
	for i := range events {
		l.Put(&events[i])
	}
	all := make([]Delivery, 0, l.InFlight())
	for d, ok := l.Next(math.MaxInt64); ok; d, ok = l.Next(math.MaxInt64) {
		all = append(all, *d)
	}
	return all
}
