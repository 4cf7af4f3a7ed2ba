// Command node is a NATS server for the lab: what nats-server is, and no more of it than
// a configuration file can say.
//
//	node [-hasty] FILE
package main

import (
	"fmt"
	"os"

	"github.com/nats-io/nats-server/v2/server"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "node:", err)
		os.Exit(1)
	}
}

// run serves until a signal ends it: SIGTERM and SIGINT stop it in good order.
func run(args []string) error {
	if len(args) > 0 && args[0] == "-hasty" {
		hurry()
		args = args[1:]
	}
	if len(args) != 1 {
		return fmt.Errorf("want the name of a configuration file, have %d arguments", len(args))
	}
	opts, err := server.ProcessConfigFile(args[0])
	if err != nil {
		return err
	}
	s, err := server.NewServer(opts)
	if err != nil {
		return err
	}
	s.ConfigureLogger()
	if err := server.Run(s); err != nil {
		return err
	}
	if err := tellPeers(s); err != nil {
		return err
	}
	s.WaitForShutdown()
	return nil
}
