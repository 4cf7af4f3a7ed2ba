package ingest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/server/store"
)

// Journal is where entries are written. It keeps none of them itself.
type Journal interface {
	Append(ctx context.Context, entries []store.Entry) error
}

// Pipeline is a journal that takes entries while the disk is busy with earlier ones.
type Pipeline interface {
	Journal
	// Write is Append without waiting for the disk.
	Write(ctx context.Context, entries []store.Entry) error
	// Sync returns when all that was written before is on disk.
	Sync(ctx context.Context) error
}

// Taken is an entry that is on disk. Event is nil for what could not be decoded.
type Taken struct {
	store.Entry
	Event *wire.Event
	// Arrived is when it reached the first of several servers. Zero means Received.
	Arrived call.Time
}

// Meter is told what happens. Its methods must not wait.
type Meter interface {
	// Request: a request was answered with a status; cause is "" for the usual.
	Request(status int, cause string, took time.Duration)
	// Commit: so many entries reached the disk together.
	Commit(entries int, took time.Duration, err error)
	// Entry: one of a tenant's entries is new, a duplicate or undecodable. delay is the
	// time from the notification's timestamp to its receipt, less than 0 when unknown.
	Entry(tenant int64, fate string, delay time.Duration)
}

// The fates of an entry.
const (
	New         = "new"
	Duplicate   = "duplicate"
	Undecodable = "undecodable"
)

// ErrBusy: more waits for the disk than may wait.
var ErrBusy = errors.New("too much waits for the disk")

// ErrClosed: the server is about to end.
var ErrClosed = errors.New("the server is about to end")

// Bounds of what waits for the disk, and of one transaction.
const (
	maxWaiting      = 64 << 20 // bytes
	maxBatchEntries = 512
	maxBatchBytes   = 4 << 20
)

// Committer writes entries of many requests in one transaction: what comes while one is
// under way waits for the next. With a Pipeline, the next is written while the disk is
// busy with the last. Make one with NewCommitter, and let Run run on a goroutine of its own.
type Committer struct {
	write func(context.Context, []store.Entry) error
	sync  func(context.Context) error // nil when write has waited for the disk
	meter Meter
	now   func() time.Time
	// sink is told what is on disk, in order, by one goroutine. It must not change it, nor
	// keep the slice.
	sink func([]Taken)
	// unsure is told whose entries may be on disk although writing them failed.
	unsure func(tenant int64)

	wake    chan struct{}
	entries []store.Entry  // of the transaction that is under way
	doubts  map[int64]bool // whose entries failed since the last success; of finish alone

	mu      sync.Mutex
	waiting []*batch
	bytes   int
	// out is how many entries are not answered yet, peak how many there were of late.
	out, peak int
	want      int         // Run is woken when so many wait
	flying    []call.Time // when those were received that are taken and not with sink yet, in order
	last      call.Time   // the latest time that was given
	failed    call.Time   // of the first entries that may be on disk although it failed, 0 for none
	failedAt  time.Time
	closed    bool
	gone      map[int64]bool // tenants that are removed
}

// batch is what goes into one transaction.
type batch struct {
	taken []Taken
	bytes int
	began time.Time
	done  chan struct{}
	err   error
}

// NewCommitter makes a committer whose clock continues at last.
func NewCommitter(j Journal, m Meter, now func() time.Time, last call.Time, sink func([]Taken)) *Committer {
	c := &Committer{write: j.Append, meter: m, now: now, last: last, sink: sink, wake: make(chan struct{}, 1)}
	if p, ok := j.(Pipeline); ok {
		c.write, c.sync = p.Write, p.Sync
	}
	return c
}

// Unsure has f told of tenants whose entries may be in the journal although writing them
// failed: the answer of a database can be lost. f is called when the next entries are
// written, before sink, by the goroutine that calls it. It is set before Run runs.
func (c *Committer) Unsure(f func(tenant int64)) { c.unsure = f }

// Commit writes one entry, and returns its fate when it is on disk. It sets Received. With
// patience it waits only so long, as with a context that has a deadline, at less cost.
func (c *Committer) Commit(ctx context.Context, e store.Entry, ev *wire.Event, patience time.Duration) (string, error) {
	b, at, err := c.join([]Taken{{Entry: e, Event: ev}})
	if err != nil {
		return "", err
	}
	if err := c.wait(ctx, b, patience); err != nil {
		return "", err
	}
	if c.leftOut(&b.taken[at]) {
		return "", store.ErrNotFound
	}
	return fate(&b.taken[at]), nil
}

// CommitAll writes entries together, and returns their fates when they are on disk.
func (c *Committer) CommitAll(ctx context.Context, in []Taken) ([]string, error) {
	if len(in) == 0 {
		return nil, nil
	}
	b, at, err := c.join(in)
	if err != nil {
		return nil, err
	}
	if err := c.wait(ctx, b, 0); err != nil {
		return nil, err
	}
	fates := make([]string, len(in))
	for i := range fates {
		if c.leftOut(&b.taken[at+i]) {
			return nil, store.ErrNotFound
		}
		fates[i] = fate(&b.taken[at+i])
	}
	return fates, nil
}

// Remove says that a tenant is about to be removed, or, when that failed, is not. What is
// under way and is not kept any more is store.ErrNotFound from now on.
func (c *Committer) Remove(tenant int64, removed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !removed {
		delete(c.gone, tenant)
		return
	}
	if c.gone == nil {
		c.gone = map[int64]bool{}
	}
	c.gone[tenant] = true
}

// leftOut: an entry was not kept, because its tenant was removed. Whether the journal had
// it before does not matter any more.
func (c *Committer) leftOut(t *Taken) bool {
	if t.Seq != 0 {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gone[t.Tenant]
}

func fate(t *Taken) string {
	switch {
	case t.Seq == 0:
		return Duplicate
	case t.Problem != "":
		return Undecodable
	}
	return New
}

// join puts entries into the batch that is written next.
func (c *Committer) join(in []Taken) (*batch, int, error) {
	size := 0
	for i := range in {
		size += len(in[i].Body)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return nil, 0, ErrClosed
	case c.bytes > 0 && c.bytes+size > maxWaiting:
		return nil, 0, ErrBusy
	}
	c.bytes += size
	c.out += len(in)
	c.peak = max(c.peak, c.out)
	var b *batch
	if n := len(c.waiting); n > 0 && len(c.waiting[n-1].taken)+len(in) <= maxBatchEntries && c.waiting[n-1].bytes+size <= maxBatchBytes {
		b = c.waiting[n-1]
	} else {
		b = &batch{done: make(chan struct{}), taken: make([]Taken, 0, max(len(in), min(c.peak, maxBatchEntries)))}
		c.waiting = append(c.waiting, b)
	}
	at := len(b.taken)
	b.taken = append(b.taken, in...)
	b.bytes += size
	if c.enough() {
		c.rouse()
	}
	return b, at, nil
}

// rouse wakes Run.
func (c *Committer) rouse() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// enough: what waits is worth a transaction.
func (c *Committer) enough() bool {
	return c.closed || len(c.waiting) > 1 || len(c.waiting) == 1 && len(c.waiting[0].taken) >= c.want
}

// timers are stopped ones.
var timers = sync.Pool{New: func() any { return time.NewTimer(time.Hour) }}

// wait waits until a batch is written. What is not waited for is written all the same.
func (c *Committer) wait(ctx context.Context, b *batch, patience time.Duration) error {
	var late <-chan time.Time
	if patience > 0 {
		t := timers.Get().(*time.Timer)
		t.Reset(patience)
		defer func() { t.Stop(); timers.Put(t) }()
		late = t.C
	}
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return ctx.Err()
	case <-late:
		return context.DeadlineExceeded
	}
}

// Run writes batches until Close was called and none waits.
func (c *Committer) Run() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	written, finished := make(chan *batch, 1), make(chan struct{})
	go func() {
		defer close(finished)
		for b := range written {
			c.finish(b)
		}
	}()
	for {
		c.gather(timer)
		b, closed := c.next()
		switch {
		case b != nil:
			c.begin(b)
			written <- b
		case closed:
			close(written)
			<-finished
			return
		default:
			<-c.wake
		}
	}
}

// gatherFor is how long a transaction waits for company. Those who were answered just now
// will be back with their next notification; one by one they would cost a sync each.
const gatherFor = time.Millisecond

// gather waits until three eighths of those who come at once these days are there, or not
// long. While these are written, the others are answered and come back.
func (c *Committer) gather(timer *time.Timer) {
	for timed := false; ; timed = true {
		c.mu.Lock()
		c.want = c.peak * 3 / 8
		enough := len(c.waiting) == 0 || c.enough()
		if enough {
			c.want = 0
		}
		c.mu.Unlock()
		if enough {
			return
		}
		if !timed {
			timer.Reset(gatherFor)
		}
		select {
		case <-c.wake:
		case <-timer.C:
			return
		}
	}
}

// next takes the first batch, and gives it the time.
func (c *Committer) next() (*batch, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) == 0 {
		return nil, c.closed
	}
	b := c.waiting[0]
	c.waiting[0] = nil
	c.waiting = c.waiting[1:]
	at := c.clock()
	c.flying = append(c.flying, at)
	for i := range b.taken {
		b.taken[i].Received = at
	}
	return b, false
}

// clock is the time now, which never runs backwards.
func (c *Committer) clock() call.Time {
	c.last = max(c.last, call.TimeOf(c.now()))
	return c.last
}

// begin writes a batch.
func (c *Committer) begin(b *batch) {
	b.began = time.Now()
	entries := c.entries[:0]
	for i := range b.taken {
		entries = append(entries, b.taken[i].Entry)
	}
	b.err = c.write(context.Background(), entries)
	for i := range entries {
		b.taken[i].Seq = entries[i].Seq
	}
	clear(entries) // what they hold is free to go
	c.entries = entries
}

// finish waits until a batch is on disk, and tells everybody.
func (c *Committer) finish(b *batch) {
	if b.err == nil && c.sync != nil {
		b.err = c.sync(context.Background())
	}
	c.meter.Commit(len(b.taken), time.Since(b.began), b.err)
	if b.err == nil {
		for i := range b.taken {
			if t := &b.taken[i]; !c.leftOut(t) {
				c.meter.Entry(t.Tenant, fate(t), delay(t))
			}
		}
		c.settle()
	} else {
		c.doubt(b)
	}
	close(b.done)
	if b.err == nil {
		c.sink(fresh(b.taken))
	}
	c.mu.Lock()
	c.flying = slices.Delete(c.flying, 0, 1)
	c.bytes -= b.bytes
	c.out -= len(b.taken)
	c.peak = max(c.out, c.peak-c.peak/32-1)
	c.mu.Unlock()
}

// fresh leaves out what the journal had before.
func fresh(taken []Taken) []Taken {
	had := func(t Taken) bool { return t.Seq == 0 }
	if !slices.ContainsFunc(taken, had) {
		return taken
	}
	return slices.DeleteFunc(slices.Clone(taken), had) // whoever waits still looks at them
}

// doubt notes what may be on disk although it could not be written.
func (c *Committer) doubt(b *batch) {
	if c.doubts == nil {
		c.doubts = map[int64]bool{}
	}
	for i := range b.taken {
		c.doubts[b.taken[i].Tenant] = true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed == 0 {
		c.failed, c.failedAt = b.taken[0].Received, time.Now()
	}
}

// settle tells whose entries are to be looked for, now that whatever failed is over: what
// was written now had to wait for it.
func (c *Committer) settle() {
	for tenant := range c.doubts {
		if c.unsure != nil {
			c.unsure(tenant)
		}
	}
	clear(c.doubts)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = 0
}

func delay(t *Taken) time.Duration {
	if t.Event == nil || t.Event.Timestamp == 0 {
		return -1
	}
	arrived := t.Arrived
	if arrived == 0 {
		arrived = t.Received
	}
	return arrived.Sub(call.Time(t.Event.Timestamp))
}

// doubtFor is how long the time stands still because something may be on disk, if nothing
// more is written.
const doubtFor = time.Minute

// Horizon is a time before which nothing more will be received: all entries with an
// earlier one are with sink.
func (c *Committer) Horizon() call.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != 0 && time.Since(c.failedAt) < doubtFor {
		return c.failed
	}
	if len(c.flying) > 0 {
		return c.flying[0]
	}
	return c.clock()
}

// Waiting is how many bytes wait for the disk.
func (c *Committer) Waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}

// Close refuses what comes from now on. Run writes what waits, and returns.
func (c *Committer) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.rouse()
}
