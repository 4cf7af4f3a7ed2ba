package org

import (
	"math/rand/v2"
	"time"

	"github.com/legworkhq/legwork/sim/pbx"
)

// Day is the calls of one company on one day, in the order in which they begin. It holds
// none of them: a day of ten million calls takes no more memory than one of ten.
type Day struct {
	r        *rand.Rand
	shape    *shape
	times    *sorted
	kinds    *kinds
	midnight time.Time
	seed     uint64
	calls    int
	made     uint64
}

// Arrival is the beginning of a call.
type Arrival struct {
	// At is in UTC, in whole milliseconds.
	At time.Time
	// Seed decides everything else of the call. No two calls of a day share one.
	Seed uint64
	// Facility is a name from the Mix.
	Facility string
}

// NewDay begins a day of the company. Its calls are a Poisson process whose rate follows
// the time of day, on condition that there are Calls of them. The error is a
// *ConfigError.
func NewDay(c *pbx.Company, cfg DayConfig) (*Day, error) {
	cfg, err := cfg.validate()
	if err != nil {
		return nil, err
	}
	r := stream(cfg.Seed, streamDay)
	d := &Day{r: r, shape: cfg.shape(), kinds: newKinds(cfg.Mix), midnight: cfg.midnight(), seed: r.Uint64()}
	d.calls = cfg.calls(c)
	d.times = newSorted(r, d.calls)
	return d, nil
}

// Calls is how many calls the day has, those already given included.
func (d *Day) Calls() int { return d.calls }

// Next is the next call, false after the last.
func (d *Day) Next() (Arrival, bool) {
	fraction, ok := d.times.next()
	if !ok {
		return Arrival{}, false
	}
	d.made++
	at := d.midnight.Add(time.Duration(d.shape.at(fraction)) * time.Millisecond)
	return Arrival{At: at, Seed: mix64(d.seed + d.made), Facility: d.kinds.draw(d.r)}, true
}
