package wire

import (
	"strconv"
	"unicode/utf8"

	"github.com/legworkhq/legwork/recon/internal/ms"
)

// Encode writes an event in its Form, as one line of JSON without a line end. See
// Append.
func Encode(ev *Event) []byte { return Append(nil, ev) }

// Append appends an event in its Form to dst: members in the order in which real
// notifications have them, unknown members last, times in UTC with three decimals.
// A notification in the shape of today's webhooks comes back byte for byte. Text
// that is not UTF-8 is written as U+FFFD. Append does not allocate when dst has
// room.
func Append(dst []byte, ev *Event) []byte {
	switch ev.Form {
	case FormBody:
		return appendBody(dst, &ev.Body)
	case FormFrame:
		dst = append(dst, '[')
		dst = appendFrameHeader(dst, ev)
		dst = append(dst, ',')
		dst = appendEnvelope(dst, ev)
		return append(dst, ']')
	case FormAPNS:
		dst = appendAPNSWrapper(dst, ev)
		dst = name(dst, `"pn_apns":`)
		dst = appendEnvelope(dst, ev)
		return append(dst, '}')
	}
	return appendEnvelope(dst, ev)
}

// MarshalJSON writes the event as Append does.
func (ev Event) MarshalJSON() ([]byte, error) { return Append(nil, &ev), nil }

// UnmarshalJSON reads the event as Decode does. JSON null changes nothing.
func (ev *Event) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	return DecodeInto(ev, b)
}

func appendFrameHeader(dst []byte, ev *Event) []byte {
	dst = append(dst, '{')
	if len(ev.Wrapper) > 0 {
		dst = appendMembers(dst, ev.Wrapper)
	} else {
		dst = appendText(dst, `"type":`, "ServerNotification")
		dst = appendText(dst, `"messageId":`, ev.UUID)
	}
	return append(dst, '}')
}

func appendAPNSWrapper(dst []byte, ev *Event) []byte {
	dst = append(dst, '{')
	if len(ev.Wrapper) > 0 {
		return appendMembers(dst, ev.Wrapper)
	}
	dst = appendText(dst, `"uuid":`, ev.UUID)
	dst = appendText(dst, `"subscriptionId":`, ev.SubscriptionID)
	return appendText(dst, `"ownerId":`, ev.OwnerID)
}

func appendEnvelope(dst []byte, ev *Event) []byte {
	dst = append(dst, '{')
	dst = appendText(dst, `"uuid":`, ev.UUID)
	dst = appendText(dst, `"event":`, ev.Resource)
	dst = appendTime(dst, `"timestamp":`, ev.Timestamp)
	dst = appendText(dst, `"subscriptionId":`, ev.SubscriptionID)
	dst = appendText(dst, `"ownerId":`, ev.OwnerID)
	dst = appendBody(name(dst, `"body":`), &ev.Body)
	dst = appendMembers(dst, ev.Unknown)
	return append(dst, '}')
}

func appendBody(dst []byte, b *Body) []byte {
	dst = append(dst, '{')
	if b.Sequence != 0 {
		dst = strconv.AppendInt(name(dst, `"sequence":`), b.Sequence, 10)
	}
	dst = appendText(dst, `"sessionId":`, b.SessionID)
	dst = appendText(dst, `"telephonySessionId":`, b.TelephonySessionID)
	dst = appendText(dst, `"serverId":`, b.ServerID)
	dst = appendTime(dst, `"eventTime":`, b.EventTime)
	dst = appendText(dst, `"accountId":`, b.AccountID)
	dst = append(name(dst, `"parties":`), '[')
	for i := range b.Parties {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendParty(dst, &b.Parties[i])
	}
	dst = append(dst, `],"origin":{`...)
	dst = appendText(dst, `"type":`, string(b.Origin.Type))
	dst = appendMembers(dst, b.Origin.Unknown)
	dst = append(dst, '}')
	dst = appendText(dst, `"extensionId":`, b.ExtensionID)
	dst = appendMembers(dst, b.Unknown)
	return append(dst, '}')
}

func appendParty(dst []byte, p *Party) []byte {
	dst = append(dst, '{')
	dst = appendText(dst, `"accountId":`, p.AccountID)
	dst = appendText(dst, `"extensionId":`, p.ExtensionID)
	dst = appendText(dst, `"id":`, p.ID)
	dst = appendText(dst, `"direction":`, string(p.Direction))
	dst = appendEndpoint(name(dst, `"to":`), &p.To)
	dst = appendEndpoint(append(dst, `,"from":`...), &p.From)
	dst = appendStatus(append(dst, `,"status":`...), &p.Status)
	if p.QueueCall {
		dst = append(dst, `,"queueCall":true`...)
	}
	dst = append(dst, `,"park":{`...)
	dst = appendText(dst, `"id":`, p.Park.ID)
	dst = appendMembers(dst, p.Park.Unknown)
	dst = append(dst, '}')
	dst = appendBool(dst, `,"missedCall":`, p.MissedCall)
	dst = appendBool(dst, `,"standAlone":`, p.StandAlone)
	dst = appendBool(dst, `,"muted":`, p.Muted)
	dst = appendText(dst, `"conferenceRole":`, p.ConferenceRole)
	dst = appendText(dst, `"ringOutRole":`, p.RingOutRole)
	dst = appendText(dst, `"ringMeRole":`, p.RingMeRole)
	dst = appendRecordings(dst, p.Recordings)
	if u := p.UICallInfo; u != nil {
		dst = append(dst, `,"uiCallInfo":{"primary":`...)
		dst = appendUICallField(dst, &u.Primary)
		dst = appendUICallField(append(dst, `,"additional":`...), &u.Additional)
		dst = append(appendMembers(dst, u.Unknown), '}')
	}
	dst = appendSIPData(dst, p.SIPData)
	dst = appendMessage(dst, p.Message)
	dst = appendMembers(dst, p.Unknown)
	return append(dst, '}')
}

func appendEndpoint(dst []byte, e *Endpoint) []byte {
	dst = append(dst, '{')
	dst = appendText(dst, `"phoneNumber":`, e.PhoneNumber)
	dst = appendText(dst, `"name":`, e.Name)
	dst = appendText(dst, `"extensionId":`, e.ExtensionID)
	dst = appendText(dst, `"extensionNumber":`, e.ExtensionNumber)
	dst = appendText(dst, `"deviceId":`, e.DeviceID)
	dst = appendMembers(dst, e.Unknown)
	return append(dst, '}')
}

func appendStatus(dst []byte, s *Status) []byte {
	dst = append(dst, '{')
	dst = appendText(dst, `"code":`, string(s.Code))
	dst = appendText(dst, `"reason":`, string(s.Reason))
	if p := s.PeerID; p != nil {
		dst = appendPeerID(name(dst, `"peerId":`), p)
	}
	dst = appendText(dst, `"parkData":`, s.ParkData)
	if m := s.MobilePickup; m != nil {
		dst = appendMobilePickup(name(dst, `"mobilePickupData":`), m)
	}
	dst = appendText(dst, `"description":`, s.Description)
	dst = appendBool(name(dst, ""), `"rcc":`, s.RCC)
	dst = appendMembers(dst, s.Unknown)
	return append(dst, '}')
}

func appendPeerID(dst []byte, p *PeerID) []byte {
	dst = append(dst, '{')
	if p.REST {
		dst = appendText(dst, `"sessionId":`, p.TelephonySessionID)
	} else {
		dst = appendText(dst, `"telephonySessionId":`, p.TelephonySessionID)
		dst = appendText(dst, `"sessionId":`, p.SessionID)
	}
	dst = appendText(dst, `"partyId":`, p.PartyID)
	dst = appendMembers(dst, p.Unknown)
	return append(dst, '}')
}

func appendMobilePickup(dst []byte, m *MobilePickup) []byte {
	dst = append(dst, '{')
	if len(m.CCMailboxes) > 0 {
		dst = append(dst, `"ccMailboxes":`...)
		for i, s := range m.CCMailboxes {
			c := byte(',')
			if i == 0 {
				c = '['
			}
			dst = appendString(append(dst, c), s)
		}
		dst = append(dst, ']')
	}
	dst = appendText(dst, `"to":`, m.To)
	dst = appendText(dst, `"sid":`, m.SID)
	dst = appendText(dst, `"srvLvl":`, m.SrvLvl)
	dst = appendText(dst, `"srvLvlExt":`, m.SrvLvlExt)
	dst = appendMembers(dst, m.Unknown)
	return append(dst, '}')
}

func appendRecordings(dst []byte, list []Recording) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(dst, `,"recordings":`...)
	for i := range list {
		if i == 0 {
			dst = append(dst, `[{`...)
		} else {
			dst = append(dst, `,{`...)
		}
		dst = appendText(dst, `"id":`, list[i].ID)
		dst = appendBool(name(dst, ""), `"active":`, list[i].Active)
		dst = append(appendMembers(dst, list[i].Unknown), '}')
	}
	return append(dst, ']')
}

func appendUICallField(dst []byte, f *UICallField) []byte {
	dst = append(dst, '{')
	dst = appendText(dst, `"type":`, f.Type)
	dst = appendText(dst, `"value":`, f.Value)
	return append(appendMembers(dst, f.Unknown), '}')
}

func appendSIPData(dst []byte, d *SIPData) []byte {
	if d == nil {
		return dst
	}
	dst = append(dst, `,"sipData":{`...)
	dst = appendText(dst, `"callId":`, d.CallID)
	dst = appendText(dst, `"toTag":`, d.ToTag)
	dst = appendText(dst, `"fromTag":`, d.FromTag)
	return append(appendMembers(dst, d.Unknown), '}')
}

func appendMessage(dst []byte, m *Message) []byte {
	if m == nil {
		return dst
	}
	dst = append(dst, `,"message":{`...)
	dst = appendText(dst, `"messageId":`, m.MessageID)
	if m.VMDuration != 0 {
		dst = strconv.AppendInt(name(dst, `"vmDuration":`), m.VMDuration, 10)
	}
	return append(appendMembers(dst, m.Unknown), '}')
}

// name appends a member name (quoted, with its colon) and, unless it is the first
// of its object, the comma before it.
func name(dst []byte, quoted string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(dst, quoted...)
}

func appendText(dst []byte, quoted, s string) []byte {
	if s == "" {
		return dst
	}
	return appendString(name(dst, quoted), s)
}

func appendTime(dst []byte, quoted string, t Time) []byte {
	if t == 0 {
		return dst
	}
	dst = append(name(dst, quoted), '"')
	return append(ms.Append(dst, int64(t)), '"')
}

func appendBool(dst []byte, prefix string, v bool) []byte {
	dst = append(dst, prefix...)
	if v {
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}

func appendMembers(dst []byte, members Members) []byte {
	for i := range members {
		dst = append(appendString(name(dst, ""), members[i].Name), ':')
		if members[i].Value == "" {
			dst = append(dst, "null"...)
			continue
		}
		dst = append(dst, members[i].Value...)
	}
	return dst
}

// appendString writes a JSON string. Only what must be escaped is.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := len(dst)
	dst = append(dst, s...)
	if plain(dst, start) < len(dst) {
		dst = appendQuoted(dst[:start], s)
	}
	return append(dst, '"')
}

// appendQuoted writes the inside of a JSON string that is not plain.
func appendQuoted(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size != 1 {
				i += size
				continue
			}
			dst = append(append(dst, s[start:i]...), "\uFFFD"...)
		} else {
			dst = appendEscape(append(dst, s[start:i]...), c)
		}
		i++
		start = i
	}
	return append(dst, s[start:]...)
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
