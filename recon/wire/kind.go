package wire

import "strconv"

// This file is the slow path of Decode: it takes the second look at texts that
// the single pass refused or could not place. Whatever went wrong there, the
// answer is found in one order: first what is not JSON, then what is another kind
// of message, then the first member of a wrong type, then the missing key.

// reconsider decides about a text after the single pass.
func (d *decoder) reconsider(ev *Event) error {
	first, guessed := d.err, ev.Form
	if first != nil && !d.semantic {
		return d.refuse(ev, first)
	}
	look := decoder{b: d.b, s: d.s}
	form := look.classify()
	if look.err != nil {
		return d.refuse(ev, look.err)
	}
	if form != guessed {
		*d = decoder{b: d.b, s: d.s}
		reset(ev)
		ev.Form = form
		d.space()
		d.inForm(ev)
		first = d.err
	}
	if first == nil && ev.Body.TelephonySessionID == "" {
		first = &Error{Offset: int64(look.i), Err: ErrNoSession}
	}
	if first != nil {
		return d.refuse(ev, first)
	}
	return nil
}

// refuse completes an error and empties the event.
func (d *decoder) refuse(ev *Event, err *Error) error {
	reset(ev)
	err.Field = fieldPath(d.b, int(err.Offset))
	return err
}

// span is a value's place in the text; the zero span is an absent value.
type span struct{ start, end int }

// classify checks the whole text and tells its form. It leaves d.i at the body.
func (d *decoder) classify() Form {
	d.space()
	start := d.i
	d.skip()
	if d.err == nil && (d.space() != 0 || d.i < len(d.b)) {
		d.fail(d.i, "more data after the value")
	}
	if d.err != nil {
		return 0
	}
	switch d.b[start] {
	case '{':
		return d.classifyObject(start)
	case '[':
		d.classifyFrame(start)
		return FormFrame
	}
	d.i = start
	d.mistype("a notification")
	return 0
}

func (d *decoder) classifyFrame(start int) {
	elements := d.elements(start)
	if len(elements) == 0 || d.b[elements[0].start] != '{' {
		d.fail(start, "the array is no WebSocket frame: it does not start with a header object")
		return
	}
	m := d.find(elements[0].start, "type")
	if m[0] == (span{}) || d.b[m[0].start] != '"' {
		d.fail(start, "the array is no WebSocket frame: its header has no type")
		return
	}
	if kind := d.stringAt(m[0]); kind != "ServerNotification" {
		d.otherKind(m[0].start, "frame of type "+strconv.Quote(shorten(kind)))
		return
	}
	if len(elements) != 2 {
		d.fail(start, "the array is no WebSocket frame: it has "+strconv.Itoa(len(elements))+" elements, not 2")
		return
	}
	if d.b[elements[1].start] != '{' {
		d.i = elements[1].start
		d.mistype("an object")
		return
	}
	d.classifyEnvelope(elements[1].start)
}

func (d *decoder) classifyObject(start int) Form {
	m := d.find(start, "body", "telephonySessionId", "parties", "pn_apns")
	switch {
	case m[0] != (span{}):
		d.classifyEnvelope(start)
		return FormEnvelope
	case m[1] != (span{}) || m[2] != (span{}):
		d.i = start
		return FormBody
	case m[3] != (span{}) && d.b[m[3].start] == '{':
		d.classifyEnvelope(m[3].start)
		return FormAPNS
	}
	d.classifyEnvelope(start)
	return FormEnvelope
}

// classifyEnvelope refuses envelopes of other notifications.
func (d *decoder) classifyEnvelope(start int) {
	m := d.find(start, "event", "body")
	if event, body := m[0], m[1]; event != (span{}) && d.b[event.start] == '"' && !telephonyResource(d.stringAt(event)) {
		d.otherKind(event.start, "event "+strconv.Quote(shorten(d.stringAt(event))))
	} else if body == (span{}) {
		d.otherKind(start, "no body")
	} else if d.i = body.start; d.b[body.start] == '{' {
		if key := d.find(body.start, "telephonySessionId", "parties"); key[0] == (span{}) && key[1] == (span{}) {
			d.otherKind(body.start, "its body has neither telephonySessionId nor parties")
		}
	}
}

func (d *decoder) otherKind(at int, text string) {
	d.fail(at, text)
	d.err.Err = ErrOtherKind
}

// find returns the places of members of the object at start, in the order of
// names. Absent and null members have the zero span. The text is valid JSON.
func (d *decoder) find(start int, names ...string) []span {
	found := make([]span, len(names))
	look := decoder{b: d.b, s: d.s, i: start}
	var o object
	for look.next(&o) {
		at := look.i
		look.skip()
		for n, name := range names {
			if name == look.name(&o) && look.b[at] != 'n' {
				found[n] = span{at, look.i}
			}
		}
	}
	return found
}

// elements returns the places of the elements of the array at start.
func (d *decoder) elements(start int) []span {
	var found []span
	look := decoder{b: d.b, s: d.s, i: start}
	var a array
	for look.more(&a) {
		at := look.i
		look.skip()
		found = append(found, span{at, look.i})
	}
	return found
}

func (d *decoder) stringAt(s span) string {
	look := decoder{b: d.b, s: d.s, i: s.start}
	return look.text()
}
