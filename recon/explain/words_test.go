package explain_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/explain"
	"github.com/legworkhq/legwork/recon/internal/convo"
	"github.com/legworkhq/legwork/recon/wire"
)

// TestSentences: what single conversations must say, and must not.
func TestSentences(t *testing.T) {
	for _, c := range []struct{ name, says, never string }{
		{"attended", "Ann Lee (104) put the caller on hold.", "numbered after"},
		{"attended", "having spoken to Raj Patel (106)", "having called"},
		{"attended-blonde", "having called Raj Patel (106)", "having spoken"},
		{"attended-outside", "(housekeeping: this person left when Gone)", ""},
		{"busy", "+12125550188 was busy.", "Ann Lee (104) was busy"},
		{"conference-removed", "Ann Lee (104) came back to session B from session C.", ""},
		{"peer-undefined", "what became of this person is not said", "transferor"},
		{"direct-inbound", "(a recording started, paused or stopped)", ""},
		{"queue", "because the call went elsewhere: not missed.", "was missed"},
		{"ringout", "A RingOut began: the phone of Ann Lee (104) rang first.", "called from"},
		{"ringout-mirrored", "no peerId ties B to A", ""},
		{"switch", "Another phone of Ann Lee (104) joined.", "was called, +14048096345"},
		{"flip", "Another phone of Ann Lee (104) was called, +14155550999.", ""},
		{"supervise", "Sam Okafor (150) stopped supervising.", "Sam Okafor (150) left"},
		{"unknown-words", "(unknown status: nothing is concluded)", ""},
		{"group-pickup", "There from the beginning: +14048096345 and Ann Lee (+14155550104).", "New: Ann"},
		{"park", "There from the beginning: +14048096345 and Ann Lee (+14155550104).", "New: +14048096345"},
		{"takeover", "New: Sam Okafor (150), as supervisor", "New: Ann"},
		{"blind-by-caller", "New: Mia Chen (107), as transfer target", "New: Raj"},
		{"missed", "nobody had talked, outcome missed.", ""},
	} {
		events := conversation(t, c.name)
		got := text(t, build(t, recon.ScopeAccount, events)[0], events, explain.Options{Width: 200})
		require.Contains(t, got, c.says, c.name)
		if c.never != "" {
			require.NotContains(t, got, c.never, c.name)
		}
	}
}

// TestTransferSeenFromTheTarget: one extension is told of a transfer by a single
// event, which no link shows.
func TestTransferSeenFromTheTarget(t *testing.T) {
	own := slices.DeleteFunc(conversation(t, "attended"), func(e wire.Event) bool {
		return e.Body.Parties[0].ExtensionID != convo.ExtensionID("106")
	})
	got := text(t, build(t, recon.ScopeExtension, own)[0], own, explain.Options{Extension: true, Width: 200})
	require.Contains(t, got, "But A#8 carries Answered/AttendedTransfer: there was a transfer, and its other events are not in view.")
}

// TestSeveralParties: one notification with two parties, one with none, and one of
// another call.
func TestSeveralParties(t *testing.T) {
	events := conversation(t, "missed")
	last := len(events) - 1
	events[last-1].Body.Parties = append(events[last-1].Body.Parties, events[last].Body.Parties...)
	events = events[:last]
	c := build(t, recon.ScopeAccount, events)[0]
	got := check(t, c, events, explain.Options{})
	require.Contains(t, got, "A#6   A-1  Disconnected")
	require.Contains(t, got, "A#6   A-2  Disconnected")
	empty := events[0]
	empty.Body.Parties, empty.Body.Sequence = nil, 9
	other := events[0]
	other.Body.TelephonySessionID = "s-other"
	got = check(t, c, append(events, empty, other), explain.Options{})
	require.Contains(t, strings.Join(strings.Fields(got), " "), "A#9 A-? (no status)")
	require.Contains(t, got, "(names no party)")
	require.Contains(t, got, "Events of other calls left out: 1.")
}
