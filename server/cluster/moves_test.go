package cluster

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRanges(t *testing.T) {
	for want, list := range map[string][]int{"-": nil, "7": {7}, "0-3,7": {0, 1, 2, 3, 7}, "1,3,5-6": {1, 3, 5, 6}} {
		require.Equal(t, want, Ranges(list))
	}
}

// One line a round, whatever the order in which partitions came and went.
func TestTell(t *testing.T) {
	var out bytes.Buffer
	n := &Node{cfg: Config{Log: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))}}
	for _, p := range []int{7, 2, 0, 1} {
		n.moves.took(p)
	}
	n.moves.gave(4, "this node leaves")
	n.moves.gave(3, "this node leaves")
	n.moves.gave(9, "another node owns it")
	n.tell()
	n.tell()
	require.Equal(t, `level=INFO msg="took partitions" count=4 partitions=0-2,7
level=INFO msg="gave partitions up" count=1 partitions=9 because="another node owns it"
level=INFO msg="gave partitions up" count=2 partitions=3-4 because="this node leaves"
`, out.String())
}
