package natslab

import (
	"errors"
	"os/exec"
)

// ErrNoNamespaces is what is wrong when this machine, or this user, cannot have a
// network of its own.
var ErrNoNamespaces = errors.New("natslab: no network namespaces here")

// A network is where the hosts are: those of the nodes first, then the empty ones.
type network interface {
	// own is the address of the test itself.
	own() string
	address(host int) string
	// command makes one that is to run on a host.
	command(host int, name string, args ...string) *exec.Cmd
	// cut takes a host off the network, heal puts it back.
	cut(host int)
	heal(host int)
	close()
}

// loopback is the network that every machine has: its hosts are all the same one.
type loopback struct{}

func (loopback) own() string        { return "127.0.0.1" }
func (loopback) address(int) string { return "127.0.0.1" }
func (loopback) cut(int)            { panic("natslab: only Options.Namespaces lets a host be cut off") }
func (loopback) heal(int)           { panic("natslab: only Options.Namespaces lets a host be cut off") }
func (loopback) close()             {}

func (loopback) command(_ int, name string, args ...string) *exec.Cmd {
	return exec.Command(name, args...)
}
