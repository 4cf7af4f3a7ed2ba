// It counts as a talker whoever is Answered in a session in which two are.
//
// Wrong: a supervisor is Answered as well, with the reason Supervising, and nobody hears
// them: supervisor-counted-as-talker.
package main

import (
	"slices"
	"time"

	"github.com/legworkhq/legwork/examples/receivers/internal/receive"
)

func main() { receive.Main(understand) }

func understand(events []receive.Event) (out []receive.Call) {
	for _, s := range receive.Sessions(events) {
		c, called := receive.Call{Sessions: []string{s.ID}}, false
		s.Each(func(_ time.Time, p *receive.Party) {
			if p.Status.Code != "Answered" {
				return
			}
			called = called || p.Direction == "Inbound"
			if who := p.Who(); !slices.Contains(c.Talkers, who) {
				c.Talkers = append(c.Talkers, who)
			}
		})
		if !called {
			c.Talkers = nil
		}
		out = append(out, c)
	}
	return out
}
