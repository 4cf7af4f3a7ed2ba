package weather

import (
	"math/rand/v2"
	"time"
)

// Calm is the weather in which nothing happens.
func Calm() Weather { return Weather{Name: "calm"} }

// Usual is an ordinary day: short delays, some repeats and overtaking, a receiver
// that stumbles now and then. It is Lossless. The figures are [assumed].
func Usual() Weather {
	return Weather{
		Name:      "usual",
		Duplicate: 0.002,
		Reorder:   0.01, Window: 2 * time.Second,
		Delay: 80 * time.Millisecond, DelayCap: 3 * time.Second,
		Late: 0.0005, LateBy: 2 * time.Minute,
		Burst: 0.0001, BurstFor: 5 * time.Second,
		Retry: 0.001, RetryAfter: 30 * time.Second,
		Restart: 0.00001,
	}
}

// Storm is every fault at once and far worse than any day: one notification in fifty
// is lost. It filters nothing. The figures are [assumed].
func Storm() Weather {
	return Weather{
		Name:      "storm",
		Duplicate: 0.1,
		Reorder:   0.2, Window: 30 * time.Second,
		Delay: 500 * time.Millisecond, DelayCap: 10 * time.Second,
		Late: 0.02, LateBy: 5 * time.Minute,
		Drop:  0.02,
		Burst: 0.002, BurstFor: 45 * time.Second,
		Retry: 0.05, RetryAfter: 20 * time.Second,
		Restart: 0.005,
		Overlap: 0.5,
	}
}

// Names lists the weathers that Named knows, from the calmest.
func Names() []string { return []string{"calm", "usual", "storm"} }

// Named returns the weather of that name, and whether there is one.
func Named(name string) (Weather, bool) {
	for _, w := range []Weather{Calm(), Usual(), Storm()} {
		if w.Name == name {
			return w, true
		}
	}
	return Weather{}, false
}

// What Draw draws from. A fault that nearly always happens finds other mistakes than
// one that hardly ever does.
var (
	someOdds  = []float64{0.001, 0.01, 0.05, 0.2, 0.5, 0.95}
	someTimes = []time.Duration{20 * time.Millisecond, 200 * time.Millisecond, 2 * time.Second, 20 * time.Second, 3 * time.Minute}
)

// Draw draws a weather without a name: which faults there are, each with probability
// one half, and how strong. Without lossy the weather is Lossless; with it, three in
// four drop something. What a subscription asks for is no weather: Extension and
// Filter stay zero. Draw takes the same amount of randomness whatever it draws.
func Draw(r *rand.Rand, lossy bool) Weather {
	var w Weather
	w.Duplicate = drawOdds(r)
	w.Reorder, w.Window = drawOdds(r), drawTime(r)
	w.Delay, w.DelayCap = drawDelay(r)
	w.Late, w.LateBy = drawOdds(r), drawTime(r)
	w.Burst, w.BurstFor = drawOdds(r), drawTime(r)
	w.Retry, w.RetryAfter = drawOdds(r), drawTime(r)
	w.Restart = drawOdds(r)
	w.Overlap = drawOdds(r)
	drop, again := drawOdds(r), drawOdds(r)
	if drop == 0 {
		drop = again
	}
	if lossy {
		w.Drop = min(drop, 0.5)
	}
	return w.tidy()
}

// tidy leaves out durations whose fault is off.
func (w Weather) tidy() Weather {
	for _, d := range []struct {
		odds float64
		time *time.Duration
	}{{w.Reorder, &w.Window}, {w.Late, &w.LateBy}, {w.Burst, &w.BurstFor}, {w.Retry, &w.RetryAfter}} {
		if d.odds == 0 {
			*d.time = 0
		}
	}
	return w
}

// drawOdds returns zero in one case of two.
func drawOdds(r *rand.Rand) float64 {
	on, which := r.Uint64(), r.Uint64()
	if on>>63 == 0 {
		return 0
	}
	return someOdds[below(which, uint64(len(someOdds)))]
}

func drawTime(r *rand.Rand) time.Duration {
	return someTimes[below(r.Uint64(), uint64(len(someTimes)))]
}

// drawDelay returns zeros in one case of two.
func drawDelay(r *rand.Rand) (mean, most time.Duration) {
	on, mean, most := r.Uint64(), drawTime(r), drawTime(r)
	if on>>63 == 0 {
		return 0, 0
	}
	return mean, max(mean, most)
}
