// It names as the target of a transfer whom the transferor's party was called as.
//
// Wrong: to is the transferor's own number. Whom the call went to is the party that
// begins next, or the far end of the consultation: lost-transfer-target.
package main

import (
	"strings"
	"time"

	"github.com/legworkhq/legwork/examples/receivers/internal/receive"
)

func main() { receive.Main(understand) }

func understand(events []receive.Event) (out []receive.Call) {
	for _, s := range receive.Sessions(events) {
		c := receive.Call{Sessions: []string{s.ID}}
		s.Each(func(_ time.Time, p *receive.Party) {
			if strings.HasSuffix(p.Status.Reason, "Transfer") && p.Status.Code != "Answered" {
				c.Links = append(c.Links, receive.Link{Kind: "transfer", Transferor: p.Who(), Target: p.To.PhoneNumber})
			}
		})
		out = append(out, c)
	}
	return out
}
