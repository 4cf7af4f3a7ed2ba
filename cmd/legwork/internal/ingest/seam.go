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
	Call(id call.SessionID) (*call.Call, bool)
	Retain(time.Duration)
}
