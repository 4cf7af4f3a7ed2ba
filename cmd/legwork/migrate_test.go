package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/server/cluster"
	"github.com/legworkhq/legwork/server/ingest"
	"github.com/legworkhq/legwork/server/migrate"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/postgres"
	"github.com/legworkhq/legwork/server/store/sqlite"
	"github.com/legworkhq/legwork/server/store/storetest"
)

// makeDatabase DIRECTORY makes a data directory that knows the warm transfer.
func makeDatabase(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o700))
	ts.Check(fillDirectory(context.Background(), dir))
}

func fillDirectory(ctx context.Context, dir string) error {
	db, err := sqlite.Open(ctx, filepath.Join(dir, databaseFile), sqlite.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	t := store.Tenant{Name: "main", Scope: "account", Region: "US"}
	if err := db.AddTenant(ctx, &t); err != nil {
		return err
	}
	if _, err := adminToken(ctx, db, dir, onlyAdmin); err != nil {
		return err
	}
	if err := db.AddToken(ctx, store.Token{Name: "crm", Hash: hashed("crm"), Role: store.RoleRead, Tenant: t.ID}); err != nil {
		return err
	}
	var entries []store.Entry
	var events []wire.Event
	for line := range bytes.Lines(warmTransfer) {
		e, ev := ingest.Entry(t.ID, bytes.TrimSpace(line))
		e.Received = call.Time(ev.Timestamp)
		entries, events = append(entries, e), append(events, *ev)
	}
	if err := db.Append(ctx, entries); err != nil {
		return err
	}
	calls, err := recon.Build(recon.Config{}, events)
	if err != nil {
		return err
	}
	at := store.Progress{Seq: entries[len(entries)-1].Seq, Now: entries[len(entries)-1].Received/1000*1000 + 3600_000}
	u := &store.Update{Tenant: t.ID, At: at.Now, Calls: []store.Call{store.Row(t.ID, calls[0])}, Merged: []store.Merge{{From: calls[0].Sessions[1].ID, Into: calls[0].ID}}, Progress: &at,
		Notices: []store.Notice{{Tenant: t.ID, ID: "msg_1", Kind: "call.final", Call: calls[0].ID, Body: []byte("{}"), Created: at.Now, Next: 1 << 50}}}
	if _, err := db.Apply(ctx, u); err != nil {
		return err
	}
	engine, err := recon.New(recon.Config{})
	if err != nil {
		return err
	}
	for i := range events {
		engine.Step(entries[i].Received.Std(), &events[i])
	}
	engine.Tick(at.Now.Std())
	var snapshot bytes.Buffer
	if err := engine.Snapshot(&snapshot); err != nil {
		return err
	}
	return db.SaveSnapshot(ctx, t.ID, at, &snapshot)
}

// stops is a target that takes the first portions only.
type stops struct {
	store.Target
	after int
}

var errStopped = errors.New("stopped")

// Import implements store.Target.
func (s *stops) Import(ctx context.Context, p *store.Portion) error {
	if s.after--; s.after < 0 {
		return errStopped
	}
	return s.Target.Import(ctx, p)
}

// makeUnfinished DIRECTORY TARGET moves the notifications, and no more.
func makeUnfinished(ts *testscript.TestScript, _ bool, args []string) {
	ctx := context.Background()
	from, err := sqlite.OpenOrigin(ctx, filepath.Join(ts.MkAbs(args[0]), databaseFile))
	ts.Check(err)
	defer from.Close()
	ts.Check(os.MkdirAll(ts.MkAbs(args[1]), 0o700))
	to, err := sqlite.OpenTarget(ctx, filepath.Join(ts.MkAbs(args[1]), databaseFile))
	ts.Check(err)
	defer to.Close()
	if _, err := migrate.Run(ctx, from, &stops{to, 2}, nil); !errors.Is(err, errStopped) {
		ts.Fatalf("not stopped: %v", err)
	}
}

// makeOutbox DIRECTORY makes a node's outbox with a notification.
func makeOutbox(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.MkdirAll(ts.MkAbs(args[0]), 0o700))
	o, err := sqlite.OpenOutbox(context.Background(), filepath.Join(ts.MkAbs(args[0]), outboxFile), 0, sqlite.Options{})
	ts.Check(err)
	ts.Check(o.Append(context.Background(), []store.Entry{{Tenant: 1, Body: []byte("x")}}))
	ts.Check(o.Close())
}

// TestMigrate goes to a cluster and back, and to a single server's database, as an
// operator does.
func TestMigrate(t *testing.T) {
	dsn, single := storetest.EmptySchema(t), storetest.EmptySchema(t)
	h := &house{t, t.TempDir()}
	home := filepath.Join(h.dir, "home")
	require.NoError(t, os.Mkdir(home, 0o700))
	require.NoError(t, fillDirectory(t.Context(), home))
	require.Contains(t, h.ok("migrate", "--from", "home", "--to", dsn, "--partitions", "8"), "everything is the same")

	out, status := h.said("serve", "--data", "x", "--store", dsn, "--listen", "127.0.0.1:0")
	require.Equal(t, exitUnreadable, status)
	require.Contains(t, out, "made for several servers, with 8 partitions")
	out, status = h.said("migrate", "--from", "home", "--to", dsn)
	require.Equal(t, exitUsage, status, out)
	require.Contains(t, out, "--to: a database exists already: name another schema with ?search_path=NAME")
	shared, err := postgres.OpenShared(t.Context(), dsn, postgres.Options{Connections: 2, Partitions: 8, PartitionOf: func(id int64) int { return cluster.PartitionOf(id, 8) }})
	require.NoError(t, err)
	defer shared.Close()
	out, status = h.said("migrate", "--from", dsn, "--to", "back")
	require.Equal(t, exitUnreadable, status)
	require.Contains(t, out, "another process uses it: servers of a cluster; stop it")
	require.NoError(t, shared.Close())

	out, status = h.said("migrate", "--from", dsn, "--to", "back")
	require.Equal(t, exitUsage, status)
	require.Contains(t, out, "NATS may hold notifications that are not in it yet: say\n  --cluster")
	require.NoDirExists(t, filepath.Join(h.dir, "back"))
	out = h.ok("migrate", "--from", dsn, "--to", "back", "--without-nats")
	require.Contains(t, out, "are left behind")
	require.Contains(t, out, "everything is the same")
	require.Contains(t, h.ok("rebuild", "--dry-run", "--data", "back"), "1 calls: 1 the same, 0 changed")
	out = h.ok("migrate", "--from", "back", "--to", single, "--single")
	require.Contains(t, out, "everything is the same")
	p := startServer(t, filepath.Join(h.dir, "data"), freePort(t), "--store", single)
	out, status = h.said("migrate", "--from", single, "--to", "once-more")
	require.Equal(t, exitUnreadable, status)
	require.Contains(t, out, "another process uses it: a single server; stop it")
	require.Contains(t, h.ok("calls", "search", "ruth", "--data", "data"), "transfer.attended")
	p.kill()
	out, status = h.said("migrate", "--from", storetest.EmptySchema(t), "--to", "once-more")
	require.Equal(t, exitUsage, status)
	require.Contains(t, out, "is search_path right?")
}

// TestMigrateKilled kills migrate again and again, until it is through.
func TestMigrateKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: moves thousands of calls")
	}
	dsn := storetest.EmptySchema(t)
	h := &house{t, t.TempDir()}
	home := filepath.Join(h.dir, "home")
	require.NoError(t, os.Mkdir(home, 0o700))
	manyCalls(t, home, 3000)
	interrupted := 0
	for wait := 100 * time.Millisecond; ; wait += 150 * time.Millisecond {
		cmd := exec.Command("legwork", "migrate", "--from", home, "--to", dsn)
		out := &bytes.Buffer{}
		cmd.Stdout, cmd.Stderr = out, out
		require.NoError(t, cmd.Start())
		end := time.AfterFunc(wait, func() { _ = cmd.Process.Signal([]os.Signal{os.Kill, os.Interrupt}[interrupted%2]) })
		err := cmd.Wait()
		end.Stop()
		if err == nil {
			require.Contains(t, out.String(), "everything is the same")
			break
		}
		interrupted++
		status := cmd.ProcessState.Sys().(syscall.WaitStatus)
		require.True(t, status.Signaled() || cmd.ProcessState.ExitCode() == exitInterrupted, "%s", out)
		if cmd.ProcessState.ExitCode() == exitInterrupted && out.Len() > 0 {
			require.Contains(t, out.String(), "the same command goes on")
		}
	}
	t.Logf("%d times interrupted", interrupted)
	require.Greater(t, interrupted, 1)
	require.Contains(t, h.ok("migrate", "--from", dsn, "--to", "back", "--without-nats"), "3000 calls")
	require.Equal(t, strings.Count(h.ok("export", "--what", "events", "--data", "home"), "\n"), strings.Count(h.ok("export", "--what", "events", "--data", "back"), "\n"))
}

// manyCalls makes a data directory with many calls.
func manyCalls(t testing.TB, dir string, n int) {
	db, err := sqlite.Open(t.Context(), filepath.Join(dir, databaseFile), sqlite.Options{})
	require.NoError(t, err)
	defer db.Close()
	tenant := store.Tenant{Name: "main", Scope: "account", Region: "US"}
	require.NoError(t, db.AddTenant(t.Context(), &tenant))
	storetest.Populate(t, db, tenant.ID, n)
}
