package shard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/ingest"
	"github.com/legworkhq/legwork/server/store"
)

// Config is what shards have in common. Store, Horizon and Log are required.
type Config struct {
	Store  store.Store
	Engine recon.Config
	// Horizon is a time before which nothing more will be received; all that was
	// received earlier was Put.
	Horizon func() call.Time
	// Notice makes the notice of a kind about a call; false when the tenant wants none.
	Notice func(t *store.Tenant, kind string, c *store.Call, at call.Time) (store.Notice, bool)
	// Changed is called after something was written. It must not wait.
	Changed func(tenant int64)
	// Fate is told what became of an entry. It must not wait.
	Fate func(tenant int64, c *recon.Changes)
	// Ended is told of a call that became final whether events of it are missing. It must
	// not wait.
	Ended func(tenant int64, missing bool)
	// SnapshotAfter and SnapshotEvery: a snapshot is saved when so many entries were
	// applied since the last one, or some and so much time. Zero means 100,000 and five
	// minutes.
	SnapshotAfter int
	SnapshotEvery time.Duration
	// Pace is how long, at least, the store is left alone between two writings; after a
	// long writing, four times as long as that took, and then what changed within the last
	// second waits for what else changes. Zero writes at once.
	Pace time.Duration
	Log  *slog.Logger
}

// Kinds of notices.
const (
	Updated = "call.updated"
	Final   = "call.final"
	Revised = "call.revised"
)

// maxQueue is how many entries wait in memory; above it they are read from the journal.
const maxQueue = 8192

// page is how many entries are read from the journal at once.
const page = 1000

// Shard rebuilds one tenant's calls. Make one with Open, then Run it.
type Shard struct {
	cfg    *Config
	tenant atomic.Pointer[store.Tenant]
	wake   chan struct{}
	tasks  chan func(context.Context)

	mu     sync.Mutex
	queue  []ingest.Taken
	behind bool  // some entries are in the journal alone
	put    int64 // Seq of the last entry of Put

	// The rest belongs to the goroutine of Run.
	replay
	dirty  map[call.SessionID]*unwritten
	merged []store.Merge
	// orphans are calls that the engine does not hold any more and that may not be final,
	// and when to look at them; late are those to build from the journal now.
	orphans    map[call.SessionID]call.Time
	late       []call.SessionID
	scanned    call.Time               // when orphans were looked through
	finals     map[call.SessionID]bool // held by the engine, and final
	doubts     []doubt
	joined     map[call.SessionID]bool // sessions in calls that are one with forgotten ones
	saved      store.Progress          // of the last snapshot
	savedSteps int                     // how many entries the engine had been told of then
	savedAt    time.Time
	written    store.Progress
	failing    bool
	mayFlush   time.Time // the store is left alone until then
	busy       bool      // writing takes longer than it should
	chunk      int       // how many calls one transaction writes
	again      *time.Timer

	stats atomic.Pointer[Stats]
}

// Stats is what a shard is at.
type Stats struct {
	Calls, Sessions, Observations int
	Seq                           int64
	Now                           call.Time
	// Lag is about how many entries were Put and are not applied.
	Lag int64
	// Behind: it reads from the journal what it had no room for.
	Behind bool
	// Idle: it holds nothing, and nothing waits. Since is when that began.
	Idle  bool
	Since time.Time
}

// Open brings a shard back to where it was: from the latest snapshot and the entries
// that were applied after it.
func Open(ctx context.Context, cfg *Config, t store.Tenant) (*Shard, error) {
	if cfg.SnapshotAfter <= 0 {
		cfg.SnapshotAfter = 100_000
	}
	if cfg.SnapshotEvery <= 0 {
		cfg.SnapshotEvery = 5 * time.Minute
	}
	s := &Shard{cfg: cfg, wake: make(chan struct{}, 1), tasks: make(chan func(context.Context)), behind: true, chunk: minChunk,
		dirty: map[call.SessionID]*unwritten{}, orphans: map[call.SessionID]call.Time{}, finals: map[call.SessionID]bool{}, joined: map[call.SessionID]bool{}, savedAt: time.Now(), again: time.NewTimer(time.Hour)}
	s.SetTenant(t)
	var err error
	if s.written, err = cfg.Store.Progress(ctx, t.ID); err != nil {
		return nil, err
	}
	if err := s.restore(ctx); err != nil {
		return nil, fmt.Errorf("tenant %s: %w", t.Name, err)
	}
	s.changed, s.before = s.note, s.at
	s.report()
	return s, errors.Join(s.findOrphans(ctx), s.findJoined(ctx))
}

// SetTenant replaces what is known of the tenant.
func (s *Shard) SetTenant(t store.Tenant) { s.tenant.Store(&t) }

// engineConfig is the configuration of the tenant's engine.
func (s *Shard) engineConfig() recon.Config {
	cfg := s.cfg.Engine
	if s.tenant.Load().Scope == "extension" {
		cfg.Scope = recon.ScopeExtension
	}
	return cfg
}

func (s *Shard) restore(ctx context.Context) error {
	s.changed = func(*ingest.Taken, *recon.Changes) {}
	if err := s.load(ctx); err != nil {
		return err
	}
	s.saved = s.at
	for s.at.Seq < s.written.Seq {
		n, err := s.read(ctx, s.written.Seq)
		if err != nil {
			return err
		}
		if n == 0 { // the rest was removed
			s.at.Seq = s.written.Seq
		}
	}
	s.tick(s.written.Now)
	return nil
}

// load makes the engine, from the latest snapshot if it can be read.
func (s *Shard) load(ctx context.Context) (err error) {
	at, r, err := s.cfg.Store.Snapshot(ctx, s.tenant.Load().ID)
	if err == nil {
		s.engine, err = recon.Restore(s.engineConfig(), r)
		r.Close()
	}
	var bad *recon.ConfigError
	switch {
	case err == nil:
		s.at = at
		return nil
	case errors.As(err, &bad), ctx.Err() != nil:
		return err
	case !errors.Is(err, store.ErrNotFound):
		s.cfg.Log.Warn("the snapshot cannot be used; reading the whole journal", "tenant", s.tenant.Load().Name, "error", err)
	}
	s.at = store.Progress{}
	s.engine, err = recon.New(s.engineConfig())
	return err
}

// read applies one page of the journal, up to the entry last.
func (s *Shard) read(ctx context.Context, last int64) (int, error) {
	entries, err := s.cfg.Store.Entries(ctx, s.tenant.Load().ID, s.at.Seq, page)
	if err != nil {
		return 0, err
	}
	for i := range entries {
		if entries[i].Seq > last {
			return i, nil
		}
		t := taken(&entries[i])
		s.step(&t)
	}
	return len(entries), nil
}

// Put tells the shard entries that are on disk, in order. It does not wait.
func (s *Shard) Put(entries []ingest.Taken) {
	s.mu.Lock()
	if len(entries) > 0 {
		s.put = entries[len(entries)-1].Seq
	}
	if s.behind = s.behind || len(s.queue)+len(entries) > maxQueue; s.behind {
		s.queue = nil
	} else {
		s.queue = append(s.queue, entries...)
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Behind tells the shard that there may be entries in the journal that it was not told.
func (s *Shard) Behind() {
	s.mu.Lock()
	s.behind, s.queue = true, nil
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Do runs f on the shard's goroutine, between two steps, and waits for it.
func (s *Shard) Do(ctx context.Context, f func(context.Context) error) error {
	done := make(chan error, 1)
	task := func(ctx context.Context) { done <- f(ctx) }
	select {
	case s.tasks <- task:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Run works until ctx ends, then writes what is left and a snapshot.
func (s *Shard) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	defer s.again.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-tick.C:
		case <-s.again.C:
		case f := <-s.tasks:
			f(ctx)
			continue
		}
		s.turn(ctx)
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	s.finish(last)
	if s.at.Seq != s.saved.Seq {
		s.snapshot(last)
	}
}

// turn applies everything that is there, tells the engine the time, and writes.
func (s *Shard) turn(ctx context.Context) {
	horizon := s.cfg.Horizon()
	for ctx.Err() == nil {
		entries, behind := s.take()
		if behind {
			if err := s.catchUp(ctx); err != nil {
				s.trouble("cannot read the journal", err)
				return
			}
			continue
		}
		if len(entries) == 0 {
			break
		}
		for i := range entries {
			if entries[i].Seq > s.at.Seq { // it may have been read from the journal
				s.step(&entries[i])
			}
			s.flushLarge(ctx)
		}
	}
	s.tick(horizon)
	s.adopt(ctx)
	s.flushPaced(ctx)
	s.maybeSnapshot(ctx)
	s.report()
}

// finish is a turn after which nothing waits to be written.
func (s *Shard) finish(ctx context.Context) {
	s.mayFlush, s.busy = time.Time{}, false
	s.turn(ctx)
}

// take empties the queue.
func (s *Shard) take() ([]ingest.Taken, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, behind := s.queue, s.behind
	s.queue, s.behind = nil, false
	return q, behind
}

// catchUp applies what is in the journal.
func (s *Shard) catchUp(ctx context.Context) error {
	for ctx.Err() == nil {
		n, err := s.read(ctx, 1<<62)
		if err != nil {
			s.mu.Lock()
			s.behind = true
			s.mu.Unlock()
			return err
		}
		if n == 0 {
			return nil
		}
		s.flushLarge(ctx)
	}
	s.mu.Lock()
	s.behind = true
	s.mu.Unlock()
	return ctx.Err()
}

// note takes down what a step of the engine did.
func (s *Shard) note(e *ingest.Taken, c *recon.Changes) {
	if e != nil && s.cfg.Fate != nil {
		s.cfg.Fate(s.tenant.Load().ID, c)
	}
	for _, m := range c.Merged {
		s.merged = append(s.merged, store.Merge{From: m.From, Into: m.Into})
		s.absorbed(m.From, m.Into)
		delete(s.finals, m.From)
	}
	for _, id := range c.Changed {
		u := s.touch(id)
		if e != nil && string(id) != e.Session {
			u.part(call.SessionID(e.Session))
		}
		delete(s.finals, id)
	}
	for _, id := range c.Final {
		s.touch(id).final = true
		s.finals[id] = true
	}
	for _, id := range c.Evicted {
		if !s.owe(id) && !s.finals[id] {
			s.orphans[id] = s.at.Now + s.peerWait()
		}
		delete(s.finals, id)
	}
	for _, id := range c.Forgotten {
		s.owe(id)
		delete(s.finals, id)
	}
	if e != nil {
		s.doubtAll(e.Session, c)
	}
	if e != nil && c.Fate == recon.TooLate {
		s.late = append(s.late, call.SessionID(strings.Clone(e.Session)))
	}
}

func (s *Shard) peerWait() call.Time {
	d := s.cfg.Engine.PeerWait
	if d == 0 {
		d = recon.DefaultPeerWait
	}
	return call.Time(d.Milliseconds())
}

// maybeSnapshot saves a snapshot when it is time.
func (s *Shard) maybeSnapshot(ctx context.Context) {
	n := s.steps - s.savedSteps
	// One that is much work is worth it when as much would be to be replayed.
	_, _, held := s.engine.Len()
	if n >= max(s.cfg.SnapshotAfter, 4*held) || n > 0 && time.Since(s.savedAt) >= s.cfg.SnapshotEvery {
		if !s.failing {
			s.flush(ctx, false)
		}
		s.snapshot(ctx)
	}
}

// snapshot saves what the engine knows. Only what is written as well may be in it.
func (s *Shard) snapshot(ctx context.Context) {
	s.savedAt = time.Now()
	if len(s.dirty) > 0 || len(s.merged) > 0 || len(s.doubts) > 0 || len(s.late) > 0 {
		return
	}
	r, w := io.Pipe()
	go func() { w.CloseWithError(s.engine.Snapshot(w)) }()
	err := s.cfg.Store.SaveSnapshot(ctx, s.tenant.Load().ID, s.at, r)
	r.CloseWithError(io.ErrClosedPipe)
	if err != nil {
		s.trouble("cannot save a snapshot", err)
		return
	}
	s.saved, s.savedSteps = s.at, s.steps
}

func (s *Shard) trouble(what string, err error) {
	if !errors.Is(err, context.Canceled) {
		s.cfg.Log.Error(what, "once", what+s.tenant.Load().Name, "tenant", s.tenant.Load().Name, "error", err)
	}
}

func (s *Shard) report() {
	st := &Stats{Seq: s.at.Seq, Now: s.at.Now}
	st.Calls, st.Sessions, st.Observations = s.engine.Len()
	s.mu.Lock()
	st.Behind, st.Lag = s.behind, max(0, s.put-s.at.Seq)
	s.mu.Unlock()
	st.Idle = st.Calls == 0 && !st.Behind && st.Lag == 0 && len(s.dirty)+len(s.merged)+len(s.orphans)+len(s.late)+len(s.doubts) == 0 && s.written.Seq == s.at.Seq
	if was := s.stats.Load(); was != nil && was.Idle && st.Idle {
		st.Since = was.Since
	} else {
		st.Since = time.Now()
	}
	s.stats.Store(st)
}

// Stats is what the shard was at after its last step.
func (s *Shard) Stats() Stats { return *s.stats.Load() }
