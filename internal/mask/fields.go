package mask

import (
	"encoding/json"
	"slices"

	"github.com/legworkhq/legwork/recon/wire"
)

// kind is what a text in an event is, and so how it is replaced.
type kind uint8

const (
	kindUUID     kind = iota
	kindResource      // /restapi/v1.0/account/1/extension/2/telephony/sessions
	kindOpaque        // an id that nothing is read from: subscription, SIP, request
	kindID            // account, extension, device, mailbox, recording, message
	kindLegacy        // the numeric session id
	kindSession
	kindParty
	kindServer // 10.13.23.147.TAM
	kindNumber // telephone or extension number, dial code
	kindName
	kindPark
	kindProse    // free text
	kindPickupTo // #1052016@sip.ringcentral.com:5060
	kindLevel    // -149699523
	kindStamp    // an instant as text
	kindWord     // one of an enumeration: stays
)

// visitor is shown everything that may have to be replaced in an event.
type visitor interface {
	// text is shown a text that is not empty; words, of an enumeration, those known.
	text(path string, k kind, s *string, words func(string) bool)
	// strange is shown members that nothing is known about.
	strange(path string, m *wire.Members)
	instant(t *wire.Time)
}

// walker shows the fields of events to a visitor.
type walker struct{ visitor }

func (w walker) put(path string, k kind, s *string) {
	if *s != "" {
		w.text(path, k, s, nil)
	}
}

func (w walker) word(path string, s *string, known func(string) bool) {
	if *s != "" {
		w.text(path, kindWord, s, known)
	}
}

func (w walker) unknown(path string, m *wire.Members) {
	if len(*m) > 0 {
		w.strange(path, m)
	}
}

func (w walker) event(ev *wire.Event) {
	w.wrapper(ev)
	w.put("uuid", kindUUID, &ev.UUID)
	w.put("event", kindResource, &ev.Resource)
	w.instant(&ev.Timestamp)
	w.put("subscriptionId", kindOpaque, &ev.SubscriptionID)
	w.put("ownerId", kindID, &ev.OwnerID)
	w.unknown("", &ev.Unknown)
	b := &ev.Body
	w.put("body.sessionId", kindLegacy, &b.SessionID)
	w.put("body.telephonySessionId", kindSession, &b.TelephonySessionID)
	w.put("body.serverId", kindServer, &b.ServerID)
	w.instant(&b.EventTime)
	w.put("body.accountId", kindID, &b.AccountID)
	w.put("body.extensionId", kindID, &b.ExtensionID)
	w.word("body.origin.type", (*string)(&b.Origin.Type), oneOf(origins))
	w.unknown("body.origin", &b.Origin.Unknown)
	w.unknown("body", &b.Unknown)
	for i := range b.Parties {
		w.party(&b.Parties[i])
	}
}

func (w walker) party(p *wire.Party) {
	w.put("body.parties[].accountId", kindID, &p.AccountID)
	w.put("body.parties[].extensionId", kindID, &p.ExtensionID)
	w.put("body.parties[].id", kindParty, &p.ID)
	w.word("body.parties[].direction", (*string)(&p.Direction), oneOf([]string{"Inbound", "Outbound"}))
	w.endpoint("body.parties[].to", &p.To)
	w.endpoint("body.parties[].from", &p.From)
	w.status(&p.Status)
	w.put("body.parties[].park.id", kindPark, &p.Park.ID)
	w.unknown("body.parties[].park", &p.Park.Unknown)
	w.word("body.parties[].conferenceRole", &p.ConferenceRole, oneOf([]string{"Host", "Participant"}))
	w.word("body.parties[].ringOutRole", &p.RingOutRole, oneOf([]string{"Initiator", "Target"}))
	w.word("body.parties[].ringMeRole", &p.RingMeRole, oneOf([]string{"Initiator", "Target"}))
	for i := range p.Recordings {
		w.put("body.parties[].recordings[].id", kindID, &p.Recordings[i].ID)
		w.unknown("body.parties[].recordings[]", &p.Recordings[i].Unknown)
	}
	if u := p.UICallInfo; u != nil {
		w.shown("body.parties[].uiCallInfo.primary", &u.Primary)
		w.shown("body.parties[].uiCallInfo.additional", &u.Additional)
		w.unknown("body.parties[].uiCallInfo", &u.Unknown)
	}
	if s := p.SIPData; s != nil {
		w.put("body.parties[].sipData.callId", kindOpaque, &s.CallID)
		w.put("body.parties[].sipData.toTag", kindOpaque, &s.ToTag)
		w.put("body.parties[].sipData.fromTag", kindOpaque, &s.FromTag)
		w.unknown("body.parties[].sipData", &s.Unknown)
	}
	if m := p.Message; m != nil {
		w.put("body.parties[].message.messageId", kindID, &m.MessageID)
		w.unknown("body.parties[].message", &m.Unknown)
	}
	w.unknown("body.parties[]", &p.Unknown)
}

func (w walker) endpoint(path string, e *wire.Endpoint) {
	w.put(path+".phoneNumber", kindNumber, &e.PhoneNumber)
	w.put(path+".name", kindName, &e.Name)
	w.put(path+".extensionId", kindID, &e.ExtensionID)
	w.put(path+".extensionNumber", kindNumber, &e.ExtensionNumber)
	w.put(path+".deviceId", kindID, &e.DeviceID)
	w.unknown(path, &e.Unknown)
}

func (w walker) status(s *wire.Status) {
	w.word("body.parties[].status.code", (*string)(&s.Code), knownCode)
	w.word("body.parties[].status.reason", (*string)(&s.Reason), knownReason)
	w.put("body.parties[].status.parkData", kindPark, &s.ParkData)
	w.put("body.parties[].status.description", kindProse, &s.Description)
	if p := s.PeerID; p != nil {
		w.put("body.parties[].status.peerId.telephonySessionId", kindSession, &p.TelephonySessionID)
		w.put("body.parties[].status.peerId.sessionId", kindLegacy, &p.SessionID)
		w.put("body.parties[].status.peerId.partyId", kindParty, &p.PartyID)
		w.unknown("body.parties[].status.peerId", &p.Unknown)
	}
	if m := s.MobilePickup; m != nil {
		const path = "body.parties[].status.mobilePickupData"
		for i := range m.CCMailboxes {
			w.put(path+".ccMailboxes[]", kindID, &m.CCMailboxes[i])
		}
		w.put(path+".to", kindPickupTo, &m.To)
		w.put(path+".sid", kindID, &m.SID)
		w.put(path+".srvLvl", kindLevel, &m.SrvLvl)
		w.put(path+".srvLvlExt", kindLevel, &m.SrvLvlExt)
		w.unknown(path, &m.Unknown)
	}
	w.unknown("body.parties[].status", &s.Unknown)
}

func (w walker) shown(path string, f *wire.UICallField) {
	w.word(path+".type", &f.Type, oneOf(shownTypes))
	w.put(path+".value", kindName, &f.Value)
	w.unknown(path, &f.Unknown)
}

// wrapper shows what stands around the envelope, which is kept as raw members.
func (w walker) wrapper(ev *wire.Event) {
	var rest wire.Members
	prefix := "[0]" // the header of a WebSocket frame
	if ev.Form == wire.FormAPNS {
		prefix = ""
	}
	kinds := map[string]kind{"messageId": kindUUID, "uuid": kindUUID, "subscriptionId": kindOpaque, "ownerId": kindID, "event": kindResource, "timestamp": kindStamp}
	var kept wire.Members
	for _, m := range ev.Wrapper {
		k, known := kinds[m.Name]
		var s string
		isText := json.Unmarshal([]byte(m.Value), &s) == nil
		switch {
		case known && isText:
			w.put(join(prefix, m.Name), k, &s)
			m.Value = quote(s)
		case m.Name == "type" && isText:
			w.word(join(prefix, m.Name), &s, oneOf([]string{"ServerNotification"}))
			m.Value = quote(s)
		case m.Name == "status" && len(m.Value) == 3 && isDigits(m.Value):
		case m.Name == "headers":
			m.Value = w.headers(join(prefix, m.Name), m.Value)
		default:
			rest = append(rest, m)
			continue
		}
		kept = append(kept, m)
	}
	if len(rest) > 0 {
		w.strange(prefix, &rest)
	}
	ev.Wrapper = append(kept, rest...)
}

// headers shows the headers of a WebSocket frame and returns them as JSON.
func (w walker) headers(path, raw string) string {
	var all map[string]json.RawMessage
	if json.Unmarshal([]byte(raw), &all) != nil {
		m := wire.Members{{Name: "", Value: raw}}
		w.strange(path, &m)
		if len(m) == 0 {
			return "null"
		}
		return raw
	}
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	var out wire.Members
	for _, name := range names {
		m := wire.Members{{Name: name, Value: string(all[name])}}
		var s string
		if name == "RCRequestId" && json.Unmarshal(all[name], &s) == nil {
			w.put(join(path, name), kindOpaque, &s)
			m[0].Value = quote(s)
		} else {
			w.strange(path, &m)
		}
		out = append(out, m...)
	}
	text := []byte{'{'}
	for i, m := range out {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(append(text, quote(m.Name)...), ':'), m.Value...)
	}
	return string(append(text, '}'))
}

func quote(s string) string {
	b, _ := json.Marshal(s) // a string can always be
	return string(b)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// The words of the enumerations.
var (
	origins = []string{string(wire.OriginCall), string(wire.OriginRingOut), string(wire.OriginRingMe), string(wire.OriginConference),
		string(wire.OriginGreetingsRecording), string(wire.OriginVerificationCall), string(wire.OriginTestCall), string(wire.OriginZoom), string(wire.OriginCallOut)}
	shownTypes = []string{"QueueName", "CallerIdName", "PhoneNumberLabel", "PhoneNumber", "QueueExtension", "CallerIdNumber", "InDIDLabel", "None"}
)

func oneOf(words []string) func(string) bool {
	return func(s string) bool { return slices.Contains(words, s) }
}

// knownCode: Tds stands in the specification, without a meaning.
func knownCode(s string) bool { return wire.Code(s).Kind() != wire.KindUnknown || s == "Tds" }

func knownReason(s string) bool {
	_, ok := wire.Reason(s).Canonical()
	return ok
}
