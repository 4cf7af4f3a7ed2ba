package main

import (
	"database/sql"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server/store/storetest"
	"github.com/legworkhq/legwork/sim"
)

// said runs a command and returns its output and its exit status.
func (h *house) said(args ...string) (string, int) {
	h.t.Helper()
	cmd := exec.Command("legwork", args...)
	cmd.Dir = h.dir
	out, _ := cmd.CombinedOutput()
	return string(out), cmd.ProcessState.ExitCode()
}

// ok runs a command that must do well.
func (h *house) ok(args ...string) string {
	h.t.Helper()
	out, status := h.said(args...)
	require.Zero(h.t, status, "%v: %s", args, out)
	return out
}

// house is a directory with a data directory in it.
type house struct {
	t   *testing.T
	dir string
}

// TestAdminister does what an operator does, first with the running server, then, after
// it was killed, without one.
func TestAdminister(t *testing.T) {
	if testing.Short() {
		t.Skip("starts dozens of processes")
	}
	h := &house{t, t.TempDir()}
	port := freePort(t)
	require.NoError(t, os.WriteFile(filepath.Join(h.dir, "events.ndjson"), warmTransfer, 0o600))
	p := startServer(t, filepath.Join(h.dir, "legwork-data"), port, "--open")
	h.ok("replay", "events.ndjson", "--to", "http://127.0.0.1:"+port+"/webhooks/main", "--rate", "max", "--concurrency", "1")
	require.Eventually(t, func() bool { return strings.Contains(h.ok("calls", "search", "ruth"), "transfer.attended") }, 5*time.Second, 50*time.Millisecond)
	h.operate(t)
	out, status := h.said("restore", "copy.db")
	require.Equal(t, exitUsage, status)
	require.Contains(t, out, "move it away first")
	p.kill()
	h.operate(t)

	h.ok("purge", "--number", "(404) 809-6345", "--yes")
	require.Contains(t, h.ok("calls", "search"), "no call matches")
	require.Empty(t, h.ok("export", "--what", "events"))
	h.ok("restore", "copy.db", "--data", "again")
	require.Contains(t, h.ok("calls", "search", "--data", "again"), "Ruth Calloway (+14048096345)")
	out, status = h.said("restore", "events.ndjson", "--data", "third")
	require.Equal(t, exitUnreadable, status)
	require.Contains(t, out, "cannot be restored")
	require.NoFileExists(t, filepath.Join(h.dir, "third", databaseFile))
	h.older(t)
}

// older has a database of the first version: serve alone brings it forward, and says so.
func (h *house) older(t *testing.T) {
	version := func(file string, statements ...string) (n int) {
		db, err := sql.Open("sqlite", filepath.Join(h.dir, file))
		require.NoError(t, err)
		defer db.Close()
		for _, s := range statements {
			_, err := db.Exec(s)
			require.NoError(t, err)
		}
		require.NoError(t, db.QueryRow("PRAGMA user_version").Scan(&n))
		return n
	}
	require.Equal(t, 1, version("copy.db", "DROP INDEX aliases_into", "PRAGMA user_version = 1"))
	h.ok("restore", "copy.db", "--data", "old")
	kept := filepath.Join("old", databaseFile)
	require.Equal(t, 1, version(kept))
	for _, args := range [][]string{{"calls", "search", "--data", "old"}, {"tokens", "list", "--data", "old"}, {"backup", "older.db", "--data", "old"}} {
		out, status := h.said(args...)
		require.Equal(t, exitUnreadable, status, "%v: %s", args, out)
		require.Contains(t, out, "written by an older version")
	}
	require.Equal(t, 1, version(kept))
	p := startServer(t, filepath.Join(h.dir, "old"), freePort(t))
	require.Contains(t, h.ok("calls", "search", "--data", "old"), "Ruth Calloway (+14048096345)")
	p.kill()
	require.Contains(t, p.out.String(), "the database was brought forward from version 1 to 2")
	require.Equal(t, 2, version(kept))
}

func (h *house) operate(t *testing.T) {
	os.Remove(filepath.Join(h.dir, "copy.db"))
	found := h.ok("calls", "search", "404-809-6345", "--link", "transfer.attended", "--outcome", "answered")
	fields := strings.Fields(found)
	id := fields[len(fields)-1]
	require.Contains(t, h.ok("calls", "search", "--json"), `"id":"`+id+`"`)
	require.Contains(t, h.ok("calls", "show", id), "Ruth Calloway (+14048096345) called Grace Moreno")
	require.True(t, strings.HasPrefix(h.ok("calls", "show", id, "--format", "vcon"), `{"uuid"`))
	require.Contains(t, h.ok("calls", "show", id, "--format", "explain"), "AttendedTransfer")
	require.Equal(t, string(warmTransfer), h.ok("calls", "show", id, "--format", "events"))
	require.Equal(t, string(warmTransfer), h.ok("export", "--what", "events"))
	require.Contains(t, h.ok("rebuild", "--dry-run"), "1 calls: 1 the same, 0 changed")
	require.Regexp(t, `^NAME +ID +SCOPE +REGION +WEBHOOK +NOTICES\n(.*\n)*main +1 +account`, h.ok("tenants", "list"))
	require.Contains(t, h.ok("tenants", "add", "acme", "--notices", "https://crm.example.com/x"), "notice secret       whsec_")
	require.Contains(t, h.ok("tenants", "change", "acme", "--rotate"), "verification token  ")
	require.NotEmpty(t, h.ok("tokens", "add", "crm", "--tenant", "acme"))
	require.Regexp(t, `^NAME +ROLE +TENANT\n(.*\n)*crm `, h.ok("tokens", "list"))
	h.ok("tokens", "remove", "crm")
	h.ok("notices", "list", "--tenant", "acme")
	require.Contains(t, h.ok("notices", "resend", "--tenant", "acme"), "0 will be sent again")
	for _, wrong := range []struct {
		says string
		args []string
	}{
		{"name one of acme, main", []string{"calls", "search"}},
		{"no such call", []string{"calls", "show", "s-none", "--tenant", "main"}},
		{"none of json text", []string{"calls", "show", id, "--tenant", "main", "--format", "pdf"}},
		{"none of answered", []string{"calls", "search", "--tenant", "main", "--outcome", "good"}},
		{"no such tenant", []string{"calls", "search", "--tenant", "nobody"}},
		{"say --yes", []string{"tenants", "remove", "acme"}},
		{"say --yes", []string{"purge", "--number", "1"}},
		{"no name", []string{"tenants", "add", "../etc"}},
		{"exists already", []string{"tenants", "add", "main"}},
		{"has no database", []string{"calls", "search", "--data", "nowhere"}},
		{"needs --token", []string{"calls", "search", "--server", "http://127.0.0.1:1"}},
	} {
		out, status := h.said(wrong.args...)
		require.Equal(t, exitUsage, status, "%v: %s", wrong.args, out)
		require.Contains(t, strings.ToLower(out), strings.ToLower(wrong.says), "%v", wrong.args)
	}
	h.ok("tenants", "remove", "acme", "--yes")
	h.ok("backup", "copy.db")
}

// TestAdministerConfigured: a command that works on the database itself has the settings
// that the server would have.
func TestAdministerConfigured(t *testing.T) {
	if testing.Short() {
		t.Skip("starts several processes")
	}
	h := &house{t, t.TempDir()}
	port := freePort(t)
	var events []byte // of just now
	for _, e := range storetest.Entries(t, 1, "attended-transfer", int((time.Now().UnixMilli()-int64(sim.Start))/60_000)) {
		events = append(append(events, e.Body...), '\n')
	}
	require.NoError(t, os.WriteFile(filepath.Join(h.dir, "events.ndjson"), events, 0o600))
	file := filepath.Join(h.dir, "legwork.yaml")
	require.NoError(t, os.WriteFile(file, []byte(`data: theirs
engine: {quiet: 1ms}
tls: {cert: none.pem, key: none.key}
tenants:
  - {name: main, tokenFile: $CREDENTIALS_DIRECTORY/main-token}
`), 0o600))
	p := startServer(t, filepath.Join(h.dir, "theirs"), port, "--open", "--quiet", "1h")
	h.ok("replay", "events.ndjson", "--to", "http://127.0.0.1:"+port+"/webhooks/main", "--rate", "max", "--concurrency", "1")
	require.Eventually(t, func() bool {
		return strings.Contains(h.ok("calls", "search", "--json", "--data", "theirs"), `"status":"settling"`)
	}, 5*time.Second, 50*time.Millisecond)
	p.kill()

	t.Setenv("LEGWORK_CONFIG", file)
	var out string
	require.Eventually(t, func() bool { // each command brings the calls forward to its own time
		out = h.ok("calls", "search", "--json")
		return strings.Contains(out, `"status":"final"`)
	}, time.Minute, 100*time.Millisecond)
	require.Equal(t, out, h.ok("calls", "search", "--json", "--data", "theirs"))
	out, status := h.said("calls", "search", "--data", "nowhere")
	require.Equal(t, exitUsage, status, "a flag counts before the file")
	require.Contains(t, out, "nowhere has no database")
	t.Setenv("LEGWORK_CONFIG", "")
	require.Contains(t, h.ok("tenants", "list", "--config", file), "main")
	_, status = h.said("tenants", "list", "--store", "postgres://127.0.0.1:1/none", "--data", "theirs")
	require.Equal(t, exitUnreadable, status)
	out, status = h.said("restore", "events.ndjson", "--store", "postgres://127.0.0.1:1/none")
	require.Equal(t, exitUsage, status)
	require.Contains(t, out, "PostgreSQL")
}

// TestHealth: 0 for a server that lives, 1 for one that does not, or, when asked, that
// takes nothing.
func TestHealth(t *testing.T) {
	h := &house{t, t.TempDir()}
	out, status := h.said("health")
	require.Equal(t, exitUnreadable, status)
	require.Contains(t, out, "no server runs on legwork-data")
	port := freePort(t)
	url := "http://127.0.0.1:" + port
	p := startServer(t, filepath.Join(h.dir, "legwork-data"), port)
	require.Equal(t, url+" lives; notifications are taken\n", h.ok("health"))
	require.Equal(t, url+" lives; notifications are taken\n", h.ok(imageHealth(t)...))
	require.Equal(t, url+" lives; notifications are taken\n", h.ok("health", "--server", url+"/", "--ready", "--data", "nowhere"))
	p.kill()
	for _, args := range [][]string{{"health"}, {"health", "--server", url}} {
		out, status = h.said(args...)
		require.Equal(t, exitUnreadable, status)
		require.Contains(t, out, "no server answers")
	}
	for _, args := range [][]string{{"health", "--server", "localhost"}, {"health", "me"}, {"health", "--data", ""}} {
		_, status = h.said(args...)
		require.Equal(t, exitUsage, status, "%v", args)
	}

	full := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" {
			http.Error(w, "notifications cannot be stored: the disk is full", http.StatusServiceUnavailable)
		}
	}))
	defer full.Close()
	require.Contains(t, h.ok("health", "--server", full.URL), "lives; notifications cannot be stored: the disk is full")
	out, status = h.said("health", "--server", full.URL, "--ready")
	require.Equal(t, exitUnreadable, status)
	require.Contains(t, out, "the disk is full")
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	out, status = h.said("health", "--server", other.URL)
	require.Equal(t, exitUnreadable, status)
	require.Contains(t, out, "404")
}

// TestFirstSteps are those that go wrong.
func TestFirstSteps(t *testing.T) {
	h := &house{t, t.TempDir()}
	require.NoError(t, os.WriteFile(filepath.Join(h.dir, "file"), []byte("x"), 0o600))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	for _, step := range []struct {
		says string
		args []string
	}{
		{"--data: file is a file; name a directory", []string{"serve", "--data", "file"}},
		{"is taken; name another port", []string{"serve", "--listen", l.Addr().String()}},
		{"there is no tenant yet", []string{"calls", "search"}},
		{"no such tenant", []string{"calls", "search", "--tenant", "main"}},
	} {
		out, status := h.said(step.args...)
		require.Equal(t, exitUsage, status, "%v: %s", step.args, out)
		require.Contains(t, out, step.says, "%v", step.args)
	}
	port := freePort(t)
	p := startServer(t, filepath.Join(h.dir, "any"), port, "--listen", "0.0.0.0:"+port)
	require.Contains(t, h.ok("tenants", "list", "--data", "any"), "main")
	p.kill() // what it says is all there when it has ended
	require.Contains(t, p.out.String(), "the page: http://127.0.0.1:"+port+"/?token=")
}

// imageHealth is what the image asks its own binary.
func imageHealth(t *testing.T) (args []string) {
	text, err := os.ReadFile("../../ops/Containerfile")
	require.NoError(t, err)
	_, after, ok := strings.Cut(string(text), "\nHEALTHCHECK ")
	require.True(t, ok)
	line, _, _ := strings.Cut(after, "\n")
	_, list, ok := strings.Cut(line, " CMD ")
	require.True(t, ok)
	require.NoError(t, json.Unmarshal([]byte(list), &args), "a list: there is no shell")
	require.Equal(t, "/legwork", args[0])
	return args[1:]
}
