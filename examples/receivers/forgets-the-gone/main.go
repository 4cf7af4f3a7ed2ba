// It shows on the line whoever is not Disconnected.
//
// Wrong: who is Gone has left this session, and whoever was Disconnected by a transfer
// is not the last one: stale-party.
package main

import (
	"time"

	"github.com/legworkhq/legwork/examples/receivers/internal/receive"
)

func main() { receive.Main(understand) }

func understand(events []receive.Event) (out []receive.Call) {
	for _, s := range receive.Sessions(events) {
		last, who, order := map[string]string{}, map[string]string{}, []string(nil)
		s.Each(func(_ time.Time, p *receive.Party) {
			if last[p.ID] == "" {
				order = append(order, p.ID)
			}
			last[p.ID], who[p.ID] = p.Status.Code, p.Who()
		})
		c := receive.Call{Sessions: []string{s.ID}}
		for _, id := range order {
			if last[id] != "Disconnected" {
				c.OnTheLine = append(c.OnTheLine, who[id])
			}
		}
		out = append(out, c)
	}
	return out
}
