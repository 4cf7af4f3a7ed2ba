package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// fakeEngine is an engine whose calls are single sessions. A session ends with a
// spy is the real engine, watched.
type spy struct {
	Engine
	len     func() (calls, sessions, observations int)
	log     []string
	limited bool
	watch   func() // called after each Tick
}

func newSpy(cfg recon.Config) (*spy, error) {
	e, err := recon.New(cfg)
	return &spy{Engine: engine{e}, len: e.Len}, err
}

func (s *spy) Retain(d time.Duration) {
	s.limited = true
	s.Engine.Retain(d)
}

func (s *spy) Tick(at time.Time) recon.Changes {
	ch := s.Engine.Tick(at)
	if s.watch != nil {
		s.watch()
	}
	return ch
}

func (s *spy) Step(at time.Time, ev *wire.Event) recon.Changes {
	s.log = append(s.log, fmt.Sprintf("%s#%d", ev.Body.TelephonySessionID, ev.Body.Sequence))
	return s.Engine.Step(at, ev)
}

// outcome is what a rebuild did.
type outcome struct {
	sum      Summary
	err      error
	calls    []string // "id/revision status"
	problems []string
	limited  bool
	engine   *spy
}

func rebuildWith(ctx context.Context, change func(*Config), sources ...Source) *outcome {
	var out outcome
	cfg := Config{
		Recon:     recon.Config{Quiet: time.Minute, PeerWait: 10 * time.Minute, Retention: time.Hour, OpenBound: 24 * time.Hour},
		KeepCalls: 1000,
		NewEngine: func(cfg recon.Config) (Engine, error) {
			var err error
			out.engine, err = newSpy(cfg)
			return out.engine, err
		},
		Problem: func(p Problem) { out.problems = append(out.problems, p.String()) },
		Render: func(dst []byte, c *call.Call) ([]byte, error) {
			return fmt.Appendf(dst, "%s/%d_%s", c.ID, c.Revision, c.Status), nil
		},
		Between: "\n",
		Write: func(text []byte) error {
			out.calls = append(out.calls, strings.Fields(strings.ReplaceAll(string(text), " ", "_"))...)
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
