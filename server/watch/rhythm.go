package watch

import "time"

// Weeks is how far back Learn wants to know the hours.
const Weeks = 4

const hoursOfWeek = 7 * 24

// rhythm is how many calls begin in each hour of the week, on average. Holidays make the
// average smaller, never larger, so they make nobody suspicious.
type rhythm struct {
	calls [hoursOfWeek]float64
	weeks int
}

// learn averages over the whole weeks since the first call.
func learn(hours []Hour, now time.Time) (r rhythm) {
	var first time.Time
	for _, h := range hours {
		if first.IsZero() || h.Start.Before(first) {
			first = h.Start
		}
	}
	if first.IsZero() {
		return r
	}
	r.weeks = min(Weeks, int(now.Sub(first)/(7*24*time.Hour)))
	if r.weeks == 0 {
		return r
	}
	since := now.Add(-time.Duration(r.weeks) * 7 * 24 * time.Hour)
	for _, h := range hours {
		if !h.Start.Before(since) {
			r.calls[hourOfWeek(h.Start)] += float64(h.Calls) / float64(r.weeks)
		}
	}
	return r
}

func hourOfWeek(t time.Time) int {
	t = t.UTC()
	return int(t.Weekday())*24 + t.Hour()
}

// expected is how many calls usually begin between two instants. It is unknown before a
// week has passed.
func (r *rhythm) expected(from, to time.Time) (n float64, known bool) {
	if r.weeks == 0 {
		return 0, false
	}
	if week := 7 * 24 * time.Hour; to.Sub(from) > week {
		from = to.Add(-week) // one is enough
	}
	for at := from; at.Before(to); {
		next := at.Truncate(time.Hour).Add(time.Hour)
		if next.After(to) {
			next = to
		}
		n += r.calls[hourOfWeek(at)] * next.Sub(at).Hours()
		at = next
	}
	return n, true
}
