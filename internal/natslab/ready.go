package natslab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// askEvery is how often a state that is waited for is asked for.
const askEvery = 50 * time.Millisecond

// WaitReady waits until the nodes that can be reached agree on a leader, each of them has
// all that it has to store, and a stream may be placed on any. A node that was killed, paused or cut off is not
// waited for. The error says what was still missing.
func (c *Cluster) WaitReady(ctx context.Context) error {
	var missing error
	for {
		now := c.missing(ctx)
		if now == nil {
			return nil
		}
		if missing == nil || ctx.Err() == nil { // or it is only that the time is over
			missing = now
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
	said := map[string][]group{}
	for _, n := range nodes {
		select {
		case <-n.ended:
			return fmt.Errorf("%s has ended", n.name)
		default:
		}
		groups, err := n.ready(ctx, nodes, c.opt.Nodes)
		if err != nil {
			return err
		}
		said[n.name] = groups
	}
	return disagree(said)
}

// ready lists the groups that the node belongs to. The error says what keeps the node
// from being ready: it must be healthy, know of all nodes, have all its routes to those
// that are to be ready, and, if it leads the cluster, know how full they are.
func (n *node) ready(ctx context.Context, nodes []*node, clusterSize int) ([]group, error) {
	if err := n.ask(ctx, "/healthz", nil); err != nil {
		return nil, err
	}
	state, err := n.state(ctx)
	if err != nil {
		return nil, err
	}
	if state.Meta.Size != clusterSize {
		return nil, fmt.Errorf("%s knows %d nodes", n.name, state.Meta.Size)
	}
	routes, err := n.routes(ctx)
	if err != nil {
		return nil, err
	}
	peers, err := n.peers(ctx)
	if err != nil {
		return nil, err
	}
	for _, other := range nodes {
		if other.name != n.name && routes[other.name] <= routePool {
			return nil, fmt.Errorf("%s has %d routes to %s", n.name, routes[other.name], other.name)
		}
		if state.Meta.Leader == n.name && !slices.Contains(peers, other.name) {
			return nil, fmt.Errorf("%s does not know how full %s is", n.name, other.name)
		}
	}
	return state.groups(), nil
}

// disagree says on what the nodes disagree, nil if on nothing: who leads a group, which
// must be one of them, and that its leader finds that none of them lags behind.
func disagree(said map[string][]group) error {
	leaders := map[string]string{}
	for node, groups := range said {
		for _, g := range groups {
			leader, known := leaders[g.Name]
			if known && leader != g.Leader || said[g.Leader] == nil {
				return fmt.Errorf("%s follows %q in %q, another %q", node, g.Leader, g.Name, leader)
			}
			leaders[g.Name] = g.Leader
			for _, r := range g.Replicas {
				if g.Leader == node && said[r.Name] != nil && !r.Current {
					return fmt.Errorf("%s lags behind %s in %q", r.Name, node, g.Name)
				}
			}
		}
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
