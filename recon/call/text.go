package call

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// AppendText appends the canonical text of c: every field, for a person to read and
// for a golden file to hold. Times are seconds since the call began; sessions are
// lettered in canonical order, and A-2 is party 2 of session A. Uncertain intervals
// carry a question mark.
func AppendText(dst []byte, c *Call) []byte {
	t := texter{c: c}
	t.line("call %s revision %d: %s, %s, %s", c.ID, c.Revision, c.Status, c.Direction, c.Outcome)
	t.line("  started %s%s%s%s", c.StartedAt, t.opt(" answered ", c.AnsweredAt), t.opt(" ended ", c.EndedAt), endedBy(c.EndedBy))
	for i := range c.Sessions {
		t.session(i)
	}
	for i := range c.Participants {
		t.participant(&c.Participants[i])
	}
	for i := range c.Legs {
		t.leg(&c.Legs[i])
	}
	for i := range c.Links {
		t.link(&c.Links[i])
	}
	for i := range c.Talks {
		t.talk(&c.Talks[i])
	}
	for i := range c.Findings {
		f := &c.Findings[i]
		t.line("finding %s about %s: %s%s", f.Kind, t.name(f.About), t.names(f.Detail), t.evidence(" [", f.Evidence, "]"))
	}
	return append(dst, t.b.String()...)
}

type texter struct {
	c *Call
	b strings.Builder
}

func (t *texter) line(format string, args ...any) {
	fmt.Fprintf(&t.b, format, args...)
	t.b.WriteByte('\n')
}

// at writes an instant as seconds since the call began.
func (t *texter) at(at Time) string {
	return strconv.FormatFloat(float64(at-t.c.StartedAt)/1000, 'f', 3, 64)
}

func (t *texter) opt(before string, at Time) string {
	if at == 0 {
		return ""
	}
	return before + "+" + t.at(at)
}

func endedBy(e *EndedBy) string {
	if e == nil {
		return ""
	}
	return fmt.Sprintf(" by %s (%s)", e.Participant, e.Basis)
}

func (t *texter) alias(id SessionID) string {
	i := slices.IndexFunc(t.c.Sessions, func(s Session) bool { return s.ID == id })
	switch {
	case i < 0:
		return string(id)
	case i < 26:
		return string(rune('A' + i))
	}
	return fmt.Sprintf("S%d", i+1)
}

func (t *texter) legName(id LegID) string {
	i := slices.IndexFunc(t.c.Legs, func(l Leg) bool { return l.ID == id })
	if i < 0 {
		return string(id)
	}
	return fmt.Sprintf("%s-%d", t.alias(t.c.Legs[i].Session), partyNumber(id))
}

// name shortens the id of a session or a leg.
func (t *texter) name(id string) string {
	if a := t.alias(SessionID(id)); a != id {
		return a
	}
	return t.legName(LegID(id))
}

// names shortens the ids of legs inside a sentence.
func (t *texter) names(s string) string {
	for i := range t.c.Legs {
		s = strings.ReplaceAll(s, string(t.c.Legs[i].ID), t.legName(t.c.Legs[i].ID))
	}
	return s
}

func (t *texter) session(i int) {
	s := &t.c.Sessions[i]
	unseen := ""
	if !s.Observed {
		unseen = ", only named by a peer"
	}
	var missing []string
	for _, r := range s.Sequences.Missing {
		missing = append(missing, fmt.Sprintf("%d..%d", r.From, r.To))
	}
	t.line("session %s %s legacy %q origin %q server %q%s%s%s, sequences %d..%d (%d)%s", t.alias(s.ID), s.ID, s.LegacyID, s.Origin, s.ServerID,
		t.opt(" from ", s.StartedAt), t.opt(" to ", s.EndedAt), unseen, s.Sequences.First, s.Sequences.Last, s.Sequences.Count, join(" missing ", missing))
}

func join(before string, parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	return before + strings.Join(parts, " ")
}

func (t *texter) participant(p *Participant) {
	unseen := ""
	if !p.Observed {
		unseen = ", only named"
	}
	t.line("participant %s %s %q %q%s%s", p.ID, p.Kind, p.ExtensionID, p.Name, join(" ", p.Numbers), unseen)
}

func (t *texter) leg(l *Leg) {
	var roles []string
	for _, r := range l.Roles {
		roles = append(roles, string(r))
	}
	t.line("leg %s %s %s %s: %s from %s to %s", t.legName(l.ID), l.Participant, l.Direction, strings.Join(roles, " "), l.Outcome, endpoint(&l.From), endpoint(&l.To))
	var states []string
	for _, s := range l.States {
		mark := ""
		if s.Uncertain {
			mark = "?"
		}
		states = append(states, fmt.Sprintf("%s%s +%s", s.State, mark, t.at(s.From)))
	}
	if n := len(l.States); n > 0 && l.States[n-1].To != 0 {
		states = append(states, "until +"+t.at(l.States[n-1].To))
	}
	t.line("    %s", strings.Join(states, "  "))
	t.line("    ring %d talk %d hold %d held %d wait %d%s%s%s", l.RingMs, l.TalkMs, l.HoldMs, l.HeldMs, l.WaitMs, t.end(l.End), t.peer(l.Peer), t.recordings(l))
}

func endpoint(e *Endpoint) string {
	return fmt.Sprintf("%q %q %q %q", e.Number, e.Name, e.ExtensionID, e.DeviceID)
}

func (t *texter) end(e *End) string {
	if e == nil {
		return ""
	}
	return fmt.Sprintf(", end %s/%s +%s", e.Code, e.Reason, t.at(e.At))
}

func (t *texter) peer(p *Peer) string {
	if p == nil {
		return ""
	}
	party := ""
	if p.Leg != "" {
		party = "-" + strconv.Itoa(partyNumber(p.Leg))
	}
	return ", peer " + t.alias(p.Session) + party
}

func (t *texter) recordings(l *Leg) string {
	var out []string
	for _, r := range l.Recordings {
		out = append(out, fmt.Sprintf("%s +%s", r.ID, t.at(r.At)))
	}
	return join(", recording ", out)
}

func (t *texter) link(l *Link) {
	to := ""
	if l.To != "" {
		to = " to " + t.legName(l.To)
	}
	if l.ToSession != "" {
		to += " in " + t.alias(l.ToSession)
	}
	from := "?"
	if l.From != "" {
		from = t.legName(l.From)
	}
	var roles []string
	for _, r := range append(slices.Clone(roleOrder), strangeRoles(l.Roles)...) {
		for _, p := range l.Roles[r] {
			roles = append(roles, fmt.Sprintf("%s=%s", r, p))
		}
	}
	t.line("link %s %s%s +%s reason %q, %s by rule %s%s%s", l.Kind, from, to, t.at(l.At), l.Reason, l.Basis, l.Rule, join(": ", roles), t.evidence(" [", l.Evidence, "]"))
}

func (t *texter) evidence(before string, ev []Evidence, after string) string {
	if len(ev) == 0 {
		return ""
	}
	var parts []string
	for _, e := range ev {
		parts = append(parts, fmt.Sprintf("%s#%d %s", t.alias(e.Session), e.Sequence, e.UUID))
	}
	return before + strings.Join(parts, ", ") + after
}

func (t *texter) talk(k *Talk) {
	to := " on"
	if k.To != 0 {
		to = " to +" + t.at(k.To)
	}
	var members []string
	for _, m := range k.Members {
		leg, mode := "no leg", ""
		if m.Leg != "" {
			leg = t.legName(m.Leg)
		}
		if m.Mode != TwoWay {
			mode = " " + string(m.Mode)
		}
		members = append(members, fmt.Sprintf("%s (%s)%s", m.Participant, leg, mode))
	}
	marks := ""
	if k.Inferred {
		marks += " inferred"
	}
	if k.Uncertain {
		marks += " uncertain"
	}
	t.line("talk +%s%s: %s%s", t.at(k.From), to, strings.Join(members, ", "), marks)
}
