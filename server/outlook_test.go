package server

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// An outbox that takes 1 MiB in ten seconds, and has waited for longer than that, fills
// what is left of the disk, or of its bound, in a time that can be told.
func TestGrowth(t *testing.T) {
	var g growth
	at := time.UnixMilli(0)
	g.add(at, 0, 5<<20)
	require.Zero(t, g.rate(), "one look says nothing")
	for i := range 60 {
		at = at.Add(lookEvery)
		g.add(at, lookEvery*time.Duration(i+1), int64(6+i)<<20)
	}
	require.InDelta(t, 1<<20, g.rate()*lookEvery.Seconds(), 1)
	require.LessOrEqual(t, len(g.list), int(growthOver/lookEvery)+1)
	require.Equal(t, "100s", span(lasts(0, 0, 10<<20, g.rate())))
	require.Equal(t, "50s", span(lasts(10<<20, 5<<20, 100<<20, g.rate())), "the bound is nearer")
	require.Equal(t, "50s", span(lasts(10<<20, 5<<20, -1, g.rate())), "the disk says nothing")
	require.Zero(t, lasts(0, 0, -1, g.rate()), "nothing is known")
	require.NotZero(t, lasts(0, 0, 0, g.rate()), "no room is not: no growth")
	g.add(at.Add(lookEvery), time.Hour, 3<<20)
	g.add(at.Add(2*lookEvery), time.Hour, 2<<20)
	g.list = g.list[len(g.list)-2:]
	require.Zero(t, g.rate(), "it gets smaller")
	g.add(at.Add(3*lookEvery), 0, 9<<20)
	require.Zero(t, g.rate(), "NATS takes them again")
}

func TestWords(t *testing.T) {
	require.Equal(t, "7h", span(7*time.Hour+59*time.Minute))
	require.Equal(t, "119m", span(119*time.Minute))
	require.Equal(t, "365d", span(lasts(0, 0, 1<<50, 1)))
	require.Equal(t, "1.2 GiB", size(12<<30/10))
	require.Equal(t, "0.5 MiB", size(1<<19))
}
