package natslab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// readyWithin is how long Start waits for a cluster: much longer than it takes.
const readyWithin = 90 * time.Second

// Options say what cluster to start. The zero value is three nodes on the loopback
// interface that anybody may use.
type Options struct {
	Nodes    int    // how many servers; 0 is 3
	User     string // who clients must be; empty lets anybody in
	Password string
	TLS      string // a file with the certificate and key that nodes have, and trust others by, in PEM form; empty is without TLS
	MaxStore int64  // how many bytes each node may store; 0 leaves that to the server
	Dir      string // where the nodes keep their files; empty is a directory that Close removes

	// Hasty has the nodes notice in a fifth of the usual time that another is gone, for
	// tests with many disturbances. How long a real cluster takes they cannot tell.
	Hasty bool

	// Namespaces gives every node a host of its own, which may be cut off: a network
	// namespace, joined to the others by a bridge. Only root on Linux can have them, with
	// iproute2: Start skips the test where it cannot be done. Hosts is how many more there
	// are to be, without a node, for what else takes part.
	Namespaces bool
	Hosts      int

	port func(address string) (int, error) // finds a free one; nil is freePort
}

// A Cluster is a running one. The methods that disturb it panic when they cannot: a test
// whose disturbance did not happen proves nothing. Nodes are counted from 0, and called
// n1, n2 and so on. Hosts are counted from 0, too: those of the nodes come first. It may
// be used by several goroutines.
type Cluster struct {
	opt     Options
	binary  string
	dir     string
	ownsDir bool
	network network

	mu    sync.Mutex
	nodes []*node
}

// Start starts a cluster that ends with the test, and waits until it is ready. When the
// test fails, it shows what the nodes said.
func Start(t testing.TB, opt Options) *Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), readyWithin)
	defer cancel()
	c, err := New(ctx, opt)
	if errors.Is(err, ErrNoNamespaces) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	c.Watch(t)
	return c
}

// New is Start without a test, for a cluster that serves several. The caller closes it.
func New(ctx context.Context, opt Options) (*Cluster, error) {
	if opt.Nodes == 0 {
		opt.Nodes = 3
	}
	c := &Cluster{opt: opt, dir: opt.Dir, network: loopback{}}
	if err := c.start(ctx); err != nil {
		logs := c.said(nil)
		c.Close()
		return nil, fmt.Errorf("%w\n%s", err, logs)
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) error {
	if c.opt.Namespaces {
		network, err := newNamespaces(c.hostNames())
		if err != nil {
			return err
		}
		c.network = network
	}
	if c.dir == "" {
		dir, err := os.MkdirTemp("", "legwork-natslab-")
		if err != nil {
			return err
		}
		c.dir, c.ownsDir = dir, true
	}
	c.binary = filepath.Join(c.dir, "node")
	if err := build(c.binary); err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		err := c.launch(ctx)
		if err == nil || attempt == attempts || !c.collided() {
			return err
		}
		for _, n := range c.nodes {
			n.kill()
			_ = os.RemoveAll(n.dir)
		}
		c.nodes = nil
	}
}

// attempts is how often nodes are started that find their ports taken: another process may
// have chosen the same ones in between.
const attempts = 5

// launch starts nodes and waits until they are ready, or one finds its ports taken.
func (c *Cluster) launch(ctx context.Context) error {
	for i := range c.opt.Nodes {
		n, err := newNode(c, i)
		if err != nil {
			return err
		}
		c.nodes = append(c.nodes, n)
	}
	for _, n := range c.nodes {
		if err := n.configure(c); err != nil {
			return err
		}
	}
	for _, n := range c.nodes {
		if err := n.start(); err != nil {
			return err
		}
	}
	ready, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for ready.Err() == nil {
			if c.collided() {
				stop()
			}
			time.Sleep(askEvery)
		}
	}()
	err := c.WaitReady(ready)
	stop()
	<-watched
	return err
}

// collided: a node has ended because somebody else listens on a port of its.
func (c *Cluster) collided() bool {
	return slices.ContainsFunc(c.nodes, func(n *node) bool {
		if n.cmd == nil || n.running() {
			return false
		}
		said, _ := os.ReadFile(n.log())
		return bytes.Contains(said, []byte("address already in use"))
	})
}

// hostNames are n1 and so on for the nodes' hosts, h1 and so on for the others.
func (c *Cluster) hostNames() []string {
	var names []string
	for i := range c.opt.Nodes {
		names = append(names, fmt.Sprintf("n%d", i+1))
	}
	for i := range c.opt.Hosts {
		names = append(names, fmt.Sprintf("h%d", i+1))
	}
	return names
}

// Close kills every node, and removes the nodes' files unless Options.Dir said where
// they are to be. What else runs in the cluster's namespaces is killed, too.
func (c *Cluster) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.nodes {
		n.kill()
	}
	c.network.close()
	if c.ownsDir {
		_ = os.RemoveAll(c.dir)
	}
}

// Nodes tells how many nodes there are, running or not.
func (c *Cluster) Nodes() int { return len(c.nodes) }

// URL is where clients reach a node, with the user and the password if there are any.
func (c *Cluster) URL(i int) string {
	n := c.nodes[i]
	scheme := "nats"
	if c.opt.TLS != "" {
		scheme = "tls"
	}
	u := url.URL{Scheme: scheme, Host: net.JoinHostPort(n.address, strconv.Itoa(n.client))}
	if c.opt.User != "" {
		u.User = url.UserPassword(c.opt.User, c.opt.Password)
	}
	return u.String()
}

// URLs is the URL of every node, running or not.
func (c *Cluster) URLs() []string {
	urls := make([]string, len(c.nodes))
	for i := range urls {
		urls[i] = c.URL(i)
	}
	return urls
}

// Kill ends a node at once (SIGKILL). What it has not written is lost; its files stay.
func (c *Cluster) Kill(i int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes[i].mustRun()
	c.nodes[i].kill()
}

// Stop ends a node in good order (SIGTERM), and waits for its end.
func (c *Cluster) Stop(i int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes[i].mustRun()
	c.nodes[i].stop()
}

// Pause makes a node stand still (SIGSTOP): its connections stay, and it says nothing.
func (c *Cluster) Pause(i int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes[i].mustRun()
	c.nodes[i].pause()
}

// Resume lets a paused node go on (SIGCONT).
func (c *Cluster) Resume(i int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes[i].mustRun()
	c.nodes[i].resume()
}

// Restart starts a node that was killed or stopped again, with its files and its ports.
// It does not wait until the node is ready.
func (c *Cluster) Restart(i int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.nodes[i].running() {
		panic(fmt.Sprintf("natslab: %s is to start again, and runs", c.nodes[i].name))
	}
	if err := c.nodes[i].start(); err != nil {
		panic(err)
	}
}
