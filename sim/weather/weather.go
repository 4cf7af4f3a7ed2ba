// Package weather is what happens to notifications between RingCentral and a receiver:
// they come late, twice, out of order or never, in bursts, and to a receiver that fails
// or is restarted.
//
// RingCentral documents that the order is not guaranteed, that a receiver must answer
// within three seconds, and nothing of repeats. [documented] How often each happens is
// assumed: the knobs are there to be turned.
package weather

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/legworkhq/legwork/recon/wire"
)

// Weather is one day's weather. The zero Weather is calm: each notification is
// delivered once, when it was sent. Probabilities are from 0 to 1, durations not
// negative.
type Weather struct {
	// Duplicate is how likely a notification is delivered once more, within
	// DuplicateWithin. The uuid is the same. [assumed]
	Duplicate       float64
	DuplicateWithin time.Duration

	// Reorder is how likely a delivery is put off by up to Window, so that later ones
	// overtake it. [documented: "an event with a sequence number of 5 can be received
	// before sequence 2 or 3"]
	Reorder float64
	Window  time.Duration

	// Delay is the mean of an exponential delay of every delivery, which DelayCap
	// bounds. A DelayCap of zero stands for ten times Delay.
	Delay, DelayCap time.Duration

	// Late is how likely a delivery comes later by up to LateBy.
	Late   float64
	LateBy time.Duration

	// Drop is how likely a notification never arrives.
	Drop float64

	// Burst is how likely the line stops at a notification, for BurstFor; what is due
	// meanwhile arrives at once at its end.
	Burst    float64
	BurstFor time.Duration

	// Retry is how likely the receiver fails a delivery that it may have taken in, and
	// is sent it again after RetryAfter. RingCentral documents no retry. [assumed]
	Retry      float64
	RetryAfter time.Duration

	// Restart is how likely the receiver is restarted just before a delivery.
	Restart float64

	// Overlap: a second subscription tells each change once more, under a uuid of its
	// own. [assumed: nobody knows whether overlapping filters do]
	Overlap bool

	// Extension leaves only the parties of one extension, as an extension-level
	// subscription does. "" means the whole account. [documented]
	Extension string
	// Filter leaves only what RingCentral's event filters let pass.
	Filter Filter
}

// Filter is RingCentral's parameters of an event filter. [documented] The zero Filter
// lets everything pass.
type Filter struct {
	Direction      wire.Direction // Inbound or Outbound, "" for both
	MissedCall     bool           // only missed calls
	StatusCode     wire.Code      // one code, "" for all
	WithRecordings bool           // only parties with recordings
}

// Calm, Usual and Storm are the named weathers.
func Calm() Weather { return Weather{} }

// Usual is what a receiver should be ready for every day: delays of a few hundred
// milliseconds, some overtaking, a repeat now and then. Nothing is lost.
func Usual() Weather {
	return Weather{Duplicate: 0.01, DuplicateWithin: 5 * time.Second, Reorder: 0.05, Window: 2 * time.Second, Delay: 150 * time.Millisecond,
		DelayCap: 3 * time.Second, Late: 0.001, LateBy: 2 * time.Minute, Retry: 0.005, RetryAfter: 10 * time.Second}
}

// Storm is everything at once, with loss.
func Storm() Weather {
	return Weather{Duplicate: 0.1, DuplicateWithin: 30 * time.Second, Reorder: 0.3, Window: 10 * time.Second, Delay: time.Second, DelayCap: 20 * time.Second,
		Late: 0.02, LateBy: 10 * time.Minute, Drop: 0.02, Burst: 0.001, BurstFor: 20 * time.Second, Retry: 0.05, RetryAfter: 30 * time.Second,
		Restart: 0.0005, Overlap: true}
}

// Names lists the named weathers.
func Names() []string { return []string{"calm", "usual", "storm"} }

// Named returns a named weather.
func Named(name string) (Weather, bool) {
	switch name {
	case "calm":
		return Calm(), true
	case "usual":
		return Usual(), true
	case "storm":
		return Storm(), true
	}
	return Weather{}, false
}

// Lossless reports whether everything that was sent arrives.
func (w Weather) Lossless() bool {
	return w.Drop == 0 && w.Extension == "" && w.Filter == Filter{}
}

// Check says what is wrong with a weather, and what would be right.
func (w Weather) Check() error {
	for _, f := range fields {
		if f.chance != nil {
			if p := *f.chance(&w); !(p >= 0 && p <= 1) {
				return fmt.Errorf("%s is %v: a probability is from 0 to 1", f.name, p)
			}
		}
		if f.span != nil {
			if d := *f.span(&w); d < 0 {
				return fmt.Errorf("%s is %v: a duration is not negative", f.name, d)
			}
		}
		if f.needs != "" && *f.chance(&w) > 0 && *field(f.needs).span(&w) == 0 {
			return fmt.Errorf("%s is %v, so %s must say by how much", f.name, *f.chance(&w), f.needs)
		}
	}
	if d := w.Filter.Direction; d != "" && d != wire.Inbound && d != wire.Outbound {
		return fmt.Errorf("filter.direction is %q: want Inbound or Outbound", d)
	}
	return nil
}

// Draw draws a weather: which faults there are, and how strong. A lossy one loses
// notifications, another one none.
func Draw(r *rand.Rand, lossy bool) Weather {
	var w Weather
	on := func() bool { return r.IntN(2) == 0 }
	upTo := func(d time.Duration) time.Duration {
		return time.Duration(1+r.Int64N(int64(d/time.Millisecond))) * time.Millisecond
	}
	if on() {
		w.Duplicate, w.DuplicateWithin = strength(r), upTo(time.Minute)
	}
	if on() {
		w.Reorder, w.Window = strength(r), upTo(30*time.Second)
	}
	if on() {
		w.Delay = upTo(5 * time.Second)
		w.DelayCap = w.Delay + upTo(time.Minute)
	}
	if on() {
		w.Late, w.LateBy = strength(r)/10, upTo(20*time.Minute)
	}
	if on() {
		w.Burst, w.BurstFor = strength(r)/20, upTo(time.Minute)
	}
	if on() {
		w.Retry, w.RetryAfter = strength(r), upTo(time.Minute)
	}
	if on() {
		w.Restart = strength(r) / 4
	}
	w.Overlap = r.IntN(4) == 0
	if lossy {
		w.Drop = strength(r) / 2
	}
	return w
}

// strength draws a probability, mostly a small one: 1 % to 50 %.
func strength(r *rand.Rand) float64 {
	return []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.5}[r.IntN(6)]
}

// passes reports whether an event filter lets a notification pass.
func (w *Weather) passes(ev *wire.Event) bool {
	for i := range ev.Body.Parties {
		if w.partyPasses(&ev.Body.Parties[i]) {
			return true
		}
	}
	return false
}

func (w *Weather) partyPasses(p *wire.Party) bool {
	f := &w.Filter
	return (w.Extension == "" || p.ExtensionID == w.Extension) && (f.Direction == "" || p.Direction == f.Direction) &&
		(!f.MissedCall || p.MissedCall) && (f.StatusCode == "" || p.Status.Code == f.StatusCode || f.StatusCode.Kind() != wire.KindUnknown && p.Status.Code.Kind() == f.StatusCode.Kind()) &&
		(!f.WithRecordings || len(p.Recordings) > 0)
}

// exponential draws from an exponential distribution with mean 1, in thousandths, by
// a table of its quantiles: the same on every machine, which math.Log need not be.
func exponential(r *rand.Rand) int64 {
	n := r.IntN(len(quantiles) - 1)
	low, high := quantiles[n], quantiles[n+1]
	return low + r.Int64N(high-low+1)
}

// quantiles are -ln(1-i/32) in thousandths; the last one stands for 99.9 %.
var quantiles = [33]int64{0, 32, 65, 98, 134, 170, 208, 247, 288, 330, 375, 421, 470, 521, 575, 633, 693, 758, 827, 901, 981, 1068, 1163, 1269, 1386,
	1520, 1674, 1856, 2079, 2367, 2773, 3466, 6908}

// wait is how long a delivery is put off, milliseconds.
func (w *Weather) wait(r *rand.Rand) (ms int64, reordered, late bool) {
	if w.Delay > 0 {
		limit := w.DelayCap
		if limit == 0 {
			limit = 10 * w.Delay
		}
		ms = min(w.Delay.Milliseconds()*exponential(r)/1000, limit.Milliseconds())
	}
	if hit(r, w.Reorder) {
		ms += draw(r, w.Window)
		reordered = true
	}
	if hit(r, w.Late) {
		ms += draw(r, w.LateBy)
		late = true
	}
	return ms, reordered, late
}

// hit is true with a probability. It draws nothing where there is nothing to draw.
func hit(r *rand.Rand, p float64) bool {
	return p > 0 && r.Uint64()>>11 < uint64(math.Min(p, 1)*(1<<53))
}

func draw(r *rand.Rand, up time.Duration) int64 {
	return r.Int64N(up.Milliseconds() + 1)
}
