package sim

import (
	"math/rand/v2"

	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/org"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
)

// Day yields the scripts of a company's day, for StreamConfig.Next: of every so many
// lanes the scripts of one, so that several streams can play a day together.
func Day(c *pbx.Company, d *org.Day, lane, lanes int) func() (Arrival, bool) {
	n := 0
	return func() (Arrival, bool) {
		for {
			a, ok := d.Next()
			if !ok {
				return Arrival{}, false
			}
			if n++; n%lanes != lane {
				continue
			}
			r := rand.New(rand.NewPCG(a.Seed, 0xca11))
			return Arrival{At: wire.Time(a.At.UnixMilli()), Seed: a.Seed, Script: Write(c, a.Facility, r)}, true
		}
	}
}

// Again yields one script n times, every so many milliseconds, each with ids and
// delays of its own; of every so many lanes those of one.
func Again(s *script.Script, n int, seed uint64, every int64, lane, lanes int) func() (Arrival, bool) {
	i := lane - lanes
	return func() (Arrival, bool) {
		if i += lanes; i >= n {
			return Arrival{}, false
		}
		return Arrival{At: Start + wire.Time(int64(i)*every), Seed: seed + uint64(i), Script: s}, true
	}
}
