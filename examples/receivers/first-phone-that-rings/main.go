// It credits a queue's call to the first agent whose phone rang.
//
// Wrong: that an agent's party is there says that the phone rings. The one who took the
// call is the one that is Answered: answered-by-queue-loser.
package main

import (
	"time"

	"github.com/legworkhq/legwork/examples/receivers/internal/receive"
)

func main() { receive.Main(understand) }

func understand(events []receive.Event) (out []receive.Call) {
	for _, s := range receive.Sessions(events) {
		agent, answered := "", false
		s.Each(func(_ time.Time, p *receive.Party) {
			if p.QueueCall && agent == "" {
				agent = p.Who()
			}
			answered = answered || p.QueueCall && p.Status.Code == "Answered"
		})
		if !answered {
			agent = ""
		}
		out = append(out, receive.Call{Sessions: []string{s.ID}, AnsweredBy: agent})
	}
	return out
}
