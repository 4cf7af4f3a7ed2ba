package view

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/legworkhq/legwork/recon/call"
)

// OTLP writes the call as an OpenTelemetry trace, one ExportTraceServiceRequest in
// OTLP/JSON on one line: what a collector's otlpjsonfile receiver reads and its HTTP
// endpoint takes. The call is the root span; below it stand the sessions, their legs and
// what each leg did. A link between sessions is a span link from the leg that goes on to
// the one before.
//
// No number and no name is in it: traces go to many people. What has not ended yet ends at
// the last instant that the graph knows, with legwork.open set; better export final calls.
func OTLP(w io.Writer, c *call.Call) error {
	o := &otlpMaker{call: c, trace: digest(16, "trace", string(c.ID)), last: lastTime(c)}
	o.root()
	for i := range c.Sessions {
		o.session(&c.Sessions[i])
	}
	for i := range c.Legs {
		o.leg(&c.Legs[i])
	}
	request := map[string]any{"resourceSpans": []any{map[string]any{
		"resource":   map[string]any{"attributes": attributes("service.name", "legwork", "service.namespace", "ringcentral")},
		"scopeSpans": []any{map[string]any{"scope": map[string]any{"name": "legwork"}, "spans": o.spans}},
	}}}
	text, err := json.Marshal(request)
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

type otlpSpan struct {
	TraceID    string      `json:"traceId"`
	SpanID     string      `json:"spanId"`
	Parent     string      `json:"parentSpanId,omitempty"`
	Name       string      `json:"name"`
	Kind       int         `json:"kind"`
	Start      string      `json:"startTimeUnixNano"`
	End        string      `json:"endTimeUnixNano"`
	Attributes []otlpKey   `json:"attributes,omitempty"`
	Events     []otlpEvent `json:"events,omitempty"`
	Links      []otlpLink  `json:"links,omitempty"`
	Status     otlpStatus  `json:"status"`
}

type otlpStatus struct {
	Code    int    `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

type otlpEvent struct {
	Time       string    `json:"timeUnixNano"`
	Name       string    `json:"name"`
	Attributes []otlpKey `json:"attributes,omitempty"`
}

type otlpLink struct {
	TraceID    string    `json:"traceId"`
	SpanID     string    `json:"spanId"`
	Attributes []otlpKey `json:"attributes,omitempty"`
}

type otlpKey struct {
	Key   string         `json:"key"`
	Value map[string]any `json:"value"`
}

// attributes pairs keys with values; "" and zero are left out.
func attributes(pairs ...any) (out []otlpKey) {
	for i := 0; i+1 < len(pairs); i += 2 {
		var v map[string]any
		switch x := pairs[i+1].(type) {
		case string:
			if x != "" {
				v = map[string]any{"stringValue": clean(x)}
			}
		case int64:
			if x != 0 {
				v = map[string]any{"intValue": strconv.FormatInt(x, 10)}
			}
		case bool:
			if x {
				v = map[string]any{"boolValue": true}
			}
		}
		if v != nil {
			out = append(out, otlpKey{pairs[i].(string), v})
		}
	}
	return out
}

// digest is so many bytes in hexadecimal, never all zero.
func digest(n int, parts ...string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "legwork %q", parts))
	sum[0] |= 1
	return hex.EncodeToString(sum[:n])
}

type otlpMaker struct {
	call  *call.Call
	trace string
	last  call.Time
	spans []otlpSpan
}

func nanos(t call.Time) string { return strconv.FormatInt(int64(t)*1_000_000, 10) }

// internal is the kind of a span that is no request between services.
const internal = 1

func (o *otlpMaker) add(id, parent, name string, from, to call.Time, attrs ...any) *otlpSpan {
	open := to == 0
	if open {
		to = o.last
	}
	if from == 0 {
		from = o.call.StartedAt
	}
	o.spans = append(o.spans, otlpSpan{TraceID: o.trace, SpanID: id, Parent: parent, Name: name, Kind: internal, Start: nanos(from), End: nanos(max(from, to)),
		Attributes: attributes(append(attrs, "legwork.open", open)...)})
	return &o.spans[len(o.spans)-1]
}

func (o *otlpMaker) rootID() string        { return digest(8, "call", string(o.call.ID)) }
func sessionSpan(id call.SessionID) string { return digest(8, "session", string(id)) }
func legSpan(id call.LegID) string         { return digest(8, "leg", string(id)) }
func stateSpan(l *call.Leg, i int) string  { return digest(8, "state", string(l.ID), strconv.Itoa(i)) }

func (o *otlpMaker) root() {
	c := o.call
	s := o.add(o.rootID(), "", "call", c.StartedAt, c.EndedAt, "rc.call.id", string(c.ID), "rc.direction", string(c.Direction), "rc.outcome", string(c.Outcome),
		"rc.status", string(c.Status), "rc.revision", int64(c.Revision))
	if c.Outcome == call.Failed {
		s.Status = otlpStatus{Code: 2, Message: "the call failed"}
	}
	for _, f := range c.Findings {
		s.Events = append(s.Events, otlpEvent{Time: nanos(o.last), Name: "finding", Attributes: attributes("rc.finding", string(f.Kind), "rc.about", f.About)})
	}
}

func (o *otlpMaker) session(m *call.Session) {
	from, to := m.StartedAt, m.EndedAt
	if !m.Observed {
		from, to = o.call.StartedAt, o.call.StartedAt
	}
	o.add(sessionSpan(m.ID), o.rootID(), "session", from, to, "rc.telephony_session.id", string(m.ID), "rc.session.id", m.LegacyID, "rc.origin", m.Origin, "rc.unseen", !m.Observed)
}

func (o *otlpMaker) leg(l *call.Leg) {
	var from, to call.Time
	if n := len(l.States); n > 0 {
		from, to = l.States[0].From, l.States[n-1].To
		if s := l.States[n-1].State; to == 0 && (s == call.StateEnded || s == call.StateGone) {
			to = l.States[n-1].From
		}
	}
	roles := ""
	for i, r := range l.Roles {
		if i > 0 {
			roles += " "
		}
		roles += string(r)
	}
	s := o.add(legSpan(l.ID), sessionSpan(l.Session), "leg", from, to, "rc.party.id", string(l.ID), "rc.direction", l.Direction, "rc.outcome", string(l.Outcome), "rc.roles", roles,
		"rc.talk_ms", l.TalkMs, "rc.ring_ms", l.RingMs, "rc.hold_ms", l.HoldMs)
	if e := l.End; e != nil {
		s.Events = append(s.Events, otlpEvent{Time: nanos(e.At), Name: clean(e.Code), Attributes: attributes("rc.reason", e.Reason)})
	}
	if l.Outcome == call.LegFailed {
		s.Status = otlpStatus{Code: 2, Message: "the leg failed"}
	}
	s.Links = o.links(l)
	for i, st := range l.States {
		if st.State != call.StateEnded && st.State != call.StateGone {
			o.add(stateSpan(l, i), legSpan(l.ID), clean(string(st.State)), st.From, st.To, "rc.uncertain", st.Uncertain)
		}
	}
}

// links leads from the leg that goes on to the one, or the session, before.
func (o *otlpMaker) links(l *call.Leg) (out []otlpLink) {
	for _, k := range o.call.Links {
		if k.To != l.ID && (k.To != "" || k.From != l.ID) {
			continue
		}
		to := legSpan(k.From)
		if k.From == "" || k.From == l.ID {
			if k.ToSession == "" {
				continue
			}
			to = sessionSpan(k.ToSession)
		}
		out = append(out, otlpLink{TraceID: o.trace, SpanID: to, Attributes: attributes("link.kind", string(k.Kind), "link.basis", string(k.Basis), "link.rule", k.Rule, "rc.reason", k.Reason)})
	}
	return out
}
