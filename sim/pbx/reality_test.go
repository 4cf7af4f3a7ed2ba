package pbx_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
)

// captures is where two real streams may lie. They carry no licence, and are no part of
// this project.
const captures = "../../../shared/captures/"

// seen is what a notification shows, times and ids apart.
func seen(e *wire.Event) string {
	p := &e.Body.Parties[0]
	raw := map[string]any{}
	_ = json.Unmarshal(wire.Encode(e), &raw)
	party := raw["body"].(map[string]any)["parties"].([]any)[0].(map[string]any)
	path := "account"
	if strings.Contains(e.Resource, "/extension/") {
		path = "extension"
	}
	return fmt.Sprintf("#%d -%d %s %s/%s path=%s origin=%s from=%s to=%s status=%s flags=%v,%v,%v,%v members=%s", e.Body.Sequence, wire.PartyNumber(p.ID),
		p.Direction, p.Status.Code, p.Status.Reason, path, e.Body.Origin.Type, members(party["from"]), members(party["to"]), members(party["status"]),
		p.MissedCall, p.StandAlone, p.Muted, p.QueueCall, members(any(party)))
}

// members lists the names of an object's members, as JSON sorts them.
func members(v any) string {
	m, _ := v.(map[string]any)
	b, _ := json.Marshal(m)
	d := json.NewDecoder(strings.NewReader(string(b)))
	var out []string
	depth := 0
	key := true
	for {
		t, err := d.Token()
		if err != nil {
			return strings.Join(out, "+")
		}
		switch x := t.(type) {
		case json.Delim:
			if x == '{' || x == '[' {
				depth++
			} else {
				depth--
			}
			key = true
			continue
		case string:
			if depth == 1 && key {
				out = append(out, x)
				key = false
				continue
			}
		}
		if depth == 1 {
			key = true
		}
	}
}

func capture(t *testing.T, name string) []wire.Event {
	f, err := os.Open(captures + name)
	if os.IsNotExist(err) {
		t.Skip("the captured streams are not here")
	}
	require.NoError(t, err)
	defer f.Close()
	var out []wire.Event
	for s := bufio.NewScanner(f); s.Scan(); {
		ev, err := wire.Decode(s.Bytes())
		require.NoError(t, err)
		out = append(out, ev)
	}
	require.NotEmpty(t, out)
	return out
}

// theirs is the company of the captures: an IVR menu and two users whose phones have
// device ids.
func theirs() *pbx.Company {
	return &pbx.Company{Name: "Theirs", Account: "809646016", Number: "+14155550100", Extensions: []pbx.Extension{
		{Number: "11101", ID: "809646016", Name: "Alex Rivera", Device: "210759648016"},
		{Number: "11104", ID: "979428016", Name: "Jo Lindqvist", Direct: "+14155550102", Device: "210759647016"},
		{Number: "1001", ID: "62242421016", Name: "IVR Menu 1001", Kind: pbx.Menu, Keys: []pbx.Key{{Press: "1", To: "11101"}}},
	}}
}

// TestSwitchReproducesTheCaptures plays what people did in two real streams, and holds
// what the switch tells against what RingCentral told, event by event.
func TestSwitchReproducesTheCaptures(t *testing.T) {
	ivr := script.New().Name("+14155550101", "Sam Okafor")
	ivr.At(0).Calls("+14155550101", "+14155550100")
	ivr.At(8687*time.Millisecond).Presses("+14155550101", "1")
	ivr.At(16 * time.Second).Answers("11101")
	ivr.At(20700 * time.Millisecond).Holds("11101")
	ivr.At(23 * time.Second).Resumes("11101")
	ivr.At(30900 * time.Millisecond).HangsUp("11101")
	internal := script.New()
	internal.At(0).Calls("11104", "11101")
	internal.At(6750 * time.Millisecond).Answers("11101")
	internal.At(10700 * time.Millisecond).Holds("11104")
	internal.At(15 * time.Second).Resumes("11104")
	internal.At(20700 * time.Millisecond).HangsUp("11104")
	for _, c := range []struct {
		file   string
		script *script.Script
	}{{"pstn-ivr-extension-hold.jsonl", ivr}, {"extension-to-extension-hold.jsonl", internal}} {
		t.Run(c.file, func(t *testing.T) {
			real := capture(t, c.file)
			x, err := pbx.NewExchange(theirs())
			require.NoError(t, err)
			got, _, err := script.Run(x, pbx.Config{IDs: wire.Grammar2019, Seed: 1, Start: 1592874343000}, c.script)
			require.NoError(t, err)
			var want, have []string
			for i := range real {
				want = append(want, seen(&real[i]))
			}
			for i := range got {
				have = append(have, seen(&got[i]))
				sent := got[i].Timestamp - got[i].Body.EventTime
				require.True(t, sent >= 14 && sent <= 113, "sent %d ms after the change", sent)
				require.Equal(t, got[i].Body.SessionID[len(got[i].Body.SessionID)-3:], "016", "the legacy id ends as the account's")
			}
			require.Equal(t, want, have)
		})
	}
}

// sequence is one documented or observed order of events, written by hand.
type sequence struct {
	name, source string
	dialect      func(*dialect.Dialect)
	script       func(*script.Script)
	lines        string
}

const (
	out  = "+14045550134"
	out2 = "+12125550188"
)

func inbound(s *script.Script) {
	s.At(0).Calls(out, "+14155550104")
	s.At(6 * time.Second).Answers("104")
}

// sequences cites public documents: CSN the streams that RingCentral's documentation
// links to, TSN its page on telephony session notifications, REST answers of its
// API quoted in its own libraries, F118078 a thread of the developer forum with its staff.
var sequences = []sequence{
	{"inbound to an extension", "CSN, TSN", nil, func(s *script.Script) { inbound(s); s.At(time.Minute).HangsUp("104") }, `
		A#2 -1 Outbound Setup
		A#3 -2 Inbound Setup
		A#4 -1 Outbound Answered
		A#5 -2 Inbound Proceeding
		A#6 -2 Inbound Answered
		A#7 -2 Inbound Disconnected
		A#8 -1 Outbound Disconnected`},
	{"outbound to an outside number, hold", "CSN (RingCentral-PSTN)", nil, func(s *script.Script) {
		s.At(0).Calls("104", out2)
		s.At(9 * time.Second).Answers(out2)
		s.At(20 * time.Second).Holds("104")
		s.At(30 * time.Second).Resumes("104")
		s.At(40 * time.Second).HangsUp("104")
	}, `
		A#2 -1 Outbound Setup
		A#3 -2 Inbound Proceeding
		A#4 -1 Outbound Proceeding
		A#5 -2 Inbound Answered
		A#6 -1 Outbound Answered
		A#7 -1 Outbound Hold
		A#8 -1 Outbound Answered
		A#9 -1 Outbound Disconnected
		A#10 -2 Inbound Disconnected`},
	{"extension to extension, hold", "CSN (RingCentral-RingCentral)", nil, func(s *script.Script) {
		s.At(0).Calls("101", "106")
		s.At(6 * time.Second).Answers("106")
		s.At(20 * time.Second).Holds("101")
		s.At(30 * time.Second).Resumes("101")
		s.At(40 * time.Second).HangsUp("101")
	}, `
		A#2 -1 Outbound Setup
		A#3 -2 Inbound Setup
		A#4 -1 Outbound Answered
		A#5 -2 Inbound Proceeding
		A#6 -2 Inbound Answered
		A#7 -1 Outbound Hold
		A#8 -1 Outbound Answered
		A#9 -1 Outbound Disconnected
		A#10 -2 Inbound Disconnected`},
	{"menu to extension", "CSN (PSTN-RingCentral)", nil, func(s *script.Script) {
		s.At(0).Calls(out, "+14155550100")
		s.At(8*time.Second).Presses(out, "0")
		s.At(15 * time.Second).Answers("101")
		s.At(40 * time.Second).HangsUp("101")
	}, `
		A#2 -1 Outbound Setup
		A#3 -2 Inbound Setup
		A#4 -1 Outbound Answered
		A#5 -2 Inbound Disconnected
		A#6 -3 Inbound Setup same
		A#7 -3 Inbound Proceeding
		A#8 -3 Inbound Answered
		A#9 -3 Inbound Disconnected
		A#10 -1 Outbound Disconnected`},
	{"a recording starts: the status repeats", "a notification quoted on Stack Overflow", nil, func(s *script.Script) {
		inbound(s)
		s.At(9 * time.Second).Records("104")
	}, `
		A#2 -1 Outbound Setup
		A#3 -2 Inbound Setup
		A#4 -1 Outbound Answered
		A#5 -2 Inbound Proceeding
		A#6 -2 Inbound Answered
		A#7 -2 Inbound Answered recording`},
	{"a queue's agent: Proceeding, and no Setup; the first one's number is 7", "one notification in a vendor employee's test; TSN", func(d *dialect.Dialect) {
		d[dialect.QueuePreamble] = dialect.CallerAnsweredAgain
	}, func(s *script.Script) {
		s.At(0).Calls(out, "+14155550171")
		s.At(8 * time.Second).Answers("101")
	}, `
		A#2 -1 Outbound Setup
		A#3 -2 Inbound Setup
		A#4 -1 Outbound Answered
		A#5 -1 Outbound Answered
		A#6 -1 Outbound Answered
		A#7 -3 Inbound Proceeding queue
		A#8 -3 Inbound Answered queue
		A#9 -2 Inbound Disconnected/AgentAnswered`},
	{"blind transfer", "the documentation's page on states; REST", nil, func(s *script.Script) {
		inbound(s)
		s.At(20*time.Second).TransfersTo("104", "106")
	}, `
		A#2 -1 Outbound Setup
		A#3 -2 Inbound Setup
		A#4 -1 Outbound Answered
		A#5 -2 Inbound Proceeding
		A#6 -2 Inbound Answered
		A#7 -2 Inbound Disconnected/BlindTransfer
		A#8 -3 Inbound Setup
		A#9 -3 Inbound Proceeding
		A#10 -3 Inbound Voicemail
		A#11 -3 Inbound Disconnected
		A#12 -1 Outbound Disconnected`},
	{"forward of a ringing call", "REST", nil, func(s *script.Script) {
		s.At(0).Calls(out, "+14155550104")
		s.At(5*time.Second).ForwardsTo("104", out2)
		s.At(15 * time.Second).Answers(out2)
	}, `
		A#2 -1 Outbound Setup
		A#3 -2 Inbound Setup
		A#4 -1 Outbound Answered
		A#5 -2 Inbound Proceeding
		A#6 -2 Inbound Disconnected/BlindTransfer
		A#7 -3 Inbound Proceeding
		A#8 -3 Inbound Answered`},
	{"attended transfer: each end names the other", "REST (the bridge's answer); two applications of the vendor's", nil, func(s *script.Script) {
		inbound(s)
		s.At(20 * time.Second).Holds("104")
		s.At(23*time.Second).Calls("104", "106")
		s.At(30 * time.Second).Answers("106")
		s.At(40 * time.Second).CompletesTheTransfer("104")
	}, `
		A#2 -1 Outbound Setup
		A#3 -2 Inbound Setup
		A#4 -1 Outbound Answered
		A#5 -2 Inbound Proceeding
		A#6 -2 Inbound Answered
		A#7 -2 Inbound Hold
		B#2 -1 Outbound Setup
		B#3 -2 Inbound Setup
		B#4 -1 Outbound Answered
		B#5 -2 Inbound Proceeding
		B#6 -2 Inbound Answered
		A#8 -2 Inbound Gone/AttendedTransfer peer=B-1
		B#7 -1 Outbound Gone/AttendedTransfer peer=A-2
		B#8 -2 Inbound Answered/AttendedTransfer from=+14045550134`},
	{"park at an extension, told of who waits; pickup by a session of its own", "a public reporting engine; F118078; TSN", nil, func(s *script.Script) {
		inbound(s)
		s.At(20*time.Second).ParksAt("104", "801")
		s.At(30*time.Second).Retrieves("106", "801")
	}, `
		A#2 -1 Outbound Setup
		A#3 -2 Inbound Setup
		A#4 -1 Outbound Answered
		A#5 -2 Inbound Proceeding
		A#6 -2 Inbound Answered
		A#7 -1 Outbound Parked park=801
		A#8 -2 Inbound Disconnected/CallPark
		B#2 -1 Outbound Setup
		B#3 -1 Outbound Gone/Pickup peer=A-1`},
	{"park told of the one who parks", "a park monitor by a vendor employee", func(d *dialect.Dialect) {
		d[dialect.ParkedOn], d[dialect.ParkNumber] = dialect.ParkedOnParker, dialect.NumberInStatus
	}, func(s *script.Script) {
		inbound(s)
		s.At(20*time.Second).ParksAt("104", "801")
		s.At(25 * time.Second).HangsUp(out)
	}, `
		A#2 -1 Outbound Setup
		A#3 -2 Inbound Setup
		A#4 -1 Outbound Answered
		A#5 -2 Inbound Proceeding
		A#6 -2 Inbound Answered
		A#7 -2 Inbound Parked/CallPark park=801
		A#8 -1 Outbound Disconnected`},
	{"switch to another device: Outbound, also on a call that came in", "the vendor's widgets and softphone", nil, func(s *script.Script) {
		inbound(s)
		s.At(20 * time.Second).SwitchesDevice("104")
	}, `
		A#2 -1 Outbound Setup
		A#3 -2 Inbound Setup
		A#4 -1 Outbound Answered
		A#5 -2 Inbound Proceeding
		A#6 -2 Inbound Answered
		A#7 -3 Outbound Setup
		A#8 -3 Outbound Answered
		A#9 -2 Inbound Disconnected/CallSwitch`},
	{"supervision by API: Answered at once, and helpers that use numbers", "REST; SIP messages in the documentation", nil, func(s *script.Script) {
		inbound(s)
		s.At(20*time.Second).SupervisesOnTwoChannels("150", "104")
		s.At(40 * time.Second).HangsUp("104")
	}, `
		A#2 -1 Outbound Setup
		A#3 -2 Inbound Setup
		A#4 -1 Outbound Answered
		A#5 -2 Inbound Proceeding
		A#6 -2 Inbound Answered
		A#7 -3 Outbound Answered/Supervising
		A#10 -2 Inbound Disconnected
		A#11 -1 Outbound Disconnected
		A#12 -3 Outbound Disconnected`},
	{"supervision by dial code", "TSN; F118078", nil, func(s *script.Script) {
		inbound(s)
		s.At(20*time.Second).Monitors("150", "104")
	}, `
		A#2 -1 Outbound Setup
		A#3 -2 Inbound Setup
		A#4 -1 Outbound Answered
		A#5 -2 Inbound Proceeding
		A#6 -2 Inbound Answered
		B#2 -1 Outbound Setup
		B#3 -1 Outbound Answered
		B#4 -1 Outbound Gone/Supervising peer=A-3`},
	{"conference: peers are proxies, the legacy id is 0", "REST; F118078", nil, func(s *script.Script) {
		inbound(s)
		s.At(20 * time.Second).Holds("104")
		s.At(23*time.Second).Calls("104", "106")
		s.At(30 * time.Second).Answers("106")
		s.At(40 * time.Second).Merges("104")
	}, `
		A#2 -1 Outbound Setup
		A#3 -2 Inbound Setup
		A#4 -1 Outbound Answered
		A#5 -2 Inbound Proceeding
		A#6 -2 Inbound Answered
		A#7 -2 Inbound Hold
		B#2 -1 Outbound Setup
		B#3 -2 Inbound Setup
		B#4 -1 Outbound Answered
		B#5 -2 Inbound Proceeding
		B#6 -2 Inbound Answered
		C#2 -1 Outbound Setup legacy=0 role=Host
		C#3 -1 Outbound Answered legacy=0 role=Host
		A#8 -2 Inbound Gone/Conference peer=C-2
		B#7 -1 Outbound Gone/Conference peer=C-3`},
	{"RingOut: both legs begin at Proceeding, the initiator's from is the target", "REST; TSN", nil, func(s *script.Script) {
		s.At(0).RingsOutTo("104", out2)
		s.At(5 * time.Second).Answers("104")
		s.At(12 * time.Second).Answers(out2)
		s.At(40 * time.Second).HangsUp("104")
	}, `
		A#2 -1 Inbound Proceeding ringout=Initiator from=+12125550188
		A#3 -1 Inbound Answered ringout=Initiator from=+12125550188
		A#4 -2 Inbound Proceeding ringout=Target
		A#5 -2 Inbound Answered ringout=Target
		A#6 -1 Inbound Disconnected ringout=Initiator from=+12125550188
		A#7 -2 Inbound Disconnected ringout=Target`},
}

// TestSwitchKeepsKnownSequences holds the switch against every order of events that is
// documented or was observed.
func TestSwitchKeepsKnownSequences(t *testing.T) {
	for _, q := range sequences {
		t.Run(q.name, func(t *testing.T) {
			x, err := pbx.NewExchange(pbx.Office())
			require.NoError(t, err)
			var d dialect.Dialect
			if q.dialect != nil {
				q.dialect(&d)
			}
			s := script.New()
			q.script(s)
			events, _, err := script.Run(x, pbx.Config{Dialect: d, Seed: 3, Start: 1772463600000}, s)
			require.NoError(t, err)
			var want []string
			for line := range strings.Lines(q.lines) {
				if line = strings.TrimSpace(line); line != "" {
					want = append(want, line)
				}
			}
			have := terse(events)
			require.Equal(t, want, have, "source: %s", q.source)
		})
	}
}

// terse writes events as the sequences above have them.
func terse(events []wire.Event) (lines []string) {
	letters := map[string]string{}
	last := wire.Time(0)
	for i := range events {
		b := &events[i].Body
		if letters[b.TelephonySessionID] == "" {
			letters[b.TelephonySessionID] = string(rune('A' + len(letters)))
		}
		p := &b.Parties[0]
		line := fmt.Sprintf("%s#%d -%d %s %s", letters[b.TelephonySessionID], b.Sequence, wire.PartyNumber(p.ID), p.Direction, p.Status.Code)
		if p.Status.Reason != "" {
			line += "/" + string(p.Status.Reason)
		}
		if q := p.Status.PeerID; q != nil {
			line += fmt.Sprintf(" peer=%s-%d", letters[q.TelephonySessionID], wire.PartyNumber(q.PartyID))
		}
		if b.SessionID == "0" {
			line += " legacy=0"
		}
		for _, more := range [][2]string{{"role", p.ConferenceRole}, {"ringout", p.RingOutRole}, {"park", p.Park.ID + p.Status.ParkData}} {
			if more[1] != "" {
				line += " " + more[0] + "=" + more[1]
			}
		}
		if p.RingOutRole == "Initiator" || p.Status.Reason == wire.ReasonAttendedTransfer && p.Status.Code == "Answered" {
			line += " from=" + p.From.PhoneNumber
		}
		if p.QueueCall {
			line += " queue"
		}
		if len(p.Recordings) > 0 {
			line += " recording"
		}
		if b.EventTime == last && p.Status.Code == "Setup" {
			line += " same"
		}
		last = b.EventTime
		lines = append(lines, line)
	}
	return lines
}

// TestQueueAgentsNotification holds the one observed notification of a queue call's
// agent against the switch's: who is named where.
func TestQueueAgentsNotification(t *testing.T) {
	x, err := pbx.NewExchange(pbx.Office())
	require.NoError(t, err)
	s := script.New().Name(out, "Ruth Calloway")
	s.At(0).Calls(out, "+14155550171")
	s.At(8 * time.Second).Answers("101")
	events, _, err := script.Run(x, pbx.Config{Seed: 3, Start: 1772463600000}, s)
	require.NoError(t, err)
	p := events[3].Body.Parties[0]
	require.Equal(t, "62254101008", p.ExtensionID)
	require.Equal(t, wire.Code("Proceeding"), p.Status.Code)
	require.True(t, p.QueueCall)
	require.Equal(t, wire.Endpoint{PhoneNumber: "+14155550171", Name: "Sales", ExtensionID: "62254710008"}, p.To, "to is the queue")
	require.Equal(t, "Sales - Ruth Calloway", p.From.Name)
	require.Equal(t, "QueueName", p.UICallInfo.Primary.Type)
	require.Equal(t, "Sales", p.UICallInfo.Primary.Value)
	require.Equal(t, "CallerIdName", p.UICallInfo.Additional.Type)
	require.Equal(t, "Ruth Calloway", p.UICallInfo.Additional.Value)
	require.Nil(t, p.Status.MobilePickup, "an agent's Proceeding has none")
}
