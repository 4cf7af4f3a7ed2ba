package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/observed"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/wire"
)

// testReceiver embeds the engine, and answers GET with Observed Calls.
type testReceiver struct {
	// mistake spoils what it tells: missed, for one that takes every call for missed;
	// garbage, for one that tells nothing readable; "" for none.
	mistake string
	mu      sync.Mutex
	engine  *recon.Engine
}

func (r *testReceiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if req.Method == http.MethodPost {
		w.Header().Set("Validation-Token", req.Header.Get("Validation-Token"))
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		if ev, err := wire.Decode(body); err == nil {
			r.engine.Step(time.Now(), &ev)
		}
		return
	}
	if r.mistake == "garbage" {
		_, _ = io.WriteString(w, "<html>")
		return
	}
	calls := observed.Of(r.engine.Calls())
	for i := range calls {
		if r.mistake == "missed" {
			calls[i].Outcome = "missed"
		}
	}
	_ = json.NewEncoder(w).Encode(calls) // the suite may have hung up
}

// startReceiver [MISTAKE] starts a receiver, and describes it in target.yaml.
func startReceiver(ts *testscript.TestScript, _ bool, args []string) {
	e, err := recon.New(recon.Config{})
	ts.Check(err)
	r := &testReceiver{engine: e}
	if len(args) > 0 {
		r.mistake = args[0]
	}
	s := httptest.NewServer(r)
	ts.Defer(s.Close)
	ts.Check(os.WriteFile(ts.MkAbs("target.yaml"), []byte("name: mine\nversion: \"1.4\"\nwebhook: "+s.URL+"/webhook\nsees:\n  http: "+s.URL+"/calls?since={since}\nsettle: 300ms\n"), 0o600))
}

// TestConformanceInterrupted: Ctrl-C leaves a report that is marked, and status 4.
func TestConformanceInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	e, err := recon.New(recon.Config{})
	require.NoError(t, err)
	r := &testReceiver{engine: e}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		cancel()
		r.ServeHTTP(w, req)
	}))
	defer s.Close()
	dir := t.TempDir()
	file, report := filepath.Join(dir, "target.yaml"), filepath.Join(dir, "report.json")
	require.NoError(t, os.WriteFile(file, []byte("name: mine\nwebhook: "+s.URL+"\nsees: none\n"), 0o600))
	status, stdout, stderr := command(t, ctx, "conformance", "run", "--target", file, "--json", report)
	require.Equal(t, 4, status, stdout)
	require.Contains(t, stderr, "interrupted: the report is not complete")
	text, err := os.ReadFile(report)
	require.NoError(t, err)
	var got result.Report
	require.NoError(t, json.Unmarshal(text, &got))
	require.True(t, got.Interrupted)
	require.Len(t, got.Receivers[0].Results, len(got.Cases))
	for _, x := range got.Receivers[0].Results {
		require.NotEqual(t, result.Fail, x.Class)
	}
}
