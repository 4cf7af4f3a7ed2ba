package cluster

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Ranges writes numbers that are in order as 0-3,7; "-" for none.
func Ranges(list []int) string {
	var b strings.Builder
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(list[i]))
		if j > i {
			b.WriteString("-" + strconv.Itoa(list[j]))
		}
		i = j + 1
	}
	if b.Len() == 0 {
		return "-"
	}
	return b.String()
}

// moves are the partitions that were taken and given up since the log told of them last.
type moves struct {
	mu    sync.Mutex
	taken []int
	given map[string][]int // by why
}

func (m *moves) took(p int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.taken = append(m.taken, p)
}

func (m *moves) gave(p int, why string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.given == nil {
		m.given = map[string][]int{}
	}
	m.given[why] = append(m.given[why], p)
}

// tell logs one line for what was taken, and one for each reason of giving up.
func (n *Node) tell() {
	n.moves.mu.Lock()
	taken, given := n.moves.taken, n.moves.given
	n.moves.taken, n.moves.given = nil, nil
	n.moves.mu.Unlock()
	if len(taken) > 0 {
		slices.Sort(taken)
		n.cfg.Log.Info("took partitions", "count", len(taken), "partitions", Ranges(taken))
	}
	whys := make([]string, 0, len(given))
	for why := range given {
		whys = append(whys, why)
	}
	slices.Sort(whys)
	for _, why := range whys {
		slices.Sort(given[why])
		n.cfg.Log.Info("gave partitions up", "count", len(given[why]), "partitions", Ranges(given[why]), "because", why)
	}
}
