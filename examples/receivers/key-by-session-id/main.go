// It takes the numeric sessionId, which the call log has too, for a call.
//
// Wrong: every conference has the sessionId "0", so that all of them are one call:
// merged-calls. And the sessions that a transfer ties have different ones.
package main

import (
	"slices"

	"github.com/legworkhq/legwork/examples/receivers/internal/receive"
)

func main() { receive.Main(understand) }

func understand(events []receive.Event) (out []receive.Call) {
	calls := map[string]int{}
	for _, e := range events {
		i, known := calls[e.Body.SessionID]
		if !known {
			i = len(out)
			calls[e.Body.SessionID] = i
			out = append(out, receive.Call{})
		}
		if c := &out[i]; !slices.Contains(c.Sessions, e.Body.TelephonySessionID) {
			c.Sessions = append(c.Sessions, e.Body.TelephonySessionID)
		}
	}
	return out
}
