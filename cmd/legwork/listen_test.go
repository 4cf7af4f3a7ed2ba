package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// freePort is a port that nobody listens at, a moment ago.
func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// Replay sends to listen, which records and forwards; what was recorded is what was
// sent, and so is what arrived behind.
func TestListenToReplay(t *testing.T) {
	behind := &testWebhook{token: "s3cret", header: "Verification-Token"}
	s := httptest.NewServer(behind)
	defer func() { s.Close(); goleak.VerifyNone(t) }()
	dir, port := t.TempDir(), freePort(t)
	events, record := filepath.Join(dir, "events.ndjson"), filepath.Join(dir, "capture.ndjson")
	require.NoError(t, os.WriteFile(events, warmTransfer, 0o600))

	type ended struct {
		status         int
		stdout, stderr string
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan ended, 1)
	go func() {
		var e ended
		e.status, e.stdout, e.stderr = command(t, ctx, "listen", "--port", port, "--record", record, "--forward-to", s.URL, "--token", "s3cret")
		done <- e
	}()
	to := "http://127.0.0.1:" + port + "/webhook"
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			c.Close()
		}
		return err == nil
	}, 10*time.Second, time.Millisecond)

	got, _, stderr := command(t, t.Context(), "replay", events, "--to", to, "--rate", "500/s", "--token", "s3cret")
	require.Equal(t, exitOK, got, stderr)
	require.Contains(t, stderr, "18 sent: 18 answered 200")
	require.Contains(t, stderr, "without Content-Type application/json: 0, over 1024 bytes: 0")
	got, _, stderr = command(t, t.Context(), "replay", events, "--to", to, "--rate", "500/s", "--token", "wrong", "--no-handshake")
	require.Equal(t, exitUnreadable, got)
	require.Contains(t, stderr, "401: 18")
	require.Contains(t, stderr, "wants the subscription's verification token, or another one: --token (18)")

	cancel()
	e := <-done
	require.Equal(t, exitOK, e.status, e.stderr)
	require.Contains(t, e.stdout, "Grace Moreno (104) transfers Ruth Calloway (+14048096345) to Daniel Osei (106)")
	require.NotContains(t, e.stdout, "\x1b")
	require.Contains(t, e.stderr, "legwork: listening at http://127.0.0.1:"+port+"; Ctrl-C ends\nlegwork: recording to "+record+"\nlegwork: forwarding to "+s.URL+"\n")
	require.Contains(t, e.stderr, "18 received: 18 applied, 0 duplicate, 0 ignored, 0 unreadable; 1 call\n")
	require.Contains(t, e.stderr, "besides   18 requests with a wrong token, answered 401\n")
	require.Contains(t, e.stderr, "recorded  18 in "+record+"\n")
	require.Contains(t, e.stderr, "forwarded 18 to "+s.URL+": 18 answered 200, 0 failed, 0 dropped, 0 not sent any more, 0 retries\n")
	require.NotContains(t, e.stdout+e.stderr, "s3cret")
	recorded, err := os.ReadFile(record)
	require.NoError(t, err)
	require.Equal(t, string(warmTransfer), string(recorded))
	require.Equal(t, string(warmTransfer), behind.bodies.String())
	info, err := os.Stat(record)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "what people said to whom is nobody else's business")

	got, stdout, _ := command(t, t.Context(), "recon", "--format", "json", record)
	require.Equal(t, exitOK, got)
	require.Contains(t, stdout, `"kind":"transfer.attended"`)
}

// A webhook behind that is not there: RingCentral is answered, and the end says so.
func TestListenForwardsToNobody(t *testing.T) {
	port, nobody := freePort(t), freePort(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	time.AfterFunc(time.Second, cancel)
	go func() {
		for ctx.Err() == nil {
			resp, err := http.Post("http://127.0.0.1:"+port, "application/json", strings.NewReader("{}"))
			if err == nil {
				resp.Body.Close()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	got, stdout, stderr := command(t, ctx, "listen", "--port", port, "--forward-to", "http://127.0.0.1:"+nobody)
	require.Equal(t, exitUnreadable, got)
	require.Contains(t, stdout, "not a telephony session notification")
	require.Contains(t, stderr, "legwork: forwarding: ")
	require.Contains(t, stderr, "connection refused")
	require.Regexp(t, `forwarded 1 to .*: 0 answered 200, (1 failed, 0 dropped, 0|0 failed, 0 dropped, 1) not sent`, stderr)
	http.DefaultClient.CloseIdleConnections()
}

func TestListenRefusesWhatCannotBe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	taken := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	dir := t.TempDir()
	for name, c := range map[string]struct {
		args []string
		text string
	}{
		"port taken":     {[]string{"--port", taken}, "--port: " + taken + " is taken on 127.0.0.1; name another, or 0 for any that is free"},
		"no port":        {[]string{"--port", "70000"}, "--port: 70000 must be from 0 to 65535"},
		"host":           {[]string{"--port", "0", "--host", "192.0.2.1"}, `--host: "192.0.2.1" is no address of this machine`},
		"host name":      {[]string{"--port", "0", "--host", "nowhere.invalid"}, `--host: "nowhere.invalid" is no address of this machine`},
		"record dir":     {[]string{"--port", "0", "--record", filepath.Join(dir, "none", "x")}, "--record: there is no directory "},
		"record a dir":   {[]string{"--port", "0", "--record", dir}, "--record: "},
		"url":            {[]string{"--port", "0", "--forward-to", "localhost:3000"}, "--forward-to: "},
		"loop":           {[]string{"--port", freePort(t), "--forward-to", ""}, ""},
		"token":          {[]string{"--port", "0", "--token", "a\nb"}, "--token: "},
		"unknown flag":   {[]string{"--recrod", "x"}, "--record"},
		"an argument":    {[]string{"events.ndjson"}, "unknown command"},
		"unknown colour": {[]string{"--color", "pink"}, "--color"},
	} {
		if name == "loop" {
			c.args[3] = "http://localhost:" + c.args[1] + "/again"
			c.text = "is this very webhook"
		}
		t.Run(name, func(t *testing.T) {
			got, stdout, stderr := command(t, t.Context(), append([]string{"listen"}, c.args...)...)
			require.Equal(t, exitUsage, got, stderr)
			require.Contains(t, stderr, c.text)
			require.Empty(t, stdout)
		})
	}
}

func TestListenGreets(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got, stdout, stderr := command(t, ctx, "listen", "--port", "0", "--host", "0.0.0.0")
	require.Equal(t, exitOK, got, stderr)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "anybody who reaches this address can post")
	require.Contains(t, stderr, "0 received: 0 applied")
}

func TestLoops(t *testing.T) {
	here := &net.TCPAddr{IP: net.ParseIP("10.0.0.7"), Port: 80}
	for address, want := range map[string]bool{"http://localhost/x": true, "http://127.0.0.1:80": true, "http://[::1]": true, "http://10.0.0.7/": true,
		"http://localhost:81": false, "https://localhost": false, "http://10.0.0.8": false, "http://example.com": false} {
		u, err := url.Parse(address)
		require.NoError(t, err)
		require.Equal(t, want, loops(u, here), address)
	}
}
