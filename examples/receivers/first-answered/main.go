// It takes the first Answered of a session for the answer.
//
// Wrong: the caller's own party is Answered as soon as the call has reached its
// destination, before any phone rings: ring-time-from-the-callers-early-answer.
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
			if p.Status.Code == "Answered" && c.AnsweredAt == nil {
				c.AnsweredAt = &at
			}
		})
		out = append(out, c)
	}
	return out
}
