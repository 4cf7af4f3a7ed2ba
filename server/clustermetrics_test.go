package server_test

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server"
	"github.com/legworkhq/legwork/server/api"
	"github.com/legworkhq/legwork/server/cluster"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/sqlite"
)

// A node that starts while the shared database and NATS are away shows its metrics to who
// might see them before, takes notifications, and does not wait for long first.
func TestClusterMetricsWithoutDatabase(t *testing.T) {
	c := newCrew(t)
	first := c.join("a", true, true)
	hash := sha256.Sum256([]byte("secret"))
	require.NoError(t, c.db().AddToken(t.Context(), store.Token{Name: "grafana", Hash: hash[:], Role: store.RoleRead}))
	require.NoError(t, c.db().AddTenant(t.Context(), &store.Tenant{Name: "main", Scope: "account", Region: "US"}))
	require.NoError(t, first.Reload(t.Context()))
	first.close()

	outbox, err := sqlite.OpenOutbox(t.Context(), filepath.Join(c.dir, "a.db"), 0, sqlite.Options{})
	require.NoError(t, err)
	defer outbox.Close()
	log := slog.New(slog.NewTextHandler(c, nil))
	node, err := cluster.New(cluster.Config{URL: "nats://127.0.0.1:1", Prefix: c.prefix, Name: "a", Worker: true, Takes: true, Partitions: crewPartitions, Change: api.ChangeJSON, Outbox: outbox, Log: log})
	require.NoError(t, err)
	defer node.Close()
	began := time.Now()
	s, err := server.New(t.Context(), server.Options{Log: log, Engine: server.EngineDefaults(), Cluster: &server.Cluster{Node: node, Outbox: outbox, Ingest: true,
		Open: func(context.Context, int) (store.Shared, error) { return nil, store.ErrUnreachable }}})
	require.NoError(t, err)
	defer s.Close(t.Context())
	require.Less(t, time.Since(began), 3*time.Second, "RingCentral waits no longer")

	ask := func(method, path, token string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest(method, path, strings.NewReader("{}"))
		r.Header.Set("Authorization", "Bearer "+token)
		s.Handler().ServeHTTP(w, r)
		return w
	}
	require.Equal(t, http.StatusUnauthorized, ask("GET", "/metrics", "guess").Code)
	require.Equal(t, http.StatusOK, ask("POST", "/webhooks/main", "").Code)
	w := ask("GET", "/metrics", "secret")
	require.Equal(t, http.StatusOK, w.Code)
	require.Contains(t, w.Body.String(), "\nlegwork_cluster_connected 0\n")
	require.Contains(t, w.Body.String(), "\nlegwork_cluster_partitions{state=\"all\"} 8\n")
	require.Eventually(t, func() bool { // it is answered when it is on disk, and counted a moment later
		return strings.Contains(ask("GET", "/metrics", "secret").Body.String(), "\nlegwork_outbox_events 1\n")
	}, 5*time.Second, time.Millisecond)
}
