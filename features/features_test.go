package features_test

import (
	"flag"
	"os"
	"runtime"
	"testing"

	"github.com/cucumber/godog"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/features"
	"github.com/legworkhq/legwork/scenarios"
)

// opts are what -godog.tags and the other godog flags say.
var opts = godog.Options{Format: "progress", Concurrency: runtime.GOMAXPROCS(0), NoColors: true}

func TestMain(m *testing.M) {
	godog.BindFlags("godog.", flag.CommandLine, &opts)
	flag.Parse()
	os.Exit(m.Run())
}

// TestFeatures holds every promise in every weather.
func TestFeatures(t *testing.T) {
	o := opts
	o.FS = features.FS
	o.TestingT = t
	s := scenarios.Suite{Godog: o}
	if os.Getenv("LEGWORK_SOAK") != "" {
		s.Try.Orders = 20_000
	}
	r, err := s.Run()
	require.NoError(t, err)
	require.NoError(t, r.Broken)
	require.Zero(t, r.Failed)
	t.Logf("%d scenarios, tried %v times", len(r.Scenarios), r.Runs)
	if o.Tags == "" {
		require.Greater(t, len(r.Scenarios), 120)
		for _, kind := range scenarios.Kinds() {
			require.Positive(t, r.Runs[kind], "no scenario was tried in the weather %s", kind)
		}
	}
}
