package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/storetest"
)

// BenchmarkAppend writes transactions of 64 notifications.
func BenchmarkAppend(b *testing.B) {
	db := open(b, filepath.Join(b.TempDir(), "legwork.db"))
	tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
	require.NoError(b, db.AddTenant(b.Context(), &tenant))
	sample := storetest.Entries(b, tenant.ID, "attended-transfer", 0)
	n := 0
	batch := make([]store.Entry, 64)
	for b.Loop() {
		for i := range batch {
			batch[i] = sample[n%len(sample)]
			batch[i].Session = fmt.Sprintf("s-a%032x", (n/12)*2654435761%1000000007)
			batch[i].Body = append(append([]byte{}, batch[i].Body...), fmt.Sprint(n)...)
			n++
		}
		if err := db.Append(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkSearch searches among many calls: LEGWORK_CALLS, 100,000 unless told. With
// LEGWORK_COLD=1 every search begins with nothing of the file in memory.
func BenchmarkSearch(b *testing.B) {
	n := 100_000
	if s := os.Getenv("LEGWORK_CALLS"); s != "" {
		_, err := fmt.Sscan(s, &n)
		require.NoError(b, err)
	}
	db, town := filled(b, n)
	before := func() {}
	if os.Getenv("LEGWORK_COLD") != "" {
		before = func() { forget(b, db) }
	}
	storetest.BenchmarkSearch(b, db, town, before)
}
