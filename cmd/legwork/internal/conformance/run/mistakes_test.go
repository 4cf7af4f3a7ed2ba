package run_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/catalogue"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/observed"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// some are the cases whose ids are named.
func some(t testing.TB, ids ...string) []catalogue.Case {
	cases := all(t)
	for _, id := range ids {
		require.True(t, slices.ContainsFunc(cases, func(c catalogue.Case) bool { return c.ID == id }), "there is no case %s", id)
	}
	return slices.DeleteFunc(cases, func(c catalogue.Case) bool { return !slices.Contains(ids, c.ID) })
}

// first is a result by its case's id.
func named(t testing.TB, r result.Report, id string) result.Result {
	for _, x := range r.Receivers[0].Results {
		if x.Case == id {
			return x
		}
	}
	require.Fail(t, "no result", id)
	return result.Result{}
}

// TestFirstPartyOnly: a receiver that looks at the first party of a notification alone
// does not see the others leave.
func TestFirstPartyOnly(t *testing.T) {
	r := do(t, some(t, "parties.together/call.direct-inbound-1/1", "parties.together/route.queue-all-at-once-1/1", "call.direct/inbound/1"), serve(t, &receiver{change: func(e *wire.Event) bool {
		e.Body.Parties = e.Body.Parties[:min(1, len(e.Body.Parties))]
		return true
	}}))
	require.Equal(t, result.Pass, named(t, r, "call.direct/inbound/1").Class)
	for _, id := range []string{"parties.together/call.direct-inbound-1/1", "parties.together/route.queue-all-at-once-1/1"} {
		x := named(t, r, id)
		require.Equal(t, result.Fail, x.Class, "%s: %s", id, x.Why)
		t.Log(id, x.Differences)
	}
}

// bySessionID groups what the engine knows by the legacy session id.
func bySessionID(calls []*call.Call) []observed.Call {
	groups := map[string]*observed.Call{}
	var order []string
	for _, c := range calls {
		for _, s := range c.Sessions {
			g := groups[s.LegacyID]
			if g == nil {
				ended := true
				g = &observed.Call{Ended: &ended}
				groups[s.LegacyID] = g
				order = append(order, s.LegacyID)
			}
			g.Sessions = append(g.Sessions, string(s.ID))
		}
	}
	var out []observed.Call
	for _, id := range order {
		out = append(out, *groups[id])
	}
	return out
}

// TestKeyBySessionID: a receiver that keys by the legacy session id takes a transfer for
// two calls, and two conferences for one.
func TestKeyBySessionID(t *testing.T) {
	r := do(t, some(t, "call.direct/inbound/1", "transfer.attended/ways/1", "conference.call/two-at-once/1"), serve(t, &receiver{tell: bySessionID}))
	require.Equal(t, result.Pass, named(t, r, "call.direct/inbound/1").Class)
	x := named(t, r, "transfer.attended/ways/1")
	require.Equal(t, result.Fail, x.Class)
	require.Equal(t, "split-call", x.Differences[0].Mistake)
	x = named(t, r, "conference.call/two-at-once/1")
	require.Equal(t, result.Fail, x.Class)
	require.Contains(t, mistakes(x), "merged-calls")
	require.Contains(t, mistakes(x), "split-call")
}

func mistakes(x result.Result) (out []string) {
	for _, d := range x.Differences {
		out = append(out, d.Mistake)
	}
	return out
}
