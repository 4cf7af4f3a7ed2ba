package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/netutil"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/api"
	"github.com/legworkhq/legwork/server/ingest"
	"github.com/legworkhq/legwork/server/metric"
	"github.com/legworkhq/legwork/server/notice"
	"github.com/legworkhq/legwork/server/page"
	"github.com/legworkhq/legwork/server/shard"
	"github.com/legworkhq/legwork/server/store"
)

// Options of New. Log is required, and one of Store and Cluster.
type Options struct {
	// Store keeps everything of a server that is alone.
	Store store.Store
	// Cluster makes the server one node of several.
	Cluster *Cluster
	Log     *slog.Logger
	// Engine bounds the engine of each tenant.
	Engine recon.Config
	// SnapshotAfter and SnapshotEvery: see shard.Config.
	SnapshotAfter int
	SnapshotEvery time.Duration
	// MaxBody is the longest body of a notification, in bytes. Zero means 1 MiB.
	MaxBody int64
	// MaxConnections at once; more wait. Zero means 16,384.
	MaxConnections int
	// Patience is how long a client may take for a request, HeaderPatience for its head.
	// Zero means ten seconds.
	Patience, HeaderPatience time.Duration
	// TLS is that of the listener. Nil serves without.
	TLS *tls.Config
	// NoMetrics: /metrics is not served.
	NoMetrics bool
	// Notices says how notices are delivered: its Targets, For, AtOnce and PerTenant.
	Notices notice.Config
	// Version is shown in the metrics.
	Version string
	// Keep says what is removed when.
	Keep Retention
	// Now is the clock. Nil means time.Now.
	Now func() time.Time
}

func (o *Options) defaults() {
	if o.MaxConnections <= 0 {
		o.MaxConnections = 16_384
	}
	if o.Patience <= 0 {
		o.Patience = 10 * time.Second
	}
	if o.HeaderPatience <= 0 {
		o.HeaderPatience = o.Patience
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

// Retention says how long what is kept. Zero fields keep everything.
type Retention struct {
	Raw, Calls, Dead time.Duration
	MaxBytes         int64
}

// Server is one running server. Make one with New, Serve, and Close it.
type Server struct {
	opt       Options
	hub       *hub
	committer *ingest.Committer
	webhooks  *ingest.Handler
	desk      atomic.Pointer[desk]
	meter     *meter
	watch     *watcher
	outlook   *outlook // of a node of a cluster

	mu      sync.RWMutex
	tenants map[int64]store.Tenant
	parts   map[int]*part

	work    context.Context // of everything but the committer
	stop    context.CancelFunc
	wg      sync.WaitGroup
	writing sync.WaitGroup
	http    *http.Server
	closing chan struct{} // closed when the end begins
	broken  chan error    // what a node of a cluster cannot go on with
}

// desk is what needs the store: a node of a cluster takes notifications without, while
// the store is out of reach.
type desk struct {
	store.Store
	api  *api.API
	page http.Handler
}

// New makes a server, which brings every tenant back to where it was.
func New(ctx context.Context, opt Options) (*Server, error) {
	opt.defaults()
	if _, err := recon.New(opt.Engine); err != nil {
		return nil, err
	}
	s := &Server{opt: opt, hub: newHub(), tenants: map[int64]store.Tenant{}, parts: map[int]*part{}, watch: newWatcher(), closing: make(chan struct{}), broken: make(chan error, 1)}
	s.meter = newMeter(metric.New(metric.Options{Version: opt.Version, State: s.state}), s.watch)
	s.work, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	start := s.alone
	if opt.Cluster != nil {
		start = s.join
	}
	if err := start(ctx); err != nil {
		s.stop()
		s.wg.Wait()
		return nil, err
	}
	s.writing.Go(s.committer.Run)
	s.wg.Go(s.prune)
	s.wg.Go(s.watchAll)
	return s, nil
}

// alone makes a server that has its store to itself.
func (s *Server) alone(ctx context.Context) error {
	last, err := s.opt.Store.LastReceived(ctx)
	if err != nil {
		return err
	}
	if ahead := last.Sub(call.TimeOf(s.opt.Now())); ahead > time.Minute {
		s.opt.Log.Warn("the clock is behind the journal; until it has caught up, everything is received at the journal's last time", "behind", ahead.Round(time.Second))
	}
	s.takeInto(s.opt.Store, s.meter, last, s.put)
	list, err := s.opt.Store.Tenants(ctx)
	if err != nil {
		return err
	}
	s.setTenants(list) // before notices are sent, lest their tenants seem to be gone
	s.parts[0] = s.newPart(s.opt.Store, s.committer.Horizon, nil)
	s.committer.Unsure(s.parts[0].behind)
	return s.attach(ctx, s.opt.Store)
}

// takeInto lets notifications be taken into a journal.
func (s *Server) takeInto(j ingest.Journal, m ingest.Meter, last call.Time, sink func([]ingest.Taken)) {
	s.committer = ingest.NewCommitter(j, m, s.opt.Now, last, sink)
	s.committer.Trouble(func(err error) {
		s.opt.Log.Warn("the spool cannot be written; notifications wait for the database", "once", "spool", "error", err)
	})
	s.webhooks = ingest.NewHandler(s.committer, m, s.opt.Log, s.opt.MaxBody)
}

// attach opens the desk: the store is there.
func (s *Server) attach(ctx context.Context, db store.Store) error {
	d := &desk{Store: db}
	if err := s.reload(ctx, db); err != nil {
		return err
	}
	seen := db
	if s.opt.Cluster == nil {
		seen = settled{db, s.committer}
	}
	var err error
	if d.api, err = api.New(ctx, api.Config{Store: seen, Operator: operator{s}, Log: s.opt.Log, Targets: s.opt.Notices.Targets, Now: s.opt.Now}); err != nil {
		return err
	}
	d.page = page.Handler(api.Cookie, func(r *http.Request) bool { _, ok := d.api.Token(r); return ok })
	s.desk.Store(d)
	return nil
}

// Reload reads the tenants again: those that are new get a shard, those that are gone
// lose theirs.
func (s *Server) Reload(ctx context.Context) error {
	d := s.desk.Load()
	if d == nil {
		return errAway
	}
	return s.reload(ctx, d.Store)
}

func (s *Server) reload(ctx context.Context, db store.Store) error {
	list, err := db.Tenants(ctx)
	if err != nil {
		return err
	}
	tenants := s.setTenants(list)
	for _, p := range s.owned() {
		if err := p.reload(ctx, tenants); err != nil {
			return err
		}
	}
	if s.opt.Cluster == nil {
		return nil
	}
	tokens, err := db.Tokens(ctx)
	if err != nil {
		return err
	}
	return s.opt.Cluster.remember(memory{Tenants: list, Tokens: tokens})
}

// setTenants says whose notifications are taken from now on.
func (s *Server) setTenants(list []store.Tenant) map[int64]store.Tenant {
	tenants := make(map[int64]store.Tenant, len(list))
	for _, t := range list {
		tenants[t.ID] = t
	}
	s.mu.Lock()
	s.tenants = tenants
	s.mu.Unlock()
	s.webhooks.SetTenants(list)
	s.meter.setTenants(list)
	return tenants
}

// tenant finds a tenant by its ID; false when it is gone.
func (s *Server) tenant(id int64) (store.Tenant, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t, ok := s.tenants[id]
	return t, ok
}

// owned lists the parts that this server works on.
func (s *Server) owned() (out []*part) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, p := range s.parts {
		out = append(out, p)
	}
	return out
}

// partOf is the number of a tenant's part.
func (s *Server) partOf(tenant int64) int {
	if s.opt.Cluster == nil {
		return 0
	}
	return s.opt.Cluster.Node.PartitionOf(tenant)
}

// part finds the part of a tenant, nil when this server does not work on it.
func (s *Server) part(tenant int64) *part {
	n := s.partOf(tenant)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.parts[n]
}

// owns reports whether this server works on a part.
func (s *Server) owns(n int) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.parts[n] != nil
}

// put hands what is on disk to the shards. It runs on the committer's goroutine.
func (s *Server) put(entries []ingest.Taken) { s.parts[0].put(entries) }

// shard finds the shard of a tenant. store.ErrNotFound: there is none such, or not here.
func (s *Server) shard(ctx context.Context, tenant int64) (*shard.Shard, error) {
	if p := s.part(tenant); p != nil {
		return p.shard(ctx, tenant)
	}
	return nil, store.ErrNotFound
}

func entries(tenant int64, bodies [][]byte) []ingest.Taken {
	in := make([]ingest.Taken, len(bodies))
	for i, b := range bodies {
		in[i].Entry, in[i].Event = ingest.Entry(tenant, b)
	}
	return in
}

// Handler serves everything.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	if s.opt.Cluster == nil || s.opt.Cluster.Ingest {
		mux.Handle("/webhooks/{tenant}", s.webhooks)
	}
	mux.HandleFunc(api.Prefix+"/", s.atDesk(func(d *desk) http.Handler { return d.api }))
	mux.HandleFunc("/", s.atDesk(func(d *desk) http.Handler { return d.page }))
	if !s.opt.NoMetrics {
		mux.HandleFunc("GET /metrics", s.metrics)
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /readyz", s.ready)
	return mux
}

// errAway: a node of a cluster does not have the store yet.
var errAway = fmt.Errorf("%w; notifications are taken all the same", store.ErrUnreachable)

// atDesk serves what needs the store.
func (s *Server) atDesk(of func(*desk) http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if d := s.desk.Load(); d != nil {
			of(d).ServeHTTP(w, r)
			return
		}
		w.Header().Set("Retry-After", "5")
		api.Unavailable(w, errAway.Error())
	}
}

// metrics are for tokens that may see all tenants.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) {
	var t store.Token
	var ok bool
	if d := s.desk.Load(); d != nil {
		t, ok = d.api.Token(r)
	} else { // a node of a cluster
		t, ok = api.TokenOf(r, s.outlook.tokens)
	}
	if !ok {
		w.Header().Set("WWW-Authenticate", `Bearer realm="legwork"`)
		http.Error(w, "metrics need a token with the role read or admin", http.StatusUnauthorized)
		return
	}
	if t.Tenant != 0 || !api.Allows(t.Role, store.RoleRead) {
		http.Error(w, "metrics need a token with the role read or admin that is not bound to a tenant", http.StatusForbidden)
		return
	}
	s.meter.Handler().ServeHTTP(w, r)
}

// ready answers 200 when a notification would be taken now.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	if err := s.meter.lastError(); err != nil {
		http.Error(w, "notifications cannot be stored: "+err.Error(), http.StatusServiceUnavailable)
		return
	}
	io.WriteString(w, "ready\n")
}

// Serve takes requests at l until Close, and returns nil then.
func (s *Server) Serve(l net.Listener) error {
	srv := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: s.opt.HeaderPatience,
		ReadTimeout:       s.opt.Patience,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    32 << 10,
		BaseContext:       func(net.Listener) context.Context { return s.work },
		ErrorLog:          log.New(io.Discard, "", 0), // of connections that say nothing sensible
	}
	s.mu.Lock()
	s.http = srv
	s.mu.Unlock()
	l = netutil.LimitListener(l, s.opt.MaxConnections)
	if s.opt.TLS != nil { // outermost: HTTP/2 is spoken on TLS connections alone
		l = tls.NewListener(l, s.opt.TLS)
	}
	go func() { // a node that cannot go on
		select {
		case err := <-s.broken:
			s.broken <- err
			_ = srv.Close()
		case <-s.closing:
		}
	}()
	err := srv.Serve(l)
	select {
	case err := <-s.broken:
		return err
	default:
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Close ends the server in order: no new requests; what was taken is on disk and
// answered; the engines apply it and leave a snapshot; a node of a cluster passes on what
// it took, if it can at once. The store stays open.
func (s *Server) Close(ctx context.Context) error {
	var errs []error
	close(s.closing)
	s.mu.RLock()
	srv := s.http
	s.mu.RUnlock()
	if srv != nil {
		hard, cancel := context.WithTimeout(ctx, s.opt.Patience)
		if err := srv.Shutdown(hard); err != nil {
			errs = append(errs, srv.Close())
		}
		cancel()
	}
	s.committer.Close()
	s.writing.Wait()
	if n := s.committer.Left(); n > 0 {
		s.opt.Log.Warn("notifications that were answered are in the spool, and come into the journal with the next start", "count", n)
	}
	if s.opt.Cluster != nil {
		s.passOn(ctx)
	}
	s.stop()
	if s.opt.Cluster == nil { // else the node closes them
		for _, p := range s.owned() {
			p.close()
		}
	}
	s.wg.Wait()
	return errors.Join(errs...)
}

// pruneEvery is how often what is too old is removed, and pruneStep how much at once:
// notifications wait for it.
const (
	pruneEvery = time.Minute
	pruneStep  = 500
)

func (s *Server) prune() {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.work.Done():
			return
		case <-tick.C:
		}
		if removed, err := s.Prune(s.work); err != nil {
			s.opt.Log.Error("cannot remove what is too old", "once", "prune", "error", err)
		} else if removed != (store.Removed{}) {
			s.opt.Log.Info("removed what is too old", "entries", removed.Entries, "calls", removed.Calls, "notices", removed.Notices)
		}
	}
}

// Prune removes what is too old now.
func (s *Server) Prune(ctx context.Context) (sum store.Removed, err error) {
	k, d := s.opt.Keep, s.desk.Load()
	if k == (Retention{}) || d == nil || !s.owns(0) {
		return sum, nil // the owner of the first partition does it
	}
	before := func(d time.Duration) call.Time {
		if d <= 0 {
			return 0
		}
		return call.TimeOf(s.opt.Now().Add(-d))
	}
	p := store.Policy{RawBefore: before(k.Raw), CallsBefore: before(k.Calls), DeadBefore: before(k.Dead), MaxBytes: k.MaxBytes}
	for more := true; more && err == nil && ctx.Err() == nil; {
		var r store.Removed
		r, more, err = d.Prune(ctx, p, pruneStep)
		sum.Add(r)
		if more {
			time.Sleep(20 * time.Millisecond)
		}
	}
	if err != nil {
		return sum, fmt.Errorf("removing what is too old: %w", err)
	}
	return sum, nil
}
