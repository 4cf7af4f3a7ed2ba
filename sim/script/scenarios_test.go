package script_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
)

var update = flag.Bool("update", false, "rewrite golden files")

func exchange(t testing.TB, s *script.Scenario) *pbx.Exchange {
	c := pbx.Office()
	if s != nil && s.Company != nil {
		c = s.Company()
	}
	x, err := pbx.NewExchange(c)
	require.NoError(t, err)
	return x
}

// TestScenariosPlay carries every scenario out in every id grammar, to its end, and
// holds their notifications against a file that a person can read.
func TestScenariosPlay(t *testing.T) {
	var golden strings.Builder
	kinds, moves := map[call.LinkKind]bool{}, map[string]bool{}
	for _, sc := range script.Scenarios() {
		t.Run(sc.Name, func(t *testing.T) {
			x := exchange(t, &sc)
			for _, ids := range []wire.Grammar{wire.Grammar2018, wire.Grammar2019, wire.Grammar2022} {
				events, calls, err := script.Run(x, pbx.Config{Dialect: sc.Dialect, IDs: ids, Seed: 7, Start: 1772463600000}, sc.Script())
				require.NoError(t, err)
				require.NotEmpty(t, events)
				for _, c := range calls {
					require.NotZero(t, c.EndedAt, "a call goes on")
					for _, k := range c.Links {
						kinds[k.Kind] = true
					}
				}
				if ids == wire.Grammar2022 {
					describe(&golden, sc, events)
				}
			}
			for _, st := range sc.Script().Steps {
				moves[string(st.Verb)+" "+st.How] = true
			}
			again, err := script.Parse("x", sc.Script().String())
			require.NoError(t, err)
			require.Equal(t, sc.Script().String(), again.String(), "it does not print as it was read")
		})
	}
	for _, k := range call.LinkKinds() {
		require.True(t, kinds[k] || k == call.PeerLink, "no scenario has a link %s", k)
	}
	for _, v := range pbx.Verbs() {
		for _, how := range append(slices.Clone(v.Hows), "") {
			ok := moves[string(v.Verb)+" "+how] || how == "" && len(v.Hows) > 0 || v.Verb == "forwards to" || v.Verb == "removes"
			require.True(t, ok, "no scenario has %q %q", v.Verb, how)
		}
	}
	const file = "testdata/scenarios.txt"
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o777))
		require.NoError(t, os.WriteFile(file, []byte(golden.String()), 0o666))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), golden.String(), "run go test ./sim/script -update and read the difference")
}

// describe writes a scenario's script and notifications.
func describe(b *strings.Builder, sc script.Scenario, events []wire.Event) {
	fmt.Fprintf(b, "== %s: %s\n%s", sc.Name, sc.Title, sc.Script())
	letters := map[string]string{}
	for i := range events {
		e := &events[i].Body
		if letters[e.TelephonySessionID] == "" {
			letters[e.TelephonySessionID] = string(rune('A' + len(letters)))
		}
		for _, p := range e.Parties {
			fmt.Fprintf(b, "  %8.3f %s-%d #%-2d %-8s ext=%-4s %s", float64(e.EventTime-1772463600000)/1000, letters[e.TelephonySessionID], wire.PartyNumber(p.ID), e.Sequence,
				p.Direction, short(p.ExtensionID), p.Status.Code)
			if p.Status.Reason != "" {
				fmt.Fprintf(b, "/%s", p.Status.Reason)
			}
			fmt.Fprintf(b, " from=%s to=%s", end(p.From), end(p.To))
			if q := p.Status.PeerID; q != nil {
				fmt.Fprintf(b, " peer=%s-%d", letters[q.TelephonySessionID], wire.PartyNumber(q.PartyID))
			}
			if p.MissedCall {
				b.WriteString(" missed")
			}
			if p.QueueCall {
				b.WriteString(" queue")
			}
			if p.Muted {
				b.WriteString(" muted")
			}
			if p.Status.MobilePickup != nil {
				b.WriteString(" pickup-data")
			}
			if p.Park.ID+p.Status.ParkData != "" {
				fmt.Fprintf(b, " park=%s%s", p.Park.ID, p.Status.ParkData)
			}
			for _, r := range p.Recordings {
				fmt.Fprintf(b, " recording(active=%v)", r.Active)
			}
			b.WriteByte('\n')
		}
	}
	b.WriteByte('\n')
}

func short(id string) string { return strings.TrimSuffix(strings.TrimPrefix(id, "62254"), "008") }

func end(e wire.Endpoint) string {
	out := e.PhoneNumber
	if e.ExtensionID != "" {
		out += ":" + short(e.ExtensionID)
	}
	if e.Name != "" {
		out += fmt.Sprintf("(%s)", e.Name)
	}
	return out
}
