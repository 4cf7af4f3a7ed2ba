package natslab

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// space makes a network without any server, or skips the test.
func space(t *testing.T, hosts ...string) network {
	t.Helper()
	n, err := newNamespaces(hosts)
	if errors.Is(err, ErrNoNamespaces) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(n.close)
	return n
}

// listenOn has a host listen, until the test ends.
func listenOn(t *testing.T, n network, host int) string {
	t.Helper()
	address := net.JoinHostPort(n.address(host), "4000")
	cmd := helper(n, host, "listen", address)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "listens\n", line)
	return address
}

// TestNamespaces holds who reaches whom.
func TestNamespaces(t *testing.T) {
	n := space(t, "a", "b")
	address := listenOn(t, n, 0)
	here, err := net.Listen("tcp", net.JoinHostPort(n.own(), "0"))
	require.NoError(t, err)
	defer here.Close()
	reaches := func(want bool) {
		t.Helper()
		out, err := helper(n, 1, "dial", address).CombinedOutput()
		require.Equal(t, want, err == nil, "from a host: %s", out)
		conn, err := net.DialTimeout("tcp", address, time.Second)
		require.Equal(t, want, err == nil, "from the test: %v", err)
		if err == nil {
			conn.Close()
		}
	}
	reaches(true)
	require.NoError(t, helper(n, 1, "dial", here.Addr().String()).Run(), "a host reaches the test")
	n.cut(0)
	reaches(false)
	require.NoError(t, helper(n, 1, "dial", here.Addr().String()).Run(), "who is not cut off is not")
	n.heal(0)
	reaches(true)
	require.Error(t, helper(n, 1, "dial", "192.0.2.1:80").Run(), "there is no way out")

	other := space(t, "a", "b")
	require.NotEqual(t, n.own(), other.own(), "two runs have nothing in common")
	require.Error(t, helper(other, 1, "dial", address).Run())
}

// TestNamespacesLeftover holds that a run removes what one left that was killed, with
// what runs there, and nothing that another uses.
func TestNamespacesLeftover(t *testing.T) {
	used := space(t, "a")
	left, err := newNamespaces([]string{"a", "b"})
	require.NoError(t, err)
	killed := left.(*namespaces)
	cmd := killed.command(0, "sleep", "1000")
	require.NoError(t, cmd.Start())
	killed.lock.Close() // what the kernel does

	next := space(t, "a")
	require.Error(t, cmd.Wait(), "what ran there was killed")
	all := " " + strings.Join(names(), " ") + " "
	require.Contains(t, all, used.(*namespaces).bridge()+" ")
	require.Contains(t, all, " "+next.(*namespaces).bridge()+" ")
	require.NotContains(t, all, killed.space(1))
	if next.(*namespaces).number != killed.number {
		require.NotContains(t, all, killed.bridge()+" ")
	}
}

// TestDie holds that the nodes die with the test binary, however it dies.
func TestDie(t *testing.T) {
	if testing.Short() {
		t.Skip("a cluster of NATS servers takes long to start")
	}
	cmd := helper(loopback{}, 0, "start", t.TempDir())
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	u, err := url.Parse(strings.TrimSpace(line))
	require.NoError(t, err)
	answers := func() bool {
		conn, err := net.Dial("tcp", u.Host)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}
	require.True(t, answers())
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	require.Eventually(t, func() bool { return !answers() }, 5*time.Second, 10*time.Millisecond)
}

// TestCutLeader cuts off the node that leads a stream: the others take over, and the node
// catches up when it is back.
func TestCutLeader(t *testing.T) {
	if testing.Short() {
		t.Skip("a cluster of NATS servers takes long to start")
	}
	c := Start(t, Options{Namespaces: true, Hosts: 1})
	js := connect(t, c.URLs()...)
	s := makeStream(t, js, nil)
	name := s.CachedInfo().Config.Name
	ctx, cancel := context.WithTimeout(t.Context(), 55*time.Second)
	defer cancel()
	leader, err := c.WaitLeader(ctx, name)
	require.NoError(t, err)

	other := connect(t, c.URL((leader+1)%3))
	publish(ctx, t, other, name, 0)
	c.Cut(leader)
	t.Logf("no message was acknowledged for %s", publish(ctx, t, other, name, 1))
	next, err := c.WaitLeader(ctx, name)
	require.NoError(t, err)
	require.NotEqual(t, leader, next)
	require.NoError(t, c.WaitReady(ctx), "who is cut off is not waited for")

	began := time.Now()
	c.Heal(leader)
	require.NoError(t, c.WaitReady(ctx))
	t.Logf("the node was back after %s", time.Since(began))
	require.Equal(t, uint64(2), stored(ctx, t, c, s))
	require.NoError(t, c.Command(3, "ip", "link", "show", "eth0").Run(), "the empty host is there")
}

// TestPostgresHost cuts off a PostgreSQL server on a host of its own, and has another
// listen where every host reaches it.
func TestPostgresHost(t *testing.T) {
	if testing.Short() {
		t.Skip("a PostgreSQL server takes long to make")
	}
	c := &Cluster{network: space(t, "a", "b")}
	far, near := c.Postgres(t, 0), Postgres(t, c.Own())
	require.NoError(t, do(t, far, "SELECT 1"))
	dial := func(d *Database) error {
		return helper(c.network, 1, "dial", net.JoinHostPort(d.address, strconv.Itoa(d.port))).Run()
	}
	require.NoError(t, dial(far))
	require.NoError(t, dial(near))
	c.Cut(0)
	require.Error(t, do(t, far, "SELECT 1"))
	require.Error(t, dial(far))
	require.NoError(t, dial(near))
	c.Heal(0)
	require.NoError(t, do(t, far, "SELECT 1"))
	far.Kill()
	require.Error(t, do(t, far, "SELECT 1"))
	far.Restart()
	require.NoError(t, do(t, far, "SELECT 1"))
}
