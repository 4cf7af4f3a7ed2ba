package pbx

import (
	"math/rand/v2"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
)

// Config is one run of a switch. The zero Config is a switch as far as it is known,
// with today's ids, beginning at the epoch.
type Config struct {
	Dialect dialect.Dialect
	// IDs is the grammar of the session ids. Zero means wire.Grammar2022.
	IDs wire.Grammar
	// Start is the instant at which the run begins.
	Start wire.Time
	// Seed settles everything that is left to chance: ids, delays.
	Seed uint64
	// Names are outside parties' names by number, as the network knows them.
	Names map[string]string
}

// Switch runs the calls of a few people. Every change of a party is told as one
// notification, and the true calls can be asked for at any time.
//
// It has no clock: Do and Next take it forward. It is not safe for concurrent use.
type Switch struct {
	x     *Exchange
	d     dialect.Dialect
	ids   wire.Grammar
	pcg   rand.PCG
	r     *rand.Rand
	taste rand.PCG
	draw  *rand.Rand // for what is offered: offers must not change what is told
	names map[string]string
	told  func(*wire.Event)

	start, now int64 // milliseconds since the epoch
	changed    bool  // something changed at now that settle has not seen
	settled    int64 // the instant of the last settle
	stamp      int64 // of the last notification

	people   []*person
	sessions []*session
	joins    []*join
	links    []*link
	talks    []*talk
	open     []*talk
	alarms   []alarm

	machine machine
	pools   pools
	*scratch
}

// scratch is what a switch needs only while it tells something. Switches that are not
// used at the same time may share it.
type scratch struct {
	event   wire.Event
	parties [2]wire.Party
	around  []member
}

// Switches returns a maker of switches that share what memory they can, for running
// many of them in turn. None of them may be used while another one is.
func (x *Exchange) Switches(told func(*wire.Event)) func() *Switch {
	shared := &scratch{}
	return func() *Switch {
		s := &Switch{x: x, told: told, scratch: shared}
		s.r, s.draw = rand.New(&s.pcg), rand.New(&s.taste)
		return s
	}
}

// Switch begins a run. told receives each notification in order of its timestamp; it
// must not keep the event or its parties after it returns, but may keep their
// strings.
func (x *Exchange) Switch(c Config, told func(*wire.Event)) *Switch {
	s := x.Switches(told)()
	s.Reset(c)
	return s
}

// Reset begins another run in the memory of the last one.
func (s *Switch) Reset(c Config) {
	*s = Switch{x: s.x, told: s.told, r: s.r, draw: s.draw, people: s.people[:0], sessions: s.sessions[:0], joins: s.joins[:0],
		links: s.links[:0], talks: s.talks[:0], open: s.open[:0], alarms: s.alarms[:0], scratch: s.scratch, pools: s.pools}
	s.pools.reset()
	s.pcg.Seed(c.Seed, 0x1e6_3072)
	s.taste.Seed(c.Seed, 0x7a57e)
	s.d, s.ids, s.names = c.Dialect, c.IDs, c.Names
	if s.ids == wire.GrammarUnknown {
		s.ids = wire.Grammar2022
	}
	s.start = int64(c.Start)
	s.now, s.settled = s.start, s.start
	s.machine = s.newMachine()
}

// Now is the instant the switch has come to.
func (s *Switch) Now() wire.Time { return wire.Time(s.now) }

// Rand is the run's source of chance.
func (s *Switch) Rand() *rand.Rand { return s.r }

// Exchange is the dial plan that the switch runs by.
func (s *Switch) Exchange() *Exchange { return s.x }

// advance takes the clock forward, never back.
func (s *Switch) advance(to int64) {
	if to <= s.now {
		return
	}
	if s.changed {
		s.settle()
	}
	s.now = to
}

// pass lets a few milliseconds go by: from to until, both included.
func (s *Switch) pass(from, until int) {
	s.advance(s.now + int64(from+s.r.IntN(until-from+1)))
}

// alarm is something that the switch does by itself when its time has come.
type alarm struct {
	at   int64
	what func(*Switch, *party)
	leg  *party
}

func (s *Switch) after(ms int64, what func(*Switch, *party), leg *party) {
	s.alarms = append(s.alarms, alarm{s.now + ms, what, leg})
}

// Next says when the switch will do something by itself; ok is false when nothing is
// due.
func (s *Switch) Next() (at wire.Time, ok bool) {
	i := s.next()
	if i < 0 {
		return 0, false
	}
	return wire.Time(s.alarms[i].at), true
}

func (s *Switch) next() int {
	first := -1
	for i := range s.alarms {
		if first < 0 || s.alarms[i].at < s.alarms[first].at {
			first = i
		}
	}
	return first
}

// Ring lets the next thing happen that the switch does by itself: a phone that rang
// long enough stops ringing, a queue calls its next agent.
func (s *Switch) Ring() {
	i := s.next()
	if i < 0 {
		return
	}
	a := s.alarms[i]
	s.alarms = append(s.alarms[:i], s.alarms[i+1:]...)
	s.advance(a.at)
	a.what(s, a.leg)
}

// Until lets everything happen that the switch does by itself up to an instant, and
// takes the clock there.
func (s *Switch) Until(t wire.Time) {
	for at, ok := s.Next(); ok && at <= t; at, ok = s.Next() {
		s.Ring()
	}
	s.advance(int64(t))
}

// Finish lets everything happen that the switch does by itself, for half an hour at
// most: a queue may ring its agents for ever.
func (s *Switch) Finish() {
	until := s.now + 30*60*1000
	for at, ok := s.Next(); ok && int64(at) <= until; at, ok = s.Next() {
		s.Ring()
	}
}

// Quiet reports whether no leg is alive.
func (s *Switch) Quiet() bool {
	for _, t := range s.sessions {
		for _, p := range t.parties {
			if p.alive() && !p.proxy {
				return false
			}
		}
	}
	return true
}

// person is somebody, or something, that can be called.
type person struct {
	id     call.ParticipantID
	kind   call.ParticipantKind
	ext    *Extension // nil for an outside party
	number string
	name   string // as the network or the company knows it
	entry  int    // place in the answer key, from 1
}

// someone returns the person behind an extension or an outside number.
func (s *Switch) someone(d dest) *person {
	for _, p := range s.people {
		if p.ext == d.ext && (d.ext != nil || p.number == d.number) {
			return p
		}
	}
	p := s.pools.people.get()
	*p = person{ext: d.ext, number: d.number}
	if d.ext != nil {
		p.id, p.kind, p.name, p.number = call.ParticipantID("ext:"+d.ext.ID), call.Extension, d.ext.Name, d.ext.Number
	} else {
		p.id, p.kind, p.name = call.ParticipantID("tel:"+d.number), call.External, s.names[d.number]
	}
	s.people = append(s.people, p)
	return p
}

// known returns the person of a number if it took part already.
func (s *Switch) known(number string) *person {
	d, ok := s.x.resolve(number)
	if !ok {
		return nil
	}
	for _, p := range s.people {
		if p.ext == d.ext && (d.ext != nil || p.number == d.number) {
			return p
		}
	}
	return nil
}

func (p *person) user() bool { return p.ext != nil && p.ext.Kind == User }

// callerID is what an outside party sees of an extension.
func (s *Switch) callerID(p *person) string {
	if p.ext == nil {
		return p.number
	}
	if p.ext.Direct != "" {
		return p.ext.Direct
	}
	return s.x.company.Number
}

func star(number string) bool { return strings.HasPrefix(number, "*") }
