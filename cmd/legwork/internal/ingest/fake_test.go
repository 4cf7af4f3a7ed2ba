package ingest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// fakeEngine is an engine whose calls are single sessions. A session ends with a
// Disconnected party, is final quiet later and forgotten retention after that.
type fakeEngine struct {
	cfg   recon.Config
	calls map[call.SessionID]*fakeCall
	log   []string

	limited bool // its retention was changed
}

func (e *fakeEngine) Retain(d time.Duration) { e.cfg.Retention, e.limited = d, true }

type fakeCall struct {
	call.Call
	seen  map[int64]bool
	final time.Time
}

func newFake(cfg recon.Config) *fakeEngine {
	return &fakeEngine{cfg: cfg, calls: map[call.SessionID]*fakeCall{}}
}

func (e *fakeEngine) Step(at time.Time, ev *wire.Event) recon.Changes {
	if len(ev.Body.Parties) == 0 {
		return recon.Changes{Fate: recon.Ignored, Why: recon.NoParties}
	}
	id := call.SessionID(ev.Body.TelephonySessionID)
	e.log = append(e.log, fmt.Sprintf("%s#%d", id, ev.Body.Sequence))
	c := e.calls[id]
	if c == nil {
		c = &fakeCall{Call: call.Call{ID: id, Status: call.Open, StartedAt: call.Time(ev.Body.EventTime)}, seen: map[int64]bool{}}
		e.calls[id] = c
	}
	if c.seen[ev.Body.Sequence] {
		return recon.Changes{Fate: recon.Duplicate}
	}
	c.seen[ev.Body.Sequence] = true
	c.Revision++
	c.StartedAt = min(c.StartedAt, call.Time(ev.Body.EventTime))
	if ev.Body.Parties[0].Status.Code.Kind() == wire.Disconnected {
		c.EndedAt = call.Time(ev.Body.EventTime)
	}
	if c.EndedAt != 0 {
		c.Status = call.Settling
	}
	return recon.Changes{Changed: []call.SessionID{id}}
}

func (e *fakeEngine) Tick(at time.Time) (ch recon.Changes) {
	for id, c := range e.calls {
		if c.Status == call.Settling && at.Sub(c.EndedAt.Std()) >= e.cfg.Quiet {
			c.Status, c.final = call.Final, at
			ch.Final = append(ch.Final, id)
		}
		if c.Status == call.Final && at.Sub(c.final) >= e.cfg.Retention {
			delete(e.calls, id)
			ch.Forgotten = append(ch.Forgotten, id)
		}
	}
	slices.SortFunc(ch.Final, func(a, b call.SessionID) int {
		return cmp.Or(cmp.Compare(e.calls[a].EndedAt, e.calls[b].EndedAt), cmp.Compare(a, b))
	})
	return ch
}

func (e *fakeEngine) Call(id call.SessionID) (*call.Call, bool) {
	c := e.calls[id]
	if c == nil {
		return nil, false
	}
	return &c.Call, true
}

// outcome is what a rebuild did.
type outcome struct {
	sum      Summary
	err      error
	calls    []string // "id/revision status"
	problems []string
	limited  bool
	engine   *fakeEngine
}

func rebuildWith(ctx context.Context, change func(*Config), sources ...Source) *outcome {
	var out outcome
	cfg := Config{
		Recon:     recon.Config{Quiet: time.Minute, PeerWait: 10 * time.Minute, Retention: time.Hour, OpenBound: 24 * time.Hour},
		KeepCalls: 1000,
		NewEngine: func(cfg recon.Config) (Engine, error) {
			out.engine = newFake(cfg)
			return out.engine, nil
		},
		Problem: func(p Problem) { out.problems = append(out.problems, p.String()) },
		Emit: func(c *call.Call) error {
			out.calls = append(out.calls, fmt.Sprintf("%s/%d %s", c.ID, c.Revision, c.Status))
			return nil
		},
	}
	if change != nil {
		change(&cfg)
	}
	out.sum, out.err = Rebuild(ctx, cfg, sources)
	out.limited = out.engine != nil && out.engine.limited
	return &out
}

// text is a source that holds s.
func text(name, s string) Source {
	return Source{Name: name, Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader([]byte(s))), nil
	}}
}

// note is one notification as a line.
func note(session string, seq int, at time.Duration, code string) string {
	t := time.Date(2026, 3, 11, 12, 0, 0, 0, time.UTC).Add(at).Format("2006-01-02T15:04:05.000Z")
	return fmt.Sprintf(`{"uuid":"1","timestamp":%q,"body":{"sequence":%d,"telephonySessionId":%q,"eventTime":%q,"parties":[{"id":"p-%s-1","direction":"Outbound","status":{"code":%q}}]}}`+"\n",
		t, seq, "s-"+session, t, session, code)
}

var errBoom = errors.New("boom")

// failing yields s and then an error that is not the end.
func failing(name, s string) Source {
	return Source{Name: name, Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(bytes.NewReader([]byte(s)), errReader{})), nil
	}}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errBoom }
