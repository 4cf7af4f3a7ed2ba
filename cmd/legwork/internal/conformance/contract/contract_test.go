package contract_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/contract"
	"github.com/legworkhq/legwork/cmd/legwork/internal/webhook"
	"github.com/legworkhq/legwork/recon/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// play plays every case at a handler, and returns the ids of those that fail.
func play(t testing.TB, h http.Handler) (failed []string) {
	s := httptest.NewServer(h)
	defer s.Close()
	u, err := url.Parse(s.URL)
	require.NoError(t, err)
	for _, c := range contract.Cases() {
		o := c.Play(context.Background(), &contract.Receiver{Options: webhook.Options{URL: u, Token: "s3cret"}, Seed: 1, Start: now})
		require.False(t, o.Skipped, c.ID)
		require.NotEmpty(t, o.Sent, c.ID)
		if len(o.Differences) > 0 {
			failed = append(failed, c.ID)
			require.NotEmpty(t, o.Differences[0].Text)
		} else {
			require.NotEmpty(t, o.Why, c.ID)
		}
	}
	return failed
}

// polite is a webhook that keeps to the contract.
func polite(w http.ResponseWriter, req *http.Request) {
	if req.Header.Get("Verification-Token") != "s3cret" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.Header().Set("Validation-Token", req.Header.Get("Validation-Token"))
	_, _ = io.Copy(io.Discard, req.Body) // the suite may have hung up
}

func TestPoliteWebhookPasses(t *testing.T) {
	require.Empty(t, play(t, http.HandlerFunc(polite)))
}

// TestRudeWebhookFails: one that always answers 500 fails every case but those in which
// any answer, or a refusal, will do.
func TestRudeWebhookFails(t *testing.T) {
	failed := play(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }))
	for _, c := range contract.Cases() {
		switch c.ID {
		case "contract.token/wrong/1", "contract.token/missing/1":
			require.NotContains(t, failed, c.ID)
		default:
			require.Contains(t, failed, c.ID)
		}
	}
}

// TestTrustingWebhookFails: one that does not look at the token fails where it matters.
func TestTrustingWebhookFails(t *testing.T) {
	failed := play(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Validation-Token", req.Header.Get("Validation-Token"))
	}))
	require.Equal(t, []string{"contract.token/wrong/1", "contract.token/missing/1"}, failed)
}

// TestTalkativeWebhookFails: an answer that is too long.
func TestTalkativeWebhookFails(t *testing.T) {
	failed := play(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		polite(w, req)
		_, _ = w.Write(bytes.Repeat([]byte("x"), 2000))
	}))
	require.Contains(t, failed, "contract.answer/small/1")
	require.Contains(t, failed, "contract.handshake/validation-token/1")
}

// TestLinesHaveFreshIDs: no two runs share a uuid, and what a process reads is one
// notification a line.
func TestLinesHaveFreshIDs(t *testing.T) {
	notifications := 0
	for _, c := range contract.Cases() {
		seen := map[string]bool{}
		for i, start := range []time.Time{now, now.Add(time.Millisecond)} {
			for _, l := range c.Lines(1, start) {
				require.NotContains(t, string(l), "\n", c.ID)
				ev, err := wire.Decode(l)
				if err != nil || ev.Body.TelephonySessionID == "" {
					continue // not for us
				}
				notifications++
				if i == 0 {
					seen[ev.Body.TelephonySessionID] = true
				} else {
					require.False(t, seen[ev.Body.TelephonySessionID], c.ID)
				}
			}
		}
	}
	require.Greater(t, notifications, 200)
}
