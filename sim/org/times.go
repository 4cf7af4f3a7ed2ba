package org

import (
	"math/rand/v2"
	"time"
)

// RingTime is how long a phone rings that nobody answers, until the caller gives up:
// 1 to 90 seconds, median 22. There is a ring every six seconds, and most callers give up
// after three to five; a few noticed their mistake at once. [assumed]
func RingTime(r *rand.Rand) time.Duration { return ringTimes.draw(r) }

// AnswerTime is how long a phone rings until its owner answers: 0.6 to 30 seconds, median
// 6. Few answer during the first ring, half before the second begins, then it thins out:
// who has not answered after three rings is mostly not there. [assumed]
func AnswerTime(r *rand.Rand) time.Duration { return answerTimes.draw(r) }

// TalkTime is how long two people talk: 2 seconds to 2 hours, median 2.5 minutes, one in
// twenty above 12. Handling times are about lognormal: many short calls, a long tail.
// These are the quantiles of a lognormal distribution with sigma 0.95. [assumed]
func TalkTime(r *rand.Rand) time.Duration { return talkTimes.draw(r) }

// HoldTime is how long somebody is held: 1 second to 15 minutes, median 45 seconds, one
// in twenty above 4 minutes. It is somebody's handling of a small task, so about
// lognormal, with sigma 1. [assumed]
func HoldTime(r *rand.Rand) time.Duration { return holdTimes.draw(r) }

// QueueWait is how long a caller waits in a queue for an agent: 0 seconds to 10 minutes,
// median 8 seconds. Four in five get one within 20 seconds, the service level that call
// centres are staffed for; who does not waits for a call to end. [assumed]
func QueueWait(r *rand.Rand) time.Duration { return queueWaits.draw(r) }

// Patience is how long a caller waits in a queue before hanging up: 1 second to 20
// minutes, median 90 seconds. Some leave at once on hearing that it is a queue; then
// patience is about exponential. [assumed]
func Patience(r *rand.Rand) time.Duration { return patiences.draw(r) }

var (
	ringTimes   = quantiles{{0, 1000}, {50, 5000}, {100, 8000}, {250, 15000}, {500, 22000}, {750, 28000}, {900, 38000}, {980, 60000}, {1000, 90000}}
	answerTimes = quantiles{{0, 600}, {50, 1800}, {100, 2500}, {250, 4000}, {500, 6000}, {750, 9500}, {900, 14000}, {980, 20000}, {1000, 30000}}
	talkTimes   = quantiles{{0, 2000}, {10, 16000}, {50, 31000}, {100, 44000}, {250, 79000}, {500, 150000}, {750, 285000}, {900, 509000}, {950, 720000}, {990, 1379000}, {999, 2857000}, {1000, 7200000}}
	holdTimes   = quantiles{{0, 1000}, {10, 4000}, {50, 9000}, {100, 12000}, {250, 23000}, {500, 45000}, {750, 88000}, {900, 162000}, {950, 240000}, {990, 460000}, {1000, 900000}}
	queueWaits  = quantiles{{0, 0}, {250, 3000}, {500, 8000}, {800, 20000}, {900, 45000}, {950, 75000}, {990, 180000}, {1000, 600000}}
	patiences   = quantiles{{0, 1000}, {100, 8000}, {250, 33000}, {500, 90000}, {750, 180000}, {900, 300000}, {990, 600000}, {1000, 1200000}}
)

// quantiles are points of a distribution in rising order: so many calls in a thousand
// take at most so many milliseconds. The first is of 0, the last of 1000. Between points
// times are evenly spread.
type quantiles []struct{ permille, ms int64 }

func (q quantiles) draw(r *rand.Rand) time.Duration {
	const fine = 1 << 20
	at, i := int64(below(r, 1000*fine)), 1
	for at >= q[i].permille*fine {
		i++
	}
	low, high := q[i-1], q[i]
	part := (high.ms - low.ms) * (at - low.permille*fine) / ((high.permille - low.permille) * fine)
	return time.Duration(low.ms+part) * time.Millisecond
}
