package webhook

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFixedKeepsItsRate(t *testing.T) {
	f := &Fixed{Every: time.Second}
	require.Equal(t, at(0), f.Due(at(0), time.Time{}))
	require.Equal(t, at(time.Second), f.Due(at(10*time.Millisecond), time.Time{}), "early: it waits")
	require.Equal(t, at(2*time.Second), f.Due(at(2050*time.Millisecond), time.Time{}), "a little late: it keeps the timetable")
	require.Equal(t, at(3*time.Second), f.Due(at(2060*time.Millisecond), time.Time{}))
}

func TestFixedDoesNotMakeUpForAStall(t *testing.T) {
	f := &Fixed{Every: 50 * time.Millisecond}
	f.Due(at(0), time.Time{})
	now := at(time.Minute)
	soon := 0
	for range 100 {
		if f.Due(now, time.Time{}).After(now) {
			break
		}
		soon++
	}
	require.Equal(t, 3, soon, "100 ms behind, then, and one that is due now")
}

func TestRealtimeFollowsTheStamps(t *testing.T) {
	stamp := func(d time.Duration) time.Time { return time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Add(d) }
	r := &Realtime{Speed: 60}
	require.Equal(t, at(0), r.Due(at(0), stamp(0)))
	require.Equal(t, at(time.Second), r.Due(at(time.Millisecond), stamp(time.Minute)))
	require.Equal(t, at(time.Second/2), r.Due(at(time.Second), stamp(time.Minute/2)), "out of order: due in the past")
	require.Equal(t, at(2*time.Second), r.Due(at(2*time.Second), time.Time{}), "no stamp: due now")
	require.Equal(t, at(time.Minute), r.Due(at(2*time.Second), stamp(time.Hour)), "and nothing drifts")
}

func TestRealtimeBeginsWithTheFirstStamp(t *testing.T) {
	r := &Realtime{Speed: 1}
	require.Equal(t, at(0), r.Due(at(0), time.Time{}))
	require.Equal(t, at(time.Minute), r.Due(at(time.Minute), noon))
	require.Equal(t, at(time.Minute+time.Second), r.Due(at(time.Minute), at(time.Second)))
}

func TestRealtimeSurvivesAbsurdStamps(t *testing.T) {
	r := &Realtime{Speed: 1e-9}
	r.Due(at(0), noon)
	require.True(t, r.Due(at(0), noon.AddDate(200, 0, 0)).After(noon))
	require.True(t, r.Due(at(0), noon.AddDate(-200, 0, 0)).Before(noon))
}

func TestMaxHasNoTimetable(t *testing.T) {
	require.Zero(t, Max{}.Due(noon, noon))
}

func TestParseRate(t *testing.T) {
	for s, every := range map[string]time.Duration{
		"50/s": 20 * time.Millisecond, "0.5/s": 2 * time.Second, "1000/s": time.Millisecond, "30/m": 2 * time.Second, "1e3/s": time.Millisecond,
	} {
		p, err := ParseRate(s, 1)
		require.NoError(t, err, s)
		require.Equal(t, &Fixed{Every: every}, p, s)
	}
	p, err := ParseRate("realtime", 60)
	require.NoError(t, err)
	require.Equal(t, &Realtime{Speed: 60}, p)
	p, err = ParseRate("max", 1)
	require.NoError(t, err)
	require.Equal(t, Max{}, p)
}

func TestParseRateRefuses(t *testing.T) {
	for _, s := range []string{"", "50", "0/s", "-1/s", "abc", "/s", "50/", "50/h", "50/s/s", "NaN/s", "Inf/s", "1e9/s", "1e-9/s", "Max"} {
		_, err := ParseRate(s, 1)
		require.ErrorContains(t, err, "50/s", "%q", s)
	}
}

func TestParseSpeed(t *testing.T) {
	for s, want := range map[string]float64{"60x": 60, "60": 60, "0.5x": 0.5} {
		got, err := ParseSpeed(s)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, s := range []string{"", "x", "0x", "-1x", "NaN", "Inf", "60xx"} {
		_, err := ParseSpeed(s)
		require.ErrorContains(t, err, "60x", "%q", s)
	}
}
