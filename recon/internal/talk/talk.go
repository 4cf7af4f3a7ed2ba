// Package talk works out who could hear whom, and when.
//
// It sweeps over the instants at which anything changed. Between two of them the
// world stands still: each leg is in one state, sessions that links have joined form
// rooms, and whoever is connected in a room and not on hold hears the others.
//
// A talk claims that its members could hear one another. It does not claim that
// nobody else could: a session that was lost may have brought a listener in.
package talk

import (
	"cmp"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/link"
	"github.com/legworkhq/legwork/recon/internal/people"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// Member is one participant of a talk; Leg is nil when none is in view.
type Member struct {
	Person *people.Person
	Leg    *session.Leg
	Mode   call.Mode
}

// Talk is an interval and who could hear one another in it. To is session.Forever
// while it lasts.
type Talk struct {
	From, To  int64
	Members   []Member
	Uncertain bool
}

// Inferred: a member has no leg in view.
func (t *Talk) Inferred() bool {
	return slices.ContainsFunc(t.Members, func(m Member) bool { return m.Leg == nil })
}

// Both reports whether at least two persons take part in both directions.
func (t *Talk) Both() bool {
	var first *people.Person
	for _, m := range t.Members {
		switch {
		case m.Mode != call.TwoWay:
		case first == nil:
			first = m.Person
		case m.Person != first:
			return true
		}
	}
	return false
}

// Part is a role that somebody played in a link.
type Part struct {
	Role   call.Role
	Person *people.Person
	Leg    *session.Leg // nil when none is in view
}

// Result is what the sweep found.
type Result struct {
	Talks  []*Talk
	States map[*session.Leg][]call.State
	Parts  map[*link.Link][]Part
	Wait   map[*session.Leg]int64 // connected, nobody to talk to, milliseconds
}

// Sweep works out the talks of a call. It completes the links: who was parked and
// by whom, where the events left that open.
func Sweep(sessions []*session.Session, links []*link.Link, who *people.Registry) *Result {
	for {
		w := newWorld(sessions, links, who)
		w.run()
		if !w.again {
			return w.Result
		}
	}
}

// world is the state of the sweep.
type world struct {
	*Result
	sessions []*session.Session
	legs     []*session.Leg
	links    []*link.Link
	who      *people.Registry
	absent   []*absent

	from, to int64     // the interval at hand
	now      []moment  // per leg of legs
	room     []int     // per session: its room's first session
	doubt    []bool    // per room: see doubts
	before   *snapshot // the interval before
	parked   map[*session.Leg]int64
	guessed  map[*session.Leg]bool // parked, as only the end of the one who parked tells
	open     []*Talk
	spare    []*Talk        // memory for the next open
	talking  []*session.Leg // in the interval at hand
	around   []Member       // memory for members
	pieces   map[*session.Leg][]piece
	again    bool // a leg's life changed: sweep once more
}

// moment is what one leg does in the interval at hand.
type moment struct {
	leg   *session.Leg
	seg   *session.Segment // nil before it began
	state call.LegState    // "" before it began
}

type snapshot struct {
	now  []moment
	room []int
}

func newWorld(sessions []*session.Session, links []*link.Link, who *people.Registry) *world {
	w := &world{sessions: sessions, links: links, who: who, parked: map[*session.Leg]int64{}, guessed: map[*session.Leg]bool{}, pieces: map[*session.Leg][]piece{},
		Result: &Result{States: map[*session.Leg][]call.State{}, Parts: map[*link.Link][]Part{}, Wait: map[*session.Leg]int64{}}}
	for _, s := range sessions {
		if !s.Mirror {
			w.legs = append(w.legs, s.Legs...)
		}
		if a := w.absentee(s); a != nil {
			w.absent = append(w.absent, a)
		}
	}
	for _, l := range links {
		for _, c := range l.Roles {
			w.Parts[l] = append(w.Parts[l], Part{c.Role, who.Of(c.Leg), c.Leg})
		}
	}
	w.room = make([]int, len(sessions))
	return w
}

func (w *world) run() {
	times := w.instants()
	w.before = &snapshot{room: make([]int, len(w.sessions))}
	for i := range w.before.room {
		w.before.room[i] = i
	}
	for i, t := range times {
		w.from, w.to = t, session.Forever
		if i+1 < len(times) {
			w.to = times[i+1]
		}
		for _, l := range w.links {
			if l.At == t {
				w.happen(l)
			}
		}
		w.observe()
		w.talk()
		w.now, w.before.now = w.before.now[:0], w.now
		w.room, w.before.room = w.before.room, w.room
	}
	for _, t := range w.open {
		w.close(t, session.Forever)
	}
	for _, l := range w.legs {
		w.States[l] = w.states(l)
	}
	for _, s := range w.sessions {
		if s.Mirror {
			for _, l := range s.Legs {
				w.States[l] = w.states(l)
			}
		}
	}
	slices.SortStableFunc(w.Talks, func(a, b *Talk) int { return cmp.Compare(a.From, b.From) })
}

// instants lists every moment at which something changed.
func (w *world) instants() []int64 {
	out := make([]int64, 0, 8*len(w.legs))
	for _, l := range w.legs {
		for i := range l.Segments {
			out = append(out, l.Segments[i].From)
			if l.Segments[i].To != session.Forever {
				out = append(out, l.Segments[i].To)
			}
		}
	}
	for _, l := range w.links {
		out = append(out, l.At)
		if l.Until != session.Forever {
			out = append(out, l.Until)
		}
		if end := projectionEnd(l); end != session.Forever {
			out = append(out, end)
		}
	}
	for _, a := range w.absent {
		out = append(out, a.instants()...)
	}
	if slices.ContainsFunc(w.links, func(l *link.Link) bool { return l.Kind == call.Park }) {
		for _, l := range w.legs {
			for _, o := range l.Obs {
				out = append(out, o.At)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// observe settles rooms and leg states for the interval at hand.
func (w *world) observe() {
	for i := range w.room {
		w.room[i] = i
	}
	for _, l := range w.links {
		if l.At <= w.from && w.from < l.Until && l.ToSession != nil && l.From != nil && joins(l.Kind) {
			w.join(l.From.Session.Index, l.ToSession.Index)
		}
	}
	w.now = w.now[:0]
	for _, l := range w.legs {
		m := moment{leg: l, seg: l.At(w.from)}
		if m.seg != nil {
			m.state = m.seg.State
		}
		w.now = append(w.now, m)
	}
	w.unpark()
	for i := range w.now {
		w.now[i].wait(w.parked)
	}
	w.hold()
	w.doubt = w.doubt[:0]
	for room := range w.sessions {
		w.doubt = append(w.doubt, w.room[room] == room && w.doubts(room))
	}
	for _, m := range w.now {
		w.piece(m)
	}
}

// wait makes a parked leg wait, and lets one go that was retrieved though its own
// party never said so.
func (m *moment) wait(parked map[*session.Leg]int64) {
	since, waits := parked[m.leg]
	switch {
	case m.state == call.StateConnected && waits && since >= m.seg.From:
		m.state = call.StateParked
	case m.state == call.StateParked && !waits:
		m.state = call.StateConnected
	}
}

func joins(k call.LinkKind) bool { return k == call.TransferAttended || k == call.ConferenceMerge }

func (w *world) join(a, b int) {
	from, to := w.room[a], w.room[b]
	if from > to {
		from, to = to, from
	}
	for i := range w.room {
		if w.room[i] == to {
			w.room[i] = from
		}
	}
}

// hold turns those whom a holding leg keeps waiting into held ones. In a conference
// the others talk on.
func (w *world) hold() {
	for i := range w.now {
		if w.now[i].state != call.StateHolding || w.conference(w.room[w.now[i].leg.Session.Index]) {
			continue
		}
		room := w.room[w.now[i].leg.Session.Index]
		for j := range w.now {
			if w.now[j].state == call.StateConnected && w.room[w.now[j].leg.Session.Index] == room {
				w.now[j].state = call.StateHeld
			}
		}
	}
}

func (w *world) held(room int) bool {
	return !w.conference(room) && slices.ContainsFunc(w.now, func(m moment) bool {
		return m.state == call.StateHolding && w.room[m.leg.Session.Index] == room
	})
}

func (w *world) conference(room int) bool {
	for i, s := range w.sessions {
		if w.room[i] == room && s.Conference() {
			return true
		}
	}
	for _, l := range w.links {
		if l.Kind == call.ConferenceMerge && l.ToSession != nil && l.At <= w.from && w.from < l.Until && w.room[l.ToSession.Index] == room {
			return true
		}
	}
	return false
}

func (w *world) doubtful(room int) bool { return w.doubt[room] }

// doubts: an event that could change what is said of a room in this interval is
// missing, or the interval outlasts what is known of a session that still lives.
func (w *world) doubts(room int) bool {
	for _, m := range w.now {
		if w.room[m.leg.Session.Index] != room {
			continue
		}
		if m.seg != nil && m.seg.Uncertain && m.seg.State != call.StateEnded || m.seg == nil && m.leg.BegunUnseen() || m.maybeGone() {
			return true
		}
	}
	for i, s := range w.sessions {
		if w.room[i] != room || len(s.Missing) == 0 {
			continue
		}
		if n := missingBefore(s, lastBefore(s, w.to)); n > 0 && (s.Hidden() || w.retrieved(s)) || n >= wholeParty {
			return true // somebody who was never seen may have put the others on hold
		}
	}
	if slices.ContainsFunc(w.absent, func(a *absent) bool { return a.lost(w.to) && w.room[a.session.Index] == room }) {
		return true
	}
	if slices.ContainsFunc(w.links, func(l *link.Link) bool {
		return l.Late && w.from < l.At && w.room[l.ToSession.Index] == room
	}) {
		return true // it may have happened before
	}
	known := w.to
	if known == session.Forever {
		known = w.from - settles
	}
	for i, s := range w.sessions {
		if w.room[i] == room && s.Observed() && !s.Mirror && s.LastAt < known && slices.ContainsFunc(s.Legs, func(l *session.Leg) bool { return !l.Over() }) {
			return true
		}
	}
	return false
}

// retrieved: somebody went on in the session whose leg there is not in view.
func (w *world) retrieved(s *session.Session) bool {
	return slices.ContainsFunc(w.links, func(l *link.Link) bool {
		return l.Kind == call.Pickup && l.ToSession == s && l.At <= w.from && projects(l)
	})
}

// wholeParty is how many events tell of a party that answers and holds: who takes a
// call from where it waits or rings does not ring.
const wholeParty = 2

// missingBefore counts the numbers that are missing before one.
func missingBefore(s *session.Session, seq int64) (n int64) {
	for _, r := range s.Missing {
		if r.From < seq {
			n += min(r.To, seq-1) - r.From + 1
		}
	}
	return n
}

// lastBefore is the number of the last event before an instant.
func lastBefore(s *session.Session, at int64) (seq int64) {
	for i := range s.Obs {
		if s.Obs[i].At < at {
			seq = s.Obs[i].Seq
		}
	}
	return seq
}

// maybeGone: the leg is reported Disconnected without a reason, after an event that is
// missing: it may be Gone, and the room may be joined to another one.
func (m *moment) maybeGone() bool {
	if m.seg == nil || m.seg.State != call.StateEnded || m.seg.First == nil || m.seg.First.ReasonName() != "" {
		return false
	}
	before := m.leg.Before(m.seg.From)
	return before == nil && m.leg.BegunUnseen() || before != nil && before.Uncertain
}

// settles is how far apart the events of one act, told in several sessions, may
// stand.
const settles = 1000

// talk extends, closes and opens talks.
func (w *world) talk() {
	still := w.spare[:0]
	w.talking = w.talking[:0]
	for room := range w.sessions {
		if w.room[room] != room {
			continue
		}
		members, sure := w.members(room)
		if len(members) == 0 {
			continue
		}
		for _, m := range members {
			w.talking = append(w.talking, m.Leg)
		}
		t := w.running(members)
		if t == nil {
			t = &Talk{From: w.from, Members: slices.Clone(members)}
		}
		t.Uncertain = t.Uncertain || !sure || w.doubtful(room)
		still = append(still, t)
	}
	for _, t := range w.open {
		if !slices.Contains(still, t) {
			w.close(t, w.from)
		}
	}
	w.open, w.spare = still, w.open
	for _, m := range w.now {
		if m.state == call.StateConnected && !slices.Contains(w.talking, m.leg) && w.to != session.Forever && !w.doubtful(w.room[m.leg.Session.Index]) && !w.takenBySomebody(m.leg.Session) && !w.mayBeJoined(m.leg.Session) {
			w.Wait[m.leg] += w.to - w.from
		}
	}
}

func (w *world) running(members []Member) *Talk {
	for _, t := range w.open {
		if slices.Equal(t.Members, members) {
			return t
		}
	}
	return nil
}

func (w *world) close(t *Talk, at int64) {
	t.To = at
	w.Talks = append(w.Talks, t)
}

// members lists who can hear one another in a room; none unless there are two
// persons, one of them in both directions. sure is false when somebody's presence is
// only assumed to last.
func (w *world) members(room int) (out []Member, sure bool) {
	if w.held(room) {
		return nil, true
	}
	sure = true
	out = w.around[:0]
	for _, m := range w.now {
		if m.state == call.StateConnected && !m.leg.Service() && w.room[m.leg.Session.Index] == room {
			out = append(out, Member{w.who.Of(m.leg), m.leg, w.mode(m.leg)})
		}
	}
	for _, a := range w.absent {
		if w.room[a.session.Index] != room {
			continue
		}
		if here, certain := a.present(w, room); here {
			out = append(out, Member{a.person(w.from), nil, call.TwoWay})
			sure = sure && certain
		}
	}
	for _, l := range w.links {
		if m, certain, ok := w.projected(l, room); ok {
			out = append(out, m)
			sure = sure && certain
		}
	}
	if w.around = out; !conversation(out) {
		return nil, true
	}
	return out, sure && !w.takenByWhom(out) && !w.flippedToWhom(out)
}

// flippedToWhom: somebody moved to a number of theirs, and it is not known which leg
// that is: two of the members may be one person.
func (w *world) flippedToWhom(ms []Member) bool {
	for _, k := range w.links {
		if k.Kind != call.Flip || k.To != nil {
			continue
		}
		for _, m := range ms {
			if m.Leg != nil && m.Leg.Session == k.From.Session && m.Leg.Extension == "" && !m.Leg.IsCaller() && m.Leg.Number > k.From.Number {
				return true
			}
		}
	}
	return false
}

// takenByWhom: somebody took the call over and it is not known who, so that any
// supervisor's mode may have changed.
func (w *world) takenByWhom(ms []Member) bool {
	for _, k := range w.links {
		if k.Kind == call.Takeover && k.To == nil && k.At <= w.from {
			return slices.ContainsFunc(ms, func(m Member) bool { return m.Mode != call.TwoWay })
		}
	}
	return false
}

// takenBySomebody: somebody took a call of the session's room over, and it is not known
// who: they may be talking to whoever seems to be alone.
func (w *world) takenBySomebody(s *session.Session) bool {
	return slices.ContainsFunc(w.links, func(k *link.Link) bool {
		return k.Kind == call.Takeover && k.To == nil && k.At <= w.from && w.room[k.From.Session.Index] == w.room[s.Index]
	})
}

// mayBeJoined: an event of another session is missing, that may have joined it to the
// one at hand.
func (w *world) mayBeJoined(to *session.Session) bool {
	for i, s := range w.sessions {
		if w.room[i] != w.room[to.Index] && len(s.Missing) > 0 && missingBefore(s, firstFrom(s, w.to)) > 0 {
			return true
		}
	}
	return false
}

func conversation(ms []Member) bool {
	if len(ms) < 2 {
		return false
	}
	twoWay := false
	other := false
	for _, m := range ms {
		twoWay = twoWay || m.Mode == call.TwoWay
		other = other || m.Person != ms[0].Person
	}
	return twoWay && other
}

// mode: a supervisor listens in the way the link says until a takeover.
func (w *world) mode(l *session.Leg) call.Mode {
	if !l.Supervisor {
		return call.TwoWay
	}
	mode, began := call.Supervising, int64(0)
	for _, k := range w.links {
		if k.Kind == call.Supervise && (k.From == l || k.To == l) {
			mode, began = k.Mode, k.At
		}
	}
	if w.tookOver(l, began) {
		return call.TwoWay
	}
	return mode
}

// tookOver: the supervisor of a leg took a call over since a moment. What they took over
// before is over, and says nothing of whom they supervise now.
func (w *world) tookOver(l *session.Leg, since int64) bool {
	return slices.ContainsFunc(w.links, func(k *link.Link) bool {
		return k.Kind == call.Takeover && k.At <= w.from && k.To != nil &&
			(k.To == l || w.who.Of(k.To) == w.who.Of(l) && k.At >= since)
	})
}

// projected returns the participant of a Gone leg who goes on in the peer session,
// where no leg of theirs is in view: a supervisor by dial code, a retriever.
func (w *world) projected(l *link.Link, room int) (m Member, sure, ok bool) {
	if !projects(l) || l.At > w.from || w.room[l.ToSession.Index] != room {
		return m, false, false
	}
	end := projectionEnd(l)
	if w.from >= end {
		return m, false, false
	}
	m = Member{w.who.Of(l.From), nil, call.TwoWay}
	if l.Kind == call.Supervise {
		m.Mode = l.Mode
		if w.tookOver(l.From, l.At) {
			m.Mode = call.TwoWay
		}
	}
	return m, l.From.Session.LastAt >= w.to && !l.From.Last().Uncertain, true
}

func projects(l *link.Link) bool {
	return (l.Kind == call.Supervise || l.Kind == call.Pickup) && l.From != nil && l.ToSession != nil &&
		l.ToSession != l.From.Session && link.Twin(l) == nil
}

// housekeeping is how soon after a Gone a Disconnected of the same leg may come
// without meaning that the participant left.
const housekeeping = 2000

// projectionEnd is when the participant of a Gone leg hung up: its Disconnected,
// unless that only tidied up after the Gone.
func projectionEnd(l *link.Link) int64 {
	if !projects(l) {
		return session.Forever
	}
	for _, o := range l.From.Obs {
		if o.Kind == wire.Disconnected && o.At > l.At+housekeeping {
			return o.At
		}
	}
	return session.Forever
}
