package shard

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// findOrphans finds calls that are not final and that the engine does not hold. Those that
// are final in the engine by now, because its times were made shorter, are to be written.
func (s *Shard) findOrphans(ctx context.Context) error {
	ids, err := s.cfg.Store.Unfinished(ctx, s.tenant.Load().ID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		g, ok := s.engine.Draft(id)
		switch {
		case !ok:
			s.orphans[id] = s.at.Now + s.peerWait()
		case g.Final():
			s.touch(g.ID()).final = true
			s.finals[g.ID()] = true
		}
	}
	return nil
}

// atOnce is how many calls are built from the journal in one turn.
const atOnce = 100

// adopt builds, from the journal, the calls that the engine no longer holds and for
// which something came too late, or whose time to become final has come.
func (s *Shard) adopt(ctx context.Context) {
	s.scan(ctx)
	slices.Sort(s.late)
	s.late = slices.Compact(s.late)
	for n := 0; len(s.late) > 0 && n < atOnce; n++ {
		id := s.late[0]
		if _, held := s.engine.Draft(id); !held || s.isJoined(id) {
			if err := s.reviveNow(ctx, id); err != nil {
				s.trouble("cannot rebuild a call from the journal", err)
				return
			}
		}
		s.late = s.late[1:]
	}
}

// reviveNow revives a call, and notes when to do so again.
func (s *Shard) reviveNow(ctx context.Context, id call.SessionID) error {
	next, err := s.revive(ctx, id)
	if err == nil && next != 0 {
		s.orphans[id] = next
	}
	return err
}

// scan looks, once a second, which orphans are due.
func (s *Shard) scan(ctx context.Context) {
	if s.scanned == s.at.Now {
		return
	}
	s.scanned = s.at.Now
	for id, due := range s.orphans {
		if due <= s.at.Now && len(s.late) < atOnce {
			delete(s.orphans, id)
			if !s.isFinal(ctx, id) {
				s.late = append(s.late, id)
			}
		}
	}
}

// isFinal: the call is kept, and final.
func (s *Shard) isFinal(ctx context.Context, id call.SessionID) bool {
	c, err := s.cfg.Store.Call(ctx, s.tenant.Load().ID, id)
	return err == nil && c.Status == call.Final
}

// revive builds one call from everything that the journal has of its sessions, and
// writes it. The result is when to do it again, zero when the call is final.
func (s *Shard) revive(ctx context.Context, id call.SessionID) (call.Time, error) {
	calls, err := s.fromJournal(ctx, id)
	if err != nil {
		return 0, err
	}
	u := &store.Update{Tenant: s.tenant.Load().ID, At: s.at.Now}
	next := call.Time(0)
	for _, g := range calls {
		was, err := s.cfg.Store.Call(ctx, u.Tenant, g.ID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return 0, err
		}
		if was != nil && was.ID == g.ID && was.Revision > g.Revision {
			continue // a part of the journal was removed: what is kept knows more
		}
		s.compare(g)
		if g.Status != call.Final {
			next = s.at.Now + s.peerWait()
		}
		if was != nil && was.ID == g.ID && bytes.Equal(was.Graph, call.AppendJSON(nil, g)) {
			continue
		}
		if err := s.takeOver(ctx, u, g); err != nil {
			return 0, err
		}
		if err := s.addGraph(ctx, u, g, g.Status == call.Final, false); err != nil {
			return 0, err
		}
	}
	if len(u.Calls) == 0 {
		return next, nil
	}
	_, err = s.cfg.Store.Apply(ctx, u)
	if err == nil && s.cfg.Changed != nil {
		s.cfg.Changed(u.Tenant)
	}
	return next, err
}

// takeOver notes which sessions of a call were kept as calls of their own.
func (s *Shard) takeOver(ctx context.Context, u *store.Update, g *call.Call) error {
	for _, m := range g.Sessions {
		if m.ID == g.ID {
			continue
		}
		was, err := s.cfg.Store.Call(ctx, u.Tenant, m.ID)
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return err
		case was.ID == m.ID:
			u.Merged = append(u.Merged, store.Merge{From: m.ID, Into: g.ID})
		}
	}
	return nil
}

// rounds bounds how often sessions lead to further sessions.
const rounds = 16

// fromJournal builds the calls of a session and of all that they lead to.
func (s *Shard) fromJournal(ctx context.Context, id call.SessionID) ([]*call.Call, error) {
	sessions := map[string]bool{string(id): true}
	if d, held := s.engine.Draft(id); held {
		for _, id := range d.Sessions() {
			sessions[string(id)] = true
		}
	}
	var calls []*call.Call
	for range rounds {
		before := len(sessions)
		if err := s.addKept(ctx, sessions); err != nil {
			return nil, err
		}
		entries, err := s.cfg.Store.EntriesOf(ctx, s.tenant.Load().ID, sorted(sessions))
		if err != nil {
			return nil, err
		}
		if calls, err = s.build(entries); err != nil {
			return nil, err
		}
		for _, g := range calls {
			for _, m := range g.Sessions {
				sessions[string(m.ID)] = true
			}
		}
		if len(sessions) == before {
			break
		}
	}
	return calls, nil
}

// addKept adds the sessions of the kept calls that sessions belong to.
func (s *Shard) addKept(ctx context.Context, sessions map[string]bool) error {
	for _, id := range sorted(sessions) {
		c, err := s.cfg.Store.Call(ctx, s.tenant.Load().ID, call.SessionID(id))
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		var g struct {
			Sessions []struct {
				ID string `json:"id"`
			} `json:"sessions"`
		}
		if err := json.Unmarshal(c.Graph, &g); err != nil {
			return err
		}
		for _, m := range g.Sessions {
			sessions[m.ID] = true
		}
	}
	return nil
}

func sorted(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// build tells an engine of its own those of some entries that the shard has come to, and
// the time that it is.
func (s *Shard) build(entries []store.Entry) ([]*call.Call, error) {
	cfg := s.engineConfig()
	cfg.Retention, cfg.MaxObservations, cfg.MaxFinal = forever, 1<<62, 1<<62
	engine, err := recon.New(cfg)
	if err != nil {
		return nil, err
	}
	for i := range entries {
		if entries[i].Seq > s.at.Seq {
			break
		}
		if t := taken(&entries[i]); t.Event != nil {
			engine.Step(std(t.Received), t.Event)
		}
	}
	engine.Tick(std(s.at.Now))
	return engine.Calls(), nil
}

const forever = 100 * 365 * 24 * time.Hour
