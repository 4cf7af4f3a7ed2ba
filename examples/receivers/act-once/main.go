// It acts when a call rings, pops up the customer's card for that agent, and looks no
// further.
//
// Wrong: who rings first is not who answers, and whoever the call is transferred to sees
// no card: answered-by-queue-loser.
package main

import (
	"time"

	"github.com/legworkhq/legwork/examples/receivers/internal/receive"
)

func main() { receive.Main(understand) }

func understand(events []receive.Event) (out []receive.Call) {
	for _, s := range receive.Sessions(events) {
		c := receive.Call{Sessions: []string{s.ID}}
		s.Each(func(_ time.Time, p *receive.Party) {
			if c.AnsweredBy == "" && p.Direction == "Inbound" && p.Status.Code == "Proceeding" {
				c.AnsweredBy = p.Who()
			}
		})
		out = append(out, c)
	}
	return out
}
