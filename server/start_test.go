package server_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server"
	"github.com/legworkhq/legwork/server/notice"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/sqlite"
)

// slow is a store that takes long to say who the tenants are.
type slow struct{ store.Store }

// Tenants implements store.Directory.
func (s slow) Tenants(ctx context.Context) ([]store.Tenant, error) {
	time.Sleep(300 * time.Millisecond)
	return s.Store.Tenants(ctx)
}

// TestNoticesWaitForTenants: a notice that waits when the server starts is sent.
func TestNoticesWaitForTenants(t *testing.T) {
	var sent atomic.Int64
	desk := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { sent.Add(1) }))
	defer desk.Close()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "legwork.db"), sqlite.Options{})
	require.NoError(t, err)
	defer db.Close()
	tenant := store.Tenant{Name: "acme", Scope: "account", NoticeURL: desk.URL, NoticeSecret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
	require.NoError(t, db.AddTenant(t.Context(), &tenant))
	require.NoError(t, db.Enqueue(t.Context(), store.Notice{Tenant: tenant.ID, ID: "msg_1", Kind: "call.final", Body: []byte("{}"), Created: 1, Next: 1}))
	s, err := server.New(t.Context(), server.Options{Store: slow{db}, Log: slog.New(slog.DiscardHandler), Engine: server.EngineDefaults(),
		Notices: notice.Config{Targets: notice.Targets{Private: true, HTTP: true}}})
	require.NoError(t, err)
	defer func() { _ = s.Close(context.Background()) }()
	require.Eventually(t, func() bool { return sent.Load() == 1 }, 10*time.Second, 10*time.Millisecond)
	dead, err := db.Dead(t.Context(), tenant.ID, 0, 10)
	require.NoError(t, err)
	require.Empty(t, dead)
}
