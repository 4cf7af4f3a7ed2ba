package run_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/observed"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/target"
	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// receiver is a webhook that embeds the engine, and answers /calls. Each of its
// functions may be set to make it worse.
type receiver struct {
	token string
	// change changes a notification before it is understood; false for one to be
	// ignored.
	change func(*wire.Event) bool
	// tell makes what is told of the calls. Nil for observed.Of.
	tell func([]*call.Call) []observed.Call
	// answer takes over the answer to a request, if it returns true.
	answer func(http.ResponseWriter, *http.Request) bool

	mu     sync.Mutex
	engine *recon.Engine
	close  func() // ends connections, then lets nobody connect any more
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if r.answer != nil && r.answer(w, req) {
		return
	}
	if req.Method == http.MethodGet {
		r.calls(w)
		return
	}
	body, err := io.ReadAll(req.Body)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case r.token != "" && req.Header.Get("Verification-Token") != r.token:
		http.Error(w, "who are you?", http.StatusUnauthorized)
	case req.Header.Get("Validation-Token") != "":
		w.Header().Set("Validation-Token", req.Header.Get("Validation-Token"))
	default:
		r.take(body)
	}
}

func (r *receiver) take(body []byte) {
	ev, err := wire.Decode(body)
	if err != nil || r.change != nil && !r.change(&ev) {
		return // not for us
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.engine.Step(time.Now(), &ev)
}

func (r *receiver) calls(w io.Writer) {
	r.mu.Lock()
	known := r.engine.Calls()
	r.mu.Unlock()
	tell := r.tell
	if tell == nil {
		tell = observed.Of
	}
	calls := tell(known)
	e := json.NewEncoder(w)
	for i := range calls {
		_ = e.Encode(&calls[i]) // the suite may have hung up
	}
}

// serve starts a receiver, and describes it as a target.
func serve(t testing.TB, r *receiver) *target.Target {
	var err error
	r.engine, err = recon.New(recon.Config{})
	require.NoError(t, err)
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	r.close = func() {
		s.CloseClientConnections()
		s.Listener.Close()
	}
	u, err := url.Parse(s.URL + "/webhook")
	require.NoError(t, err)
	return &target.Target{File: "target.yaml", Name: "receiver", Webhook: u, Token: r.token, Settle: 500 * time.Millisecond, Tolerance: observed.DefaultTolerance,
		Parallel: 8, Sees: target.Sees{Kind: target.HTTP, URL: s.URL + "/calls?since={since}"}}
}

// drain reads a request's body, and leaves it to be read again.
func drain(req *http.Request) []byte {
	body, _ := io.ReadAll(req.Body) // an error comes again when it is read
	req.Body = io.NopCloser(bytes.NewReader(body))
	return body
}

func sessionOf(body []byte) string {
	ev, err := wire.Decode(body)
	if err != nil {
		return ""
	}
	return ev.Body.TelephonySessionID
}
