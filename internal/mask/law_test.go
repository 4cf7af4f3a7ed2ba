package mask

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
)

// holds proves the law on events without the package's own proof of it: the texts of
// the masked events are read again and their calls compared.
func holds(t testing.TB, key Key, events []wire.Event, scope recon.Scope, shift bool) {
	t.Helper()
	opt := Options{Extension: scope == recon.ScopeExtension}
	s := NewSurvey(opt)
	for i := range events {
		s.Add(i+1, again(t, &events[i]))
	}
	require.Empty(t, s.Strange())
	m, err := s.Masker(key, shift)
	require.NoError(t, err)
	cfg := recon.Config{Scope: scope}
	before, err := recon.Build(cfg, events)
	require.NoError(t, err)
	masked := make([]wire.Event, len(events))
	for i := range events {
		ev := again(t, &events[i])
		require.NoError(t, m.Event(&ev))
		masked[i] = again(t, &ev)
	}
	after, err := recon.Build(cfg, masked)
	require.NoError(t, err)
	require.Len(t, after, len(before))
	want := map[call.SessionID]string{}
	for _, c := range before {
		m.Call(c)
		want[c.ID] = string(call.AppendJSON(nil, c))
	}
	for _, c := range after {
		require.NoError(t, call.Check(c))
		require.Equal(t, want[c.ID], string(call.AppendJSON(nil, c)))
	}
}

// again is a copy by way of its text.
func again(t testing.TB, ev *wire.Event) wire.Event {
	t.Helper()
	out, err := wire.Decode(wire.Encode(ev))
	require.NoError(t, err)
	return out
}

func testKey(n int) Key { return NewKey(fmt.Appendf(nil, "a key for tests, number %d", n)) }

// Every scenario, in every grammar, whole and with loss and repetition, at both scopes.
func TestLawScenarios(t *testing.T) {
	for i, sc := range script.Scenarios() {
		t.Run(sc.Name, func(t *testing.T) {
			t.Parallel()
			office := pbx.Office()
			if sc.Company != nil {
				office = sc.Company()
			}
			x, err := pbx.NewExchange(office)
			require.NoError(t, err)
			for _, grammar := range []wire.Grammar{wire.Grammar2018, wire.Grammar2019, wire.Grammar2022} {
				c := sim.Case{Seed: uint64(i), IDs: grammar, Dialect: sc.Dialect, Script: sc.Script()}
				run, err := c.Do(x)
				require.NoError(t, err)
				holds(t, testKey(i), run.Events, recon.ScopeAccount, i%2 == 0)
				holds(t, testKey(i), run.Events, recon.ScopeExtension, false)
			}
		})
	}
}

// Random calls of every dialect, in weather that loses and repeats.
func TestLawRandom(t *testing.T) {
	x, err := pbx.NewExchange(pbx.Office())
	require.NoError(t, err)
	d := sim.NewDrawer(x)
	n := 150
	if os.Getenv("LEGWORK_SOAK") != "" {
		n = 20_000
	}
	for seed := range n {
		_, run, err := d.Draw(uint64(seed), seed%2 == 0)
		require.NoError(t, err)
		events := make([]wire.Event, len(run.Deliveries))
		for i := range run.Deliveries {
			events[i] = run.Deliveries[i].Event
		}
		holds(t, testKey(seed), events, recon.Scope(seed%3/2), seed%5 == 0)
	}
}

// The two real captures lie beside the project and not in it.
func TestLawCaptures(t *testing.T) {
	for _, name := range []string{"pstn-ivr-extension-hold.jsonl", "extension-to-extension-hold.jsonl"} {
		t.Run(name, func(t *testing.T) {
			f, err := os.Open(filepath.Join("..", "..", "..", "shared", "captures", name))
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
					break
				}
				events = append(events, ev)
			}
			require.NotEmpty(t, events)
			holds(t, testKey(0), events, recon.ScopeAccount, true)
			holds(t, testKey(1), events, recon.ScopeExtension, false)
		})
	}
}
