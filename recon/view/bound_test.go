package view_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/view"
)

// longCall has a caller and n people who were rung.
func longCall(n int) *call.Call {
	c := &call.Call{ID: "s-1", StartedAt: 1000, Sessions: []call.Session{{ID: "s-1", Observed: true}}}
	for i := range n {
		id := call.ParticipantID(fmt.Sprintf("tel:+1%03d", i))
		c.Participants = append(c.Participants, call.Participant{ID: id, Numbers: []string{string(id[4:])}, Observed: true})
		l := call.Leg{ID: call.LegID(fmt.Sprintf("p-1-%d", i+1)), Session: "s-1", Participant: id, Direction: "Inbound",
			Roles: []call.Role{call.Callee}, States: []call.State{{State: call.StateRinging, From: call.Time(1000 + i)}}}
		if i == 0 {
			l.Direction, l.Roles = "Outbound", []call.Role{call.Caller}
		}
		c.Legs = append(c.Legs, l)
	}
	return c
}

func TestMermaidIsCut(t *testing.T) {
	out := render(t, "mermaid", longCall(100))
	wellFormedMermaid(t, out)
	require.Contains(t, out, "Note over p1: ... and 60 more\n")
}

func TestWidthBreaksLines(t *testing.T) {
	for _, g := range graphs(t) {
		var b strings.Builder
		require.NoError(t, view.Text(&b, g.call, view.Options{Width: 200}))
		require.Contains(t, b.String(), string(g.call.ID))
		for _, line := range strings.Split(render(t, "text", g.call), "\n") {
			require.LessOrEqual(t, len(line), 85, "%s: %s", g.name, line)
		}
	}
}

func TestLocation(t *testing.T) {
	c := longCall(2)
	c.StartedAt = call.TimeOf(time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC))
	var b strings.Builder
	require.NoError(t, view.Text(&b, c, view.Options{Location: time.FixedZone("CET", 3600)}))
	require.Contains(t, b.String(), "Mon 2 Mar 2026 16:00:00 CET")
}
