package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/internal/natslab"
	"github.com/legworkhq/legwork/server/cluster"
	"github.com/legworkhq/legwork/server/store"
)

const (
	chaosLease      = 3 * time.Second
	chaosPartitions = 8
)

// chaos is a cluster that is disturbed.
type chaos struct {
	t      *testing.T
	plan   chaosPlan
	rand   *rand.Rand
	dir    string
	lab    *natslab.Cluster
	cuts   bool // hosts can be cut off
	db     *natslab.Database
	dbHost int
	nodes  map[string]*chaosNode
	names  []string // of nodes
	told   *ledger
	days   []*account
	began  time.Time
	starts atomic.Int64 // of nodes

	mu   sync.Mutex
	busy map[string]bool
	done []*disturbance
	sum  struct {
		notifications, calls, notices, changes int
		longest                                time.Duration
	}
}

// account is a tenant, and what is posted for it.
type account struct {
	store.Tenant
	dir   string
	lines [][]byte
}

// newChaos starts everything.
func newChaos(t *testing.T, plan chaosPlan) *chaos {
	c := &chaos{t: t, plan: plan, rand: chaosRand(plan.seed), dir: t.TempDir(), nodes: map[string]*chaosNode{}, busy: map[string]bool{}, told: newLedger()}
	opt := natslab.Options{Namespaces: true, Hosts: 6}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	lab, err := natslab.New(ctx, opt)
	c.cuts = err == nil
	if errors.Is(err, natslab.ErrNoNamespaces) {
		t.Logf("SKIPPED: nothing is cut off: %v", err)
		opt.Namespaces = false
		lab, err = natslab.New(ctx, opt)
	}
	require.NoError(t, err)
	t.Cleanup(lab.Close)
	lab.Watch(t)
	c.lab, c.dbHost = lab, lab.Nodes()+5
	c.db = lab.Postgres(t, c.dbHost)
	c.makeDays()
	c.makeDatabase()
	for i, name := range []string{"w1", "w2", "w3", "i1", "i2"} {
		c.addNode(name, lab.Nodes()+i)
	}
	c.together()
	return c
}

// makeDays simulates the tenants' calls.
func (c *chaos) makeDays() {
	weather := filepath.Join(c.dir, "weather")
	require.NoError(c.t, os.WriteFile(weather, []byte(`{"duplicate": 0.05, "reorder": 0.1, "window": "2s"}`), 0o600))
	var wg sync.WaitGroup
	for i := range c.plan.tenants {
		a := &account{Tenant: store.Tenant{Name: tenantName(i), Scope: "account", Region: "US"}, dir: filepath.Join(c.dir, tenantName(i))}
		c.days = append(c.days, a)
		wg.Go(func() {
			legwork(c.t, "simulate", "--calls", fmt.Sprint(c.plan.calls), "--company", "80", "--weather", weather, "--seed", fmt.Sprint(c.plan.seed%1_000_000+uint64(i)), "--out", a.dir)
		})
	}
	wg.Wait()
	for _, a := range c.days {
		a.lines = lines(c.t, filepath.Join(a.dir, "events.ndjson"))
		c.sum.notifications += len(a.lines)
	}
}

// dsn is where a node finds the database, which writes down who wrote.
func (c *chaos) dsn(node string) string { return c.db.URL() + "&application_name=" + node }

// makeDatabase makes the tenants, and what audits who writes.
func (c *chaos) makeDatabase() {
	hook, err := net.Listen("tcp", net.JoinHostPort(c.lab.Own(), "0"))
	require.NoError(c.t, err)
	desk := &httptest.Server{Listener: hook, Config: &http.Server{Handler: c.told}}
	desk.Start()
	c.t.Cleanup(desk.Close)
	db, err := openShared(c.t.Context(), c.dsn("test"), chaosPartitions)
	require.NoError(c.t, err)
	for _, a := range c.days {
		a.NoticeURL, a.NoticeSecret = desk.URL+"/"+a.Name, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
		require.NoError(c.t, db.AddTenant(c.t.Context(), &a.Tenant))
	}
	require.NoError(c.t, db.Close())
	c.query(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, chaosAudit)
		return err
	})
}

// query does something with the database, again while that is away.
func (c *chaos) query(f func(ctx context.Context, conn *pgx.Conn) error) {
	c.t.Helper()
	require.NoError(c.t, c.tryQuery(f))
}

func (c *chaos) tryQuery(f func(ctx context.Context, conn *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.dsn("test"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return f(ctx, conn)
}

// addNode starts a node: a worker, or one that takes notifications.
func (c *chaos) addNode(name string, host int) {
	role, port := "work", "8080"
	if name[0] == 'i' {
		role = "ingest"
	}
	if !c.cuts {
		port = freePort(c.t)
	}
	n := &chaosNode{name: name, host: host, dir: filepath.Join(c.dir, name), log: filepath.Join(c.t.ArtifactDir(), name+".log"), address: net.JoinHostPort(c.lab.Address(host), port)}
	first := true
	n.command = func() *exec.Cmd {
		program := c.program(first)
		first = false
		return c.lab.Command(host, program, "serve", "--data", n.dir, "--listen", n.address, "--cluster", strings.Join(c.lab.URLs(), ","),
			"--cluster-node", name, "--cluster-roles", role, "--cluster-lease", chaosLease.String(), "--cluster-partitions", strconv.Itoa(chaosPartitions), "--store", c.dsn(name),
			"--quiet", "2s", "--peer-wait", "4s", "--notice-allow-http", "--notice-allow-private", "--snapshot-every", "5s")
	}
	c.nodes[name], c.names = n, append(c.names, name)
	n.start()
	c.t.Cleanup(func() {
		n.kill()
		if c.t.Failed() {
			c.t.Logf("== %s\n%s", name, n.said(24<<10))
		}
	})
}

// program is what the next node that starts runs: with LEGWORK_OTHER now this build, now
// that one, and with LEGWORK_OLD that one when it starts for the first time.
func (c *chaos) program(first bool) string {
	if old := os.Getenv("LEGWORK_OLD"); old != "" && first {
		return old
	}
	other := os.Getenv("LEGWORK_OTHER")
	if n := c.starts.Add(1); other != "" && n%2 == 0 {
		return other
	}
	return "legwork"
}

// together waits until every node is there, and every partition has an owner.
func (c *chaos) together() {
	require.Eventually(c.t, func() bool {
		c.watch()
		n := 0
		err := c.tryQuery(func(ctx context.Context, conn *pgx.Conn) error {
			return conn.QueryRow(ctx, `SELECT count(*) FROM partitions WHERE claimed_ms <> 0`).Scan(&n)
		})
		for _, node := range c.nodes {
			if err != nil || !node.ready() {
				return false
			}
		}
		return n == chaosPartitions
	}, time.Minute, 100*time.Millisecond)
}

func (c *chaos) servers() []string   { return []string{"n1", "n2", "n3"} }
func (c *chaos) workers() []string   { return []string{"w1", "w2", "w3"} }
func (c *chaos) takers() []string    { return []string{"i1", "i2"} }
func (c *chaos) databases() []string { return []string{"postgres"} }

func (c *chaos) server(who string) int { return int(who[1] - '1') }

// held lists the partitions that somebody owns: all of them for who is no worker.
func (c *chaos) held(who string) (out []int) {
	_ = c.tryQuery(func(ctx context.Context, conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `SELECT part::int FROM partitions WHERE owner = $1 OR $2`, who, who[0] != 'w')
		if err == nil {
			out, err = pgx.CollectRows(rows, pgx.RowTo[int])
		}
		return err
	})
	return out
}

// partitionsOfTenants are those that something happens in.
func (c *chaos) partitionsOfTenants() map[int]bool {
	out := map[int]bool{}
	for _, a := range c.days {
		out[cluster.PartitionOf(a.ID, chaosPartitions)] = true
	}
	return out
}

// chaosReplay is a legwork replay that is under way.
type chaosReplay struct {
	cmd  *exec.Cmd
	out  bytes.Buffer
	err  bytes.Buffer
	node string
}

// replay begins to post what there is of each tenant, half of it to each node that takes
// notifications, on the node's own host: however the cluster is cut apart, the node is
// reached.
func (c *chaos) replay(over time.Duration) (out []*chaosReplay) {
	for _, a := range c.days {
		for i, name := range c.takers() {
			file := filepath.Join(a.dir, name+".ndjson")
			var half [][]byte
			for j, line := range a.lines {
				if j%2 == i {
					half = append(half, line)
				}
			}
			require.NoError(c.t, os.WriteFile(file, append(bytes.Join(half, []byte{'\n'}), '\n'), 0o600))
			n := c.nodes[name]
			r := &chaosReplay{node: name}
			r.cmd = c.lab.Command(n.host, "legwork", "replay", file, "--to", "http://"+n.address+"/webhooks/"+a.Name, "--json",
				"--rate", fmt.Sprintf("%d/m", int(float64(len(half))/over.Minutes())+1), "--concurrency", "4", "--retry", "1000000", "--retry-after", "50ms", "--ignore-failures", "--no-handshake")
			r.cmd.Stdout, r.cmd.Stderr = &r.out, &r.err
			require.NoError(c.t, r.cmd.Start())
			c.t.Cleanup(func() { _ = r.cmd.Process.Kill() })
			out = append(out, r)
		}
	}
	return out
}

// answered waits until everything was answered 200, and holds that nothing was answered
// anything else, or late.
func (c *chaos) answered(replays []*chaosReplay) {
	for _, r := range replays {
		done := make(chan error, 1)
		go func() { done <- r.cmd.Wait() }()
		select {
		case err := <-done:
			require.NoError(c.t, err, "%s: %s %s", r.node, &r.out, &r.err)
		case <-time.After(2 * time.Minute):
			require.Fail(c.t, "notifications are not answered 200 although everything is healed", "%s: %s", r.node, &r.err)
		}
		var report struct {
			Sent, Answered200 int
			ByStatus          map[string]int
			WithoutAnswer     map[string]int
			Over3s            int
			LatencyMs         struct{ Max float64 }
		}
		require.NoError(c.t, json.Unmarshal(r.out.Bytes(), &report))
		longest := time.Duration(report.LatencyMs.Max * float64(time.Millisecond))
		c.sum.longest = max(c.sum.longest, longest)
		delete(report.ByStatus, "200")
		if len(report.ByStatus) > 0 || report.Over3s > 0 || longest > 3*time.Second {
			c.t.Errorf("%s answered %v beside 200, %d posts after 3 s, the last one after %s; without answer: %v", r.node, report.ByStatus, report.Over3s, longest, report.WithoutAnswer)
		}
	}
}

// settle waits until every notification is in the journal and applied, every call was told
// of as final and no notice waits, and that for two seconds.
func (c *chaos) settle() {
	var said string
	held := 0
	require.Eventually(c.t, func() bool {
		c.watch()
		var missing, unfinished, behind, waiting int
		err := c.tryQuery(func(ctx context.Context, conn *pgx.Conn) error {
			return conn.QueryRow(ctx, `SELECT $1 - (SELECT count(*) FROM journal), (SELECT count(*) FROM calls WHERE status <> 'final' OR finals <> revision),
				(SELECT count(*) FROM journal j WHERE j.seq > coalesce((SELECT p.seq FROM progress p WHERE p.tenant = j.tenant), 0)), (SELECT count(*) FROM notices)`, c.distinct()).
				Scan(&missing, &unfinished, &behind, &waiting)
		})
		said = fmt.Sprintf("%d notifications missing, %d not applied, %d calls not told of as final, %d notices waiting, %v", missing, behind, unfinished, waiting, err)
		if err == nil && missing+unfinished+behind+waiting == 0 {
			held++
		} else {
			held = 0
		}
		return held > 8
	}, 3*time.Minute, 250*time.Millisecond, "%s", lazily(&said))
	var out []byte
	require.Eventually(c.t, func() bool {
		var err error
		out, err = exec.Command("legwork", "cluster", "status", "--cluster", strings.Join(c.lab.URLs(), ",")).CombinedOutput()
		return err == nil && strings.Count(string(out), "empty") == len(c.nodes)
	}, 30*time.Second, 500*time.Millisecond, "%s", lazilyBytes(&out))
	c.t.Logf("\n%s", out)
}

type lazy func() string

func (l lazy) String() string { return l() }

func lazily(s *string) lazy      { return func() string { return *s } }
func lazilyBytes(b *[]byte) lazy { return func() string { return string(*b) } }

// distinct is how many notifications there are, each counted once.
func (c *chaos) distinct() (n int) {
	for _, a := range c.days {
		seen := map[string]bool{}
		for _, line := range a.lines {
			seen[string(line)] = true
		}
		n += len(seen)
	}
	return n
}

// end ends every node in order.
func (c *chaos) end() {
	var wg sync.WaitGroup
	for _, n := range c.nodes {
		wg.Go(n.stop)
	}
	wg.Wait()
	for _, n := range c.nodes {
		if n.late != "" {
			c.t.Errorf("%s %s", n.name, n.late)
		}
	}
}

// chaosNode is a node that may be killed, paused, and started again.
type chaosNode struct {
	name, dir, log, address string
	host                    int
	command                 func() *exec.Cmd

	mu      sync.Mutex
	cmd     *exec.Cmd
	ended   chan struct{}
	gone    bool // it was made to end
	stopped []time.Time
	late    string // what was wrong when it was told to end
}

func (n *chaosNode) start() {
	log, err := os.OpenFile(n.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer log.Close()
	fmt.Fprintf(log, "-- %s starts\n", time.Now().Format(time.TimeOnly))
	cmd := n.command()
	cmd.Stderr, cmd.Stdout = log, log
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cmd, n.ended, n.gone = cmd, ended, false
}

func (n *chaosNode) signal(s os.Signal, gone bool) chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.gone = n.gone || gone
	_ = n.cmd.Process.Signal(s)
	return n.ended
}

func (n *chaosNode) kill()   { <-n.signal(os.Kill, true) }
func (n *chaosNode) pause()  { n.signal(syscall.SIGSTOP, false) }
func (n *chaosNode) resume() { n.signal(syscall.SIGCONT, false) }

// endWithin is how long a node may take to end in good order.
const endWithin = 32 * time.Second

// stop ends the node in good order.
func (n *chaosNode) stop() {
	began := time.Now()
	ended := n.signal(os.Interrupt, true)
	select {
	case <-ended:
		if code := n.cmd.ProcessState.ExitCode(); code != 0 {
			n.late = fmt.Sprintf("was told to end, and exited with %d after %s", code, since(began))
		}
	case <-time.After(endWithin):
		n.late = fmt.Sprintf("was told to end, and did not within %s", endWithin)
		n.signal(syscall.SIGQUIT, true) // for its stacks
		time.Sleep(time.Second)
		n.kill()
	}
}

// fallen is why the node ended, if it was not made to.
func (n *chaosNode) fallen() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.late != "" {
		return errors.New(n.late)
	}
	select {
	case <-n.ended:
		if !n.gone {
			return fmt.Errorf("exit status %d:\n%s", n.cmd.ProcessState.ExitCode(), n.said(4<<10))
		}
	default:
	}
	return nil
}

// said is the end of the node's log.
func (n *chaosNode) said(most int) string {
	text, _ := os.ReadFile(n.log)
	return string(text[max(0, len(text)-most):])
}

func (n *chaosNode) ready() bool {
	res, err := http.Get("http://" + n.address + "/readyz")
	if err != nil {
		return false
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode == http.StatusOK
}
