package ingest

import (
	"context"
	"errors"
	"time"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// Forever is a retention under which an engine forgets nothing.
const Forever = 100 * 365 * 24 * time.Hour

// Config is what Rebuild works with.
type Config struct {
	Options
	// NewEngine makes the engine.
	NewEngine func(recon.Config) (Engine, error)
	// Recon is the engine's configuration. Its times must be set. Retention applies
	// once more than KeepCalls calls have ended; until then nothing is forgotten.
	Recon     recon.Config
	KeepCalls int
	// Strict ends the run at the first unreadable record.
	Strict bool
	// Problem is told of everything that is unreadable or of no use, in input order.
	Problem func(Problem)
	// Render appends a call's text to dst. It is called on several goroutines at once.
	Render func(dst []byte, c *call.Call) ([]byte, error)
	// Between stands between the texts of two calls.
	Between string
	// Write gets the texts in order, whole calls at a time, from one goroutine.
	Write func([]byte) error
}

// ErrStrict is what a strict Rebuild returns for an unreadable record.
var ErrStrict = errors.New("stopped at the first unreadable record")

// Rebuild reads the sources and emits their calls. The Summary is right also when
// an error is returned.
func Rebuild(ctx context.Context, cfg Config, sources []Source) (Summary, error) {
	var sum Summary
	open := cfg.Recon
	open.Retention = Forever
	engine, err := cfg.NewEngine(open)
	if err != nil {
		return sum, err
	}
	b := &builder{cfg: &cfg, sum: &sum}
	press := newPress(&cfg)
	b.ledger = ledger{
		engine: engine,
		limit:  func() { engine.Retain(cfg.Recon.Retention) },
		keep:   cfg.KeepCalls,
		hold:   cfg.Recon.Retention / 4,
		emit:   press.print,
		sum:    &sum,
		calls:  map[call.SessionID]*entry{},
	}
	err = Read(ctx, cfg.Options, sources, b.visit)
	if err == nil {
		err = b.finish(ctx)
	}
	if perr := press.close(); perr != nil {
		err = perr
	}
	sum.Interrupted = ctx.Err() != nil
	return sum, err
}

// builder applies items to the engine.
type builder struct {
	cfg    *Config
	sum    *Summary
	clock  clock
	ticked wire.Time
	ledger ledger
}

func (b *builder) visit(it *Item) error {
	if it.Broken {
		b.sum.BadSources++
		b.cfg.Problem(ProblemOf(it))
		return b.strict()
	}
	b.sum.Read++
	if it.Err != nil {
		return b.refuse(it)
	}
	at := b.clock.see(it.Event)
	if b.ticked == 0 {
		b.ticked = at
	}
	if at-b.ticked >= tickEvery {
		if err := b.advance(at); err != nil {
			return err
		}
	}
	ch := b.ledger.engine.Step(std(at), it.Event)
	b.count(it, &ch)
	return b.ledger.note(std(at), &ch)
}

// refuse counts a record that is no event of a telephony session.
func (b *builder) refuse(it *Item) error {
	b.cfg.Problem(ProblemOf(it))
	switch {
	case errors.Is(it.Err, errOtherKind):
		b.sum.ignore("another kind of event")
	case errors.Is(it.Err, errNoSession):
		b.sum.ignore(string(recon.NoSessionID))
	default:
		b.sum.Unreadable++
		return b.strict()
	}
	return nil
}

func (b *builder) strict() error {
	if b.cfg.Strict {
		return ErrStrict
	}
	return nil
}

func (b *builder) count(it *Item, ch *recon.Changes) {
	switch ch.Fate {
	case recon.Applied:
		b.sum.Applied++
	case recon.Duplicate:
		b.sum.Duplicate++
	case recon.TooLate:
		b.sum.ignore("too late")
	default:
		b.sum.ignore(string(ch.Why))
		p := ignoredBecause[ch.Why]
		if p.Text == "" {
			p.Text = "ignored: " + string(ch.Why)
		}
		p.Source, p.Line, p.Offset = it.Source.Name, it.Line, it.Offset
		b.cfg.Problem(p)
	}
}

// ignoredBecause puts the engine's reasons into words.
var ignoredBecause = map[recon.Why]Problem{
	recon.NoSessionID: {Field: "body.telephonySessionId", Text: "missing, ignored"},
	recon.NoParties:   {Field: "body.parties", Text: "no party, ignored"},
	recon.NoEventTime: {Field: "body.eventTime", Text: "missing, ignored"},
	recon.NoPartyID:   {Field: "body.parties[0].id", Text: "missing, ignored"},
}

// tickEvery is the time of the events between two ticks.
const tickEvery = wire.Time(15 * time.Second / time.Millisecond)

// advance ticks the engine up to the given time, in steps small enough that no
// call can become final and be forgotten within one.
func (b *builder) advance(to wire.Time) error {
	rc := &b.cfg.Recon
	step := millis(rc.Retention / 4)
	silent := b.ticked + millis(rc.OpenBound+rc.Quiet+rc.PeerWait) + step // nothing can happen after that
	for b.ticked < to {
		if b.ticked += step; b.ticked > to || b.ticked > silent {
			b.ticked = to
		}
		if err := b.tick(); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) tick() error {
	at := std(b.ticked)
	ch := b.ledger.engine.Tick(at)
	return b.ledger.note(at, &ch)
}

func millis(d time.Duration) wire.Time { return wire.Time(d / time.Millisecond) }

// finish lets the quiet time pass, so that ended calls are final, and emits.
func (b *builder) finish(ctx context.Context) error {
	if b.clock.at != 0 {
		if err := b.advance(b.clock.at + millis(b.cfg.Recon.Quiet+b.cfg.Recon.PeerWait) + 1); err != nil {
			return err
		}
	}
	return b.ledger.finish(ctx)
}
