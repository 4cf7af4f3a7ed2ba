package session

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/legworkhq/legwork/recon/wire"
)

// Reason is a status reason as a small number: 0 none, otherReason one that no
// specification lists (its text is in Extra.ReasonText).
type Reason uint8

const otherReason Reason = 255

var reasons = wire.Reasons()

// ReasonOf numbers a known reason, for comparing.
func ReasonOf(r wire.Reason) Reason { return reasonOf(r) }

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

func extraOf(p *wire.Party) *Extra {
	st := &p.Status
	known := st.Code.Kind() != wire.KindUnknown
	_, reasonKnown := st.Reason.Canonical()
	if st.PeerID == nil && st.ParkData == "" && p.Park.ID == "" && len(p.Recordings) == 0 && known && reasonKnown {
		return noExtra
	}
	x := &Extra{Park: st.ParkData}
	if x.Park == "" {
		x.Park = p.Park.ID
	}
	if st.PeerID != nil {
		x.PeerSession, x.PeerParty = st.PeerID.TelephonySessionID, st.PeerID.PartyID
	}
	for _, r := range p.Recordings {
		x.Recordings = append(x.Recordings, r.ID)
	}
	if !known {
		x.CodeText = string(st.Code)
	}
	if !reasonKnown {
		x.ReasonText = string(st.Reason)
	}
	return x
}

func (x *Extra) clone() *Extra {
	if x == noExtra {
		return x
	}
	y := *x
	y.Recordings = slices.Clone(x.Recordings)
	var b packer
	b.add(&y.PeerSession, &y.PeerParty, &y.Park, &y.CodeText, &y.ReasonText)
	for i := range y.Recordings {
		b.add(&y.Recordings[i])
	}
	b.pack()
	return &y
}

func (x *Extra) same(y *Extra) bool {
	return x == y || x.PeerSession == y.PeerSession && x.PeerParty == y.PeerParty && x.Park == y.Park &&
		x.CodeText == y.CodeText && x.ReasonText == y.ReasonText && slices.Equal(x.Recordings, y.Recordings)
}

func newFaceOf(b *wire.Body, p *wire.Party) *Face {
	f := &Face{
		PartyID: p.ID, AccountID: p.AccountID, ExtensionID: p.ExtensionID, Direction: p.Direction,
		From: endpointOf(&p.From), To: endpointOf(&p.To), Origin: string(b.Origin.Type), LegacyID: b.SessionID, ServerID: b.ServerID,
		ConferenceRole: p.ConferenceRole, RingOutRole: p.RingOutRole, CallerName: callerName(p), QueueCall: p.QueueCall,
	}
	direction := string(f.Direction)
	var pk packer
	pk.add(&f.PartyID, &f.AccountID, &f.ExtensionID, &direction, &f.From.Number, &f.From.Name, &f.From.ExtensionID, &f.From.DeviceID,
		&f.To.Number, &f.To.Name, &f.To.ExtensionID, &f.To.DeviceID, &f.Origin, &f.LegacyID, &f.ServerID,
		&f.ConferenceRole, &f.RingOutRole, &f.CallerName)
	pk.pack()
	f.Direction = wire.Direction(direction)
	f.digest = f.computeDigest()
	return f
}

func endpointOf(e *wire.Endpoint) Endpoint {
	return Endpoint{Number: e.PhoneNumber, Name: e.Name, ExtensionID: e.ExtensionID, DeviceID: e.DeviceID}
}

func (e *Endpoint) is(w *wire.Endpoint) bool {
	return e.Number == w.PhoneNumber && e.Name == w.Name && e.ExtensionID == w.ExtensionID && e.DeviceID == w.DeviceID
}

func callerName(p *wire.Party) string {
	if u := p.UICallInfo; u != nil {
		if u.Additional.Type == "CallerIdName" {
			return u.Additional.Value
		}
		if u.Primary.Type == "CallerIdName" {
			return u.Primary.Value
		}
	}
	return ""
}

// shows reports whether the face is what the event shows.
func (f *Face) shows(b *wire.Body, p *wire.Party) bool {
	return f.PartyID == p.ID && f.AccountID == p.AccountID && f.ExtensionID == p.ExtensionID && f.Direction == p.Direction &&
		f.From.is(&p.From) && f.To.is(&p.To) && f.QueueCall == p.QueueCall &&
		f.Origin == string(b.Origin.Type) && f.LegacyID == b.SessionID && f.ServerID == b.ServerID &&
		f.ConferenceRole == p.ConferenceRole && f.RingOutRole == p.RingOutRole && f.CallerName == callerName(p)
}

func (f *Face) same(g *Face) bool {
	if f == g {
		return true
	}
	a, b := *f, *g
	return a == b
}

func (o *Observation) same(p *Observation) bool {
	return o.Seq == p.Seq && o.At == p.At && o.Kind == p.Kind && o.Reason == p.Reason && o.Missed == p.Missed &&
		o.Face.same(p.Face) && o.Extra.same(p.Extra)
}

// content spells an observation out, for the one case in a lifetime in which two
// digests collide.
func (o *Observation) content() string {
	f := *o.Face
	return fmt.Sprintf("%+v %+v %d %d %t", f, *o.Extra, o.Kind, o.Reason, o.Missed)
}

// digester is a fixed, unkeyed 64-bit hash: the same on every machine, in every
// process and version, because the order of conflicting observations depends on it.
type digester uint64

func (d *digester) word(w uint64) {
	hi, lo := bits.Mul64(uint64(*d)^w^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	*d = digester(hi ^ lo ^ w)
}

func (d *digester) text(s string) {
	d.word(uint64(len(s)))
	for len(s) >= 8 {
		d.word(uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56)
		s = s[8:]
	}
	if len(s) > 0 {
		var w uint64
		for i := 0; i < len(s); i++ {
			w |= uint64(s[i]) << (8 * i)
		}
		d.word(w)
	}
}

func (d *digester) endpoint(e *Endpoint) {
	d.text(e.Number)
	d.text(e.Name)
	d.text(e.ExtensionID)
	d.text(e.DeviceID)
}

func (d *digester) flag(b bool) {
	if b {
		d.word(1)
	} else {
		d.word(2)
	}
}

func (f *Face) computeDigest() uint64 {
	var d digester
	d.text(f.PartyID)
	d.text(f.AccountID)
	d.text(f.ExtensionID)
	d.text(string(f.Direction))
	d.endpoint(&f.From)
	d.endpoint(&f.To)
	d.text(f.Origin)
	d.text(f.LegacyID)
	d.text(f.ServerID)
	d.text(f.ConferenceRole)
	d.text(f.RingOutRole)
	d.text(f.CallerName)
	d.flag(f.QueueCall)
	return uint64(d)
}

func (o *Observation) computeDigest() uint64 {
	d := digester(o.Face.digest)
	d.word(uint64(o.Seq))
	d.word(uint64(o.At))
	d.word(uint64(o.Kind)<<16 | uint64(o.Reason)<<8)
	d.flag(o.Missed)
	if x := o.Extra; x != noExtra {
		d.text(x.PeerSession)
		d.text(x.PeerParty)
		d.text(x.Park)
		d.text(x.CodeText)
		d.text(x.ReasonText)
		for _, r := range x.Recordings {
			d.text(r)
		}
	}
	return uint64(d)
}

// UUID is a notification's uuid: as a number where it is the decimal number that
// RingCentral sends, as text otherwise.
type UUID struct {
	n    uint64
	text string
}

func uuidOf(s string) UUID {
	if len(s) > 0 && len(s) <= 19 && s[0] != '0' {
		var n uint64
		for i := 0; i < len(s); i++ {
			c := s[i] - '0'
			if c > 9 {
				return UUID{text: s}
			}
			n = n*10 + uint64(c)
		}
		return UUID{n: n}
	}
	return UUID{text: s}
}

func (u UUID) empty() bool { return u.n == 0 && u.text == "" }

// less orders numbers before texts, numbers by value, texts by length and then by
// bytes.
func (u UUID) less(v UUID) bool {
	switch {
	case u.text == "" && v.text == "":
		return u.n < v.n
	case u.text == "" || v.text == "":
		return u.text == ""
	case len(u.text) != len(v.text):
		return len(u.text) < len(v.text)
	}
	return u.text < v.text
}

func (u UUID) clone() UUID {
	if u.text != "" {
		u.text = string([]byte(u.text))
	}
	return u
}

func (u UUID) String() string {
	if u.n != 0 {
		return strconv.FormatUint(u.n, 10)
	}
	return u.text
}

// packer copies many short strings into one allocation.
type packer struct {
	to   [24]*string
	more []*string
	n    int
}

func (k *packer) add(ss ...*string) {
	for _, s := range ss {
		if k.n < len(k.to) {
			k.to[k.n] = s
		} else {
			k.more = append(k.more, s)
		}
		k.n++
	}
}

func (k *packer) pack() {
	size := 0
	k.each(func(s *string) { size += len(*s) })
	var buf strings.Builder
	buf.Grow(size)
	k.each(func(s *string) { buf.WriteString(*s) })
	all, at := buf.String(), 0
	k.each(func(s *string) {
		*s, at = all[at:at+len(*s)], at+len(*s)
	})
}

func (k *packer) each(f func(*string)) {
	for _, s := range k.to[:min(k.n, len(k.to))] {
		f(s)
	}
	for _, s := range k.more {
		f(s)
	}
}
