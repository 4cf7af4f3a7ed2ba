package org

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTimes(t *testing.T) {
	const second = time.Second
	for _, test := range []struct {
		name             string
		draw             func(*rand.Rand) time.Duration
		least, most      time.Duration
		median, high     time.Duration
		permille, spread int // of high, in a thousand
	}{
		{"ring", RingTime, second, 90 * second, 22 * second, 38 * second, 900, 30},
		{"answer", AnswerTime, 600 * time.Millisecond, 30 * second, 6 * second, 14 * second, 900, 30},
		{"talk", TalkTime, 2 * second, 2 * time.Hour, 150 * second, 12 * time.Minute, 950, 50},
		{"hold", HoldTime, second, 15 * time.Minute, 45 * second, 4 * time.Minute, 950, 50},
		{"queue", QueueWait, 0, 10 * time.Minute, 8 * second, 20 * second, 800, 30},
		{"patience", Patience, second, 20 * time.Minute, 90 * second, 5 * time.Minute, 900, 30},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, all := stream(1, 2), make([]time.Duration, 100_000)
			for i := range all {
				all[i] = test.draw(r)
				require.Equal(t, all[i], all[i].Truncate(time.Millisecond))
			}
			slices.Sort(all)
			require.InEpsilon(t, test.median, all[50_000], 0.03)
			require.InEpsilon(t, test.high, all[test.permille*100], float64(test.spread)/1000)
			require.GreaterOrEqual(t, all[0], test.least)
			require.LessOrEqual(t, all[len(all)-1], test.most)
		})
	}
}

func TestQuantilesRise(t *testing.T) {
	for _, q := range []quantiles{ringTimes, answerTimes, talkTimes, holdTimes, queueWaits, patiences} {
		require.Zero(t, q[0].permille)
		require.EqualValues(t, 1000, q[len(q)-1].permille)
		for i := range q[1:] {
			require.Less(t, q[i].permille, q[i+1].permille)
			require.Less(t, q[i].ms, q[i+1].ms)
		}
	}
}

// The ends of a table and its middle, with a source that gives them.
func TestQuantilesInterpolate(t *testing.T) {
	q := quantiles{{0, 1000}, {500, 2000}, {1000, 4000}}
	for word, want := range map[fixed]time.Duration{
		0: 1000, 1 << 62: 1500, 1 << 63: 2000, 3 << 62: 3000, 1<<64 - 1: 3999,
	} {
		require.Equal(t, want*time.Millisecond, q.draw(rand.New(word)))
	}
}

type fixed uint64

func (f fixed) Uint64() uint64 { return uint64(f) }
