// It takes two notifications of one session and one instant for the same.
//
// Wrong: a switch ends both parties, or sends two of them, in the same millisecond. What
// is thrown away may be the end of a leg: stale-party.
package main

import (
	"slices"
	"time"

	"github.com/legworkhq/legwork/examples/receivers/internal/receive"
)

func main() { receive.Main(understand) }

func understand(events []receive.Event) (out []receive.Call) {
	for _, s := range receive.Sessions(events) {
		seen, c := map[int64]bool{}, receive.Call{Sessions: []string{s.ID}}
		last, who, order := map[string]string{}, map[string]string{}, []string(nil)
		s.Each(func(at time.Time, p *receive.Party) {
			if second := at.Unix(); seen[second] {
				return // "the same"
			}
			seen[at.Unix()] = true
			if !slices.Contains(order, p.ID) {
				order = append(order, p.ID)
			}
			last[p.ID], who[p.ID] = p.Status.Code, p.Who()
		})
		for _, id := range order {
			if last[id] != "Disconnected" && last[id] != "Gone" {
				c.OnTheLine = append(c.OnTheLine, who[id])
			}
		}
		out = append(out, c)
	}
	return out
}
