package recon

import (
	"slices"

	"github.com/legworkhq/legwork/recon/call"
)

// Every call stands in one of four queues, each in order of time, so that expiry
// looks only at the heads and costs the same however many calls are open.
const (
	active  = iota // something arrived less than Quiet ago
	waiting        // ended, but a named peer's session has not been seen
	living         // quiet, and some leg is alive
	done           // final, kept for Retention
	queues
)

// touch puts a call at the end of the active queue.
func (e *Engine) touch(g *group) {
	g.touched, g.finalAt = e.now, 0
	e.queues[active].push(g)
}

// expire moves calls on whose time has come.
func (e *Engine) expire() {
	for g := e.queues[active].head; g != nil && e.now-g.touched >= e.cfg.Quiet.Milliseconds(); g = e.queues[active].head {
		e.rest(g)
	}
	for g := e.queues[waiting].head; g != nil && e.now-g.touched >= e.cfg.PeerWait.Milliseconds(); g = e.queues[waiting].head {
		e.finish(g)
	}
	for g := e.queues[living].head; g != nil && e.now-g.touched >= e.cfg.OpenBound.Milliseconds(); g = e.queues[living].head {
		e.finish(g)
	}
	for g := e.queues[done].head; g != nil && (e.now-g.finalAt >= e.cfg.Retention.Milliseconds() || e.queues[done].len > e.cfg.MaxFinal); g = e.queues[done].head {
		if e.now-g.finalAt >= e.cfg.Retention.Milliseconds() {
			e.changes.Forgotten = append(e.changes.Forgotten, g.id())
		} else {
			e.changes.Evicted = append(e.changes.Evicted, g.id())
		}
		e.forget(g)
	}
	for e.held > e.cfg.MaxObservations {
		e.evict()
	}
}

// rest decides what a call that has been quiet is waiting for.
func (e *Engine) rest(g *group) {
	switch e.status(g) {
	case call.Final:
		e.finish(g)
	case call.Settling:
		e.queues[waiting].push(g)
	default:
		e.queues[living].push(g)
	}
}

// status asks what the graph's status is now that the call has been quiet. For one
// session without anything that another party's event could end, the parties' last
// words decide, without building the graph.
func (e *Engine) status(g *group) call.Status {
	m := g.members[0]
	if len(g.members) > 1 || m.Waits() {
		return e.buildAt(g, g.lastAt()+e.rules.Quiet).Status
	}
	if m.Alive() {
		return call.Open
	}
	return call.Final
}

func (e *Engine) finish(g *group) {
	g.finalAt = max(e.now, 1)
	e.queues[done].push(g)
	e.changes.Final = append(e.changes.Final, g.id())
}

// evict forgets the call whose loss costs least.
func (e *Engine) evict() {
	for _, i := range []int{done, waiting, living, active} {
		if g := e.queues[i].head; g != nil {
			e.changes.Evicted = append(e.changes.Evicted, g.id())
			e.forget(g)
			return
		}
	}
}

func (e *Engine) forget(g *group) {
	g.queue.remove(g)
	e.held -= g.held
	for _, m := range g.members {
		e.past.add(m.ID)
		delete(e.members, m.ID)
		e.unnote(m)
	}
}

// queue is a list of calls in order of time.
type queue struct {
	head, tail *group
	len        int
}

// push moves a call to the end of the queue, from wherever it stands.
func (q *queue) push(g *group) {
	if g.queue == q && q.tail == g {
		return
	}
	if g.queue != nil {
		g.queue.remove(g)
	}
	g.queue, g.prev = q, q.tail
	if q.tail != nil {
		q.tail.next = g
	} else {
		q.head = g
	}
	q.tail = g
	q.len++
}

func (q *queue) remove(g *group) {
	if g.prev != nil {
		g.prev.next = g.next
	} else {
		q.head = g.next
	}
	if g.next != nil {
		g.next.prev = g.prev
	} else {
		q.tail = g.prev
	}
	g.prev, g.next, g.queue = nil, nil, nil
	q.len--
}

// past remembers the names of forgotten sessions, the latest limit of them, as
// hashes.
type past struct {
	limit int
	ring  []uint64
	next  int
	count map[uint64]uint32
}

func (p *past) has(id string) bool { return len(p.count) > 0 && p.count[hash(id)] > 0 }

func (p *past) add(id string) { p.addHash(hash(id)) }

func (p *past) addHash(h uint64) {
	if p.count == nil {
		p.count = make(map[uint64]uint32)
	}
	p.count[h]++
	if len(p.ring) < p.limit {
		p.ring = append(p.ring, h)
		return
	}
	old := p.ring[p.next]
	if p.count[old]--; p.count[old] == 0 {
		delete(p.count, old)
	}
	p.ring[p.next] = h
	p.next = (p.next + 1) % p.limit
}

// list returns the remembered hashes, the oldest first.
func (p *past) list() []uint64 {
	return append(slices.Clone(p.ring[p.next:]), p.ring[:p.next]...)
}

// hash is FNV-1a: the same in every process, because snapshots carry it.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
