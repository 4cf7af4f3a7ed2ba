// Package session holds what is known of one telephony session: the set of
// observations that arrived, and the legs it makes of them.
//
// A Set is a set in the mathematical sense. Adding an observation twice changes
// nothing, and the order of adding is forgotten: whatever reads a Set reads it in
// the order (sequence, eventTime, digest). That is why duplicates and disorder
// cannot matter above this package.
//
// The package keeps observations in two forms. A Set stores records, packed so that
// a million open sessions fit in memory and one more event touches little of it.
// Read unpacks them into Observations for the rules to look at.
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
	// FirstAt and LastAt are the earliest and the latest eventTime, zero while empty.
	FirstAt, LastAt int64
	// MaxSeq is the highest sequence seen.
	MaxSeq int64

	records []record
	parties []party
	index   map[uint64][]int32 // digest -> positions, built when the set grows large

	// Room for most sessions, beside what is touched anyway.
	seats [2]party
	room  [8]record
}

// record is one distinct observation, packed.
type record struct {
	seq, at int64
	uuid    uint64 // the smallest one, zero when it is none or no number
	digest  uint64
	face    *face
	extra   *Extra // nil when there is nothing extra
	kind    wire.Kind
	reason  Reason
	missed  bool
}

// party is the latest word on one party: enough to find its face again, and to tell
// without building a graph whether it is still alive.
type party struct {
	face   *face
	show   digest // of face, so that the usual comparison does not touch it
	seq    int64
	at     int64
	digest uint64
	number int32
	kind   wire.Kind
	reason Reason
}

// Start is when the session began: its id's creation time, else its earliest
// eventTime, else zero.
func (s *Set) Start() int64 {
	if t := wire.SessionStart(s.ID); t != 0 {
		return int64(t)
	}
	return s.FirstAt
}

// Copy returns a set of what s holds now, which later changes of s leave alone.
func (s *Set) Copy() *Set {
	return &Set{ID: s.ID, FirstAt: s.FirstAt, LastAt: s.LastAt, MaxSeq: s.MaxSeq, records: slices.Clone(s.records)}
}

// Len is the number of distinct observations.
func (s *Set) Len() int { return len(s.records) }

// Alive reports whether some party is neither disconnected nor gone.
func (s *Set) Alive() bool {
	for i := range s.parties {
		if k := s.parties[i].kind; k != wire.Disconnected && k != wire.Gone {
			return true
		}
	}
	return false
}

// Waits reports whether some party was parked: who retrieved it, or that it left,
// may be told by another party.
func (s *Set) Waits() bool {
	for i := range s.parties {
		if p := &s.parties[i]; p.kind == wire.Parked || p.reason == callPark || p.reason == parkLocation {
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
}

// Add adds what ev says of its party number i. It keeps no memory of ev.
func (s *Set) Add(ev *wire.Event, i int) Result {
	b, p := &ev.Body, &ev.Body.Parties[i]
	show := showing(b, p)
	r := record{seq: b.Sequence, at: int64(b.EventTime), extra: extraOf(p), kind: p.Status.Code.Kind(), reason: reasonOf(p.Status.Reason), missed: p.MissedCall}
	r.digest = r.computeDigest(show)
	if r.seq <= s.MaxSeq {
		if at := s.find(&r, b, p); at >= 0 {
			s.records[at].deliver(ev.UUID)
			return Result{Late: r.seq < s.MaxSeq}
		}
	}
	out := Result{Added: true, Late: r.seq < s.MaxSeq}
	known := s.party(show, p.ID)
	if known != nil && known.show == show {
		r.face = known.face
	} else {
		r.face, out.NewFace = newFace(b, p), true
	}
	r.extra = r.extra.clone()
	r.deliver(ev.UUID)
	s.insert(r, show, known)
	return out
}

// insert adds a record that is new, and remembers its party's latest word.
func (s *Set) insert(r record, show digest, known *party) {
	if s.records == nil {
		s.records = s.room[:0]
	}
	s.records = append(s.records, r)
	if s.index != nil {
		s.index[r.digest] = append(s.index[r.digest], int32(len(s.records)-1))
	}
	if known == nil {
		if s.parties == nil {
			s.parties = s.seats[:0]
		}
		s.parties = append(s.parties, party{seq: r.seq - 1, number: int32(wire.PartyNumber(r.face.get(partyID)))})
		known = &s.parties[len(s.parties)-1]
	}
	known.face, known.show = r.face, show
	if cmp.Or(cmp.Compare(known.seq, r.seq), cmp.Compare(known.at, r.at), cmp.Compare(known.digest, r.digest)) <= 0 {
		known.seq, known.at, known.digest, known.kind, known.reason = r.seq, r.at, r.digest, r.kind, r.reason
	}
	s.MaxSeq = max(s.MaxSeq, r.seq)
	if s.FirstAt == 0 || r.at < s.FirstAt {
		s.FirstAt = r.at
	}
	s.LastAt = max(s.LastAt, r.at)
}

// party finds a party by what it shows, else by its id.
func (s *Set) party(show digest, id string) *party {
	for i := range s.parties {
		if s.parties[i].show == show {
			return &s.parties[i]
		}
	}
	number := int32(wire.PartyNumber(id))
	for i := range s.parties {
		if s.parties[i].number == number && s.parties[i].face.get(partyID) == id {
			return &s.parties[i]
		}
	}
	return nil
}

// indexFrom is the size from which a set looks its duplicates up in a map.
const indexFrom = 48

func (s *Set) find(r *record, b *wire.Body, p *wire.Party) int {
	if len(s.records) < indexFrom {
		for i := range s.records {
			if s.records[i].digest == r.digest && s.records[i].says(r, b, p) {
				return i
			}
		}
		return -1
	}
	if s.index == nil {
		s.index = make(map[uint64][]int32, 2*len(s.records))
		for i := range s.records {
			s.index[s.records[i].digest] = append(s.index[s.records[i].digest], int32(i))
		}
	}
	for _, i := range s.index[r.digest] {
		if s.records[i].says(r, b, p) {
			return int(i)
		}
	}
	return -1
}

// says reports whether a record is what a new one, of an event, says.
func (r *record) says(n *record, b *wire.Body, p *wire.Party) bool {
	return r.seq == n.seq && r.at == n.at && r.kind == n.kind && r.reason == n.reason && r.missed == n.missed &&
		r.extra.same(n.extra) && r.face.shows(b, p)
}

// Faces calls f with the origin and the legacy id of each distinct face: all that
// is needed to find a RingOut's mirror.
func (s *Set) Faces(f func(origin, legacy string)) {
	var last *face
	for i := range s.records {
		if c := s.records[i].face; c != last {
			f(c.get(origin), c.get(legacyID))
			last = c
		}
	}
}

// ordered returns the observations, unpacked, in the order (sequence, eventTime,
// digest). Content decides between two whose digests collide, so that the order is
// total whatever is sent.
func (s *Set) ordered() []Observation {
	out := make([]Observation, len(s.records))
	unpacked := make([]Face, 0, len(s.records))
	packed := make([]*face, 0, 8)
	for i := range s.records {
		r := &s.records[i]
		n := slices.Index(packed, r.face)
		if n < 0 {
			n = len(packed)
			packed = append(packed, r.face)
			unpacked = append(unpacked, r.face.unpack())
		}
		out[i] = Observation{Seq: r.seq, At: r.at, Face: &unpacked[n], Extra: r.extra, Kind: r.kind, Reason: r.reason, Missed: r.missed, uuid: r.uuid, digest: r.digest}
		if r.extra == nil {
			out[i].Extra = &nothing
		}
	}
	if !slices.IsSortedFunc(out, compare) {
		slices.SortFunc(out, compare)
	}
	return out
}

var nothing Extra

func compare(a, b Observation) int {
	if c := cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.At, b.At), cmp.Compare(a.digest, b.digest)); c != 0 {
		return c
	}
	return strings.Compare(a.content(), b.content())
}
