package cluster

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestUndrained: what lies in the stream beyond the positions is found.
func TestUndrained(t *testing.T) {
	servers := strings.Join(lab(t).URLs(), ",")
	cfg := config(t, servers)
	n, err := connect(t, cfg, 20*time.Second)
	require.NoError(t, err)
	parts, err := n.Undrained(t.Context(), make([]int64, 4))
	require.NoError(t, err)
	require.Empty(t, parts)
	positions := make([]int64, 4)
	for _, tenant := range []int64{1, 2, 2} {
		ack, err := jetStream(t, servers).Publish(t.Context(), n.names.in(fmt.Sprint(tenant)), []byte(time.Now().String()))
		require.NoError(t, err)
		positions[n.PartitionOf(tenant)] = int64(ack.Sequence)
	}
	parts, err = n.Undrained(t.Context(), positions)
	require.NoError(t, err)
	require.Empty(t, parts)
	positions[n.PartitionOf(2)]--
	parts, err = n.Undrained(t.Context(), positions)
	require.NoError(t, err)
	require.Equal(t, []int{n.PartitionOf(2)}, parts)
	_, err = n.Undrained(t.Context(), make([]int64, 3))
	require.ErrorContains(t, err, "made for 3 partitions, the cluster in NATS has 4")
}
