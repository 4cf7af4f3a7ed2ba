package notice

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/shard"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/sqlite"
	"github.com/legworkhq/legwork/server/store/storetest"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// The example of the standard's own libraries.
func TestSign(t *testing.T) {
	got, err := sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	require.NoError(t, err)
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", got)
}

func TestVerify(t *testing.T) {
	now := time.Unix(1614265330, 0)
	other := "whsec_" + base64.StdEncoding.EncodeToString([]byte("another secret, that is as long"))
	body := []byte(`{"a":1}`)
	both, err := sign(other+" "+secret, "msg_1", now, body)
	require.NoError(t, err)
	h := http.Header{}
	h.Set(HeaderID, "msg_1")
	h.Set(HeaderTimestamp, "1614265330")
	h.Set(HeaderSignature, both)
	require.NoError(t, Verify(secret, h, body, now))
	require.NoError(t, Verify(other, h, body, now.Add(4*time.Minute)))
	require.Error(t, Verify(secret, h, body, now.Add(6*time.Minute)))
	require.Error(t, Verify(secret, h, body, now.Add(-6*time.Minute)))
	require.Error(t, Verify(secret, h, []byte(`{"a":2}`), now))
	h.Set(HeaderID, "msg_2")
	require.Error(t, Verify(secret, h, body, now))
	h.Set(HeaderSignature, "v1,x v2,y junk")
	require.Error(t, Verify(secret, h, body, now))
	require.Error(t, Verify(secret, http.Header{}, body, now))
	_, err = sign("", "x", now, nil)
	require.Error(t, err)
}

func TestTargets(t *testing.T) {
	var public, private, some Targets
	private.Private = true
	some.Allow = prefixes("10.1.0.0/16")
	for addr, want := range map[string]string{ // public, private, some
		"93.184.216.34": "yyy", "2606:2800:220:1::1": "yyy",
		"127.0.0.1": "nyn", "::1": "nyn", "10.1.2.3": "nyy", "10.2.2.3": "nyn", "192.168.1.1": "nyn", "fd00::1": "nyn", "100.64.0.1": "nyn",
		"169.254.169.254": "nnn", "fe80::1": "nnn", "::ffff:169.254.169.254": "nnn", "0.0.0.0": "nnn", "224.0.0.1": "nnn", "255.255.255.255": "nyn",
		"64:ff9b::a9fe:a9fe": "nyn", "::ffff:10.1.2.3": "nyy", "2002:7f00:1::": "nyn",
	} {
		got := ""
		for _, target := range []*Targets{&public, &private, &some} {
			if target.check(netip.MustParseAddr(addr)) == nil {
				got += "y"
			} else {
				got += "n"
			}
		}
		require.Equal(t, want, got, addr)
	}
	for url, ok := range map[string]bool{"https://a.example/x": true, "http://a.example": false, "ftp://a": false, "file:///etc/passwd": false, "https://": false, "%": false} {
		require.Equal(t, ok, public.checkURL(url) == nil, url)
	}
}

// desk is an integrator's webhook.
type desk struct {
	*httptest.Server
	mu     sync.Mutex
	got    []string // ids, in order
	bad    []string
	answer func(id string, nth int, w http.ResponseWriter)
	seen   map[string]int
}

func openDesk(t *testing.T) *desk {
	d := &desk{seen: map[string]int{}}
	d.Server = httptest.NewServer(d)
	t.Cleanup(d.Close)
	return d
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	id := r.Header.Get(HeaderID)
	d.mu.Lock()
	if err := Verify(secret, r.Header, body, time.Now()); err != nil {
		d.bad = append(d.bad, err.Error())
	}
	d.seen[id]++
	n := d.seen[id]
	d.got = append(d.got, id)
	d.mu.Unlock()
	if d.answer != nil {
		d.answer(id, n, w)
	}
}

func (d *desk) ids() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.got)
}

type bench struct {
	t      *testing.T
	db     *sqlite.DB
	tenant store.Tenant
	cfg    Config
}

func newBench(t *testing.T, url string) *bench {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"), sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	b := &bench{t: t, db: db, tenant: store.Tenant{Name: "acme", Scope: "account", Region: "US", NoticeURL: url, NoticeSecret: secret}}
	require.NoError(t, db.AddTenant(t.Context(), &b.tenant))
	b.cfg = Config{Store: db, Tenant: func(int64) (store.Tenant, bool) { return b.tenant, true }, Log: slog.New(slog.DiscardHandler),
		Targets: Targets{Private: true, HTTP: true}, First: 5 * time.Millisecond, Timeout: 2 * time.Second}
	return b
}

func (b *bench) put(call_ string, ids ...string) {
	for i, id := range ids {
		n := store.Notice{Tenant: b.tenant.ID, ID: id, Kind: shard.Final, Call: call.SessionID(call_), Revision: i, Body: []byte(`{"x":1}`), Created: call.TimeOf(time.Now())}
		require.NoError(b.t, b.db.Enqueue(b.t.Context(), n))
	}
}

// run delivers until done.
func (b *bench) run(done func() bool) {
	ctx, cancel := context.WithCancel(b.t.Context())
	end := make(chan struct{})
	d := New(b.cfg)
	go func() { defer close(end); d.Run(ctx) }()
	require.Eventually(b.t, done, 10*time.Second, 2*time.Millisecond)
	cancel()
	<-end
}

func (b *bench) waiting() int64 {
	s, err := b.db.Stats(b.t.Context())
	require.NoError(b.t, err)
	return s.Waiting
}

func TestInOrderAgainAndOnce(t *testing.T) {
	d := openDesk(t)
	d.answer = func(id string, n int, w http.ResponseWriter) {
		if id == "a1" && n < 3 {
			w.WriteHeader(500)
		}
	}
	b := newBench(t, d.URL)
	b.put("a", "a1", "a2", "a3")
	b.put("b", "b1")
	b.run(func() bool { return b.waiting() == 0 })
	var ofA []string
	for _, id := range d.ids() {
		if id[0] == 'a' {
			ofA = append(ofA, id)
		}
	}
	require.Equal(t, []string{"a1", "a1", "a1", "a2", "a3"}, ofA)
	require.Equal(t, 1, d.seen["b1"])
	require.Empty(t, d.bad)
}

// away is a store that is out of reach whenever something was delivered, for some times.
type away struct {
	store.Notices
	times atomic.Int32
}

func (a *away) Delivered(ctx context.Context, seq int64) error {
	if a.times.Add(-1) >= 0 {
		return store.ErrUnreachable
	}
	return a.Notices.Delivered(ctx, seq)
}

// A notice is not sent again because the store is away for a moment.
func TestOnceAlthoughTheStoreIsAway(t *testing.T) {
	d := openDesk(t)
	b := newBench(t, d.URL)
	a := &away{Notices: b.db}
	a.times.Store(3)
	b.cfg.Store = a
	b.put("a", "a1", "a2")
	b.run(func() bool { return b.waiting() == 0 })
	require.Equal(t, []string{"a1", "a2"}, d.ids())
}

// late is a store whose second answer about what is due comes after what was under way
// then is delivered.
type late struct {
	store.Notices
	asked     atomic.Int32
	delivered chan struct{}
}

func (l *late) Due(ctx context.Context, now call.Time, limit int) ([]store.Notice, error) {
	due, err := l.Notices.Due(ctx, now, limit)
	if l.asked.Add(1) == 2 {
		select {
		case <-l.delivered:
			time.Sleep(20 * time.Millisecond) // the one that delivered it leaves
		case <-time.After(5 * time.Second):
		}
	}
	return due, err
}

func (l *late) Delivered(ctx context.Context, seq int64) error {
	err := l.Notices.Delivered(ctx, seq)
	l.delivered <- struct{}{}
	return err
}

// What the store said was due before a notice was delivered is not believed afterwards.
func TestOnceAlthoughTheStoreAnswersLate(t *testing.T) {
	d := openDesk(t)
	begun := make(chan struct{}, 10)
	d.answer = func(string, int, http.ResponseWriter) { begun <- struct{}{}; time.Sleep(50 * time.Millisecond) }
	b := newBench(t, d.URL)
	b.cfg.Store = &late{Notices: b.db, delivered: make(chan struct{}, 10)}
	b.put("a", "a1")
	dl := New(b.cfg)
	ctx, cancel := context.WithCancel(t.Context())
	end := make(chan struct{})
	go func() { defer close(end); dl.Run(ctx) }()
	<-begun
	dl.Wake() // asks again, while the notice is under way
	require.Eventually(t, func() bool { return b.waiting() == 0 }, 10*time.Second, 2*time.Millisecond)
	time.Sleep(200 * time.Millisecond)
	cancel()
	<-end
	require.Equal(t, []string{"a1"}, d.ids())
}

// What is under way at the end is waited for, and not sent again.
func TestUnderWayAtTheEnd(t *testing.T) {
	d := openDesk(t)
	d.answer = func(string, int, http.ResponseWriter) { time.Sleep(300 * time.Millisecond) }
	b := newBench(t, d.URL)
	b.put("a", "a1")
	b.run(func() bool { return len(d.ids()) == 1 })
	require.Zero(t, b.waiting())
}

// A receiver that hangs holds nobody else up, nor does the end of the process lose what
// was under way.
func TestSlowReceiver(t *testing.T) {
	d, slow := openDesk(t), openDesk(t)
	release := make(chan struct{})
	defer close(release) // a failure must not leave the receiver hanging
	slow.answer = func(string, int, http.ResponseWriter) { <-release }
	b := newBench(t, slow.URL)
	other := store.Tenant{Name: "other", Scope: "account", Region: "US", NoticeURL: d.URL, NoticeSecret: secret}
	require.NoError(t, b.db.AddTenant(t.Context(), &other))
	first := b.tenant
	b.cfg.Tenant = func(id int64) (store.Tenant, bool) {
		if id == other.ID {
			return other, true
		}
		return first, true
	}
	for i := range 300 {
		b.put(fmt.Sprint("slow", i), fmt.Sprint("s", i))
	}
	b.tenant = other
	b.put("fast", "f1", "f2")
	b.run(func() bool { return b.waiting() == 300 })
	require.Equal(t, []string{"f1", "f2"}, d.ids())
	require.Equal(t, int64(300), b.waiting(), "all that were not answered wait still")
	require.LessOrEqual(t, len(slow.ids()), 8)
}

func TestDead(t *testing.T) {
	d := openDesk(t)
	status := map[string]int{"gone": 410, "moved": 302, "no": 400}
	d.answer = func(id string, _ int, w http.ResponseWriter) {
		w.Header().Set("Location", "http://169.254.169.254/latest/meta-data")
		w.WriteHeader(status[id])
	}
	b := newBench(t, d.URL)
	b.put("1", "gone")
	b.run(func() bool { return b.waiting() == 0 })
	b.cfg.For = time.Second
	b.put("2", "moved")
	b.put("3", "no")
	b.run(func() bool { return b.waiting() == 0 })
	dead, err := b.db.Dead(t.Context(), b.tenant.ID, 0, 10)
	require.NoError(t, err)
	var why []string
	for _, n := range dead {
		why = append(why, n.Failure)
	}
	require.Equal(t, []string{"it answered 410 Gone", errRedirect.Error(), "it answered 400 Bad Request"}, why)
	require.Equal(t, 1, dead[0].Attempts)
	require.Greater(t, dead[1].Attempts, 1)
	// A dead one that is told to be sent again is.
	d.answer = nil
	n, err := b.db.Resend(t.Context(), b.tenant.ID, "", call.TimeOf(time.Now()))
	require.NoError(t, err)
	require.Equal(t, int64(3), n)
	b.run(func() bool { return b.waiting() == 0 })
	dead, err = b.db.Dead(t.Context(), b.tenant.ID, 0, 10)
	require.NoError(t, err)
	require.Empty(t, dead)
}

// A redirect is not followed, whichever it is and wherever it leads: not even to where
// notices may go.
func TestRedirects(t *testing.T) {
	d, trap := openDesk(t), openDesk(t)
	status := map[string]int{"301": 301, "302": 302, "303": 303, "307": 307, "308": 308}
	d.answer = func(id string, _ int, w http.ResponseWriter) {
		w.Header().Set("Location", trap.URL+"/latest/meta-data")
		w.WriteHeader(status[id])
	}
	b := newBench(t, d.URL)
	b.cfg.For = 20 * time.Millisecond
	for id := range status {
		b.put("call "+id, id)
	}
	b.run(func() bool { return b.waiting() == 0 })
	require.Empty(t, trap.ids())
	dead, err := b.db.Dead(t.Context(), b.tenant.ID, 0, 10)
	require.NoError(t, err)
	require.Len(t, dead, len(status))
	for _, n := range dead {
		require.Equal(t, errRedirect.Error(), n.Failure)
	}
}

// Nothing goes to where it may not, whatever the name says.
func TestRefusedTargets(t *testing.T) {
	d := openDesk(t)
	b := newBench(t, d.URL)
	b.cfg.Targets = Targets{}
	b.cfg.For = time.Millisecond
	for _, url := range []string{d.URL, strings.Replace(d.URL, "http://127.0.0.1", "https://localhost", 1), "https://169.254.169.254/", "https://[::ffff:127.0.0.1]/", "https://2130706433/", "ftp://x"} {
		b.tenant.NoticeURL = url
		b.put(url, "n "+url)
		time.Sleep(2 * time.Millisecond)
		b.run(func() bool { return b.waiting() == 0 })
	}
	require.Empty(t, d.ids())
	dead, err := b.db.Dead(t.Context(), b.tenant.ID, 0, 10)
	require.NoError(t, err)
	require.Len(t, dead, 6)
}

func TestWaits(t *testing.T) {
	d := New(Config{})
	var got []time.Duration
	for i := range 9 {
		got = append(got, d.wait(i).Round(time.Second))
	}
	require.Equal(t, []time.Duration{5e9, 15e9, 45e9, 135e9, 405e9, 1215e9, 3600e9, 3600e9, 3600e9}, got)
	now := time.Unix(1000, 0)
	require.Equal(t, 7*time.Second, retryAfter("7", now))
	require.Equal(t, 5*time.Second, retryAfter(time.Unix(1005, 0).UTC().Format(http.TimeFormat), now))
	require.Equal(t, longest, retryAfter("99999999", now))
	require.Zero(t, retryAfter("soon", now)+retryAfter("-5", now)+retryAfter("", now))
}

func TestOfCall(t *testing.T) {
	tenant := &store.Tenant{ID: 3, Name: "acme", NoticeURL: "https://x"}
	row := store.Row(3, storetest.Graph(t, "attended-transfer", 0))
	n, ok := OfCall(tenant, shard.Final, &row, 5000)
	require.True(t, ok)
	require.JSONEq(t, `{"type":"call.final","timestamp":"1970-01-01T00:00:05.000Z","tenant":"acme","data":{"call":`+string(row.Graph)+`}}`, string(n.Body))
	again, _ := OfCall(tenant, shard.Final, &row, 9000)
	require.Equal(t, n.ID, again.ID)
	row.Revision++
	other, _ := OfCall(tenant, shard.Final, &row, 5000)
	require.NotEqual(t, n.ID, other.ID)
	_, ok = OfCall(tenant, shard.Updated, &row, 5000)
	require.False(t, ok, "not asked for")
	tenant.NoticeKinds = []string{shard.Updated}
	_, ok = OfCall(tenant, shard.Final, &row, 5000)
	require.False(t, ok)
	tenant.NoticeURL = ""
	_, ok = OfCall(tenant, shard.Updated, &row, 5000)
	require.False(t, ok)
}
