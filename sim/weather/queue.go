package weather

import "github.com/legworkhq/legwork/recon/wire"

// entry is one delivery in flight.
type entry struct {
	at      wire.Time
	order   uint64 // of Put
	parcel  *parcel
	attempt int32
	restart bool
}

func (e *entry) before(f *entry) bool {
	return e.at < f.at || e.at == f.at && e.order < f.order
}

// queue holds deliveries and gives them back in order of time, then of Put. Those
// that come in this order already, all of them in calm weather, go through run, the
// rest through a heap.
type queue struct {
	run  []entry // sorted; before head they are gone
	head int
	heap []entry // a binary heap
}

func (q *queue) len() int { return len(q.run) - q.head + len(q.heap) }

func (q *queue) push(e entry) {
	if q.head == len(q.run) {
		q.run, q.head = q.run[:0], 0
	}
	if last := len(q.run) - 1; last >= q.head && e.before(&q.run[last]) {
		q.heap = append(q.heap, e)
		q.up(len(q.heap) - 1)
		return
	}
	if len(q.run) == cap(q.run) && q.head > len(q.run)/2 {
		q.run, q.head = q.run[:copy(q.run, q.run[q.head:])], 0
	}
	q.run = append(q.run, e)
}

// first returns the next entry, nil when there is none, and whether it is the heap's.
func (q *queue) first() (e *entry, heap bool) {
	if q.head < len(q.run) {
		e = &q.run[q.head]
	}
	if len(q.heap) > 0 && (e == nil || q.heap[0].before(e)) {
		return &q.heap[0], true
	}
	return e, false
}

// pop takes the next entry out unless it is due after now.
func (q *queue) pop(now wire.Time) (e entry, ok bool) {
	next, heap := q.first()
	if next == nil || next.at > now {
		return entry{}, false
	}
	e = *next
	if !heap {
		q.head++
		return e, true
	}
	last := len(q.heap) - 1
	q.heap[0] = q.heap[last]
	q.heap = q.heap[:last]
	q.down(0)
	return e, true
}

// hold puts off to until what is due after from and before until.
func (q *queue) hold(from, until wire.Time) {
	for _, part := range [][]entry{q.run[q.head:], q.heap} {
		for i := range part {
			if e := &part[i]; e.at > from && e.at < until {
				e.at = until
			}
		}
	}
	// The run is still sorted; in the heap, those that now are due together may not be.
	for i := len(q.heap)/2 - 1; i >= 0; i-- {
		q.down(i)
	}
}

func (q *queue) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !q.heap[i].before(&q.heap[parent]) {
			return
		}
		q.heap[i], q.heap[parent] = q.heap[parent], q.heap[i]
		i = parent
	}
}

func (q *queue) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(q.heap); child++ {
			if q.heap[child].before(&q.heap[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		q.heap[i], q.heap[least] = q.heap[least], q.heap[i]
		i = least
	}
}
