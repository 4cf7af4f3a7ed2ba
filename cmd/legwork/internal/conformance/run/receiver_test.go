package run_test

import (
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
	"github.com/legworkhq/legwork/recon/wire"
)

// receiver is a webhook that embeds the engine, and answers /calls. Each of its
// functions may be set to make it worse.
type receiver struct {
	token string
	// change changes a notification before it is understood; false for one to be
	// ignored.
	change func(*wire.Event) bool
	// tell changes what is told of the calls.
	tell func([]observed.Call) []observed.Call
	// answer takes over the answer to a request, if it returns true.
	answer func(http.ResponseWriter, *http.Request) bool

	mu     sync.Mutex
	engine *recon.Engine
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
	calls := observed.Of(r.engine.Calls())
	r.mu.Unlock()
	if r.tell != nil {
		calls = r.tell(calls)
	}
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
	u, err := url.Parse(s.URL + "/webhook")
	require.NoError(t, err)
	return &target.Target{File: "target.yaml", Name: "receiver", Webhook: u, Token: r.token, Settle: 500 * time.Millisecond, Tolerance: observed.DefaultTolerance,
		Parallel: 8, Sees: target.Sees{Kind: target.HTTP, URL: s.URL + "/calls?since={since}"}}
}
