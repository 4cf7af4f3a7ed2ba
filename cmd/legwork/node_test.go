package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/internal/natslab"
	"github.com/legworkhq/legwork/server/store/storetest"
)

// TestNodeNotLetIn: a wrong password keeps a new node from starting, and not one that was
// part of the cluster: what it takes waits.
func TestNodeNotLetIn(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: a cluster takes long")
	}
	dsn := storetest.EmptySchema(t)
	right := strings.Join(natslab.Start(t, natslab.Options{User: "legwork", Password: "right"}).URLs(), ",")
	wrong := strings.ReplaceAll(right, ":right@", ":wrong@")
	h := &house{t, t.TempDir()}
	serve := func(node, servers string) []string {
		return []string{"serve", "--data", node, "--listen", "127.0.0.1:0", "--store", dsn, "--cluster", servers, "--cluster-partitions", "4", "--open"}
	}
	out, status := h.said(serve("new", wrong)...)
	require.Equal(t, exitUnreadable, status)
	require.Contains(t, out, "does not let us in")

	p := startServer(t, filepath.Join(h.dir, "node"), freePort(t), serve("", right)[5:]...)
	require.Eventually(t, func() bool { return strings.Contains(h.ok("tenants", "list", "--data", "node"), "main") }, time.Minute, 100*time.Millisecond)
	p.kill()
	port := freePort(t)
	p = startServer(t, filepath.Join(h.dir, "node"), port, serve("", wrong)[5:]...)
	body, _, _ := strings.Cut(string(warmTransfer), "\n")
	res, err := http.Post("http://127.0.0.1:"+port+"/webhooks/main", "application/json", strings.NewReader(body))
	require.NoError(t, err)
	res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
	time.Sleep(3 * time.Second) // it says so after one
	p.kill()
	require.Contains(t, p.out.String(), "what this node takes waits in its outbox until NATS lets it in")

	startServer(t, filepath.Join(h.dir, "node"), freePort(t), serve("", right)[5:]...)
	require.Eventually(t, func() bool {
		return strings.Contains(h.ok("export", "--what", "events", "--data", "node"), "telephonySessionId")
	}, time.Minute, 100*time.Millisecond)
}
