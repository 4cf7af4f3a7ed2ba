package cluster

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func workersOf(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("legwork-%d:8080", i))
	}
	return names
}

// TestShares holds that each worker gets as many partitions, give or take one, and that
// all nodes say the same, in whatever order they know the workers.
func TestShares(t *testing.T) {
	require.Equal(t, []string{"", ""}, Shares(nil, 2))
	for _, partitions := range []int{2, 8, 32, 100, 1024} {
		for n := 1; n <= 12; n++ {
			workers := workersOf(n)
			shares := Shares(workers, partitions)
			count := map[string]int{}
			for _, who := range shares {
				count[who]++
			}
			for _, who := range workers {
				require.InDelta(t, float64(partitions)/float64(n), count[who], 1, "%s of %d among %d", who, partitions, n)
			}
			slices.Reverse(workers)
			require.Equal(t, shares, Shares(workers, partitions))
		}
	}
}

// TestSharesMove holds that few partitions move when a worker comes or goes: those that
// it has, and not many more.
func TestSharesMove(t *testing.T) {
	const partitions = 128
	for n := 2; n <= 8; n++ {
		few, many := Shares(workersOf(n), partitions), Shares(workersOf(n+1), partitions)
		moved := 0
		for p := range few {
			if few[p] != many[p] {
				moved++
			}
		}
		require.LessOrEqual(t, moved, 2*partitions/(n+1), "from %d workers to %d", n, n+1)
	}
}

// TestPresume holds that who was there before NATS was away counts as there until all had
// time to come back.
func TestPresume(t *testing.T) {
	a, b, c := Member{Name: "a"}, Member{Name: "b"}, Member{Name: "c"}
	names := func(list []Member) (out []string) {
		for _, m := range list {
			out = append(out, m.Name)
		}
		slices.Sort(out)
		return out
	}
	var before before
	require.Equal(t, []string{"a"}, names(before.presume([]Member{a, b}, []Member{a}, time.Hour)), "b went while NATS was there")
	before.apart = true
	require.Equal(t, []string{"a", "b", "c"}, names(before.presume([]Member{a, b}, []Member{a, c}, time.Hour)))
	require.Equal(t, []string{"a", "b", "c"}, names(before.presume([]Member{a, c}, []Member{a, c}, time.Hour)), "nor later")
	before.until = time.Now().Add(-time.Second)
	require.Equal(t, []string{"a", "c"}, names(before.presume([]Member{a, c}, []Member{a, c}, time.Hour)))
}

// TestKey: nodes have keys of their own.
func TestKey(t *testing.T) {
	require.Equal(t, "Node_1-a", key("Node_1-a"))
	require.Equal(t, "node=2E1=3A8080", key("node.1:8080"))
	require.NotEqual(t, key("a="), key("a=3D"))
}
