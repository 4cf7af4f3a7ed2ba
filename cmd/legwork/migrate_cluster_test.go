package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/internal/natslab"
	"github.com/legworkhq/legwork/server/store/storetest"
)

// TestMigrateDrains: what NATS has and the database has not is not forgotten.
func TestMigrateDrains(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: a cluster takes long")
	}
	dsn := storetest.EmptySchema(t)
	servers := strings.Join(natslab.Start(t, natslab.Options{}).URLs(), ",")
	h := &house{t, t.TempDir()}
	node := filepath.Join(h.dir, "node")
	flags := []string{"--store", dsn, "--cluster", servers, "--cluster-partitions", "4"}
	startServer(t, node, freePort(t), flags...).kill()

	nc, err := nats.Connect(servers)
	require.NoError(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), "legwork.in.1", warmTransfer[:strings.IndexByte(string(warmTransfer), '\n')])
	require.NoError(t, err)
	move := []string{"migrate", "--from", dsn, "--to", "back", "--cluster", servers}
	out, status := h.said(move...)
	require.Equal(t, exitUnreadable, status)
	require.Contains(t, out, "NATS holds notifications of 1 partitions that are not in the database yet: start a node")

	p := startServer(t, node, freePort(t), flags...)
	require.Eventually(t, func() bool {
		return strings.Contains(h.ok("export", "--what", "events", "--data", "node"), "telephonySessionId")
	}, time.Minute, 100*time.Millisecond)
	out, status = h.said(move...)
	require.Equal(t, exitUnreadable, status)
	require.Contains(t, out, "servers of a cluster; stop it")
	p.kill()
	require.Contains(t, h.ok(move...), "1 notifications")
}
