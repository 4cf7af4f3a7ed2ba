package logging

import (
	"sync"
	"time"
)

// limiter lets of each cause one through at a time.
type limiter struct {
	every time.Duration
	now   func() time.Time

	mu     sync.Mutex
	causes map[string]*cause
}

// cause is one that was logged.
type cause struct {
	at     time.Time // of the last record that passed
	missed int       // since then
}

// maxCauses is how many are told apart. Causes may hold what a client made up.
const maxCauses = 500

// shared stands for all causes above maxCauses.
const shared = "\x00"

// pass tells whether a record of a cause is logged now, and how many before it were not.
func (l *limiter) pass(key string) (ok bool, missed int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	c := l.find(key, now)
	if !c.at.IsZero() && now.Sub(c.at) < l.every && !now.Before(c.at) {
		c.missed++
		return false, 0
	}
	missed = c.missed
	c.at, c.missed = now, 0
	return true, missed
}

func (l *limiter) find(key string, now time.Time) *cause {
	if l.causes == nil {
		l.causes = map[string]*cause{}
	}
	if c := l.causes[key]; c != nil {
		return c
	}
	if len(l.causes) >= maxCauses {
		l.forget(now)
	}
	if len(l.causes) >= maxCauses {
		key = shared
		if c := l.causes[key]; c != nil {
			return c
		}
	}
	c := &cause{}
	l.causes[key] = c
	return c
}

// forget removes those that have been quiet for long. What was missed of them is lost.
func (l *limiter) forget(now time.Time) {
	for key, c := range l.causes {
		if now.Sub(c.at) >= 2*l.every {
			delete(l.causes, key)
		}
	}
}
