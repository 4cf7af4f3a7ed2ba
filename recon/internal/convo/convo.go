// Package convo reads conversations: a test's events, written so that a person can
// read them to a colleague.
//
//	# The caller rings Ann at extension 104.
//	name 104 Ann Lee
//	session A
//	+0     A-1 out         Setup      from=+14048096345 to=+14155550100?
//	+0.02  A-2 in  ext=104 Setup      from=+14048096345 to=104
//	+0.06  A-1             Answered   to=104
//	+4     A-2             Answered
//	+9     A-2             Disconnected
//	+9.01  A-1             Disconnected
//
// A line is: the time in seconds since the start; the party (session letter and
// number); what is new about it; the status code, "/" and the reason. Direction, ext,
// from and to are remembered from line to line, as RingCentral sends every party in
// full. An endpoint of three or four digits is an extension, sent with its internal id
// and its name; a trailing "?" leaves those out. Other members: peer=B-1 (rest-peer=
// for the shape of REST answers), park=801, parkdata=801, rec=ID, role=Host,
// ringout=Initiator, queue, missed.
//
// Other lines: "session B origin=Conference legacy=0 ids=2019", "skip A 2" (two
// numbers of A are used by parties that nobody is notified about), "#" prose.
package convo

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/legworkhq/legwork/recon/wire"
)

// Start is the instant +0 of every conversation: 2026-03-02T15:00:00.000Z.
const Start wire.Time = 1772463600000

// Account is the account of every conversation.
const Account = "400131426008"

// Parse reads a conversation. Errors name the line.
func Parse(text string) ([]wire.Event, error) {
	p := parser{sessions: map[string]*sess{}, parties: map[string]*wire.Party{}, names: map[string]string{}}
	for i, line := range strings.Split(text, "\n") {
		if cut := strings.Index(line, "#"); cut >= 0 {
			line = line[:cut]
		}
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := p.line(words); err != nil {
			return nil, fmt.Errorf("line %d: %q: %w", i+1, strings.TrimSpace(line), err)
		}
	}
	return p.events, nil
}

// ExtensionID is the internal id of an extension number.
func ExtensionID(number string) string { return "62254" + number + "008" }

// SessionID is the id of a session letter, when the conversation names no grammar.
func SessionID(letter string, at float64) string { return ids("2022", letter, at).session }

type parser struct {
	events   []wire.Event
	sessions map[string]*sess
	parties  map[string]*wire.Party
	names    map[string]string
}

type sess struct {
	letter, origin, legacy, grammar string
	id                              identifier
	seq                             int64
}

type identifier struct{ session, party string }

func ids(grammar, letter string, at float64) identifier {
	n := int64(letter[0])
	created := int64(Start) + int64(math.Round(at*1000)) - 25
	switch grammar {
	case "2019":
		tail := fmt.Sprintf("%030x%02x", created, n)
		return identifier{"s-" + tail, "p-" + tail}
	case "2018":
		tail := fmt.Sprintf("cs1718%011d%02d", created%100_000_000_000, n)
		return identifier{base64.RawURLEncoding.EncodeToString([]byte(tail + "@10.62.25.111")), tail}
	}
	tail := fmt.Sprintf("a0d1793285c1az%xz%x0000", created, 0x80c00+n)
	return identifier{"s-" + tail, "p-" + tail}
}

func (p *parser) line(words []string) error {
	switch words[0] {
	case "name":
		p.names[words[1]] = strings.Join(words[2:], " ")
	case "session":
		return p.session(words[1:])
	case "skip":
		s := p.sessions[words[1]]
		n, err := strconv.Atoi(words[2])
		if s == nil || err != nil {
			return fmt.Errorf("skip needs a session and a count")
		}
		s.seq += int64(n)
	default:
		return p.event(words)
	}
	return nil
}

func (p *parser) session(words []string) error {
	s := &sess{letter: words[0], origin: "Call", legacy: strconv.FormatInt(429182000016+int64(words[0][0])*10_000, 10), grammar: "2022", seq: 1}
	at := math.NaN()
	for _, w := range words[1:] {
		k, v, _ := strings.Cut(w, "=")
		switch k {
		case "origin":
			s.origin = v
		case "legacy":
			s.legacy = v
		case "ids":
			s.grammar = v
		case "at":
			f, err := strconv.ParseFloat(v, 64)
			if err != nil {
				return err
			}
			at = f
		default:
			return fmt.Errorf("unknown member %q", k)
		}
	}
	if !math.IsNaN(at) {
		s.id = ids(s.grammar, s.letter, at)
	}
	p.sessions[s.letter] = s
	return nil
}

func (p *parser) event(words []string) error {
	at, err := strconv.ParseFloat(strings.TrimPrefix(words[0], "+"), 64)
	if err != nil {
		return fmt.Errorf("a line begins with +seconds, session, skip or name")
	}
	letter, number, ok := strings.Cut(words[1], "-")
	s := p.sessions[letter]
	if !ok || s == nil {
		return fmt.Errorf("no session %q", letter)
	}
	if s.id == (identifier{}) {
		s.id = ids(s.grammar, letter, at)
	}
	party := p.parties[words[1]]
	if party == nil {
		party = &wire.Party{AccountID: Account, ID: s.id.party + "-" + number}
		p.parties[words[1]] = party
	}
	party.Status = wire.Status{}
	party.Park = wire.Park{}
	party.MissedCall = false
	for _, w := range words[2:] {
		if err := p.word(party, w); err != nil {
			return err
		}
	}
	s.seq++
	p.events = append(p.events, p.notification(s, *party, at))
	return nil
}

func (p *parser) notification(s *sess, party wire.Party, at float64) wire.Event {
	t := Start + wire.Time(math.Round(at*1000))
	n := uint64(s.letter[0])*1_000_003 + uint64(s.seq)*7919
	resource := "/restapi/v1.0/account/" + Account
	if party.ExtensionID != "" {
		resource += "/extension/" + party.ExtensionID
	}
	return wire.Event{
		UUID: strconv.FormatUint(4_000_000_000_000_000_000+n, 10), Resource: resource + "/telephony/sessions", Timestamp: t + 50,
		SubscriptionID: "2461434a-276a-4073-bd26-34089effbad5", OwnerID: ExtensionID("101"),
		Body: wire.Body{Sequence: s.seq, SessionID: s.legacy, TelephonySessionID: s.id.session, ServerID: "10.13.23.147.TAM", EventTime: t,
			Origin: wire.Origin{Type: wire.OriginType(s.origin)}, Parties: []wire.Party{party}},
	}
}

func (p *parser) word(party *wire.Party, w string) error {
	k, v, given := strings.Cut(w, "=")
	switch {
	case !given && k == "out":
		party.Direction = wire.Outbound
	case !given && k == "in":
		party.Direction = wire.Inbound
	case !given && k == "queue":
		party.QueueCall = true
	case !given && k == "missed":
		party.MissedCall = true
	case !given:
		code, reason, _ := strings.Cut(w, "/")
		party.Status.Code, party.Status.Reason = wire.Code(code), wire.Reason(reason)
	case k == "ext":
		party.ExtensionID = ExtensionID(v)
		if v == "-" {
			party.ExtensionID = ""
		}
	case k == "from":
		party.From = p.endpoint(v)
	case k == "to":
		party.To = p.endpoint(v)
	case k == "peer", k == "rest-peer":
		return p.peer(party, v, k == "rest-peer")
	case k == "park":
		party.Park.ID = v
	case k == "parkdata":
		party.Status.ParkData = v
	case k == "rec":
		party.Recordings = []wire.Recording{{ID: v, Active: true}}
	case k == "role":
		party.ConferenceRole = v
	case k == "ringout":
		party.RingOutRole = v
	default:
		return fmt.Errorf("unknown word %q", w)
	}
	return nil
}

func (p *parser) endpoint(v string) wire.Endpoint {
	bare := strings.TrimSuffix(v, "?")
	e := wire.Endpoint{PhoneNumber: bare}
	if shown, ext, ok := strings.Cut(bare, ":"); ok { // a number and the extension behind it
		e.PhoneNumber = shown
		e.ExtensionID, e.Name = ExtensionID(ext), p.names[ext]
		return e
	}
	if bare == v && !strings.HasPrefix(v, "+") && len(v) <= 4 && !strings.ContainsAny(v, "*") {
		e.ExtensionID = ExtensionID(v)
	}
	if bare == v {
		e.Name = p.names[v]
	}
	return e
}

func (p *parser) peer(party *wire.Party, v string, rest bool) error {
	letter, number, _ := strings.Cut(v, "-")
	s := p.sessions[letter]
	if s == nil || s.id == (identifier{}) {
		return fmt.Errorf("peer %q: no such session yet (declare it with at=)", v)
	}
	party.Status.PeerID = &wire.PeerID{TelephonySessionID: s.id.session, SessionID: s.legacy, REST: rest}
	if number != "" {
		party.Status.PeerID.PartyID = s.id.party + "-" + number
	}
	return nil
}
