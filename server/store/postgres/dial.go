package postgres

import (
	"context"
	"net"
	"time"
)

// silence is how long a connection may stand on which the other end does not even
// acknowledge: a machine or a network that is gone says nothing, and nobody must wait for
// it for the quarter of an hour that the system would.
const silence = 10 * time.Second

// dialer ends connections of silence.
var dialer = net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: silence / 2, Interval: silence / 4, Count: 2}, Control: bounded}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	return dialer.DialContext(ctx, network, address)
}
