package sqlite

import (
	"os"
	"slices"
	"time"

	"fmt"
	"github.com/legworkhq/legwork/recon/call"
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

// BenchmarkSearch searches by number among many calls: LEGWORK_CALLS, 100,000 unless
// told. Each number is in ten calls or so, one in every tenth call.
func BenchmarkSearch(b *testing.B) {
	n := 100_000
	if s := os.Getenv("LEGWORK_CALLS"); s != "" {
		_, err := fmt.Sscan(s, &n)
		require.NoError(b, err)
	}
	db := open(b, filepath.Join(b.TempDir(), "legwork.db"))
	tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
	require.NoError(b, db.AddTenant(b.Context(), &tenant))
	g := storetest.Graph(b, "direct-inbound", 0)
	began := time.Now()
	for i := 0; i < n; i += 500 {
		u := &store.Update{Tenant: tenant.ID, At: 1}
		for k := i; k < min(i+500, n); k++ {
			row := store.Row(tenant.ID, g)
			row.ID = call.SessionID(fmt.Sprintf("s-%032x", k*2654435761%1_000_000_007))
			row.Summary.StartedAt = g.StartedAt + call.Time(k*7000)
			row.Keys = []store.Key{{Kind: store.KeyName, Value: fmt.Sprint("name", k%5000)}, {Kind: store.KeyNumber, Value: number(k * 7919 % max(1, n/10))}, {Kind: store.KeyOutcome, Value: "answered"}, {Kind: store.KeySession, Value: string(row.ID)}}
			if k%10 == 0 {
				row.Keys = append(row.Keys, store.Key{Kind: store.KeyNumber, Value: "+14155550100"})
			}
			u.Calls = append(u.Calls, row)
		}
		if _, err := db.Apply(b.Context(), u); err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("%d calls written in %v", n, time.Since(began).Round(time.Second))
	var waits []time.Duration
	i := 0
	for b.Loop() {
		q := store.Query{Numbers: []string{number(i * 104729 % max(1, n/10))}, Limit: 50}
		if i%10 == 0 {
			q.Numbers = []string{"+14155550100"} // the company's own
		}
		i++
		at := time.Now()
		found, _, err := db.Search(b.Context(), tenant.ID, q)
		if err != nil || len(found) == 0 {
			b.Fatalf("%d found, %v", len(found), err)
		}
		waits = append(waits, time.Since(at))
	}
	slices.Sort(waits)
	b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(waits[len(waits)-1].Microseconds())/1000, "max-ms")
}

func number(k int) string { return fmt.Sprintf("+1404%07d", k) }
