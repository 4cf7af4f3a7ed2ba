package sim_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/org"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/weather"
)

func day(t testing.TB, size, calls int, seed uint64, w weather.Weather) *sim.Stream {
	c, err := org.New(org.Config{Size: size, Seed: seed})
	require.NoError(t, err)
	x, err := pbx.NewExchange(c)
	require.NoError(t, err)
	d, err := org.NewDay(c, org.DayConfig{Seed: seed, Mix: sim.DefaultMix(), Calls: calls})
	require.NoError(t, err)
	s, err := sim.NewStream(sim.StreamConfig{Exchange: x, IDs: wire.Grammar2022, Weather: w, Seed: seed, Next: sim.Day(c, d, 0, 1)})
	require.NoError(t, err)
	return s
}

// TestDayPlays plays days of companies of several sizes: every script of every
// facility can be carried out, and the notifications come in order.
func TestDayPlays(t *testing.T) {
	for _, size := range []int{3, 20, 50, 500} {
		s := day(t, size, 20_000, uint64(size), weather.Calm())
		last, n, calls := wire.Time(0), 0, 0
		for d, ok := s.Next(); ok; d, ok = s.Next() {
			require.GreaterOrEqual(t, d.At, last)
			require.Equal(t, d.At, d.Event.Timestamp)
			last = d.At
			n++
			calls += len(s.Answers())
		}
		require.NoError(t, s.Err(), "size %d\n%v", size, s.Failed())
		require.Greater(t, n, 100_000)
		require.GreaterOrEqual(t, calls+len(s.Answers()), 20_000)
	}
}

func BenchmarkDay(b *testing.B) {
	s := day(b, 500, 200_000, 1, weather.Calm())
	var buf []byte
	b.ReportAllocs()
	b.ResetTimer()
	n := 0
	for b.Loop() {
		d, ok := s.Next()
		if !ok {
			b.Fatal(s.Err())
		}
		buf = wire.Append(buf[:0], &d.Event)
		n++
		s.Answers()
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}

// Nobody is transferred to somebody who is on the call already: outside numbers are few
// enough that one is drawn twice now and then.
func TestOutsidersDiffer(t *testing.T) {
	for _, seed := range []uint64{630857} {
		s := day(t, 200, 1500, seed, weather.Calm())
		for _, ok := s.Next(); ok; _, ok = s.Next() {
		}
		require.NoError(t, s.Err(), "%v", s.Failed())
	}
}
