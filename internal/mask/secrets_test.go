package mask

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/wire"
)

// plant fills every text field of an event, however deep, with what next returns, and
// one element into every list. It finds fields by reflection, so that one that is added
// to package wire is planted too.
func plant(v reflect.Value, path string, next func(path string) string) {
	switch v.Kind() {
	case reflect.String:
		if s := next(path); s != "" {
			v.SetString(s)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			plant(v.Field(i), path+"."+v.Type().Field(i).Name, next)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		plant(v.Elem(), path, next)
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[wire.Members]() {
			if s := next(path); s != "" {
				v.Set(reflect.ValueOf(wire.Members{{Name: "member" + s, Value: quote(s)}}))
			}
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		plant(v.Index(0), path+"[]", next)
	}
}

func planted(next func(path string) string) *wire.Event {
	ev := &wire.Event{}
	plant(reflect.ValueOf(ev).Elem(), "", next)
	ev.Body.EventTime, ev.Timestamp, ev.Body.Sequence = 1772463600000, 1772463600100, 2
	return ev
}

// A secret in any text field, of any shape: refused, or not in what comes out.
func TestNoSecretPasses(t *testing.T) {
	for shape, secret := range map[string]func(n int) string{
		"word":    func(n int) string { return fmt.Sprintf("Secret%04dWord", n) },
		"phrase":  func(n int) string { return fmt.Sprintf("secret %04d of Ann Lee", n) },
		"digits":  func(n int) string { return fmt.Sprintf("77%05d7733", n) },
		"phone":   func(n int) string { return fmt.Sprintf("+1404809%04d", n) },
		"guid":    func(n int) string { return fmt.Sprintf("5ec2e7%02x-0000-4000-8000-5ec2e7%06x", n, n) },
		"session": func(n int) string { return fmt.Sprintf("s-a0d1793285c1az19caf10%04xz80c%02d0000", n, n) },
		"2019":    func(n int) string { return fmt.Sprintf("s-5ec2e75ec2e75ec2e75ec2e75ec2%04x", n) },
		"party":   func(n int) string { return fmt.Sprintf("p-5ec2e75ec2e75ec2e75ec2e75ec2%04x-7", n) },
		"queue":   func(n int) string { return fmt.Sprintf("Sec%04d - Ret%04d", n, n) },
		"path":    func(n int) string { return fmt.Sprintf("/restapi/v1.0/account/77%05d/telephony/sessions", n) },
		"address": func(n int) string { return fmt.Sprintf("sip:secret%04d@10.1.2.3", n) },
	} {
		t.Run(shape, func(t *testing.T) {
			var secrets []string
			ev := planted(func(path string) string {
				s := secret(len(secrets) + 1)
				secrets = append(secrets, s)
				if path == ".Resource" && shape != "path" {
					return "/" + s + "/telephony/sessions" // else it is another kind of event
				}
				return s
			})
			require.Greater(t, len(secrets), 60)
			ev.Form = wire.FormEnvelope
			check := func(opt Options) {
				s := NewSurvey(opt)
				copied := again(t, ev)
				s.Add(1, copied)
				require.NotEmpty(t, s.Strange(), "members that are not known")
				m, err := s.Masker(testKey(1), false)
				if !opt.DropUnknown {
					require.ErrorIs(t, err, ErrStrange)
					return
				}
				require.NoError(t, err)
				copied = again(t, ev)
				require.NoError(t, m.Event(&copied))
				passes(t, string(wire.Encode(&copied)), secrets)
			}
			check(Options{})
			check(Options{DropUnknown: true})
		})
	}
}

// public are words that every notification has.
var public = []string{"restapi", "account", "telephony", "sessions", "extension", "ringcentral"}

// passes fails when a text holds a secret, or a part of one that tells.
func passes(t *testing.T, text string, secrets []string) {
	t.Helper()
	for _, s := range secrets {
		require.NotContains(t, text, s)
		for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" -/@:+.", r) }) {
			if len(part) >= 7 && !slices.Contains(public, part) && !strings.Contains(part, "19caf10") {
				require.NotContains(t, text, part)
			}
		}
	}
}

// The same with the values that the fields are made for: everything is known, nothing
// is refused, and what identifies somebody is gone.
func TestNothingKnownPasses(t *testing.T) {
	values := map[string]string{
		".UUID": "4654793329359724763", ".Resource": "/restapi/v1.0/account/809646016/extension/62242421016/telephony/sessions",
		".SubscriptionID": "2461434a-276a-4073-bd26-34089effbad5", ".OwnerID": "809646016",
		".Body.SessionID": "429180487016", ".Body.TelephonySessionID": "s-a0d1793285c1az19caf103167z80c410000", ".Body.ServerID": "10.13.23.147.TAM",
		".Body.Origin.Type": "Call", ".Body.AccountID": "809646016", ".Body.ExtensionID": "62242421016",
		".Body.Parties[].AccountID": "809646016", ".Body.Parties[].ExtensionID": "62242421016", ".Body.Parties[].ID": "p-a0d1793285c1az19caf103167z80c410000-2",
		".Body.Parties[].Direction": "Inbound", ".Body.Parties[].ConferenceRole": "Host", ".Body.Parties[].RingOutRole": "Target", ".Body.Parties[].RingMeRole": "Initiator",
		".Body.Parties[].To.PhoneNumber": "+14048096345", ".Body.Parties[].To.Name": "Ann Lee", ".Body.Parties[].To.ExtensionID": "62242421016",
		".Body.Parties[].To.ExtensionNumber": "10417", ".Body.Parties[].To.DeviceID": "802106045008",
		".Body.Parties[].From.PhoneNumber": "+4915112345678", ".Body.Parties[].From.Name": "Support - Ruth Calloway", ".Body.Parties[].From.ExtensionID": "62242429016",
		".Body.Parties[].From.ExtensionNumber": "10433", ".Body.Parties[].From.DeviceID": "802106046008",
		".Body.Parties[].Status.Code": "Gone", ".Body.Parties[].Status.Reason": "Pickup", ".Body.Parties[].Status.ParkData": "10455",
		".Body.Parties[].Status.Description":               "asked for Mr Calloway's account",
		".Body.Parties[].Status.PeerID.TelephonySessionID": "s-718107795d564867a6f635fd81e89940", ".Body.Parties[].Status.PeerID.SessionID": "429180999016",
		".Body.Parties[].Status.PeerID.PartyID":             "p-718107795d564867a6f635fd81e89940-3",
		".Body.Parties[].Status.MobilePickup.CCMailboxes[]": "62242421555",
		".Body.Parties[].Status.MobilePickup.To":            "#1052016@sip.ringcentral.com:5060",
		".Body.Parties[].Status.MobilePickup.SID":           "53205738620264",
		".Body.Parties[].Status.MobilePickup.SrvLvl":        "-149699523",
		".Body.Parties[].Status.MobilePickup.SrvLvlExt":     "40677",
		".Body.Parties[].Park.ID":                           "10466",
		".Body.Parties[].Recordings[].ID":                   "932960199988",
		".Body.Parties[].UICallInfo.Primary.Type":           "QueueName",
		".Body.Parties[].UICallInfo.Primary.Value":          "Support",
		".Body.Parties[].UICallInfo.Additional.Type":        "CallerIdName",
		".Body.Parties[].UICallInfo.Additional.Value":       "Ruth Calloway",
		".Body.Parties[].SIPData.CallID":                    "ad4e01b2c3@10.1.2.3",
		".Body.Parties[].SIPData.ToTag":                     "gK0c5ec2e7",
		".Body.Parties[].SIPData.FromTag":                   "gK0c5ec2e8",
		".Body.Parties[].Message.MessageID":                 "932960112233",
	}
	used := map[string]bool{}
	ev := planted(func(path string) string {
		if strings.HasSuffix(path, "Unknown") || path == ".Wrapper" {
			return ""
		}
		require.Contains(t, values, path, "a field that this test has no value for")
		used[path] = true
		return values[path]
	})
	require.Len(t, used, len(values))
	ev.Body.Parties[0].QueueCall = true
	for _, form := range []wire.Form{wire.FormEnvelope, wire.FormBody, wire.FormFrame, wire.FormAPNS} {
		ev.Form, ev.Wrapper = form, nil
		switch form {
		case wire.FormFrame:
			ev.Wrapper = wire.Members{{Name: "type", Value: `"ServerNotification"`}, {Name: "messageId", Value: `"4654793329359724763"`}, {Name: "status", Value: "200"},
				{Name: "headers", Value: `{"RCRequestId":"5ec2e75e-c2e7-11ee-9000-005056a95ec2"}`}}
		case wire.FormAPNS:
			ev.Wrapper = wire.Members{{Name: "uuid", Value: `"4654793329359724763"`}, {Name: "timestamp", Value: `"2026-03-02T15:00:00.100Z"`}, {Name: "ownerId", Value: `"809646016"`}}
		}
		s := NewSurvey(Options{})
		s.Add(1, again(t, ev))
		require.Empty(t, s.Strange())
		m, err := s.Masker(testKey(2), true)
		require.NoError(t, err)
		out := again(t, ev)
		require.NoError(t, m.Event(&out))
		text := string(wire.Encode(&out))
		var secrets []string
		for _, v := range values {
			if len(v) >= 5 && v != "Inbound" && v != "Target" && v != "Initiator" && v != "QueueName" && v != "CallerIdName" && v != "Pickup" {
				secrets = append(secrets, v)
			}
		}
		passes(t, text, append(secrets, "Calloway", "Support", "Ruth", "Ann", "809646", "62242", "1052016", "404809", "49151", "5ec2e7", "2026", "19caf1"))
		require.True(t, json.Valid([]byte(text)))
		if form == wire.FormFrame {
			require.Contains(t, text, `"messageId":"`+out.UUID+`"`, "the same id at both places")
		}
		p := out.Body.Parties[0]
		require.Equal(t, p.UICallInfo.Primary.Value+" - "+p.UICallInfo.Additional.Value, p.From.Name, "the two names of a queue call")
	}
}
