package natslab

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestDisturb disturbs the leader of a stream in every way that needs no rights, one
// after the other, and then stops all nodes: what was acknowledged is there, once.
func TestDisturb(t *testing.T) {
	if testing.Short() {
		t.Skip("a cluster of NATS servers takes long to start")
	}
	c := Start(t, Options{Hasty: true})
	js := connect(t, c.URLs()...)
	s := makeStream(t, js, nil)
	name := s.CachedInfo().Config.Name
	ctx, cancel := context.WithTimeout(t.Context(), 55*time.Second)
	defer cancel()
	n := 0
	for _, way := range []struct {
		name     string
		do, undo func(int)
	}{
		{"kill", c.Kill, c.Restart},
		{"stop", c.Stop, c.Restart},
		{"pause", c.Pause, c.Resume},
	} {
		leader, err := c.WaitLeader(ctx, name)
		require.NoError(t, err)
		way.do(leader)
		other := connect(t, c.URL((leader+1)%c.Nodes()))
		silent := publish(ctx, t, other, name, n)
		n++
		require.Eventually(t, func() bool { // what the others say may be behind what they do
			next, err := c.WaitLeader(ctx, name)
			return err == nil && next != leader
		}, 20*time.Second, 50*time.Millisecond, "%s", way.name)
		began := time.Now()
		way.undo(leader)
		require.NoError(t, c.WaitReady(ctx))
		t.Logf("%s: no message was acknowledged for %s, and the node was back after %s", way.name, silent, time.Since(began))
	}
	for i := range c.Nodes() {
		c.Stop(i)
	}
	require.Equal(t, -1, c.Leader(name))
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, c.WaitReady(short), "no node can be reached")
	began := time.Now()
	for i := range c.Nodes() {
		c.Restart(i)
	}
	require.NoError(t, c.WaitReady(ctx))
	_, err := c.WaitLeader(ctx, name)
	require.NoError(t, err)
	t.Logf("all nodes were back after %s", time.Since(began))
	publish(ctx, t, js, name, n)
	n++
	publish(ctx, t, js, name, 0) // again
	require.Equal(t, uint64(n), stored(ctx, t, c, s))
}

// TestNotDisturbed holds that a disturbance that cannot be is told.
func TestNotDisturbed(t *testing.T) {
	c := lab(t)
	require.Panics(t, func() { c.Restart(0) }, "it runs")
	require.Panics(t, func() { c.Cut(0) }, "it has no network of its own")
	idle := &Cluster{nodes: []*node{{name: "n1"}}}
	for _, disturb := range []func(int){idle.Kill, idle.Stop, idle.Pause, idle.Resume} {
		require.Panics(t, func() { disturb(0) }, "it does not run")
	}
}
