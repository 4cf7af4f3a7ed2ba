package listen

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/cmd/legwork/internal/webhook"
	"github.com/legworkhq/legwork/recon/call"
)

func callID(n int) call.SessionID { return call.SessionID(strings.Repeat("x", n)) }

// target is a receiver that answers as told.
type target struct {
	mu     sync.Mutex
	got    []string
	answer func(n int, ctx context.Context) webhook.Answer // of the n-th post, from 1
	n      int
}

func (r *target) Post(ctx context.Context, body []byte) webhook.Answer {
	r.mu.Lock()
	r.n++
	n := r.n
	r.mu.Unlock()
	a := webhook.Answer{Status: 200}
	if r.answer != nil {
		a = r.answer(n, ctx)
	}
	if a.OK() {
		r.mu.Lock()
		r.got = append(r.got, string(body))
		r.mu.Unlock()
	}
	return a
}

func (r *target) bodies() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.got...)
}

var soon = []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond}

// forwarding starts a server that forwards to a target.
func forwarding(t *testing.T, to *target, queue int) *running {
	return start(t, func(c *Config) {
		c.Forward = &Forwarder{To: to, Say: c.Say, Queue: queue, Waits: soon}
		c.Parting = 300 * time.Millisecond
	})
}

func TestForwardsInOrder(t *testing.T) {
	to := &target{}
	r := forwarding(t, to, 0)
	bodies := play(t, "attended-transfer")
	for _, b := range append(bodies, "garbage") {
		r.post(b)
	}
	sum := r.end()
	require.Equal(t, append(bodies, "garbage"), to.bodies(), "byte for byte, what cannot be decoded too")
	require.Equal(t, Forwarded{Delivered: len(bodies) + 1}, sum.Forwarded)
	require.True(t, sum.Clean())
}

// What may pass is tried again; what will not is given up; nothing comes twice.
func TestForwardTriesAgain(t *testing.T) {
	to := &target{answer: func(n int, _ context.Context) webhook.Answer {
		return []webhook.Answer{{Status: 503}, {Failure: webhook.Refused, Err: http.ErrServerClosed}, {Status: 200}, {Status: 404}, {Status: 200},
			{Status: 500}, {Status: 500}, {Status: 500}, {Status: 500}, {Status: 200}}[n-1]
	}}
	r := forwarding(t, to, 0)
	for _, b := range []string{"one", "two", "three", "four", "five"} {
		require.Equal(t, http.StatusOK, r.post(b).StatusCode)
	}
	r.wait("all", func() bool { return len(to.bodies()) == 3 })
	sum := r.end()
	require.Equal(t, []string{"one", "three", "five"}, to.bodies())
	require.Equal(t, Forwarded{Delivered: 3, Failed: 2, Retries: 5, LastWhy: "it answered 500 Internal Server Error, not 200 OK"}, sum.Forwarded)
	require.False(t, sum.Clean())
	require.Contains(t, r.said.String(), "forwarding: it answered 503 Service Unavailable, not 200 OK\nforwarding works again\n")
}

// A receiver that hangs makes nobody wait; the queue is bounded; in the end what was
// not sent is counted.
func TestForwardToOneThatHangs(t *testing.T) {
	to := &target{answer: func(_ int, ctx context.Context) webhook.Answer {
		<-ctx.Done()
		return webhook.Answer{Failure: webhook.TimedOut, Err: ctx.Err()}
	}}
	r := forwarding(t, to, 3)
	began := time.Now()
	for range 10 {
		require.Equal(t, http.StatusOK, r.post("{}").StatusCode)
	}
	require.Less(t, time.Since(began), time.Second)
	sum := r.end()
	require.Equal(t, Forwarded{Dropped: 7, Left: 3}, sum.Forwarded)
	require.Equal(t, 10, sum.Forwarded.Total())
	require.Equal(t, 1, strings.Count(r.said.String(), "the queue is full"), "said once")
}

func TestForwardSaysWhenItFallsBehind(t *testing.T) {
	let := make(chan struct{})
	to := &target{answer: func(int, context.Context) webhook.Answer { <-let; return webhook.Answer{Status: 200} }}
	var said safe
	f := &Forwarder{To: to, Say: func(s string) { said.Write([]byte(s + "\n")) }}
	done := make(chan struct{})
	go func() { defer close(done); f.Run(t.Context()) }()
	now := time.Now()
	for i := range 5 {
		f.Add([]byte("{}"), now.Add(time.Duration(i)*time.Second))
	}
	close(let)
	f.Close()
	<-done
	require.Equal(t, "forwarding falls behind: 4 notifications wait, the first for 3s\nforwarding has caught up\n", said.String())
	require.Equal(t, 5, f.Stats().Delivered)
}
