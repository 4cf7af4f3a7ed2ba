// It looks at parties[0], as the documentation's examples do.
//
// Wrong: a notification may tell of several parties. What the others did is not seen:
// here, that somebody answered: phantom-missed-call.
package main

import "github.com/legworkhq/legwork/examples/receivers/internal/receive"

func main() { receive.Main(understand) }

func understand(events []receive.Event) (out []receive.Call) {
	for _, s := range receive.Sessions(events) {
		answered, over := false, 0
		for _, e := range s.Events {
			p := e.Body.Parties[0]
			answered = answered || p.Direction == "Inbound" && p.Status.Code == "Answered"
			if p.Status.Code == "Disconnected" {
				over++
			}
		}
		ended := over > 1
		out = append(out, receive.Call{Sessions: []string{s.ID}, Answered: &answered, Ended: &ended})
	}
	return out
}
