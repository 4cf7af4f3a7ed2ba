package watch

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// monday is 00:00 UTC of one.
var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// office is four weeks of a company that works from 9 to 17 on weekdays, 30 calls an hour.
func office() (hours []Hour) {
	for day := range 28 {
		at := monday.AddDate(0, 0, day)
		if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
			continue
		}
		for h := 9; h < 17; h++ {
			hours = append(hours, Hour{at.Add(time.Duration(h) * time.Hour), 30})
		}
	}
	return hours
}

func kinds(h Health) (out []string) {
	for _, r := range h.Reasons {
		out = append(out, r.Kind)
	}
	return out
}

func TestSilence(t *testing.T) {
	next := monday.AddDate(0, 0, 28)
	at := func(day, hour, minute int) time.Time {
		return next.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
	}
	var tr Tracker
	h, changed := tr.Check(at(0, 8, 0))
	require.True(t, changed)
	require.Equal(t, New, h.State)
	tr.Learn(office(), at(0, 0, 0))
	tr.Event(at(0, 16, 50), 50*time.Millisecond)
	for _, c := range []struct {
		at   time.Time
		want State
	}{
		{at(0, 16, 55), OK}, {at(0, 17, 5), Quiet}, {at(1, 3, 0), Quiet}, // a night
		{at(1, 9, 20), Quiet}, {at(1, 9, 35), Suspect}, {at(1, 12, 0), Suspect},
	} {
		h, _ = tr.Check(c.at)
		require.Equal(t, c.want, h.State, "%v", c.at)
	}
	require.Equal(t, []string{"silent"}, kinds(h))
	require.Contains(t, h.Reasons[0].Text, "Nothing was received for 19 hours, in which about 95 calls begin usually: ask RingCentral")
	require.Equal(t, at(1, 9, 35), h.Since)
	tr.Event(at(1, 12, 1), time.Millisecond)
	h, changed = tr.Check(at(1, 12, 1))
	require.True(t, changed)
	require.Equal(t, OK, h.State)
	// Friday evening to Monday morning is no news.
	tr.Event(at(4, 16, 59), time.Millisecond)
	h, _ = tr.Check(at(7, 9, 10))
	require.Equal(t, Quiet, h.State)
	h, _ = tr.Check(at(7, 10, 0))
	require.Equal(t, Suspect, h.State)
}

func TestSilenceOfTheUnknown(t *testing.T) {
	var tr Tracker
	tr.Resume(monday)
	tr.Learn([]Hour{{monday, 50}}, monday.Add(30*time.Hour))
	h, _ := tr.Check(monday.Add(23 * time.Hour))
	require.Equal(t, Quiet, h.State)
	h, _ = tr.Check(monday.Add(25 * time.Hour))
	require.Equal(t, Suspect, h.State)
}

func TestOtherReasons(t *testing.T) {
	var tr Tracker
	now := monday
	for range 100 {
		now = now.Add(time.Second)
		tr.Event(now, 90*time.Second)
		tr.Applied(true)
		tr.Ended(true)
	}
	h, _ := tr.Check(now)
	require.Equal(t, []string{"delay", "gaps"}, kinds(h))
	require.Equal(t, 100, h.Late)
	require.Equal(t, 100, h.Gaps)
	require.Equal(t, int64(90_000), h.DelayP99Ms)
	require.InDelta(t, 20, h.EventsPerMinute, .1)
	for range 600 {
		now = now.Add(time.Second)
		tr.Event(now, 40*time.Millisecond)
		tr.Applied(false)
		tr.Ended(false)
	}
	for range 20 {
		tr.Undecodable(now)
	}
	h, changed := tr.Check(now)
	require.False(t, changed)
	require.Equal(t, []string{"undecodable"}, kinds(h))
	require.Equal(t, int64(40), h.DelayP50Ms)
	require.Zero(t, h.Late+h.Gaps)
	require.InDelta(t, 60, h.EventsPerMinute, 5)
	tr.Event(now, -1)
	h, _ = tr.Check(now)
	require.Equal(t, OK, h.State)
	h, _ = tr.Check(now.Add(6 * time.Minute))
	require.Zero(t, h.EventsPerMinute)
}

func TestEmptyPercentile(t *testing.T) { require.Zero(t, percentile(nil, 99)) }
