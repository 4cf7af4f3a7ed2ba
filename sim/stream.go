package sim

import (
	"math/rand/v2"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
	"github.com/legworkhq/legwork/sim/weather"
)

// Arrival is the beginning of one script in a stream.
type Arrival struct {
	At     wire.Time
	Seed   uint64
	Script *script.Script
}

// StreamConfig says what a Stream is made of.
type StreamConfig struct {
	Exchange *pbx.Exchange
	Dialect  dialect.Dialect
	IDs      wire.Grammar
	Weather  weather.Weather
	// NoAnswers leaves the true calls out.
	NoAnswers bool
	// Seed settles the weather's chances.
	Seed uint64
	// Next yields the scripts in order of their beginning; ok is false after the last.
	Next func() (a Arrival, ok bool)
}

// Stream plays many scripts at once, and delivers their notifications in order of
// arrival. It holds the scripts that are being played and what is on its way, so that
// its memory does not grow with the number of calls.
type Stream struct {
	cfg   StreamConfig
	line  *weather.Line
	sent  order
	now   wire.Time // nothing that is sent later is on the line
	make  func() *pbx.Switch
	next  Arrival
	more  bool
	live  []*playing // a heap by the time of the next thing that happens
	free  []*playing
	done  []*call.Call
	calls int64
	err   error

	failed *script.Script
}

// playing is a script that is being carried out.
type playing struct {
	sw     *pbx.Switch
	player *script.Player
	script *script.Script
	at     wire.Time
	order  int64
}

// NewStream makes a stream. The error is the weather's.
func NewStream(cfg StreamConfig) (*Stream, error) {
	line, err := weather.New(cfg.Weather, rand.New(rand.NewPCG(cfg.Seed, 0x3ea7)))
	if err != nil {
		return nil, err
	}
	s := &Stream{cfg: cfg, line: line}
	s.make = cfg.Exchange.Switches(s.sent.put)
	s.next, s.more = cfg.Next()
	return s, nil
}

// Next returns the next delivery; ok is false at the end, or at an error. The delivery
// is valid until the next call.
func (s *Stream) Next() (d *weather.Delivery, ok bool) {
	for {
		if d, ok := s.line.Next(s.now); ok {
			return d, true
		}
		settled := s.settled()
		if ev := s.sent.next(settled); ev != nil {
			s.now = ev.Timestamp
			s.line.Put(ev)
			continue
		}
		if settled == forever && s.now != forever {
			s.now = forever
			continue
		}
		if s.err != nil || !s.more && len(s.live) == 0 {
			return nil, false
		}
		s.advance()
	}
}

// lead is how long after it happened a change is notified at the earliest.
const lead = 14

// settled is the instant up to which nothing can come any more that is not on the line.
func (s *Stream) settled() wire.Time {
	at := forever
	if s.more {
		at = s.next.At + lead
	}
	if len(s.live) > 0 {
		at = min(at, s.live[0].at+lead)
	}
	if at == forever {
		return forever
	}
	return at - 1
}

// Answers returns the true calls of the scripts that have ended since it was asked
// last.
func (s *Stream) Answers() []*call.Call {
	out := s.done
	s.done = nil
	return out
}

// Err is why the stream ended early: a *script.Error. Failed is the script that could
// not be carried out.
func (s *Stream) Err() error             { return s.err }
func (s *Stream) Failed() *script.Script { return s.failed }

// Count returns what the weather did so far, Calls how many true calls there were, and
// Live how many scripts are being played.
func (s *Stream) Count() weather.Count { return s.line.Count() }
func (s *Stream) Calls() int64         { return s.calls }
func (s *Stream) Live() int            { return len(s.live) }

// advance lets the next thing happen.
func (s *Stream) advance() {
	if s.more && (len(s.live) == 0 || s.next.At <= s.live[0].at) {
		s.begin()
		return
	}
	p := s.live[0]
	if err := p.player.Advance(); err != nil {
		s.err, s.failed = err, p.script
		return
	}
	at, ok := p.player.Next()
	if !ok {
		s.end(p)
		return
	}
	p.at = max(at, p.at)
	s.down(0)
}

func (s *Stream) begin() {
	var p *playing
	if n := len(s.free); n > 0 {
		p, s.free = s.free[n-1], s.free[:n-1]
	} else {
		p = &playing{}
		p.sw = s.make()
	}
	p.sw.Reset(pbx.Config{Dialect: s.cfg.Dialect, IDs: s.cfg.IDs, Start: s.next.At, Seed: s.next.Seed, Names: s.next.Script.Names})
	p.player, p.script = script.Play(p.sw, s.next.Script), s.next.Script
	p.order = int64(s.next.Seed)
	if at, ok := p.player.Next(); ok {
		p.at = at
		s.live = append(s.live, p)
		s.up(len(s.live) - 1)
	}
	s.next, s.more = s.cfg.Next()
}

func (s *Stream) end(p *playing) {
	if !s.cfg.NoAnswers {
		calls := p.sw.Calls()
		s.calls += int64(len(calls))
		s.done = append(s.done, calls...)
	}
	n := len(s.live) - 1
	s.live[0] = s.live[n]
	s.live[n] = nil
	if s.live = s.live[:n]; n > 0 {
		s.down(0)
	}
	p.player, p.script = nil, nil
	s.free = append(s.free, p)
}

func (s *Stream) less(i, j int) bool {
	a, b := s.live[i], s.live[j]
	return a.at < b.at || a.at == b.at && a.order < b.order
}

func (s *Stream) up(i int) {
	for i > 0 && s.less(i, (i-1)/2) {
		s.live[i], s.live[(i-1)/2] = s.live[(i-1)/2], s.live[i]
		i = (i - 1) / 2
	}
}

func (s *Stream) down(i int) {
	for {
		c := 2*i + 1
		if c+1 < len(s.live) && s.less(c+1, c) {
			c++
		}
		if c >= len(s.live) || !s.less(c, i) {
			return
		}
		s.live[i], s.live[c] = s.live[c], s.live[i]
		i = c
	}
}
