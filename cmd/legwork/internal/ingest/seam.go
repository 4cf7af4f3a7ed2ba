package ingest

import (
	"io"
	"time"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

type (
	recordError = wire.RecordError
	decodeError = wire.Error
)

var (
	errNoSession = wire.ErrNoSession
	errOtherKind = wire.ErrOtherKind
)

func newScanner(r io.Reader, maxRecord int) *wire.Scanner {
	return wire.NewScanner(r, wire.ScannerOptions{MaxRecord: maxRecord})
}

func decodeInto(ev *wire.Event, raw []byte) error { return wire.DecodeInto(ev, raw) }

// Engine is what Rebuild needs of *recon.Engine.
type Engine interface {
	Step(at time.Time, ev *wire.Event) recon.Changes
	Tick(at time.Time) recon.Changes
	Draft(id call.SessionID) (Draft, bool)
	// IDs lists the calls by start and then by id.
	IDs() []call.SessionID
	Retain(time.Duration)
}

// Draft is what Rebuild needs of recon.Draft.
type Draft interface {
	ID() call.SessionID
	Revision() int
	Final() bool
	Graph() *call.Call
}

// NewEngine makes the real engine.
func NewEngine(cfg recon.Config) (Engine, error) {
	e, err := recon.New(cfg)
	return engine{e}, err
}

type engine struct{ *recon.Engine }

func (e engine) Draft(id call.SessionID) (Draft, bool) { return e.Engine.Draft(id) }
