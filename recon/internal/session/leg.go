package session

import (
	"cmp"
	"math"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// Forever is the end of a segment that has not ended.
const Forever int64 = math.MaxInt64

// Session is one telephony session, read: its legs in order of party number, and
// which of its numbered changes arrived.
type Session struct {
	*Set
	Obs     []Observation // in order
	Index   int           // position among the sessions of the call
	Legs    []*Leg
	Missing []call.Range
	// Account: every party of the account is notified, so that what is not in view was
	// lost.
	Account bool
	// Origin, LegacyID and ServerID as first reported.
	Origin, LegacyID, ServerID string
	// Mirror: the session repeats another one (RingOut) and carries no talk of its own.
	Mirror bool
	// TailLost: an event is known to be missing that may have been the last.
	TailLost bool
	// Named lists those party numbers among Unseen that a peer names.
	Named []int
	// Unseen lists party numbers that exist and that nobody was notified about.
	Unseen []int
}

// Leg is one party's stay: its observations in order, and what they say.
type Leg struct {
	ID        string
	Number    int // N of the party id, 0 when it has none
	Session   *Session
	Obs       []*Observation
	Extension string
	Direction wire.Direction
	From, To  Endpoint
	Segments  []Segment
	// Rang, Connected: the leg was reported ringing, or answered or holding, at some time.
	Rang, Connected bool
	// Queue: the leg is an agent's, of a queue call.
	QueueCall bool
	// Marks that link rules set.
	Router, Queue bool // a service: never hears, never talks
	Supervisor    bool
}

// Segment is an interval in which a leg was reported in one state.
type Segment struct {
	State call.LegState
	From  int64
	To    int64 // Forever while it lasts
	First *Observation
	Next  *Observation // the observation that ended it, nil while it lasts
	// Uncertain: a number is missing between First and Next.
	Uncertain bool
}

// Read makes the legs of a set. gaps tells whether a missing number proves a
// missing event: true at account scope.
func Read(set *Set, gaps bool) *Session {
	s := &Session{Set: set, Account: gaps}
	obs := set.ordered()
	s.Obs = obs
	if gaps {
		s.Missing = missing(obs)
	}
	for i := range obs {
		o := &obs[i]
		leg := s.Leg(o.PartyID)
		if leg == nil {
			leg = &Leg{ID: o.PartyID, Number: wire.PartyNumber(o.PartyID), Session: s, Obs: make([]*Observation, 0, 8)}
			s.Legs = append(s.Legs, leg)
		}
		leg.Obs = append(leg.Obs, o)
		s.Origin = cmp.Or(s.Origin, o.Origin)
		s.LegacyID = cmp.Or(s.LegacyID, o.LegacyID)
		s.ServerID = cmp.Or(s.ServerID, o.ServerID)
	}
	slices.SortStableFunc(s.Legs, func(a, b *Leg) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.ID, b.ID))
	})
	for _, leg := range s.Legs {
		leg.identify()
		leg.segment()
	}
	s.findUnseen()
	return s
}

// Observed reports whether anything arrived for the session itself.
func (s *Session) Observed() bool { return len(s.Obs) > 0 }

// Leg finds a leg by party id, nil when it was not observed.
func (s *Session) Leg(id string) *Leg {
	for _, l := range s.Legs {
		if l.ID == id {
			return l
		}
	}
	return nil
}

// Caller returns the originator's leg, nil when it was not observed.
func (s *Session) Caller() *Leg {
	for _, l := range s.Legs {
		if l.IsCaller() {
			return l
		}
	}
	return nil
}

// BeginningInView reports whether it is known when the session began: its id carries
// the creation time, or none of its first numbers is missing.
func (s *Session) BeginningInView() bool {
	return wire.SessionStart(s.ID) != 0 || s.Observed() && (len(s.Missing) == 0 || s.Missing[0].From > 2)
}

// Lossy reports whether an event of the session is known to be missing.
func (s *Session) Lossy() bool { return len(s.Missing) > 0 || s.TailLost }

// Conference reports whether the session is a conference bridge's.
func (s *Session) Conference() bool { return s.Origin == string(wire.OriginConference) }

// RingOut reports whether the session is a RingOut's.
func (s *Session) RingOut() bool { return s.Origin == string(wire.OriginRingOut) }

// Gap reports whether a number strictly between two sequences is missing. Forever
// as the upper one means: any later number.
func (s *Session) Gap(after, before int64) bool {
	for _, r := range s.Missing {
		if r.To > after && r.From < before {
			return true
		}
	}
	return false
}

// Name adds an unseen party number that a peer names.
func (s *Session) Name(number int) {
	if number <= 0 || s.numbered(number) {
		return
	}
	if s.Named = append(s.Named, number); slices.Contains(s.Unseen, number) {
		return
	}
	s.Unseen = append(s.Unseen, number)
	slices.Sort(s.Unseen)
}

// Hidden reports whether a party was never seen that may be a person's: its number is
// named by no peer, does not follow a supervisor's, whose helpers are never notified,
// and is none of a conference's, whose proxies are not.
func (s *Session) Hidden() bool {
	if s.Conference() {
		return false
	}
	helper := 0
	for _, n := range s.Unseen {
		if slices.Contains(s.Named, n) {
			helper = n
			continue
		}
		if n-1 == helper && helper > 0 || slices.ContainsFunc(s.Legs, func(l *Leg) bool { return l.Supervisor && l.Number == n-1 }) {
			helper = n
			continue
		}
		return true
	}
	return false
}

func (s *Session) numbered(n int) bool {
	return slices.ContainsFunc(s.Legs, func(l *Leg) bool { return l.Number == n })
}

// maxUnseen bounds the list of unseen party numbers: an id may claim any number.
const maxUnseen = 64

func (s *Session) findUnseen() {
	next := 1
	for _, l := range s.Legs {
		for ; next < l.Number && len(s.Unseen) < maxUnseen; next++ {
			s.Unseen = append(s.Unseen, next)
		}
		next = max(next, l.Number+1)
	}
}

// missing lists the numbers that did not arrive between 2, or the first if lower,
// and the last. Observations without a number say nothing.
func missing(obs []Observation) []call.Range {
	var out []call.Range
	next := int64(2) // the first one notified in every complete capture
	for i := range obs {
		seq := obs[i].Seq
		if seq <= 0 {
			continue
		}
		if seq > next {
			out = append(out, call.Range{From: next, To: seq - 1})
		}
		next = max(next, seq+1)
		if seq == math.MaxInt64 {
			break
		}
	}
	return out
}

// identify settles who the leg belongs to and its from and to.
func (l *Leg) identify() {
	for _, o := range l.Obs {
		l.Extension = cmp.Or(l.Extension, o.ExtensionID)
		if l.Direction == "" {
			l.Direction = o.Direction
		}
		l.QueueCall = l.QueueCall || o.QueueCall
	}
	l.From = l.endpoint(func(o *Observation) *Endpoint { return &o.From })
	l.To = l.endpoint(func(o *Observation) *Endpoint { return &o.To })
}

// endpoint takes of each field the first value that was sent, completed by later
// values of the same number. The update that a consulted party gets after an
// attended transfer names the new far end, and identifies this leg only when
// nothing else does.
func (l *Leg) endpoint(of func(*Observation) *Endpoint) (out Endpoint) {
	take := func(updates bool) {
		for _, o := range l.Obs {
			if o.TransferUpdate() != updates {
				continue
			}
			e := of(o)
			if out.Number != "" && e.Number != "" && out.Number != e.Number {
				continue
			}
			out.Number = cmp.Or(out.Number, e.Number)
			out.Name = cmp.Or(out.Name, e.Name)
			out.ExtensionID = cmp.Or(out.ExtensionID, e.ExtensionID)
			out.DeviceID = cmp.Or(out.DeviceID, e.DeviceID)
		}
	}
	if take(false); out == (Endpoint{}) {
		take(true)
	}
	return out
}

// TransferUpdate reports whether the observation is the update that a remaining
// party gets when it was transferred to somebody else.
func (o *Observation) TransferUpdate() bool {
	return o.Kind == wire.Answered && o.Is(wire.ReasonAttendedTransfer)
}

var stateOf = [...]call.LegState{
	wire.KindUnknown:        call.StateUnknown,
	wire.Setup:              call.StateSetup,
	wire.Proceeding:         call.StateRinging,
	wire.Answered:           call.StateConnected,
	wire.Disconnected:       call.StateEnded,
	wire.Gone:               call.StateGone,
	wire.Parked:             call.StateParked,
	wire.Hold:               call.StateHolding,
	wire.VoiceMail:          call.StateVoicemail,
	wire.FaxReceive:         call.StateFax,
	wire.VoiceMailScreening: call.StateScreening,
}

// segment cuts the leg's life into reported states. An event that repeats the
// state before it (a recording started, an unhold that was no hold) cuts nothing.
// Time never runs backwards inside a leg: an event that is later in sequence and
// earlier in time counts at the time of the one before.
func (l *Leg) segment() {
	now := int64(math.MinInt64)
	var last *Observation
	l.Segments = make([]Segment, 0, min(len(l.Obs), 8))
	for _, o := range l.Obs {
		now = max(now, o.At)
		state := stateOf[o.Kind]
		l.Rang = l.Rang || state == call.StateRinging
		l.Connected = l.Connected || state == call.StateConnected || state == call.StateHolding
		n := len(l.Segments)
		if n > 0 {
			cur := &l.Segments[n-1]
			if l.Session.Gap(last.Seq, o.Seq) {
				cur.Uncertain = true
			}
			housekeeping := cur.State == call.StateGone && state == call.StateEnded && o.Reason == 0
			if cur.State == state && !parkedAgain(cur, state, now) || housekeeping {
				last = o
				continue
			}
			cur.To, cur.Next = now, o
		}
		l.Segments = append(l.Segments, Segment{State: state, From: now, To: Forever, First: o})
		last = o
	}
	for i := range l.Segments[:max(0, len(l.Segments)-1)] {
		if seg := &l.Segments[i]; seg.State == call.StateEnded && len(l.Session.Missing) > 0 {
			seg.Uncertain = true // it came back, so that this was no end: a Gone may be what is missing
		}
	}
	if n := len(l.Segments); n > 0 {
		cur := &l.Segments[n-1]
		if cur.State != call.StateEnded && l.Session.Gap(last.Seq, Forever) {
			cur.Uncertain = true
		}
	}
}

// parkedAgain: the leg was picked up, which no event of its own told, and parked once
// more.
func parkedAgain(cur *Segment, state call.LegState, now int64) bool {
	return state == call.StateParked && now-cur.From > 1000
}

// IsCaller reports whether the leg is the originator's: party number 1, also of a
// RingOut's initiator.
func (l *Leg) IsCaller() bool {
	return l.Number == 1
}

// Service reports whether a machine, not a person, is behind the leg.
func (l *Leg) Service() bool { return l.Router || l.Queue }

// Own is the leg's own end: from for a party that called, to for one that was
// called.
func (l *Leg) Own() *Endpoint {
	if l.Direction == wire.Outbound {
		return &l.From
	}
	return &l.To
}

// Far is the other end.
func (l *Leg) Far() *Endpoint {
	if l.Direction == wire.Outbound {
		return &l.To
	}
	return &l.From
}

// At returns the segment that covers an instant, nil before the leg began. At a
// boundary it is the later one.
func (l *Leg) At(t int64) *Segment {
	for i := len(l.Segments) - 1; i >= 0; i-- {
		if l.Segments[i].From <= t {
			return &l.Segments[i]
		}
	}
	return nil
}

// Before returns the segment that covers the moments just before t, nil when the
// leg had not begun.
func (l *Leg) Before(t int64) *Segment {
	for i := len(l.Segments) - 1; i >= 0; i-- {
		if l.Segments[i].From < t {
			return &l.Segments[i]
		}
	}
	return nil
}

// Last is the final segment.
func (l *Leg) Last() *Segment { return &l.Segments[len(l.Segments)-1] }

// Begin is when the leg was first reported.
func (l *Leg) Begin() int64 { return l.Segments[0].From }

// BegunUnseen reports whether the leg's beginning may be among what is missing, so
// that it may have been there before.
func (l *Leg) BegunUnseen() bool {
	first := l.Obs[0]
	return first.Kind != wire.Setup && first.Kind != wire.Proceeding && l.Session.Gap(0, first.Seq)
}

// Over reports whether the leg has ended or is gone.
func (l *Leg) Over() bool {
	s := l.Last().State
	return s == call.StateEnded || s == call.StateGone
}

// Find returns the first observation that ok accepts, nil when there is none.
func (l *Leg) Find(ok func(*Observation) bool) *Observation {
	for _, o := range l.Obs {
		if ok(o) {
			return o
		}
	}
	return nil
}

// Time is when an observation counts in its leg: never before an earlier one.
func (l *Leg) Time(o *Observation) int64 {
	t := int64(math.MinInt64)
	for _, p := range l.Obs {
		t = max(t, p.At)
		if p == o {
			break
		}
	}
	return t
}

// Leave ends the leg's media at an instant that only another leg's event tells: it
// is gone from then on, uncertainly. A leg that was reported doing something else
// later did not leave, and stays as reported.
func (l *Leg) Leave(at int64) {
	cut := -1
	for i := range l.Segments {
		seg := &l.Segments[i]
		if seg.From > at && seg.State != call.StateEnded && seg.State != call.StateGone {
			return
		}
		if cut < 0 && seg.To > at {
			cut = i
		}
	}
	if cut < 0 {
		return
	}
	if s := &l.Segments[cut]; s.From >= at || s.State == call.StateEnded || s.State == call.StateGone {
		return
	}
	seg := &l.Segments[cut]
	seg.To, seg.Uncertain = at, true
	l.Segments = append(l.Segments[:cut+1], Segment{State: call.StateGone, From: at, To: Forever, Uncertain: true})
}

// EndAt makes a segment the leg's end where nothing but tidying up follows it.
func (l *Leg) EndAt(seg *Segment) {
	for i := range l.Segments {
		if &l.Segments[i] != seg {
			continue
		}
		for _, later := range l.Segments[i+1:] {
			if later.State != call.StateEnded && later.State != call.StateGone {
				return
			}
		}
		seg.State, seg.To, seg.Next, seg.Uncertain = call.StateEnded, Forever, nil, false
		l.Segments = l.Segments[:i+1]
		return
	}
}
