package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
)

// Scenario plays a scenario of the simulated switch and returns its notifications and
// the graphs that the engine makes of them. minute is how many minutes after sim.Start.
func Scenario(t testing.TB, name string, minute int) ([]wire.Event, []*call.Call) {
	t.Helper()
	sc, err := script.Named(name)
	require.NoError(t, err)
	company := pbx.Office()
	if sc.Company != nil {
		company = sc.Company()
	}
	x, err := pbx.NewExchange(company)
	require.NoError(t, err)
	run, err := (&sim.Case{Seed: uint64(minute) + 1, Start: sim.Start + wire.Time(minute*60_000), Dialect: sc.Dialect, Script: sc.Script()}).Do(x)
	require.NoError(t, err)
	calls, err := recon.Build(recon.Config{}, run.Events)
	require.NoError(t, err)
	require.NotEmpty(t, calls)
	return run.Events, calls
}

// Graph is the one call of a scenario.
func Graph(t testing.TB, name string, minute int) *call.Call {
	t.Helper()
	_, calls := Scenario(t, name, minute)
	require.Len(t, calls, 1)
	return calls[0]
}

// Entries are a scenario's notifications as the journal has them.
func Entries(t testing.TB, tenant int64, name string, minute int) []store.Entry {
	t.Helper()
	events, _ := Scenario(t, name, minute)
	out := make([]store.Entry, len(events))
	for i := range events {
		ev := &events[i]
		out[i] = store.Entry{Tenant: tenant, Received: call.Time(ev.Timestamp), Session: ev.Body.TelephonySessionID, UUID: ev.UUID, Body: wire.Encode(ev)}
	}
	return out
}
