package recon

import (
	"iter"
	"slices"
	"time"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/graph"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// Engine rebuilds the calls of one account. Make one with New or Restore. It is not
// safe for concurrent use.
type Engine struct {
	cfg       Config
	rules     graph.Rules
	now       int64 // the latest instant given, milliseconds
	members   table
	legacy    numbered
	numbering bool // legacy is kept: a RingOut was seen
	ringouts  int  // sessions that may have a mirror
	held      int  // observations
	queues    [queues]queue
	stirred   stirred
	spare     []*member // empty
	past      past
	changes   Changes
}

// member is one session: its observations, and the group it belongs to.
type member struct {
	group *group
	own   group // the call that the session makes while it is alone
	key   session.Key
	session.Set
	mark    mark    // of the first legacy session id it was seen with
	marks   []*mark // of others
	ringout bool
}

// group is one call: the sessions that links join.
type group struct {
	members    []*member
	solo       [1]*member // what members is while the call has one session
	first      *member    // the one that began first: it names the call
	touched    int64      // when something last arrived for it
	finalAt    int64      // when it was reported final, zero while it is not
	held       int        // observations
	queued     int64      // when it was queued as active, or its place in stirred says so
	queue      *queue
	prev, next *group
	stirred    int // its place in the heap of stirred calls, from 1
}

// lastAt is the latest eventTime of the call.
func (g *group) lastAt() int64 {
	last := int64(0)
	for _, m := range g.members {
		last = max(last, m.LastAt)
	}
	return last
}

func (g *group) id() call.SessionID { return call.SessionID(g.first.ID) }

// New makes an engine. The only error is a *ConfigError.
func New(cfg Config) (*Engine, error) {
	cfg, err := cfg.validate()
	if err != nil {
		return nil, err
	}
	e := &Engine{cfg: cfg, rules: cfg.rules(), legacy: make(numbered)}
	e.past.remember(cfg.Remember)
	return e, nil
}

// Step tells the engine one event and the time, and reports what changed. The time
// never runs backwards: an earlier at counts as the latest one given. The event is
// not kept, and may be reused.
func (e *Engine) Step(at time.Time, ev *wire.Event) Changes {
	e.changes.reset()
	e.advance(at.UnixMilli())
	e.apply(ev)
	e.expire()
	return e.changes
}

// Tick tells the engine the time, and reports what time alone changed. Call it every
// second or so: calls become final, and memory is freed, in Step and Tick only.
func (e *Engine) Tick(at time.Time) Changes {
	e.changes.reset()
	e.advance(at.UnixMilli())
	e.expire()
	return e.changes
}

// Call returns the graph of the call that id names: a call's id, or the id of any of
// its sessions. It is built anew each time and belongs to the caller. The second
// result is false when no such call is known, or no longer.
func (e *Engine) Call(id call.SessionID) (*call.Call, bool) {
	m := e.members.get(session.KeyOf(string(id)))
	if m == nil {
		return nil, false
	}
	return e.build(m.group), true
}

// Calls returns the graphs of all calls that the engine holds, in order of their
// beginning.
func (e *Engine) Calls() []*call.Call {
	first := e.inOrder()
	out := make([]*call.Call, len(first))
	for i, m := range first {
		out[i] = e.build(m.group)
	}
	return out
}

// IDs returns the ids of all calls that the engine holds, in order of their beginning.
func (e *Engine) IDs() []call.SessionID {
	first := e.inOrder()
	out := make([]call.SessionID, len(first))
	for i, m := range first {
		out[i] = m.group.id()
	}
	return out
}

// inOrder lists the sessions that name a call.
func (e *Engine) inOrder() []*member {
	var first []*member
	e.members.each(func(m *member) {
		if m.group.first == m {
			first = append(first, m)
		}
	})
	sortByBeginning(first)
	return first
}

// InOrder returns the ids of the calls that ids name, each once, in order of their
// beginning. Ids that name none are left out.
func (e *Engine) InOrder(ids iter.Seq[call.SessionID]) []call.SessionID {
	var first []*member
	for id := range ids {
		if m := e.members.get(session.KeyOf(string(id))); m != nil {
			first = append(first, m.group.first)
		}
	}
	sortByBeginning(first)
	first = slices.Compact(first)
	out := make([]call.SessionID, len(first))
	for i, m := range first {
		out[i] = m.group.id()
	}
	return out
}

func sortByBeginning(first []*member) {
	slices.SortFunc(first, func(a, b *member) int { return graph.Earlier(&a.Set, &b.Set) })
}

// Forget drops the call that id names, as if its retention were over: whatever comes for
// it later is TooLate. It reports whether there was one.
func (e *Engine) Forget(id call.SessionID) bool {
	m := e.members.get(session.KeyOf(string(id)))
	if m == nil {
		return false
	}
	e.forget(m.group)
	return true
}

// Retain changes Config.Retention for calls that are final now or later. Zero or less
// stands for the default.
func (e *Engine) Retain(d time.Duration) {
	if d <= 0 {
		d = DefaultRetention
	}
	e.cfg.Retention = d
}

// Len returns how many calls, sessions and observations the engine holds.
func (e *Engine) Len() (calls, sessions, observations int) {
	for i := range e.queues {
		calls += e.queues[i].len
	}
	calls += len(e.stirred)
	return calls, e.members.len, e.held
}

// Build rebuilds the calls of a finished recording in one go: the graphs that an
// engine would hold once all events had arrived and every quiet period was over.
// The order of events does not matter. The only error is a *ConfigError.
func Build(cfg Config, events []wire.Event) ([]*call.Call, error) {
	cfg.MaxObservations, cfg.MaxFinal = 1<<62, 1<<62
	e, err := New(cfg)
	if err != nil {
		return nil, err
	}
	for i := range events {
		e.changes.reset()
		e.apply(&events[i])
	}
	e.members.each(func(m *member) { e.now = max(e.now, m.LastAt) })
	e.now += e.cfg.PeerWait.Milliseconds()
	return e.Calls(), nil
}

func (e *Engine) advance(at int64) { e.now = max(e.now, at) }

func (e *Engine) build(g *group) *call.Call { return e.buildAt(g, e.asOf(g)) }

// asOf is the time at which a graph is asked for: now; of a call that was found final,
// when its bounds are over also on the clock of its events.
func (e *Engine) asOf(g *group) int64 {
	if g.finalAt != 0 {
		return max(e.now, g.lastAt()+e.rules.OpenBound)
	}
	return e.now
}

func (e *Engine) buildAt(g *group, at int64) *call.Call {
	sets := make([]*session.Set, len(g.members))
	for i, m := range g.members {
		sets[i] = &m.Set
	}
	return graph.Build(sets, e.rules, at)
}

// apply adds what an event says to the set of its session.
func (e *Engine) apply(ev *wire.Event) {
	if why := unusable(ev); why != "" {
		e.changes.Fate, e.changes.Why = Ignored, why
		return
	}
	key := session.KeyOf(ev.Body.TelephonySessionID)
	m := e.members.get(key)
	if m == nil {
		if e.past.has(key) {
			e.changes.Fate = TooLate
			return
		}
		m = e.admit(key, ev.Body.TelephonySessionID)
	}
	e.changes.Fate = Duplicate
	for i := range ev.Body.Parties {
		r := m.Add(ev, i)
		e.changes.Late = e.changes.Late || r.Late
		if r.Added {
			e.changes.Fate = Applied
			e.held++
			m.group.held++
			e.tie(m, &ev.Body, &ev.Body.Parties[i], r.NewFace)
		}
	}
	if e.changes.Fate == Applied {
		e.rename(m.group)
		e.touch(m.group)
		e.changes.Changed = append(e.changes.Changed, m.group.id())
	}
}

func unusable(ev *wire.Event) Why {
	switch {
	case ev.Body.TelephonySessionID == "":
		return NoSessionID
	case len(ev.Body.Parties) == 0:
		return NoParties
	case ev.Body.EventTime == 0:
		return NoEventTime
	}
	for i := range ev.Body.Parties {
		if ev.Body.Parties[i].ID == "" {
			return NoPartyID
		}
	}
	return ""
}

// blank returns an empty member, one that was forgotten if there is any.
func (e *Engine) blank() *member {
	n := len(e.spare)
	if n == 0 {
		return new(member)
	}
	m := e.spare[n-1]
	e.spare[n-1] = nil
	e.spare = e.spare[:n-1]
	return m
}

// spares is how many forgotten members are kept to be used again.
const spares = 1024

// admit makes a session, and a call of its own for it.
func (e *Engine) admit(key session.Key, id string) *member {
	m := e.blank()
	m.ID, m.key = string([]byte(id)), key
	m.group = &m.own
	m.own.solo[0] = m
	m.own.members, m.own.first = m.own.solo[:], m
	e.members.put(m)
	if e.past.lost(key) {
		e.changes.Unsure = append(e.changes.Unsure, call.SessionID(m.ID))
	}
	e.touch(m.group)
	return m
}

// tie joins the calls that a new observation says are one: through its peer, or
// because one session mirrors the other.
func (e *Engine) tie(m *member, b *wire.Body, p *wire.Party, newFace bool) {
	if p.Status.PeerID != nil {
		e.tieTo(m, p.Status.PeerID.TelephonySessionID)
	}
	if newFace && (e.numbering || b.Origin.Type == wire.OriginRingOut) {
		e.note(m, string(b.Origin.Type), b.SessionID)
	}
	if e.ringouts > 0 {
		e.mirror(m, b.SessionID)
	}
}

func (e *Engine) tieTo(m *member, peer string) {
	if peer == "" || peer == m.ID {
		return
	}
	key := session.KeyOf(peer)
	p := e.members.get(key)
	if p == nil && e.past.has(key) {
		e.changes.Unsure = append(e.changes.Unsure, call.SessionID(peer))
		return
	}
	if p == nil {
		p = e.admit(key, peer)
	}
	e.merge(m.group, p.group)
}

// merge makes one call of two.
func (e *Engine) merge(a, b *group) {
	if a == b {
		return
	}
	if len(a.members) < len(b.members) {
		a, b = b, a
	}
	was, gone := a.id(), b.id()
	for _, m := range b.members {
		m.group = a
	}
	if graph.Earlier(&b.first.Set, &a.first.Set) < 0 {
		a.first = b.first
	}
	a.members = append(a.members, b.members...)
	a.touched = max(a.touched, b.touched)
	a.held += b.held
	e.leave(b)
	for _, id := range []call.SessionID{was, gone} {
		e.merged(id, a)
	}
}

func (e *Engine) merged(from call.SessionID, g *group) {
	if from != g.id() {
		e.changes.Merged = append(e.changes.Merged, Merge{From: from, Into: g.id()})
	}
}

// rename lets the session that began first name the call.
func (e *Engine) rename(g *group) {
	if len(g.members) == 1 {
		return
	}
	was, first := g.first, g.members[0]
	for _, m := range g.members[1:] {
		if graph.Earlier(&m.Set, &first.Set) < 0 {
			first = m
		}
	}
	if first == was {
		return
	}
	g.first = first
	for i := range e.changes.Merged {
		if c := &e.changes.Merged[i]; c.Into == call.SessionID(was.ID) {
			c.Into = g.id()
		}
	}
	e.changes.Merged = slices.DeleteFunc(e.changes.Merged, func(c Merge) bool { return c.From == c.Into })
	e.merged(call.SessionID(was.ID), g)
}
