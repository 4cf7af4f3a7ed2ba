package ingest

import (
	"slices"
	"sync"
	"time"
)

// queue holds batches in order until the journal takes them: those that somebody waits for
// at once, those that are spooled after a while, many together.
type queue struct {
	filled chan struct{} // something was put into it, or it was closed
	room   chan struct{} // something was taken out
	timer  *time.Timer   // of the goroutine that takes

	patience time.Duration // how long what is spooled waits for company

	mu      sync.Mutex
	batches []*batch
	entries int
	bytes   int
	since   time.Time // when the first of them came
	waited  bool      // somebody waits for one of them
	busy    bool      // what was taken last is not written yet
	failing bool
	unclean bool // something was spooled since the last idle time
	closed  bool
}

// Spooled entries are worth a transaction when there are so many, or when they have waited
// long enough. A transaction takes no more than so many, unless one batch is more, and the queue
// about so many before whoever puts them waits.
const (
	placeEntries  = 512
	maxPlace      = 1024
	maxPlaceBytes = 8 << 20
	maxQueue      = 4096
	maxQueueBytes = 16 << 20
)

// idleAfter is how long nothing has come when the spool is emptied.
const idleAfter = time.Second

// again is how long what cannot be written waits before it is tried again.
const again = 250 * time.Millisecond

func (q *queue) init() {
	q.filled, q.room = make(chan struct{}, 1), make(chan struct{}, 1)
	q.timer = time.NewTimer(time.Hour)
}

// signal wakes whoever waits for c, or will.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// put adds a batch, when there is room for it.
func (q *queue) put(b *batch) {
	for !q.add(b) {
		<-q.room
	}
	signal(q.filled)
}

func (q *queue) add(b *batch) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.entries >= maxQueue || q.bytes >= maxQueueBytes {
		return false
	}
	if len(q.batches) == 0 {
		q.since = time.Now()
	}
	q.batches = append(q.batches, b)
	q.entries += len(b.taken)
	q.bytes += b.bytes
	q.waited = q.waited || b.spooled == 0
	q.unclean = q.unclean || b.spooled != 0
	return true
}

// close says that nothing is put any more.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	signal(q.filled)
}

// take waits for something that is worth a transaction, and takes it. Without batches,
// either nothing has come for a while, or nothing will.
func (q *queue) take() (batches []*batch, idle bool) {
	for {
		batches, wait := q.ripe()
		if len(batches) > 0 || wait == 0 {
			return batches, false
		}
		q.timer.Reset(wait)
		select {
		case <-q.filled:
		case <-q.timer.C:
			if wait == idleAfter && q.clean() {
				return nil, true
			}
		}
	}
}

// ripe takes what is worth a transaction, or says how long to wait for more: 0 when
// nothing will come.
func (q *queue) ripe() ([]*batch, time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case len(q.batches) == 0 && q.closed:
		return nil, 0
	case len(q.batches) == 0 && q.unclean:
		return nil, idleAfter
	case len(q.batches) == 0:
		return nil, time.Hour
	}
	if age := time.Since(q.since); !q.waited && !q.closed && q.entries < placeEntries && age < q.patience {
		return nil, q.patience - age
	}
	n, entries, bytes := 0, 0, 0
	for _, b := range q.batches {
		entries += len(b.taken)
		bytes += b.bytes
		if n > 0 && (entries > maxPlace || bytes > maxPlaceBytes) {
			break
		}
		n++
	}
	return q.first(n), 0
}

// first takes the first n batches.
func (q *queue) first(n int) []*batch {
	taken := q.batches[:n:n]
	q.batches = q.batches[n:]
	for _, b := range taken {
		q.entries -= len(b.taken)
		q.bytes -= b.bytes
	}
	q.waited = false
	for _, b := range q.batches {
		q.waited = q.waited || b.spooled == 0
	}
	q.busy = n > 0
	signal(q.room)
	return taken
}

// clean: nothing has come since the queue was found idle.
func (q *queue) clean() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	ok := len(q.batches) == 0
	q.unclean = q.unclean && !ok
	return ok
}

// stick says that what was taken last cannot be written, waits a little, and takes what
// has come meanwhile. ended is whether nothing more will.
func (q *queue) stick() (batches []*batch, ended bool) {
	q.mu.Lock()
	q.failing, ended = true, q.closed
	q.mu.Unlock()
	if !ended {
		time.Sleep(again)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.first(len(q.batches)), ended
}

// holdsSpooled: something spooled waits.
func (q *queue) holdsSpooled() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.ContainsFunc(q.batches, func(b *batch) bool { return b.spooled != 0 })
}

// written says that what was taken last is written.
func (q *queue) written() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.failing, q.busy = false, false
}

// stuck: what was taken last cannot be written.
func (q *queue) stuck() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.failing
}

// idle: nothing waits and nothing is being written.
func (q *queue) idle() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.batches) == 0 && !q.busy
}
