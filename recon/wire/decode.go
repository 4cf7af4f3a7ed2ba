package wire

import "strings"

// Decode reads one notification in any of the four Forms.
//
// It is strict about JSON: it refuses what is not JSON, bytes after the value,
// duplicate member names at every level, nesting deeper than 64, and values of
// another type than the documented one, ids as numbers included. It is lenient
// about content: unknown members, codes, reasons, origins and directions are kept,
// null is the same as absent, and bytes that are not UTF-8 as well as lone
// surrogates become U+FFFD, so that a caller's name never costs the event.
//
// The error is an *Error. It wraps ErrOtherKind for well-formed JSON that is
// another kind of message, and ErrNoSession for a body without its key.
//
// The strings of an event share one copy of raw, and none of them refers to raw
// itself. Clone what you keep longer than the event: one id pins all of the copy.
func Decode(raw []byte) (Event, error) {
	var ev Event
	err := DecodeInto(&ev, raw)
	return ev, err
}

// DecodeText is Decode of a body that is there as a text too: text is string(raw). The
// strings of the event are parts of it.
func DecodeText(raw []byte, text string) (ev Event, err error) {
	d := decoder{b: raw, s: text}
	err = d.decode(&ev)
	return ev, err
}

// DecodeInto is Decode into an event that is used again and again: it overwrites
// everything and reuses the room of ev.Body.Parties, so what an earlier event's
// Parties pointed to is gone. On an error *ev is the zero Event but for that room.
func DecodeInto(ev *Event, raw []byte) error {
	d := decoder{b: raw, s: string(raw)}
	reset(ev)
	return d.decode(ev)
}

// decode reads the whole text into an empty event.
func (d *decoder) decode(ev *Event) error {
	d.document(ev)
	if d.err == nil && d.settled(ev) {
		return nil
	}
	return d.reconsider(ev)
}

// reset empties an event but for the room of its parties, all of which is zero.
func reset(ev *Event) {
	room := ev.Body.Parties
	clear(room[:cap(room)])
	*ev = Event{}
	ev.Body.Parties = room[:0]
}

// document reads the whole text in the form that its start suggests.
func (d *decoder) document(ev *Event) {
	switch d.space() {
	case '[':
		ev.Form = FormFrame
	case '{':
		ev.Form = d.guess()
	}
	d.inForm(ev)
}

// guess tells a bare body from an envelope by the first member name.
func (d *decoder) guess() Form {
	probe := *d
	var o object
	if probe.next(&o) {
		switch probe.name(&o) {
		case "sequence", "sessionId", "telephonySessionId", "serverId", "eventTime", "parties", "origin", "accountId", "extensionId":
			return FormBody
		}
	}
	return FormEnvelope
}

// inForm reads the whole text in ev.Form.
func (d *decoder) inForm(ev *Event) {
	switch ev.Form {
	case FormFrame:
		d.frame(ev)
	case FormBody:
		d.body(&ev.Body)
	case FormAPNS:
		d.apns(ev)
	default:
		d.envelope(ev)
	}
	if d.err == nil && (d.space() != 0 || d.i < len(d.b)) {
		d.fail(d.i, "more data after the value")
	}
}

// settled reports whether what was read needs no second look: the guess of the
// form was right, and it is a telephony notification.
func (d *decoder) settled(ev *Event) bool {
	if ev.Body.TelephonySessionID == "" || !telephonyResource(ev.Resource) {
		return false
	}
	switch ev.Form {
	case FormBody:
		return !hasMember(ev.Body.Unknown, "body")
	case FormFrame:
		for _, m := range ev.Wrapper {
			if m.Name == "type" {
				return m.Value == `"ServerNotification"`
			}
		}
		return false
	}
	return true
}

func hasMember(m Members, name string) bool {
	for i := range m {
		if m[i].Name == name && m[i].Value != "null" {
			return true
		}
	}
	return false
}

// telephonyResource reports whether an event path is one of telephony sessions, or
// absent.
func telephonyResource(path string) bool {
	path, _, _ = strings.Cut(path, "?")
	return path == "" || strings.HasSuffix(path, "/telephony/sessions")
}

// frame reads a WebSocket message.
func (d *decoder) frame(ev *Event) {
	var a array
	for n := 0; d.more(&a); n++ {
		switch {
		case n == 0 && d.is('{', "a header object"):
			var o object
			for d.next(&o) {
				d.unknown(&o, &ev.Wrapper)
			}
		case n == 1:
			d.envelope(ev)
		default:
			d.mistype("the end of the frame")
			d.skip()
		}
	}
}

// apns reads the documentation's old sample.
func (d *decoder) apns(ev *Event) {
	if !d.is('{', "an object") {
		return
	}
	var o object
	for d.next(&o) {
		if d.name(&o) == "pn_apns" && d.once(&o, 0) {
			d.envelope(ev)
		} else {
			d.unknown(&o, &ev.Wrapper)
		}
	}
}

// The members of real notifications, in their order.
var (
	usualEnvelope     = usual("uuid", "event", "timestamp", "subscriptionId", "ownerId", "body")
	usualBody         = usual("sequence", "sessionId", "telephonySessionId", "serverId", "eventTime", "parties", "origin")
	usualParty        = usual("accountId", "extensionId", "id", "direction", "to", "from", "status", "queueCall", "park", "missedCall", "standAlone", "muted")
	usualEndpoint     = usual("phoneNumber", "name", "extensionId", "deviceId")
	usualStatus       = usual("code", "reason", "peerId", "mobilePickupData", "rcc")
	usualMobilePickup = usual("ccMailboxes", "to", "sid", "srvLvl", "srvLvlExt")
	usualOrigin       = usual("type")
)

func usual(names ...string) []string {
	for i, n := range names {
		names[i] = `"` + n + `":`
	}
	return names
}

func (d *decoder) envelope(ev *Event) {
	if !d.is('{', "an object") {
		return
	}
	o := object{usual: usualEnvelope}
	for d.next(&o) {
		switch d.name(&o) {
		case "uuid":
			d.str(&o, 0, &ev.UUID)
		case "event":
			d.str(&o, 1, &ev.Resource)
		case "timestamp":
			d.instant(&o, 2, &ev.Timestamp)
		case "subscriptionId":
			d.str(&o, 3, &ev.SubscriptionID)
		case "ownerId":
			d.str(&o, 4, &ev.OwnerID)
		case "body":
			if d.once(&o, 5) {
				d.body(&ev.Body)
			}
		default:
			d.unknown(&o, &ev.Unknown)
		}
	}
}

func (d *decoder) body(b *Body) {
	if !d.is('{', "an object") {
		return
	}
	o := object{usual: usualBody}
	for d.next(&o) {
		switch d.name(&o) {
		case "sequence":
			d.integer(&o, 0, &b.Sequence)
		case "sessionId":
			d.str(&o, 1, &b.SessionID)
		case "telephonySessionId":
			d.str(&o, 2, &b.TelephonySessionID)
		case "serverId":
			d.str(&o, 3, &b.ServerID)
		case "eventTime":
			d.instant(&o, 4, &b.EventTime)
		case "parties":
			if d.once(&o, 5) {
				d.parties(&b.Parties)
			}
		case "origin":
			if d.once(&o, 6) {
				d.origin(&b.Origin)
			}
		case "accountId":
			d.str(&o, 7, &b.AccountID)
		case "extensionId":
			d.str(&o, 8, &b.ExtensionID)
		default:
			d.unknown(&o, &b.Unknown)
		}
	}
}

func (d *decoder) origin(or *Origin) {
	if !d.is('{', "an object") {
		return
	}
	o := object{usual: usualOrigin}
	for d.next(&o) {
		switch d.name(&o) {
		case "type":
			d.str(&o, 0, (*string)(&or.Type))
		default:
			d.unknown(&o, &or.Unknown)
		}
	}
}

func (d *decoder) parties(list *[]Party) {
	if !d.is('[', "an array") {
		return
	}
	if cap(*list) == 0 {
		// A party takes some 500 bytes; two at once spare a second allocation.
		*list = make([]Party, 0, 1+min((len(d.b)-d.i)/750, 3))
	}
	var a array
	for d.more(&a) {
		if n := len(*list); n < cap(*list) {
			*list = (*list)[:n+1] // zero already: see reset
		} else {
			*list = append(*list, Party{})
		}
		if d.notNull("an object") {
			d.party(&(*list)[len(*list)-1])
		}
	}
}

// notNull refuses null as an element of a list.
func (d *decoder) notNull(want string) bool {
	if d.i < len(d.b) && d.b[d.i] == 'n' {
		d.mistype(want)
	}
	return d.err == nil
}

func (d *decoder) party(p *Party) {
	if !d.is('{', "an object") {
		return
	}
	o := object{usual: usualParty}
	for d.next(&o) {
		switch d.name(&o) {
		case "accountId":
			d.str(&o, 0, &p.AccountID)
		case "extensionId":
			d.str(&o, 1, &p.ExtensionID)
		case "id":
			d.str(&o, 2, &p.ID)
		case "direction":
			d.str(&o, 3, (*string)(&p.Direction))
		case "to":
			if d.once(&o, 4) {
				d.endpoint(&p.To)
			}
		case "from":
			if d.once(&o, 5) {
				d.endpoint(&p.From)
			}
		case "status":
			if d.once(&o, 6) {
				d.status(&p.Status)
			}
		case "park":
			if d.once(&o, 7) {
				d.park(&p.Park)
			}
		case "missedCall":
			d.boolean(&o, 8, &p.MissedCall)
		case "standAlone":
			d.boolean(&o, 9, &p.StandAlone)
		case "muted":
			d.boolean(&o, 10, &p.Muted)
		default:
			d.rareInParty(&o, p)
		}
	}
}

// rareInParty reads the members that few parties have.
func (d *decoder) rareInParty(o *object, p *Party) {
	switch d.name(o) {
	case "queueCall":
		d.boolean(o, 11, &p.QueueCall)
	case "conferenceRole":
		d.str(o, 12, &p.ConferenceRole)
	case "ringOutRole":
		d.str(o, 13, &p.RingOutRole)
	case "ringMeRole":
		d.str(o, 14, &p.RingMeRole)
	case "recordings":
		if d.once(o, 15) {
			d.recordings(&p.Recordings)
		}
	case "uiCallInfo":
		if d.once(o, 16) {
			d.uiCallInfo(&p.UICallInfo)
		}
	case "sipData":
		if d.once(o, 17) {
			d.sipData(&p.SIPData)
		}
	case "message":
		if d.once(o, 18) {
			d.message(p)
		}
	default:
		d.unknown(o, &p.Unknown)
	}
}

func (d *decoder) endpoint(e *Endpoint) {
	if !d.is('{', "an object") {
		return
	}
	o := object{usual: usualEndpoint}
	for d.next(&o) {
		switch d.name(&o) {
		case "phoneNumber":
			d.str(&o, 0, &e.PhoneNumber)
		case "name":
			d.str(&o, 1, &e.Name)
		case "extensionId":
			d.str(&o, 2, &e.ExtensionID)
		case "extensionNumber":
			d.str(&o, 3, &e.ExtensionNumber)
		case "deviceId":
			d.str(&o, 4, &e.DeviceID)
		default:
			d.unknown(&o, &e.Unknown)
		}
	}
}

func (d *decoder) status(s *Status) {
	if !d.is('{', "an object") {
		return
	}
	o := object{usual: usualStatus}
	for d.next(&o) {
		switch d.name(&o) {
		case "code":
			d.str(&o, 0, (*string)(&s.Code))
		case "reason":
			d.str(&o, 1, (*string)(&s.Reason))
		case "rcc":
			d.boolean(&o, 2, &s.RCC)
		case "peerId":
			if d.once(&o, 3) {
				d.peerID(&s.PeerID)
			}
		case "parkData":
			d.str(&o, 4, &s.ParkData)
		case "description":
			d.str(&o, 5, &s.Description)
		case "mobilePickupData":
			if d.once(&o, 6) {
				d.mobilePickup(&s.MobilePickup)
			}
		default:
			d.unknown(&o, &s.Unknown)
		}
	}
}

func (d *decoder) peerID(dst **PeerID) {
	if !d.is('{', "an object") {
		return
	}
	p := new(PeerID)
	*dst = p
	var o object
	for d.next(&o) {
		switch d.name(&o) {
		case "telephonySessionId":
			d.str(&o, 0, &p.TelephonySessionID)
		case "sessionId":
			d.str(&o, 1, &p.SessionID)
		case "partyId":
			d.str(&o, 2, &p.PartyID)
		default:
			d.unknown(&o, &p.Unknown)
		}
	}
	if p.TelephonySessionID == "" && IsTelephonySessionID(p.SessionID) {
		p.TelephonySessionID, p.SessionID, p.REST = p.SessionID, "", true
	}
}

func (d *decoder) park(p *Park) {
	if !d.is('{', "an object") {
		return
	}
	var o object
	for d.next(&o) {
		switch d.name(&o) {
		case "id":
			d.str(&o, 0, &p.ID)
		default:
			d.unknown(&o, &p.Unknown)
		}
	}
}

func (d *decoder) recordings(list *[]Recording) {
	if !d.is('[', "an array") {
		return
	}
	var a array
	for d.more(&a) {
		*list = append(*list, Recording{})
		if d.notNull("an object") {
			d.recording(&(*list)[len(*list)-1])
		}
	}
}

func (d *decoder) recording(r *Recording) {
	if !d.is('{', "an object") {
		return
	}
	var o object
	for d.next(&o) {
		switch d.name(&o) {
		case "id":
			d.str(&o, 0, &r.ID)
		case "active":
			d.boolean(&o, 1, &r.Active)
		default:
			d.unknown(&o, &r.Unknown)
		}
	}
}

func (d *decoder) uiCallInfo(dst **UICallInfo) {
	if !d.is('{', "an object") {
		return
	}
	u := new(UICallInfo)
	*dst = u
	var o object
	for d.next(&o) {
		switch d.name(&o) {
		case "primary":
			if d.once(&o, 0) {
				d.uiCallField(&u.Primary)
			}
		case "additional":
			if d.once(&o, 1) {
				d.uiCallField(&u.Additional)
			}
		default:
			d.unknown(&o, &u.Unknown)
		}
	}
}

func (d *decoder) uiCallField(f *UICallField) {
	if !d.is('{', "an object") {
		return
	}
	var o object
	for d.next(&o) {
		switch d.name(&o) {
		case "type":
			d.str(&o, 0, &f.Type)
		case "value":
			d.str(&o, 1, &f.Value)
		default:
			d.unknown(&o, &f.Unknown)
		}
	}
}

func (d *decoder) sipData(dst **SIPData) {
	if !d.is('{', "an object") {
		return
	}
	sip := new(SIPData)
	*dst = sip
	var o object
	for d.next(&o) {
		switch d.name(&o) {
		case "callId":
			d.str(&o, 0, &sip.CallID)
		case "toTag":
			d.str(&o, 1, &sip.ToTag)
		case "fromTag":
			d.str(&o, 2, &sip.FromTag)
		default:
			d.unknown(&o, &sip.Unknown)
		}
	}
}

func (d *decoder) mobilePickup(dst **MobilePickup) {
	if !d.is('{', "an object") {
		return
	}
	// One mailbox is the rule; it comes in the same allocation.
	room := new(struct {
		MobilePickup
		mailbox [1]string
	})
	m := &room.MobilePickup
	*dst = m
	o := object{usual: usualMobilePickup}
	for d.next(&o) {
		switch d.name(&o) {
		case "ccMailboxes":
			if d.once(&o, 0) && d.is('[', "an array") {
				m.CCMailboxes = room.mailbox[:0:1]
				d.strings(&m.CCMailboxes)
			}
		case "to":
			d.str(&o, 1, &m.To)
		case "sid":
			d.str(&o, 2, &m.SID)
		case "srvLvl":
			d.str(&o, 3, &m.SrvLvl)
		case "srvLvlExt":
			d.str(&o, 4, &m.SrvLvlExt)
		default:
			d.unknown(&o, &m.Unknown)
		}
	}
	if len(m.CCMailboxes) == 0 {
		m.CCMailboxes = nil
	}
}

func (d *decoder) strings(list *[]string) {
	var a array
	for d.more(&a) {
		var s string
		if d.notNull("a string") {
			d.stringInto(&s)
			*list = append(*list, s)
		}
	}
}

// message reads the undocumented member message. When it is not what it is assumed
// to be, it is one more unknown member.
func (d *decoder) message(p *Party) {
	start, depth, names := d.i, d.depth, len(d.names)
	var m Message
	if d.is('{', "an object") {
		var o object
		for d.next(&o) {
			switch d.name(&o) {
			case "messageId":
				d.str(&o, 0, &m.MessageID)
			case "vmDuration":
				d.integer(&o, 1, &m.VMDuration)
			default:
				d.unknown(&o, &m.Unknown)
			}
		}
		if d.err == nil {
			p.Message = &m
		}
	}
	if d.err != nil && d.semantic {
		d.i, d.depth, d.names = start, depth, d.names[:names]
		d.err, d.semantic = nil, false
		if value := d.raw(); d.err == nil {
			p.Unknown = append(p.Unknown, Member{Name: "message", Value: value})
		}
	}
}
