package standin

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// Engine knows sessions, duplicates and endings, and joins sessions by peer. It
// concludes nothing else.
type Engine struct {
	cfg   recon.Config
	calls map[call.SessionID]*group
}

type group struct {
	call  call.Call
	seen  map[int64]bool
	final time.Time
}

// New returns an engine.
func New(cfg recon.Config) (*Engine, error) {
	if cfg.Quiet == 0 {
		cfg.Quiet = time.Minute
	}
	if cfg.Retention == 0 {
		cfg.Retention = time.Hour
	}
	return &Engine{cfg: cfg, calls: map[call.SessionID]*group{}}, nil
}

// Step takes one event.
func (e *Engine) Step(at time.Time, ev *wire.Event) recon.Changes {
	b := &ev.Body
	if len(b.Parties) == 0 {
		return recon.Changes{Fate: recon.Ignored, Why: "no-parties"}
	}
	id := call.SessionID(b.TelephonySessionID)
	g := e.group(id, b)
	if g.seen[b.Sequence] {
		return recon.Changes{Fate: recon.Duplicate}
	}
	g.seen[b.Sequence] = true
	g.call.Revision++
	g.call.Status, g.final = call.Open, time.Time{}
	alive := false
	for i := range b.Parties {
		g.leg(id, &b.Parties[i], call.Time(b.EventTime))
	}
	for _, l := range g.call.Legs {
		alive = alive || l.End == nil
	}
	if !alive {
		g.call.Status, g.call.EndedAt = call.Settling, call.Time(b.EventTime)
	}
	return recon.Changes{Changed: []call.SessionID{id}}
}

func (e *Engine) group(id call.SessionID, b *wire.Body) *group {
	if g := e.calls[id]; g != nil {
		return g
	}
	g := &group{seen: map[int64]bool{}}
	g.call = call.Call{ID: id, StartedAt: call.Time(b.EventTime), Sessions: []call.Session{{ID: id, Observed: true}}}
	e.calls[id] = g
	return g
}

func (g *group) leg(id call.SessionID, p *wire.Party, at call.Time) {
	i := slices.IndexFunc(g.call.Legs, func(l call.Leg) bool { return l.ID == call.LegID(p.ID) })
	if i < 0 {
		i = len(g.call.Legs)
		g.call.Legs = append(g.call.Legs, call.Leg{ID: call.LegID(p.ID), Session: id, Direction: string(p.Direction)})
	}
	l := &g.call.Legs[i]
	l.From.Number, l.To.Number = p.From.PhoneNumber, p.To.PhoneNumber
	if k := p.Status.Code.Kind(); k == wire.Disconnected || k == wire.Gone {
		l.End = &call.End{Code: string(p.Status.Code), Reason: string(p.Status.Reason), At: at}
	}
}

// Tick makes ended calls final and forgets old ones.
func (e *Engine) Tick(at time.Time) recon.Changes {
	var ch recon.Changes
	for id, g := range e.calls {
		switch {
		case g.call.Status == call.Settling && at.Sub(g.call.EndedAt.Std()) >= e.cfg.Quiet:
			g.call.Status, g.final = call.Final, g.call.EndedAt.Std().Add(e.cfg.Quiet)
			ch.Final = append(ch.Final, id)
		case g.call.Status == call.Final && at.Sub(g.final) > e.cfg.Retention:
			delete(e.calls, id)
			ch.Forgotten = append(ch.Forgotten, id)
		}
	}
	slices.Sort(ch.Final)
	slices.Sort(ch.Forgotten)
	return ch
}

// Call finds a call.
func (e *Engine) Call(id call.SessionID) (*call.Call, bool) {
	g := e.calls[id]
	if g == nil {
		return nil, false
	}
	return &g.call, true
}

// Calls lists them by start.
func (e *Engine) Calls() []*call.Call {
	out := make([]*call.Call, 0, len(e.calls))
	for _, g := range e.calls {
		out = append(out, &g.call)
	}
	slices.SortFunc(out, func(a, b *call.Call) int {
		return cmp.Or(cmp.Compare(a.StartedAt, b.StartedAt), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// Snapshot is not part of the stand-in.
func (e *Engine) Snapshot(io.Writer) error { return errors.ErrUnsupported }

// Retain returns the engine with another retention.
func (e *Engine) Retain(d time.Duration) *Engine {
	e.cfg.Retention = d
	return e
}
