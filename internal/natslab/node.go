package natslab

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// stopWithin is how long a node may take to end in good order.
const stopWithin = 30 * time.Second

// routePool is how many routes two nodes have, the server's default; one more is for the
// system's own account.
const routePool = 3

// A node is one server: its place, and its process while it runs.
type node struct {
	name    string
	dir     string
	address string
	client  int // ports
	route   int
	monitor int
	command func() *exec.Cmd // the server's, where it is to run

	cmd    *exec.Cmd     // nil when it was never started
	ended  chan struct{} // closed when the process is over
	gone   bool          // it was made to end
	paused bool
	cut    bool // off the network
}

func newNode(c *Cluster, i int) (*node, error) {
	n := &node{name: fmt.Sprintf("n%d", i+1), address: c.Address(i), client: 4222, route: 6222, monitor: 8222}
	n.dir = filepath.Join(c.dir, n.name)
	args := []string{n.conf()}
	if c.opt.Hasty {
		args = []string{"-hasty", n.conf()}
	}
	n.command = func() *exec.Cmd { return c.Command(i, c.binary, args...) }
	if !c.opt.Namespaces {
		for _, port := range []*int{&n.client, &n.route, &n.monitor} {
			find := freePort
			if c.opt.port != nil {
				find = c.opt.port
			}
			free, err := find(n.address)
			if err != nil {
				return nil, err
			}
			*port = free
		}
	}
	return n, os.MkdirAll(n.dir, 0o700)
}

// freePort finds one that nobody listens on, below those that the kernel gives to
// outgoing connections: a node must get it again when it starts again.
func freePort(address string) (int, error) {
	var err error
	for range 100 {
		port := 20000 + rand.IntN(12000)
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort(address, strconv.Itoa(port))); err == nil {
			return port, l.Close()
		}
	}
	return 0, fmt.Errorf("natslab: no free port: %w", err)
}

// configure writes the node's configuration file.
func (n *node) configure(c *Cluster) error {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say("server_name: %s", n.name)
	say("listen: %q", net.JoinHostPort(n.address, strconv.Itoa(n.client)))
	say("http: %q", net.JoinHostPort(n.address, strconv.Itoa(n.monitor)))
	if c.opt.User != "" {
		say("authorization { user: %q, password: %q }", c.opt.User, c.opt.Password)
	}
	if c.opt.TLS != "" {
		say("tls { cert_file: %[1]q, key_file: %[1]q, ca_file: %[1]q }", c.opt.TLS)
	}
	say("jetstream {")
	say("  store_dir: %q", filepath.Join(n.dir, "store"))
	say("  sync_interval: always")
	if c.opt.MaxStore > 0 {
		say("  max_file_store: %d", c.opt.MaxStore)
	}
	say("}")
	say("cluster {")
	say("  name: %q", strings.NewReplacer("/", "-", " ", "-").Replace("natslab"+c.dir)) // who finds another's port is turned away
	say("  pool_size: %d", routePool)
	say("  listen: %q", net.JoinHostPort(n.address, strconv.Itoa(n.route)))
	if c.opt.TLS != "" {
		say("  tls { cert_file: %[1]q, key_file: %[1]q, ca_file: %[1]q, verify: true }", c.opt.TLS)
	}
	say("  routes: [")
	for _, other := range c.nodes {
		say("    %q", "nats://"+net.JoinHostPort(other.address, strconv.Itoa(other.route)))
	}
	say("  ]")
	say("}")
	return os.WriteFile(n.conf(), []byte(b.String()), 0o600)
}

func (n *node) conf() string { return filepath.Join(n.dir, "conf") }
func (n *node) log() string  { return filepath.Join(n.dir, "log") }

func (n *node) start() error {
	log, err := os.OpenFile(n.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := n.command()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("natslab: start %s: %w", n.name, err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	n.cmd, n.ended, n.gone, n.paused = cmd, ended, false, false
	return nil
}

// running tells whether there is a process, paused or not.
func (n *node) running() bool {
	if n.cmd == nil {
		return false
	}
	select {
	case <-n.ended:
		return false
	default:
		return true
	}
}

// expected tells whether the node should answer.
func (n *node) expected() bool { return n.cmd != nil && !n.gone && !n.paused && !n.cut }

func (n *node) mustRun() {
	if !n.running() {
		panic(fmt.Sprintf("natslab: %s does not run", n.name))
	}
}

func (n *node) signal(s os.Signal) {
	if err := n.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(fmt.Sprintf("natslab: send %s the signal %s: %v", n.name, s, err))
	}
}

// kill ends the process if there is one.
func (n *node) kill() {
	if !n.running() {
		return
	}
	n.gone = true
	n.signal(os.Kill)
	<-n.ended
}

func (n *node) stop() {
	n.gone = true
	n.signal(syscall.SIGTERM)
	if n.paused {
		n.resume()
	}
	select {
	case <-n.ended:
	case <-time.After(stopWithin):
		n.kill()
		panic(fmt.Sprintf("natslab: %s did not end within %s", n.name, stopWithin))
	}
}

func (n *node) pause() {
	n.signal(sigStop)
	n.paused = true
}

func (n *node) resume() {
	n.signal(sigCont)
	n.paused = false
}
