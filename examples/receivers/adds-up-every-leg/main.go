// It adds up how long each extension's leg was connected.
//
// Wrong: somebody who switches device has two legs, and so has an internal call: one
// conversation counts twice: double-talk-time.
package main

import (
	"time"

	"github.com/legworkhq/legwork/examples/receivers/internal/receive"
)

func main() { receive.Main(understand) }

func understand(events []receive.Event) (out []receive.Call) {
	for _, s := range receive.Sessions(events) {
		since, talk := map[string]time.Time{}, time.Duration(0)
		s.Each(func(at time.Time, p *receive.Party) {
			if began, up := since[p.ID]; up {
				talk += at.Sub(began)
				delete(since, p.ID)
			}
			if p.Status.Code == "Answered" && p.Direction == "Inbound" || p.Status.Code == "Answered" && p.ExtensionID != "" {
				since[p.ID] = at
			}
		})
		out = append(out, receive.Call{Sessions: []string{s.ID}, TalkMs: receive.Ms(talk)})
	}
	return out
}
