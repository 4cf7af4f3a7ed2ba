package natslab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// insufficientResources is the server's code for a node that is full.
const insufficientResources jetstream.ErrorCode = 10023

// lab is the shared cluster, for tests that take long.
func lab(t testing.TB) *Cluster {
	t.Helper()
	if testing.Short() {
		t.Skip("a cluster of NATS servers takes long to start")
	}
	return Shared(t)
}

// connect is a client of nodes, of all of them if none is named.
func connect(t testing.TB, urls ...string) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(strings.Join(urls, ","), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond), nats.Timeout(time.Second))
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	return js
}

// makeStream makes one that each of three nodes stores, which ends with the test. Its
// subjects are those that begin with its name.
func makeStream(t testing.TB, js jetstream.JetStream, change func(*jetstream.StreamConfig)) jetstream.Stream {
	t.Helper()
	name := strings.NewReplacer("/", "_", " ", "_").Replace(t.Name())
	cfg := jetstream.StreamConfig{Name: name, Subjects: []string{name + ".>"}, Replicas: 3, Storage: jetstream.FileStorage, Duplicates: 2 * time.Minute}
	if change != nil {
		change(&cfg)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	s, err := js.CreateStream(ctx, cfg)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := js.DeleteStream(ctx, name); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
			t.Logf("delete %s: %v", name, err)
		}
	})
	return s
}

// publish publishes a message until it is acknowledged, and tells how long that took.
func publish(ctx context.Context, t *testing.T, js jetstream.JetStream, stream string, i int) time.Duration {
	t.Helper()
	began := time.Now()
	for {
		try, cancel := context.WithTimeout(ctx, 250*time.Millisecond)
		_, err := js.Publish(try, stream+".x", []byte(fmt.Sprint(i)), jetstream.WithMsgID(fmt.Sprint(i)))
		cancel()
		if err == nil {
			return time.Since(began)
		}
		require.NoError(t, ctx.Err(), "%v", err)
	}
}

// stored tells how many messages a stream has, all of which every node has by its own
// account.
func stored(ctx context.Context, t *testing.T, c *Cluster, s jetstream.Stream) uint64 {
	t.Helper()
	require.NoError(t, c.WaitReady(ctx))
	info, err := s.Info(ctx)
	require.NoError(t, err)
	for _, n := range c.nodes {
		var state struct {
			Accounts []struct {
				Streams []struct {
					Name  string                `json:"name"`
					State jetstream.StreamState `json:"state"`
				} `json:"stream_detail"`
			} `json:"account_details"`
		}
		require.NoError(t, n.ask(ctx, "/jsz?streams=true", &state))
		for _, stream := range state.Accounts[0].Streams {
			if stream.Name == info.Config.Name {
				require.Equal(t, info.State.Msgs, stream.State.Msgs, "%s", n.name)
			}
		}
	}
	return info.State.Msgs
}

// TestStart says how long a cluster takes to be ready: no stream is refused then.
func TestStart(t *testing.T) {
	if testing.Short() {
		t.Skip("a cluster of NATS servers takes long to start")
	}
	running := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, running) })
	began := time.Now()
	c := Start(t, Options{User: "legwork", Password: "it's \"secret\" @/:%", MaxStore: 1 << 20})
	t.Logf("ready after %s", time.Since(began))
	js := connect(t, c.URLs()...)
	s := makeStream(t, js, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	leader, err := c.WaitLeader(ctx, s.CachedInfo().Config.Name)
	require.NoError(t, err)
	require.Equal(t, s.CachedInfo().Cluster.Leader, fmt.Sprintf("n%d", leader+1))

	_, err = nats.Connect(strings.Replace(c.URL(0), "legwork:", "nobody:", 1))
	require.ErrorIs(t, err, nats.ErrAuthorization)
	for err = nil; err == nil; {
		_, err = js.Publish(ctx, "TestStart.x", make([]byte, 100<<10))
	}
	var refused *jetstream.APIError
	require.ErrorAs(t, err, &refused, "a node stores no more than it may")
	require.Equal(t, insufficientResources, refused.ErrorCode)
}

// TestKillLeader kills the node that leads a stream while messages are published to it:
// what was acknowledged is there, once, and the node catches up when it is back.
func TestKillLeader(t *testing.T) {
	c := lab(t)
	js := connect(t, c.URLs()...)
	s := makeStream(t, js, nil)
	name := s.CachedInfo().Config.Name
	ctx, cancel := context.WithTimeout(t.Context(), 55*time.Second)
	defer cancel()
	leader, err := c.WaitLeader(ctx, name)
	require.NoError(t, err)

	for i := range 200 {
		publish(ctx, t, js, name, i)
	}
	c.Kill(leader)
	silent := publish(ctx, t, js, name, 200)
	for i := 201; i < 400; i++ {
		publish(ctx, t, js, name, i)
	}
	t.Logf("no message was acknowledged for %s", silent)
	next, err := c.WaitLeader(ctx, name)
	require.NoError(t, err)
	require.NotEqual(t, leader, next)

	began := time.Now()
	c.Restart(leader)
	require.NoError(t, c.WaitReady(ctx))
	t.Logf("the node was back after %s", time.Since(began))
	require.Equal(t, uint64(400), stored(ctx, t, c, s))
}

// TestPortTaken: between the choice of a port and its use another process may have taken it.
func TestPortTaken(t *testing.T) {
	if testing.Short() {
		t.Skip("a cluster of NATS servers takes long to start")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	asked := 0
	Start(t, Options{port: func(address string) (int, error) {
		if asked++; asked == 4 {
			return l.Addr().(*net.TCPAddr).Port, nil
		}
		return freePort(address)
	}})
	require.Equal(t, 18, asked, "of three nodes, twice")
}
