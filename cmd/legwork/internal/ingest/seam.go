package ingest

import (
	"io"
	"time"

	"github.com/legworkhq/legwork/cmd/legwork/internal/standin"
	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// TODO(merge): replace every standin. in this file by wire. and drop the import.

type (
	recordError = standin.RecordError
	decodeError = standin.Error
)

var (
	errNoSession = standin.ErrNoSession
	errOtherKind = standin.ErrOtherKind
)

func newScanner(r io.Reader, maxRecord int) *standin.Scanner {
	return standin.NewScanner(r, standin.ScannerOptions{MaxRecord: maxRecord})
}

func decodeInto(ev *wire.Event, raw []byte) error { return standin.DecodeInto(ev, raw) }

// Engine is what Rebuild needs of *recon.Engine.
type Engine interface {
	Step(at time.Time, ev *wire.Event) recon.Changes
	Tick(at time.Time) recon.Changes
	Call(id call.SessionID) (*call.Call, bool)
}
