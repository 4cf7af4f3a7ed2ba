package shard

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// Bounds of how many calls one transaction writes. Many cost less: keys that they share
// are written once. But notifications wait for it, so it should not take longer than
// chunkFor.
const (
	minChunk = 32
	maxChunk = 256
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
const manyDirty = 4096

func (s *Shard) flushLarge(ctx context.Context) {
	if len(s.dirty)+len(s.merged) >= manyDirty && !s.failing {
		s.flush(ctx)
	}
}

// flushPaced writes what changed, unless it is too early for it.
func (s *Shard) flushPaced(ctx context.Context) {
	if wait := time.Until(s.mayFlush); wait > 0 {
		s.again.Reset(wait)
		return
	}
	began := time.Now()
	s.flush(ctx)
	if s.cfg.Pace > 0 {
		now := time.Now()
		s.mayFlush = now.Add(max(s.cfg.Pace, 4*now.Sub(began)))
	}
}

// flush writes every call that changed, and how far the engine has come. When the store
// fails, everything stays to be written and is tried again with the next turn.
func (s *Shard) flush(ctx context.Context) {
	// What came too late for the engine is known to it alone until it is built: a server that
	// is killed before must find it again.
	whole := len(s.late) == 0
	if len(s.dirty) == 0 && len(s.merged) == 0 && (s.written.Seq == s.at.Seq || !whole) {
		return
	}
	if err := s.join(ctx); err != nil {
		s.failed(ctx, "cannot join calls from the journal; trying again", err)
		return
	}
	ids := s.current()
	merged := s.lasting()
	for first := true; first || len(ids) > 0; first = false {
		n := min(s.chunk, len(ids))
		u := &store.Update{Tenant: s.tenant.Load().ID, At: s.at.Now, Merged: merged}
		for _, id := range ids[:n] {
			if err := s.add(ctx, u, id); err != nil {
				s.failed(ctx, "cannot read calls; trying again", err)
				return
			}
		}
		if n == len(ids) && whole {
			at := s.at
			u.Progress = &at
		}
		began := time.Now()
		if _, err := s.cfg.Store.Apply(ctx, u); err != nil {
			s.failed(ctx, "cannot write calls; trying again", err)
			return
		}
		s.resize(n, time.Since(began))
		for _, id := range ids[:n] {
			delete(s.dirty, id)
		}
		ids, merged, s.merged = ids[n:], nil, nil
	}
	clear(s.dirty)
	s.failing = false
	if whole {
		s.written = s.at
	}
	if s.cfg.Changed != nil {
		s.cfg.Changed(s.tenant.Load().ID)
	}
}

// failed notes that nothing can be written now.
func (s *Shard) failed(ctx context.Context, what string, err error) {
	s.failing = true
	s.trouble(what, err)
	pause(ctx, 200*time.Millisecond)
}

// current lists the calls that are to be written, under the ids that they have now, in
// order of their beginning: about that in which the store has them, so that those of one
// transaction are beside one another there.
func (s *Shard) current() []call.SessionID {
	for id, final := range s.dirty {
		g, ok := s.engine.Draft(id)
		if ok && g.ID() != id {
			delete(s.dirty, id)
			s.dirty[g.ID()] = s.dirty[g.ID()] || final
		}
	}
	return s.engine.InOrder(maps.Keys(s.dirty))
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
	return s.addGraph(ctx, u, g, s.dirty[id], false)
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
