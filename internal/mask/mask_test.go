package mask

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/wire"
)

func TestPermuteIsOneToOne(t *testing.T) {
	k := testKey(1)
	for _, size := range []uint64{1, 2, 3, 10, 90, 900, 1000, 4097} {
		seen := map[uint64]bool{}
		for x := range size {
			y := k.permute("test", x, size)
			require.Less(t, y, size)
			require.False(t, seen[y])
			require.True(t, y != x || size == 1)
			seen[y] = true
		}
	}
	for x := range uint64(100) { // of numbers that fill 64 bits
		const first, last = uint64(1e18), uint64(9_999_999_999_999_999_999)
		y := k.permuteIn("wide", first+x*88_888_888_888_888_888, first, last)
		require.True(t, y >= first && y <= last)
	}
}

func TestDigits(t *testing.T) {
	k := testKey(2)
	for length := 1; length <= 40; length++ {
		seen := map[string]bool{}
		for n := range 9 {
			s := strings.Repeat(fmt.Sprint(n+1), length)
			out := k.digits("test", s, 10)
			require.Len(t, out, length)
			require.True(t, isDigits(out) && out[0] != '0')
			require.False(t, seen[out])
			seen[out] = true
			zero := k.digits("test", "0"+s, 10)
			require.Equal(t, byte('0'), zero[0])
			require.Len(t, zero, length+1)
		}
	}
}

// masker surveys events and makes a masker of them.
func masker(t testing.TB, key Key, events ...*wire.Event) *Masker {
	t.Helper()
	s := NewSurvey(Options{})
	for i, ev := range events {
		s.Add(i+1, again(t, ev))
	}
	require.Empty(t, s.Strange())
	m, err := s.Masker(key, false)
	require.NoError(t, err)
	return m
}

// event is one notification between two numbers.
func event(session string, seq int64, from, to string) *wire.Event {
	tail := strings.TrimPrefix(session, "s-")
	return &wire.Event{UUID: fmt.Sprint(4654793329359724000 + seq), Body: wire.Body{Sequence: seq, SessionID: "429180487016", TelephonySessionID: session, EventTime: 1772463600000 + wire.Time(seq),
		Origin: wire.Origin{Type: wire.OriginCall}, Parties: []wire.Party{{ID: "p-" + tail + "-1", Direction: wire.Outbound, Status: wire.Status{Code: "Setup"},
			From: wire.Endpoint{PhoneNumber: from}, To: wire.Endpoint{PhoneNumber: to}}}}}
}

const aSession = "s-a0d1793285c1az19caf103167z80c410000"

// Numbers stay in their shape, in ranges for fiction; what a meaning hangs on stays.
func TestNumberShapes(t *testing.T) {
	for number, want := range map[string]string{
		"+14048096345":        `^\+1[2-9]\d\d55501\d\d$`,
		"14048096345":         `^1[2-9]\d\d55501\d\d$`,
		"4048096345":          `^[2-9]\d\d55501\d\d$`,
		"+442071234567":       `^\+44(2079460|7700900)\d{3}$`,
		"+61298765432":        `^\+6125550\d{4}$`,
		"+33142685300":        `^\+3319900\d{4}$`,
		"+4915112345678":      `^\+1[2-9]\d\d55501\d\d$`,
		"+3351234XXXX":        `^\+3319900XXXX$|^\+331990XXXX$|^\+\d+XXXX$`,
		"+1404809XXXX":        `^\+1[2-9]\d\d555XXXX$`,
		"8096345":             `^555\d{4}$`,
		"104":                 `^[1-9]\d\d$`,
		"11101":               `^[1-9]\d{4}$`,
		"0104":                `^0\d{3}$`,
		"*671" + "4048096345": `^\*671[2-9]\d\d55501\d\d$`,
		"*81":                 `^\*81$`,
		"*801":                `^\*801$`,
		"*104":                `^\*[1-9]\d\d$`,
		"#11101":              `^#[1-9]\d{4}$`,
		"0":                   `^0$`,
		"911":                 `^911$`,
		"anonymous":           `^anonymous$`,
		"conference":          `^conference$`,
		"Anonymous":           `^Anonymous$`,
	} {
		m := masker(t, testKey(3), event(aSession, 2, number, "104"))
		got := m.replace(kindNumber, number)
		require.Regexp(t, want, got, number)
		require.Equal(t, shapeOf(number), shapeOf(got), number)
	}
	for _, strange := range []string{"(404) 809-6345", "sip:104@example.com", "reception", "*1052016", "*ab", "+", "+1404", "104#", "123456789012345678901"} {
		require.Equal(t, shapeUnknown, shapeOf(strange), strange)
	}
	m := masker(t, testKey(3), event(aSession, 2, "+14048096345", "4048096345"))
	require.Equal(t, "*"+m.number("104"), m.number("*104"), "one extension, dialled in two ways")
	require.Equal(t, "+1"+m.number("4048096345"), m.number("+14048096345"), "one number, written in two ways")
}

// Equal stays equal, different stays different; the same key says the same in another
// capture, another key something else.
func TestConsistentAndDistinct(t *testing.T) {
	var events []*wire.Event
	r := rand.New(rand.NewPCG(1, 2))
	numbers := map[string]bool{}
	for i := range 3000 {
		n := fmt.Sprintf("+1%010d", 2_000_000_000+r.Int64N(8_000_000_000))
		numbers[n] = true
		ev := event(aSession, int64(i+2), n, fmt.Sprint(100+i%900))
		ev.Body.Parties[0].From.Name = fmt.Sprintf("Person %d", i)
		ev.Body.Parties[0].From.ExtensionID = fmt.Sprint(62254000008 + 1000*i)
		events = append(events, ev)
	}
	m, other := masker(t, testKey(4), events...), masker(t, testKey(5), events...)
	seen, differs := map[string]bool{}, 0
	one := func(k kind, s string) {
		out := m.replace(k, s)
		require.NotEmpty(t, out)
		require.False(t, seen[out], out)
		require.NotEqual(t, s, out)
		require.False(t, numbers[out], "another number of the capture")
		seen[out] = true
		if other.replace(k, s) != out {
			differs++
		}
	}
	for n := range numbers {
		one(kindNumber, n)
	}
	for i := range 3000 {
		one(kindName, fmt.Sprintf("Person %d", i))
		one(kindID, fmt.Sprint(62254000008+1000*i))
	}
	for n := 100; n < 1000; n++ {
		if n != 911 && n != 933 {
			one(kindNumber, fmt.Sprint(n))
		}
	}
	require.Greater(t, differs, len(seen)*98/100)
	few := masker(t, testKey(4), events[:3]...)
	for _, ev := range events[:3] {
		p := ev.Body.Parties[0]
		require.Equal(t, m.replace(kindID, p.From.ExtensionID), few.replace(kindID, p.From.ExtensionID))
		require.Equal(t, m.replace(kindNumber, p.From.PhoneNumber), few.replace(kindNumber, p.From.PhoneNumber))
	}
}

// Ids stay in their grammar, with what the engine reads: time, number of the party; and
// a server's address is the same in its name and in the ids that it makes.
func TestGrammars(t *testing.T) {
	for session, party := range map[string]string{
		aSession:                             "p-a0d1793285c1az19caf103167z80c410000-12",
		"s-718107795d564867a6f635fd81e89940": "p-718107795d564867a6f635fd81e89940-3",
		"Y3MxNzE4NDE5MDM0MzQwMTgzODRAMTAuNjIuMjUuMTEx": "cs171841903434018384-2",
	} {
		m := masker(t, testKey(6), event(session, 2, "101", "104"))
		was, is := wire.ParseID(session), wire.ParseID(m.session(session))
		require.Equal(t, was.Grammar, is.Grammar)
		require.Equal(t, was.Created, is.Created)
		require.NotEqual(t, was.Tail, is.Tail)
		wasParty, isParty := wire.ParseID(party), wire.ParseID(m.party(party))
		require.Equal(t, wasParty.Party, isParty.Party)
		require.Equal(t, is.Tail, isParty.Tail)
		require.Equal(t, wasParty.Grammar, isParty.Grammar)
		if was.Server != "" {
			require.Equal(t, m.server(was.Server+".TAM"), is.Server+".TAM")
			require.Regexp(t, `^10\.`, is.Server)
		}
	}
	m := masker(t, testKey(6))
	require.Regexp(t, regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$`), m.opaque("2461434a-276a-4073-a26a-34089effbad5"))
	require.Equal(t, m.id("809646016")[6:], m.podded("legacy", "429180487016")[9:], "one pod")
}

// A park location stays, also where it is dialled; nobody else's number becomes one.
func TestParkLocations(t *testing.T) {
	parked := event(aSession, 2, "101", "*801")
	parked.Body.Parties[0].Park.ID = "801"
	for key := range 20 {
		m := masker(t, testKey(key), parked, event(aSession, 3, "850", "801"))
		require.Equal(t, "801", m.replace(kindPark, "801"))
		require.Equal(t, "801", m.replace(kindNumber, "801"))
		require.NotEqual(t, "850", m.replace(kindNumber, "850"))
		for n := 100; n < 1000; n++ {
			if n != 801 {
				require.NotEqual(t, "801", m.replace(kindNumber, fmt.Sprint(n)))
			}
		}
	}
}

// Sessions that begin together, deliveries under several uuids and events that
// contradict one another: what decides between them decides the same.
func TestLawWhereOrderDecides(t *testing.T) {
	for key := range 40 {
		var events []wire.Event
		for i, session := range []string{"s-718107795d564867a6f635fd81e89940", "s-118107795d564867a6f635fd81e89941", "s-918107795d564867a6f635fd81e89942"} {
			ev := event(session, 2, "+14048096345", "104")
			peer := event("s-718107795d564867a6f635fd81e89940", 2, "", "")
			if i > 0 {
				ev.Body.Parties[0].Status = wire.Status{Code: "Gone", Reason: "Undefined", PeerID: &wire.PeerID{TelephonySessionID: peer.Body.TelephonySessionID, PartyID: peer.Body.Parties[0].ID}}
			}
			ev.Body.Parties[0].To.Name = fmt.Sprintf("name %d", i)
			for _, uuid := range []string{"5654793329359724763", "4654793329359724763", "77", "not-a-number", "7054793329359724763"} {
				ev.UUID = uuid
				events = append(events, again(t, ev))
			}
			for _, name := range []string{"Ann", "Ben", "Cleo"} { // one number, told in three ways
				odd := event(session, 3, "+14048096345", "104")
				odd.Body.Parties[0].To.Name = name
				odd.Body.Parties[0].To.ExtensionID = "6225400000" + fmt.Sprint(len(name))
				events = append(events, again(t, odd))
			}
		}
		holds(t, testKey(key), events, recon.ScopeAccount, key%2 == 0)
	}
}

// A RingOut and its mirror, told by how far their legacy ids are apart.
func TestLawMirrors(t *testing.T) {
	for key := range 40 {
		var events []wire.Event
		for i, legacy := range []string{"429182360016", "429182361016", "429182365016", "429182370016", "999998000016", "1000001000016"} {
			ev := event(fmt.Sprintf("s-718107795d564867a6f635fd81e8994%d", i), 2, "+14048096345", "+14155550104")
			ev.Body.SessionID = legacy
			if i%2 == 0 {
				ev.Body.Origin.Type = wire.OriginRingOut
			} else {
				p := &ev.Body.Parties[0]
				p.From, p.To = p.To, p.From
			}
			events = append(events, again(t, ev))
		}
		holds(t, testKey(key), events, recon.ScopeAccount, false)
	}
}

// What is not known is listed with its path, how often, and where.
func TestStrange(t *testing.T) {
	texts := []string{
		`{"telephonySessionId":"s-1","sequence":2,"eventTime":"2026-03-02T15:00:00.000Z","secretNote":{"a":"b"},"parties":[{"id":"p-1-1","to":{"location":"Denver, CO","phoneNumber":"the front desk"},"status":{"code":"Teleported"}}]}`,
		`{"telephonySessionId":"s-1","sequence":3,"eventTime":"2026-03-02T15:00:00.000Z","parties":[{"id":"p-1-1","to":{"location":"Paris"},"message":"call me","status":{"code":"Setup","reason":"Ann asked"}}]}`,
	}
	survey := func(opt Options) *Survey {
		s := NewSurvey(opt)
		for i, text := range texts {
			ev, err := wire.Decode([]byte(text))
			require.NoError(t, err)
			s.Add(i+1, ev)
		}
		s.Refuse(9, "byte 3: no JSON")
		return s
	}
	s := survey(Options{})
	var got []string
	for _, x := range s.Strange() {
		got = append(got, x.Describe())
	}
	require.Equal(t, []string{
		"body.parties[].message: unknown member, 1 (line 2)",
		"body.parties[].status.code: unknown value, 1 (line 1)",
		"body.parties[].status.reason: unknown value, 1 (line 2)",
		"body.parties[].to.location: unknown member, 2 (lines 1, 2)",
		"body.parties[].to.phoneNumber: unknown value, 1 (line 1)",
		"body.secretNote: unknown member, 1 (line 1)",
		"records: unreadable, 1 (line 9)",
	}, got)
	_, err := s.Masker(testKey(1), false)
	require.ErrorIs(t, err, ErrStrange)

	m, err := survey(Options{DropUnknown: true, Keep: []string{"body.parties[].status.code"}}).Masker(testKey(1), false)
	require.NoError(t, err)
	var all string
	for _, text := range texts {
		ev, _ := wire.Decode([]byte(text))
		require.NoError(t, m.Event(&ev))
		all += string(wire.Encode(&ev))
	}
	require.Contains(t, all, "Teleported")
	for _, gone := range []string{"Denver", "Paris", "front desk", "call me", "asked", "secretNote", "location"} {
		require.NotContains(t, all, gone)
	}
}

// An event that was not surveyed is not half masked.
func TestUnseen(t *testing.T) {
	m := masker(t, testKey(1), event(aSession, 2, "101", "104"))
	require.ErrorIs(t, m.Event(event(aSession, 3, "+14048096345", "104")), ErrUnseen)
}

func TestShiftRefusesTheDawnOfTime(t *testing.T) {
	s := NewSurvey(Options{})
	ev := event(fmt.Sprintf("s-a0d1793285c1az%011xz80c410000", 1<<40), 2, "101", "104")
	s.Add(1, *ev)
	_, err := s.Masker(testKey(1), true)
	require.ErrorIs(t, err, ErrTime)
}
