// It ends a call with the first Disconnected.
//
// Wrong: a menu's party is Disconnected when the caller has chosen, and an agent's when
// another one took the call: ivr-disconnect-ends-the-call.
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
			if p.Status.Code == "Disconnected" && c.EndedAt == nil {
				c.EndedAt = &at
			}
		})
		out = append(out, c)
	}
	return out
}
