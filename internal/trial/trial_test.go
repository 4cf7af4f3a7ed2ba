package trial

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/sim/pbx"
)

func office(t testing.TB) *pbx.Exchange {
	x, err := pbx.NewExchange(pbx.Office())
	require.NoError(t, err)
	return x
}

// seeds is where a test begins: a fresh place each time, or LEGWORK_SEED.
func seeds(t testing.TB) uint64 {
	seed := uint64(time.Now().UnixNano()) >> 10 << 20
	if s := os.Getenv("LEGWORK_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		require.NoError(t, err)
		seed = n
	}
	t.Logf("seed %d", seed)
	return seed
}

func count(t testing.TB, usual int64) int64 {
	if os.Getenv("LEGWORK_SOAK") != "" {
		usual *= 50
	}
	if s := os.Getenv("LEGWORK_CALLS"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		require.NoError(t, err)
		return n
	}
	return usual
}

// TestEngineAgreesWithTheSwitch tries random scripts, dialects and weathers: the
// engine's answer is the switch's own where nothing was lost, and says nothing that is
// false where something was.
func TestEngineAgreesWithTheSwitch(t *testing.T) {
	x, failures := office(t), 0
	tally, err := Many(context.Background(), x, seeds(t), count(t, 20_000), Both, 2, Legwork, nil, func(v *Verdict) bool {
		failures++
		least := Reduce(x, v, Legwork)
		t.Errorf("seed %d, reduced (save as case.txt and run: legwork verify --case case.txt):\n%s", v.Case.Seed, least)
		return failures < most()
	})
	require.NoError(t, err)
	require.Greater(t, tally.Events, 10*tally.Cases, "the scripts are hardly any")
	require.Greater(t, tally.Lossy, tally.Cases/6, "hardly anything was lost")
	t.Logf("%+v", tally)
}

// most is how many failures are shown: LEGWORK_FAILURES, else 3.
func most() int {
	if n, err := strconv.Atoi(os.Getenv("LEGWORK_FAILURES")); err == nil {
		return n
	}
	return 3
}
