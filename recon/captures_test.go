package recon_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// capture reads a real event stream that is kept beside the project and not in it.
func capture(t *testing.T, name string) []wire.Event {
	f, err := os.Open(filepath.Join("..", "..", "shared", "captures", name))
	if os.IsNotExist(err) {
		t.Skipf("SKIPPED: the real capture %s is not beside this checkout", name)
	}
	require.NoError(t, err)
	defer f.Close()
	var events []wire.Event
	for r := wire.NewReader(f, wire.ScannerOptions{}); ; {
		ev, _, err := r.Next()
		if err != nil {
			require.EqualError(t, err, "EOF")
			return events
		}
		events = append(events, ev)
	}
}

func clockTime(t *testing.T, s string) (at call.Time) {
	require.NoError(t, at.UnmarshalText([]byte("2020-06-23T"+s+"Z")))
	return at
}

// An outside caller, a menu, a user who answers, holds, takes back and hangs up.
func TestCaptureMenuToUser(t *testing.T) {
	events := capture(t, "pstn-ivr-extension-hold.jsonl")
	require.Len(t, events, 11)
	calls, err := recon.Build(recon.Config{}, events)
	require.NoError(t, err)
	require.Len(t, calls, 1)
	c := calls[0]
	require.NoError(t, call.Check(c))
	require.Equal(t, call.Final, c.Status)
	require.Equal(t, call.Inbound, c.Direction)
	require.Equal(t, call.Answered, c.Outcome)
	require.Equal(t, clockTime(t, "01:06:00.001"), c.AnsweredAt, "not the caller's Answered at 01:05:44.083, when the menu was reached")
	require.Equal(t, clockTime(t, "01:06:14.812"), c.EndedAt)
	require.EqualValues(t, "ext:809646016", c.EndedBy.Participant)
	require.Empty(t, c.Findings)
	require.Equal(t, call.Sequences{First: 2, Last: 12, Count: 11, Missing: []call.Range{}}, c.Sessions[0].Sequences)

	require.Len(t, c.Legs, 3)
	caller, menu, user := c.Legs[0], c.Legs[1], c.Legs[2]
	require.Equal(t, []call.Role{call.Callee, call.Router}, menu.Roles)
	require.Equal(t, call.LegRouted, menu.Outcome, "a Disconnected without reason, and the call goes on")
	require.Equal(t, call.LegAnswered, caller.Outcome)
	require.EqualValues(t, 7345, user.RingMs)
	require.EqualValues(t, 2393, user.HoldMs)
	require.EqualValues(t, 2393, caller.HeldMs)
	require.Equal(t, user.TalkMs, caller.TalkMs)

	require.Len(t, c.Participants, 3)
	require.Equal(t, "Sam Okafor", c.Participants[0].Name, "the name came later, with sequence 6")
	require.Equal(t, []string{"+14155550100"}, c.Participants[1].Numbers, "the dialled number is the menu's")
	require.Empty(t, c.Participants[2].Numbers, "and not the user's")

	require.Len(t, c.Links, 1)
	require.Equal(t, call.Route, c.Links[0].Kind)
	require.Equal(t, call.Inferred, c.Links[0].Basis)
	require.Len(t, c.Talks, 2)
	require.Equal(t, clockTime(t, "01:06:04.601"), c.Talks[0].To)
	require.Equal(t, clockTime(t, "01:06:06.994"), c.Talks[1].From)
}

// One extension calls another; the caller holds, takes back and hangs up.
func TestCaptureExtensionToExtension(t *testing.T) {
	events := capture(t, "extension-to-extension-hold.jsonl")
	require.Len(t, events, 9)
	calls, err := recon.Build(recon.Config{}, events)
	require.NoError(t, err)
	require.Len(t, calls, 1)
	c := calls[0]
	require.NoError(t, call.Check(c))
	require.Equal(t, call.Internal, c.Direction)
	require.Equal(t, call.Answered, c.Outcome)
	require.Equal(t, clockTime(t, "01:17:21.084"), c.AnsweredAt, "not the caller's Answered at 01:17:14.388, before the phone rang")
	require.EqualValues(t, "ext:979428016", c.EndedBy.Participant)
	require.Empty(t, c.Findings)
	require.Empty(t, c.Links)
	require.Len(t, c.Legs, 2)
	caller, callee := c.Legs[0], c.Legs[1]
	require.EqualValues(t, 6674, callee.RingMs)
	require.EqualValues(t, 0, caller.RingMs)
	require.EqualValues(t, 4319, caller.HoldMs)
	require.EqualValues(t, 4319, callee.HeldMs)
	require.EqualValues(t, 3931+5717, callee.TalkMs)
	require.Equal(t, []string{"+14155550102", "11104"}, c.Participants[0].Numbers)
	require.Equal(t, "Jo Lindqvist", c.Participants[0].Name)
}
