package recon

import (
	"container/heap"
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

// touch notes that something arrived for a call. A call that is active already stays
// where it is in the queue: its head is looked at again when its time comes. So one
// more event moves nothing.
func (e *Engine) touch(g *group) {
	g.touched, g.finalAt = e.now, 0
	if g.stirred == 0 && g.queue != &e.queues[active] {
		g.queued = e.now
		e.queues[active].push(g)
	}
}

// expire moves calls on whose time has come.
func (e *Engine) expire() {
	quiet := e.cfg.Quiet.Milliseconds()
	for g := e.queues[active].head; g != nil && e.now-g.queued >= quiet; g = e.queues[active].head {
		e.queues[active].remove(g)
		e.settle(g)
	}
	for len(e.stirred) > 0 && e.now-e.stirred[0].queued >= quiet {
		e.settle(heap.Pop(&e.stirred).(*group))
	}
	for g := e.queues[waiting].head; g != nil && e.now-g.touched >= e.cfg.PeerWait.Milliseconds(); g = e.queues[waiting].head {
		e.finish(g)
	}
	for g := e.queues[living].head; g != nil && e.now-g.touched >= e.cfg.OpenBound.Milliseconds(); g = e.queues[living].head {
		e.finish(g)
	}
	e.retire()
	for e.held > e.cfg.MaxObservations {
		e.evict()
	}
	slices.Sort(e.changes.Final)
}

// settle looks at a call that was queued as active a quiet period ago. If something
// arrived since, it waits among the stirred ones until its own period is over.
func (e *Engine) settle(g *group) {
	if e.now-g.touched < e.cfg.Quiet.Milliseconds() {
		g.queued = g.touched
		heap.Push(&e.stirred, g)
		return
	}
	e.rest(g)
}

// retire forgets final calls whose retention is over, and those above MaxFinal.
func (e *Engine) retire() {
	kept := e.cfg.Retention.Milliseconds()
	for g := e.queues[done].head; g != nil; g = e.queues[done].head {
		switch {
		case e.now-g.finalAt >= kept:
			e.changes.Forgotten = append(e.changes.Forgotten, g.id())
		case e.queues[done].len > e.cfg.MaxFinal:
			e.changes.Evicted = append(e.changes.Evicted, g.id())
		default:
			return
		}
		e.forget(g)
	}
}

// stirred is a heap of active calls in which something arrived after they were
// queued, by the time of it.
type stirred []*group

func (s stirred) Len() int           { return len(s) }
func (s stirred) Less(i, j int) bool { return s[i].queued < s[j].queued }
func (s stirred) Swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].stirred, s[j].stirred = i+1, j+1
}

func (s *stirred) Push(x any) {
	g := x.(*group)
	*s = append(*s, g)
	g.stirred = len(*s)
}

func (s *stirred) Pop() any {
	old := *s
	g := old[len(old)-1]
	old[len(old)-1] = nil
	*s = old[:len(old)-1]
	g.stirred = 0
	return g
}

// leave takes a call out of wherever it stands.
func (e *Engine) leave(g *group) {
	if g.stirred > 0 {
		heap.Remove(&e.stirred, g.stirred-1)
	}
	if g.queue != nil {
		g.queue.remove(g)
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
	e.changes.Evicted = append(e.changes.Evicted, e.stirred[0].id())
	e.forget(e.stirred[0])
}

func (e *Engine) forget(g *group) {
	e.leave(g)
	e.held -= g.held
	for _, m := range g.members {
		e.past.add(m.key)
		e.members.remove(m)
		e.unnote(m)
	}
	for _, m := range g.members { // g itself may stand in one of them
		if *m = (member{}); len(e.spare) < spares {
			e.spare = append(e.spare, m)
		}
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
