package weather

import (
	"fmt"
	"math"
	"strconv"

	"github.com/legworkhq/legwork/recon/wire"
)

// chances are a Weather's probabilities.
type chances struct{ duplicate, reorder, late, drop, burst, retry, restart odds }

func chancesOf(w Weather) chances {
	return chances{
		duplicate: oddsOf(w.Duplicate), reorder: oddsOf(w.Reorder), late: oddsOf(w.Late), drop: oddsOf(w.Drop),
		burst: oddsOf(w.Burst), retry: oddsOf(w.Retry), restart: oddsOf(w.Restart),
	}
}

// spans are a Weather's durations.
type spans struct{ window, delay, delayCap, lateBy, burstFor, retryAfter wire.Time }

func spansOf(w Weather) spans {
	if w.DelayCap == 0 {
		w.DelayCap = min(w.Delay, math.MaxInt64/10) * 10
	}
	return spans{
		window: millis(w.Window), delay: millis(w.Delay), delayCap: millis(w.DelayCap),
		lateBy: millis(w.LateBy), burstFor: millis(w.BurstFor), retryAfter: millis(w.RetryAfter),
	}
}

// sends reports whether RingCentral would notify the event.
func (w *Weather) sends(ev *wire.Event) bool {
	if w.Extension == "" && w.Filter == (Filter{}) {
		return true
	}
	for i := range ev.Body.Parties {
		if w.wants(&ev.Body.Parties[i]) {
			return true
		}
	}
	return false
}

func (w *Weather) wants(p *wire.Party) bool {
	f := &w.Filter
	return (w.Extension == "" || p.ExtensionID == w.Extension) &&
		(f.Direction == "" || p.Direction == f.Direction) &&
		(f.StatusCode == "" || p.Status.Code.Kind() == f.StatusCode.Kind()) &&
		(p.MissedCall || !f.MissedCall) &&
		(len(p.Recordings) > 0 || !f.WithRecordings)
}

// stop lets the line stand from now on. What was due by now is through.
func (l *Line) stop(now wire.Time) {
	l.count.Bursts++
	l.opens = now + l.span.burstFor
	l.flying.hold(now, l.opens)
}

// secondID returns the second subscription's id, in the form of a random UUID.
func (d *dice) secondID() string {
	high, low := d.roll(faultOverlap, 1), d.roll(faultOverlap, 2)
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", high>>32, high>>16&0xffff, high&0xfff, low>>48&0x3fff|0x8000, low&(1<<48-1))
}

// second returns the second subscription's notification of the n-th event. A frame's
// header repeats the uuid, so it is left to wire.Append.
func (l *Line) second(ev *wire.Event, n uint64) wire.Event {
	second := *ev
	second.UUID = strconv.FormatUint(l.dice.roll(faultOverlapID, n)>>1|1, 10)
	second.SubscriptionID = l.overlap
	second.Timestamp += l.dice.within(faultOverlapWhen, 9, n)
	second.Wrapper = nil
	return second
}

const (
	// shortly is how long after a delivery its duplicate starts at most.
	shortly = 1000
	// maxRetry is how often a notification is retried at most.
	maxRetry = 4
	// attemptBits hold the number of a notification's delivery: the first one, the
	// duplicate, the retries.
	attemptBits = 3
)

// send schedules all deliveries of a notification, the n-th.
func (l *Line) send(ev *wire.Event, n uint64, restart bool) {
	if l.dice.chance(faultDrop, l.odds.drop, n) {
		l.count.Dropped++
		return
	}
	if restart {
		l.count.Restarts++
	}
	n <<= attemptBits
	p := l.pack(ev)
	at := l.schedule(p, ev.Timestamp, n, restart)
	if l.dice.chance(faultDuplicate, l.odds.duplicate, n) {
		l.count.Duplicates++
		at = l.schedule(p, at+l.dice.within(faultDuplicateWhen, shortly, n), n+1, false)
	}
	for i := n + 2; i < n+2+maxRetry && l.dice.chance(faultRetry, l.odds.retry, i); i++ {
		l.count.Retries++
		at = l.schedule(p, at+l.span.retryAfter, i, false)
	}
}

// pack copies an event for its way.
func (l *Line) pack(ev *wire.Event) *parcel {
	var p *parcel
	if last := len(l.idle) - 1; last >= 0 {
		p, l.idle = l.idle[last], l.idle[:last]
	} else {
		p = new(parcel)
	}
	p.room = append(p.room[:0], ev.Body.Parties...)
	p.Event = *ev
	p.Event.Body.Parties = p.room
	return p
}

// schedule lets the n-th delivery start and returns when it arrives. All of a parcel's
// are scheduled before the first arrives, so that they number its attempts.
func (l *Line) schedule(p *parcel, start wire.Time, n uint64, restart bool) wire.Time {
	at := max(start+l.underway(n), l.opens)
	l.order++
	p.flying++
	l.flying.push(entry{at: at, order: l.order, parcel: p, attempt: int32(p.flying), restart: restart})
	return at
}

// underway returns how long the n-th delivery takes.
func (l *Line) underway(n uint64) (long wire.Time) {
	if l.span.delay > 0 {
		long = min(exponential(l.dice.roll(faultDelay, n), l.span.delay), l.span.delayCap)
	}
	if l.dice.chance(faultReorder, l.odds.reorder, n) {
		l.count.Reordered++
		long += l.dice.within(faultReorderWhen, l.span.window, n)
	}
	if l.dice.chance(faultLate, l.odds.late, n) {
		l.count.Late++
		long += l.dice.within(faultLateWhen, l.span.lateBy, n)
	}
	return long
}
