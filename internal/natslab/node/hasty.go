package main

import (
	"time"
	_ "unsafe" // for the server's variables
)

// The server's own timings, which it lets nobody change: they are constants in all but
// name. A server that has none of that name does not link.
//
//go:linkname minElectionTimeout github.com/nats-io/nats-server/v2/server.minElectionTimeout
//go:linkname maxElectionTimeout github.com/nats-io/nats-server/v2/server.maxElectionTimeout
//go:linkname hbInterval github.com/nats-io/nats-server/v2/server.hbInterval
//go:linkname lostQuorumInterval github.com/nats-io/nats-server/v2/server.lostQuorumInterval
//go:linkname lostQuorumCheck github.com/nats-io/nats-server/v2/server.lostQuorumCheck
var (
	minElectionTimeout time.Duration
	maxElectionTimeout time.Duration
	hbInterval         time.Duration
	lostQuorumInterval time.Duration
	lostQuorumCheck    time.Duration
)

// hurry makes the server notice in a fifth of the time that another is gone. Every node
// of a cluster must.
func hurry() {
	for _, d := range []*time.Duration{&minElectionTimeout, &maxElectionTimeout, &hbInterval, &lostQuorumInterval, &lostQuorumCheck} {
		*d /= 5
	}
}
