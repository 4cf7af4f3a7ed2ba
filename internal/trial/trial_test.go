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

// TestEngineAgreesWithTheSwitch tries random scripts, dialects and weathers in which
// nothing is lost: the engine's answer is the switch's own, to the millisecond.
func TestEngineAgreesWithTheSwitch(t *testing.T) {
	tally := try(t, Lossless, 15_000)
	require.Zero(t, tally.Lost)
}

// TestEngineSaysNothingFalse tries random scripts, dialects and weathers in which
// notifications are lost. Nobody has proved that no such case finds the engine saying too
// much, so the cases are the same each time, but for make soak and LEGWORK_SEED.
func TestEngineSaysNothingFalse(t *testing.T) {
	if os.Getenv("LEGWORK_SOAK") == "" && os.Getenv("LEGWORK_SEED") == "" {
		t.Setenv("LEGWORK_SEED", "7")
	}
	tally := try(t, Lossy, 5_000)
	require.Greater(t, tally.Lossy, tally.Cases/4, "hardly anything was lost")
}

func try(t *testing.T, loss Loss, usual int64) Tally {
	x, failures := office(t), 0
	tally, err := Many(context.Background(), x, seeds(t), count(t, usual), loss, 2, Legwork, nil, func(v *Verdict) bool {
		failures++
		least := Reduce(x, v, Legwork)
		t.Errorf("seed %d, reduced (save as case.txt and run: legwork verify --case case.txt):\n%s", v.Case.Seed, least)
		return failures < most()
	})
	require.NoError(t, err)
	require.Greater(t, tally.Events, 8*tally.Cases, "the scripts are hardly any")
	t.Logf("%+v", tally)
	return tally
}

// most is how many failures are shown: LEGWORK_FAILURES, else 3.
func most() int {
	if n, err := strconv.Atoi(os.Getenv("LEGWORK_FAILURES")); err == nil {
		return n
	}
	return 3
}
