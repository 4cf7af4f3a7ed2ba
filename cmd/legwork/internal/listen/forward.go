package listen

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/legworkhq/legwork/cmd/legwork/internal/webhook"
)

// Receiver is where bodies are forwarded to.
type Receiver interface {
	Post(ctx context.Context, body []byte) webhook.Answer
}

// What bounds the queue, and when it counts as behind.
const (
	DefaultQueue  = 10_000   // bodies
	maxQueueBytes = 64 << 20 // of all bodies together
	behindAfter   = 2 * time.Second
)

// DefaultWaits are the waits between the attempts at forwarding one body.
var DefaultWaits = []time.Duration{200 * time.Millisecond, time.Second, 3 * time.Second}

// Forwarder posts bodies to a receiver, one after another in the order in which they
// came. Set its exported fields, then Run it on a goroutine of its own.
type Forwarder struct {
	To Receiver
	// Say is told when the receiver falls behind, catches up, and cannot be reached.
	Say func(string)
	// Queue is how many bodies may wait. Zero means DefaultQueue.
	Queue int
	// Waits between attempts. Nil means DefaultWaits.
	Waits []time.Duration

	mu       sync.Mutex
	waiting  []queued
	bytes    int
	wake     chan struct{}
	closed   bool
	behind   bool
	dropping bool
	failing  bool
	stats    Forwarded
}

type queued struct {
	body []byte
	at   time.Time
}

// Forwarded counts what became of bodies. They are in exactly one of the first four.
type Forwarded struct {
	Delivered int // answered 200
	Failed    int // given up after all attempts
	Dropped   int // the queue was full
	Left      int // still waiting at the end
	Retries   int
	LastWhy   string // of the last failure
}

// Total is how many bodies were to be forwarded.
func (s Forwarded) Total() int { return s.Delivered + s.Failed + s.Dropped + s.Left }

func (f *Forwarder) init() {
	if f.wake == nil {
		f.wake = make(chan struct{}, 1)
	}
	if f.Queue <= 0 {
		f.Queue = DefaultQueue
	}
	if f.Waits == nil {
		f.Waits = DefaultWaits
	}
}

// Add queues a body, which it keeps; or drops it when the queue is full. It does not
// wait.
func (f *Forwarder) Add(body []byte, at time.Time) {
	f.mu.Lock()
	f.init()
	full := len(f.waiting) >= f.Queue || f.bytes+len(body) > maxQueueBytes
	say := ""
	switch {
	case full:
		f.stats.Dropped++
		if !f.dropping {
			say = fmt.Sprintf("forwarding: %d notifications wait, the queue is full: the next are not forwarded", len(f.waiting))
		}
	default:
		f.waiting = append(f.waiting, queued{body, at})
		f.bytes += len(body)
		if !f.behind && at.Sub(f.waiting[0].at) > behindAfter {
			f.behind = true
			say = fmt.Sprintf("forwarding falls behind: %d notifications wait, the first for %v", len(f.waiting), at.Sub(f.waiting[0].at).Round(100*time.Millisecond))
		}
	}
	f.dropping = full
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
	f.tell(say)
}

func (f *Forwarder) tell(text string) {
	if text != "" && f.Say != nil {
		f.Say(text)
	}
}

// Close lets Run return when the queue is empty.
func (f *Forwarder) Close() {
	f.mu.Lock()
	f.init()
	f.closed = true
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Run forwards until ctx ends, or until Close was called and nothing waits.
func (f *Forwarder) Run(ctx context.Context) {
	f.mu.Lock()
	f.init()
	f.mu.Unlock()
	for {
		next, ok, done := f.first()
		switch {
		case done:
			return
		case !ok:
			select {
			case <-f.wake:
			case <-ctx.Done():
				return
			}
			continue
		}
		if !f.deliver(ctx, next.body) {
			return // ctx ended: it still waits
		}
		f.settle()
	}
}

func (f *Forwarder) first() (q queued, ok, done bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.waiting) == 0 {
		return q, false, f.closed
	}
	return f.waiting[0], true, false
}

// settle takes the first body off the queue.
func (f *Forwarder) settle() {
	f.mu.Lock()
	f.bytes -= len(f.waiting[0].body)
	f.waiting[0] = queued{}
	f.waiting = f.waiting[1:]
	caughtUp := f.behind && len(f.waiting) == 0
	if caughtUp {
		f.behind = false
	}
	f.mu.Unlock()
	if caughtUp {
		f.tell("forwarding has caught up")
	}
}

// deliver posts a body, again where that may help. It reports false when ctx ended
// first.
func (f *Forwarder) deliver(ctx context.Context, body []byte) bool {
	for attempt := 0; ; attempt++ {
		a := f.To.Post(ctx, body)
		if a.OK() {
			f.note(func(s *Forwarded) { s.Delivered++ })
			if f.failing {
				f.failing = false
				f.tell("forwarding works again")
			}
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		if !f.failing {
			f.failing = true
			f.tell("forwarding: " + a.Why())
		}
		if attempt == len(f.Waits) || !mayHelp(a) {
			f.note(func(s *Forwarded) { s.Failed, s.LastWhy = s.Failed+1, a.Why() })
			return true
		}
		f.note(func(s *Forwarded) { s.Retries++ })
		select {
		case <-time.After(f.Waits[attempt]):
		case <-ctx.Done():
			return false
		}
	}
}

// mayHelp: another attempt may end otherwise.
func mayHelp(a webhook.Answer) bool {
	return a.Failure != "" || a.Status >= 500 || a.Status == http.StatusTooManyRequests || a.Status == http.StatusRequestTimeout
}

func (f *Forwarder) note(change func(*Forwarded)) {
	f.mu.Lock()
	change(&f.stats)
	f.mu.Unlock()
}

// Stats is what became of the bodies so far.
func (f *Forwarder) Stats() Forwarded {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.stats
	s.Left = len(f.waiting)
	return s
}
