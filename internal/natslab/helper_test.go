package natslab

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"time"
)

// helper is what a test has this test binary do on a host.
func helper(n network, host int, args ...string) *exec.Cmd {
	cmd := n.command(host, os.Args[0], args...)
	cmd.Env = append(os.Environ(), helperEnv+"=1")
	dieWithUs(cmd)
	return cmd
}

const helperEnv = "LEGWORK_NATSLAB_HELPER"

// help is the helper: it dials an address, or listens on one, or starts a cluster.
func help(args []string) error {
	switch args[0] {
	case "dial":
		conn, err := net.DialTimeout("tcp", args[1], time.Second)
		if err != nil {
			return err
		}
		return conn.Close()
	case "start":
		c, err := New(context.Background(), Options{Dir: args[1]})
		if err != nil {
			return err
		}
		fmt.Println(c.URL(0))
		select {}
	case "listen":
		l, err := net.Listen("tcp", args[1])
		if err != nil {
			return err
		}
		fmt.Println("listens")
		for {
			conn, err := l.Accept()
			if err != nil {
				return err
			}
			conn.Close()
		}
	}
	return fmt.Errorf("cannot %q", args)
}
