package session

import (
	"math/bits"
	"strings"

	"github.com/legworkhq/legwork/recon/wire"
)

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
}

// Endpoint is a party's from or to.
type Endpoint struct{ Number, Name, ExtensionID, DeviceID string }

// face is a Face packed into one string.
type face struct {
	text  string
	ends  [fields]uint32
	queue bool
}

// The fields of a packed face, in order.
const (
	partyID = iota
	accountID
	extensionID
	direction
	fromNumber
	fromName
	fromExtension
	fromDevice
	toNumber
	toName
	toExtension
	toDevice
	origin
	legacyID
	serverID
	conferenceRole
	ringOutRole
	callerName
	fields
)

// texts lists the fields of what an event shows of a party.
func texts(b *wire.Body, p *wire.Party) [fields]string {
	return [fields]string{
		p.ID, p.AccountID, p.ExtensionID, string(p.Direction),
		p.From.PhoneNumber, p.From.Name, p.From.ExtensionID, p.From.DeviceID,
		p.To.PhoneNumber, p.To.Name, p.To.ExtensionID, p.To.DeviceID,
		string(b.Origin.Type), b.SessionID, b.ServerID, p.ConferenceRole, p.RingOutRole, shownCaller(p),
	}
}

func shownCaller(p *wire.Party) string {
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

func newFace(b *wire.Body, p *wire.Party) *face {
	t := texts(b, p)
	return pack(&t, p.QueueCall)
}

func pack(t *[fields]string, queue bool) *face {
	f := &face{queue: queue}
	size := 0
	for i, s := range t {
		size += len(s)
		f.ends[i] = uint32(size)
	}
	var text strings.Builder
	text.Grow(size)
	for _, s := range t {
		text.WriteString(s)
	}
	f.text = text.String()
	return f
}

func (f *face) get(i int) string {
	if i == 0 {
		return f.text[:f.ends[0]]
	}
	return f.text[f.ends[i-1]:f.ends[i]]
}

// shows reports whether the face is what an event shows of a party.
func (f *face) shows(b *wire.Body, p *wire.Party) bool {
	if f.queue != p.QueueCall {
		return false
	}
	t := texts(b, p)
	for i, s := range t {
		if f.get(i) != s {
			return false
		}
	}
	return true
}

func (f *face) unpack() Face {
	return Face{
		PartyID: f.get(partyID), AccountID: f.get(accountID), ExtensionID: f.get(extensionID), Direction: wire.Direction(f.get(direction)),
		From:   Endpoint{f.get(fromNumber), f.get(fromName), f.get(fromExtension), f.get(fromDevice)},
		To:     Endpoint{f.get(toNumber), f.get(toName), f.get(toExtension), f.get(toDevice)},
		Origin: f.get(origin), LegacyID: f.get(legacyID), ServerID: f.get(serverID),
		ConferenceRole: f.get(conferenceRole), RingOutRole: f.get(ringOutRole), CallerName: f.get(callerName), QueueCall: f.queue,
	}
}

func (f *face) digest() digest {
	var d digest
	for i := range fields {
		d.text(f.get(i))
	}
	d.flag(f.queue)
	return d
}

// showing is the digest of what an event shows of a party.
func showing(b *wire.Body, p *wire.Party) digest {
	var d digest
	t := texts(b, p)
	for i := range t {
		d.text(t[i])
	}
	d.flag(p.QueueCall)
	return d
}

// Key identifies a session by the digest of its id, so that finding one need not
// touch the id.
type Key struct{ digest }

// KeyOf digests a session id.
func KeyOf(id string) Key {
	var k Key
	k.text(id)
	k.word(0)
	return k
}

// Hash is a part of the key that is the same in every process.
func (k Key) Hash() uint64 { return k.a }

// digest is a fixed, unkeyed hash of 128 bits, wide enough to stand for what it
// digests. It is the same on every machine, in every process and version, because
// the order of conflicting observations depends on it.
type digest struct{ a, b uint64 }

// pair digests sixteen bytes with one multiplication. Each half also keeps what it
// had, so that no factor of zero can wipe it out.
func (d *digest) pair(v, w uint64) {
	hi, lo := bits.Mul64(d.a^v^0x9e3779b97f4a7c15, d.b^w^0xd6e8feb86659fd93)
	d.a, d.b = hi^bits.RotateLeft64(d.b, 23)^v, lo^bits.RotateLeft64(d.a, 41)+w
}

func (d *digest) word(w uint64) { d.pair(w, 0x2545f4914f6cdd1d) }

// text digests a string sixteen bytes at a time; the last pair, of up to fifteen,
// also carries the length, so that neighbours do not run into one another.
func (d *digest) text(s string) {
	n := uint64(len(s)) << 56
	for len(s) >= 16 {
		d.pair(load(s), load(s[8:]))
		s = s[16:]
	}
	var v uint64
	if len(s) >= 8 {
		v = load(s)
		s = s[8:]
	}
	switch {
	case len(s) >= 4:
		n ^= uint64(load4(s)) | uint64(load4(s[len(s)-4:]))<<24
	case len(s) > 0:
		n ^= uint64(s[0]) | uint64(s[len(s)/2])<<8 | uint64(s[len(s)-1])<<16
	}
	d.pair(v, n)
}

// load4 and load read the first bytes of a string as a number.
func load4(s string) uint32 {
	_ = s[3]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

func load(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func (d *digest) flag(b bool) {
	if b {
		d.word(1)
	} else {
		d.word(2)
	}
}

func (r *record) computeDigest(show digest) uint64 {
	d := show
	d.word(uint64(r.seq))
	d.word(uint64(r.at))
	d.word(uint64(r.kind)<<16 | uint64(r.reason)<<8)
	d.flag(r.missed)
	if x := r.extra; x != nil {
		d.text(x.PeerSession)
		d.text(x.PeerParty)
		d.text(x.Park)
		d.text(x.CodeText)
		d.text(x.ReasonText)
		for _, id := range x.Recordings {
			d.text(id)
		}
	}
	return d.a ^ d.b
}
