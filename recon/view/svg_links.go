package view

import (
	"slices"
	"strconv"

	"github.com/legworkhq/legwork/recon/call"
)

// spot is where a talk's member is drawn.
type spot struct {
	x   int
	ear bool // hears, without being counted as talking
}

// spots are the places of a talk's members, from left to right.
func (l *ladder) spots(t *call.Talk) []spot {
	var out []spot
	for _, m := range t.Members {
		if i, ok := l.barOf[m.Leg]; ok && m.Leg != "" {
			out = append(out, spot{l.bars[i].x, m.Mode != call.TwoWay})
		} else if x, ok := l.aliveX(m.Participant, t.From, ""); ok {
			out = append(out, spot{x, m.Mode != call.TwoWay})
		}
	}
	slices.SortFunc(out, func(a, b spot) int { return a.x - b.x })
	return out
}

// talkArea shades the lanes between those who can hear one another.
func (l *ladder) talkArea(i int) {
	t := &l.call.Talks[i]
	if s := l.spots(t); len(s) > 0 {
		from, to := s[0].x, s[len(s)-1].x
		l.rect("lw-talk-area", from, l.y(t.From), max(to-from, 2), l.until(t.To)-l.y(t.From), 0, "")
	}
}

// talk draws the line that connects the members, filled dots for those who talk, rings
// for those who only hear.
func (l *ladder) talk(i int) {
	t := &l.call.Talks[i]
	at := &l.instants[l.when(t.From)]
	y := at.y + max(at.links-1, 0)*linkRow + at.usedTalks*talkRow + 18
	at.usedTalks++
	s := l.spots(t)
	l.raw(`<g class="lw-talk" id="`).raw(l.id).raw("-talk-").num(i+1).raw(`"`).numAttr("data-talk", i)
	l.attr("data-from", t.From.String()).attr("data-to", t.To.String()).raw(">").tooltip(l.talkTitle(t))
	if len(s) > 0 {
		class := "lw-talk-line"
		if t.Uncertain || t.Inferred {
			class += " lw-dashed"
		}
		l.line(class, s[0].x, y, s[len(s)-1].x, y)
	}
	for _, m := range s {
		if m.ear {
			l.dot("lw-talk-ear", m.x, y, 4)
		} else {
			l.dot("lw-talk-dot", m.x, y, 5)
		}
	}
	if len(s) > 1 && s[1].x-s[0].x > 60 {
		l.write("lw-halo", "middle", (s[0].x+s[1].x)/2, y-5, l.talkLabel(t))
	}
	l.raw("</g>\n")
}

func (l *ladder) talkLabel(t *call.Talk) string {
	label := "talk"
	if t.To != 0 {
		label += " " + l.length(t.From, t.To)
	}
	if t.Uncertain {
		label += " ?"
	}
	return label
}

func (l *ladder) talkTitle(t *call.Talk) string {
	s := l.offset(t.From) + " " + l.talkLabel(t) + ": " + l.talkers(*t)
	if t.To == 0 {
		s += ", not ended"
	}
	return s
}

// invite draws a thin line from the caller of a session to somebody who was called,
// unless a link leads there.
func (l *ladder) invite(i int) {
	leg := &l.call.Legs[i]
	if len(leg.States) == 0 || !l.teller.rung(leg) || l.arrowTo(leg.ID) {
		return
	}
	for j := range l.call.Legs {
		if c := &l.call.Legs[j]; c.Session == leg.Session && hasRole(c, call.Caller) && j != i {
			l.inviteLine(l.bars[j].x, l.bars[i].x, l.y(l.bars[i].from))
			return
		}
	}
}

func (l *ladder) arrowTo(id call.LegID) bool {
	for i := range l.call.Links {
		if l.call.Links[i].To == id {
			return true
		}
	}
	return false
}

func (l *ladder) inviteLine(from, to, y int) {
	d := 1
	if to < from {
		d = -1
	}
	l.line("lw-invite", from+d*barWidth/2, y, to-d*(barWidth/2+5), y)
	l.head("lw-invite-head", to-d*(barWidth/2+1), y, d)
	l.raw("\n")
}

// head is the point of an arrow, d being 1 to the right and -1 to the left.
func (l *ladder) head(class string, x, y, d int) {
	l.raw(`<path class="`).raw(class).raw(`" d="M`).num(x).raw(" ").num(y).raw("l").num(-d * 8).raw(" -4v8z\"/>")
}

// link draws an arrow, with its name, and rings on the legs that it stands on.
func (l *ladder) link(i int) {
	k := &l.call.Links[i]
	at := &l.instants[l.when(k.At)]
	y := at.y + at.usedLinks*linkRow
	at.usedLinks++
	l.raw(`<g class="lw-link" id="`).raw(l.id).raw("-link-").num(i+1).raw(`"`).numAttr("data-link", i)
	l.attr("data-kind", string(k.Kind)).attr("data-basis", string(k.Basis)).attr("data-rule", string(k.Rule))
	l.attr("data-evidence", evidenceList(k.Evidence)).raw(">").tooltip(l.linkTitle(k))
	from, to := l.linkEnds(k)
	class := "lw-arrow"
	if k.Basis == call.Inferred {
		class += " lw-dashed"
	}
	l.arrow(class, from, to, y)
	for _, id := range [...]call.LegID{k.From, k.To} {
		if j, ok := l.barOf[id]; ok {
			l.dot("lw-proof", l.bars[j].x, y, 4)
		}
	}
	l.linkLabel(from, to, y, kindName(k.Kind))
	l.raw("</g>\n")
}

// evidenceList writes evidence as "session:sequence session:sequence".
func evidenceList(list []call.Evidence) string {
	s := ""
	for i, e := range list {
		if i > 0 {
			s += " "
		}
		s += string(e.Session) + ":" + strconv.FormatInt(e.Sequence, 10)
	}
	return s
}

func (l *ladder) linkTitle(k *call.Link) string {
	text, _ := l.teller.did(k)
	if text == "" {
		text = kindName(k.Kind) + ": " + l.teller.fromName(k) + " to " + l.toName(k)
	}
	text = l.offset(k.At) + " " + text + "; " + known(k.Basis)
	if k.Reason != "" {
		text += " as " + clean(k.Reason)
	}
	return text + " (rule " + clean(string(k.Rule)) + ", events " + strconv.Itoa(len(k.Evidence)) + ")"
}

// linkEnds are where an arrow begins and ends. Of an attended transfer both legs are
// the transferor's, who leaves: the arrow joins those who go on.
func (l *ladder) linkEnds(k *call.Link) (from, to int) {
	from, to = l.left-8, l.left-8
	start, started := l.barOf[k.From]
	if started {
		from = l.bars[start].x
	}
	if tee := k.Roles[call.Transferee]; k.Kind == call.TransferAttended && len(tee) == 1 {
		if x, ok := l.aliveX(tee[0], k.At, l.sessionAt(start, started)); ok {
			from = x
		}
	}
	if x, ok := l.target(k); ok {
		to = x
	} else if started {
		to = from
	}
	return from, to
}

func (l *ladder) sessionAt(i int, ok bool) call.SessionID {
	if !ok {
		return ""
	}
	return l.call.Legs[i].Session
}

// target is where an arrow leads: for an attended transfer to the target, else to the
// leg that it names, else to whom it names, else to the session.
func (l *ladder) target(k *call.Link) (int, bool) {
	if to := k.Roles[call.TransferTarget]; k.Kind == call.TransferAttended && len(to) > 0 {
		return l.aliveX(to[0], k.At, k.ToSession)
	}
	if i, ok := l.barOf[k.To]; ok {
		return l.bars[i].x, true
	}
	if x, ok := l.goesOn(k); ok {
		return x, true
	}
	if p := l.teller.leadsTo(k); p != "" && k.Kind != call.ConferenceMerge {
		return l.aliveX(p, k.At, k.ToSession)
	}
	if i, ok := l.railOf[k.ToSession]; ok {
		return l.rails[i].x + 8, true
	}
	return 0, false
}

// goesOn is the leg in which the one whom a link starts at goes on in another session. Of
// a merge whose host is not seen there, the session is all that can be pointed at.
func (l *ladder) goesOn(k *call.Link) (int, bool) {
	start, ok := l.barOf[k.From]
	if !ok || k.ToSession == "" {
		return 0, false
	}
	for i := range l.call.Legs {
		if leg := &l.call.Legs[i]; leg.Session == k.ToSession && leg.Participant == l.call.Legs[start].Participant {
			return l.bars[i].x, true
		}
	}
	return 0, false
}

func (l *ladder) arrow(class string, from, to, y int) {
	if from == to {
		l.raw(`<path class="`).raw(class).raw(`" d="M`).num(from + 7).raw(" ").num(y).raw(`h14v10h-9"/>`)
		l.head("lw-head", to+8, y+10, -1)
		return
	}
	d := 1
	if to < from {
		d = -1
	}
	l.line("lw-hit", from, y, to, y)
	l.line(class, from, y, to-d*10, y)
	l.head("lw-head", to-d*3, y, d)
}

// linkLabel stands above the beginning of the arrow, where few bars cross it, or beside
// an arrow that is shorter, within the page.
func (l *ladder) linkLabel(from, to, y int, s string) {
	s = shorten(s, 40)
	half := cells(s) * 33 / 10
	x := from + half + 12
	switch {
	case to < from:
		x = from - half - 12
	case from == to:
		x += 12
	}
	if d := max(from, to) - min(from, to); d < 2*half && to < from {
		x = from + half + 12
	}
	x = min(max(x, l.left+half), l.width-half-16)
	l.write("lw-halo", "middle", x, y-6, s)
}
