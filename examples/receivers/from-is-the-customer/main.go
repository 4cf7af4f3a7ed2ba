// It takes from for whom a party is, and to for whom it talks to.
//
// Wrong: from and to are the call's. A called party is its to: every leg that was called
// is given to the person at its other end: self-call-swap.
package main

import (
	"slices"
	"time"

	"github.com/legworkhq/legwork/examples/receivers/internal/receive"
)

func main() { receive.Main(understand) }

func understand(events []receive.Event) (out []receive.Call) {
	for _, s := range receive.Sessions(events) {
		c := receive.Call{Sessions: []string{s.ID}}
		s.Each(func(_ time.Time, p *receive.Party) {
			known := slices.ContainsFunc(c.Legs, func(l receive.Leg) bool { return l.Party == p.ID })
			if !known && p.From.PhoneNumber != "" {
				c.Legs = append(c.Legs, receive.Leg{Party: p.ID, Person: p.From.PhoneNumber})
			}
		})
		out = append(out, c)
	}
	return out
}
