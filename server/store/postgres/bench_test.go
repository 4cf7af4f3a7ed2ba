package postgres

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/storetest"
)

// sizes of a transaction that notifications are written in.
var sizes = []int{1, 64, 512}

// BenchmarkAppend writes notifications of about 1.5 KB as one server does.
func BenchmarkAppend(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			db := open(b, storetest.EmptySchema(b))
			tenant := newTenant(b, db)
			appends(b, tenant, size, func(entries []store.Entry, _ int64) error { return db.Append(b.Context(), entries) })
		})
	}
}

// BenchmarkAppendFrom writes them as the owner of a partition does.
func BenchmarkAppendFrom(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			p := benchPartition(b)
			appends(b, newTenant(b, p), size, func(entries []store.Entry, position int64) error { return p.AppendFrom(b.Context(), entries, position) })
		})
	}
}

func benchPartition(b *testing.B) store.Partition {
	p, err := openShared(b, storetest.EmptySchema(b), sharing(allMine)).Claim(b.Context(), mine, 1, "bench")
	require.NoError(b, err)
	return p
}

func newTenant(b testing.TB, db store.Store) int64 {
	tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
	require.NoError(b, db.AddTenant(b.Context(), &tenant))
	return tenant.ID
}

func appends(b *testing.B, tenant int64, size int, add func(entries []store.Entry, position int64) error) {
	sample := storetest.Entries(b, tenant, "attended-transfer", 0)
	n := 0
	batch := make([]store.Entry, size)
	for b.Loop() {
		for i := range batch {
			batch[i] = sample[n%len(sample)]
			batch[i].Session = fmt.Sprintf("s-a%032x", (n/12)*2654435761%1000000007)
			batch[i].Body = append(append([]byte{}, batch[i].Body...), fmt.Sprintf("%*d", 1500-len(batch[i].Body), n)...)
			n++
		}
		if err := add(batch, int64(n)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkApply writes calls as the engine does, 32 at a time: half of them new, half
// of them written before.
func BenchmarkApply(b *testing.B) {
	db := benchPartition(b)
	tenant := newTenant(b, db)
	g := storetest.Graph(b, "attended-transfer", 0)
	n := 0
	for b.Loop() {
		u := &store.Update{Tenant: tenant, At: call.Time(n), Progress: &store.Progress{Seq: int64(n)}}
		for i := range 32 {
			row := store.Row(tenant, g)
			row.ID = call.SessionID(fmt.Sprintf("s-%032x", (n/32*16+i)*2654435761%1_000_000_007))
			row.Summary.StartedAt = g.StartedAt + call.Time(n/32*16+i)*7000
			row.Keys = append(row.Keys, store.Key{Kind: store.KeySession, Value: string(row.ID)})
			u.Calls = append(u.Calls, row)
		}
		n += 32
		if _, err := db.Apply(b.Context(), u); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "calls/s")
}
