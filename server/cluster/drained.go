package cluster

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"
)

// Undrained lists the partitions of which the stream has notifications beyond a position:
// they are not in the journal. It is given the position of each partition, as
// store.Partition has them, and needs Connect.
func (n *Node) Undrained(ctx context.Context, positions []int64) (parts []int, err error) {
	if n.Partitions() != len(positions) {
		return nil, wrong("the database was made for %d partitions, the cluster in NATS has %d: one of them is another cluster's", len(positions), n.Partitions())
	}
	for p, position := range positions {
		last, err := n.stream.GetLastMsgForSubject(ctx, n.names.partitioned(p))
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
		case err != nil:
			return nil, explain(err, n.cfg.URL)
		case int64(last.Sequence) > position:
			parts = append(parts, p)
		}
	}
	return parts, nil
}
