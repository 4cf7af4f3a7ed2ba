package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// testWebhook is a receiver for tests. The zero one does all right.
type testWebhook struct {
	fail   int    // so many deliveries fail, with status
	status int    // of a failure
	bad    bool   // fail the handshake too, while deliveries fail
	hang   bool   // instead of failing with a status
	noEcho bool   // forget the header in the handshake
	token  string // refuse deliveries without it
	header string // that carries it

	mu     sync.Mutex
	bodies bytes.Buffer
	count  int
	seen   func(count int)
}

func (h *testWebhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	token := r.Header.Get("Validation-Token")
	handshake := len(body) == 0 && token != ""
	if h.failing(handshake, body) {
		if h.hang {
			<-r.Context().Done()
			return
		}
		w.WriteHeader(h.status)
		return
	}
	if !handshake && h.token != "" && r.Header.Get(h.header) != h.token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if handshake && !h.noEcho {
		w.Header().Set("Validation-Token", token)
	}
}

// failing notes the request and reports whether it fails.
func (h *testWebhook) failing(handshake bool, body []byte) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if handshake {
		return h.bad && h.count < h.fail
	}
	h.count++
	h.bodies.Write(append(body, '\n'))
	if h.seen != nil {
		h.seen(h.count)
	}
	return h.count <= h.fail
}

func (h *testWebhook) flags() *flag.FlagSet {
	fs := flag.NewFlagSet("webhook", flag.ContinueOnError)
	fs.IntVar(&h.fail, "fail", 0, "")
	fs.IntVar(&h.status, "status", 500, "")
	fs.BoolVar(&h.bad, "bad", false, "")
	fs.BoolVar(&h.hang, "hang", false, "")
	fs.BoolVar(&h.noEcho, "no-echo", false, "")
	fs.StringVar(&h.token, "token", "", "")
	fs.StringVar(&h.header, "header", "Verification-Token", "")
	return fs
}

// webhooks are the receivers of the scripts that run, by their URL.
var webhooks sync.Map

// startWebhook [-fail N] [-status CODE] [-bad] [-hang] [-no-echo] [-token T] [-header H]
// starts a receiver and puts its address into $URL.
func startWebhook(ts *testscript.TestScript, _ bool, args []string) {
	h := &testWebhook{}
	ts.Check(h.flags().Parse(args))
	s := httptest.NewServer(h)
	ts.Defer(s.Close)
	webhooks.Store(s.URL, h)
	ts.Setenv("URL", s.URL)
}

// wantDelivered FILE writes to FILE what the receiver got, one body a line;
// delivered -wait N waits until it got so many.
func wantDelivered(ts *testscript.TestScript, _ bool, args []string) {
	v, _ := webhooks.Load(ts.Getenv("URL"))
	h := v.(*testWebhook)
	if args[0] != "-wait" {
		h.mu.Lock()
		defer h.mu.Unlock()
		ts.Check(os.WriteFile(ts.MkAbs(args[0]), h.bodies.Bytes(), 0o600))
		return
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		h.mu.Lock()
		n := h.count
		h.mu.Unlock()
		switch {
		case n >= number(ts, args[1]):
			return
		case time.Now().After(deadline):
			ts.Fatalf("%d delivered, want %s", n, args[1])
		}
	}
}

// command runs a command line in this process.
func command(t *testing.T, ctx context.Context, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	dir := t.TempDir()
	file := func(name string) *os.File {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_RDWR, 0o600)
		require.NoError(t, err)
		t.Cleanup(func() { f.Close() })
		return f
	}
	text := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		return string(b)
	}
	status = run(ctx, args, stdio{file("in"), file("out"), file("err")})
	return status, text("out"), text("err")
}

func TestReplayIsInterruptedAndGoesOn(t *testing.T) {
	h := &testWebhook{}
	s := httptest.NewServer(h)
	defer func() { s.Close(); goleak.VerifyNone(t) }()
	dir := t.TempDir()
	events, state := filepath.Join(dir, "events.ndjson"), filepath.Join(dir, "state")
	require.NoError(t, os.WriteFile(events, warmTransfer, 0o600))

	ctx, cancel := context.WithCancel(t.Context())
	h.seen = func(n int) {
		if n == 5 {
			cancel()
		}
	}
	got, _, stderr := command(t, ctx, "replay", events, "--to", s.URL, "--rate", "1000/s", "--resume", state)
	require.Equal(t, exitInterrupted, got, stderr)
	require.Contains(t, stderr, "interrupted: 5 sent: 5 answered 200")
	require.Contains(t, stderr, "stopped after line 5 of "+events+"; to go on there, run the same command again, with --resume "+state)

	got, _, stderr = command(t, t.Context(), "replay", events, "--to", s.URL, "--rate", "1000/s", "--resume", state)
	require.Equal(t, exitOK, got, stderr)
	require.Contains(t, stderr, "going on after line 5")
	require.Contains(t, stderr, "13 sent: 13 answered 200")
	require.Equal(t, string(warmTransfer), h.bodies.String(), "every line once, in order")
}

func TestReplayInterruptedBeforeTheFirst(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer func() { s.Close(); goleak.VerifyNone(t) }()
	events := filepath.Join(t.TempDir(), "events.ndjson")
	require.NoError(t, os.WriteFile(events, warmTransfer, 0o600))
	got, _, stderr := command(t, ctx, "replay", events, "--to", s.URL)
	require.Equal(t, exitInterrupted, got)
	require.Equal(t, "legwork: interrupted before anything was sent\n", stderr)
}

func TestReplayInRealtimeTakesItsTime(t *testing.T) {
	s := httptest.NewServer(&testWebhook{})
	defer s.Close()
	events := filepath.Join(t.TempDir(), "events.ndjson")
	lines := strings.SplitAfter(string(warmTransfer), "\n")[:2] // stamped 7.490 and 7.531
	require.NoError(t, os.WriteFile(events, []byte(strings.Join(lines, "")), 0o600))
	start := time.Now()
	got, _, stderr := command(t, t.Context(), "replay", events, "--to", s.URL, "--rate", "realtime", "--speed", "0.5x")
	require.Equal(t, exitOK, got, stderr)
	require.GreaterOrEqual(t, time.Since(start), 82*time.Millisecond)
}

// A journal that cannot be written any more ends the run.
func TestReplayStopsWhenItsStateCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	events, place := filepath.Join(dir, "events.ndjson"), filepath.Join(dir, "place")
	require.NoError(t, os.WriteFile(events, warmTransfer, 0o600))
	require.NoError(t, os.Mkdir(place, 0o700))
	h := &testWebhook{}
	h.seen = func(int) { os.RemoveAll(place) }
	s := httptest.NewServer(h)
	defer s.Close()
	got, _, stderr := command(t, t.Context(), "replay", events, "--to", s.URL, "--rate", "1000/s", "--resume", filepath.Join(place, "state"))
	require.Equal(t, exitUnreadable, got)
	require.Contains(t, stderr, "legwork: --resume: cannot write")
	require.Less(t, h.count, 18)
}

// A compressed file, with a byte order mark, is its lines; a damaged one is what can
// be read of it.
func TestReplayReadsCompressedFiles(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write(append([]byte("\xEF\xBB\xBF"), bytes.ReplaceAll(warmTransfer, []byte("\n"), []byte("\r\n"))...))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	for name, c := range map[string]struct {
		file   []byte
		status int
		text   string
	}{
		"whole":   {packed.Bytes(), exitOK, "18 sent: 18 answered 200"},
		"cut off": {packed.Bytes()[:packed.Len()-20], exitUnreadable, "unexpected EOF"},
		"no gzip": {packed.Bytes()[:2], exitUnreadable, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			h := &testWebhook{}
			s := httptest.NewServer(h)
			defer s.Close()
			events := filepath.Join(t.TempDir(), "events.ndjson")
			require.NoError(t, os.WriteFile(events, c.file, 0o600))
			got, _, stderr := command(t, t.Context(), "replay", events, "--to", s.URL, "--rate", "max", "--concurrency", "1")
			require.Equal(t, c.status, got, stderr)
			require.Contains(t, stderr, c.text)
			require.True(t, strings.HasPrefix(string(warmTransfer), h.bodies.String()))
			if c.status == exitOK {
				require.Equal(t, string(warmTransfer), h.bodies.String())
			}
		})
	}
}
