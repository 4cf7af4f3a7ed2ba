package pbx

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
)

// session is one telephony session.
type session struct {
	index         int // in order of creation
	id, tail      string
	legacy        string
	legacyNumber  int64
	server        string
	origin        wire.OriginType
	created       int64
	began         int64 // first notification
	seq           int64 // of the last change, notified or not
	first, last   int64 // notified
	count         int
	gaps          []call.Range
	numbers       int // parties, notified or not
	parties       []*party
	dialled       string  // by the originator
	dialledOwner  *person // whom it reached first
	callerNamed   bool    // the caller's name has been looked up
	room          int     // index of the first session of its room
	group         int     // index of the first session of its call
	mirror        bool    // repeats a RingOut
	page          bool    // a page: nothing can be done with it but to listen
	originator    *person
	originatorLeg *party
}

// party is one endpoint's stay in a session, known to the switch. Not everybody's is
// notified.
type party struct {
	in        *session
	number    int
	id        string
	who       *person
	direction wire.Direction
	ext       string // extension id, "" for outside parties
	from, to  wire.Endpoint
	fromOwner *person // whose number and name from shows
	toOwner   *person
	toNumber  *person // whose number to shows, where that is another one's
	unseen    bool    // nobody is notified about it
	proxy     bool    // stands in a conference for somebody of another session
	stands    *party  // the leg of that other session
	queueCall bool
	queue     *party // of an agent's leg

	state      call.LegState // what this party itself does: setup, ringing, connected, holding, voicemail, screening, fax, gone, ended
	parked     bool          // waits for somebody to pick up
	service    bool          // a machine: neither hears nor talks
	mode       call.Mode
	supervises *party // the agent's leg
	by         supervision
	muted      bool
	recordings []wire.Recording
	pickup     *wire.MobilePickup
	confRole   string
	outRole    string

	// What the answer key needs.
	told             int64 // instant of the last notification
	rang, met, faxed bool
	mailbox          bool
	screened         bool
	answered         bool // connected or holding at some time
	peer             *call.Peer
	end              *call.End
	roles            []call.Role
	moved            call.LegOutcome // what took the leg away, "" for an end of its own
	fate             call.LegOutcome // how it ended unanswered, "" when its life tells
	calls            bool            // the originator's, on another device
	fromShown        call.Endpoint
	toShown          call.Endpoint
	states           []call.State
	records          []call.Recording
	fell             call.LegOutcome // in the answer key
	waitMs, talkMs   int64
	talking          bool
	goneAt           int64
	own              *party // of an unseen party: the same person's leg in their own session
	twin             *party // of a leg that is Gone: the same person's party in the peer session
	flipped          *party // of the leg that a flip rings: the one it replaces
	ringSince        int64
	parkedAt         string  // the number where the party waits
	parkedBy         *person // who parked it
	location         bool    // at a park location
	recalls          *party  // of a leg that rings the parker again
	tookOver         bool    // of a supervisor
	ringout          *link   // of a RingOut's initiator
	reflection       *party  // of a RingOut's initiator: its leg in the mirror session
	paging           bool    // of who pages
}

func (p *party) alive() bool {
	return p.state != "" && p.state != call.StateEnded && p.state != call.StateGone
}

// up: the party is on the line, talking or holding.
func (p *party) up() bool {
	return p.state == call.StateConnected || p.state == call.StateHolding
}

func (p *party) isCaller() bool { return p.number == 1 }

// machine is the server that the run's sessions live on.
type machine struct {
	address string // 10.13.23.147
	server  string // 10.13.23.147.TAM
	tag     string // 10.13.23.147 as a0d1793, and the boot tag
	counter uint64
	legacy  int64
}

func (s *Switch) newMachine() machine {
	a, b, c := s.r.IntN(100)+1, s.r.IntN(254)+1, s.r.IntN(254)+1
	var m machine
	var buf [16]byte
	dst := append(buf[:0], "10."...)
	dst = strconv.AppendInt(dst, int64(a), 10)
	dst = strconv.AppendInt(append(dst, '.'), int64(b), 10)
	dst = strconv.AppendInt(append(dst, '.'), int64(c), 10)
	m.server = string(append(dst, ".TAM"...))
	m.address = m.server[:len(m.server)-len(".TAM")]
	tag := append(make([]byte, 0, 16), 'a')
	tag = appendHex(tag, uint64(a)<<16|uint64(b)<<8|uint64(c), 6)
	tag = appendHex(tag, uint64(s.r.IntN(1<<24)), 6)
	m.tag = string(tag)
	m.counter = 0x80000 + s.r.Uint64N(0x70000)
	m.legacy = 400_000_000 + s.r.Int64N(500_000_000)
	return m
}

func appendHex(dst []byte, n uint64, width int) []byte {
	const digits = "0123456789abcdef"
	for i := width - 1; i >= 0; i-- {
		dst = append(dst, digits[n>>(4*i)&15])
	}
	return dst
}

// session creates a session. It takes a few milliseconds until its first change.
func (s *Switch) session(origin wire.OriginType) *session {
	t := s.newSession()
	t.index, t.origin, t.created, t.server = len(s.sessions), origin, s.now, s.machine.server
	t.room, t.group = t.index, t.index
	s.machine.counter += 1 + s.r.Uint64N(40)
	s.machine.legacy += 5 + s.r.Int64N(30) // a mirror's stands one to four above
	t.legacyNumber = s.machine.legacy
	s.identify(t)
	if t.seq = 1; s.d.Is(dialect.SequenceStart, dialect.One) {
		t.seq = 0
	}
	s.sessions = append(s.sessions, t)
	return t
}

// identify gives a session its ids.
func (s *Switch) identify(t *session) {
	s.identifyLegacy(t)
	switch s.ids {
	case wire.Grammar2018:
		digits := strconv.FormatInt(171_000_000_000_000_000+s.r.Int64N(1_000_000_000_000_000), 10)
		t.tail = "cs" + digits
		t.id = base64.RawURLEncoding.EncodeToString([]byte(t.tail + "@" + s.machine.address))
	case wire.Grammar2019:
		var raw [16]byte
		for i := range raw {
			raw[i] = byte(s.r.Uint32())
		}
		tail := hex.EncodeToString(raw[:])
		t.id, t.tail = "s-"+tail, "p-"+tail
	default:
		var buf [64]byte
		b := append(buf[:0], "s-"...)
		b = append(append(b, s.machine.tag...), 'z')
		b = appendHex(b, uint64(t.created), 11)
		b = append(b, 'z')
		b = strconv.AppendUint(b, s.machine.counter, 16)
		b = append(b, "0000"...)
		t.id = string(b)
		b[0] = 'p'
		t.tail = string(b)
	}
}

// identifyLegacy: the legacy id ends as the account's, and is "0" for a conference.
// [observed]
func (s *Switch) identifyLegacy(t *session) {
	if t.legacy = "0"; t.origin != wire.OriginConference {
		t.legacy = strconv.FormatInt(t.legacyNumber, 10) + pod(s.x.company.Account)
	}
}

// anonymous makes a caller who withholds the number a person of their own.
func (s *Switch) anonymous(p *party) {
	if p.who.number == Anonymous {
		p.who.id, p.who.kind = call.ParticipantID("leg:"+p.id), call.UnknownParticipant
	}
}

func pod(account string) string {
	if len(account) < 3 {
		return account
	}
	return account[len(account)-3:]
}

// party adds a party to a session.
func (s *Switch) party(t *session, who *person, d wire.Direction) *party {
	t.numbers++
	p := s.newParty()
	p.in, p.number, p.id, p.who, p.direction, p.mode = t, t.numbers, t.tail+"-"+strconv.Itoa(t.numbers), who, d, call.TwoWay
	if who != nil && who.ext != nil {
		p.ext = who.ext.ID
	}
	t.parties = append(t.parties, p)
	return p
}

// unnoticed adds a party that nobody is notified about, and lets it use numbers.
func (s *Switch) unnoticed(t *session, who *person, d wire.Direction, changes int) *party {
	p := s.party(t, who, d)
	p.unseen = true
	s.skip(t, changes)
	return p
}

// skip uses up sequence numbers.
func (s *Switch) skip(t *session, changes int) {
	if s.d.Is(dialect.HelperNumbers, dialect.HelpersUncounted) || changes == 0 {
		return
	}
	t.gaps = append(t.gaps, call.Range{From: t.seq + 1, To: t.seq + int64(changes)})
	t.seq += int64(changes)
}

// unite makes two sessions one call.
func (s *Switch) unite(a, b *session) {
	from, to := a.group, b.group
	if from > to {
		from, to = to, from
	}
	for _, t := range s.sessions {
		if t.group == to {
			t.group = from
		}
	}
}
