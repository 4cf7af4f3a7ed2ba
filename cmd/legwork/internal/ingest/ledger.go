package ingest

import (
	"cmp"
	"context"
	"slices"
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
	emit      func(*call.Call) error
	sum       *Summary
	streaming bool
	calls     map[call.SessionID]*entry
	queue     []ended
}

// entry is a call that the engine holds.
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
	for _, id := range ch.Changed {
		l.entry(id)
	}
	for _, m := range ch.Merged {
		l.entry(m.Into)
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
	if !l.streaming && len(l.queue) > l.keep {
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
	n := 0
	for ; n < len(l.queue) && !l.queue[n].due.After(at); n++ {
		q := &l.queue[n]
		e := l.calls[q.id]
		if e == nil || e.finals != q.finals {
			continue
		}
		if c, ok := l.engine.Call(q.id); ok && c.Status == call.Final {
			if err := l.emitCall(c); err != nil {
				return err
			}
		}
	}
	l.queue = l.queue[:copy(l.queue, l.queue[n:])]
	return nil
}

func (l *ledger) emitCall(c *call.Call) error {
	e := l.entry(c.ID)
	switch {
	case e.emitted == c.Revision:
		return nil
	case e.emitted == 0:
		l.sum.Calls++
	default:
		l.sum.Again++
	}
	e.emitted = c.Revision
	return l.emit(c)
}

// finish emits what is left, by start and then by id.
func (l *ledger) finish(ctx context.Context) error {
	type key struct {
		start call.Time
		id    call.SessionID
	}
	keys := make([]key, 0, len(l.calls))
	for id := range l.calls {
		if c, ok := l.engine.Call(id); ok {
			keys = append(keys, key{c.StartedAt, c.ID})
		}
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.id, b.id))
	})
	for _, k := range slices.Compact(keys) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if c, ok := l.engine.Call(k.id); ok {
			if err := l.emitCall(c); err != nil {
				return err
			}
		}
	}
	return nil
}
