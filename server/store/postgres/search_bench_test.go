package postgres

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/storetest"
)

// BenchmarkSearch searches among many calls: LEGWORK_CALLS, 20,000 unless told.
func BenchmarkSearch(b *testing.B) {
	n := 20_000
	if s := os.Getenv("LEGWORK_CALLS"); s != "" {
		_, err := fmt.Sscan(s, &n)
		require.NoError(b, err)
	}
	db, err := Open(b.Context(), storetest.EmptySchema(b), Options{})
	require.NoError(b, err)
	defer db.Close()
	tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
	require.NoError(b, db.AddTenant(b.Context(), &tenant))
	town := storetest.NewTown(b, tenant.ID, n)
	for k := 0; k < n; {
		u := &store.Update{Tenant: tenant.ID, At: town.Started(k)}
		for ; k < n && len(u.Calls) < 1000; k++ {
			u.Calls = append(u.Calls, town.Call(k))
		}
		_, err := db.Apply(b.Context(), u)
		require.NoError(b, err)
	}
	_, err = db.pool.Exec(b.Context(), "VACUUM ANALYZE calls, call_keys") // as the server's own vacuum does, sooner or later
	require.NoError(b, err)
	storetest.BenchmarkSearch(b, db, town, func() {})
}
