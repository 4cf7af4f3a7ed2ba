package listen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/cmd/legwork/internal/webhook"
	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
)

// safe is a buffer for several goroutines.
type safe struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safe) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safe) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// running is a server under test.
type running struct {
	t         *testing.T
	url, addr string
	out, said safe
	client    *http.Client
	stop      context.CancelFunc
	done      chan struct{}
	sum       *Summary
	err       error
}

func start(t *testing.T, change func(*Config)) *running {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	r := &running{t: t, url: "http://" + l.Addr().String(), addr: l.Addr().String(), done: make(chan struct{}), client: &http.Client{Transport: &http.Transport{}}}
	cfg := Config{Listener: l, Out: &r.out, Say: func(s string) { fmt.Fprintln(&r.said, s) }, Location: time.UTC, Tick: 5 * time.Millisecond, Parting: 2 * time.Second}
	if change != nil {
		change(&cfg)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r.stop = cancel
	go func() {
		defer close(r.done)
		r.sum, r.err = Serve(ctx, cfg)
	}()
	t.Cleanup(func() { r.end() })
	return r
}

// end ends the server and returns its summary.
func (r *running) end() *Summary {
	r.stop()
	<-r.done
	r.client.CloseIdleConnections()
	return r.sum
}

func (r *running) post(body string, header ...string) *http.Response {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodPost, r.url+"/any/path", strings.NewReader(body))
	require.NoError(r.t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := r.client.Do(req)
	require.NoError(r.t, err)
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(r.t, err)
	resp.Body.Close()
	return resp
}

func (r *running) wait(what string, ok func() bool) {
	r.t.Helper()
	require.Eventually(r.t, ok, 10*time.Second, time.Millisecond, what)
}

// play returns the notifications of a scenario.
func play(t *testing.T, name string) []string {
	t.Helper()
	for _, sc := range script.Scenarios() {
		if sc.Name != name {
			continue
		}
		office := pbx.Office()
		if sc.Company != nil {
			office = sc.Company()
		}
		x, err := pbx.NewExchange(office)
		require.NoError(t, err)
		c := sim.Case{Seed: 7, Dialect: sc.Dialect, Script: sc.Script()}
		run, err := c.Do(x)
		require.NoError(t, err)
		var out []string
		for i := range run.Events {
			out = append(out, string(wire.Encode(&run.Events[i])))
		}
		return out
	}
	t.Fatalf("no scenario %s", name)
	return nil
}

func TestWarmTransferIsShownLive(t *testing.T) {
	r := start(t, nil)
	bodies := play(t, "attended-transfer")
	for _, b := range bodies {
		resp := r.post(b)
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
	}
	r.post(bodies[0])
	sum := r.end()
	require.NoError(t, r.err)
	require.Equal(t, len(bodies)+1, sum.Received)
	require.Equal(t, len(bodies), sum.Applied)
	require.Equal(t, 1, sum.Duplicate)
	require.Equal(t, 1, sum.Calls)
	out := r.out.String()
	for _, want := range []string{
		`A  \+14045550134 +Setup +a new inbound call by \+14045550134\n`,
		`Ann Lee \([+0-9]+\) +Proceeding +Ann Lee \([+0-9]+\) is rung\n`,
		`Ann Lee \(.*\) +Answered +now talking: Ruth Calloway \(\+14045550134\) and Ann Lee \([+0-9]+\)\n`,
		`Ann Lee \(.*\) +Hold +on hold: nobody can talk\n`,
		`call B is part of call A; `,
		`Gone AttendedTransfer +.*Ann Lee \(104\) transfers Ruth Calloway \(\+14045550134\) to Raj Patel \(106\), after having asked`,
		`now talking: Ruth Calloway \(\+14045550134\) and Raj Patel \(106\)`,
		`everybody has left: answered, `,
		`delivered before\n`,
		`\n {14}A  [a-z]+: inbound, answered, .*, 2 sessions\n {19}Ann Lee \(104\) transfers`,
		`Ann Lee \(104\) and Ruth Calloway \(\+14045550134\) talked \d`,
	} {
		require.Regexp(t, want, out)
	}
	require.NotContains(t, out, "\x1b")
	require.NotContains(t, out, "No end was reported")
}

func TestColour(t *testing.T) {
	r := start(t, func(c *Config) { c.Color = true })
	r.post(play(t, "direct-inbound")[0])
	r.end()
	require.Contains(t, r.out.String(), "\x1b[")
}

func TestRecordingAndMute(t *testing.T) {
	for scenario, want := range map[string]string{"recording": "  recording 9", "mute": "  muted\n"} {
		r := start(t, nil)
		for _, b := range play(t, scenario) {
			r.post(b)
		}
		r.end()
		require.Contains(t, r.out.String(), want)
	}
}

// A call that is over becomes final by itself, on the clock of its events, and once
// more when a late event changes it.
func TestFinal(t *testing.T) {
	var mu sync.Mutex
	now := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	pass := func(d time.Duration) { mu.Lock(); now = now.Add(d); mu.Unlock() }
	r := start(t, func(c *Config) {
		c.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	})
	bodies := play(t, "direct-inbound")
	for i, b := range bodies {
		if i != 2 {
			r.post(b)
		}
	}
	r.wait("all shown", func() bool { return strings.Contains(r.out.String(), "everybody has left") })
	require.NotContains(t, r.out.String(), "final")
	require.Contains(t, r.out.String(), "not arrived yet: #4")
	pass(61 * time.Second)
	r.wait("final", func() bool { return strings.Contains(r.out.String(), "A  final: ") })
	require.Contains(t, r.out.String(), "missing-events: Sequence 4 did not arrive.")
	r.post(bodies[2])
	r.wait("late", func() bool { return strings.Contains(r.out.String(), "late; nothing is missing any more") })
	pass(61 * time.Second)
	r.wait("again", func() bool { return strings.Contains(r.out.String(), "A  final once more: inbound, answered, ") })
	require.Equal(t, 1, r.end().Calls)
}

func TestHandshake(t *testing.T) {
	r := start(t, func(c *Config) { c.Token = "s3cret" })
	u, err := webhook.ParseURL(r.url)
	require.NoError(t, err)
	client := webhook.New(webhook.Options{URL: u})
	defer client.Close()
	require.NoError(t, client.Handshake(t.Context()))
	require.Equal(t, 1, r.end().Refused.Handshakes)
	require.Contains(t, r.said.String(), "answered a validation handshake from 127.0.0.1")
}

func TestToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "capture")
	rec, err := OpenRecorder(path)
	require.NoError(t, err)
	defer rec.Close()
	r := start(t, func(c *Config) { c.Token, c.Record = "s3cret", rec })
	body := play(t, "direct-inbound")[0]
	require.Equal(t, http.StatusUnauthorized, r.post(body).StatusCode)
	require.Equal(t, http.StatusUnauthorized, r.post(body, "Verification-Token", "wrong").StatusCode)
	require.Equal(t, http.StatusOK, r.post(body, "Verification-Token", "s3cret").StatusCode)
	require.Equal(t, http.StatusOK, r.post(body, "Validation-Token", "s3cret").StatusCode)
	sum := r.end()
	require.Equal(t, 2, sum.Refused.Token)
	require.Equal(t, 2, sum.Received)
	require.Equal(t, 2, sum.Recorded, "what is refused is not recorded")
	require.NotContains(t, r.said.String()+r.out.String(), "s3cret")
}

// Whatever comes is answered, recorded if it is a body, and counted.
func TestBadRequests(t *testing.T) {
	path := filepath.Join(t.TempDir(), "capture")
	rec, err := OpenRecorder(path)
	require.NoError(t, err)
	defer rec.Close()
	r := start(t, func(c *Config) { c.Record, c.Patience = rec, 300*time.Millisecond })
	for _, garbage := range []string{"{", "not\nJSON\r\n", "\x1b[31mred\x00", "[]", `{"a":1}`, `{"event":"/restapi/v1.0/account/1/presence"}`, "\xff\xfe", `{"body":{"telephonySessionId":"s-1"}}`, "{\n \"a\" : 1\n}"} {
		require.Equal(t, http.StatusOK, r.post(garbage).StatusCode, garbage)
	}
	require.Equal(t, http.StatusRequestEntityTooLarge, r.post(strings.Repeat("x", MaxBody+1)).StatusCode)
	require.Equal(t, http.StatusBadRequest, r.post("").StatusCode)
	resp, err := r.client.Get(r.url)
	require.NoError(t, err)
	resp.Body.Close()
	require.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)
	require.Equal(t, "POST", resp.Header.Get("Allow"))

	slow, err := net.Dial("tcp", r.addr) // says how much is to come, and never says it
	require.NoError(t, err)
	defer slow.Close()
	fmt.Fprint(slow, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
	gone, err := net.Dial("tcp", r.addr)
	require.NoError(t, err)
	fmt.Fprint(gone, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
	gone.Close()
	mute, err := net.Dial("tcp", r.addr)
	require.NoError(t, err)
	defer mute.Close()
	r.wait("given up", func() bool { return strings.Count(r.said.String(), "did not come to its end") == 2 })

	sum := r.end()
	require.Equal(t, Refused{TooLarge: 1, CutOff: 2, Method: 1, Empty: 1}, sum.Refused)
	require.Equal(t, 9, sum.Received)
	require.Equal(t, 9, sum.Recorded)
	require.Equal(t, sum.Received, sum.Applied+sum.Duplicate+sum.Unreadable+sum.Ignored["another kind of event"]+sum.Ignored["no parties"])
	require.NotContains(t, r.out.String(), "\x1b")
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "{\nnot\\nJSON\n\x1b[31mred\x00\n[]\n{\"a\":1}\n{\"event\":\"/restapi/v1.0/account/1/presence\"}\n\xff\xfe\n{\"body\":{\"telephonySessionId\":\"s-1\"}}\n{\"a\":1}\n", string(got))
}

// The record is there before the answer is, in the order of the answers, and is
// appended to.
func TestRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "capture")
	require.NoError(t, os.WriteFile(path, []byte("cut off"), 0o600))
	rec, err := OpenRecorder(path)
	require.NoError(t, err)
	defer rec.Close()
	r := start(t, func(c *Config) { c.Record = rec })
	want := "cut off\n"
	for _, b := range play(t, "attended-transfer") {
		r.post(b)
		want += b + "\n"
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
}

func TestRecordThatFails(t *testing.T) {
	full, err := OpenRecorder("/dev/full")
	if err != nil {
		t.Skip("no /dev/full here")
	}
	defer full.Close()
	r := start(t, func(c *Config) { c.Record = full })
	for _, b := range play(t, "direct-inbound") {
		require.Equal(t, http.StatusOK, r.post(b).StatusCode, "RingCentral is not to blame")
	}
	sum := r.end()
	require.False(t, sum.Clean())
	require.Equal(t, sum.Received, sum.NotRecorded)
	require.Equal(t, 1, strings.Count(r.said.String(), "cannot record"), "said once")
}

// Many at once, from many clients: nothing is lost, and the calls are right.
func TestConcurrentClients(t *testing.T) {
	path := filepath.Join(t.TempDir(), "capture")
	rec, err := OpenRecorder(path)
	require.NoError(t, err)
	defer rec.Close()
	r := start(t, func(c *Config) { c.Record = rec })
	bodies := append(append(play(t, "attended-transfer"), play(t, "conference")...), play(t, "queue")...)
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for i := range bodies {
				resp, err := r.client.Post(r.url, "application/json", strings.NewReader(bodies[(i+n*5)%len(bodies)]))
				if err == nil {
					io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
			}
		})
	}
	wg.Wait()
	sum := r.end()
	require.Equal(t, 8*len(bodies), sum.Received)
	require.Equal(t, sum.Received, sum.Recorded)
	require.Equal(t, sum.Received, sum.Applied+sum.Duplicate)
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	n := 0
	for rd := wire.NewReader(f, wire.ScannerOptions{}); ; n++ {
		if _, _, err := rd.Next(); err != nil {
			require.Equal(t, io.EOF, err)
			break
		}
	}
	require.Equal(t, sum.Received, n)
}

// The end of an output that nobody reads is the end.
func TestOutputThatFails(t *testing.T) {
	broken := errors.New("nobody reads")
	r := start(t, func(c *Config) { c.Out = writer(func([]byte) (int, error) { return 0, broken }) })
	r.post(play(t, "direct-inbound")[0])
	<-r.done
	require.ErrorIs(t, r.err, broken)
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// A terminal that stands still makes nobody wait.
func TestOutputThatHangs(t *testing.T) {
	let := make(chan struct{})
	r := start(t, func(c *Config) {
		c.Out = writer(func(p []byte) (int, error) { <-let; return len(p), nil })
	})
	began := time.Now()
	for range 50 {
		require.Equal(t, http.StatusOK, r.post(play(t, "direct-inbound")[0]).StatusCode)
	}
	require.Less(t, time.Since(began), 5*time.Second)
	close(let)
	require.Equal(t, 50, r.end().Received)
}

func TestListenerThatFails(t *testing.T) {
	r := start(t, func(c *Config) { c.Listener.Close() })
	<-r.done
	require.Error(t, r.err)
}

// The letters go on after Z.
func TestLetters(t *testing.T) {
	v := newView(&Config{}, nil)
	for i := range 26 + 26*26 + 1 {
		got := v.letter("s-" + callID(i))
		switch i {
		case 0:
			require.Equal(t, "A", got)
		case 25:
			require.Equal(t, "Z", got)
		case 26:
			require.Equal(t, "AA", got)
		case 26 + 26*26:
			require.Equal(t, "AAA", got)
		}
	}
}

// Every scenario can be told, and what was forgotten leaves no trace.
func TestEveryScenarioIsTold(t *testing.T) {
	for _, sc := range script.Scenarios() {
		t.Run(sc.Name, func(t *testing.T) {
			var out bytes.Buffer
			cfg := Config{Out: &out, Location: time.UTC, Now: time.Now}
			e, err := recon.New(recon.Config{})
			require.NoError(t, err)
			v := newView(&cfg, e)
			for _, b := range play(t, sc.Name) {
				d := delivery{at: time.Now()}
				d.ev, d.err = wire.Decode([]byte(b))
				v.show(&d)
			}
			require.NotContains(t, out.String(), "unreadable")
			v.note(e.Tick(v.time.now(time.Now()).Add(30 * time.Minute)))
			require.Contains(t, out.String(), "A  final: ")
			v.note(e.Tick(v.time.now(time.Now()).Add(48 * time.Hour)))
			require.Empty(t, v.letters)
			require.Empty(t, v.before)
			require.Empty(t, v.told)
		})
	}
}
