package recon

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/legworkhq/legwork/recon/internal/graph"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// snapshotVersion changes when an older Restore could not read a snapshot.
const snapshotVersion = 1

// header is the first line of a snapshot, one groupState per call follows.
type header struct {
	Format  string   `json:"format"`
	Version int      `json:"version"`
	Now     int64    `json:"now"`
	Calls   int      `json:"calls"`
	Past    []uint64 `json:"past,omitzero"`
}

type groupState struct {
	Queue    int             `json:"queue"`
	Touched  int64           `json:"touched"`
	FinalAt  int64           `json:"finalAt,omitzero"`
	Sessions []session.State `json:"sessions"`
}

const format = "legwork recon snapshot"

// ErrSnapshot is wrapped by every error of Restore that is about what was read, as
// opposed to reading it.
var ErrSnapshot = errors.New("recon: not a usable snapshot")

// Snapshot writes everything the engine knows, as JSON lines: a header, then one
// call a line. An engine restored from it answers every later Step, Tick and Call as
// this one would. Errors are the writer's.
func (e *Engine) Snapshot(w io.Writer) error {
	out := bufio.NewWriter(w)
	calls, _, _ := e.Len()
	if err := line(out, header{Format: format, Version: snapshotVersion, Now: e.now, Calls: calls, Past: e.past.list()}); err != nil {
		return err
	}
	for i := range e.queues {
		for _, g := range e.standing(i) {
			gs := groupState{Queue: i, Touched: g.touched, FinalAt: g.finalAt}
			for _, m := range g.members {
				gs.Sessions = append(gs.Sessions, m.State())
			}
			if err := line(out, gs); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// standing lists the calls of a queue in order of time, stirred ones among the active.
func (e *Engine) standing(queue int) []*group {
	var out []*group
	for g := e.queues[queue].head; g != nil; g = g.next {
		out = append(out, g)
	}
	if queue == active {
		out = append(out, e.stirred...)
		slices.SortStableFunc(out, func(a, b *group) int { return cmp.Compare(a.touched, b.touched) })
	}
	return out
}

func line(w *bufio.Writer, v any) error {
	if err := json.MarshalWrite(w, v, json.Deterministic(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return err
	}
	return w.WriteByte('\n')
}

// Restore makes an engine from a snapshot. The configuration may differ from that of
// the engine that wrote it. It returns a *ConfigError, an error that wraps
// ErrSnapshot, or the reader's.
func Restore(cfg Config, r io.Reader) (*Engine, error) {
	e, err := New(cfg)
	if err != nil {
		return nil, err
	}
	in := jsontext.NewDecoder(r, jsontext.AllowInvalidUTF8(true))
	var h header
	if err := next(in, &h); err != nil {
		return nil, err
	}
	if h.Format != format || h.Version != snapshotVersion {
		return nil, fmt.Errorf("%w: its header says format %q, version %d; this engine reads %q, version %d", ErrSnapshot, h.Format, h.Version, format, snapshotVersion)
	}
	e.now = h.Now
	for _, p := range h.Past {
		e.past.push(p)
	}
	for n := range h.Calls {
		var gs groupState
		if err := next(in, &gs); err != nil {
			return nil, fmt.Errorf("call %d of %d: %w", n+1, h.Calls, err)
		}
		if err := e.restore(gs); err != nil {
			return nil, fmt.Errorf("call %d of %d: %w", n+1, h.Calls, err)
		}
	}
	e.members.each(func(m *member) {
		m.Faces(func(origin, legacy string) {
			if origin == string(wire.OriginRingOut) {
				e.note(m, origin, legacy)
			}
		})
	})
	return e, nil
}

func next(in *jsontext.Decoder, v any) error {
	err := json.UnmarshalDecode(in, v)
	switch {
	case err == io.EOF, err == io.ErrUnexpectedEOF:
		return fmt.Errorf("%w: it ends too early", ErrSnapshot)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	return nil
}

func (e *Engine) restore(gs groupState) error {
	if gs.Queue < 0 || gs.Queue >= queues || len(gs.Sessions) == 0 {
		return fmt.Errorf("%w: a call without sessions or in no known state", ErrSnapshot)
	}
	g := &group{touched: gs.Touched, queued: gs.Touched, finalAt: gs.FinalAt}
	for _, st := range gs.Sessions {
		set, ok := session.FromState(st)
		key := session.KeyOf(st.ID)
		if !ok || st.ID == "" || e.members.get(key) != nil {
			return fmt.Errorf("%w: session %q is damaged or stands twice", ErrSnapshot, st.ID)
		}
		m := &member{Set: *set, key: key, group: g}
		e.members.put(m)
		g.members = append(g.members, m)
		g.held += m.Len()
		if g.first == nil || graph.Earlier(&m.Set, &g.first.Set) < 0 {
			g.first = m
		}
	}
	e.held += g.held
	e.queues[gs.Queue].push(g)
	return nil
}
