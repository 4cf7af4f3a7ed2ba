package server_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server/store"
)

// BenchmarkCluster posts notifications of a working day over 64 connections, or as
// many as LEGWORK_CONNECTIONS says, to two nodes that take; as many as LEGWORK_WORKERS say, 3 unless
// told, rebuild the calls of LEGWORK_ACCOUNTS customers, 64 unless told, each of whom has some
// when there are as many notifications. It ends when
// everything is in the journal and in calls. The yardstick is a bare loop in the same run,
// which publishes the same bytes to the same kind of stream and waits for each answer.
// Run it with -benchtime 100000x.
func BenchmarkCluster(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(300)) // as legwork serve does
	b.StopTimer()
	connections := setting(b, "LEGWORK_CONNECTIONS", 64)
	workers, accounts := setting(b, "LEGWORK_WORKERS", 3), setting(b, "LEGWORK_ACCOUNTS", 64)
	c := newCrew(b)
	takers := []*mate{c.join("in-1", false, true), c.join("in-2", false, true)}
	db := c.db()
	tenants := make([]store.Tenant, accounts)
	for i := range tenants {
		tenants[i] = store.Tenant{Name: fmt.Sprintf("acme-%d", i), Scope: "account", Region: "US"}
		require.NoError(b, db.AddTenant(b.Context(), &tenants[i]))
	}
	burst := min(16, max(1, b.N/accounts)) // notifications of one customer after another: a call or so
	var addresses []string
	for _, m := range takers {
		require.NoError(b, m.Reload(b.Context()))
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(b, err)
		go m.Serve(l)
		addresses = append(addresses, l.Addr().String())
	}
	for i := range workers {
		c.join(fmt.Sprintf("work-%d", i), true, false)
	}
	c.settleShares(workers)
	bare := c.bare(b, connections)

	waits := make([][]time.Duration, connections)
	var wg sync.WaitGroup
	busy, began := processorTime(), time.Now()
	b.StartTimer()
	for k := range connections {
		wg.Go(func() {
			p := &posts{t: b, seed: uint64(1000 * (k + 1)), size: 40}
			conn, err := net.Dial("tcp", addresses[k%len(addresses)])
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			cl := &client{conn: conn, in: bufio.NewReader(conn)}
			var body []byte
			for i := range share(b.N, k, connections) {
				if accounts > connections && i%burst == 0 {
					p.seed += 7919
				}
				body = p.next(body[:0])
				at := time.Now()
				status, err := cl.post("/webhooks/"+tenants[(k+connections*(i/burst))%accounts].Name, body)
				if err != nil || status != "200" {
					b.Errorf("answered %s, %v", status, err)
					return
				}
				waits[k] = append(waits[k], time.Since(at))
			}
		})
	}
	wg.Wait()
	answered := time.Since(began)
	c.settleAll(int64(b.N))
	b.StopTimer()
	took := time.Since(began)
	b.ReportMetric((processorTime()-busy)*1e6/float64(b.N), "nodes-cpu-µs/event") // of all five, and of the load generator
	in, changes := c.stream(b, "in"), c.stream(b, "changes")
	b.ReportMetric(float64(in.LastSeq)/float64(b.N), "messages/event")
	b.ReportMetric(float64(in.Bytes)/float64(b.N), "stream-bytes/event")
	b.ReportMetric(float64(changes.LastSeq)/float64(b.N), "changes-messages/event")
	all := slices.Concat(waits...)
	slices.Sort(all)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(b.N)/answered.Seconds(), "answered/s")
	b.ReportMetric(float64(b.N)/took.Seconds(), "events/s")
	b.ReportMetric(bare, "bare-publish/s")
	b.ReportMetric(float64(b.N)/took.Seconds()/bare, "of-bare-publish")
	b.ReportMetric(float64(all[len(all)*99/100])/1e6, "p99-ms")
	b.ReportMetric(float64(all[len(all)-1])/1e6, "max-ms")
}

// setting is what a variable says.
func setting(b testing.TB, name string, def int) int {
	n := def
	if s := os.Getenv(name); s != "" {
		_, err := fmt.Sscan(s, &n)
		require.NoError(b, err)
	}
	return n
}

// settleShares waits until every worker has its share.
func (c *crew) settleShares(workers int) {
	require.Eventually(c.t, func() bool {
		n := 0
		for _, m := range c.mates {
			if s := len(m.node.States()); s > 0 {
				n++
			}
		}
		return n == workers
	}, time.Minute, 50*time.Millisecond)
	time.Sleep(2 * time.Second)
}

// settleAll waits until so many notifications are in the journal and in calls. It asks what
// the database counts anyway, lest asking takes what it measures.
func (c *crew) settleAll(want int64) {
	conn, err := pgx.Connect(context.Background(), c.dsn)
	require.NoError(c.t, err)
	defer conn.Close(context.Background())
	require.Eventually(c.t, func() bool {
		var entries int64
		err := conn.QueryRow(context.Background(), `SELECT coalesce(sum(rows), 0)::bigint FROM counters WHERE name = 'seq'`).Scan(&entries)
		if err != nil || entries < want {
			return false
		}
		var behind int
		err = conn.QueryRow(context.Background(), `SELECT count(*) FROM tenants t WHERE EXISTS (SELECT FROM journal j WHERE j.tenant = t.id
			AND j.seq > coalesce((SELECT p.seq FROM progress p WHERE p.tenant = t.id), 0))`).Scan(&behind)
		return err == nil && behind == 0
	}, 10*time.Minute, 20*time.Millisecond)
}

// jetStream is that of the lab, until the benchmark ends.
func (c *crew) jetStream(b *testing.B) jetstream.JetStream {
	nc, err := nats.Connect(strings.Join(c.lab.URLs(), ","))
	require.NoError(b, err)
	b.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(b, err)
	return js
}

// stream tells of a stream of the cluster what it has, and ever had.
func (c *crew) stream(b *testing.B, name string) jetstream.StreamState {
	s, err := c.jetStream(b).Stream(b.Context(), c.prefix+"-"+name)
	require.NoError(b, err)
	return s.CachedInfo().State
}

// bare is how many messages a second a stream of the same kind takes from so many
// publishers, each of which waits for every answer.
func (c *crew) bare(b *testing.B, publishers int) float64 {
	js := c.jetStream(b)
	name := c.prefix + "-bare"
	_, err := js.CreateStream(b.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{name}, Replicas: 3, Storage: jetstream.FileStorage, Discard: jetstream.DiscardNew, Duplicates: time.Minute})
	require.NoError(b, err)
	defer func() { _ = js.DeleteStream(context.Background(), name) }()
	n := max(publishers, b.N/4)
	var wg sync.WaitGroup
	var id atomic.Int64
	began := time.Now()
	for k := range publishers {
		wg.Go(func() {
			p := &posts{t: b, seed: uint64(1000 * (k + 1)), size: 40}
			var body []byte
			for range share(n, k, publishers) {
				body = p.next(body[:0])
				if _, err := js.Publish(context.Background(), name, body, jetstream.WithMsgID(fmt.Sprint(id.Add(1)))); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return float64(n) / time.Since(began).Seconds()
}
