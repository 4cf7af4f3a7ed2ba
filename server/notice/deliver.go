package notice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// Config of New. Store, Tenant and Log are required.
type Config struct {
	Store store.Notices
	// Tenant finds a tenant by its ID; false when it is gone.
	Tenant  func(id int64) (store.Tenant, bool)
	Log     *slog.Logger
	Targets Targets
	// Mine tells whether it is this deliverer who sends, still; what waits, waits for
	// another one otherwise. Nil means always.
	Mine func() bool
	// For is how long a notice is tried before it is dead. Zero means 24 hours.
	For time.Duration
	// AtOnce is how many are under way at once, PerTenant how many of one tenant: a slow
	// receiver does not stop those of others. Zero means 64 and 8.
	AtOnce, PerTenant int
	// Timeout of one attempt. Zero means 15 seconds.
	Timeout time.Duration
	// First is the wait after the first failure; each later one is three times as long, up
	// to an hour. Zero means five seconds.
	First time.Duration
	// Now is the clock, Random returns a number from 0 to 1, for waits of different
	// lengths. Nil means time.Now and always one half.
	Now    func() time.Time
	Random func() float64
	// Tried is told of each attempt: what failed, "" for nothing, whether it is dead, and
	// how old the notice is.
	Tried func(t *store.Tenant, failure string, dead bool, age time.Duration)
}

// Deliverer posts what waits. Make one with New, and Run it on a goroutine of its own.
type Deliverer struct {
	cfg    Config
	client *http.Client
	wake   chan struct{}

	mu       sync.Mutex
	underWay map[int64]bool // by Seq
	left     map[int64]bool // those that ended since next asked the store last
	ofTenant map[int64]int
	said     map[string]bool // causes that are in the log already
}

// New makes a deliverer.
func New(cfg Config) *Deliverer {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&cfg.For, 24*time.Hour)
	def(&cfg.Timeout, 15*time.Second)
	def(&cfg.First, 5*time.Second)
	if cfg.AtOnce <= 0 {
		cfg.AtOnce = 64
	}
	if cfg.PerTenant <= 0 {
		cfg.PerTenant = 8
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Random == nil {
		cfg.Random = func() float64 { return .5 }
	}
	if cfg.Mine == nil {
		cfg.Mine = func() bool { return true }
	}
	if cfg.Tried == nil {
		cfg.Tried = func(*store.Tenant, string, bool, time.Duration) {}
	}
	return &Deliverer{cfg: cfg, client: cfg.Targets.client(cfg.Timeout), wake: make(chan struct{}, 1), underWay: map[int64]bool{}, left: map[int64]bool{}, ofTenant: map[int64]int{}, said: map[string]bool{}}
}

// Wake makes Run look for notices now.
func (d *Deliverer) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends, and waits for what is under way then.
func (d *Deliverer) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer d.client.CloseIdleConnections()
	defer wg.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		case <-timer.C:
		}
		for _, n := range d.next(ctx) {
			wg.Go(func() {
				d.attempt(ctx, n)
				d.leave(&n)
				d.Wake()
			})
		}
		timer.Reset(d.pause(ctx))
	}
}

// idle is how often is looked although nothing is said to wait.
const idle = 30 * time.Second

// pause is how long nothing will be due.
func (d *Deliverer) pause(ctx context.Context) time.Duration {
	at, err := d.cfg.Store.NextDue(ctx)
	if err != nil {
		return time.Second // the store is away
	}
	if at == 0 {
		return idle
	}
	return min(idle, max(100*time.Millisecond, at.Std().Sub(d.cfg.Now())))
}

// next takes the notices that may be sent now. It asks for more than may go, for those of
// one tenant must not hide those of others.
func (d *Deliverer) next(ctx context.Context) (out []store.Notice) {
	if !d.cfg.Mine() {
		return nil
	}
	d.mu.Lock()
	clear(d.left)
	d.mu.Unlock()
	due, err := d.cfg.Store.Due(ctx, call.TimeOf(d.cfg.Now()), 16*d.cfg.AtOnce)
	if err != nil && ctx.Err() != nil {
		return nil
	}
	if err != nil {
		d.once(ctx, "store", "cannot read the notices", "once", "notices", "error", err) // of all partitions
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, n := range due {
		if len(d.underWay) >= d.cfg.AtOnce {
			break
		}
		if d.underWay[n.Seq] || d.left[n.Seq] || d.ofTenant[n.Tenant] >= d.cfg.PerTenant {
			continue
		}
		d.underWay[n.Seq] = true
		d.ofTenant[n.Tenant]++
		out = append(out, n)
	}
	return out
}

func (d *Deliverer) leave(n *store.Notice) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.underWay, n.Seq)
	d.left[n.Seq] = true // what the store is saying may be older
	if d.ofTenant[n.Tenant]--; d.ofTenant[n.Tenant] == 0 {
		delete(d.ofTenant, n.Tenant)
	}
}

// failure is why an attempt failed; dead when no other one can help, after how long the
// receiver asked to wait.
type failure struct {
	why   string
	dead  bool
	after time.Duration
}

func (d *Deliverer) attempt(ctx context.Context, n store.Notice) {
	t, ok := d.cfg.Tenant(n.Tenant)
	if !d.cfg.Mine() {
		return // it waits as before
	}
	f := &failure{why: "the tenant has no URL for notices any more", dead: true}
	if ok && t.NoticeURL != "" {
		post, cancel := outlive(ctx, lastPost)
		f = d.post(post, &t, &n)
		cancel()
	}
	if f != nil && ctx.Err() != nil {
		return // it waits as before
	}
	now := d.cfg.Now()
	age := now.Sub(n.Created.Std())
	if f == nil {
		d.cfg.Tried(&t, "", false, age)
		d.forget(t.NoticeURL)
		d.delivered(ctx, &n)
		return
	}
	ctx = context.WithoutCancel(ctx)
	dead := f.dead || age >= d.cfg.For
	d.cfg.Tried(&t, f.why, dead, age)
	next := now.Add(max(f.after, d.wait(n.Attempts)))
	if dead {
		d.once(ctx, "dead "+t.Name+f.why, "a notice is dead; legwork notices resend sends it again", "tenant", t.Name, "kind", n.Kind, "failure", f.why)
	} else {
		d.once(ctx, t.NoticeURL, "a notice was not delivered; trying again", "tenant", t.Name, "failure", f.why)
	}
	if err := d.cfg.Store.Failed(ctx, n.Seq, call.TimeOf(next), f.why, dead); err != nil {
		d.once(ctx, "store", "cannot note that a notice failed", "error", err)
	}
}

// lastPost is how long a post that is under way at the end may still take: the receiver
// has it already, most likely, and would get it once more.
const lastPost = 3 * time.Second

// outlive is a context that ends some time after another one.
func outlive(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(d):
			cancel()
		case <-out.Done():
		}
	})
	return out, func() { stop(); cancel() }
}

// delivered notes that a notice was delivered, again while the store is away: it is not
// to be sent twice. What was delivered is noted even at the end, if that can be done.
func (d *Deliverer) delivered(ctx context.Context, n *store.Notice) {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := d.cfg.Store.Delivered(context.WithoutCancel(ctx), n.Seq)
		if err == nil {
			d.forget("delivered")
			return
		}
		if ctx.Err() != nil || errors.Is(err, store.ErrFenced) || !d.cfg.Mine() {
			d.once(ctx, "delivered", "cannot note that a notice was delivered; it will be sent again", "error", err)
			return
		}
		d.once(ctx, "delivered", "cannot note that a notice was delivered; trying again", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// longest is the longest wait between two attempts.
const longest = time.Hour

// wait is how long to wait after so many failures before this one.
func (d *Deliverer) wait(before int) time.Duration {
	w := d.cfg.First
	for range min(before, 20) {
		w = min(3*w, longest)
	}
	return time.Duration(float64(w) * (.75 + .5*d.cfg.Random()))
}

// maxAnswer is how much of an answer is read, to use the connection again.
const maxAnswer = 64 << 10

func (d *Deliverer) post(ctx context.Context, t *store.Tenant, n *store.Notice) *failure {
	if err := d.cfg.Targets.checkURL(t.NoticeURL); err != nil {
		return &failure{why: "the URL: " + err.Error()}
	}
	now := d.cfg.Now()
	signature, err := sign(t.NoticeSecret, n.ID, now, n.Body)
	if err != nil {
		return &failure{why: err.Error()}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.NoticeURL, bytes.NewReader(n.Body))
	if err != nil {
		return &failure{why: err.Error()}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Legwork")
	req.Header[HeaderID] = []string{n.ID} // in lower case, as the standard writes them
	req.Header[HeaderTimestamp] = []string{strconv.FormatInt(now.Unix(), 10)}
	req.Header[HeaderSignature] = []string{signature}
	res, err := d.client.Do(req)
	if err != nil {
		return &failure{why: err.Error()}
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer))
	return judge(res, now)
}

func judge(res *http.Response, now time.Time) *failure {
	switch {
	case res.StatusCode >= 200 && res.StatusCode < 300:
		return nil
	case res.StatusCode >= 300 && res.StatusCode < 400:
		return &failure{why: errRedirect.Error()}
	case res.StatusCode == http.StatusGone:
		return &failure{why: "it answered 410 Gone", dead: true}
	}
	return &failure{why: fmt.Sprintf("it answered %s", res.Status), after: retryAfter(res.Header.Get("Retry-After"), now)}
}

// retryAfter reads seconds or a date.
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return min(time.Duration(n)*time.Second, longest)
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return min(at.Sub(now), longest)
	}
	return 0
}

// once logs a cause the first time, and again after it was gone.
func (d *Deliverer) once(ctx context.Context, cause, text string, args ...any) {
	d.mu.Lock()
	said := d.said[cause]
	if len(d.said) < 10_000 {
		d.said[cause] = true
	}
	d.mu.Unlock()
	if !said {
		d.cfg.Log.WarnContext(ctx, text, args...)
	}
}

func (d *Deliverer) forget(cause string) {
	d.mu.Lock()
	delete(d.said, cause)
	d.mu.Unlock()
}
