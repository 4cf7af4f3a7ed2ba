package ingest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
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

// Spooler is a pipeline that keeps entries on disk before they are in the journal, so that
// nobody need wait for the journal. What is spooled and not placed when the process ends is
// in the journal when that is opened again.
type Spooler interface {
	Pipeline
	// Spool returns when entries are on disk, and the number by which Place knows them.
	Spool(ctx context.Context, entries []store.Entry) (number uint64, err error)
	// Place is Write of what was spooled up to a number, and maybe of others among it.
	Place(ctx context.Context, entries []store.Entry, upTo uint64) error
	// Free reports whether Write would begin at once.
	Free() bool
	// Patience is how long what was spooled had better wait for more before it is placed.
	Patience() time.Duration
	// Settle empties the spool. All that was spooled has been placed.
	Settle(ctx context.Context) error
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
// busy with the last. With a Spooler, nobody waits for a journal that is busy. Make one
// with NewCommitter, and let Run run on a goroutine of its own.
type Committer struct {
	write func(context.Context, []store.Entry) error
	sync  func(context.Context) error // nil when write has waited for the disk
	spool Spooler                     // nil for a journal that is none
	meter Meter
	now   func() time.Time
	// sink is told what is on disk, in order, by one goroutine. It must not change it, nor
	// keep the slice.
	sink func([]Taken)
	// unsure is told whose entries may be on disk although writing them failed.
	unsure func(tenant int64)
	// trouble is told why the spool cannot be written.
	trouble func(error)

	wake    chan struct{}
	entries []store.Entry  // of what is spooled now; of Run alone
	placing []store.Entry  // of what is written now; of place alone
	doubts  map[int64]bool // whose entries failed since the last success; of finish alone
	queue   queue          // what Run has taken and begin is to write
	left    int            // entries that are in the spool at the end; of place alone
	lame    atomic.Bool    // the spool could not be written, and was not emptied since
	mended  time.Time      // when that was tried last; of place alone

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
	at    call.Time // when it was received
	began time.Time
	// spooled is the number by which the spool knows it, 0 for none.
	spooled uint64
	// kept is closed when it is on disk or cannot be, placed when it is in the journal or
	// is not going to be; err is why not.
	kept, placed chan struct{}
	err          error
}

// NewCommitter makes a committer whose clock continues at last.
func NewCommitter(j Journal, m Meter, now func() time.Time, last call.Time, sink func([]Taken)) *Committer {
	c := &Committer{write: j.Append, meter: m, now: now, last: last, sink: sink, wake: make(chan struct{}, 1)}
	if p, ok := j.(Pipeline); ok {
		c.write, c.sync = p.Write, p.Sync
	}
	c.queue.init()
	if c.spool, _ = j.(Spooler); c.spool != nil {
		c.queue.patience = c.spool.Patience()
	}
	return c
}

// Unsure has f told of tenants whose entries may be in the journal although writing them
// failed: the answer of a database can be lost. f is called when the next entries are
// written, before sink, by the goroutine that calls it. It is set before Run runs.
func (c *Committer) Unsure(f func(tenant int64)) { c.unsure = f }

// Trouble has f told why the spool cannot be written. Nothing is lost by that: notifications
// wait for the journal. It is set before Run runs.
func (c *Committer) Trouble(f func(error)) { c.trouble = f }

// Commit returns when one entry is on disk. It sets Received. With patience it waits only
// so long, as with a context that has a deadline, at less cost.
func (c *Committer) Commit(ctx context.Context, e store.Entry, ev *wire.Event, patience time.Duration) error {
	b, at, err := c.join([]Taken{{Entry: e, Event: ev}})
	if err != nil {
		return err
	}
	if err := wait(ctx, b.kept, patience); err != nil {
		return err
	}
	switch {
	case b.spooled != 0:
		return nil // what becomes of it in the journal is not known yet
	case b.err != nil:
		return b.err
	case c.leftOut(&b.taken[at]):
		return store.ErrNotFound
	}
	return nil
}

// CommitAll writes entries together, and returns their fates when they are in the journal.
func (c *Committer) CommitAll(ctx context.Context, in []Taken) ([]string, error) {
	if len(in) == 0 {
		return nil, nil
	}
	b, at, err := c.join(in)
	if err != nil {
		return nil, err
	}
	if err := wait(ctx, b.placed, 0); err != nil {
		return nil, err
	}
	if b.err != nil {
		return nil, b.err
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

// Settle returns when all that was answered before is in the journal, unless that fails.
func (c *Committer) Settle(ctx context.Context) error {
	c.mu.Lock()
	nothing := len(c.flying) == 0 // is answered, and not in the journal
	c.mu.Unlock()
	if nothing {
		return nil
	}
	b, _, err := c.join(nil)
	if errors.Is(err, ErrClosed) {
		return nil // Run has seen to it, or will
	}
	if err == nil {
		err = wait(ctx, b.placed, 0)
	}
	return err
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

// isGone: a tenant is about to be removed.
func (c *Committer) isGone(tenant int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gone[tenant]
}

// leftOut: an entry was not kept, because its tenant was removed. Whether the journal had
// it before does not matter any more.
func (c *Committer) leftOut(t *Taken) bool {
	return t.Seq == 0 && c.isGone(t.Tenant)
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
		b = &batch{kept: make(chan struct{}), placed: make(chan struct{}), taken: make([]Taken, 0, max(len(in), min(c.peak, maxBatchEntries)))}
		c.waiting = append(c.waiting, b)
	}
	at := len(b.taken)
	b.taken = append(b.taken, in...)
	b.bytes += size
	if c.enough() {
		signal(c.wake)
	}
	return b, at, nil
}

// enough: what waits is worth a transaction.
func (c *Committer) enough() bool {
	return c.closed || len(c.waiting) > 1 || len(c.waiting) == 1 && len(c.waiting[0].taken) >= c.want
}

// timers are stopped ones.
var timers = sync.Pool{New: func() any { return time.NewTimer(time.Hour) }}

// wait waits until something is closed. What is not waited for is written all the same.
func wait(ctx context.Context, closed <-chan struct{}, patience time.Duration) error {
	var late <-chan time.Time
	if patience > 0 {
		t := timers.Get().(*time.Timer)
		t.Reset(patience)
		defer func() { t.Stop(); timers.Put(t) }()
		late = t.C
	}
	select {
	case <-closed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-late:
		return context.DeadlineExceeded
	}
}

// Run writes batches until Close was called and none waits.
func (c *Committer) Run() {
	var wg sync.WaitGroup
	wg.Go(c.place)
	defer wg.Wait()
	defer c.queue.close()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		c.gather(timer)
		b, closed := c.next()
		switch {
		case b != nil:
			b.began = time.Now()
			if c.worthSpooling() {
				c.keep(b)
			}
			c.queue.put(b)
		case closed:
			return
		default:
			<-c.wake
		}
	}
}

// gatherFor is how long a transaction waits for company, and spoolFor what is spooled:
// that is done sooner, and what is to be done meanwhile is there already. Those who were
// answered just now will be back with their next notification; one by one they would cost
// a sync each.
const (
	gatherFor = time.Millisecond
	spoolFor  = 4 * time.Millisecond
)

// gather waits until three eighths of those who come at once these days are there, or not
// long: while these are written, the others are answered and come back. Those to be spooled
// are to be nearly all.
func (c *Committer) gather(timer *time.Timer) {
	long := c.worthSpooling()
	for timed := false; ; timed = true {
		c.mu.Lock()
		c.want = c.peak * 3 / 8
		if long {
			c.want = c.peak * 7 / 8
		}
		enough := len(c.waiting) == 0 || c.enough()
		if enough {
			c.want = 0
		}
		c.mu.Unlock()
		if enough {
			return
		}
		if !timed && long {
			timer.Reset(spoolFor)
		} else if !timed {
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
	b.at = c.clock()
	c.flying = append(c.flying, b.at)
	for i := range b.taken {
		b.taken[i].Received = b.at
	}
	return b, false
}

// clock is the time now, which never runs backwards.
func (c *Committer) clock() call.Time {
	c.last = max(c.last, call.TimeOf(c.now()))
	return c.last
}

// doubtFor is how long the time stands still because something may be on disk, if nothing
// more is written.
const doubtFor = time.Minute

// Horizon is a time before which nothing more will be received: all entries with an
// earlier one are with sink.
func (c *Committer) Horizon() call.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.clock()
	if len(c.flying) > 0 {
		at = c.flying[0]
	}
	if c.failed != 0 && time.Since(c.failedAt) < doubtFor {
		at = min(at, c.failed)
	}
	return at
}

// Waiting is how many bytes wait for the disk.
func (c *Committer) Waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}

// Left is how many entries were answered, and could not be put into the journal before Run
// returned: they are in the spool.
func (c *Committer) Left() int { return c.left }

// Close refuses what comes from now on. Run writes what waits, and returns.
func (c *Committer) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	signal(c.wake)
}
