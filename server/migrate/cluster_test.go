package migrate_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/internal/natslab"
	"github.com/legworkhq/legwork/server"
	"github.com/legworkhq/legwork/server/api"
	"github.com/legworkhq/legwork/server/cluster"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/postgres"
	"github.com/legworkhq/legwork/server/store/sqlite"
)

func TestMain(m *testing.M) { os.Exit(natslab.Main(m)) }

// nodeOn runs the one node of a cluster on a database that it shares with nobody.
func nodeOn(t *testing.T, p *place, at float64) (s *server.Server, end func()) {
	t.Helper()
	outbox, err := sqlite.OpenOutbox(t.Context(), filepath.Join(t.TempDir(), "outbox.db"), 0, sqlite.Options{})
	require.NoError(t, err)
	node, err := cluster.New(cluster.Config{URL: strings.Join(natslab.Shared(t).URLs(), ","), Prefix: fmt.Sprintf("t%d", time.Now().UnixNano()), Name: "a", Worker: true, Partitions: p.partitions,
		Lease: 4 * time.Second, Change: api.ChangeJSON, Outbox: outbox, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	o := options(nil, at)
	o.Cluster = &server.Cluster{Node: node, Outbox: outbox, Ingest: true, Open: func(ctx context.Context, partitions int) (store.Shared, error) {
		return postgres.OpenShared(ctx, p.dsn, postgres.Options{Partitions: partitions, PartitionOf: func(id int64) int { return cluster.PartitionOf(id, partitions) }})
	}}
	s, err = server.New(t.Context(), o)
	require.NoError(t, err)
	closed := ending(s)
	end = sync.OnceFunc(func() {
		closed()
		node.Close()
		_ = outbox.Close()
	})
	t.Cleanup(end)
	return s, end
}

// TestGoesOnInCluster: a cluster goes on where a single server ended, and a single server
// where that ends.
func TestGoesOnInCluster(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: a cluster takes long")
	}
	desk := newTold(t)
	file, w := filledFile(t, desk.URL)
	shared, back := inPostgres(t, 8), inFile(t)
	move(t, file, shared)
	s, end := nodeOn(t, shared, afterRest)
	db := shared.store(t)
	goesOn(t, s, db, w, desk)
	require.NoError(t, db.Close())
	end()
	before := len(desk.messages())
	move(t, shared, back)
	db = back.store(t)
	s, end = serverOn(t, db, afterRest+60)
	defer end()
	sameWhenRebuilt(t, s, w)
	awaited(t, desk, before)
}
