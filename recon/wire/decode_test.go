package wire_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/internal/ms"
	"github.com/legworkhq/legwork/recon/wire"
)

func at(t testing.TB, text string) wire.Time {
	m, err := ms.Parse(text)
	require.NoError(t, err)
	return wire.Time(m)
}

func decode(t testing.TB, raw string) wire.Event {
	t.Helper()
	ev, err := wire.Decode([]byte(raw))
	require.NoError(t, err)
	return ev
}

// inParty returns an envelope whose one party has further members, inBody one
// whose body has.
func inParty(members string) string {
	return inBody(`"parties":[{"id":"p-1-1",` + members + `}]`)
}

func inBody(members string) string {
	return `{"uuid":"1","body":{"telephonySessionId":"s-1",` + members + `}}`
}

// RingCentral docs, account telephony sessions event, sample of 2018: the APNS
// form, ids of the first grammar, sipData, accountId and extensionId in the body.
// [documented] Values shortened.
const apnsSample = `{
  "uuid": "837270960869181944",
  "subscriptionId": "5c37f936",
  "ownerId": "400144455008",
  "pn_apns": {
    "aps": { "content-available": 1 },
    "uuid": "837270960869181944",
    "event": "/restapi/v1.0/account/400144452008/extension/400144455008/telephony/sessions",
    "timestamp": "2018-06-05T00:14:50.181Z",
    "subscriptionId": "5c37f936",
    "ownerId": "400144455008",
    "body": {
      "sequence": 5,
      "sessionId": "402936341008",
      "telephonySessionId": "` + session2018 + `",
      "serverId": "10.62.25.111.TAM",
      "eventTime": "2018-06-05T00:14:50.147Z",
      "accountId": "400144452008",
      "parties": [{
        "sipData": {"callId": "555555555555", "toTag": "123", "fromTag": "456"},
        "extensionId": "400144455008",
        "id": "cs171841903434018384-2",
        "direction": "Inbound",
        "to": {"phoneNumber": "102", "extensionId": "400144455008"},
        "from": {"phoneNumber": "103", "extensionId": "400144457008"},
        "status": {"code": "Proceeding"},
        "missedCall": false, "standAlone": false, "muted": false
      }],
      "origin": {"type": "Call"},
      "extensionId": "400144455008"
    }
  }
}`

func TestDecodeForms(t *testing.T) {
	// The webhook envelope. [observed]
	ev := decode(t, oneParty)
	require.Equal(t, wire.FormEnvelope, ev.Form)
	require.Equal(t, "4540635337267437856", ev.UUID)
	require.Equal(t, at(t, "2020-06-23T01:17:14.402Z"), ev.Timestamp)
	require.EqualValues(t, 4, ev.Body.Sequence)
	require.Equal(t, wire.OriginCall, ev.Body.Origin.Type)
	p := ev.Body.Parties[0]
	require.Equal(t, wire.Outbound, p.Direction)
	require.Equal(t, "Jo Lindqvist", p.From.Name)
	require.Equal(t, "210759647016", p.From.DeviceID)
	require.Equal(t, wire.Answered, p.Status.Code.Kind())
	require.Equal(t, &wire.MobilePickup{CCMailboxes: []string{"809646016"}, To: "#1088016@sip.ringcentral.com:5060",
		SID: "35613554448848", SrvLvl: "-149699523", SrvLvlExt: "406"}, p.Status.MobilePickup)
	require.Empty(t, ev.Unknown)

	// The body alone, as integrators store it; its first member does not matter.
	body := oneParty[strings.Index(oneParty, `{"sequence"`) : len(oneParty)-1]
	for _, raw := range []string{body, `{"x":1,` + body[1:], `{"pn_apns":{},` + body[1:]} {
		bare := decode(t, raw)
		require.Equal(t, wire.FormBody, bare.Form)
		require.Equal(t, ev.Body.Parties, bare.Body.Parties)
	}

	// RingCentral docs, code-samples, websocket-notification. [documented]
	framed := decode(t, `[ {"type":"ServerNotification","messageId":"4540635337267437856","status":200,"headers":{"RCRequestId":"r"}}, `+oneParty+` ]`)
	require.Equal(t, wire.FormFrame, framed.Form)
	require.Equal(t, wire.Member{Name: "headers", Value: `{"RCRequestId":"r"}`}, framed.Wrapper[3])
	require.Equal(t, ev.Body, framed.Body)

	// The documentation's sample of 2018. [documented]
	old := decode(t, apnsSample)
	require.Equal(t, wire.FormAPNS, old.Form)
	require.Len(t, old.Wrapper, 3)
	require.Equal(t, wire.Members{{Name: "aps", Value: `{"content-available":1}`}}, old.Unknown)
	require.Equal(t, session2018, old.Body.TelephonySessionID)
	require.Equal(t, "400144455008", old.Body.ExtensionID)
	require.Equal(t, &wire.SIPData{CallID: "555555555555", ToTag: "123", FromTag: "456"}, old.Body.Parties[0].SIPData)

	// The same transport with the envelope outside: pn_apns is one more member.
	require.Equal(t, wire.FormEnvelope, decode(t, `{"pn_apns":{"aps":{}},`+oneParty[1:]).Form)
}

func TestDecodeMembers(t *testing.T) {
	party := func(members string) wire.Party { return decode(t, inParty(members)).Body.Parties[0] }

	// Queue call: captured and published by RingCentral's developer advocate. [observed]
	p := party(`"queueCall":true,"uiCallInfo":{"primary":{"type":"QueueName","value":"Q"},"additional":{"type":"CallerIdName","value":"C"}}`)
	require.True(t, p.QueueCall)
	require.Equal(t, &wire.UICallInfo{Primary: wire.UICallField{Type: "QueueName", Value: "Q"}, Additional: wire.UICallField{Type: "CallerIdName", Value: "C"}}, p.UICallInfo)

	// peerId of a notification, RingCentral forum thread on Gone. [observed]
	p = party(`"status":{"code":"Gone","reason":"AttendedTransfer","peerId":{"sessionId":"0","telephonySessionId":"s-2","partyId":"p-2-1"}}`)
	require.Equal(t, &wire.PeerID{TelephonySessionID: "s-2", SessionID: "0", PartyID: "p-2-1"}, p.Status.PeerID)
	// peerId of a REST answer. [observed]
	for _, id := range []string{"s-2", session2018} {
		p = party(`"status":{"peerId":{"sessionId":"` + id + `","partyId":"p-2-1"}}`)
		require.Equal(t, &wire.PeerID{TelephonySessionID: id, PartyID: "p-2-1", REST: true}, p.Status.PeerID)
	}
	p = party(`"status":{"peerId":{"sessionId":"429182360016"}}`)
	require.Equal(t, &wire.PeerID{SessionID: "429182360016"}, p.Status.PeerID, "a legacy id stays one")

	// Park: parkData [documented], park.id [relied on].
	p = party(`"status":{"code":"Parked","parkData":"*801"},"park":{"id":"801"}`)
	require.Equal(t, "*801", p.Status.ParkData)
	require.Equal(t, "801", p.Park.ID)

	// Recordings: a captured Answered that repeats the status. [observed]
	p = party(`"recordings":[{"id":"9","active":true},{"id":"10","active":false}]`)
	require.Equal(t, []wire.Recording{{ID: "9", Active: true}, {ID: "10"}}, p.Recordings)

	// Roles. [documented] [relied on]
	p = party(`"conferenceRole":"Host","ringOutRole":"Initiator","ringMeRole":"Target","missedCall":true,"muted":true,"standAlone":true`)
	require.Equal(t, "Host Initiator Target true true true", strings.Join([]string{p.ConferenceRole, p.RingOutRole, p.RingMeRole}, " ")+
		map[bool]string{true: " true true true"}[p.MissedCall && p.Muted && p.StandAlone])

	// message, in one integrator's code only. [assumed] Other shapes are kept raw.
	require.Equal(t, &wire.Message{MessageID: "5", VMDuration: 12}, party(`"message":{"messageId":"5","vmDuration":12}`).Message)
	p = party(`"message":{"messageId":5}`)
	require.Nil(t, p.Message)
	require.Equal(t, wire.Members{{Name: "message", Value: `{"messageId":5}`}}, p.Unknown)

	// null is absent, everywhere.
	p = party(`"to":null,"status":{"peerId":null,"rcc":null,"mobilePickupData":null,"code":null},"park":null,"recordings":null,"uiCallInfo":null,"sipData":null,"message":null,"direction":null`)
	require.Equal(t, wire.Party{ID: "p-1-1"}, p)
	require.Empty(t, decode(t, inBody(`"parties":null,"sequence":null,"eventTime":null,"origin":null`)).Body.Parties)
	require.Empty(t, decode(t, inBody(`"parties":[]`)).Body.Parties)
	require.Len(t, decode(t, twoParties).Body.Parties, 2)
}

// Every spelling of voicemail and its screening: documentation, API specification,
// live platform.
func TestKinds(t *testing.T) {
	for code, want := range map[wire.Code]wire.Kind{"Voicemail": wire.VoiceMail, "VoiceMail": wire.VoiceMail, "VOICEMAIL": wire.VoiceMail,
		"VMScreening": wire.VoiceMailScreening, "VoiceMailScreening": wire.VoiceMailScreening, "answered": wire.Answered,
		"FaxReceive": wire.FaxReceive, "Tds": wire.KindUnknown, "": wire.KindUnknown} {
		require.Equal(t, want, code.Kind(), code)
	}
	for k := wire.Setup; k <= wire.VoiceMailScreening; k++ {
		require.Equal(t, k, wire.Code(k.String()).Kind())
	}
	for _, r := range wire.Reasons() {
		got, ok := wire.Reason(strings.ToUpper(string(r))).Canonical()
		require.True(t, ok)
		require.Equal(t, r, got)
	}
}

func TestUnknownSurvives(t *testing.T) {
	const u = `"future":{"a":[1.50,"\u00e9",null]}`
	raw := `{"uuid":"1","body":{"telephonySessionId":"s-1","parties":[{"id":"p-1-1","direction":"Sideways",` +
		`"to":{` + u + `},"from":{"name":"x",` + u + `},"status":{"code":"Tds","reason":"Moonrise",` +
		`"peerId":{"telephonySessionId":"s-2",` + u + `},"mobilePickupData":{` + u + `},"rcc":false,` + u + `},"park":{` + u + `},` +
		`"missedCall":false,"standAlone":false,"muted":false,"recordings":[{"id":"1","active":false,` + u + `}],` +
		`"uiCallInfo":{"primary":{` + u + `},"additional":{},` + u + `},"sipData":{` + u + `},"message":{` + u + `},` + u + `,"b":2}],` +
		`"origin":{"type":"Teleport",` + u + `},` + u + `},` + u + `,"z":[]}`
	ev := decode(t, raw)
	require.Equal(t, wire.KindUnknown, ev.Body.Parties[0].Status.Code.Kind())
	require.Equal(t, raw, string(wire.Encode(&ev)))
	require.Equal(t, wire.Members{{"future", `{"a":[1.50,"\u00e9",null]}`}, {"z", "[]"}}, ev.Unknown)

	spaced := decode(t, `{"uuid":"1","x": { "a b" : [ 1 , "c\" d" ] , "\ud800":"`+"\xff"+`"},"body":{"telephonySessionId":"s-1"}}`)
	require.Equal(t, wire.Members{{"x", `{"a b":[1,"c\" d"],"\ud800":"` + "\uFFFD" + `"}`}}, spaced.Unknown)
}

func TestBadText(t *testing.T) {
	for in, want := range map[string]string{
		"caf\xc3\xa9":           "café",
		"caf\xe9 x":             "caf\uFFFD x",
		"\xf0\x9f\x98":          "\uFFFD\uFFFD\uFFFD",
		`\ud83d\ude00 \u00e9\/`: "😀 é/",
		`\ud83d`:                "\uFFFD",
		`\ude00\ud83d!`:         "\uFFFD\uFFFD!",
		`\ud83d\u0041`:          "\uFFFDA",
		`a\"\\\b\f\n\r\t`:       "a\"\\\b\f\n\r\t",
	} {
		ev := decode(t, inParty(`"to":{"name":"`+in+`"}`))
		require.Equal(t, want, ev.Body.Parties[0].To.Name)
		require.True(t, json.Valid(wire.Encode(&ev)))
		require.Equal(t, ev, decode(t, string(wire.Encode(&ev))))
	}
}

func TestDecodeErrors(t *testing.T) {
	deep := func(n int) string { return inBody(`"x":` + strings.Repeat("[", n) + strings.Repeat("]", n)) }
	for _, c := range []struct{ raw, want string }{
		{``, "byte 0: the input ends too early"},
		{` `, "byte 1: the input ends too early"},
		{`hello`, "byte 0: want a value, got 'h'"},
		{`nul`, "byte 3: the input ends too early"},
		{"\xff", "byte 0: want a value, got byte 0xff"},
		{`42`, "byte 0: want a notification, got a number"},
		{`null`, "byte 0: want a notification, got null"},
		{`[]`, "byte 0: the array is no WebSocket frame: it does not start with a header object"},
		{`[{"uuid":"1"}]`, "byte 0: the array is no WebSocket frame: its header has no type"},
		{`[{"type":"ServerNotification"},{},{}]`, "byte 0: the array is no WebSocket frame: it has 3 elements, not 2"},
		{oneParty[:600], "byte 600, field body.parties[0].to.extensionId: the input ends inside a string"},
		{oneParty[:len(oneParty)-1], "byte 1003, field body: the input ends too early"},
		{oneParty + "{}", "byte 1004: more data after the value"},
		{oneParty + "\x00", "byte 1004: more data after the value"},
		{inBody(`"sequence":1,}`), "byte 60, field body: want a member name, got '}'"},
		{inBody(`"sequence" 1`), "byte 58, field body.sequence: want ':', got '1'"},
		{inBody(`"sequence":1 "x":2`), "byte 60, field body.sequence: want ',' or '}', got '\"'"},
		{inBody(`"sequence":"7"`), "byte 58, field body.sequence: want a number, got a string"},
		{inBody(`"sequence":1.5`), "byte 58, field body.sequence: want a whole number, got 1.5"},
		{inBody(`"sequence":1e3`), "byte 58, field body.sequence: want a whole number, got 1e3"},
		{inBody(`"sequence":99999999999999999999`), "byte 58, field body.sequence: number out of the 64-bit range: 99999999999999999999"},
		{inBody(`"sequence":01`), "byte 59, field body.sequence: want ',' or '}', got '1'"},
		{inBody(`"sequence":-`), "byte 59, field body.sequence: want a digit, got '}'"},
		{inBody(`"sessionId":429182360016`), "byte 59, field body.sessionId: want a string, got a number"},
		{inBody(`"eventTime":"yesterday"`), `byte 59, field body.eventTime: not an RFC 3339 time such as 2020-06-23T01:17:14.330Z: "yesterday"`},
		{inBody(`"eventTime":1592875034330`), "byte 59, field body.eventTime: want a string, got a number"},
		{inBody(`"parties":{}`), "byte 57, field body.parties: want an array, got an object"},
		{inBody(`"parties":[null]`), "byte 58, field body.parties[0]: want an object, got null"},
		{inBody(`"parties":[{},{"status":{"code":7}}]`), "byte 79, field body.parties[1].status.code: want a string, got a number"},
		{inParty(`"muted":"no"`), "byte 80, field body.parties[0].muted: want a boolean, got a string"},
		{inParty(`"id":"2"`), `byte 72, field body.parties[0].id: duplicate member "id"`},
		{inParty(`"x":{"a":[{"b":1,"\u0062":2}]}`), `byte 89, field body.parties[0].x.a[0].b: duplicate member "b"`},
		{inBody(`"x":1,"a":2,"x":3`), `byte 59, field body.x: duplicate member "x"`},
		{inBody(`"eventTime":null,"eventTime":null`), `byte 64, field body.eventTime: duplicate member "eventTime"`},
		{`{"uuid":"1","uuid":"2"}`, `byte 12, field uuid: duplicate member "uuid"`},
		{inBody(`"serverId":"a` + "\n" + `"`), `byte 60, field body.serverId: control character '\n' inside a string`},
		{inBody(`"serverId":"\q"`), "byte 59, field body.serverId: bad escape in a string"},
		{inBody(`"serverId":"\u12"`), "byte 59, field body.serverId: bad escape in a string"},
		{deep(63), "byte 113, field body.x" + strings.Repeat("[0]", 62) + ": nested deeper than 64 levels"},
		{strings.Repeat(`{"a":`, 5_000_000), "byte 320, field a" + strings.Repeat(".a", 63) + ": nested deeper than 64 levels"},
		{`{"body":{"parties":[{"id":"p-1-1"}]}}`, "byte 8, field body: body has no telephonySessionId"},
		{`{"body":{"telephonySessionId":"","parties":[]}}`, "byte 8, field body: body has no telephonySessionId"},
		{`{"parties":[]}`, "byte 0: body has no telephonySessionId"},
		{`{}`, "byte 0: not a telephony session notification: no body"},
		{`{"body":null,"uuid":"1"}`, "byte 0: not a telephony session notification: no body"},
		{`{"body":"x"}`, "byte 8, field body: want an object, got a string"},
		{`{"body":{"x":1}}`, "byte 8, field body: not a telephony session notification: its body has neither telephonySessionId nor parties"},
		{`{"pn_apns":{"aps":{}}}`, "byte 11, field pn_apns: not a telephony session notification: no body"},
		// RingCentral docs, presence sample: ids are numbers there. [documented]
		{`{"body":{"extensionId":400144455008},"event":"/restapi/v1.0/account/1/extension/2/presence?detailedTelephonyState=true"}`,
			`byte 45, field event: not a telephony session notification: event "/restapi/v1.0/account/1/extension/2/presence?detailedTelephonyState=true"`},
		{`[{"type":"Heartbeat","messageId":"1"}]`, `byte 9, field [0].type: not a telephony session notification: frame of type "Heartbeat"`},
		{`[{"type":"ServerNotification"},` + inBody(`"sequence":true`) + `]`, "byte 89, field [1].body.sequence: want a number, got a boolean"},
	} {
		name := c.raw[:min(len(c.raw), 60)]
		ev, err := wire.Decode([]byte(c.raw))
		if assertErr := err; assertErr == nil {
			t.Errorf("%s: no error, want %s", name, c.want)
			continue
		}
		if err.Error() != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, err, c.want)
		}
		require.Equal(t, wire.Event{Body: wire.Body{Parties: ev.Body.Parties}}, ev)
		require.Empty(t, ev.Body.Parties)
		require.Equal(t, strings.Contains(c.want, "no telephonySessionId"), errors.Is(err, wire.ErrNoSession))
		require.Equal(t, strings.Contains(c.want, "not a telephony"), errors.Is(err, wire.ErrOtherKind))
	}
	require.NoError(t, second(wire.Decode([]byte(deep(62)))))
}

func second(_ wire.Event, err error) error { return err }

func TestManyNamesAreCheap(t *testing.T) {
	var b strings.Builder
	for i := range 200_000 {
		b.WriteString(`"` + strings.Repeat("k", i%7) + string(rune('a'+i%26)) + strings.Repeat("x", 1+i%3) + `_` + itoa(i) + `":1,`)
	}
	raw := inBody(b.String() + `"sequence":1`)
	require.Len(t, decode(t, raw).Body.Unknown, 200_000)
	_, err := wire.Decode([]byte(inBody(b.String() + `"ax_0":1`)))
	require.ErrorContains(t, err, `duplicate member "ax_0"`)
}

func itoa(i int) string { b, _ := json.Marshal(i); return string(b) }

func TestDecodeText(t *testing.T) {
	for _, text := range []string{twoParties, inParty(`"muted":true`), `{`, `{"a":1}`, ``} {
		want, failed := wire.Decode([]byte(text))
		got, err := wire.DecodeText([]byte(text), text)
		require.Equal(t, failed, err)
		require.Equal(t, want, got)
	}
}

func TestDecodeIntoReuses(t *testing.T) {
	var ev wire.Event
	require.NoError(t, wire.DecodeInto(&ev, []byte(twoParties)))
	require.NoError(t, wire.DecodeInto(&ev, []byte(inParty(`"muted":true`))))
	require.Equal(t, decode(t, inParty(`"muted":true`)), ev, "nothing of the first event is left")
	require.NoError(t, wire.DecodeInto(&ev, []byte(twoParties)))
	require.Equal(t, decode(t, twoParties), ev)
	require.Error(t, wire.DecodeInto(&ev, []byte(`{`)))
	require.Empty(t, ev.UUID)

	raw := []byte(oneParty)
	ev = decode(t, oneParty)
	require.NoError(t, wire.DecodeInto(&ev, raw))
	for i := range raw {
		raw[i] = 'X'
	}
	require.Equal(t, decode(t, oneParty), ev, "no string refers to the caller's bytes")
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { _, _ = wire.Decode([]byte(oneParty)) }), 4.0)
}

func TestMarshal(t *testing.T) {
	ev := decode(t, oneParty)
	b, err := json.Marshal(ev)
	require.NoError(t, err)
	require.Equal(t, oneParty, string(b))
	var back []wire.Event
	require.NoError(t, json.Unmarshal([]byte("["+oneParty+"]"), &back))
	require.Equal(t, []wire.Event{ev}, back)
	require.NoError(t, json.Unmarshal([]byte("null"), &ev))
	require.Equal(t, back[0], ev)
}

func TestEncode(t *testing.T) {
	for _, raw := range []string{oneParty, twoParties, `[{"type":"ServerNotification","messageId":"1"},` + oneParty + `]`} {
		ev := decode(t, raw)
		require.Equal(t, raw, string(wire.Encode(&ev)))
	}
	minimal := wire.Event{Body: wire.Body{TelephonySessionID: "s-1", Parties: []wire.Party{{}}}}
	const body = `{"telephonySessionId":"s-1","parties":[{"to":{},"from":{},"status":{"rcc":false},"park":{},"missedCall":false,"standAlone":false,"muted":false}],"origin":{}}`
	for form, want := range map[wire.Form]string{
		wire.FormEnvelope: `{"body":` + body + `}`,
		wire.FormBody:     body,
		wire.FormFrame:    `[{"type":"ServerNotification"},{"body":` + body + `}]`,
		wire.FormAPNS:     `{"pn_apns":{"body":` + body + `}}`,
	} {
		minimal.Form = form
		require.Equal(t, want, string(wire.Encode(&minimal)))
		require.Equal(t, form, decode(t, want).Form)
	}
	minimal.Form = wire.FormBody
	minimal.Body.ServerID = "<&>\u2028\x00\x1f\"\\\n\xff"
	require.Contains(t, string(wire.Encode(&minimal)), `"serverId":"<&>`+"\u2028"+`\u0000\u001f\"\\\n`+"\uFFFD"+`"`)

	ev := decode(t, twoParties)
	dst := make([]byte, 0, 4096)
	require.Zero(t, testing.AllocsPerRun(100, func() { dst = wire.Append(dst[:0], &ev) }))
}

func TestCaptures(t *testing.T) {
	n := 0
	for file, lines := range captures(t) {
		for i, line := range lines {
			ev, err := wire.Decode(line)
			require.NoError(t, err, "%s:%d", file, i+1)
			require.Equal(t, string(line), string(wire.Encode(&ev)), "%s:%d", file, i+1)
			require.EqualValues(t, i+2, ev.Body.Sequence, "the first sequence notified is 2")
			want, err := referenceDecode(line)
			require.NoError(t, err)
			require.Equal(t, want, ev)
			n++
		}
	}
	require.Equal(t, 20, n)
}

// Decode agrees with the reference decoder about what is a notification, about
// what kind of thing it is otherwise, and about the value; and decoding what was
// encoded gives the same value.
func FuzzDecode(f *testing.F) {
	for _, raw := range []string{oneParty, twoParties, apnsSample, `[{"type":"ServerNotification"},` + oneParty + `]`,
		inParty(`"message":{"messageId":5,"vmDuration":1}`), inParty(`"to":{"name":"\ud83d\ude00\ud83d"},"x":{"a":1,"\u0061":2}`),
		inBody(`"x":[1,-0.5e+3,"` + "\xff\xc0" + `",true,false,null],"` + "\xff" + `":1,"\ud800":2`), inBody(`"sequence":-0,"eventTime":"2020-06-23T03:17:14+02:00"`),
		inParty(`"status":{"peerId":{"sessionId":"s-1"},"mobilePickupData":{"ccMailboxes":["1","2"]}},"recordings":[{"id":"1","active":true}],"uiCallInfo":{"primary":{"type":"a"}},"sipData":{"callId":"1"}`),
		`{"body":{"telephonySessionId":"0","0":[{"` + "\x85" + `":false}]}}`, `{"body":{"parties":[]}}`, `{"x":1,"parties":[],"telephonySessionId":"s-1"}`, `{"pn_apns":{"body":{"telephonySessionId":"s-1"}},"uuid":1}`} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := wire.Decode(raw)
		want, wantErr := referenceDecode(raw)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("Decode says %v, the reference %v", err, wantErr)
		}
		if err != nil {
			for _, s := range []error{wire.ErrNoSession, wire.ErrOtherKind} {
				if errors.Is(err, s) != errors.Is(wantErr, s) {
					t.Fatalf("Decode says %v, the reference %v", err, wantErr)
				}
			}
			return
		}
		got.Body.Parties = append([]wire.Party(nil), got.Body.Parties...)
		if !reflect.DeepEqual(got, want) {
			require.Equal(t, want, got)
		}
		text := wire.Encode(&got)
		if strings.ContainsAny(string(text), "\n\r") || !json.Valid(text) {
			t.Fatalf("encoded as %q", text)
		}
		back, err := wire.Decode(text)
		require.NoError(t, err)
		back.Body.Parties = append([]wire.Party(nil), back.Body.Parties...)
		if !reflect.DeepEqual(got, back) {
			require.Equal(t, got, back)
		}
	})
}
