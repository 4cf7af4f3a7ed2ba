// It takes Gone for the end of the call.
//
// Wrong: the far end goes on with somebody else. What follows is another call to it, or
// none: split-call.
package main

import (
	"time"

	"github.com/legworkhq/legwork/examples/receivers/internal/receive"
)

func main() { receive.Main(understand) }

func understand(events []receive.Event) (out []receive.Call) {
	for _, s := range receive.Sessions(events) {
		c := receive.Call{Sessions: []string{s.ID}}
		s.Each(func(at time.Time, p *receive.Party) {
			if (p.Status.Code == "Gone" || p.Status.Code == "Disconnected") && c.EndedAt == nil {
				c.EndedAt = &at
			}
		})
		ended := c.EndedAt != nil
		c.Ended = &ended
		out = append(out, c)
	}
	return out
}
