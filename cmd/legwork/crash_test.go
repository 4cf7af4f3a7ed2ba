package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/sqlite"
	"github.com/legworkhq/legwork/server/store/storetest"
	"github.com/legworkhq/legwork/sim/oracle"
)

// process is a legwork serve that may be killed.
type process struct {
	cmd *exec.Cmd
	out *bytes.Buffer
}

// startServer runs legwork serve and waits until it takes notifications.
func startServer(t *testing.T, dir, port string, more ...string) *process {
	t.Helper()
	p := &process{out: &bytes.Buffer{}}
	p.cmd = exec.Command("legwork", append([]string{"serve", "--data", dir, "--listen", "127.0.0.1:" + port}, more...)...)
	p.cmd.Stderr = p.out
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() { p.kill() })
	require.Eventually(t, func() bool {
		res, err := http.Get("http://127.0.0.1:" + port + "/readyz")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	}, 2*time.Minute, 2*time.Millisecond, "%s", p.out)
	return p
}

// settle waits until so many calls were told of, none is open and no notice waits, and
// that for two seconds: what the engine knows comes to the database in steps.
func settle(t *testing.T, port string, told *tellTale, calls int) {
	t.Helper()
	var said string
	held := 0
	require.Eventually(t, func() bool {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:"+port+"/metrics", nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+metricsToken)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return false
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		said = string(body)
		if err == nil && told.calls() >= calls && strings.Contains(said, `legwork_notices{state="waiting"} 0`) && strings.Contains(said, `legwork_journal_lag_events{tenant="main"} 0`) &&
			strings.Contains(said, `legwork_calls{status="open",tenant="main"} 0`) && strings.Contains(said, `legwork_calls{status="settling",tenant="main"} 0`) {
			held++
		} else {
			held = 0
		}
		return held > 8
	}, 5*time.Minute, 250*time.Millisecond, "%s", said)
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// recovered is how many notifications a process that has ended found in the spool.
func (p *process) recovered() (n int) {
	for line := range strings.Lines(p.out.String()) {
		fmt.Sscanf(line, "legwork: %d notifications that were answered before the last end", &n)
	}
	return n
}

// TestServeCrash kills the server at random moments while notifications are posted, and
// starts it again. In the end everything that was answered 200 is in the journal and
// every call equals the answer key.
func TestServeCrash(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { crash(t, "") })
	t.Run("postgres", func(t *testing.T) { crash(t, storetest.EmptySchema(t)) })
}

// crash is TestServeCrash on the database at a URL, or without one in a file.
func crash(t *testing.T, dsn string) {
	kills, calls, rate := 12, 1500, "3000/s"
	if testing.Short() {
		kills, calls = 4, 300
	}
	if os.Getenv("LEGWORK_SOAK") != "" {
		kills, calls, rate = 200, 30_000, "4000/s"
	}
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("LEGWORK_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("again with: LEGWORK_SEED=%d go test ./cmd/legwork -run TestServeCrash", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	dir, port := t.TempDir(), freePort(t)
	weather := filepath.Join(dir, "weather")
	require.NoError(t, os.WriteFile(weather, []byte(`{"duplicate": 0.05, "reorder": 0.1, "window": "2s"}`), 0o600))
	legwork(t, "simulate", "--calls", fmt.Sprint(calls), "--company", "200", "--weather", weather, "--seed", fmt.Sprint(seed%1000000), "--out", filepath.Join(dir, "day"))

	data := filepath.Join(dir, "data")
	told := &tellTale{revision: map[call.SessionID]int{}}
	desk := httptest.NewServer(told)
	defer desk.Close()
	addOpenTenant(t, dsn, data, desk.URL)
	flags := []string{"--quiet", "2s", "--peer-wait", "4s", "--notice-allow-http", "--notice-allow-private"}
	if dsn != "" {
		flags = append(flags, "--store", dsn)
	}
	p := startServer(t, data, port, flags...)
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	replay := exec.CommandContext(ctx, "legwork", "replay", filepath.Join(dir, "day", "events.ndjson"), "--to", "http://127.0.0.1:"+port+"/webhooks/main",
		"--rate", rate, "--concurrency", "16", "--retry", "1000000", "--retry-after", "20ms", "--ignore-failures", "--no-handshake")
	var said bytes.Buffer
	replay.Stderr = &said
	require.NoError(t, replay.Start())
	done := make(chan error, 1)
	go func() { done <- replay.Wait() }()
	killed, recovered, running := 0, 0, true
	again := func() {
		p.kill()
		recovered += p.recovered()
		p = startServer(t, data, port, flags...)
	}
	for running {
		select {
		case err := <-done:
			require.NoError(t, err, "%s", &said)
			running = false
		case <-time.After(time.Duration(r.IntN(250)) * time.Millisecond):
			if killed < kills {
				killed++
				again()
			}
		}
	}
	for ; killed < kills; killed++ { // what was not killed under load is killed while it settles
		time.Sleep(time.Duration(r.IntN(250)) * time.Millisecond)
		again()
	}
	require.Equal(t, kills, killed)
	alone := exec.Command("legwork", append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0"}, flags...)...)
	second, err := alone.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(second), "one server")
	var truth, answer []*call.Call
	for _, line := range lines(t, filepath.Join(dir, "day", "answers.ndjson")) {
		truth = append(truth, graph(t, line))
	}
	settle(t, port, told, len(truth))
	require.NoError(t, p.cmd.Process.Signal(os.Interrupt))
	require.NoError(t, p.cmd.Wait(), "%s", p.out)

	db, err := openStore(t.Context(), dsn, data, sqlite.Options{})
	require.NoError(t, err, "the database is sound")
	defer db.Close()
	sent := lines(t, filepath.Join(dir, "day", "events.ndjson"))
	journal := map[string]bool{}
	for after := int64(0); ; {
		entries, err := db.Entries(t.Context(), 1, after, 5000)
		require.NoError(t, err)
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			journal[string(e.Body)] = true
			after = e.Seq
		}
	}
	for _, body := range sent {
		require.True(t, journal[string(body)], "answered 200 and not in the journal: %s", body)
	}
	unfinished, err := db.Unfinished(t.Context(), 1)
	require.NoError(t, err)
	require.Empty(t, unfinished)
	require.NoError(t, db.Each(t.Context(), 1, func(c *store.Call) error {
		answer = append(answer, graph(t, c.Graph))
		return nil
	}))
	require.Len(t, answer, len(truth))
	diff := oracle.Exact(truth, answer)
	require.Empty(t, diff, "%d of %d calls differ", len(diff), len(truth))
	stats, err := db.Stats(t.Context())
	require.NoError(t, err)
	require.Zero(t, stats.Waiting+stats.Dead, "notices wait, or are dead")
	for _, c := range answer {
		require.GreaterOrEqual(t, told.revision[c.ID], c.Revision, "nobody was told that %s is over", c.ID)
	}
	for i := range answer {
		findable(t, db, answer[i], i)
	}
	t.Logf("%d kills, %d notifications, %d of them from the spool, %d calls", killed, len(sent), recovered, len(answer))
	if dsn == "" && !testing.Short() {
		require.NotZero(t, recovered, "no server was killed while something was in the spool")
	}
}

// findable checks that a call is found by one of its keys.
func findable(t *testing.T, db store.Calls, c *call.Call, n int) {
	t.Helper()
	keys := slices.DeleteFunc(store.Keys(c), func(k store.Key) bool {
		return k.Kind != store.KeyNumber && k.Kind != store.KeyExtension && k.Kind != store.KeyName
	})
	k := keys[n%len(keys)]
	q := store.Query{From: c.StartedAt, To: c.StartedAt + 1, Limit: 100}
	switch k.Kind {
	case store.KeyNumber:
		q.Numbers = []string{k.Value}
	case store.KeyExtension:
		q.Extension = k.Value
	default:
		q.Name = k.Value
	}
	found, _, err := db.Search(t.Context(), 1, q)
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(found, func(f store.Call) bool { return f.ID == c.ID }), "%s is not found by %s %s", c.ID, k.Kind, k.Value)
}

func graph(t *testing.T, text []byte) *call.Call {
	var c call.Call
	require.NoError(t, store.ReadGraph(text, &c))
	return &c
}

// tellTale is an integrator's webhook, that keeps the last revision of each call.
type tellTale struct {
	mu       sync.Mutex
	revision map[call.SessionID]int
}

func (d *tellTale) calls() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.revision)
}

func (d *tellTale) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var n struct {
		Type string
		Data struct {
			Call struct {
				ID       call.SessionID
				Revision int
			}
		}
	}
	if json.NewDecoder(r.Body).Decode(&n) == nil && (n.Type == "call.final" || n.Type == "call.revised") {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.revision[n.Data.Call.ID] = max(d.revision[n.Data.Call.ID], n.Data.Call.Revision)
	}
}

// metricsToken may read the metrics of what addOpenTenant made.
const metricsToken = "lw_for_the_crash_test"

// addOpenTenant makes a data directory with a tenant that takes every notification, and
// tells a webhook what became of calls.
func addOpenTenant(t *testing.T, dsn, data, notices string) {
	require.NoError(t, os.MkdirAll(data, 0o700))
	db, err := openStore(t.Context(), dsn, data, sqlite.Options{})
	require.NoError(t, err)
	require.NoError(t, db.AddTenant(t.Context(), &store.Tenant{Name: "main", Scope: "account", Region: "US", NoticeURL: notices, NoticeSecret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}))
	hash := sha256.Sum256([]byte(metricsToken))
	require.NoError(t, db.AddToken(t.Context(), store.Token{Name: "metrics", Hash: hash[:], Role: store.RoleRead}))
	require.NoError(t, db.Close())
}

func legwork(t *testing.T, args ...string) {
	t.Helper()
	out, err := exec.Command("legwork", args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func lines(t *testing.T, path string) (out [][]byte) {
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 4<<20)
	for in.Scan() {
		out = append(out, bytes.Clone(in.Bytes()))
	}
	require.NoError(t, in.Err())
	require.NotEmpty(t, out)
	return out
}
