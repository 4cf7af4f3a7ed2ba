// Package demo is a company that calls, live: the simulated switch, playing the scenarios
// of an office again and again at the speed of life.
package demo

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
)

// How busy the office is: calls of the last hours, then one every few seconds.
const (
	history      = 2 * time.Hour
	historyEvery = 150 * time.Second
	liveSince    = 45 * time.Second // so that something is under way when one looks
	liveEvery    = 9 * time.Second
)

// first are the scenarios that are under way when the demo begins: within seconds a
// call is transferred and a conference merged.
var first = []string{"attended-transfer", "conference", "queue", "park", "direct-inbound"}

// often are scenarios that come more often than others.
var often = []string{"attended-transfer", "attended-transfer", "blind-transfer", "conference", "direct-inbound", "direct-inbound", "direct-outbound", "missed", "queue", "internal"}

// Office is one run of the demo.
type Office struct {
	now func() time.Time
	r   *rand.Rand
	// at is when the next call begins, n how many have begun.
	at wire.Time
	n  int
	// begun is when the demo was started.
	begun  wire.Time
	stream *sim.Stream
	rare   []string
}

// New opens the office. The seed settles who calls whom.
func New(seed uint64, now func() time.Time) (*Office, error) {
	begun := wire.Time(now().UnixMilli())
	o := &Office{now: now, r: rand.New(rand.NewPCG(seed, uint64(begun))), begun: begun, at: begun - wire.Time(history.Milliseconds())}
	for _, s := range script.Scenarios() {
		if s.Company == nil { // those that play in this office
			o.rare = append(o.rare, s.Name)
		}
	}
	x, err := pbx.NewExchange(pbx.Office())
	if err != nil {
		return nil, err
	}
	o.stream, err = sim.NewStream(sim.StreamConfig{Exchange: x, IDs: wire.Grammar2022, Seed: seed, NoAnswers: true, Next: o.next})
	return o, err
}

// next begins the next call.
func (o *Office) next() (sim.Arrival, bool) {
	live := o.begun - wire.Time(liveSince.Milliseconds())
	every := historyEvery
	if o.at >= live {
		every = liveEvery
	}
	a := sim.Arrival{At: o.at, Seed: o.r.Uint64(), Script: o.pick(o.at >= live)}
	o.at += wire.Time(every.Milliseconds()*3/4) + wire.Time(o.r.Int64N(every.Milliseconds()/2))
	if a.At < live && o.at > live {
		o.at = live
	}
	return a, true
}

func (o *Office) pick(live bool) *script.Script {
	var name string
	switch {
	case live && o.n < len(first):
		name = first[o.n]
		o.n++
	case o.r.IntN(3) > 0:
		name = often[o.r.IntN(len(often))]
	default:
		name = o.rare[o.r.IntN(len(o.rare))]
	}
	s, err := script.Named(name)
	if err != nil {
		panic(err) // the lists above name what there is; a test holds them to it
	}
	return s.Script()
}

// Run delivers notifications when they are due, those of the past at once and as if they had
// been sent just now, until ctx ends or deliver fails.
func (o *Office) Run(ctx context.Context, deliver func(ctx context.Context, body []byte) error) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		d, ok := o.stream.Next()
		if !ok {
			return o.stream.Err()
		}
		if wait := time.UnixMilli(int64(d.At)).Sub(o.now()); wait > 0 {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
				return ctx.Err()
			}
		} else {
			d.Event.Timestamp = wire.Time(o.now().UnixMilli())
		}
		if err := deliver(ctx, wire.Encode(&d.Event)); err != nil {
			return err
		}
	}
	return ctx.Err()
}
