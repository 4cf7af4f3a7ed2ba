// Package session holds what is known of one telephony session: the set of
// observations that arrived, and the legs it makes of them.
//
// A Set is a set in the mathematical sense. Adding an observation twice changes
// nothing, and the order of adding is forgotten: whatever reads a Set reads it in
// the order (sequence, eventTime, digest). That is why duplicates and disorder
// cannot matter above this package.
package session

import (
	"cmp"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/wire"
)

// Set is the observations of one telephony session.
type Set struct {
	ID string
	// Obs holds the distinct observations. Read it through Ordered.
	Obs []Observation
	// Parties summarises each party in order of first arrival.
	Parties []Party
	// FirstAt and LastAt are the earliest and the latest eventTime, zero while empty.
	FirstAt, LastAt int64
	// MaxSeq is the highest sequence seen.
	MaxSeq int64

	sorted bool
	index  map[uint64][]int32 // digest -> positions, built when the set grows large
}

// Party is the latest word on one party: enough to tell, without building a graph,
// whether it is still alive.
type Party struct {
	ID     string
	Number int
	face   *Face
	last   Observation
}

// Face is the part of an observation that seldom changes from one event to the
// next. Observations of one party share it.
type Face struct {
	PartyID, AccountID, ExtensionID string
	Direction                       wire.Direction
	From, To                        Endpoint
	Origin                          string
	LegacyID, ServerID              string
	ConferenceRole, RingOutRole     string
	// CallerName is the caller's name of a queue call, when the agent is shown one.
	CallerName string
	QueueCall  bool

	digest uint64
}

// Endpoint is a party's from or to.
type Endpoint struct{ Number, Name, ExtensionID, DeviceID string }

// Extra holds what few observations have.
type Extra struct {
	PeerSession, PeerParty string
	Park                   string
	Recordings             []string
	CodeText               string // of an unknown code
	ReasonText             string // of an unknown reason
}

// Observation is what one notification said of one party. It holds everything that
// a call graph can depend on, and nothing that depends on the delivery but the
// smallest UUID.
type Observation struct {
	Seq  int64
	At   int64 // eventTime, milliseconds
	UUID UUID
	*Face
	*Extra
	Kind   wire.Kind
	Reason Reason
	Missed bool

	digest uint64
}

var noExtra = &Extra{}

// Start is when the session began: its id's creation time, else its earliest
// eventTime, else zero.
func (s *Set) Start() int64 {
	if t := wire.SessionStart(s.ID); t != 0 {
		return int64(t)
	}
	return s.FirstAt
}

// Observed reports whether anything arrived for the session itself.
func (s *Set) Observed() bool { return len(s.Obs) > 0 }

// Alive reports whether some party is neither disconnected nor gone.
func (s *Set) Alive() bool {
	for i := range s.Parties {
		if k := s.Parties[i].last.Kind; k != wire.Disconnected && k != wire.Gone {
			return true
		}
	}
	return false
}

// Result says what Add did.
type Result struct {
	Added bool
	// Late: a later sequence of the session had arrived before.
	Late bool
	// NewFace: the party shows something that it did not show last.
	NewFace bool
	// At is the position of the observation in Obs, valid until the next Ordered.
	At int
}

// Add adds what ev says of its party number i. It keeps no memory of ev.
func (s *Set) Add(ev *wire.Event, i int) Result {
	p := &ev.Body.Parties[i]
	party := s.party(p.ID)
	var face *Face
	if party != nil && party.face.shows(&ev.Body, p) {
		face = party.face
	}
	obs := Observation{
		Seq: ev.Body.Sequence, At: int64(ev.Body.EventTime), Face: face, Extra: extraOf(p),
		Kind: p.Status.Code.Kind(), Reason: reasonOf(p.Status.Reason), Missed: p.MissedCall,
	}
	newFace := face == nil
	if newFace {
		obs.Face = newFaceOf(&ev.Body, p)
	}
	obs.digest = obs.computeDigest()
	if obs.Seq <= s.MaxSeq {
		if at := s.find(&obs); at >= 0 {
			if u := uuidOf(ev.UUID); s.Obs[at].UUID.empty() || !u.empty() && u.less(s.Obs[at].UUID) {
				s.Obs[at].UUID = u.clone()
			}
			return Result{At: at, Late: obs.Seq < s.MaxSeq}
		}
	}
	obs.UUID = uuidOf(ev.UUID).clone()
	obs.Extra = obs.Extra.clone()
	late := obs.Seq < s.MaxSeq
	s.insert(obs)
	return Result{Added: true, Late: late, NewFace: newFace, At: len(s.Obs) - 1}
}

// insert adds an observation that is new, and remembers its party's latest word.
func (s *Set) insert(obs Observation) {
	s.append(obs)
	if party := s.party(obs.PartyID); party == nil {
		s.Parties = append(s.Parties, Party{ID: obs.PartyID, Number: wire.PartyNumber(obs.PartyID), face: obs.Face, last: obs})
	} else {
		party.face = obs.Face
		if compare(&party.last, &obs) < 0 {
			party.last = obs
		}
	}
	s.MaxSeq = max(s.MaxSeq, obs.Seq)
	if s.FirstAt == 0 || obs.At < s.FirstAt {
		s.FirstAt = obs.At
	}
	s.LastAt = max(s.LastAt, obs.At)
}

// Ordered returns the observations in the order (sequence, eventTime, digest).
func (s *Set) Ordered() []Observation {
	if !s.sorted {
		if !slices.IsSortedFunc(s.Obs, compareValues) {
			slices.SortFunc(s.Obs, compareValues)
			s.index = nil
		}
		s.sorted = true
	}
	return s.Obs
}

func (s *Set) append(obs Observation) {
	if n := len(s.Obs); s.sorted && n > 0 && compare(&s.Obs[n-1], &obs) > 0 {
		s.sorted = false
	}
	s.Obs = append(s.Obs, obs)
	if s.index != nil {
		s.index[obs.digest] = append(s.index[obs.digest], int32(len(s.Obs)-1))
	}
}

func (s *Set) party(id string) *Party {
	for i := range s.Parties {
		if s.Parties[i].ID == id {
			return &s.Parties[i]
		}
	}
	return nil
}

// indexFrom is the size from which a set looks its duplicates up in a map.
const indexFrom = 48

func (s *Set) find(obs *Observation) int {
	if len(s.Obs) < indexFrom {
		for i := range s.Obs {
			if s.Obs[i].digest == obs.digest && s.Obs[i].same(obs) {
				return i
			}
		}
		return -1
	}
	if s.index == nil {
		s.index = make(map[uint64][]int32, 2*len(s.Obs))
		for i := range s.Obs {
			s.index[s.Obs[i].digest] = append(s.index[s.Obs[i].digest], int32(i))
		}
	}
	for _, i := range s.index[obs.digest] {
		if s.Obs[i].same(obs) {
			return int(i)
		}
	}
	return -1
}

func compareValues(a, b Observation) int { return compare(&a, &b) }

// compare orders observations by (sequence, eventTime, digest); content decides
// between two whose digests collide, so that the order is total whatever is sent.
func compare(a, b *Observation) int {
	if c := cmp.Compare(a.Seq, b.Seq); c != 0 {
		return c
	}
	if c := cmp.Compare(a.At, b.At); c != 0 {
		return c
	}
	if c := cmp.Compare(a.digest, b.digest); c != 0 {
		return c
	}
	if a.same(b) {
		return 0
	}
	return strings.Compare(a.content(), b.content())
}

// Waits reports whether the party was parked: who retrieved it, or that it left, may
// be told by another party.
func (p Party) Waits() bool {
	return p.last.Kind == wire.Parked || p.last.Is(wire.ReasonCallPark, wire.ReasonParkLocation)
}
