package cluster

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPartition holds what the servers of a cluster agree on, which must not change: the
// lab's TestTransform holds it to what a NATS server does.
func TestPartition(t *testing.T) {
	for token, want := range map[string]int{"": 5, "a": 4, "s-a1b2c3": 5, "Jürgen": 2} {
		require.Equal(t, want, Partition(token, 8), "%q", token)
	}
	require.Zero(t, Partition("a", 0))
	require.Zero(t, Partition("a", -1))
	require.Zero(t, Partition("a", 1))
}

// TestPartitionEven holds that no partition gets much more than its share.
func TestPartitionEven(t *testing.T) {
	const tokens, n = 80_000, 8
	got := make([]int, n)
	for i := range tokens {
		got[Partition(fmt.Sprintf("s-%dz%d", 9_000_000+i*7919, i), n)]++
	}
	for p, count := range got {
		require.InEpsilon(t, tokens/n, count, 0.05, "partition %d of %v", p, got)
	}
}
