package server_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/internal/natslab"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/server"
	"github.com/legworkhq/legwork/server/api"
	"github.com/legworkhq/legwork/server/cluster"
	"github.com/legworkhq/legwork/server/ingest"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/postgres"
	"github.com/legworkhq/legwork/server/store/sqlite"
	"github.com/legworkhq/legwork/server/store/storetest"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/oracle"
	"github.com/legworkhq/legwork/sim/org"
	"github.com/legworkhq/legwork/sim/pbx"
)

func TestMain(m *testing.M) { os.Exit(natslab.Main(m)) }

// crew is a cluster of servers in this process, on real NATS servers and PostgreSQL.
type crew struct {
	t      testing.TB
	lab    *natslab.Cluster
	dsn    string
	prefix string
	dir    string
	log    *bytes.Buffer
	mu     sync.Mutex
	mates  []*mate
}

func newCrew(t testing.TB) *crew {
	if testing.Short() {
		t.Skip("SKIPPED: a cluster takes long")
	}
	dsn := storetest.EmptySchema(t)
	c := &crew{t: t, lab: natslab.Shared(t), dsn: dsn, prefix: fmt.Sprintf("t%d", time.Now().UnixNano()), dir: t.TempDir(), log: &bytes.Buffer{}}
	t.Cleanup(func() {
		if t.Failed() || testing.Verbose() {
			c.mu.Lock()
			defer c.mu.Unlock()
			t.Log(c.log.String())
		}
	})
	return c
}

// Write collects what the nodes log.
func (c *crew) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log.Write(b)
}

const crewPartitions = 8

// mate is one node of a crew.
type mate struct {
	*server.Server
	node   *cluster.Node
	outbox *sqlite.Outbox
	close  func()
}

func (c *crew) join(name string, worker, takes bool) *mate {
	t := c.t
	outbox, err := sqlite.OpenOutbox(context.Background(), filepath.Join(c.dir, name+".db"), 0, sqlite.Options{})
	require.NoError(t, err)
	log := slog.New(slog.NewTextHandler(c, nil)).With("node", name)
	node, err := cluster.New(cluster.Config{URL: strings.Join(c.lab.URLs(), ","), Prefix: c.prefix, Name: name, Worker: worker, Partitions: crewPartitions,
		Lease: 4 * time.Second, Change: api.ChangeJSON, Outbox: outbox, Log: log})
	require.NoError(t, err)
	engine := server.EngineDefaults()
	engine.Quiet, engine.PeerWait = 2*time.Second, 4*time.Second
	s, err := server.New(context.Background(), server.Options{Log: log, Engine: engine, Cluster: &server.Cluster{Node: node, Outbox: outbox, Ingest: takes,
		Open: func(ctx context.Context, partitions int) (store.Shared, error) {
			return postgres.OpenShared(ctx, c.dsn, postgres.Options{Partitions: partitions, PartitionOf: func(id int64) int { return cluster.PartitionOf(id, partitions) }})
		}}})
	require.NoError(t, err)
	m := &mate{s, node, outbox, nil}
	c.mates = append(c.mates, m)
	m.close = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_ = s.Close(ctx)
		node.Close()
		_ = outbox.Close()
	})
	t.Cleanup(m.close)
	return m
}

func (c *crew) db() store.Store {
	db, err := postgres.OpenShared(c.t.Context(), c.dsn, postgres.Options{Partitions: crewPartitions, PartitionOf: func(id int64) int { return cluster.PartitionOf(id, crewPartitions) }})
	require.NoError(c.t, err)
	c.t.Cleanup(func() { db.Close() })
	return db
}

// someCalls makes some calls of a company: their notifications and what they were.
func someCalls(t *testing.T, n int, seed uint64) (bodies [][]byte, truth []*call.Call) {
	company, err := org.New(org.Config{Size: 50, Seed: seed})
	require.NoError(t, err)
	x, err := pbx.NewExchange(company)
	require.NoError(t, err)
	d, err := org.NewDay(company, org.DayConfig{Seed: seed, Mix: sim.DefaultMix(), Calls: n})
	require.NoError(t, err)
	s, err := sim.NewStream(sim.StreamConfig{Exchange: x, IDs: wire.Grammar2022, Seed: seed, Next: sim.Day(company, d, 0, 1)})
	require.NoError(t, err)
	for {
		d, ok := s.Next()
		truth = append(truth, s.Answers()...)
		if !ok {
			require.NoError(t, s.Err())
			return bodies, truth
		}
		bodies = append(bodies, wire.Append(nil, &d.Event))
	}
}

// TestCluster: two nodes take notifications of several tenants, two work on them, one
// of which leaves in the middle. Every call equals the answer key.
func TestCluster(t *testing.T) {
	c := newCrew(t)
	first := c.join("a", true, true)
	db := c.db()
	type account struct {
		store.Tenant
		bodies [][]byte
		truth  []*call.Call
	}
	var accounts []*account
	for i := range 6 {
		a := &account{Tenant: store.Tenant{Name: fmt.Sprintf("acme-%d", i), Scope: "account", Region: "US"}}
		require.NoError(t, db.AddTenant(t.Context(), &a.Tenant))
		a.bodies, a.truth = someCalls(t, 40, uint64(i+1))
		accounts = append(accounts, a)
	}
	require.NoError(t, first.Reload(t.Context()))
	second := c.join("b", true, true)
	takers := []http.Handler{first.Handler(), second.Handler()}
	var wg sync.WaitGroup
	for _, a := range accounts {
		wg.Go(func() {
			for i, body := range a.bodies {
				w := httptest.NewRecorder()
				r := httptest.NewRequest(http.MethodPost, "/webhooks/"+a.Name, bytes.NewReader(body))
				takers[i%2].ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					t.Errorf("answered %d: %s", w.Code, w.Body)
					return
				}
			}
		})
	}
	wg.Wait()
	time.Sleep(time.Second)
	second.close() // its partitions go to the other one
	for _, a := range accounts {
		require.Eventually(t, func() bool {
			_, settled, err := db.Counts(t.Context(), a.ID)
			open, _, _ := db.Counts(t.Context(), a.ID)
			n := 0
			_ = db.Each(t.Context(), a.ID, func(*store.Call) error { n++; return nil })
			return err == nil && open+settled == 0 && n >= len(a.truth)
		}, time.Minute, 200*time.Millisecond, a.Name)
		var answer []*call.Call
		require.NoError(t, db.Each(t.Context(), a.ID, func(k *store.Call) error {
			var g call.Call
			require.NoError(t, store.ReadGraph(k.Graph, &g))
			answer = append(answer, &g)
			return nil
		}))
		require.Empty(t, oracle.Exact(a.truth, answer), a.Name)
	}
}

// TestTwoClusters: a cluster does not take the database of another one, whose workers it
// would fence.
func TestTwoClusters(t *testing.T) {
	c := newCrew(t)
	c.join("a", true, true)
	other := &crew{t: t, lab: c.lab, dsn: c.dsn, prefix: c.prefix + "-other", dir: t.TempDir(), log: c.log}
	outbox, err := sqlite.OpenOutbox(t.Context(), filepath.Join(other.dir, "b.db"), 0, sqlite.Options{})
	require.NoError(t, err)
	defer outbox.Close()
	node, err := cluster.New(cluster.Config{URL: strings.Join(c.lab.URLs(), ","), Prefix: other.prefix, Name: "b", Worker: true, Partitions: crewPartitions,
		Lease: 4 * time.Second, Change: api.ChangeJSON, Outbox: outbox, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	defer node.Close()
	_, err = server.New(t.Context(), server.Options{Log: slog.New(slog.DiscardHandler), Engine: server.EngineDefaults(), Cluster: &server.Cluster{Node: node, Outbox: outbox, Ingest: true,
		Open: func(ctx context.Context, partitions int) (store.Shared, error) {
			return postgres.OpenShared(ctx, c.dsn, postgres.Options{Partitions: partitions, PartitionOf: func(id int64) int { return cluster.PartitionOf(id, partitions) }})
		}}})
	require.ErrorContains(t, err, "the database belongs to another cluster")
}

// TestEndsEmpty: a node that ends in order passes on what is in its outbox.
func TestEndsEmpty(t *testing.T) {
	c := newCrew(t)
	m := c.join("a", false, true)
	entries := make([]store.Entry, 5000)
	taken := make([]ingest.Taken, len(entries))
	for i := range entries {
		entries[i] = store.Entry{Tenant: 1, Received: 1, Body: fmt.Appendf(nil, "%01000d", i)}
	}
	require.NoError(t, m.outbox.Append(t.Context(), entries))
	for i := range entries {
		taken[i].Entry = entries[i]
	}
	m.node.Offer(taken)
	m.close()
	left, err := sqlite.Outboxed(t.Context(), filepath.Join(c.dir, "a.db"))
	require.NoError(t, err)
	require.Zero(t, left)
}
