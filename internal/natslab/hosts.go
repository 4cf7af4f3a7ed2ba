package natslab

import "os/exec"

// Address is where a host is reached.
func (c *Cluster) Address(host int) string { return c.network.address(host) }

// Own is the address of the test itself, at which every host reaches it.
func (c *Cluster) Own() string { return c.network.own() }

// Command makes a command that is to run on a host, and that the kernel kills when the
// test binary dies. Without Options.Namespaces it runs here.
func (c *Cluster) Command(host int, name string, args ...string) *exec.Cmd {
	cmd := c.network.command(host, name, args...)
	dieWithUs(cmd)
	return cmd
}

// Cut takes a host off the network: nothing reaches it or comes from it, and nobody is
// told. A node there goes on. It needs Options.Namespaces.
func (c *Cluster) Cut(host int) { c.connect(host, false) }

// Heal puts a host back. Connections that were there before go on when TCP tries again,
// which may take about as long as the host was off.
func (c *Cluster) Heal(host int) { c.connect(host, true) }

func (c *Cluster) connect(host int, on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if on {
		c.network.heal(host)
	} else {
		c.network.cut(host)
	}
	if host < len(c.nodes) {
		c.nodes[host].cut = !on
	}
}
