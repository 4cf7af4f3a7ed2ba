package ingest

import (
	"time"

	"github.com/legworkhq/legwork/recon/wire"
)

// leap is how far one event alone may move the clock forward. A single damaged time
// (the year 9999, say) would otherwise end every open call.
const leap = 48 * wire.Time(time.Hour/time.Millisecond)

// clock is the time told to the engine: the largest timestamp or eventTime seen so
// far. A leap of more than two days counts only when a second event confirms it.
type clock struct {
	at    wire.Time
	doubt wire.Time // the unconfirmed leap, or zero
}

// see takes the times of ev and returns the time it is now.
func (c *clock) see(ev *wire.Event) wire.Time {
	t := max(ev.Timestamp, ev.Body.EventTime)
	switch {
	case t <= c.at:
	case c.at == 0, t-c.at <= leap:
		c.at = t
	case c.doubt != 0 && t-c.doubt <= leap && c.doubt-t <= leap:
		c.at, c.doubt = t, 0
	default:
		c.doubt = t
	}
	return c.at
}

func std(t wire.Time) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(t)).UTC()
}
