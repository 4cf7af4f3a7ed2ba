package shard

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// A call may be one with a call that the engine has forgotten: it names it, or is named by
// it. The engine goes on as if it had never known the other one, so that its state depends
// on the journal alone; what is written is built from the journal. Such calls are few.

// doubt is a session that the store may keep in another call than the one that the
// engine has with the session in.
type doubt struct{ session, in call.SessionID }

// doubtAll takes down what a step of the engine was unsure of.
func (s *Shard) doubtAll(session string, c *recon.Changes) {
	for _, id := range c.Unsure {
		s.doubts = append(s.doubts, doubt{call.SessionID(strings.Clone(string(id))), call.SessionID(strings.Clone(session))})
	}
}

// atATime is of how many sessions the store is asked at once.
const atATime = 500

// join settles all doubts, and writes the calls that are one with forgotten ones.
func (s *Shard) join(ctx context.Context) error {
	for len(s.doubts) > 0 {
		some := s.doubts[:min(atATime, len(s.doubts))]
		if err := s.settle(ctx, some); err != nil {
			return err
		}
		s.doubts = s.doubts[len(some):]
	}
	s.doubts = nil
	for id := range s.joined {
		if _, held := s.engine.Draft(id); !held {
			delete(s.joined, id)
		}
	}
	if len(s.joined) == 0 {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(s.dirty)) {
		if !s.isJoined(id) {
			continue
		}
		if err := s.reviveNow(ctx, id); err != nil {
			return err
		}
		delete(s.dirty, id)
	}
	s.merged = slices.DeleteFunc(s.merged, func(m store.Merge) bool { return s.isJoined(m.Into) })
	return nil
}

// settle asks the store about some doubts.
func (s *Shard) settle(ctx context.Context, doubts []doubt) error {
	ids := make([]call.SessionID, len(doubts))
	for i, d := range doubts {
		ids[i] = d.session
	}
	keepers, err := s.cfg.Store.Keepers(ctx, s.tenant.Load().ID, ids)
	if err != nil {
		return err
	}
	kept := map[call.SessionID]bool{}
	for _, k := range keepers {
		kept[k.Session] = true
	}
	for _, d := range doubts {
		if !kept[d.session] {
			continue
		}
		if err := s.look(ctx, d.in); err != nil {
			return err
		}
	}
	return nil
}

// look holds the engine's call that has a session against what the journal says.
func (s *Shard) look(ctx context.Context, id call.SessionID) error {
	if s.joined[id] {
		return nil
	}
	d, held := s.engine.Draft(id)
	if !held {
		return s.reviveNow(ctx, id)
	}
	calls, err := s.fromJournal(ctx, id)
	if err != nil {
		return err
	}
	for _, g := range calls {
		s.compare(g)
	}
	if s.joined[id] {
		s.touch(d.ID())
	}
	return nil
}

// compare finds the sessions of a call of the journal that the engine has in a call which
// is only a part of it.
func (s *Shard) compare(g *call.Call) {
	for _, m := range g.Sessions {
		if d, held := s.engine.Draft(m.ID); held && m.Observed && d.Revision() < g.Revision {
			s.joined[m.ID] = true
		}
	}
}

// isJoined: the engine's call of that name is a part of one with forgotten sessions.
func (s *Shard) isJoined(id call.SessionID) bool {
	if len(s.joined) == 0 {
		return false
	}
	d, held := s.engine.Draft(id)
	return held && slices.ContainsFunc(d.Sessions(), func(m call.SessionID) bool { return s.joined[m] })
}

// findJoined finds them again after a start: the store knows more of them than the engine.
func (s *Shard) findJoined(ctx context.Context) error {
	for ids := range slices.Chunk(s.engine.IDs(), atATime) {
		var sessions []call.SessionID
		for _, id := range ids {
			d, _ := s.engine.Draft(id)
			sessions = append(sessions, d.Sessions()...)
		}
		keepers, err := s.cfg.Store.Keepers(ctx, s.tenant.Load().ID, sessions)
		if err != nil {
			return err
		}
		for _, k := range keepers {
			if d, _ := s.engine.Draft(k.Session); d.Revision() >= k.Revision {
				continue
			}
			if err := s.look(ctx, k.Session); err != nil {
				return err
			}
		}
	}
	return nil
}

// forgetJoined lets the engine forget the parts of calls that are kept no more.
func (s *Shard) forgetJoined(ctx context.Context) error {
	for id := range s.joined {
		_, err := s.cfg.Store.Call(ctx, s.tenant.Load().ID, id)
		switch {
		case errors.Is(err, store.ErrNotFound):
			s.engine.Forget(id)
			delete(s.joined, id)
		case err != nil:
			return err
		}
	}
	return nil
}
