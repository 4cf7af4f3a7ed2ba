package recon

import (
	"errors"
	"io"
	"time"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// TODO: this file is the agreed interface; the bodies come next.

type Scope uint8

const (
	ScopeAccount Scope = iota
	ScopeExtension
)

type Config struct {
	Scope       Scope
	Quiet       time.Duration // default 1m
	PeerWait    time.Duration // default 10m
	Retention   time.Duration // default 1h
	OpenBound   time.Duration // default 24h
	MaxSessions int           // default 1<<20
	Tombstones  int           // default 1<<17
}

type Fate uint8

const (
	Applied Fate = iota
	Duplicate
	Ignored // Changes.Why says why
	TooLate // its call was final and is forgotten
)

// Changes is what one Step or Tick did; slices valid until the next one.
type Changes struct {
	Fate      Fate             // of the event of a Step
	Why       string           // for Ignored: no-session-id, no-parties, no-event-time, no-party-id
	Late      bool             // arrived after a later sequence of its session
	Changed   []call.SessionID // calls with a new revision
	Merged    []Merge
	Final     []call.SessionID
	Forgotten []call.SessionID
}

type Merge struct{ From, Into call.SessionID }

type Engine struct{}

func New(cfg Config) (*Engine, error)                             { return nil, errors.ErrUnsupported }
func (e *Engine) Step(at time.Time, ev *wire.Event) Changes       { return Changes{} }
func (e *Engine) Tick(at time.Time) Changes                       { return Changes{} }
func (e *Engine) Call(id call.SessionID) (*call.Call, bool)       { return nil, false } // id: of a call, or of any member session
func (e *Engine) Calls() []*call.Call                             { return nil }        // by start, then id
func (e *Engine) Snapshot(w io.Writer) error                      { return errors.ErrUnsupported }
func Restore(cfg Config, r io.Reader) (*Engine, error)            { return nil, errors.ErrUnsupported }
func Build(cfg Config, events []wire.Event) ([]*call.Call, error) { return nil, errors.ErrUnsupported }
