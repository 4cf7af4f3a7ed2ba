package session

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/legworkhq/legwork/recon/wire"
)

// Observation is what one notification said of one party. It holds everything that
// a call graph can depend on, and nothing that depends on the delivery but the
// smallest uuid.
type Observation struct {
	Seq int64
	At  int64 // eventTime, milliseconds
	*Face
	*Extra
	Kind   wire.Kind
	Reason Reason
	Missed bool

	uuid   uint64
	digest uint64
}

// Extra holds what few observations have.
type Extra struct {
	PeerSession, PeerParty string
	Park                   string
	Recordings             []string
	CodeText               string // of an unknown code
	ReasonText             string // of an unknown reason

	uuid string // a uuid that is no number
}

// Reason is a status reason as a small number: 0 none, otherReason one that no
// specification lists (its text is in Extra.ReasonText).
type Reason uint8

const otherReason Reason = 255

var (
	reasons      = wire.Reasons()
	callPark     = reasonOf(wire.ReasonCallPark)
	parkLocation = reasonOf(wire.ReasonParkLocation)
)

func reasonOf(r wire.Reason) Reason {
	if r == "" {
		return 0
	}
	known, ok := r.Canonical()
	if !ok {
		return otherReason
	}
	return Reason(slices.Index(reasons, known) + 1)
}

// ReasonName is the reason's text, in the specification's spelling when it is a
// known one.
func (o *Observation) ReasonName() string {
	switch o.Reason {
	case 0:
		return ""
	case otherReason:
		return o.ReasonText
	}
	return string(reasons[o.Reason-1])
}

// Is reports whether the reason is one of rs.
func (o *Observation) Is(rs ...wire.Reason) bool {
	if o.Reason == 0 || o.Reason == otherReason {
		return false
	}
	return slices.Contains(rs, reasons[o.Reason-1])
}

// UnknownReason reports whether the reason stands in no specification.
func (o *Observation) UnknownReason() bool { return o.Reason == otherReason }

// CodeName is the code's text, in the specification's spelling when it is a known
// one.
func (o *Observation) CodeName() string {
	if o.Kind == wire.KindUnknown {
		return o.CodeText
	}
	return o.Kind.String()
}

// UUID is the smallest uuid under which the observation was delivered, "" when none
// was. Numbers come before texts, smaller ones first.
func (o *Observation) UUID() string {
	if o.uuid != 0 {
		return strconv.FormatUint(o.uuid, 10)
	}
	return o.Extra.uuid
}

// content spells an observation out, for the one case in a lifetime in which two
// digests collide.
func (o *Observation) content() string {
	f, x := *o.Face, *o.Extra
	x.uuid = ""
	return fmt.Sprintf("%+v %+v %d %d %t", f, x, o.Kind, o.Reason, o.Missed)
}

// extraOf returns what is extra about a party, nil when nothing is. It shares the
// event's memory.
func extraOf(p *wire.Party) *Extra {
	st := &p.Status
	known := st.Code.Kind() != wire.KindUnknown
	if st.PeerID == nil && st.ParkData == "" && p.Park.ID == "" && len(p.Recordings) == 0 && known && (st.Reason == "" || reasonOf(st.Reason) != otherReason) {
		return nil
	}
	x := &Extra{Park: st.ParkData}
	if x.Park == "" {
		x.Park = p.Park.ID
	}
	if st.PeerID != nil {
		x.PeerSession, x.PeerParty = st.PeerID.TelephonySessionID, st.PeerID.PartyID
	}
	for i := range p.Recordings {
		x.Recordings = append(x.Recordings, p.Recordings[i].ID)
	}
	if !known {
		x.CodeText = string(st.Code)
	}
	if reasonOf(st.Reason) == otherReason {
		x.ReasonText = string(st.Reason)
	}
	if x.same(nil) {
		return nil
	}
	return x
}

func (x *Extra) clone() *Extra {
	if x == nil {
		return nil
	}
	own := func(s string) string { return string([]byte(s)) }
	y := &Extra{PeerSession: own(x.PeerSession), PeerParty: own(x.PeerParty), Park: own(x.Park), CodeText: own(x.CodeText), ReasonText: own(x.ReasonText), uuid: x.uuid}
	for _, r := range x.Recordings {
		y.Recordings = append(y.Recordings, own(r))
	}
	return y
}

// same compares all but the uuid; nil is the same as nothing.
func (x *Extra) same(y *Extra) bool {
	if x == nil {
		x = &nothing
	}
	if y == nil {
		y = &nothing
	}
	return x.PeerSession == y.PeerSession && x.PeerParty == y.PeerParty && x.Park == y.Park &&
		x.CodeText == y.CodeText && x.ReasonText == y.ReasonText && slices.Equal(x.Recordings, y.Recordings)
}

// deliver notes the uuid of a delivery, keeping the smallest.
func (r *record) deliver(uuid string) {
	if uuid == "" {
		return
	}
	if n, ok := number(uuid); ok {
		if r.uuid == 0 || n < r.uuid {
			r.uuid = n
		}
		return
	}
	if r.extra != nil && r.extra.uuid != "" && (len(uuid) > len(r.extra.uuid) || len(uuid) == len(r.extra.uuid) && uuid >= r.extra.uuid) {
		return
	}
	var x Extra // a new one: copies of the set may share the old
	if r.extra != nil {
		x = *r.extra
	}
	x.uuid = string([]byte(uuid))
	r.extra = &x
}

// number reads a uuid as the positive decimal number that RingCentral sends.
func number(s string) (n uint64, ok bool) {
	if len(s) > 19 || s[0] == '0' {
		return 0, false
	}
	for i := 0; i < len(s); i++ {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + uint64(c)
	}
	return n, true
}
