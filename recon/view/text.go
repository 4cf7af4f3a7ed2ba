package view

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
)

// Text writes a page for a person: who called whom and how it went, what happened in
// order of time, who talked with whom, the links and how each is known, and what is
// missing or strange. Offsets such as +0:06.5 count minutes and seconds from the
// start of the call.
func Text(w io.Writer, c *call.Call, opt Options) error {
	n := newNames(c)
	p := &page{width: opt.width(), color: opt.Color}
	n.title(p, opt)
	n.participants(p)
	n.happened(p)
	n.talked(p)
	n.links(p)
	n.strange(p)
	n.legend(p)
	_, err := w.Write(p.Bytes())
	return err
}

func (n *names) title(p *page, opt Options) {
	c := n.call
	for _, l := range wrap(n.whoCalledWhom(), p.width) {
		p.WriteString(p.paint(bold, l) + "\n")
	}
	rows := [][]string{
		{"when", opt.clock(c.StartedAt, "Mon 2 Jan 2006 15:04:05 MST") + n.lasted()},
		{"outcome", n.outcome()},
		{"status", n.status()},
		{"id", dropControl(string(c.ID))},
	}
	p.rows(rows)
}

// whoCalledWhom is the headline. It names who was called, not who answered.
func (n *names) whoCalledWhom() string {
	first := n.firstCaller()
	if first == nil {
		return "Call whose caller is not in view"
	}
	to := n.far(first.To)
	if ids := n.ringOutTarget(); len(ids) > 0 {
		to = n.everyone(ids, to)
	}
	if to == "" {
		to = "somebody"
	}
	return n.who(first.Participant) + " called " + to + n.dialled(first)
}

// dialled adds the number that was called, where the name hides it.
func (n *names) dialled(l *call.Leg) string {
	number := clean(l.To.Number)
	if id, ok := n.participant(l.To); !ok || number == "" || strings.Contains(n.who(id), number) || len(n.ringOutTarget()) > 0 {
		return ""
	}
	return " on " + number
}

func (n *names) ringOutTarget() []call.ParticipantID {
	for _, k := range n.call.Links {
		if k.Kind == call.RingOut && len(k.Roles[call.Target]) > 0 {
			return k.Roles[call.Target]
		}
	}
	return nil
}

// firstCaller is the caller's leg of the session that gave the call its name.
func (n *names) firstCaller() *call.Leg {
	for i := range n.call.Legs {
		if l := &n.call.Legs[i]; l.Session == n.call.ID && hasRole(l, call.Caller) {
			return l
		}
	}
	return nil
}

func (n *names) lasted() string {
	if n.call.EndedAt == 0 || n.call.StartedAt == 0 {
		return ""
	}
	return ", lasted " + seconds(n.call.EndedAt.Sub(n.call.StartedAt))
}

func (n *names) outcome() string {
	c := n.call
	s := clean(string(c.Outcome))
	if c.Direction != call.UnknownDirection {
		s += ", " + clean(string(c.Direction))
	}
	if c.AnsweredAt != 0 {
		s += ", answered at " + n.offset(c.AnsweredAt)
	}
	if c.EndedBy != nil {
		s += ", ended by " + n.who(c.EndedBy.Participant)
		if c.EndedBy.Basis == call.Inferred {
			s += " (inferred: left first)"
		}
	}
	return s
}

func (n *names) status() string {
	switch n.call.Status {
	case call.Open:
		return "open: somebody is still on the call"
	case call.Settling:
		return "settling: everybody has left, late events may still come"
	case call.Final:
		return "final"
	}
	return clean(string(n.call.Status))
}

func (n *names) participants(p *page) {
	p.heading("Participants")
	var rows [][]string
	for _, x := range n.call.Participants {
		rows = append(rows, []string{n.nameOf(x), n.numbersOf(x), n.partsOf(x)})
	}
	if len(rows) == 0 {
		rows = [][]string{{"nobody is in view"}}
	}
	p.rows(rows)
}

func (n *names) nameOf(x call.Participant) string {
	if s := strings.TrimSpace(clean(x.Name)); s != "" {
		return s
	}
	switch x.Kind {
	case call.External:
		return "(outside)"
	case call.Extension:
		return "(extension)"
	}
	return "(unknown)"
}

func (n *names) numbersOf(x call.Participant) string {
	var list []string
	for _, s := range x.Numbers {
		list = append(list, clean(s))
	}
	switch {
	case len(list) == 0 && x.ExtensionID != "":
		return "id " + clean(x.ExtensionID)
	case len(list) == 0:
		return "no number"
	}
	return strings.Join(list, ", ")
}

// roleNames are the roles in plain words.
var roleNames = map[call.Role]string{
	call.Router: "menu", call.Queue: "queue", call.Agent: "agent", call.Transferor: "handed the call over",
	call.Transferee: "was handed over", call.TransferTarget: "was given the call", call.ParkedParty: "was parked",
	call.Retriever: "picked up", call.Conferee: "in the conference", call.Host: "conference host",
	call.Initiator: "began the RingOut", call.Target: "was called", call.Mover: "changed device",
	call.Callee: "was called",
}

// partsOf lists what a participant did and in which legs.
func (n *names) partsOf(x call.Participant) string {
	var roles, legs []string
	seen := map[string]bool{}
	for i := range n.call.Legs {
		l := &n.call.Legs[i]
		if l.Participant != x.ID {
			continue
		}
		legs = append(legs, n.leg(l.ID))
		if n.mirror(l.Session) {
			continue
		}
		for _, r := range l.Roles {
			name, ok := roleNames[r]
			if !ok {
				name = clean(string(r))
			}
			if !seen[name] {
				seen[name], roles = true, append(roles, name)
			}
		}
	}
	if !x.Observed {
		return "named only, not seen"
	}
	if len(legs) == 0 {
		return ""
	}
	return strings.TrimPrefix(strings.Join(roles, ", ")+" ", " ") + "[" + strings.Join(legs, " ") + "]"
}

func (n *names) happened(p *page) {
	p.heading("What happened")
	var rows [][]string
	for _, s := range n.story() {
		text := s.text
		if text == "" {
			continue
		}
		if s.unsure {
			text += " (uncertain: an event is missing)"
		}
		row := []string{n.offset(s.at), text}
		if len(n.call.Sessions) > 1 {
			row = []string{n.offset(s.at), n.session(s.session), text}
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		rows = [][]string{{"nothing that could be told"}}
	}
	p.rows(rows)
}

func (n *names) talked(p *page) {
	p.heading("Who talked with whom")
	var rows [][]string
	for _, t := range n.call.Talks {
		to, length := "...", "not ended"
		if t.To != 0 {
			to, length = n.offset(t.To), seconds(t.To.Sub(t.From))
		}
		rows = append(rows, []string{n.offset(t.From) + " to " + to, length, n.talkers(t)})
	}
	if len(rows) == 0 {
		rows = [][]string{{"nobody"}}
	}
	p.rows(rows)
}

func (n *names) talkers(t call.Talk) string {
	var talk, others, marks, letters []string
	seen := map[string]bool{}
	for _, m := range t.Members {
		if m.Mode == call.TwoWay {
			if who := n.who(m.Participant); !slices.Contains(talk, who) {
				talk = append(talk, who)
			} else if more := who + " on another device"; !slices.Contains(talk, more) {
				talk = append(talk, more)
			}
		} else {
			others = append(others, n.who(m.Participant)+" "+modeName(m.Mode))
		}
		if l := n.legs[m.Leg]; l != nil && !seen[n.session(l.Session)] {
			seen[n.session(l.Session)] = true
			letters = append(letters, n.session(l.Session))
		}
	}
	if len(letters) > 1 {
		marks = append(marks, "across sessions "+sentenceList(letters, ""))
	}
	if t.Inferred {
		marks = append(marks, "inferred: not everybody's leg is in view")
	}
	if t.Uncertain {
		marks = append(marks, "uncertain: an event is missing")
	}
	s := sentenceList(talk, "nobody")
	if len(others) > 0 {
		s += "; " + strings.Join(others, ", ")
	}
	if len(marks) > 0 {
		s += " (" + strings.Join(marks, "; ") + ")"
	}
	return s
}

func modeName(m call.Mode) string {
	switch m {
	case call.Listen:
		return "listens"
	case call.Whisper:
		return "whispers"
	case call.Supervising:
		return "supervises"
	}
	return clean(string(m))
}

func (n *names) links(p *page) {
	p.heading("Links")
	var rows [][]string
	for i := range n.call.Links {
		k := &n.call.Links[i]
		rows = append(rows, []string{n.offset(k.At), kindName(k.Kind), n.leads(k) + "; " + n.how(k)})
	}
	if len(rows) == 0 {
		rows = [][]string{{"none"}}
	}
	p.rows(rows)
}

// leads says whose leg a link leads from and where to.
func (n *names) leads(k *call.Link) string {
	from := "somebody not in view"
	if l := n.legs[k.From]; l != nil {
		from = n.who(l.Participant) + " [" + n.leg(l.ID) + "]"
	}
	to := n.toName(k)
	if l := n.legs[k.To]; l != nil {
		to += " [" + n.leg(l.ID) + "]"
	}
	if from == to {
		return from
	}
	return from + " to " + to
}

// how says how a link is known: basis, RingCentral's reason, number of events, rule.
func (n *names) how(k *call.Link) string {
	s := known(k.Basis)
	if k.Reason != "" {
		s += " as " + clean(k.Reason)
	}
	events := "events"
	if len(k.Evidence) == 1 {
		events = "event"
	}
	return fmt.Sprintf("%s (%d %s, rule %s)", s, len(k.Evidence), events, clean(k.Rule))
}

// findingNames are the finding kinds in plain words.
var findingNames = map[call.FindingKind]string{
	call.MissingEvents:     "events are missing",
	call.UnseenParties:     "parties were not seen",
	call.UnresolvedPeer:    "a session is named but not seen",
	call.OneSidedLink:      "only one side was reported",
	call.UnexplainedGone:   "a leg went on, it is not said why",
	call.UnknownCode:       "unknown status",
	call.UnknownReason:     "unknown reason",
	call.ConflictingEvents: "events contradict one another",
	call.TimeRegression:    "times run backwards",
	call.NoEnd:             "no end was seen",
	call.MirrorSession:     "a session repeats another",
	call.PartialScope:      "only a part is in view",
}

func (n *names) strange(p *page) {
	p.heading("What is missing or strange")
	var rows [][]string
	for _, f := range n.call.Findings {
		name, ok := findingNames[f.Kind]
		if !ok {
			name = clean(string(f.Kind))
		}
		rows = append(rows, []string{"!", fmt.Sprintf("%s, %s: %s", n.about(f.About), name, sentence(f.Detail))})
	}
	if len(rows) == 0 {
		p.rows([][]string{{"nothing"}})
		return
	}
	q := &page{width: p.width}
	q.rows(rows)
	for _, l := range strings.SplitAfter(q.String(), "\n") {
		p.WriteString(strings.Replace(l, "  !", "  "+p.paint(yellow, "!"), 1))
	}
}

// sentence cleans a detail, which may be longer than a name may be.
func sentence(s string) string { return strings.Map(visible, s) }

// about gives what a finding concerns its short name.
func (n *names) about(id string) string {
	if tag, ok := n.tags[call.LegID(id)]; ok {
		return n.who(n.legs[call.LegID(id)].Participant) + " [" + tag + "]"
	}
	if id == string(n.call.ID) && len(n.call.Sessions) < 2 {
		return "this call"
	}
	if s, ok := n.sessions[call.SessionID(id)]; ok {
		return "session " + s
	}
	return clean(id)
}

func (n *names) legend(p *page) {
	p.heading("Sessions")
	var rows [][]string
	for _, s := range n.call.Sessions {
		note := ""
		if s.StartedAt != 0 {
			note = "from " + n.offset(s.StartedAt)
		}
		if s.Origin != "" && s.Origin != "Call" {
			note += ", " + clean(s.Origin)
		}
		if !s.Observed {
			note = "named only, not seen"
		}
		rows = append(rows, []string{n.session(s.ID), dropControl(string(s.ID)), strings.TrimPrefix(note, ", ")})
	}
	p.rows(rows)
	if len(n.call.Legs) > 0 {
		p.row([]string{fmt.Sprintf("[%s] is the party %s.", n.leg(n.call.Legs[0].ID), dropControl(string(n.call.Legs[0].ID)))}, nil)
	}
}

// dropControl cleans an id without cutting it: it is there to be copied.
func dropControl(s string) string { return strings.Map(visible, s) }
