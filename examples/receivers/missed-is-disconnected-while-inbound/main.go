// It calls a call missed when an inbound party is Disconnected that was never Answered.
//
// Wrong: in a queue all phones but one end like that, and a colleague may pick up. The
// call was answered, and counts as missed: phantom-missed-call.
package main

import (
	"time"

	"github.com/legworkhq/legwork/examples/receivers/internal/receive"
)

func main() { receive.Main(understand) }

func understand(events []receive.Event) (out []receive.Call) {
	for _, s := range receive.Sessions(events) {
		answered, missed := map[string]bool{}, false
		s.Each(func(_ time.Time, p *receive.Party) {
			switch {
			case p.Direction != "Inbound":
			case p.Status.Code == "Answered":
				answered[p.ID] = true
			case p.Status.Code == "Disconnected" && !answered[p.ID]:
				missed = true
			}
		})
		c := receive.Call{Sessions: []string{s.ID}, Outcome: "answered"}
		if missed {
			c.Outcome = "missed"
		}
		out = append(out, c)
	}
	return out
}
