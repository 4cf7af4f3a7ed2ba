package catalogue

import (
	"strings"

	"github.com/legworkhq/legwork/sim/dialect"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
)

// Scenario is one thing that can happen to a call, and what it is told as.
type Scenario struct {
	// ID is the case's, calm and in order: "transfer.attended/attended-transfer/1".
	ID string
	// Slug names it in the ids of its disturbed deliveries.
	Slug  string
	Title string
	Story string
	Tags  []string
	// Dialect has the knobs that the scenario needs turned.
	Dialect dialect.Dialect
	Company func() *pbx.Company
	Script  func() *script.Script
}

// Scenarios lists the scenarios. This file is all that knows where they come from.
func Scenarios() []Scenario {
	var out []Scenario
	for _, s := range script.Scenarios() {
		s := s
		where, ok := topics[s.Facility]
		if !ok {
			where = "call." + strings.ReplaceAll(s.Facility, " ", "-")
		}
		name := strings.ToLower(s.Name)
		company := s.Company
		if company == nil {
			company = pbx.Office
		}
		out = append(out, Scenario{
			ID: where + "/" + name + "/1", Slug: name, Title: s.Title, Story: s.Title + "\n\n" + s.Script().String(),
			Dialect: s.Dialect, Company: company, Script: s.Script,
		})
	}
	return out
}

// topics is the area and the topic of each facility.
var topics = map[string]string{
	"direct": "call.direct", "missed": "call.missed", "rejected": "call.rejected", "busy": "call.busy", "no answer": "call.no-answer", "failed": "call.failed",
	"voicemail": "voicemail.left", "voicemail screening": "voicemail.screening", "menu": "ivr.menu", "queue": "queue.ring", "hold": "hold.hold",
	"mute": "call.mute", "recording": "call.recording", "forward": "forward.ringing", "find me": "forward.find-me", "blind transfer": "transfer.blind",
	"attended transfer": "transfer.attended", "park": "park.park", "pickup": "pickup.group", "flip": "flip.flip", "switch": "switch.device",
	"supervision": "supervise.listen", "takeover": "supervise.takeover", "conference": "conference.merge", "RingOut": "ringout.ringout", "fax": "fax.fax",
	"paging": "paging.paging",
}
