// Command legwork rebuilds RingCentral calls from telephony-session notifications.
//
//	legwork demo                      a warm transfer, from raw events to its story
//	legwork recon events.ndjson       the calls in a file
//	legwork explain events.ndjson     how every link of a call is known
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(mainStatus()) }

func mainStatus() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	return run(ctx, os.Args[1:], stdio{in: os.Stdin, out: os.Stdout, err: os.Stderr})
}
