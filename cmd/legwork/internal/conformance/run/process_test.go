package run_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/catalogue"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/observed"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/target"
	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/wire"
)

// execReceiver reads notifications to the end, and prints the calls.
func execReceiver(in io.Reader, out io.Writer) int {
	e, err := recon.New(recon.Config{})
	if err != nil {
		return 1
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		if ev, err := wire.Decode(lines.Bytes()); err == nil {
			e.Step(time.Now(), &ev)
		}
	}
	enc := json.NewEncoder(out)
	for _, c := range observed.Of(e.Calls()) {
		_ = enc.Encode(c)
	}
	return 0
}

// crashReceiver ends with status 3 when a notification comes.
func crashReceiver(in io.Reader) int {
	if b, _ := io.ReadAll(in); len(b) > 0 {
		fmt.Fprintln(os.Stderr, "TypeError: cannot read properties of undefined")
		return 3
	}
	return 0
}

// serveReceiver is a webhook that keeps every notification in a file, so that it
// survives a restart.
func serveReceiver(address, state string) int {
	e, err := recon.New(recon.Config{})
	if err != nil {
		return 1
	}
	r := &receiver{engine: e}
	if old, err := os.Open(state); err == nil {
		lines := bufio.NewScanner(old)
		lines.Buffer(nil, 4<<20)
		for lines.Scan() {
			r.take(lines.Bytes())
		}
		old.Close()
	}
	log, err := os.OpenFile(state, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 1
	}
	keep := func(w http.ResponseWriter, req *http.Request) bool {
		if req.Method != http.MethodPost || req.Header.Get("Validation-Token") != "" {
			return false
		}
		body, err := io.ReadAll(req.Body)
		if err == nil && json.Valid(body) {
			r.mu.Lock()
			_, err = log.Write(append(body, '\n'))
			r.mu.Unlock()
			r.take(body)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
		return true
	}
	r.answer = keep
	fmt.Fprintln(os.Stderr, http.ListenAndServe(address, r))
	return 1
}

func free(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// started is a target whose receiver the suite starts.
func started(t testing.TB, state string) *target.Target {
	address := free(t)
	t.Setenv("LEGWORK_TEST_RECEIVER", "serve")
	t.Setenv("LEGWORK_TEST_ADDRESS", address)
	t.Setenv("LEGWORK_TEST_STATE", state)
	self, err := filepath.Abs(os.Args[0])
	require.NoError(t, err)
	return &target.Target{File: "target.yaml", Name: "started", Webhook: &url.URL{Scheme: "http", Host: address, Path: "/"}, Settle: 500 * time.Millisecond, Tolerance: 2 * time.Second,
		Parallel: 8, Start: []string{self}, Sees: target.Sees{Kind: target.HTTP, URL: "http://" + address + "/calls"}}
}

func executed(t testing.TB, how string) *target.Target {
	t.Setenv("LEGWORK_TEST_RECEIVER", how)
	self, err := filepath.Abs(os.Args[0])
	require.NoError(t, err)
	return &target.Target{File: "target.yaml", Name: "executed", Settle: time.Second, Tolerance: 2 * time.Second, Parallel: 2, Sees: target.Sees{Kind: target.Exec, Args: []string{self}}}
}

// TestRestartedReceiverPasses: a receiver that the suite starts, and that keeps what it
// is told, passes also where it is restarted.
func TestRestartedReceiverPasses(t *testing.T) {
	ids := []string{"call.direct/inbound/1", "restart.middle/question.gone-attended-transfer-1/1", "restart.middle/media.hold-once-1/1"}
	r := do(t, some(t, ids...), started(t, filepath.Join(t.TempDir(), "events.ndjson")))
	for _, x := range r.Receivers[0].Results {
		require.Equal(t, result.Pass, x.Class, "%s: %s", x.Case, x.Why)
	}
}

// TestForgetfulReceiver: one that forgets when it is restarted is NON-STRICT there, and
// fails a strict run.
func TestForgetfulReceiver(t *testing.T) {
	tg := started(t, os.DevNull)
	var err error
	tg.Facts, err = observed.ParseFacts([]string{"outcome", "talkMs"})
	require.NoError(t, err)
	r := do(t, some(t, "restart.middle/media.hold-once-1/1"), tg)
	require.Equal(t, result.NonStrict, r.Receivers[0].Results[0].Class, r.Receivers[0].Results[0].Why)
}

// TestExecReceiverPasses: the same engine behind standard input passes what can be asked
// of it.
func TestExecReceiverPasses(t *testing.T) {
	if testing.Short() {
		t.Skip("starts hundreds of processes")
	}
	cases := []catalogue.Case{}
	for i, c := range all(t) {
		// A process a case takes its time; a part of the scenarios is enough.
		if c.Level == "L0" || c.Level != "L2" && (i%4 == 0 || os.Getenv("LEGWORK_SOAK") != "") {
			cases = append(cases, c)
		}
	}
	r := do(t, cases, executed(t, "exec"))
	n := count(r)
	for _, x := range r.Receivers[0].Results {
		require.Contains(t, []result.Class{result.Pass, result.Skipped}, x.Class, "%s: %s", x.Case, x.Why)
	}
	require.Greater(t, n[result.Pass], 50)
}

// TestExecReceiverCrashes: one that ends on a notification fails, and what it printed is
// told.
func TestExecReceiverCrashes(t *testing.T) {
	r := do(t, some(t, "contract.unknown/codes/1", "call.direct/inbound/1"), executed(t, "crash"))
	for _, x := range r.Receivers[0].Results {
		require.Equal(t, result.Fail, x.Class, x.Case)
		require.Contains(t, x.Why, "status 3")
		require.Contains(t, x.Why, "TypeError")
	}
}
