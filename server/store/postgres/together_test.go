package postgres

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/storetest"
)

// TestTogether: many tenants' updates at once are all written, each with changes of its
// own, and one that cannot be written fails alone.
func TestTogether(t *testing.T) {
	db := open(t, storetest.EmptySchema(t))
	g := storetest.Graph(t, "direct-inbound", 0)
	const tenants, rounds = 20, 5
	ids := make([]int64, tenants)
	for i := range ids {
		tenant := store.Tenant{Name: fmt.Sprint("t", i), Scope: "account"}
		require.NoError(t, db.AddTenant(t.Context(), &tenant))
		ids[i] = tenant.ID
	}
	var mu sync.Mutex
	seen := map[int64]bool{}
	var wg sync.WaitGroup
	for _, id := range ids {
		wg.Go(func() {
			last := int64(0)
			for k := range rounds {
				row := store.Row(id, g)
				row.ID = call.SessionID(fmt.Sprintf("s-%d-%d", id, k))
				u := &store.Update{Tenant: id, At: 1, Calls: []store.Call{row}}
				change, err := db.Apply(t.Context(), u)
				if err != nil || change <= last || u.Calls[0].Change != change {
					t.Errorf("change %d after %d, the call has %d: %v", change, last, u.Calls[0].Change, err)
				}
				last = change
				mu.Lock()
				if seen[change] {
					t.Errorf("change %d twice", change)
				}
				seen[change] = true
				mu.Unlock()
			}
		})
	}
	for range rounds {
		wg.Go(func() {
			if _, err := db.Apply(t.Context(), &store.Update{Tenant: 1 << 40, At: 1}); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a tenant that does not exist: %v", err)
			}
		})
	}
	wg.Wait()
	for _, id := range ids {
		changes, err := db.Changes(t.Context(), id, 0, 100)
		require.NoError(t, err)
		require.Len(t, changes, rounds)
	}
	require.Len(t, seen, tenants*rounds)
}

// TestKeysThere: keys that somebody else wrote for a call do not keep it from being written.
func TestKeysThere(t *testing.T) {
	db := open(t, storetest.EmptySchema(t))
	tenant := newTenant(t, db)
	row := store.Row(tenant, storetest.Graph(t, "direct-inbound", 0))
	_, err := db.pool.Exec(t.Context(), `INSERT INTO call_keys (tenant, kind, value, started_ms, call) SELECT $1, $2, $3, $4, call FROM generate_series(1, 100) AS call`,
		tenant, row.Keys[0].Kind, row.Keys[0].Value, ms(row.Summary.StartedAt))
	require.NoError(t, err)
	u := &store.Update{Tenant: tenant, At: 1, Calls: []store.Call{row}}
	change, err := db.Apply(t.Context(), u)
	require.NoError(t, err)
	require.EqualValues(t, 1, change)
	found, err := db.Call(t.Context(), tenant, row.ID)
	require.NoError(t, err)
	require.Equal(t, change, found.Change)
}
