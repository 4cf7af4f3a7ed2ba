package ingest

import (
	"context"
	"time"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
)

// ledger knows which calls exist, which of them are due to be emitted, and which
// have been.
//
// While at most keep calls have ended it emits none: the engine keeps them all, an
// event may arrive as late as it likes, and the calls come out sorted by their
// start. Beyond that bound the engine's memory is limited to retention, and a call
// is emitted hold after it became final; should an event change it afterwards, it
// is emitted again, with a larger revision.
type ledger struct {
	engine    Engine
	limit     func() // limits the engine's retention
	keep      int
	hold      time.Duration
	emit      func(Draft) error
	sum       *Summary
	streaming bool
	calls     map[call.SessionID]*entry
	queue     []ended
	head      int // of queue
}

// entry is a call that has ended and that the engine holds.
type entry struct {
	finals  int // how often it became final
	emitted int // the revision emitted last, 0 for none
}

// ended is a call that became final, and when it is to be emitted.
type ended struct {
	id     call.SessionID
	finals int
	due    time.Time
}

func (l *ledger) entry(id call.SessionID) *entry {
	e := l.calls[id]
	if e == nil {
		e = new(entry)
		l.calls[id] = e
	}
	return e
}

// note takes what a Step or Tick at the given time changed.
func (l *ledger) note(at time.Time, ch *recon.Changes) error {
	for _, m := range ch.Merged {
		delete(l.calls, m.From)
	}
	for _, id := range ch.Final {
		e := l.entry(id)
		e.finals++
		l.queue = append(l.queue, ended{id: id, finals: e.finals, due: at.Add(l.hold)})
	}
	for _, id := range ch.Forgotten {
		delete(l.calls, id)
	}
	if !l.streaming && len(l.queue)-l.head > l.keep {
		l.streaming = true
		l.limit()
	}
	if l.streaming {
		return l.emitDue(at)
	}
	return nil
}

// emitDue emits the ended calls whose time has come.
func (l *ledger) emitDue(at time.Time) error {
	for ; l.head < len(l.queue) && !l.queue[l.head].due.After(at); l.head++ {
		q := &l.queue[l.head]
		e := l.calls[q.id]
		if e == nil || e.finals != q.finals {
			continue
		}
		if d, ok := l.engine.Draft(q.id); ok && d.Final() {
			if err := l.emitCall(d); err != nil {
				return err
			}
		}
	}
	if l.head > len(l.queue)/2 {
		l.queue = l.queue[:copy(l.queue, l.queue[l.head:])]
		l.head = 0
	}
	return nil
}

func (l *ledger) emitCall(d Draft) error {
	e, revision := l.entry(d.ID()), d.Revision()
	switch {
	case e.emitted == revision:
		return nil
	case e.emitted == 0:
		l.sum.Calls++
	default:
		l.sum.Again++
	}
	e.emitted = revision
	return l.emit(d)
}

// finish emits what is left, by start and then by id.
func (l *ledger) finish(ctx context.Context) error {
	ids := l.engine.IDs()
	for _, id := range ids {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if d, ok := l.engine.Draft(id); ok {
			if err := l.emitCall(d); err != nil {
				return err
			}
		}
	}
	return nil
}
