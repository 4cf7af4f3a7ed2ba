package migrate_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server/migrate"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/storetest"
)

// BenchmarkMigrate moves many calls, LEGWORK_CALLS or 10,000, with their notifications.
func BenchmarkMigrate(b *testing.B) {
	n := 10_000
	if s := os.Getenv("LEGWORK_CALLS"); s != "" {
		_, err := fmt.Sscan(s, &n)
		require.NoError(b, err)
	}
	file := inFile(b)
	db := file.store(b)
	tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
	require.NoError(b, db.AddTenant(b.Context(), &tenant))
	storetest.Populate(b, db, tenant.ID, n)
	require.NoError(b, db.Close())
	from := file
	for _, to := range []*place{inPostgres(b, 32), inFile(b)} {
		b.Run(to.name, func(b *testing.B) {
			var r *migrate.Report
			for b.Loop() {
				r = move(b, from, to)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(r.Entries)/r.ForEntries.Seconds(), "notifications/s")
			b.ReportMetric(float64(r.Calls)/r.ForCalls.Seconds(), "calls/s")
			b.ReportMetric(float64(r.Entries+r.Calls)/r.ForVerifying.Seconds(), "compared/s")
		})
		from = to
	}
}
