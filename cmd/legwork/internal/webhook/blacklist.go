package webhook

import "time"

// What RingCentral does with a receiver that fails. A newer page says that such a
// subscription is suspended for good. [documented]
const (
	DefaultBlacklistAfter = 10 * time.Minute
	DefaultReconcileEvery = 15 * time.Minute
)

// Blacklist decides whether RingCentral would still deliver: not any more when
// deliveries have failed for After without a 200 in between, and again when a
// handshake, tried every Every, succeeds. Times must not go backwards.
type Blacklist struct {
	After, Every time.Duration
	// Never turns it off.
	Never bool

	since  time.Time // of the first failure after the last 200
	next   time.Time // handshake
	listed bool
}

// Answered takes note of a 200. One that comes while blacklisted changes nothing.
func (b *Blacklist) Answered() {
	if !b.listed {
		b.since = time.Time{}
	}
}

// Failed takes note of a failure, and reports whether the receiver is blacklisted
// for it.
func (b *Blacklist) Failed(at time.Time) bool {
	if b.Never || b.listed {
		return false
	}
	if b.since.IsZero() {
		b.since = at
	}
	if at.Sub(b.since) < b.After {
		return false
	}
	b.listed, b.next = true, at.Add(b.Every)
	return true
}

// Listed reports whether the receiver is blacklisted.
func (b *Blacklist) Listed() bool { return b.listed }

// Next is when to try the next handshake, while blacklisted.
func (b *Blacklist) Next() time.Time { return b.next }

// Reconciled takes note of a handshake made while blacklisted.
func (b *Blacklist) Reconciled(at time.Time, valid bool) {
	if valid {
		*b = Blacklist{After: b.After, Every: b.Every, Never: b.Never}
		return
	}
	b.next = at.Add(b.Every)
}
