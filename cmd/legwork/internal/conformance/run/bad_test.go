package run_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/observed"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/run"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/target"
	"github.com/legworkhq/legwork/recon/call"
)

const direct = "call.direct/inbound/1"

// one plays one case at a receiver that is worse than it should be.
func one(t testing.TB, id string, r *receiver, change func(*target.Target)) result.Result {
	tg := serve(t, r)
	if change != nil {
		change(tg)
	}
	return do(t, some(t, id), tg).Receivers[0].Results[0]
}

func isProbe(req *http.Request) bool { return req.Method == http.MethodGet }

func TestBadReceivers(t *testing.T) {
	probe := func(answer func(http.ResponseWriter)) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, req *http.Request) bool {
			if isProbe(req) {
				answer(w)
			}
			return isProbe(req)
		}
	}
	webhook := func(answer func(http.ResponseWriter)) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, req *http.Request) bool {
			if !isProbe(req) {
				answer(w)
			}
			return !isProbe(req)
		}
	}
	for name, c := range map[string]struct {
		r      *receiver
		change func(*target.Target)
		class  result.Class
		says   []string
	}{
		"answers 500": {r: &receiver{answer: webhook(func(w http.ResponseWriter) { w.WriteHeader(500) })}, class: result.Fail,
			says: []string{"it answered 500 Internal Server Error, not 200 OK", "5 of 5 notifications"}},
		"answers 301": {r: &receiver{answer: webhook(func(w http.ResponseWriter) { w.Header().Set("Location", "/elsewhere"); w.WriteHeader(301) })}, class: result.Fail,
			says: []string{"a redirect to /elsewhere, which is not followed"}},
		"wrong token": {r: &receiver{token: "s3cret"}, change: func(t *target.Target) { t.Token = "guess" }, class: result.Fail,
			says: []string{"401 Unauthorized", "is token in the target's file the one that the receiver expects?"}},
		"understands nothing": {r: &receiver{tell: func([]*call.Call) []observed.Call { return nil }}, class: result.Fail,
			says: []string{"Ruth Calloway", "none of its sessions is in a call"}},
		"probe answers 500": {r: &receiver{answer: probe(func(w http.ResponseWriter) { w.WriteHeader(500) })}, class: result.Inconclusive,
			says: []string{"the probe http://", "it answered 500 Internal Server Error"}},
		"probe answers 301": {r: &receiver{answer: probe(func(w http.ResponseWriter) { w.Header().Set("Location", "/login"); w.WriteHeader(302) })}, class: result.Inconclusive,
			says: []string{"a redirect to /login; put that address in sees"}},
		"probe answers garbage": {r: &receiver{answer: probe(func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>\nhello")) })}, class: result.Inconclusive,
			says: []string{`line 1 is no JSON: "<html>"`}},
		"probe answers no calls": {r: &receiver{answer: probe(func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"calls":[]}`)) })}, class: result.Inconclusive,
			says: []string{"call 1: it has no sessions"}},
		"probe misspells": {r: &receiver{answer: probe(func(w http.ResponseWriter) { _, _ = w.Write([]byte(`[{"sessions":["s-1"],"outcome":"anwsered"}]`)) })}, class: result.Inconclusive,
			says: []string{`outcome is "anwsered"`, "did you mean answered?"}},
		"probe mistypes": {r: &receiver{answer: probe(func(w http.ResponseWriter) { _, _ = w.Write([]byte(`[{"sessions":["s-1"],"talkMs":"12"}]`)) })}, class: result.Inconclusive,
			says: []string{"talkMs is a string, not a whole number"}},
	} {
		t.Run(name, func(t *testing.T) {
			x := one(t, direct, c.r, c.change)
			require.Equal(t, c.class, x.Class, x.Why)
			for _, s := range c.says {
				require.Contains(t, x.Why, s)
			}
			require.Contains(t, x.Reproduce, "legwork conformance run "+direct+" --seed 7 --target target.yaml")
		})
	}
}

// TestSlowReceiver: an answer that takes too long is none.
func TestSlowReceiver(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for answers that do not come")
	}
	x := one(t, "contract.handshake/validation-token/1", &receiver{answer: func(_ http.ResponseWriter, req *http.Request) bool {
		select {
		case <-req.Context().Done():
		case <-time.After(4 * time.Second):
		}
		return true
	}}, nil)
	require.Equal(t, result.Fail, x.Class)
	require.Contains(t, x.Why, "no whole answer within 3s")
}

// TestNeverSettles: a receiver that always changes its mind is INCONCLUSIVE.
func TestNeverSettles(t *testing.T) {
	var n atomic.Int64
	x := one(t, direct, &receiver{tell: func(calls []*call.Call) []observed.Call {
		out := observed.Of(calls)
		for i := range out {
			ms := n.Add(1) * 100_000
			out[i].HoldMs = &ms
		}
		return out
	}}, func(t *target.Target) { t.Settle = 200 * time.Millisecond })
	require.Equal(t, result.Inconclusive, x.Class)
	require.Contains(t, x.Why, "did not settle")
}

// TestLateReceiver: one that takes its time, within what the target allows, passes.
func TestLateReceiver(t *testing.T) {
	began := time.Now()
	x := one(t, direct, &receiver{tell: func(calls []*call.Call) []observed.Call {
		if time.Since(began) < 400*time.Millisecond {
			return nil
		}
		return observed.Of(calls)
	}}, func(t *target.Target) { t.Settle = 2 * time.Second })
	require.Equal(t, result.Pass, x.Class, x.Why)
}

// TestRightForAMoment: an answer that is right at first, and then wrong, is wrong.
func TestRightForAMoment(t *testing.T) {
	var first atomic.Int64
	x := one(t, direct, &receiver{tell: func(calls []*call.Call) []observed.Call {
		first.CompareAndSwap(0, time.Now().UnixMilli())
		out := observed.Of(calls)
		if time.Now().UnixMilli()-first.Load() > 100 {
			for i := range out {
				out[i].Outcome = "missed"
			}
		}
		return out
	}}, nil)
	require.Equal(t, result.Fail, x.Class)
	require.Equal(t, "phantom-missed-call", x.Differences[0].Mistake)
}

// TestUnreachable: nobody is there; the run ends at once, and nothing counts as passed.
func TestUnreachable(t *testing.T) {
	u, err := url.Parse("http://" + free(t) + "/webhook")
	require.NoError(t, err)
	tg := &target.Target{File: "target.yaml", Name: "nobody", Webhook: u, Settle: time.Second, Parallel: 8, Sees: target.Sees{Kind: target.None}}
	r, err := run.Run(context.Background(), run.Config{Cases: all(t), Targets: []*target.Target{tg}})
	var gone *run.UnreachableError
	require.ErrorAs(t, err, &gone)
	require.ErrorContains(t, err, "nobody: nobody answers at the webhook http://127.0.0.1:")
	require.Equal(t, len(r.Cases), count(r)[result.Inconclusive])
}

// TestGoesAway: the receiver dies in the middle of the run; its connections end a little
// before nobody can connect.
func TestGoesAway(t *testing.T) {
	var posts atomic.Int64
	r := &receiver{}
	tg := serve(t, r)
	r.answer = func(http.ResponseWriter, *http.Request) bool {
		switch n := posts.Add(1); {
		case n < 100:
			return false
		case n == 100:
			time.AfterFunc(100*time.Millisecond, r.close)
		}
		panic(http.ErrAbortHandler) // ends the connection
	}
	rep, err := run.Run(context.Background(), run.Config{Cases: all(t), Targets: []*target.Target{tg}, Seed: 7})
	var gone *run.UnreachableError
	require.ErrorAs(t, err, &gone)
	require.ErrorContains(t, err, "the receiver went away")
	require.Zero(t, count(rep)[result.Fail])
	require.NotZero(t, count(rep)[result.Inconclusive])
}

// TestCannotStart: a command that is not there, one that ends at once.
func TestCannotStart(t *testing.T) {
	tg := started(t, "")
	tg.Start = []string{"no-such-program", "server.js"}
	_, err := run.Run(context.Background(), run.Config{Cases: some(t, direct), Targets: []*target.Target{tg}})
	require.ErrorContains(t, err, "cannot start no-such-program server.js: executable file not found")

	tg = started(t, "")
	t.Setenv("LEGWORK_TEST_RECEIVER", "crash")
	_, err = run.Run(context.Background(), run.Config{Cases: some(t, direct), Targets: []*target.Target{tg}})
	require.ErrorContains(t, err, "ended before it listened on 127.0.0.1:")

	tg = executed(t, "exec")
	tg.Sees.Args = []string{"no-such-program"}
	_, err = run.Run(context.Background(), run.Config{Cases: some(t, direct), Targets: []*target.Target{tg}})
	var gone *run.UnreachableError
	require.ErrorAs(t, err, &gone)
	require.ErrorContains(t, err, "cannot start no-such-program")
}

// TestInterrupted: Ctrl-C leaves a report that says so, and no case that passed by
// accident.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var done atomic.Int64
	r, err := run.Run(ctx, run.Config{Cases: all(t), Targets: []*target.Target{serve(t, &receiver{})}, Done: func(string, result.Result) {
		if done.Add(1) == 5 {
			cancel()
		}
	}})
	require.NoError(t, err)
	require.True(t, r.Interrupted)
	require.Less(t, count(r)[result.Pass], len(r.Cases)/2)
	require.Zero(t, count(r)[result.Fail])
	for _, x := range r.Receivers[0].Results {
		require.NotEmpty(t, x.Class)
	}
}

// TestSeesNone: the contract can be tried without a probe, the rest cannot.
func TestSeesNone(t *testing.T) {
	tg := serve(t, &receiver{})
	tg.Sees = target.Sees{Kind: target.None}
	r := do(t, some(t, "contract.answer/in-time/1", "contract.token/wrong/1", direct), tg)
	require.Equal(t, result.Pass, named(t, r, "contract.answer/in-time/1").Class)
	require.Equal(t, result.Skipped, named(t, r, "contract.token/wrong/1").Class)
	require.Equal(t, result.Skipped, named(t, r, direct).Class)
}

// TestContractFails: what breaks the contract fails, by name.
func TestContractFails(t *testing.T) {
	for id, answer := range map[string]func(http.ResponseWriter, *http.Request, []byte) bool{
		"contract.handshake/validation-token/1": func(w http.ResponseWriter, req *http.Request, _ []byte) bool {
			return req.Header.Get("Validation-Token") != ""
		},
		"contract.duplicate/same-uuid/1": conflict(),
		"contract.unknown/codes/1": func(w http.ResponseWriter, _ *http.Request, b []byte) bool {
			return fails(w, strings.Contains(string(b), "Teleporting"))
		},
		"contract.parties/empty/1": func(w http.ResponseWriter, _ *http.Request, b []byte) bool {
			return fails(w, strings.Contains(string(b), `"parties":[]`))
		},
		"contract.numbers/sequence/1": func(w http.ResponseWriter, _ *http.Request, b []byte) bool {
			return fails(w, strings.Contains(string(b), `"sequence":9007199`))
		},
		"contract.body/large/2": func(w http.ResponseWriter, _ *http.Request, b []byte) bool { return fails(w, len(b) > 64<<10) },
		"contract.answer/in-time/1": func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
			w.WriteHeader(http.StatusNoContent)
			return true
		},
	} {
		t.Run(id, func(t *testing.T) {
			r := &receiver{}
			r.answer = func(w http.ResponseWriter, req *http.Request) bool {
				body := drain(req)
				return answer(w, req, body)
			}
			x := one(t, id, r, func(t *target.Target) { t.Sees = target.Sees{Kind: target.None} })
			require.Equal(t, result.Fail, x.Class, x.Why)
			require.NotEmpty(t, x.Sent)
			_, err := json.Marshal(x)
			require.NoError(t, err)
		})
	}
}

// conflict answers 409 to what came before.
func conflict() func(http.ResponseWriter, *http.Request, []byte) bool {
	seen := map[string]bool{}
	return func(w http.ResponseWriter, _ *http.Request, b []byte) bool {
		again := seen[string(b)]
		seen[string(b)] = true
		return fails(w, again)
	}
}

func fails(w http.ResponseWriter, yes bool) bool {
	if yes {
		w.WriteHeader(http.StatusConflict)
	}
	return yes
}

// TestShrink: what only a repeat brings about is shrunk to one repeat.
func TestShrink(t *testing.T) {
	if testing.Short() {
		t.Skip("tries many deliveries")
	}
	r := &receiver{}
	seen, spoilt := map[string]bool{}, map[call.SessionID]bool{}
	r.answer = func(_ http.ResponseWriter, req *http.Request) bool {
		if isProbe(req) {
			return false
		}
		body := drain(req)
		r.mu.Lock()
		defer r.mu.Unlock()
		if seen[string(body)] && strings.Contains(string(body), "Hold") {
			spoilt[call.SessionID(sessionOf(body))] = true
		}
		seen[string(body)] = true
		return false
	}
	r.tell = func(calls []*call.Call) []observed.Call {
		out := observed.Of(calls)
		r.mu.Lock()
		defer r.mu.Unlock()
		for i, c := range calls {
			if spoilt[c.ID] && out[i].HoldMs != nil {
				twice := 2 * *out[i].HoldMs
				out[i].HoldMs = &twice
			}
		}
		return out
	}
	rep, err := run.Run(context.Background(), run.Config{Cases: some(t, "duplicate.twice/media.hold-once-1/1"), Targets: []*target.Target{serve(t, r)}, Seed: 7, Shrink: true})
	require.NoError(t, err)
	x := rep.Receivers[0].Results[0]
	require.Equal(t, "hold-counted-twice", x.Differences[0].Mistake)
	repeats := 0
	for _, l := range x.Shrunk {
		if strings.HasSuffix(l, "(again)") {
			repeats++
			require.Contains(t, l, "Hold")
		}
	}
	require.Equal(t, 1, repeats, strings.Join(x.Shrunk, "\n"))
}

// TestShrinkTheScript: what fails in order too is shrunk to the least that people do.
func TestShrinkTheScript(t *testing.T) {
	if testing.Short() {
		t.Skip("tries many deliveries")
	}
	r := &receiver{tell: func(calls []*call.Call) []observed.Call {
		out := observed.Of(calls)
		for i := range out {
			if out[i].HoldMs != nil && *out[i].HoldMs > 0 {
				twice := 2**out[i].HoldMs + 5000
				out[i].HoldMs = &twice
			}
		}
		return out
	}}
	rep, err := run.Run(context.Background(), run.Config{Cases: some(t, "order.shuffled/question.gone-attended-transfer-1/1"), Targets: []*target.Target{serve(t, r)}, Seed: 7, Shrink: true})
	require.NoError(t, err)
	x := rep.Receivers[0].Results[0]
	require.Equal(t, "hold-counted-twice", x.Differences[0].Mistake)
	require.NotEmpty(t, x.Shrunk)
	require.LessOrEqual(t, len(x.Shrunk), 8, strings.Join(x.Shrunk, "\n"))
}
