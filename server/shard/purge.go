package shard

import (
	"context"

	"github.com/legworkhq/legwork/server/store"
)

// Purge removes everything about a number: from the store, and from the engine, whose
// snapshot is written anew at once.
func (s *Shard) Purge(ctx context.Context, number string) (r store.Removed, err error) {
	err = s.Do(ctx, func(ctx context.Context) error {
		s.finish(ctx) // what arrived is applied and written, so that it is found
		removed, ids, err := s.cfg.Store.Purge(ctx, s.tenant.Load().ID, number)
		if err != nil {
			return err
		}
		r = removed
		for _, id := range ids {
			s.engine.Forget(id)
			delete(s.dirty, id)
			delete(s.orphans, id)
			delete(s.finals, id)
		}
		if err := s.forgetJoined(ctx); err != nil {
			return err
		}
		s.snapshot(ctx)
		if s.cfg.Changed != nil {
			s.cfg.Changed(s.tenant.Load().ID)
		}
		return nil
	})
	return r, err
}
