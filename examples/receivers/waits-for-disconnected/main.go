// It ends a call when every party was Disconnected.
//
// Wrong: a party that is Gone need not be Disconnected any more. The call never ends:
// zombie-call.
package main

import (
	"time"

	"github.com/legworkhq/legwork/examples/receivers/internal/receive"
)

func main() { receive.Main(understand) }

func understand(events []receive.Event) (out []receive.Call) {
	for _, s := range receive.Sessions(events) {
		open := map[string]bool{}
		s.Each(func(_ time.Time, p *receive.Party) {
			switch {
			case p.Status.Code == "Disconnected":
				open[p.ID] = false
			case p.Status.Code != "Disconnected":
				open[p.ID] = true
			}
		})
		ended := true
		for _, still := range open {
			ended = ended && !still
		}
		out = append(out, receive.Call{Sessions: []string{s.ID}, Ended: &ended})
	}
	return out
}
