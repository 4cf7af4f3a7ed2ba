package migrate

import (
	"context"
	"fmt"
	"time"

	"github.com/legworkhq/legwork/server/store"
)

const (
	callsAtOnce   = 500 // that are written together
	noticesAtOnce = 500 // that are
)

// everyTenant moves what tenants have beside the journal.
func (m *move) everyTenant(ctx context.Context) error {
	m.progress.begin("calls")
	began := time.Now()
	for _, t := range m.tenants {
		if err := m.tenant(ctx, m.states[t.ID]); err != nil {
			return fmt.Errorf("tenant %s: %w", t.Name, err)
		}
	}
	m.report.ForCalls = time.Since(began)
	return nil
}

func (m *move) tenant(ctx context.Context, s *state) error {
	if s.Done {
		return nil
	}
	for _, step := range []func(context.Context, *state) error{m.calls, m.notices, m.snapshot, m.rest} {
		if err := step(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (m *move) calls(ctx context.Context, s *state) error {
	return ahead(ctx, func(ctx context.Context, put func([]store.Kept) error) error {
		return pages(s.Change, func(after int64) ([]store.Kept, error) { return m.from.Kept(ctx, s.tenant.ID, after, callsAtOnce) },
			func(k *store.Kept) int64 { return k.Change }, put)
	}, func(kept []store.Kept) error {
		return m.put(ctx, &store.Portion{Tenant: s.tenant.ID, Kept: kept, Notes: func() (map[string][]byte, error) {
			s.Change = kept[len(kept)-1].Change
			return note(s)
		}}, len(kept))
	})
}

func (m *move) notices(ctx context.Context, s *state) error {
	return pages(s.Notice, func(after int64) ([]store.Notice, error) {
		return m.from.NoticesOf(ctx, s.tenant.ID, after, noticesAtOnce)
	},
		func(n *store.Notice) int64 { return n.Seq }, func(notices []store.Notice) error {
			return m.put(ctx, &store.Portion{Tenant: s.tenant.ID, Notices: notices, Notes: func() (map[string][]byte, error) {
				s.Notice = notices[len(notices)-1].Seq
				return note(s)
			}}, len(notices))
		})
}

// pages reads page after page of what is numbered, until there is nothing more.
func pages[T any](after int64, read func(after int64) ([]T, error), number func(*T) int64, f func([]T) error) error {
	for {
		page, err := read(after)
		if err != nil || len(page) == 0 {
			return err
		}
		after = number(&page[len(page)-1])
		if err := f(page); err != nil {
			return err
		}
	}
}

// snapshot moves what the engine knew, under the Seq that the same entry has there.
func (m *move) snapshot(ctx context.Context, s *state) error {
	if s.snapshot == nil {
		return nil
	}
	at, data, err := m.from.Snapshot(ctx, s.tenant.ID)
	if err != nil {
		return err
	}
	defer data.Close()
	return m.to.SaveSnapshot(ctx, s.tenant.ID, store.Progress{Seq: s.Saved, Now: at.Now}, data)
}

// rest moves how far the engine has come, and lets numbers of changes go on where they are.
func (m *move) rest(ctx context.Context, s *state) error {
	last, err := m.from.LastChange(ctx, s.tenant.ID)
	if err != nil {
		return err
	}
	p := &store.Portion{Tenant: s.tenant.ID, LastChange: last, Notes: func() (map[string][]byte, error) {
		s.Done = true
		return note(s)
	}}
	if s.progress != (store.Progress{}) {
		p.Progress = &store.Progress{Seq: s.Applied, Now: s.progress.Now}
	}
	return m.to.Import(ctx, p)
}
