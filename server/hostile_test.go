package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/server"
	"github.com/legworkhq/legwork/server/api"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/sqlite"
)

// rig is a server with options and a store of the test's own.
type rig struct {
	*server.Server
	db     *sqlite.DB
	tenant store.Tenant
	url    string
}

func openRig(t testing.TB, wrap func(*sqlite.DB) store.Store, change func(*server.Options)) *rig {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "legwork.db"), sqlite.Options{})
	require.NoError(t, err)
	r := &rig{db: db, tenant: store.Tenant{Name: "acme", Scope: "account", Region: "US"}}
	require.NoError(t, db.AddTenant(t.Context(), &r.tenant))
	sum := sha256.Sum256([]byte(officeToken))
	require.NoError(t, db.AddToken(t.Context(), store.Token{Name: "admin", Hash: sum[:], Role: store.RoleAdmin}))
	opt := server.Options{Store: db, Log: slog.New(slog.DiscardHandler), Engine: server.EngineDefaults()}
	if wrap != nil {
		opt.Store = wrap(db)
	}
	if change != nil {
		change(&opt)
	}
	r.Server, err = server.New(t.Context(), opt)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	r.url = "http://" + l.Addr().String()
	go r.Serve(l)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_ = r.Close(ctx)
		db.Close()
	})
	return r
}

func (r *rig) post(t testing.TB, body string) int {
	res, err := http.Post(r.url+"/webhooks/acme", "application/json", strings.NewReader(body))
	require.NoError(t, err)
	res.Body.Close()
	return res.StatusCode
}

func (r *rig) addr() string { return strings.TrimPrefix(r.url, "http://") }

// Clients that take their time are shown the door, and those that only sit there keep
// nobody out.
func TestSlowAndIdleClients(t *testing.T) {
	r := openRig(t, nil, func(o *server.Options) { o.Patience = 300 * time.Millisecond })
	for _, begin := range []string{"POST /webhooks/acme HTTP/1.1\r\nHost: x\r\nX-A: ", "POST /webhooks/acme HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"a\":"} {
		conn, err := net.Dial("tcp", r.addr())
		require.NoError(t, err)
		defer conn.Close()
		_, err = io.WriteString(conn, begin)
		require.NoError(t, err)
		began := time.Now()
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		text, _ := io.ReadAll(conn)
		require.Less(t, time.Since(began), 3*time.Second, "%q still waits: %s", begin, text)
		require.NotContains(t, string(text), "200 OK")
	}
	idle := 400
	if os.Getenv("LEGWORK_SOAK") != "" {
		idle = 10_000
	}
	for range idle {
		conn, err := net.Dial("tcp", r.addr())
		require.NoError(t, err)
		defer conn.Close()
	}
	require.Equal(t, 200, r.post(t, `{"some":"thing"}`))
}

func TestFloods(t *testing.T) {
	r := openRig(t, nil, nil)
	req, err := http.NewRequest("POST", r.url+"/webhooks/acme", strings.NewReader("{}"))
	require.NoError(t, err)
	for i := range 2000 {
		req.Header.Set(fmt.Sprint("X-Flood-", i), strings.Repeat("x", 50))
	}
	res, err := http.DefaultClient.Do(req)
	if err == nil { // or the connection is closed
		res.Body.Close()
		require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, res.StatusCode)
	}
	// A body of a gigabyte is refused before it is read.
	conn, err := net.Dial("tcp", r.addr())
	require.NoError(t, err)
	defer conn.Close()
	fmt.Fprintf(conn, "POST /webhooks/acme HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", 1<<30)
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	head := make([]byte, 12)
	_, err = io.ReadFull(conn, head)
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 413", string(head))
	require.Equal(t, 200, r.post(t, "{}"))
}

// A body that does not end, and does not say how long it is, is cut off at the limit.
func TestEndlessBody(t *testing.T) {
	r := openRig(t, nil, nil)
	conn, err := net.Dial("tcp", r.addr())
	require.NoError(t, err)
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	_, err = io.WriteString(conn, "POST /webhooks/acme HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
	require.NoError(t, err)
	sent := make(chan int, 1)
	go func() {
		chunk, n := []byte("10000\r\n"+strings.Repeat("x", 1<<16)+"\r\n"), 0
		for ; n < 1<<30; n += 1 << 16 {
			if _, err := conn.Write(chunk); err != nil {
				break
			}
		}
		sent <- n
	}()
	head := make([]byte, 12)
	_, err = io.ReadFull(conn, head)
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 413", string(head))
	require.Less(t, <-sent, 64<<20, "the connection ends")
	require.Equal(t, 200, r.post(t, "{}"))
}

// Names are what somebody else chose. In no format do they mean anything.
func TestHostileNames(t *testing.T) {
	o := openOffice(t)
	names := []string{evil, "'; DROP TABLE calls; --", "=HYPERLINK(\"http://x\")", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1+1)", "\"]; evil [URL=\"javascript:x\"", "A; p1->>p2: forged", "%%{init: {}}%%"}
	for i, name := range names {
		o.post(o.play("direct-inbound", time.Duration(20+i)*time.Minute, func(e *wire.Event) {
			for k := range e.Body.Parties {
				p := &e.Body.Parties[k]
				p.From.Name, p.To.Name = name, name
			}
		}))
	}
	for _, id := range o.settled(len(names)) {
		for _, format := range []string{"json", "text", "legs", "csv", "mermaid", "dot", "svg", "vcon", "otlp"} {
			a := o.api("GET", "/tenants/acme/calls/"+id+"?format="+format, "")
			require.Equal(t, 200, a.status)
			require.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
			require.Contains(t, a.header.Get("Content-Security-Policy"), "sandbox", "whoever opens it runs nothing")
			switch format {
			case "svg":
				require.NotRegexp(t, `(?i)<(script|img)|<[^>]* onerror=|javascript:[^&]*"`, a.body)
			case "mermaid":
				require.NotContains(t, a.body, "forged\n    ")
				require.NotContains(t, a.body, "%%{")
				require.NotRegexp(t, `[<>"]`, strings.NewReplacer("->>", "", "-->>", "").Replace(a.body))
			case "dot":
				require.NotRegexp(t, `[^\\]"\]; evil`, a.body)
			}
		}
	}
	rows, err := csv.NewReader(strings.NewReader(o.api("GET", "/tenants/acme/export?what=legs", "").body)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1+2*len(names))
	for _, row := range rows {
		for _, cell := range row {
			require.NotRegexp(t, `^\s*[=@+-]`, strings.TrimPrefix(cell, "+1"), "%q", cell)
		}
	}
	require.Len(t, o.ids("?q=drop%20table"), 1)
	require.Len(t, o.ids("?q=%27%3B%20DROP%20TABLE%20calls%3B%20--"), 1)
}

// A clock that runs backwards makes no time run backwards.
func TestClockRunsBackwards(t *testing.T) {
	var offset atomic.Int64
	r := openRig(t, nil, func(o *server.Options) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
	})
	o := &office{t: t}
	bodies := o.play("attended-transfer", time.Hour, nil)
	for i, b := range bodies {
		offset.Store(int64(time.Duration(-i) * time.Hour))
		require.Equal(t, 200, r.post(t, string(b)))
	}
	var entries []store.Entry
	require.Eventually(t, func() bool {
		var err error
		entries, err = r.db.Entries(t.Context(), r.tenant.ID, 0, 100)
		return err == nil && len(entries) == len(bodies)
	}, 5*time.Second, time.Millisecond)
	last := call.Time(0)
	for _, e := range entries {
		require.GreaterOrEqual(t, e.Received, last)
		last = e.Received
	}
	require.Eventually(t, func() bool {
		found, _, err := r.db.Search(t.Context(), r.tenant.ID, store.Query{Link: call.TransferAttended, Limit: 5})
		return err == nil && len(found) == 1
	}, 5*time.Second, 10*time.Millisecond)
}

// broken is a store of which writes fail as told.
type broken struct {
	*sqlite.DB
	err atomic.Pointer[error]
}

func (b *broken) Write(ctx context.Context, e []store.Entry) error {
	if err := b.err.Load(); err != nil {
		return *err
	}
	return b.DB.Write(ctx, e)
}

func (b *broken) Spool(ctx context.Context, e []store.Entry) (uint64, error) {
	if err := b.err.Load(); err != nil {
		return 0, *err
	}
	return b.DB.Spool(ctx, e)
}

func (b *broken) Place(ctx context.Context, e []store.Entry, upTo uint64) error {
	if err := b.err.Load(); err != nil {
		return *err
	}
	return b.DB.Place(ctx, e, upTo)
}

func (b *broken) Apply(ctx context.Context, u *store.Update) (int64, error) {
	if err := b.err.Load(); err != nil {
		return 0, *err
	}
	return b.DB.Apply(ctx, u)
}

// While the disk is full or read-only nothing is answered 200; when it is mended, all
// goes on, and nothing that was answered is missing.
func TestDiskTrouble(t *testing.T) {
	b := &broken{}
	r := openRig(t, func(db *sqlite.DB) store.Store { b.DB = db; return b }, nil)
	status := func(path string) int {
		res, err := http.Get(r.url + path)
		require.NoError(t, err)
		res.Body.Close()
		return res.StatusCode
	}
	o := &office{t: t}
	bodies := o.play("attended-transfer", time.Hour, nil)
	require.Equal(t, 200, status("/readyz"))
	for i, body := range bodies {
		for _, trouble := range []error{store.ErrFull, store.ErrReadOnly, store.ErrCorrupt}[:i%4] {
			b.err.Store(&trouble)
			require.Equal(t, 503, r.post(t, string(body)))
			require.Equal(t, 503, status("/readyz"))
			require.Equal(t, 200, status("/healthz"))
			b.err.Store(nil)
		}
		require.Equal(t, 200, r.post(t, string(body)))
		require.Equal(t, 200, status("/readyz"))
	}
	require.Eventually(t, func() bool {
		found, _, err := r.db.Search(t.Context(), r.tenant.ID, store.Query{Link: call.TransferAttended, Limit: 5})
		return err == nil && len(found) == 1
	}, 5*time.Second, 10*time.Millisecond)
}

// Metrics are for those who may see all tenants.
func TestMetrics(t *testing.T) {
	o := openOffice(t)
	o.post(o.play("attended-transfer", time.Hour, nil))
	o.post([][]byte{[]byte("garbage")})
	o.settled(1)
	a := o.do("GET", "/metrics", officeToken, "")
	require.Equal(t, 200, a.status)
	for _, line := range []string{`legwork_events_total{fate="undecodable",tenant="acme"} 1`, `legwork_subscription_state{state="ok",tenant="acme"} 1`, "legwork_commit_seconds_count", "legwork_disk_free_bytes", "legwork_notices{state=\"waiting\"} 0"} {
		require.Contains(t, a.body, line)
	}
	require.NotContains(t, a.body, "404555")
	require.Equal(t, 401, o.do("GET", "/metrics", "", "").status)
	made := o.api("POST", "/tokens", `{"name":"one","role":"read","tenant":"acme"}`)
	require.Equal(t, 403, o.do("GET", "/metrics", strings.Split(made.body, `"`)[3], "").status)
}

// removing is a store in which something happens just before entries are written.
type removing struct {
	*sqlite.DB
	before func()
}

// Free has nothing spooled.
func (*removing) Free() bool { return true }

func (r *removing) Write(ctx context.Context, e []store.Entry) error {
	if f := r.before; f != nil {
		r.before = nil
		f()
	}
	return r.DB.Write(ctx, e)
}

// A tenant is removed while a notification of theirs is on its way to the disk.
func TestRemovedUnderWay(t *testing.T) {
	db := &removing{}
	r := openRig(t, func(d *sqlite.DB) store.Store { db.DB = d; return db }, nil)
	o := &office{t: t, url: r.url}
	for _, path := range []string{"/webhooks/acme", api.Prefix + "/tenants/acme/events"} {
		db.before = func() { require.Equal(t, 204, o.api("DELETE", "/tenants/acme", "").status) }
		require.Equal(t, 404, o.do("POST", path, officeToken, `{"a":1}`).status)
		stats, err := r.db.Stats(t.Context())
		require.NoError(t, err)
		require.Zero(t, stats.Entries)
		require.Equal(t, 404, o.do("POST", path, officeToken, `{"a":1}`).status)
		require.Equal(t, 201, o.api("POST", "/tenants", `{"name":"acme","open":true}`).status)
		require.Equal(t, 200, o.do("POST", path, officeToken, `{"a":1}`).status)
		require.Equal(t, 200, o.do("POST", path, officeToken, `{"a":1}`).status, "a duplicate")
	}
}

// silent is a store that answers nothing that a scrape asks.
type silent struct{ *sqlite.DB }

func (silent) Stats(context.Context) (store.Stats, error) { return store.Stats{}, store.ErrUnreachable }

func (silent) Counts(context.Context, int64) (int64, int64, error) { return 0, 0, store.ErrUnreachable }

// What the database does not tell is not known; that it does not, is.
func TestMetricsWithoutDatabase(t *testing.T) {
	r := openRig(t, func(db *sqlite.DB) store.Store { return silent{db} }, nil)
	o := &office{t: t, url: r.url}
	var a answer
	for range 2 {
		a = o.do("GET", "/metrics", officeToken, "")
		require.Equal(t, 200, a.status)
		for _, unknown := range []string{"database_bytes", "notices", "calls"} {
			require.NotContains(t, a.body, "\nlegwork_"+unknown)
		}
		require.Contains(t, a.body, `legwork_journal_lag_events{tenant="acme"} 0`)
	}
	require.Regexp(t, `\nlegwork_database_unanswered_total [12]\n`, a.body)
}

// FuzzHandler posts whatever it likes at the server: nothing makes it panic, and what is
// answered 200 at the webhook is in the journal.
func FuzzHandler(f *testing.F) {
	r := openRig(f, nil, nil)
	h := r.Handler()
	f.Add("POST", "/webhooks/acme", "Verification-Token", "x", []byte(`{"a":1}`))
	f.Add("POST", "/webhooks/acme", "Content-Encoding", "gzip", []byte("\x1f\x8b\x08"))
	f.Add("POST", "/webhooks/acme", "Validation-Token", "x", []byte{})
	f.Add("GET", "/api/v1/tenants/acme/calls?q=%00&limit=1", "Authorization", "Bearer "+officeToken, []byte{})
	f.Add("POST", "/api/v1/tenants/acme/events", "Authorization", "Bearer "+officeToken, []byte("[{},1,\"x\"]"))
	f.Add("GET", "/api/v1/tenants/acme/calls/..%2f..", "Cookie", "legwork_token="+officeToken, []byte{})
	f.Add("PATCH", "/api/v1/tenants/acme", "Authorization", "Bearer "+officeToken, []byte(`{"region":"DE","notices":{"url":"https://x/"}}`))
	f.Fuzz(func(t *testing.T, method, path, header, value string, body []byte) {
		if strings.Contains(path, "/changes") || strings.Contains(path, "backup") || method == "DELETE" {
			return // a stream; a copy of the database; the end of the tenant
		}
		req, err := http.NewRequest(method, "http://x"+path, bytes.NewReader(body))
		if err != nil {
			return
		}
		req.Header[http.CanonicalHeaderKey(header)] = []string{value}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req.WithContext(ctx))
		if w.Code < 200 || w.Code >= 500 && w.Code != 503 {
			t.Fatalf("%s %q: %d %s", method, path, w.Code, w.Body)
		}
		if path != "/webhooks/acme" || w.Code != 200 || len(body) == 0 || header == "Content-Encoding" {
			return
		}
		entries, err := r.db.Entries(t.Context(), r.tenant.ID, 0, 1_000_000)
		require.NoError(t, err)
		for _, e := range entries {
			if bytes.Equal(e.Body, body) {
				return
			}
		}
		t.Fatalf("answered 200 and not in the journal: %q", body)
	})
}
