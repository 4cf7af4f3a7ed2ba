package natslab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

// A run's namespaces, its bridge and its addresses have a number in their names that no
// other run has: whoever holds the lock on the number's file. The kernel gives the lock
// back when the run ends, however it ends, so that what is there under a number that is
// free is the leftover of a run that was killed.
const (
	prefix  = "lwlab"
	lockDir = "/run/legwork-natslab"
	numbers = 256
)

// leftover matches the name of a run's namespace, bridge or link.
var leftover = regexp.MustCompile(`\b` + prefix + `(\d+)(-\w+|v\d+)?\b`)

// namespaces is a network of hosts that are namespaces, joined by a bridge on which the
// test has an address, too. Their addresses are among those set aside for benchmarks
// (RFC 2544), and no host has a way to any other.
type namespaces struct {
	number int
	lock   *os.File
	hosts  []string
}

// newNamespaces makes one host for each name. The error is ErrNoNamespaces when it cannot
// be done here.
func newNamespaces(hosts []string) (network, error) {
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("%w: only root makes them", ErrNoNamespaces)
	}
	if _, err := exec.LookPath("ip"); err != nil {
		return nil, fmt.Errorf("%w: iproute2 makes them: %w", ErrNoNamespaces, err)
	}
	n, err := takeNumber()
	if err != nil {
		return nil, err
	}
	sweep()
	n.hosts = hosts
	if err := n.make(); err != nil {
		n.close()
		return nil, err
	}
	return n, nil
}

// takeNumber takes the lowest that is free, and removes what was left under it.
func takeNumber() (*namespaces, error) {
	for number := range numbers {
		lock, err := lockNumber(number)
		if err == nil {
			removeAll(number)
			return &namespaces{number: number, lock: lock}, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w: %w", ErrNoNamespaces, err)
		}
	}
	return nil, fmt.Errorf("natslab: %d runs have namespaces already", numbers)
}

func lockNumber(number int) (*os.File, error) {
	if err := os.MkdirAll(lockDir, 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(lockDir, strconv.Itoa(number)), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// sweep removes what killed runs left.
func sweep() {
	found := map[int]bool{}
	for _, name := range names() {
		number, err := strconv.Atoi(leftover.FindStringSubmatch(name)[1])
		if err == nil {
			found[number] = true
		}
	}
	for number := range found {
		if lock, err := lockNumber(number); err == nil {
			removeAll(number)
			lock.Close()
		}
	}
}

// names lists the namespaces, bridges and links of all runs.
func names() []string {
	spaces, _ := ip("netns", "list")
	links, _ := ip("-o", "link", "show")
	return leftover.FindAllString(spaces+links, -1)
}

// removeAll removes what has a number, and ends what runs there.
func removeAll(number int) {
	for _, name := range names() {
		parts := leftover.FindStringSubmatch(name)
		if parts[1] != strconv.Itoa(number) {
			continue
		}
		if !strings.HasPrefix(parts[2], "-") {
			_, _ = ip("link", "delete", name)
			continue
		}
		pids, _ := ip("netns", "pids", name)
		for _, field := range strings.Fields(pids) {
			if pid, err := strconv.Atoi(field); err == nil {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
		_, _ = ip("netns", "delete", name)
	}
}

// make makes the bridge, and a namespace and a pair of links for each host.
func (n *namespaces) make() error {
	bridge := n.bridge()
	steps := [][]string{
		{"link", "add", bridge, "type", "bridge"},
		{"addr", "add", n.own() + "/24", "dev", bridge},
		{"link", "set", bridge, "up"},
	}
	for host := range n.hosts {
		space := n.space(host)
		steps = append(steps,
			[]string{"netns", "add", space},
			[]string{"link", "add", n.link(host), "type", "veth", "peer", "name", "eth0", "netns", space},
			[]string{"link", "set", n.link(host), "master", bridge, "up"},
			[]string{"-n", space, "addr", "add", n.address(host) + "/24", "dev", "eth0"},
			[]string{"-n", space, "link", "set", "eth0", "up"},
			[]string{"-n", space, "link", "set", "lo", "up"},
		)
	}
	for _, step := range steps {
		if _, err := ip(step...); err != nil {
			return fmt.Errorf("%w: %w", ErrNoNamespaces, err)
		}
	}
	return nil
}

func (n *namespaces) bridge() string       { return fmt.Sprint(prefix, n.number) }
func (n *namespaces) link(host int) string { return fmt.Sprintf("%s%dv%d", prefix, n.number, host) }
func (n *namespaces) space(host int) string {
	return fmt.Sprintf("%s%d-%s", prefix, n.number, n.hosts[host])
}

func (n *namespaces) own() string { return fmt.Sprintf("198.18.%d.1", n.number) }

func (n *namespaces) address(host int) string { return fmt.Sprintf("198.18.%d.%d", n.number, 11+host) }

func (n *namespaces) command(host int, name string, args ...string) *exec.Cmd {
	return exec.Command("ip", append([]string{"netns", "exec", n.space(host), name}, args...)...)
}

func (n *namespaces) cut(host int) { n.set(host, "down") }

func (n *namespaces) heal(host int) { n.set(host, "up") }

func (n *namespaces) set(host int, state string) {
	if _, err := ip("link", "set", n.link(host), state); err != nil {
		panic(err)
	}
}

func (n *namespaces) close() {
	removeAll(n.number)
	n.lock.Close()
}

// ip runs iproute2's command, and returns what it says.
func ip(args ...string) (string, error) {
	out, err := exec.Command("ip", args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("natslab: ip %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}
