package run_test

import (
	"context"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/catalogue"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/run"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/target"
)

// TestMain runs the test binary as a receiver where a test asks for one.
func TestMain(m *testing.M) {
	switch os.Getenv("LEGWORK_TEST_RECEIVER") {
	case "exec":
		os.Exit(execReceiver(os.Stdin, os.Stdout))
	case "crash":
		os.Exit(crashReceiver(os.Stdin))
	case "serve":
		os.Exit(serveReceiver(os.Getenv("LEGWORK_TEST_ADDRESS"), os.Getenv("LEGWORK_TEST_STATE")))
	}
	goleak.VerifyTestMain(m)
}

func all(t testing.TB) []catalogue.Case {
	cases, err := catalogue.All(nil)
	require.NoError(t, err)
	return cases
}

func do(t testing.TB, cases []catalogue.Case, targets ...*target.Target) result.Report {
	r, err := run.Run(context.Background(), run.Config{Cases: cases, Targets: targets, Seed: 7})
	require.NoError(t, err)
	return r
}

func count(r result.Report) map[result.Class]int {
	out := map[result.Class]int{}
	for _, x := range r.Receivers[0].Results {
		out[x.Class]++
	}
	return out
}

// TestCorrectReceiverPasses: a receiver that embeds the engine passes every case.
func TestCorrectReceiverPasses(t *testing.T) {
	began := time.Now()
	r := do(t, all(t), serve(t, &receiver{token: "s3cret"}))
	for _, x := range r.Receivers[0].Results {
		if x.Class == result.Pass || x.Class == result.Skipped {
			continue
		}
		x.Sent = nil
		b, _ := json.MarshalIndent(x, "", " ")
		t.Errorf("%s", b)
	}
	t.Log(count(r), time.Since(began))
}
