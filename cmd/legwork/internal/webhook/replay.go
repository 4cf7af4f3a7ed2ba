package webhook

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrBlacklisted ends a replay that was to stop when its receiver is blacklisted.
var ErrBlacklisted = errors.New("stopped because the receiver is blacklisted")

// Delivery is one notification to be sent.
type Delivery struct {
	Line  int    // in its file, from 1
	UUID  string // "" when not known
	Stamp time.Time
	Body  []byte
}

// Receiver is what a replay needs of a Client.
type Receiver interface {
	Handshake(ctx context.Context) error
	Post(ctx context.Context, body []byte) Answer
}

// Replay sends notifications to a receiver.
type Replay struct {
	Receiver Receiver
	Pace     Pacer
	// Blacklist and Tally change during the run and may be looked at after it.
	Blacklist Blacklist
	Tally     Tally
	// Concurrency is how many POSTs may be under way; with one, notifications arrive
	// in their order. Zero means one.
	Concurrency int
	// Retry is how often a failed notification is sent again, each time RetryAfter
	// later. RingCentral documents no retry.
	Retry      int
	RetryAfter time.Duration
	// StopWhenListed ends the run with ErrBlacklisted.
	StopWhenListed bool
	// Next returns the notifications in turn, and false at the end.
	Next func() (Delivery, bool)
	// Settled is told, one at a time and in any order, the lines that will not be sent
	// again: they were answered, failed, or are lost.
	Settled func(line int)
	// Say prints a message.
	Say func(text string)

	mu    sync.Mutex
	slots chan struct{}
}

// Run sends until Next, or ctx, ends. A POST under way is waited for in any case, so
// that a line is either settled or was not sent.
func (r *Replay) Run(ctx context.Context) error {
	r.slots = make(chan struct{}, max(r.Concurrency, 1))
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		select {
		case r.slots <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		d, ok := r.Next()
		if !ok || ctx.Err() != nil {
			return ctx.Err()
		}
		lost, err := r.await(ctx, r.Pace.Due(time.Now(), d.Stamp))
		switch {
		case err != nil:
			return err
		case lost:
			r.lose(d)
			<-r.slots
		default:
			wg.Go(func() {
				defer func() { <-r.slots }()
				r.deliver(ctx, d)
			})
		}
	}
}

// await waits until due and reports whether the notification is lost because the
// receiver is blacklisted then. It makes the handshakes that are due before. Without
// a timetable nothing is due while blacklisted: it waits for a good handshake.
func (r *Replay) await(ctx context.Context, due time.Time) (lost bool, err error) {
	for {
		listed, next := r.state()
		switch {
		case listed && r.StopWhenListed:
			return false, ErrBlacklisted
		case listed && (due.IsZero() || next.Before(due)):
			if err := sleepUntil(ctx, next); err != nil {
				return false, err
			}
			if err := r.reconcile(ctx); err != nil {
				return false, err
			}
		case time.Until(due) <= 0:
			return listed, ctx.Err()
		default:
			if err := sleepUntil(ctx, due); err != nil {
				return false, err
			}
		}
	}
}

func (r *Replay) state() (listed bool, next time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.Blacklist.Listed(), r.Blacklist.Next()
}

func (r *Replay) reconcile(ctx context.Context) error {
	err := r.Receiver.Handshake(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Blacklist.Reconciled(time.Now(), err == nil)
	if err != nil {
		r.Say(fmt.Sprintf("still blacklisted, next handshake in %v: %v", r.Blacklist.Every, err))
		return nil
	}
	r.Say(fmt.Sprintf("the handshake is valid: active again; %d lost so far", r.Tally.Lost))
	return nil
}

func (r *Replay) lose(d Delivery) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Tally.Lost++
	r.Settled(d.Line)
}

// deliver sends d until it is answered, fails for good, or the receiver is
// blacklisted.
func (r *Replay) deliver(ctx context.Context, d Delivery) {
	a := r.post(ctx, d)
	for n := 0; n < r.Retry && !a.OK(); n++ {
		if listed, _ := r.state(); listed || sleepUntil(ctx, time.Now().Add(r.RetryAfter)) != nil {
			break
		}
		a = r.post(ctx, d)
		r.mu.Lock()
		r.Tally.Retries++
		r.mu.Unlock()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Tally.Settled(d, a)
	r.Settled(d.Line)
}

// post makes one POST, which ctx does not end, and takes note of it.
func (r *Replay) post(ctx context.Context, d Delivery) Answer {
	a := r.Receiver.Post(context.WithoutCancel(ctx), d.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Tally.Posted(a)
	if a.OK() {
		r.Blacklist.Answered()
	} else if r.Blacklist.Failed(time.Now()) {
		r.Tally.Blacklisted++
		r.Say(r.listedText(d, a))
	}
	return a
}

func (r *Replay) listedText(d Delivery, a Answer) string {
	text := fmt.Sprintf("blacklisted at line %d: no 200 for %v; %s", d.Line, r.Blacklist.After, a.Reason())
	if !r.StopWhenListed {
		text += fmt.Sprintf("; next handshake in %v", r.Blacklist.Every)
	}
	return text
}

// sleepUntil returns the error of ctx if that ends before t.
func sleepUntil(ctx context.Context, t time.Time) error {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
