package natslab

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// askEvery is how often a state that is waited for is asked for.
const askEvery = 50 * time.Millisecond

// WaitReady waits until the nodes that can be reached agree on a leader, and each of
// them has all that it has to store. A node that was killed, paused or cut off is not
// waited for. The error says what was still missing.
func (c *Cluster) WaitReady(ctx context.Context) error {
	for {
		missing := c.missing(ctx)
		if missing == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("natslab: not ready: %w: %w", ctx.Err(), missing)
		case <-time.After(askEvery):
		}
	}
}

// missing says what keeps the cluster from being ready, nil if nothing does.
func (c *Cluster) missing(ctx context.Context) error {
	nodes := c.reachable()
	if len(nodes) == 0 {
		return errors.New("no node can be reached")
	}
	leader := ""
	groups := []group{}
	for _, n := range nodes {
		select {
		case <-n.ended:
			return fmt.Errorf("%s has ended", n.name)
		default:
		}
		if err := n.ask(ctx, "/healthz", nil); err != nil {
			return err
		}
		state, err := n.state(ctx)
		if err != nil {
			return err
		}
		meta := state.Meta
		if meta.Leader == "" || meta.Size != c.opt.Nodes || leader != "" && leader != meta.Leader {
			return fmt.Errorf("%s follows %q in a cluster of %d, another %q", n.name, meta.Leader, meta.Size, leader)
		}
		leader = meta.Leader
		groups = append(groups, state.led(n.name)...)
	}
	return lags(groups, leader, nodes)
}

// lags says what a leader's followers have not got, nil if nothing: the nodes among
// them, for nobody waits for others. The nodes' own leader must be one of them.
func lags(groups []group, leader string, nodes []*node) error {
	led := false
	for _, g := range groups {
		led = led || g.Name == "" && g.Leader == leader
		for _, r := range g.Replicas {
			for _, n := range nodes {
				if n.name == r.Name && !r.Current {
					return fmt.Errorf("%s lags behind %s in %q", r.Name, g.Leader, g.Name)
				}
			}
		}
	}
	if !led {
		return fmt.Errorf("the leader, %s, cannot be reached", leader)
	}
	return nil
}

// reachable lists the nodes that a client reaches, as far as this package is to blame,
// as they are now.
func (c *Cluster) reachable() []*node {
	c.mu.Lock()
	defer c.mu.Unlock()
	var nodes []*node
	for _, n := range c.nodes {
		if n.expected() {
			now := *n
			nodes = append(nodes, &now)
		}
	}
	return nodes
}

// Leader tells which node leads a stream of the users' account, -1 if most of those that
// store it follow none, or not the same.
func (c *Cluster) Leader(stream string) int {
	votes, voters := map[string]int{}, 1
	for _, n := range c.reachable() {
		state, err := n.state(context.Background())
		if err != nil {
			continue
		}
		for _, g := range state.streams() {
			if g.Name == stream {
				votes[g.Leader]++
				voters = len(g.Replicas) + 1
			}
		}
	}
	for i, n := range c.nodes {
		if 2*votes[n.name] > voters {
			return i
		}
	}
	return -1
}

// WaitLeader waits until a stream has a leader that most agree on, and tells which.
func (c *Cluster) WaitLeader(ctx context.Context, stream string) (int, error) {
	for {
		if i := c.Leader(stream); i >= 0 {
			return i, nil
		}
		select {
		case <-ctx.Done():
			return -1, fmt.Errorf("natslab: nobody leads %s: %w", stream, ctx.Err())
		case <-time.After(askEvery):
		}
	}
}
