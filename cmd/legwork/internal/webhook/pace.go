package webhook

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// Pacer says when notifications are due. It is asked once for each, in their order.
type Pacer interface {
	// Due returns when the next notification, stamped stamp, is to be sent, which may
	// have been before now. The zero time is for one that is due when the receiver is
	// free. A zero stamp is one that is not known.
	Due(now, stamp time.Time) time.Time
}

// Max sends as fast as the receiver answers.
type Max struct{}

// Due returns the zero time.
func (Max) Due(_, _ time.Time) time.Time { return time.Time{} }

// maxDelay is how much delay a fixed rate makes up for by sending faster.
const maxDelay = 100 * time.Millisecond

// Fixed sends one notification every Every.
type Fixed struct {
	Every time.Duration
	next  time.Time
}

// Due ignores stamp.
func (f *Fixed) Due(now, _ time.Time) time.Time {
	if now.Sub(f.next) > maxDelay {
		if f.next.IsZero() {
			f.next = now
		} else {
			f.next = now.Add(-maxDelay)
		}
	}
	due := f.next
	f.next = due.Add(f.Every)
	return due
}

// Realtime sends at the intervals of the stamps, Speed times as fast. The first
// stamp is due at once, and so is a notification without a stamp or with one that
// should have come earlier.
type Realtime struct {
	Speed        float64
	start, first time.Time
}

// Due is what the type says.
func (r *Realtime) Due(now, stamp time.Time) time.Time {
	if stamp.IsZero() {
		return now
	}
	if r.first.IsZero() {
		r.start, r.first = now, stamp
	}
	after := float64(stamp.Sub(r.first)) / r.Speed
	return r.start.Add(time.Duration(max(min(after, math.MaxInt64/2), math.MinInt64/2)))
}

// The words for a rate that is none of a number.
const (
	RateRealtime = "realtime"
	RateMax      = "max"
)

var errRate = errors.New("must be a number of notifications per second such as 50/s or 0.5/s (per minute: 30/m), or realtime, or max")

// fastest and slowest are the bounds of a fixed rate, per second.
const fastest, slowest = 1e6, 1.0 / 86400

// ParseRate reads a rate; speed is for realtime.
func ParseRate(s string, speed float64) (Pacer, error) {
	switch s {
	case RateMax:
		return Max{}, nil
	case RateRealtime:
		return &Realtime{Speed: speed}, nil
	}
	number, unit, _ := strings.Cut(s, "/")
	n, err := strconv.ParseFloat(number, 64)
	switch {
	case err != nil, unit != "s" && unit != "m":
		return nil, errRate
	case unit == "m":
		n /= 60
	}
	if !(n >= slowest && n <= fastest) {
		return nil, errRate
	}
	return &Fixed{Every: time.Duration(float64(time.Second) / n)}, nil
}

// ParseSpeed reads a factor such as 60x, or 60.
func ParseSpeed(s string) (float64, error) {
	x, err := strconv.ParseFloat(strings.TrimSuffix(s, "x"), 64)
	if err != nil || !(x > 0 && x <= 1e9) {
		return 0, errors.New("must be a factor above 0, such as 60x")
	}
	return x, nil
}
