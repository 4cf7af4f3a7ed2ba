package migrate_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server"
	"github.com/legworkhq/legwork/server/cluster"
	"github.com/legworkhq/legwork/server/notice"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/postgres"
	"github.com/legworkhq/legwork/server/store/sqlite"
	"github.com/legworkhq/legwork/server/store/storetest"
	"github.com/legworkhq/legwork/sim"
)

// place is where a store is.
type place struct {
	name string
	// How it is opened: to be moved, to be filled, to be served.
	openOrigin func(ctx context.Context) (store.Origin, error)
	openTarget func(ctx context.Context) (store.Target, error)
	openStore  func(ctx context.Context) (store.Store, error)
	// dsn and partitions are those of a PostgreSQL database.
	dsn        string
	partitions int
}

func opened[T io.Closer](t testing.TB, open func(ctx context.Context) (T, error)) T {
	t.Helper()
	v, err := open(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { v.Close() })
	return v
}

func (p *place) origin(t testing.TB) store.Origin { t.Helper(); return opened(t, p.openOrigin) }
func (p *place) target(t testing.TB) store.Target { t.Helper(); return opened(t, p.openTarget) }
func (p *place) store(t testing.TB) store.Store   { t.Helper(); return opened(t, p.openStore) }

func inFile(t testing.TB) *place { return at(filepath.Join(t.TempDir(), "legwork.db")) }

func at(path string) *place {
	return &place{name: "file", partitions: 1,
		openOrigin: func(ctx context.Context) (store.Origin, error) { return sqlite.OpenOrigin(ctx, path) },
		openTarget: func(ctx context.Context) (store.Target, error) { return sqlite.OpenTarget(ctx, path) },
		openStore:  func(ctx context.Context) (store.Store, error) { return sqlite.Open(ctx, path, sqlite.Options{}) },
	}
}

// few lets a database have few connections.
func few(partitions int) postgres.Options {
	return postgres.Options{Connections: 2, Partitions: partitions, PartitionOf: func(id int64) int { return cluster.PartitionOf(id, partitions) }}
}

// inPostgres is a database of one server, or with several partitions one of a cluster.
func inPostgres(t testing.TB, partitions int) *place {
	dsn := storetest.EmptySchema(t)
	return &place{name: fmt.Sprint("postgres ", partitions), partitions: partitions, dsn: dsn,
		openOrigin: func(ctx context.Context) (store.Origin, error) {
			return postgres.OpenOrigin(ctx, dsn, few(0), cluster.PartitionOf)
		},
		openTarget: func(ctx context.Context) (store.Target, error) {
			return postgres.OpenTarget(ctx, dsn, few(partitions), cluster.PartitionOf)
		},
		openStore: func(ctx context.Context) (store.Store, error) {
			if partitions == 1 {
				return postgres.Open(ctx, dsn, few(0))
			}
			return postgres.OpenShared(ctx, dsn, few(partitions))
		}}
}

// told is an integrator's webhook.
type told struct {
	*httptest.Server
	mu  sync.Mutex
	all []message
}

// message is one that came.
type message struct {
	ID   string
	Type string
	Call call.SessionID
}

func newTold(t testing.TB) *told {
	d := &told{}
	d.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var n struct {
			Type string
			Data struct{ Call struct{ ID call.SessionID } }
		}
		_ = json.NewDecoder(r.Body).Decode(&n)
		d.mu.Lock()
		defer d.mu.Unlock()
		d.all = append(d.all, message{r.Header.Get(notice.HeaderID), n.Type, n.Data.Call.ID})
	}))
	t.Cleanup(d.Close)
	return d
}

// messages are those that came, each once: one may be sent twice.
func (d *told) messages() (out []message) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, m := range d.all {
		if !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// serverOn runs a server on a store that nobody else has, when it is so many seconds after
// sim.Start.
func serverOn(t testing.TB, db store.Store, at float64) (s *server.Server, end func()) {
	t.Helper()
	s, err := server.New(t.Context(), options(db, at))
	require.NoError(t, err)
	return s, ending(s)
}

func options(db store.Store, at float64) server.Options {
	began := time.Now()
	engine := server.EngineDefaults()
	engine.Quiet, engine.PeerWait = time.Second, 2*time.Second
	return server.Options{Store: db, Log: slog.New(slog.DiscardHandler), Engine: engine,
		Now:     func() time.Time { return moment(at).Std().Add(time.Since(began)) },
		Notices: notice.Config{First: 50 * time.Millisecond, Targets: notice.Targets{Private: true, HTTP: true}}}
}

func ending(s *server.Server) func() {
	return sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_ = s.Close(ctx)
	})
}

// world is what fill makes.
type world struct {
	acme, beta int64
	// rest are the notifications that end the call that is open.
	rest [][]byte
	open call.SessionID
	// more is a notification of a call that is final, which changes it.
	more    [][]byte
	revised call.SessionID
}

// moment is so many seconds after sim.Start.
func moment(at float64) call.Time { return call.Time(sim.Start) + call.Time(at*1000) }

func bodies(entries []store.Entry) (out [][]byte) {
	for i := range entries {
		out = append(out, entries[i].Body)
	}
	return out
}

var (
	fillOnce sync.Once
	filled   *world
	full     []byte // the file
)

// filledFile is a file with something of every kind, as servers made it, whose tenant acme
// tells a URL.
func filledFile(t testing.TB, url string) (*place, *world) {
	t.Helper()
	fillOnce.Do(func() {
		path := filepath.Join(t.TempDir(), "legwork.db")
		db := at(path).store(t)
		w := fill(t, db)
		require.NoError(t, db.Close())
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		filled, full = w, text
	})
	require.NotNil(t, filled)
	path := filepath.Join(t.TempDir(), "legwork.db")
	require.NoError(t, os.WriteFile(path, full, 0o600))
	db := at(path).store(t)
	tenants, err := db.Tenants(t.Context())
	require.NoError(t, err)
	tenants[0].NoticeURL, tenants[0].NoticeSecret = url, secret
	require.NoError(t, db.ChangeTenant(t.Context(), tenants[0]))
	require.NoError(t, db.Close())
	return at(path), filled
}

// fill makes what filledFile has.
func fill(t testing.TB, db store.Store) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{acme: tenant(t, db, store.Tenant{Name: "acme", Scope: "account", Region: "US", TokenHash: hash("v"), NoticeKinds: []string{"call.final", "call.revised"}})}
	gone := tenant(t, db, store.Tenant{Name: "gone", Scope: "account"})
	w.beta = tenant(t, db, store.Tenant{Name: "beta", Scope: "extension", Region: "DE", Configured: true})
	last := tenant(t, db, store.Tenant{Name: "last", Scope: "account"})
	for _, k := range []store.Token{{Name: "admin", Hash: hash("a"), Role: store.RoleAdmin, Created: 5}, {Name: "crm", Hash: hash("c"), Role: store.RoleRead, Tenant: w.beta, Created: 6}} {
		require.NoError(t, db.AddToken(ctx, k))
	}
	s, end := serverOn(t, db, 41*60)
	defer end()
	open := storetest.Entries(t, 0, "direct-inbound", 40)
	w.open, w.rest = call.SessionID(open[0].Session), bodies(open[len(open)-2:])
	hold := storetest.Entries(t, 0, "hold", 20)
	w.revised = call.SessionID(hold[0].Session)
	w.more, hold = bodies(hold[2:3]), append(hold[:2:2], hold[3:]...)
	for i, name := range []string{"attended-transfer", "missed", "conference", "park", "attended-transfer-three-deep", "queue"} {
		ingest(t, s, w.acme, bodies(storetest.Entries(t, 0, name, i)))
		ingest(t, s, w.beta, bodies(storetest.Entries(t, 0, name, i)))
	}
	ingest(t, s, w.beta, bodies(storetest.Entries(t, 0, "direct-outbound", 12)))
	ingest(t, s, gone, bodies(storetest.Entries(t, 0, "missed", 9)))
	ingest(t, s, w.acme, [][]byte{[]byte("garbage \x00\xff"), []byte(`{"uuid":"x"}`), []byte("é no JSON")})
	ingest(t, s, w.acme, bodies(hold))
	ingest(t, s, w.acme, bodies(open[:len(open)-2]))
	ingest(t, s, w.beta, bodies(storetest.Entries(t, 0, "internal", 39)[:3]))
	require.Eventually(t, func() bool {
		a, err := db.Unfinished(ctx, w.acme)
		b, failed := db.Unfinished(ctx, w.beta)
		return err == nil && failed == nil && len(a) == 1 && len(b) == 1
	}, 30*time.Second, 50*time.Millisecond)
	time.Sleep(2500 * time.Millisecond) // what came late is final for the engine too
	ended := storetest.Graph(t, "direct-outbound", 12)
	r, err := s.Purge(ctx, w.beta, ended.Legs[len(ended.Legs)-1].To.Number)
	require.NoError(t, err)
	require.EqualValues(t, 1, r.Calls)
	end()
	require.NoError(t, db.RemoveTenant(ctx, gone))
	require.NoError(t, db.RemoveTenant(ctx, last))
	letters(t, db, w)
	return w
}

// letters makes notices that wait, of which some were tried, and dead ones.
func letters(t testing.TB, db store.Store, w *world) {
	ctx := t.Context()
	for i := range 3 {
		for _, c := range []call.SessionID{"s-a", "s-b", ""} {
			require.NoError(t, db.Enqueue(ctx, store.Notice{Tenant: w.acme, ID: fmt.Sprint("msg_", c, i), Kind: "call.updated", Call: c, Revision: i, Body: fmt.Appendf(nil, `{"call":%q,"n":%d}`, c, i), Created: 10, Next: moment(41 * 60)}))
		}
	}
	due, err := db.Due(ctx, 1<<60, 100)
	require.NoError(t, err)
	for _, n := range due {
		switch n.ID {
		case "msg_s-a0":
			require.NoError(t, db.Failed(ctx, n.Seq, moment(41*60+1), "it answered 500", false))
		case "msg_s-b0":
			require.NoError(t, db.Failed(ctx, n.Seq, 90, "it answered 410 Gone", true))
		}
	}
}

func hash(s string) []byte {
	h := sha256.Sum256([]byte(s))
	return h[:]
}

func tenant(t testing.TB, db store.Store, n store.Tenant) int64 {
	require.NoError(t, db.AddTenant(t.Context(), &n))
	return n.ID
}

func ingest(t testing.TB, s *server.Server, tenant int64, bodies [][]byte) {
	t.Helper()
	_, err := s.Ingest(t.Context(), tenant, bodies)
	require.NoError(t, err)
}
