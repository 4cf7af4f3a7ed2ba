package wire_test

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/legworkhq/legwork/recon/internal/ms"
	"github.com/legworkhq/legwork/recon/wire"
)

// The reference decoder: the slow, obvious twin of wire.Decode, on the tokenizer
// that becomes encoding/json/v2. It builds a tree and then looks things up in it.

// node is a JSON value. Kind is jsontext's: n t f " 0 { [.
type node struct {
	kind    jsontext.Kind
	text    string // of a string; of a number, its literal
	names   []string
	values  []*node
	compact string
}

var errMistyped = errors.New("mistyped")

// parse reads exactly one value, no deeper than 64.
func parse(raw []byte) (*node, error) {
	d := jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowInvalidUTF8(true))
	n, err := parseValue(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.ReadToken(); err == nil {
		return nil, errors.New("more data")
	} else if err.Error() != "EOF" {
		return nil, err
	}
	return n, nil
}

func parseValue(d *jsontext.Decoder) (*node, error) {
	switch k := d.PeekKind(); k {
	case '{', '[':
		if _, err := d.ReadToken(); err != nil {
			return nil, err
		}
		if d.StackDepth() > 64 {
			return nil, errors.New("too deep")
		}
		n := &node{kind: k}
		text := []byte{byte(k)}
		for d.PeekKind() != '}' && d.PeekKind() != ']' {
			if d.PeekKind() == 0 {
				_, err := d.ReadToken()
				return nil, err
			}
			if len(n.values) > 0 {
				text = append(text, ',')
			}
			if k == '{' {
				v, err := d.ReadValue()
				if err != nil {
					return nil, err
				}
				text = append(append(text, v...), ':')
				name, err := jsontext.AppendUnquote(nil, v)
				if err != nil && !strings.Contains(err.Error(), "invalid UTF-8") && !strings.Contains(err.Error(), "surrogate") {
					return nil, err
				}
				n.names = append(n.names, string(name))
			}
			v, err := parseValue(d)
			if err != nil {
				return nil, err
			}
			n.values = append(n.values, v)
			text = append(text, v.compact...)
		}
		if _, err := d.ReadToken(); err != nil {
			return nil, err
		}
		n.compact = string(append(text, byte(k)+2))
		return n, nil
	case '"':
		v, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		text, _ := jsontext.AppendUnquote(nil, v)
		return &node{kind: k, text: string(text), compact: string(v)}, nil
	default:
		v, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		return &node{kind: v.Kind(), text: string(v), compact: string(v)}, nil
	}
}

// each calls known for every member and keeps those it does not take.
func (n *node) each(keep *wire.Members, known func(name string, v *node) bool) {
	for i, name := range n.names {
		if !known(name, n.values[i]) {
			*keep = append(*keep, wire.Member{Name: name, Value: fixUTF8(n.values[i].compact)})
		}
	}
}

func fixUTF8(s string) string { return string([]rune(s)) }

func (n *node) get(name string) *node {
	for i := range n.names {
		if n.names[i] == name && n.values[i].kind != 'n' {
			return n.values[i]
		}
	}
	return nil
}

// reader collects the first type error of a tree.
type reader struct{ err error }

func (r *reader) fits(v *node, kind jsontext.Kind) bool {
	if v.kind == 'n' {
		return false
	}
	if v.kind != kind && r.err == nil {
		r.err = errMistyped
	}
	return v.kind == kind
}

func setText[T ~string](r *reader, v *node, dst *T) bool {
	if r.fits(v, '"') {
		*dst = T(v.text)
	}
	return true
}

func (r *reader) flag(v *node, dst *bool) bool {
	if v.kind == 't' || v.kind == 'f' {
		*dst = v.kind == 't'
	} else {
		r.fits(v, 't')
	}
	return true
}

func (r *reader) number(v *node, dst *int64) bool {
	if r.fits(v, '0') {
		n, err := strconv.ParseInt(v.text, 10, 64)
		if err != nil && r.err == nil {
			r.err = errMistyped
		}
		*dst = n
	}
	return true
}

func (r *reader) instant(v *node, dst *wire.Time) bool {
	if r.fits(v, '"') {
		m, err := ms.Parse(v.text)
		if err != nil && r.err == nil {
			r.err = errMistyped
		}
		*dst = wire.Time(m)
	}
	return true
}

func referenceDecode(raw []byte) (wire.Event, error) {
	tree, err := parse(raw)
	if err != nil {
		return wire.Event{}, err
	}
	var ev wire.Event
	r := &reader{}
	envelope := tree
	switch {
	case tree.kind == '[':
		if len(tree.values) == 0 || tree.values[0].kind != '{' {
			return wire.Event{}, errMistyped
		}
		typ := tree.values[0].get("type")
		switch {
		case typ == nil || typ.kind != '"':
			return wire.Event{}, errMistyped
		case typ.text != "ServerNotification":
			return wire.Event{}, wire.ErrOtherKind
		case len(tree.values) != 2 || tree.values[1].kind != '{':
			return wire.Event{}, errMistyped
		}
		ev.Form = wire.FormFrame
		tree.values[0].each(&ev.Wrapper, func(string, *node) bool { return false })
		envelope = tree.values[1]
	case tree.kind != '{':
		return wire.Event{}, errMistyped
	case tree.get("body") != nil:
	case tree.get("telephonySessionId") != nil || tree.get("parties") != nil:
		ev.Form = wire.FormBody
		envelope = &node{kind: '{', names: []string{"body"}, values: []*node{tree}}
	case tree.get("pn_apns") != nil && tree.get("pn_apns").kind == '{':
		ev.Form = wire.FormAPNS
		tree.each(&ev.Wrapper, func(name string, _ *node) bool { return name == "pn_apns" })
		envelope = tree.get("pn_apns")
	}
	if e := envelope.get("event"); e != nil && e.kind == '"' {
		path, _, _ := strings.Cut(e.text, "?")
		if path != "" && !strings.HasSuffix(path, "/telephony/sessions") {
			return wire.Event{}, wire.ErrOtherKind
		}
	}
	body := envelope.get("body")
	if body == nil || body.kind == '{' && body.get("telephonySessionId") == nil && body.get("parties") == nil {
		return wire.Event{}, wire.ErrOtherKind
	}
	envelope.each(&ev.Unknown, func(name string, v *node) bool {
		switch name {
		case "uuid":
			return setText(r, v, &ev.UUID)
		case "event":
			return setText(r, v, &ev.Resource)
		case "timestamp":
			return r.instant(v, &ev.Timestamp)
		case "subscriptionId":
			return setText(r, v, &ev.SubscriptionID)
		case "ownerId":
			return setText(r, v, &ev.OwnerID)
		case "body":
			if r.fits(v, '{') {
				r.body(v, &ev.Body)
			}
			return true
		}
		return false
	})
	if r.err != nil {
		return wire.Event{}, r.err
	}
	if ev.Body.TelephonySessionID == "" {
		return wire.Event{}, wire.ErrNoSession
	}
	return ev, nil
}

func (r *reader) body(n *node, b *wire.Body) {
	n.each(&b.Unknown, func(name string, v *node) bool {
		switch name {
		case "sequence":
			return r.number(v, &b.Sequence)
		case "sessionId":
			return setText(r, v, &b.SessionID)
		case "telephonySessionId":
			return setText(r, v, &b.TelephonySessionID)
		case "serverId":
			return setText(r, v, &b.ServerID)
		case "eventTime":
			return r.instant(v, &b.EventTime)
		case "parties":
			if r.fits(v, '[') {
				for _, p := range v.values {
					b.Parties = append(b.Parties, wire.Party{})
					if p.kind == 'n' {
						r.err = errMistyped
					} else if r.fits(p, '{') {
						r.party(p, &b.Parties[len(b.Parties)-1])
					}
				}
			}
			return true
		case "origin":
			if r.fits(v, '{') {
				v.each(&b.Origin.Unknown, func(name string, v *node) bool {
					return name == "type" && setText(r, v, &b.Origin.Type)
				})
			}
			return true
		case "accountId":
			return setText(r, v, &b.AccountID)
		case "extensionId":
			return setText(r, v, &b.ExtensionID)
		}
		return false
	})
}

func (r *reader) party(n *node, p *wire.Party) {
	n.each(&p.Unknown, func(name string, v *node) bool {
		switch name {
		case "accountId":
			return setText(r, v, &p.AccountID)
		case "extensionId":
			return setText(r, v, &p.ExtensionID)
		case "id":
			return setText(r, v, &p.ID)
		case "direction":
			return setText(r, v, &p.Direction)
		case "to":
			return r.endpoint(v, &p.To)
		case "from":
			return r.endpoint(v, &p.From)
		case "status":
			return r.status(v, &p.Status)
		case "park":
			if r.fits(v, '{') {
				v.each(&p.Park.Unknown, func(name string, v *node) bool {
					return name == "id" && setText(r, v, &p.Park.ID)
				})
			}
			return true
		case "missedCall":
			return r.flag(v, &p.MissedCall)
		case "standAlone":
			return r.flag(v, &p.StandAlone)
		case "muted":
			return r.flag(v, &p.Muted)
		case "queueCall":
			return r.flag(v, &p.QueueCall)
		case "conferenceRole":
			return setText(r, v, &p.ConferenceRole)
		case "ringOutRole":
			return setText(r, v, &p.RingOutRole)
		case "ringMeRole":
			return setText(r, v, &p.RingMeRole)
		case "recordings":
			if r.fits(v, '[') {
				for _, e := range v.values {
					if e.kind == 'n' {
						r.err = errMistyped
						continue
					}
					var rec wire.Recording
					if r.fits(e, '{') {
						e.each(&rec.Unknown, func(name string, v *node) bool {
							return name == "id" && setText(r, v, &rec.ID) || name == "active" && r.flag(v, &rec.Active)
						})
					}
					p.Recordings = append(p.Recordings, rec)
				}
			}
			return true
		case "uiCallInfo":
			if r.fits(v, '{') {
				p.UICallInfo = &wire.UICallInfo{}
				v.each(&p.UICallInfo.Unknown, func(name string, v *node) bool {
					return name == "primary" && r.uiCallField(v, &p.UICallInfo.Primary) ||
						name == "additional" && r.uiCallField(v, &p.UICallInfo.Additional)
				})
			}
			return true
		case "sipData":
			if r.fits(v, '{') {
				s := &wire.SIPData{}
				p.SIPData = s
				v.each(&s.Unknown, func(name string, v *node) bool {
					return name == "callId" && setText(r, v, &s.CallID) || name == "toTag" && setText(r, v, &s.ToTag) ||
						name == "fromTag" && setText(r, v, &s.FromTag)
				})
			}
			return true
		case "message":
			own := &reader{}
			if own.fits(v, '{') {
				m := &wire.Message{}
				v.each(&m.Unknown, func(name string, v *node) bool {
					return name == "messageId" && setText(own, v, &m.MessageID) ||
						name == "vmDuration" && own.number(v, &m.VMDuration)
				})
				p.Message = m
			}
			if own.err != nil {
				p.Message = nil
				return false
			}
			return true
		}
		return false
	})
}

func (r *reader) endpoint(n *node, e *wire.Endpoint) bool {
	if !r.fits(n, '{') {
		return true
	}
	n.each(&e.Unknown, func(name string, v *node) bool {
		switch name {
		case "phoneNumber":
			return setText(r, v, &e.PhoneNumber)
		case "name":
			return setText(r, v, &e.Name)
		case "extensionId":
			return setText(r, v, &e.ExtensionID)
		case "extensionNumber":
			return setText(r, v, &e.ExtensionNumber)
		case "deviceId":
			return setText(r, v, &e.DeviceID)
		}
		return false
	})
	return true
}

func (r *reader) uiCallField(n *node, f *wire.UICallField) bool {
	if r.fits(n, '{') {
		n.each(&f.Unknown, func(name string, v *node) bool {
			return name == "type" && setText(r, v, &f.Type) || name == "value" && setText(r, v, &f.Value)
		})
	}
	return true
}

func (r *reader) status(n *node, s *wire.Status) bool {
	if !r.fits(n, '{') {
		return true
	}
	n.each(&s.Unknown, func(name string, v *node) bool {
		switch name {
		case "code":
			return setText(r, v, &s.Code)
		case "reason":
			return setText(r, v, &s.Reason)
		case "rcc":
			return r.flag(v, &s.RCC)
		case "parkData":
			return setText(r, v, &s.ParkData)
		case "description":
			return setText(r, v, &s.Description)
		case "peerId":
			if r.fits(v, '{') {
				s.PeerID = r.peerID(v)
			}
			return true
		case "mobilePickupData":
			if r.fits(v, '{') {
				s.MobilePickup = r.mobilePickup(v)
			}
			return true
		}
		return false
	})
	return true
}

func (r *reader) peerID(n *node) *wire.PeerID {
	p := &wire.PeerID{}
	n.each(&p.Unknown, func(name string, v *node) bool {
		return name == "telephonySessionId" && setText(r, v, &p.TelephonySessionID) ||
			name == "sessionId" && setText(r, v, &p.SessionID) || name == "partyId" && setText(r, v, &p.PartyID)
	})
	if p.TelephonySessionID == "" && wire.IsTelephonySessionID(p.SessionID) {
		p.TelephonySessionID, p.SessionID, p.REST = p.SessionID, "", true
	}
	return p
}

func (r *reader) mobilePickup(n *node) *wire.MobilePickup {
	m := &wire.MobilePickup{}
	n.each(&m.Unknown, func(name string, v *node) bool {
		switch name {
		case "ccMailboxes":
			if r.fits(v, '[') {
				for _, e := range v.values {
					if e.kind != '"' {
						r.err = errMistyped
					}
					m.CCMailboxes = append(m.CCMailboxes, e.text)
				}
			}
			return true
		case "to":
			return setText(r, v, &m.To)
		case "sid":
			return setText(r, v, &m.SID)
		case "srvLvl":
			return setText(r, v, &m.SrvLvl)
		case "srvLvlExt":
			return setText(r, v, &m.SrvLvlExt)
		}
		return false
	})
	return m
}

func decodeReference(b *testing.B, raw []byte) {
	for b.Loop() {
		if _, err := referenceDecode(raw); err != nil {
			b.Fatal(err)
		}
	}
}
