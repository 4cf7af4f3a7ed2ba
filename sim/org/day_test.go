package org

import (
	"fmt"
	"hash/fnv"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/sim/pbx"
)

var mix = Mix{[]Weight{{"direct-inbound", 40}, {"never", 0}, {"queue", 25}, {"menu", 35}}}

func day(t testing.TB, c DayConfig) *Day {
	t.Helper()
	if c.Mix.Weights == nil {
		c.Mix = mix
	}
	d, err := NewDay(company(t, Config{Seed: 1}), c)
	require.NoError(t, err)
	return d
}

func arrivals(d *Day) []Arrival {
	var all []Arrival
	for a, ok := d.Next(); ok; a, ok = d.Next() {
		all = append(all, a)
	}
	return all
}

// byHour counts calls by the hour in UTC.
func byHour(all []Arrival) (hours [24]int) {
	for _, a := range all {
		hours[a.At.Hour()]++
	}
	return hours
}

func TestDayGolden(t *testing.T) {
	h := fnv.New64a()
	for _, a := range arrivals(day(t, DayConfig{Seed: 7, Calls: 10_000})) {
		fmt.Fprintln(h, a.At.UnixMilli(), a.Seed, a.Facility)
	}
	require.Equal(t, "1275ad1b2bf885f5", fmt.Sprintf("%x", h.Sum64()))
}

func TestDayIsSortedAndExact(t *testing.T) {
	for _, calls := range []int{1, 2, 31, 32, 33, 64, 100, 12_345, 200_000} {
		d := day(t, DayConfig{Seed: uint64(calls), Calls: calls})
		all := arrivals(d)
		require.Len(t, all, calls)
		require.Equal(t, calls, d.Calls())
		require.True(t, slices.IsSortedFunc(all, func(a, b Arrival) int { return a.At.Compare(b.At) }))
		_, more := d.Next()
		require.False(t, more)
		seeds := map[uint64]bool{}
		for _, a := range all {
			seeds[a.Seed] = true
			require.Equal(t, a.At, time.UnixMilli(a.At.UnixMilli()).UTC())
		}
		require.Len(t, seeds, calls)
	}
}

func TestDayHasTwoHumps(t *testing.T) {
	var counts [quarters]int
	const calls = 500_000
	all := arrivals(day(t, DayConfig{Calls: calls}))
	for _, a := range all {
		counts[a.At.Sub(DefaultDate.start())/quarter]++
	}
	at := func(hour, minute int) int { return counts[hour*4+minute/15] }
	require.Greater(t, at(10, 30), at(8, 0)*4)
	require.Greater(t, at(10, 30), at(12, 30)*2)
	require.Greater(t, at(14, 30), at(12, 30)*2)
	require.Greater(t, at(14, 30), at(17, 45)*3)
	hours, open := byHour(all), 0
	for h := 8; h < 18; h++ {
		open += hours[h]
	}
	require.InDelta(t, 0.955, float64(open)/calls, 0.01)
	require.NotContains(t, hours, 0)
}

// Every quarter has its share: chi-square with 95 degrees of freedom, of which 160 is
// beyond one in ten thousand. Repeated, its mean is 95: no more even than chance either.
func TestDayFollowsItsShape(t *testing.T) {
	s := newShape(DefaultOpen, DefaultClose)
	sum := 0.0
	for seed := range uint64(50) {
		var counts [quarters]float64
		for _, a := range arrivals(day(t, DayConfig{Seed: seed, Calls: 20_000})) {
			counts[a.At.Sub(DefaultDate.start())/quarter]++
		}
		chi := 0.0
		for q, n := range counts {
			want := 20_000 * float64(s.upTo[q+1]-s.upTo[q]) / float64(s.total())
			chi += (n - want) * (n - want) / want
		}
		require.Less(t, chi, 160.0)
		sum += chi
	}
	require.InDelta(t, 95, sum/50, 8)
}

// Hours move with the opening times and the zone.
func TestDayHours(t *testing.T) {
	c := DayConfig{Calls: 20_000, Open: 12 * time.Hour, Close: 22 * time.Hour}
	late := byHour(arrivals(day(t, c)))
	require.Greater(t, late[14], 5*late[10])
	require.Greater(t, late[20], 5*late[10])

	c.Zone = 3 * time.Hour
	ahead := byHour(arrivals(day(t, c)))
	require.Equal(t, late[14], ahead[11])

	c = DayConfig{Calls: 20_000, Open: 9 * time.Hour, Close: 14 * time.Hour}
	short := byHour(arrivals(day(t, c)))
	require.Less(t, short[15], short[13]/2)
	require.Greater(t, short[10], short[11])
	require.Greater(t, short[12], short[11])
}

// A quarter is open if its middle is.
func TestShapeOpens(t *testing.T) {
	at := func(open, close time.Duration) uint64 {
		s := newShape(open, close)
		return s.upTo[33] - s.upTo[32]
	}
	for _, test := range []struct {
		open, close time.Duration
		want        uint64
	}{
		{8 * time.Hour, 18 * time.Hour, busy[0]},
		{8*time.Hour + 7*time.Minute, 18 * time.Hour, busy[0]},
		{8*time.Hour + 8*time.Minute, 18 * time.Hour, quiet[8]},
		{0, 8*time.Hour + 7*time.Minute, quiet[8]},
		{0, 8*time.Hour + 8*time.Minute, busy[39]},
		{0, 0, quiet[8]},
	} {
		require.Equal(t, test.want, at(test.open, test.close))
	}
}

func TestDayDate(t *testing.T) {
	c := DayConfig{Calls: 5000, Date: Date{2026, time.February, 28}, Zone: -5 * time.Hour}
	all := arrivals(day(t, c))
	first := time.Date(2026, time.February, 28, 5, 0, 0, 0, time.UTC)
	require.False(t, all[0].At.Before(first))
	require.True(t, all[len(all)-1].At.Before(first.Add(24*time.Hour)))
	require.Greater(t, all[len(all)-1].At, first.Add(20*time.Hour))
}

// A weekend without Weekend has few calls, but as many as are asked for.
func TestDayClosed(t *testing.T) {
	saturday := DayConfig{Date: Date{2026, time.January, 10}}
	require.Equal(t, 500, day(t, DayConfig{}).Calls())
	require.Equal(t, 150, day(t, DayConfig{PerUser: 3}).Calls())
	closed := day(t, saturday).Calls()
	require.True(t, closed > 10 && closed < 100, closed)
	saturday.Calls = 10_000
	hours := byHour(arrivals(day(t, saturday)))
	require.Less(t, hours[10], 1000)
	saturday.Weekend, saturday.Calls = true, 0
	require.Equal(t, 500, day(t, saturday).Calls())
}

func TestDayFacilities(t *testing.T) {
	counts := map[string]int{}
	for _, a := range arrivals(day(t, DayConfig{Calls: 20_000})) {
		counts[a.Facility]++
	}
	require.Len(t, counts, 3)
	for name, want := range map[string]int{"direct-inbound": 8000, "queue": 5000, "menu": 7000} {
		require.InDelta(t, want, counts[name], 350)
	}
}

func TestDayConfigErrors(t *testing.T) {
	for _, test := range []struct {
		config DayConfig
		want   string
	}{
		{DayConfig{}, "Mix has no weight above zero"},
		{DayConfig{Mix: Mix{[]Weight{{"a", 0}}}}, "Mix has no weight above zero"},
		{DayConfig{Mix: Mix{[]Weight{{"a", 1}, {"b", -1}}}}, "Mix has a weight outside 0 to 1000000 for b"},
		{DayConfig{Mix: Mix{[]Weight{{"a", MaxWeight + 1}}}}, "Mix has a weight outside 0 to 1000000 for a"},
		{DayConfig{Mix: mix, Date: Date{2026, time.February, 30}}, "Date is not a day of the years 1970 to 9999"},
		{DayConfig{Mix: mix, Date: Date{1969, time.May, 1}}, "Date is not a day of the years 1970 to 9999"},
		{DayConfig{Mix: mix, Zone: 15 * time.Hour}, "Zone is not between -12 and +14 hours"},
		{DayConfig{Mix: mix, Zone: time.Second}, "Zone is not in whole minutes"},
		{DayConfig{Mix: mix, Open: -1}, "Open is before midnight"},
		{DayConfig{Mix: mix, Open: 9 * time.Hour}, "Close is not after Open"},
		{DayConfig{Mix: mix, Close: 25 * time.Hour}, "Close is after the day"},
		{DayConfig{Mix: mix, Calls: -1}, "Calls is negative"},
		{DayConfig{Mix: mix, PerUser: -1}, "PerUser is negative"},
		{DayConfig{Mix: mix, PerUser: 10_001}, "PerUser is above 10000"},
	} {
		d, err := NewDay(&pbx.Company{}, test.config)
		require.EqualError(t, err, "org: "+test.want)
		require.IsType(t, &ConfigError{}, err)
		require.Nil(t, d)
	}
}

func TestDayWithoutUsers(t *testing.T) {
	d, err := NewDay(&pbx.Company{}, DayConfig{Mix: mix})
	require.NoError(t, err)
	require.Empty(t, arrivals(d))
}

// A day of a hundred million calls is begun at once and allocates nothing a call.
func TestDayStreams(t *testing.T) {
	d := day(t, DayConfig{Calls: 100_000_000})
	require.Zero(t, testing.AllocsPerRun(100_000, func() { d.Next() }))
}

func BenchmarkDayNext(b *testing.B) {
	d := day(b, DayConfig{Calls: 100_000_000})
	b.ReportAllocs()
	for b.Loop() {
		d.Next()
	}
}
