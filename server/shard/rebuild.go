package shard

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/ingest"
	"github.com/legworkhq/legwork/server/store"
)

// Report says what a rebuild found.
type Report struct {
	// Calls is how many the journal gives, Same how many of them were kept just so.
	Calls int `json:"calls"`
	Same  int `json:"same"`
	// Changed are those that were kept otherwise, New those that were not kept.
	Changed []Difference     `json:"changed"`
	New     []call.SessionID `json:"new"`
	// Missing is how many kept calls the journal does not give: their entries were
	// removed. They stay as they are.
	Missing int `json:"missing"`
	// Skipped is how many are left to the running engine, or were made of entries of
	// which some were removed.
	Skipped int `json:"skipped"`
}

// Difference says what is different in a call.
type Difference struct {
	ID   call.SessionID `json:"id"`
	What []string       `json:"what"`
}

// Options of Rebuild.
type Options struct {
	// DryRun: nothing is written.
	DryRun bool
	// Notify: notices are made of what changed.
	Notify bool
}

// maxListed bounds the lists of a report; the counts go on.
const maxListed = 10_000

// Rebuild computes every call from the journal again, and writes those that differ from
// what is kept. It runs beside the shard.
func (s *Shard) Rebuild(ctx context.Context, opt Options) (*Report, error) {
	var upTo store.Progress
	if err := s.Do(ctx, func(context.Context) error { upTo = s.at; return nil }); err != nil {
		return nil, err
	}
	cfg := s.engineConfig()
	cfg.Retention, cfg.MaxFinal = forever, 1<<62
	engine, err := recon.New(cfg)
	if err != nil {
		return nil, err
	}
	b := &rebuild{s: s, opt: opt, report: &Report{Changed: []Difference{}, New: []call.SessionID{}}, kept: map[call.SessionID]bool{}}
	b.replay = replay{engine: engine, changed: b.note}
	if err := b.run(ctx, upTo); err != nil {
		return nil, err
	}
	return b.report, b.countMissing(ctx)
}

type rebuild struct {
	replay
	s      *Shard
	opt    Options
	report *Report
	kept   map[call.SessionID]bool // of the journal's calls
	final  []call.SessionID
	err    error
}

func (b *rebuild) note(_ *ingest.Taken, c *recon.Changes) {
	b.final = append(b.final, c.Final...)
	if len(c.Evicted) > 0 && b.err == nil {
		b.err = fmt.Errorf("more is open at once than the engine may hold: raise its bound of observations")
	}
}

func (b *rebuild) run(ctx context.Context, upTo store.Progress) error {
	for {
		entries, err := b.s.cfg.Store.Entries(ctx, b.s.tenant.Load().ID, b.at.Seq, page)
		if err != nil {
			return err
		}
		for i := range entries {
			if entries[i].Seq > upTo.Seq {
				entries = entries[:i]
				break
			}
			t := taken(&entries[i])
			b.step(&t)
		}
		if len(entries) == 0 {
			break
		}
		if b.err != nil {
			return b.err
		}
	}
	b.tick(upTo.Now)
	for _, id := range b.engine.IDs() {
		if err := b.compare(ctx, id); err != nil {
			return err
		}
	}
	return b.err
}

// compare holds a call against what is kept of it.
func (b *rebuild) compare(ctx context.Context, id call.SessionID) error {
	g, _ := b.engine.Call(id)
	b.report.Calls++
	b.kept[g.ID] = true
	if g.Status != call.Final {
		b.report.Skipped++
		return nil
	}
	was, err := b.s.cfg.Store.Call(ctx, b.s.tenant.Load().ID, g.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		if len(b.report.New) < maxListed {
			b.report.New = append(b.report.New, g.ID)
		}
	case err != nil:
		return err
	case was.ID == g.ID && was.Revision > g.Revision:
		b.report.Skipped++
		return nil
	case was.ID == g.ID && bytes.Equal(was.Graph, call.AppendJSON(nil, g)):
		b.report.Same++
		return nil
	default:
		if len(b.report.Changed) < maxListed {
			b.report.Changed = append(b.report.Changed, Difference{g.ID, differences(was, g)})
		}
	}
	if b.opt.DryRun {
		return nil
	}
	return b.write(ctx, g)
}

// write writes a call between two steps of the shard, unless its engine holds it.
func (b *rebuild) write(ctx context.Context, g *call.Call) error {
	return b.s.Do(ctx, func(ctx context.Context) error {
		s := b.s
		u := &store.Update{Tenant: s.tenant.Load().ID, At: s.at.Now}
		for _, m := range g.Sessions {
			if d, held := s.engine.Draft(m.ID); held && !d.Final() {
				b.report.Skipped++
				return nil
			}
		}
		if err := s.takeOver(ctx, u, g); err != nil {
			return err
		}
		if b.opt.Notify {
			if err := s.addGraph(ctx, u, g, true, true); err != nil {
				return err
			}
		} else {
			u.Calls = append(u.Calls, store.Row(u.Tenant, g))
		}
		_, err := s.cfg.Store.Apply(ctx, u)
		if err == nil && s.cfg.Changed != nil {
			s.cfg.Changed(u.Tenant)
		}
		return err
	})
}

// differences names the parts in which a kept call differs.
func differences(was *store.Call, g *call.Call) (what []string) {
	var old call.Call
	if was.ID != g.ID {
		what = append(what, "it was a part of "+string(was.ID))
	}
	if err := store.ReadGraph(was.Graph, &old); err != nil {
		return append(what, "what was kept cannot be read")
	}
	say := func(name string, a, b any) {
		if fmt.Sprint(a) != fmt.Sprint(b) {
			what = append(what, fmt.Sprintf("%s: %v, was %v", name, b, a))
		}
	}
	say("revision", old.Revision, g.Revision)
	say("status", old.Status, g.Status)
	say("direction", old.Direction, g.Direction)
	say("outcome", old.Outcome, g.Outcome)
	say("answered", old.AnsweredAt, g.AnsweredAt)
	say("ended", old.EndedAt, g.EndedAt)
	say("sessions", len(old.Sessions), len(g.Sessions))
	say("legs", len(old.Legs), len(g.Legs))
	say("links", kinds(&old), kinds(g))
	say("talks", len(old.Talks), len(g.Talks))
	say("findings", len(old.Findings), len(g.Findings))
	if len(what) == 0 {
		what = append(what, "details")
	}
	return what
}

func kinds(c *call.Call) (out []call.LinkKind) {
	for _, l := range c.Links {
		out = append(out, l.Kind)
	}
	return out
}

func (b *rebuild) countMissing(ctx context.Context) error {
	return b.s.cfg.Store.Each(ctx, b.s.tenant.Load().ID, func(c *store.Call) error {
		if !b.kept[c.ID] {
			b.report.Missing++
		}
		return nil
	})
}
