package call

import (
	"strconv"
	"unicode/utf8"

	"github.com/legworkhq/legwork/recon/internal/ms"
)

// AppendJSON appends the canonical JSON of c: the members in the order of the
// structs, zero values left out where the tags say so, roles in the order of their
// declaration. Equal graphs have equal bytes. The text is always valid JSON: bytes
// that are not UTF-8 become U+FFFD.
func AppendJSON(dst []byte, c *Call) []byte {
	w := writer{dst}
	w.raw(`{"id":`).text(string(c.ID))
	w.raw(`,"revision":`).int(int64(c.Revision))
	w.raw(`,"status":`).text(string(c.Status))
	w.raw(`,"direction":`).text(string(c.Direction))
	w.raw(`,"startedAt":`).time(c.StartedAt)
	w.optTime(`,"answeredAt":`, c.AnsweredAt)
	w.optTime(`,"endedAt":`, c.EndedAt)
	w.raw(`,"outcome":`).text(string(c.Outcome))
	if e := c.EndedBy; e != nil {
		w.raw(`,"endedBy":{"participant":`).text(string(e.Participant))
		w.raw(`,"basis":`).text(string(e.Basis)).raw(`}`)
	}
	list(&w, `,"sessions":`, c.Sessions, (*writer).session)
	list(&w, `,"participants":`, c.Participants, (*writer).participant)
	list(&w, `,"legs":`, c.Legs, (*writer).leg)
	list(&w, `,"links":`, c.Links, (*writer).link)
	list(&w, `,"talks":`, c.Talks, (*writer).talk)
	list(&w, `,"findings":`, c.Findings, (*writer).finding)
	w.raw(`}`)
	return w.b
}

// MarshalJSON writes the canonical JSON.
func (c Call) MarshalJSON() ([]byte, error) { return AppendJSON(nil, &c), nil }

// writer appends JSON.
type writer struct{ b []byte }

func list[T any](w *writer, name string, items []T, write func(*writer, *T)) {
	w.raw(name).raw(`[`)
	for i := range items {
		if i > 0 {
			w.raw(`,`)
		}
		write(w, &items[i])
	}
	w.raw(`]`)
}

func (w *writer) session(s *Session) {
	w.raw(`{"id":`).text(string(s.ID))
	w.opt(`,"legacyId":`, s.LegacyID)
	w.opt(`,"origin":`, s.Origin)
	w.opt(`,"serverId":`, s.ServerID)
	w.optTime(`,"startedAt":`, s.StartedAt)
	w.optTime(`,"endedAt":`, s.EndedAt)
	w.raw(`,"observed":`).bool(s.Observed)
	w.raw(`,"sequences":{"first":`).int(s.Sequences.First)
	w.raw(`,"last":`).int(s.Sequences.Last)
	w.raw(`,"count":`).int(int64(s.Sequences.Count))
	list(w, `,"missing":`, s.Sequences.Missing, func(w *writer, r *Range) {
		w.raw(`{"from":`).int(r.From).raw(`,"to":`).int(r.To).raw(`}`)
	})
	w.raw(`}}`)
}

func (w *writer) participant(p *Participant) {
	w.raw(`{"id":`).text(string(p.ID))
	w.raw(`,"kind":`).text(string(p.Kind))
	w.opt(`,"extensionId":`, p.ExtensionID)
	list(w, `,"numbers":`, p.Numbers, func(w *writer, s *string) { w.text(*s) })
	w.opt(`,"name":`, p.Name)
	w.raw(`,"observed":`).bool(p.Observed).raw(`}`)
}

func (w *writer) leg(l *Leg) {
	w.raw(`{"id":`).text(string(l.ID))
	w.raw(`,"sessionId":`).text(string(l.Session))
	w.raw(`,"participantId":`).text(string(l.Participant))
	w.raw(`,"direction":`).text(l.Direction)
	w.raw(`,"from":`).endpoint(&l.From)
	w.raw(`,"to":`).endpoint(&l.To)
	list(w, `,"roles":`, l.Roles, func(w *writer, r *Role) { w.text(string(*r)) })
	list(w, `,"states":`, l.States, (*writer).state)
	if e := l.End; e != nil {
		w.raw(`,"end":{"code":`).text(e.Code)
		w.opt(`,"reason":`, e.Reason)
		w.raw(`,"at":`).time(e.At).raw(`}`)
	}
	w.raw(`,"outcome":`).text(string(l.Outcome))
	if p := l.Peer; p != nil {
		w.raw(`,"peer":{"sessionId":`).text(string(p.Session))
		w.opt(`,"legId":`, string(p.Leg))
		w.raw(`}`)
	}
	w.raw(`,"ringMs":`).int(l.RingMs)
	w.raw(`,"talkMs":`).int(l.TalkMs)
	w.raw(`,"holdMs":`).int(l.HoldMs)
	w.raw(`,"heldMs":`).int(l.HeldMs)
	w.raw(`,"waitMs":`).int(l.WaitMs)
	list(w, `,"recordings":`, l.Recordings, func(w *writer, r *Recording) {
		w.raw(`{"id":`).text(r.ID).raw(`,"at":`).time(r.At).raw(`}`)
	})
	w.raw(`}`)
}

func (w *writer) state(s *State) {
	w.raw(`{"state":`).text(string(s.State))
	w.raw(`,"from":`).time(s.From)
	w.optTime(`,"to":`, s.To)
	w.flag(`,"uncertain":true`, s.Uncertain)
	w.raw(`}`)
}

func (w *writer) endpoint(e *Endpoint) {
	w.raw(`{`)
	start := len(w.b)
	w.opt(`,"number":`, e.Number)
	w.opt(`,"name":`, e.Name)
	w.opt(`,"extensionId":`, e.ExtensionID)
	w.opt(`,"deviceId":`, e.DeviceID)
	if len(w.b) > start { // the first member has no comma before it
		w.b = append(w.b[:start], w.b[start+1:]...)
	}
	w.raw(`}`)
}

func (w *writer) link(l *Link) {
	w.raw(`{"kind":`).text(string(l.Kind))
	w.opt(`,"fromLeg":`, string(l.From))
	w.opt(`,"toLeg":`, string(l.To))
	w.opt(`,"toSession":`, string(l.ToSession))
	w.raw(`,"at":`).time(l.At)
	w.opt(`,"reason":`, l.Reason)
	w.raw(`,"basis":`).text(string(l.Basis))
	w.raw(`,"roles":`).roles(l.Roles)
	w.raw(`,"rule":`).text(l.Rule)
	list(w, `,"evidence":`, l.Evidence, (*writer).evidence)
	w.raw(`}`)
}

func (w *writer) roles(roles Roles) {
	w.raw(`{`)
	first := true
	write := func(r Role) {
		if !first {
			w.raw(`,`)
		}
		first = false
		w.text(string(r))
		list(w, `:`, roles[r], func(w *writer, p *ParticipantID) { w.text(string(*p)) })
	}
	for _, r := range roleOrder {
		if _, ok := roles[r]; ok {
			write(r)
		}
	}
	for _, r := range strangeRoles(roles) {
		write(r)
	}
	w.raw(`}`)
}

func (w *writer) evidence(e *Evidence) {
	w.raw(`{"sessionId":`).text(string(e.Session))
	w.raw(`,"sequence":`).int(e.Sequence)
	w.opt(`,"uuid":`, e.UUID)
	w.raw(`}`)
}

func (w *writer) talk(t *Talk) {
	w.raw(`{"from":`).time(t.From)
	w.optTime(`,"to":`, t.To)
	list(w, `,"members":`, t.Members, func(w *writer, m *Member) {
		w.raw(`{"participantId":`).text(string(m.Participant))
		w.opt(`,"legId":`, string(m.Leg))
		w.raw(`,"mode":`).text(string(m.Mode)).raw(`}`)
	})
	w.flag(`,"inferred":true`, t.Inferred)
	w.flag(`,"uncertain":true`, t.Uncertain)
	w.raw(`}`)
}

func (w *writer) finding(f *Finding) {
	w.raw(`{"kind":`).text(string(f.Kind))
	w.raw(`,"about":`).text(f.About)
	w.raw(`,"detail":`).text(f.Detail)
	list(w, `,"evidence":`, f.Evidence, (*writer).evidence)
	w.raw(`}`)
}

func (w *writer) raw(s string) *writer {
	w.b = append(w.b, s...)
	return w
}

func (w *writer) int(n int64) *writer {
	w.b = strconv.AppendInt(w.b, n, 10)
	return w
}

func (w *writer) bool(v bool) *writer {
	w.b = strconv.AppendBool(w.b, v)
	return w
}

func (w *writer) flag(text string, v bool) {
	if v {
		w.raw(text)
	}
}

func (w *writer) time(t Time) *writer {
	w.raw(`"`)
	w.b = ms.Append(w.b, int64(t))
	return w.raw(`"`)
}

func (w *writer) optTime(name string, t Time) {
	if t != 0 {
		w.raw(name).time(t)
	}
}

func (w *writer) opt(name, s string) {
	if s != "" {
		w.raw(name).text(s)
	}
}

const hex = "0123456789abcdef"

// text appends a JSON string. Quotes, backslashes and control characters are
// escaped, nothing else.
func (w *writer) text(s string) *writer {
	w.b = append(w.b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				w.b = append(append(w.b, s[from:i]...), "\ufffd"...)
				from = i + 1
			}
			i += size
			continue
		}
		w.b = append(w.b, s[from:i]...)
		w.escape(c)
		i++
		from = i
	}
	w.b = append(append(w.b, s[from:]...), '"')
	return w
}

func (w *writer) escape(c byte) {
	switch c {
	case '"', '\\':
		w.b = append(w.b, '\\', c)
	case '\b':
		w.raw(`\b`)
	case '\f':
		w.raw(`\f`)
	case '\n':
		w.raw(`\n`)
	case '\r':
		w.raw(`\r`)
	case '\t':
		w.raw(`\t`)
	default:
		w.b = append(w.b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
	}
}
