package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// BenchmarkSearch searches among the calls of a town, which are in a store. before is
// called before each search.
func BenchmarkSearch(b *testing.B, db store.Calls, t *Town, before func()) {
	for _, s := range searches {
		b.Run(s.name, func(b *testing.B) {
			var waits []time.Duration
			var calls int
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				before()
				b.StartTimer()
				q := s.query(t, i)
				q.Limit = 50
				at := time.Now()
				found, _, err := db.Search(b.Context(), t.Tenant, q)
				if err != nil {
					b.Fatal(err)
				}
				waits = append(waits, time.Since(at))
				calls += len(found)
			}
			slices.Sort(waits)
			ms := func(i int) float64 { return float64(waits[i].Microseconds()) / 1000 }
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(calls)/float64(len(waits)), "calls")
			b.ReportMetric(ms(len(waits)/2), "p50-ms")
			b.ReportMetric(ms(len(waits)*99/100), "p99-ms")
			b.ReportMetric(ms(len(waits)-1), "max-ms")
		})
	}
}

// searches are queries that are different for each i.
var searches = []struct {
	name  string
	query func(t *Town, i int) store.Query
}{
	{"Number", func(t *Town, i int) store.Query { // what is required: one in ten is the company's own
		if i%10 == 0 {
			return store.Query{Numbers: []string{company}}
		}
		return store.Query{Numbers: []string{t.some(i)}}
	}},
	{"NumberInTenCalls", func(t *Town, i int) store.Query { return store.Query{Numbers: []string{t.some(i)}} }},
	{"NumberOnManyDays", func(t *Town, i int) store.Query {
		return store.Query{Numbers: []string{busyNumber(i)}, To: t.moment(i)}
	}},
	{"CompanyNumber", func(t *Town, i int) store.Query {
		return store.Query{Numbers: []string{company}, To: t.moment(i)}
	}},
	{"Extension", func(t *Town, i int) store.Query { return store.Query{Extension: extension(i * 7), To: t.moment(i)} }},
	{"LastName", func(t *Town, i int) store.Query { _, last := name(i * 31); return store.Query{Name: last} }},
	{"FirstNameBegins", func(t *Town, i int) store.Query { first, _ := name(i * 31); return store.Query{Name: first[:3]} }},
	{"FullName", func(t *Town, i int) store.Query {
		first, last := name(i * 31)
		return store.Query{Name: first + " " + last}
	}},
	{"Session", func(t *Town, i int) store.Query { return store.Query{Session: session(i*104729%t.Calls, 1)} }},
	{"Time", func(t *Town, i int) store.Query { return store.Query{To: t.moment(i)} }},
	{"Outcome", func(t *Town, i int) store.Query { return store.Query{Outcome: call.Missed, To: t.moment(i)} }},
	{"Link", func(t *Town, i int) store.Query { return store.Query{Link: call.TransferAttended, To: t.moment(i)} }},
	{"Finding", func(t *Town, i int) store.Query { return store.Query{Finding: call.MissingEvents, To: t.moment(i)} }},
	{"Direction", func(t *Town, i int) store.Query { return store.Query{Direction: call.Outbound, To: t.moment(i)} }},
	{"Settling", func(t *Town, i int) store.Query { return store.Query{Status: call.Settling} }},
	{"NumberOutcome", func(t *Town, i int) store.Query {
		return store.Query{Numbers: []string{t.some(i)}, Outcome: call.Missed}
	}},
	{"CompanyNumberLink", func(t *Town, i int) store.Query {
		return store.Query{Numbers: []string{company}, Link: call.TransferAttended, To: t.moment(i)}
	}},
	{"CompanyNumberFinding", func(t *Town, i int) store.Query {
		return store.Query{Numbers: []string{company}, Finding: call.MissingEvents}
	}},
	{"CompanyNumberName", func(t *Town, i int) store.Query {
		_, last := name(i * 31)
		return store.Query{Numbers: []string{company}, Name: last}
	}},
	{"ExtensionLink", func(t *Town, i int) store.Query {
		return store.Query{Extension: extension(i * 7), Link: call.TransferAttended, To: t.moment(i)}
	}},
}

// some number of the outside.
func (t *Town) some(i int) string { return outside(i * 104729 % max(1, t.Calls/10)) }

// moment is some time.
func (t *Town) moment(i int) call.Time { return t.Started(t.Calls/2 + i*7368787%(t.Calls/2)) }
