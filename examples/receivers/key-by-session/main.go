// It takes a telephonySessionId for a call.
//
// Wrong: a consultation, a conference and a park each have a session of their own. One
// call becomes two or three: split-call.
package main

import "github.com/legworkhq/legwork/examples/receivers/internal/receive"

func main() { receive.Main(understand) }

func understand(events []receive.Event) (out []receive.Call) {
	for _, s := range receive.Sessions(events) {
		out = append(out, receive.Call{Sessions: []string{s.ID}})
	}
	return out
}
