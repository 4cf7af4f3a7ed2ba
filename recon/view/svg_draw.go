package view

import (
	"strconv"
	"strings"
	"time"

	"github.com/legworkhq/legwork/recon/call"
)

// draw writes everything, from the ground up: what is written later lies on top.
func (l *ladder) draw() {
	l.height = l.bottom + l.foot() + 28 + l.noteHeight()
	l.b = make([]byte, 0, 4096+600*len(l.instants)+1600*len(l.bars))
	l.ground()
	for i := range l.call.Talks {
		l.talkArea(i)
	}
	l.sessionRails()
	for i := range l.call.Legs {
		l.invite(i)
	}
	for i := range l.call.Legs {
		l.legBar(i)
	}
	for i := range l.call.Talks {
		l.talk(i)
	}
	for i := range l.call.Links {
		l.link(i)
	}
	l.ending()
	l.notes()
}

// ground is the title, the lanes and the lines of time.
func (l *ladder) ground() {
	width := (l.width - 40) / 6
	l.write("lw-h1", "start", 18, 30, shorten(l.whoCalledWhom(), (l.width-40)/9))
	l.write("lw-soft", "start", 18, 51, shorten(l.opt.clock(l.call.StartedAt, "Mon 2 Jan 2006 15:04:05 MST")+l.lasted(), width))
	l.write("lw-soft", "start", 18, 68, shorten(l.outcome(), width))
	for i := range l.lanes {
		p := &l.lanes[i]
		l.rect("lw-lane", p.x, headHeight, p.width, l.bottom-headHeight+l.foot(), 8, "")
	}
	last := ""
	for i := range l.instants {
		x := &l.instants[i]
		l.line("lw-grid", l.left, x.y, l.width-16, x.y)
		if label := l.offset(x.at); label != last && x.at != 0 {
			l.write("lw-time", "end", timesWidth-14, x.y+4, label)
			last = label
		}
	}
	l.raw("\n")
	for i := range l.lanes {
		l.laneName(&l.lanes[i], headHeight+20)
		if l.foot() > 0 {
			l.laneName(&l.lanes[i], l.bottom+24)
		}
	}
}

// foot is the height of the names at the bottom, of a ladder that is taller than a screen.
func (l *ladder) foot() int {
	if l.bottom > tallLadder {
		return laneHead
	}
	return 0
}

func (l *ladder) laneName(p *lane, y int) {
	name, number := l.who(p.who), ""
	if x := l.people[p.who]; x != nil {
		number = clean(shortest(x.Numbers))
		s := strings.TrimSpace(clean(x.Name))
		if s != "" {
			name = s
		}
		if name == number {
			number = ""
		}
		if s == "" && number == "" && x.ExtensionID != "" {
			name, number = "extension", "id "+clean(x.ExtensionID)
		}
		if !x.Observed {
			number = "named only, not seen"
		}
	}
	l.raw(`<g class="lw-who"`).attr("data-participant", string(p.who)).raw(">").tooltip(l.who(p.who))
	l.write("lw-name", "start", p.x+10, y, shorten(name, (p.width-14)/8))
	l.write("lw-soft", "start", p.x+10, y+17, shorten(number, (p.width-14)/6))
	l.raw("</g>\n")
	if len(p.tracks) == 0 && y < l.top {
		l.line("lw-life", p.x+28, l.top, p.x+28, l.bottom)
	}
}

// tint is the class of a session's colour.
func tint(i int) string { return "lw-s" + strconv.Itoa(i%tints) }

// sessionRails draws each session beside the times, with its letter.
func (l *ladder) sessionRails() {
	for i := range l.rails {
		r, s := &l.rails[i], &l.call.Sessions[i]
		from, to := l.y(r.from), l.until(r.to)
		l.raw(`<g class="lw-session" id="`).raw(l.id).raw("-session-").num(i+1).raw(`"`).attr("data-session", string(s.ID)).raw(">")
		what := "session " + letters(i) + " " + string(s.ID)
		if s.Origin != "" {
			what += ", " + clean(s.Origin)
		}
		class := tint(i)
		if !s.Observed {
			what, class = what+", named only, not seen", class+" lw-tint"
		}
		l.tooltip(what)
		l.rect(class, r.x+5, from, 6, max(to-from, 14), 3, "")
		l.badge(class, r.x+8, from, letters(i))
		l.raw("</g>\n")
	}
}

// badge is a session's letter.
func (l *ladder) badge(class string, x, y int, letter string) {
	text := ""
	if len(letter) > 1 {
		text = "lw-wide"
	}
	l.raw(`<g class="lw-badge">`)
	l.dot(class, x, y, 8)
	l.write(text, "middle", x, y+4, letter)
	l.raw("</g>")
}

// legBar draws the bar of a leg: tint and letter of its session, then its states.
func (l *ladder) legBar(i int) {
	leg, b := &l.call.Legs[i], &l.bars[i]
	session, known := l.railOf[leg.Session]
	from, to := l.y(b.from), l.until(b.to)
	l.raw(`<g class="lw-leg" id="`).raw(l.id).raw("-leg-").num(i + 1).raw(`"`)
	l.attr("data-leg", string(leg.ID)).attr("data-session", string(leg.Session)).raw(">").tooltip(l.names.leg(leg.ID) + " " + l.who(leg.Participant) + ": " + clean(string(leg.Outcome)))
	if known {
		l.rect("lw-tint "+tint(session), b.x-25, from-9, l.tintWidth(), max(to-from, 1)+14, 9, "")
	}
	for j := range leg.States {
		l.state(i, j)
	}
	if known {
		l.badge(tint(session), b.x-barWidth/2-9, from+13, letters(session)) // below an arrow that leads here
	}
	l.raw("</g>\n")
}

func (l *ladder) tintWidth() int {
	if l.close {
		return closePitch - 1
	}
	return 38
}

// state draws one interval of a leg.
func (l *ladder) state(i, j int) {
	leg, b := &l.call.Legs[i], &l.bars[i]
	s := leg.States[j]
	y, to := l.y(s.From), l.until(s.To)
	l.raw(`<g class="lw-state" id="`).raw(l.id).raw("-leg-").num(i + 1).raw("-state-").num(j + 1).raw(`"`)
	l.attr("data-leg", string(leg.ID)).attr("data-session", string(leg.Session)).attr("data-state", string(s.State))
	l.attr("data-from", s.From.String()).attr("data-to", s.To.String())
	if s.Uncertain {
		l.attr("data-uncertain", "true")
	}
	l.raw(">").tooltip(l.stateTitle(leg, s))
	x := b.x - barWidth/2
	switch {
	case s.State == call.StateEnded:
		l.line("lw-cap", x-3, y, x+barWidth+3, y)
	case s.State == call.StateGone && s.To == 0:
		l.line("lw-gone", b.x, y, b.x, y+12)
		l.line("lw-cap", x, y, x+barWidth, y)
	case s.State == call.StateGone:
		l.line("lw-gone", b.x, y, b.x, to)
	default:
		fill := fillOf(s.State)
		class := "lw-bar lw-" + string(fill)
		if s.Uncertain {
			class += " lw-unsure"
		}
		l.rect(class, x, y, barWidth, to-y, 2, l.patterns+"-fill-"+string(fill))
		if s.Uncertain {
			l.rect("lw-doubt", x+1, y+1, barWidth-2, to-y-2, 0, l.patterns+"-doubt")
		}
		l.stateName(b.x+barWidth/2+5, to, s)
	}
	l.raw("</g>")
}

// stateTitle says in words what a bar shows.
func (l *ladder) stateTitle(leg *call.Leg, s call.State) string {
	t := l.who(leg.Participant) + " [" + l.names.leg(leg.ID) + "] " + clean(string(s.State)) + " from " + l.offset(s.From)
	switch {
	case s.To != 0:
		t += " to " + l.offset(s.To) + ", " + l.length(s.From, s.To)
	case s.State != call.StateEnded && s.State != call.StateGone:
		t += ", going on"
	}
	if e := leg.End; e != nil && s.To == 0 && e.Reason != "" {
		t += ", " + clean(e.Reason)
	}
	if s.Uncertain {
		t += "; uncertain: an event is missing"
	}
	return t
}

// stateName writes what the leg does beside the bar, where there is room.
func (l *ladder) stateName(x, to int, s call.State) {
	at := &l.instants[l.when(s.From)]
	y := at.y + max(at.links-1, 0)*linkRow + at.talks*talkRow + 13
	if l.close || y > to || s.State == call.StateSetup {
		return
	}
	name := clean(string(s.State))
	if s.To != 0 {
		name += " " + l.length(s.From, s.To)
	}
	if s.Uncertain {
		name += " ?"
	}
	l.write("lw-halo", "start", x, y, shorten(name, 18))
}

// length writes how long an interval is, short: 6.3 s, 1:50, 2:05:09.
func (l *ladder) length(from, to call.Time) string {
	d := to.Sub(from)
	if d < time.Minute {
		return seconds(d)
	}
	s := int(d.Round(time.Second) / time.Second)
	text := two(s/60%60) + ":" + two(s%60)
	if s >= 3600 {
		return strconv.Itoa(s/3600) + ":" + text
	}
	return strconv.Itoa(s/60) + ":" + two(s%60)
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
