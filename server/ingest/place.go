package ingest

import (
	"context"
	"slices"
	"time"

	"github.com/legworkhq/legwork/recon/call"
)

// few notifications at once need no spool: a journal that is free is as fast, and has them
// at once.
const few = 4

// worthSpooling: the journal would keep those waiting who come now.
func (c *Committer) worthSpooling() bool {
	if c.spool == nil || c.queue.stuck() {
		return false
	}
	c.mu.Lock()
	peak := c.peak
	c.mu.Unlock()
	return peak > few || !c.queue.idle() || !c.spool.Free()
}

// keep spools a batch, and lets those go who wait for it. Where that fails they wait for
// the journal.
func (c *Committer) keep(b *batch) {
	entries := c.entries[:0]
	for i := range b.taken {
		if c.isGone(b.taken[i].Tenant) { // the journal leaves it out
			return
		}
		entries = append(entries, b.taken[i].Entry)
	}
	defer clear(entries) // what they hold is free to go
	c.entries = entries
	if len(entries) == 0 {
		return
	}
	number, err := c.spool.Spool(context.Background(), entries)
	if err != nil {
		if !c.lame.Swap(true) && c.trouble != nil {
			c.trouble(err)
		}
		return
	}
	b.spooled = number
	c.meter.Commit(len(b.taken), time.Since(b.began), nil)
	c.answered(b)
}

// answered lets those go who wait for a batch.
func (c *Committer) answered(b *batch) {
	close(b.kept)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out -= len(b.taken)
	c.peak = max(c.out, c.peak-c.peak/32-1)
}

// group is what is written in one transaction: batches one after the other.
type group struct {
	batches []*batch
	err     error // of writing it
}

// spooled is the number of the last batch that has one.
func (g *group) spooled() (number uint64) {
	for _, b := range g.batches {
		number = max(number, b.spooled)
	}
	return number
}

// place writes what is in the queue until that is closed and empty.
func (c *Committer) place() {
	written, finished := make(chan *group, 1), make(chan struct{})
	go func() {
		defer close(finished)
		for g := range written {
			c.finish(g)
		}
	}()
	for {
		batches, idle := c.queue.take()
		switch {
		case len(batches) > 0:
			c.begin(&group{batches: batches}, written)
			c.mend()
		case idle:
			_ = c.spool.Settle(context.Background()) // what fails here is tried when something comes
		default:
			close(written)
			<-finished
			return
		}
	}
}

// mend empties a spool that could not be written, now and then, until it can be again.
func (c *Committer) mend() {
	if !c.lame.Load() || time.Since(c.mended) < idleAfter || c.queue.holdsSpooled() {
		return
	}
	c.mended = time.Now()
	if c.spool.Settle(context.Background()) == nil {
		c.lame.Store(false)
	}
}

// begin writes a group. What is spooled is tried again until it is written, or the end has
// come: then it stays in the spool. Who is not answered yet hears of the failure at once.
func (c *Committer) begin(g *group, written chan<- *group) {
	for {
		if g.err = c.append(g); g.err == nil {
			break
		}
		spooled, others := apart(g.batches)
		if len(spooled) == 0 {
			break
		}
		if len(others) > 0 {
			written <- &group{others, g.err}
		}
		g.batches = spooled
		c.meter.Commit(0, 0, g.err)
		more, ended := c.queue.stick()
		if ended { // nothing may come into the journal before these
			c.leave(spooled, g.err)
			c.leave(more, g.err)
			return
		}
		g.batches = append(g.batches, more...)
	}
	c.queue.written()
	written <- g
}

// leave ends batches that cannot be written any more: what is spooled stays there, and the
// time stands still for it.
func (c *Committer) leave(batches []*batch, err error) {
	for _, b := range batches {
		b.err = err
		if b.spooled != 0 {
			c.left += len(b.taken)
		} else {
			c.answered(b)
		}
		close(b.placed)
	}
}

// apart tells the batches that are spooled from those that are not.
func apart(batches []*batch) (spooled, others []*batch) {
	for _, b := range batches {
		if b.spooled != 0 {
			spooled = append(spooled, b)
		} else {
			others = append(others, b)
		}
	}
	return spooled, others
}

// append writes a group into the journal.
func (c *Committer) append(g *group) (err error) {
	entries := c.placing[:0]
	for _, b := range g.batches {
		for i := range b.taken {
			entries = append(entries, b.taken[i].Entry)
		}
	}
	if number := g.spooled(); number != 0 {
		err = c.spool.Place(context.Background(), entries, number)
	} else {
		err = c.write(context.Background(), entries)
	}
	rest := entries
	for _, b := range g.batches {
		for i := range b.taken {
			b.taken[i].Seq = rest[i].Seq
		}
		rest = rest[len(b.taken):]
	}
	clear(entries) // what they hold is free to go
	c.placing = entries
	return err
}

// finish waits until a group is on disk, and tells everybody.
func (c *Committer) finish(g *group) {
	_, waits := apart(g.batches)
	var notOnDisk error
	if g.err == nil && c.sync != nil && len(waits) > 0 {
		notOnDisk = c.sync(context.Background())
	}
	for _, b := range g.batches {
		if b.err = g.err; b.err == nil && b.spooled == 0 {
			b.err = notOnDisk
		}
		if b.err == nil {
			for i := range b.taken {
				if t := &b.taken[i]; !c.leftOut(t) {
					c.meter.Entry(t.Tenant, fate(t), delay(t))
				}
			}
			c.settle()
		}
		if b.spooled == 0 {
			if len(b.taken) > 0 {
				c.meter.Commit(len(b.taken), time.Since(b.began), b.err)
			}
			if b.err != nil {
				c.doubt(b)
			}
			c.answered(b)
		}
	}
	for _, b := range g.batches {
		if b.err != nil {
			continue
		}
		if told := fresh(b.taken); len(told) > 0 {
			c.sink(told)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range g.batches {
		at := slices.Index(c.flying, b.at)
		c.flying = slices.Delete(c.flying, at, at+1)
		c.bytes -= b.bytes
		close(b.placed)
	}
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
	if len(b.taken) == 0 {
		return
	}
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
