package shard

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// Bounds of how many calls one transaction writes. Many cost less: keys that they share
// are written once. But notifications wait for it, so it should not take longer than
// chunkFor.
const (
	minChunk = 32
	maxChunk = 512
	chunkFor = 16 * time.Millisecond
)

// resize finds how many calls the next transaction writes, when one of n took so long.
func (s *Shard) resize(n int, took time.Duration) {
	switch {
	case took > chunkFor:
		s.chunk = max(minChunk, s.chunk*3/4)
	case n == s.chunk && took < chunkFor*3/4:
		s.chunk = min(maxChunk, s.chunk*5/4)
	}
}

// manyDirty is when what changed is written although more is there to be applied.
const manyDirty = 6144

// hold is how long a busy shard waits for what else changes in a call.
const hold = second

// unwritten is what is not in the store of a call.
type unwritten struct {
	final bool             // it became final
	since store.Progress   // the engine had come so far before the first of it
	at    call.Time        // when that was; 0 has it written with the next ones
	parts []call.SessionID // other sessions that are in it now and that the store may not have there
}

// part notes a session of it.
func (u *unwritten) part(id call.SessionID) {
	if !slices.Contains(u.parts, id) {
		u.parts = append(u.parts, call.SessionID(strings.Clone(string(id))))
	}
}

// touch notes that the last step of the engine changed a call.
func (s *Shard) touch(id call.SessionID) *unwritten {
	u := s.dirty[id]
	if u == nil {
		u = &unwritten{since: s.before, at: s.clock}
		s.dirty[id] = u
	}
	return u
}

// fold gives what is unwritten of a call to the one that it is now.
func (s *Shard) fold(id, into call.SessionID) {
	was, u := s.dirty[id], s.dirty[into]
	if was == nil {
		return
	}
	delete(s.dirty, id)
	if u == nil {
		s.dirty[into] = was
		return
	}
	if ahead(u.since, was.since) {
		u.since = was.since
	}
	u.final, u.at = u.final || was.final, min(u.at, was.at)
	for _, p := range was.parts {
		u.part(p)
	}
}

// owe has a call that the engine dropped built from the journal, by all that is known of it,
// if it is not written.
func (s *Shard) owe(id call.SessionID) bool {
	u := s.dirty[id]
	if u != nil {
		delete(s.dirty, id)
		s.late = append(append(s.late, id), u.parts...)
	}
	return u != nil
}

// absorbed notes that a call is a part of another one now, which is written with the next
// ones: what names the part would name nothing until then.
func (s *Shard) absorbed(part, into call.SessionID) {
	u := s.touch(into)
	s.fold(part, into)
	u.part(part)
	u.at = 0
}

// ahead: a is further than b.
func ahead(a, b store.Progress) bool { return a.Seq > b.Seq || a.Seq == b.Seq && a.Now > b.Now }

func (s *Shard) flushLarge(ctx context.Context) {
	if len(s.dirty)+len(s.merged) >= manyDirty && !s.failing {
		s.flush(ctx, true)
	}
}

// flushPaced writes what changed, unless it is too early for it.
func (s *Shard) flushPaced(ctx context.Context) {
	if wait := time.Until(s.mayFlush); wait > 0 {
		s.again.Reset(wait)
		return
	}
	began := time.Now()
	s.flush(ctx, s.busy)
	if s.cfg.Pace > 0 {
		now := time.Now()
		rest := 4 * now.Sub(began)
		s.busy = rest > s.cfg.Pace
		s.mayFlush = now.Add(max(s.cfg.Pace, rest))
	}
	if len(s.dirty) > 0 {
		s.again.Reset(time.Duration(hold) * time.Millisecond)
	}
}

// flush writes calls that changed, and how far the engine has come: with patience not what
// changed within hold, unless that is much. When the store fails, everything stays to be
// written and is tried again with the next turn.
func (s *Shard) flush(ctx context.Context, patience bool) {
	// What came too late for the engine is known to it alone until it is built: a server that
	// is killed before must find it again.
	whole := len(s.late) == 0
	if err := s.join(ctx); err != nil {
		s.failed(ctx, "cannot join calls from the journal; trying again", err)
		return
	}
	until := s.clock
	if patience {
		until = s.ripe()
	}
	ids, at := s.current(until), s.written
	if whole {
		at = s.reached(until)
	}
	if len(ids) == 0 && len(s.merged) == 0 && at.Seq == s.written.Seq {
		return
	}
	if !s.writeAll(ctx, ids, at) {
		return
	}
	s.failing = false
	s.written = at
	if s.cfg.Changed != nil {
		s.cfg.Changed(s.tenant.Load().ID)
	}
}

// ripe is a time: what changed later can wait.
func (s *Shard) ripe() call.Time {
	until := s.clock - hold
	if len(s.dirty) < manyDirty {
		return until
	}
	times := make([]call.Time, 0, len(s.dirty))
	for _, u := range s.dirty {
		times = append(times, u.at)
	}
	slices.Sort(times)
	return max(until, times[len(times)/2])
}

// reached is how far the engine had come before the first change that stays unwritten when
// those until some time are written.
func (s *Shard) reached(until call.Time) store.Progress {
	at := s.at
	for _, u := range s.dirty {
		if u.at > until && ahead(at, u.since) {
			at = u.since
		}
	}
	if ahead(s.written, at) {
		return s.written
	}
	return at
}

// writeAll writes calls, a chunk at a time, and with the last one how far the engine has come.
// While the store writes a chunk, the next one is built.
func (s *Shard) writeAll(ctx context.Context, ids []call.SessionID, at store.Progress) bool {
	merged := s.lasting()
	var under *writing
	for first := true; first || len(ids) > 0; first = false {
		n := min(s.chunk, len(ids))
		u, err := s.update(ctx, ids[:n])
		if !s.wrote(ctx, under) {
			return false
		}
		if err != nil {
			s.failed(ctx, "cannot read calls; trying again", err)
			return false
		}
		u.Merged = merged
		if n == len(ids) && at != s.written {
			u.Progress = &at
		}
		under = s.write(ctx, u, ids[:n])
		if len(merged) > 0 { // for the next chunk, what ceased to be a call must not be found any more
			if !s.wrote(ctx, under) {
				return false
			}
			under, merged, s.merged = nil, nil, nil
		}
		ids = ids[n:]
	}
	if !s.wrote(ctx, under) {
		return false
	}
	s.merged = nil
	return true
}

// update is what is to be written of some calls.
func (s *Shard) update(ctx context.Context, ids []call.SessionID) (*store.Update, error) {
	u := &store.Update{Tenant: s.tenant.Load().ID, At: s.at.Now, Calls: make([]store.Call, 0, len(ids))}
	for _, id := range ids {
		if err := s.add(ctx, u, id); err != nil {
			return nil, err
		}
	}
	return u, nil
}

// writing is an update that the store is busy with.
type writing struct {
	ids  []call.SessionID
	took time.Duration
	done chan error
}

// write begins to write calls.
func (s *Shard) write(ctx context.Context, u *store.Update, ids []call.SessionID) *writing {
	w := &writing{ids: ids, done: make(chan error, 1)}
	go func() {
		began := time.Now()
		_, err := s.cfg.Store.Apply(ctx, u)
		w.took = time.Since(began)
		w.done <- err
	}()
	return w
}

// wrote waits until it is done. There may be none.
func (s *Shard) wrote(ctx context.Context, w *writing) bool {
	if w == nil {
		return true
	}
	if err := <-w.done; err != nil {
		s.failed(ctx, "cannot write calls; trying again", err)
		return false
	}
	s.resize(len(w.ids), w.took)
	for _, id := range w.ids {
		delete(s.dirty, id)
	}
	return true
}

// failed notes that nothing can be written now.
func (s *Shard) failed(ctx context.Context, what string, err error) {
	s.failing = true
	s.trouble(what, err)
	pause(ctx, 200*time.Millisecond)
}

// current lists the calls that changed first until some time, under the ids that they have
// now, in order of their beginning: about that in which the store has them, so that those
// of one transaction are beside one another there.
func (s *Shard) current(until call.Time) []call.SessionID {
	ids := make([]call.SessionID, 0, len(s.dirty))
	for id, u := range s.dirty {
		if u.at <= until {
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		g, ok := s.engine.Draft(id)
		switch {
		case !ok:
			delete(s.dirty, id)
		case g.ID() != id:
			s.fold(id, g.ID())
		}
	}
	return s.engine.InOrder(slices.Values(ids))
}

// lasting lists the merges of which the first id names no call any more.
func (s *Shard) lasting() []store.Merge {
	return slices.DeleteFunc(slices.Clone(s.merged), func(m store.Merge) bool {
		d, ok := s.engine.Draft(m.From)
		return ok && d.ID() == m.From
	})
}

// add puts a call into an update, and the notices about it.
func (s *Shard) add(ctx context.Context, u *store.Update, id call.SessionID) error {
	g, ok := s.engine.Call(id)
	if !ok {
		return nil
	}
	return s.addGraph(ctx, u, g, s.touch(id).final, false)
}

// addGraph puts a call into an update, with the notice about it. final: it is final, and is
// to be told of so; also again, although it was before.
func (s *Shard) addGraph(ctx context.Context, u *store.Update, g *call.Call, final, again bool) error {
	row := store.Row(u.Tenant, g)
	if final = final && g.Status == call.Final; final {
		row.Told = g.Revision
	}
	if final && s.cfg.Ended != nil {
		s.cfg.Ended(u.Tenant, slices.ContainsFunc(g.Findings, func(f call.Finding) bool { return f.Kind == call.MissingEvents }))
	}
	u.Calls = append(u.Calls, row)
	t := s.tenant.Load()
	if t.NoticeURL == "" || s.cfg.Notice == nil {
		return nil
	}
	kind := Updated
	if final {
		told, err := s.told(ctx, g.ID)
		switch {
		case err != nil:
			return err
		case told == g.Revision && !again: // it is written again, after a crash or without an answer
			return nil
		case told != 0:
			kind = Revised
		default:
			kind = Final
		}
	}
	if n, ok := s.cfg.Notice(t, kind, &row, u.At); ok {
		u.Notices = append(u.Notices, n)
	}
	return nil
}

// told is the revision of a call that was told of last as final, 0 for none.
func (s *Shard) told(ctx context.Context, id call.SessionID) (int, error) {
	c, err := s.cfg.Store.Call(ctx, s.tenant.Load().ID, id)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if c.ID != id && c.Told > 0 {
		return -1, nil // of another one that it was part of
	}
	return c.Told, nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
