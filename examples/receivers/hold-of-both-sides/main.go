// It counts a hold for the one who pressed it and for the one who waits.
//
// Wrong: it was one time on hold: hold-counted-twice.
package main

import (
	"time"

	"github.com/legworkhq/legwork/examples/receivers/internal/receive"
)

func main() { receive.Main(understand) }

func understand(events []receive.Event) (out []receive.Call) {
	for _, s := range receive.Sessions(events) {
		since, parties, hold := map[string]time.Time{}, map[string]bool{}, time.Duration(0)
		s.Each(func(at time.Time, p *receive.Party) {
			parties[p.ID] = true
			if began, on := since[p.ID]; on {
				hold += at.Sub(began) * time.Duration(len(parties))
				delete(since, p.ID)
			}
			if p.Status.Code == "Hold" {
				since[p.ID] = at
			}
		})
		out = append(out, receive.Call{Sessions: []string{s.ID}, HoldMs: receive.Ms(hold)})
	}
	return out
}
