package recon

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/internal/session"
)

// The built-in map is the obvious twin.
func TestTableAgreesWithMap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var tab table
	twin := map[session.Key]*member{}
	var keys []session.Key
	for i := range 3000 {
		keys = append(keys, session.KeyOf(fmt.Sprint("s-", i)))
	}
	for range 200_000 {
		k := keys[r.IntN(len(keys))]
		require.Equal(t, twin[k] == nil, tab.get(k) == nil)
		require.Same(t, twin[k], tab.get(k))
		switch m := twin[k]; {
		case m == nil && r.IntN(3) > 0:
			m = &member{key: k}
			twin[k] = m
			tab.put(m)
		case m != nil && r.IntN(2) == 0:
			delete(twin, k)
			tab.remove(m)
		}
		require.Equal(t, len(twin), tab.len)
	}
	seen := 0
	tab.each(func(m *member) {
		seen++
		require.Same(t, twin[m.key], m)
	})
	require.Equal(t, len(twin), seen)
}
