package weather

import (
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/legworkhq/legwork/recon/wire"
)

// Delivery is one arrival at the receiver.
type Delivery struct {
	At wire.Time
	// Restart: the receiver is restarted just before this one.
	Restart bool
	Event   wire.Event
}

// Count says what a line did.
type Count struct {
	Events, Deliveries, Dropped, Filtered, Duplicates, Reordered, Late, Retried, Bursts, Restarts int64
}

// Line is the way of notifications to one receiver. Notifications go in with Put, in
// order of their timestamp, and come out with Next, in order of arrival. It holds what
// is on its way, and nothing else.
type Line struct {
	w       Weather
	r       *rand.Rand
	calm    bool
	heap    []item
	order   uint64
	stopped int64 // the end of a burst
	second  string
	count   Count
	out     Delivery
	free    []*wire.Event
}

type item struct {
	at    int64
	order uint64
	ev    *wire.Event
}

// New makes a line. The error is the weather's.
func New(w Weather, r *rand.Rand) (*Line, error) {
	if err := w.Check(); err != nil {
		return nil, err
	}
	l := &Line{w: w, r: r}
	l.calm = w.Lossless() && w.Duplicate == 0 && w.Reorder == 0 && w.Delay == 0 && w.Late == 0 && w.Burst == 0 && w.Retry == 0 && !w.Overlap
	if w.Overlap {
		l.second = subscription(r)
	}
	return l, nil
}

func subscription(r *rand.Rand) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 36)
	for i := range out {
		out[i] = digits[r.IntN(16)]
	}
	out[8], out[13], out[18], out[23], out[14] = '-', '-', '-', '-', '4'
	return string(out)
}

// Put takes a notification. It keeps a copy of what it needs; the caller may reuse the
// event and its parties.
func (l *Line) Put(ev *wire.Event) {
	l.count.Events++
	if !l.w.passes(ev) {
		l.count.Filtered++
		return
	}
	l.send(ev)
	if l.w.Overlap {
		second := *ev
		second.UUID = strconv.FormatInt(1+l.r.Int64N(math.MaxInt64), 10)
		second.SubscriptionID = l.second
		second.Timestamp += wire.Time(l.r.Int64N(40))
		l.send(&second)
	}
}

// send puts one subscription's notification on its way.
func (l *Line) send(ev *wire.Event) {
	sent := int64(ev.Timestamp)
	if hit(l.r, l.w.Burst) {
		l.stopped = max(l.stopped, sent+l.w.BurstFor.Milliseconds())
		l.count.Bursts++
	}
	if hit(l.r, l.w.Drop) {
		l.count.Dropped++
		return
	}
	ms, reordered, late := l.w.wait(l.r)
	l.note(reordered, late)
	at := max(sent+ms, l.stopped)
	l.push(at, ev)
	if hit(l.r, l.w.Duplicate) {
		l.count.Duplicates++
		l.push(at+draw(l.r, l.w.DuplicateWithin), ev)
	}
	if hit(l.r, l.w.Retry) {
		l.count.Retried++
		l.push(at+l.w.RetryAfter.Milliseconds(), ev)
	}
}

func (l *Line) note(reordered, late bool) {
	if reordered {
		l.count.Reordered++
	}
	if late {
		l.count.Late++
	}
}

// Next returns the next delivery that is due by an instant; ok is false when none is.
// The delivery is valid until the next call. wire.Time(math.MaxInt64) empties the line.
func (l *Line) Next(by wire.Time) (*Delivery, bool) {
	if len(l.heap) == 0 || l.heap[0].at > int64(by) {
		return nil, false
	}
	it := l.pop()
	l.count.Deliveries++
	l.out.At, l.out.Restart = wire.Time(it.at), hit(l.r, l.w.Restart)
	if l.out.Restart {
		l.count.Restarts++
	}
	parties := append(l.out.Event.Body.Parties[:0], it.ev.Body.Parties...)
	l.out.Event = *it.ev
	l.out.Event.Body.Parties = parties
	l.free = append(l.free, it.ev)
	return &l.out, true
}

// Due is when the next delivery is due; ok is false when the line is empty.
func (l *Line) Due() (at wire.Time, ok bool) {
	if len(l.heap) == 0 {
		return 0, false
	}
	return wire.Time(l.heap[0].at), true
}

// Count returns what the line did so far.
func (l *Line) Count() Count { return l.count }

// keep copies an event into memory of the line's own.
func (l *Line) keep(ev *wire.Event) *wire.Event {
	var k *wire.Event
	if n := len(l.free); n > 0 {
		k, l.free = l.free[n-1], l.free[:n-1]
	} else {
		k = new(wire.Event)
	}
	parties := append(k.Body.Parties[:0], ev.Body.Parties...)
	*k = *ev
	k.Body.Parties = parties
	return k
}

func (l *Line) push(at int64, ev *wire.Event) {
	l.order++
	l.heap = append(l.heap, item{at, l.order, l.keep(ev)})
	i := len(l.heap) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !before(&l.heap[i], &l.heap[up]) {
			break
		}
		l.heap[i], l.heap[up] = l.heap[up], l.heap[i]
		i = up
	}
}

func (l *Line) pop() item {
	top := l.heap[0]
	n := len(l.heap) - 1
	l.heap[0] = l.heap[n]
	l.heap[n] = item{}
	l.heap = l.heap[:n]
	for i := 0; ; {
		down := 2*i + 1
		if down >= n {
			break
		}
		if right := down + 1; right < n && before(&l.heap[right], &l.heap[down]) {
			down = right
		}
		if !before(&l.heap[down], &l.heap[i]) {
			break
		}
		l.heap[i], l.heap[down] = l.heap[down], l.heap[i]
		i = down
	}
	return top
}

func before(a, b *item) bool {
	return a.at < b.at || a.at == b.at && a.order < b.order
}

// Deliver sends finished notifications down a line, and returns all arrivals.
func (w Weather) Deliver(r *rand.Rand, events []wire.Event) ([]Delivery, error) {
	l, err := New(w, r)
	if err != nil {
		return nil, err
	}
	for i := range events {
		l.Put(&events[i])
	}
	var out []Delivery
	for d, ok := l.Next(math.MaxInt64); ok; d, ok = l.Next(math.MaxInt64) {
		c := *d
		c.Event.Body.Parties = append([]wire.Party(nil), d.Event.Body.Parties...)
		out = append(out, c)
	}
	return out, nil
}

// Calm reports whether the line delivers each notification once, in order and at once.
func (l *Line) Calm() bool { return l.calm }
