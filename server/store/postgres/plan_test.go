package postgres

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/storetest"
)

// TestNewTables: plans are made while the tables are empty, and PostgreSQL keeps them until
// it looks at the tables for the first time, a minute later or so. What is read meanwhile
// must not grow with what is there.
func TestNewTables(t *testing.T) {
	opt := sharing(allMine)
	opt.Connections = 1
	c := openShared(t, storetest.EmptySchema(t), opt)
	p, err := c.Claim(t.Context(), mine, 1, "test")
	require.NoError(t, err)
	tenant := newTenant(t, p)
	const rounds, some = 100, 16
	read := func() (n int) {
		_, err := c.pool.Exec(t.Context(), `SELECT pg_stat_force_next_flush()`)
		require.NoError(t, err)
		require.NoError(t, c.pool.QueryRow(t.Context(), `SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables WHERE schemaname = current_schema()
			AND relname IN ('journal', 'calls', 'graphs', 'call_keys', 'aliases')`).Scan(&n))
		return n
	}

	g := storetest.Graph(t, "direct-inbound", 0)
	before := read()
	for n := range rounds {
		u := &store.Update{Tenant: tenant, At: call.Time(n)}
		for i := range 2 * some { // those of the round before, and as many new ones
			row := store.Row(tenant, g)
			row.ID = call.SessionID(fmt.Sprint("s-", n*some+i))
			row.Keys = []store.Key{{Kind: store.KeySession, Value: string(row.ID)}, {Kind: store.KeyOutcome, Value: fmt.Sprint(i / some)}}
			u.Calls = append(u.Calls, row)
		}
		_, err := p.Apply(t.Context(), u)
		require.NoError(t, err)
	}
	t.Log("rows read for each call that was written:", (read()-before)/(rounds*2*some))
	require.Less(t, read()-before, rounds*2*some*8)

	sample := storetest.Entries(t, tenant, "direct-inbound", 0)
	for n := range rounds {
		var entries []store.Entry
		for i := range some {
			e := sample[i%len(sample)]
			e.Session, e.Body = fmt.Sprint("s-", n), fmt.Append(nil, n, i)
			entries = append(entries, e)
		}
		require.NoError(t, p.AppendFrom(t.Context(), entries, int64(n+1)))
	}
	before = read()
	for n, after := 0, int64(0); n < rounds; n++ {
		entries, err := p.Entries(t.Context(), tenant, after, some)
		require.NoError(t, err)
		require.Len(t, entries, some)
		after = entries[some-1].Seq
		entries, err = p.EntriesOf(t.Context(), tenant, []string{fmt.Sprint("s-", n), "s-none", fmt.Sprint("s-", rounds-1-n)})
		require.NoError(t, err)
		require.Len(t, entries, 2*some)
		keepers, err := p.Keepers(t.Context(), tenant, []call.SessionID{call.SessionID(fmt.Sprint("s-", n)), "s-none"})
		require.NoError(t, err)
		require.Len(t, keepers, 1)
	}
	t.Log("rows read of what was asked for 64 of:", (read()-before)/rounds)
	require.Less(t, read()-before, rounds*some*8)

	// A small tenant beside it.
	small := store.Tenant{Name: "small", Scope: "account", Region: "US"}
	require.NoError(t, p.AddTenant(t.Context(), &small))
	row := store.Row(small.ID, g)
	_, err = p.Apply(t.Context(), &store.Update{Tenant: small.ID, At: 1, Calls: []store.Call{row}})
	require.NoError(t, err)
	require.NoError(t, p.AppendFrom(t.Context(), storetest.Entries(t, small.ID, "direct-inbound", 0), rounds+1))
	i := slices.IndexFunc(row.Keys, func(k store.Key) bool { return k.Kind == store.KeyNumber })
	for _, what := range []func() error{
		func() error { _, _, err := p.Purge(t.Context(), tenant, row.Keys[i].Value); return err }, // none of its calls has it
		func() error { return p.Each(t.Context(), small.ID, func(*store.Call) error { return nil }) },
		func() error { return p.RemoveTenant(t.Context(), small.ID) },
	} {
		before = read()
		require.NoError(t, what())
		require.Less(t, read()-before, 200)
	}
}
