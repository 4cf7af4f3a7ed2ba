package shard

import (
	"time"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/server/ingest"
	"github.com/legworkhq/legwork/server/store"
)

const second = call.Time(1000)

// replay tells an engine entries and the time.
type replay struct {
	engine *recon.Engine
	at     store.Progress // Now is always a whole second
	before store.Progress // where it was before the last step of the engine
	clock  call.Time      // of the last step
	steps  int            // how many entries
	// changed is told what each step of the engine did; e is nil for the time alone.
	changed func(e *ingest.Taken, c *recon.Changes)
}

// tick tells the engine every whole second up to t. An engine that holds no call has
// nothing to do meanwhile.
func (r *replay) tick(t call.Time) {
	end := t - t%second
	if calls, _, _ := r.engine.Len(); calls == 0 || r.at.Now == 0 {
		r.at.Now = max(r.at.Now, end-second)
	}
	for r.at.Now < end {
		r.before = r.at
		r.at.Now += second
		r.clock = max(r.clock, r.at.Now)
		c := r.engine.Tick(std(r.at.Now))
		r.changed(nil, &c)
		if calls, _, _ := r.engine.Len(); calls == 0 {
			r.at.Now = end
		}
	}
}

// step tells the engine an entry. What could not be decoded moves only the place.
func (r *replay) step(e *ingest.Taken) {
	r.tick(e.Received)
	r.before, r.clock = r.at, max(r.clock, e.Received)
	r.at.Seq = e.Seq
	r.steps++
	if e.Event == nil {
		return
	}
	c := r.engine.Step(std(e.Received), e.Event)
	r.changed(e, &c)
}

// taken decodes an entry that was read from the journal. What it could not be decoded
// when it came may be understood by now.
func taken(e *store.Entry) ingest.Taken {
	t := ingest.Taken{Entry: *e}
	if ev, err := wire.Decode(e.Body); err == nil {
		t.Event = &ev
	}
	return t
}

func std(t call.Time) time.Time { return time.UnixMilli(int64(t)) }
