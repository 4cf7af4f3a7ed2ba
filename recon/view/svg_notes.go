package view

import (
	"strconv"

	"github.com/legworkhq/legwork/recon/call"
)

const (
	noteLine  = 17
	legendRow = 24
	keyWidth  = 168
)

// ending draws where the call ends, or that it has not.
func (l *ladder) ending() {
	c := l.call
	y, label, class := l.bottom, "end not in view", "lw-open"
	switch {
	case c.EndedAt != 0:
		y, label, class = l.y(c.EndedAt), "end "+l.offset(c.EndedAt), "lw-end"
	case c.Status == call.Open:
		label = "still open"
	}
	l.raw(`<g class="lw-ending"`).attr("data-status", string(c.Status)).raw(">").tooltip(l.status())
	l.line(class, l.left, y, l.width-16, y)
	l.write("lw-halo lw-soft", "end", l.width-18, y+14, label)
	l.raw("</g>\n")
}

// wrapped are the findings, broken into lines of the drawing's width.
func (l *ladder) wrapped(i int) []string {
	f := &l.call.Findings[i]
	return wrap(clean(string(f.Kind))+", "+l.about(f)+": "+dropControl(f.Detail), max((l.width-70)/6, 40))
}

// about names what a finding is about as the drawing does.
func (l *ladder) about(f *call.Finding) string {
	if i, ok := l.railOf[call.SessionID(f.About)]; ok {
		return "session " + letters(i)
	}
	if _, ok := l.barOf[call.LegID(f.About)]; ok {
		return "leg " + l.names.leg(call.LegID(f.About))
	}
	return clean(f.About)
}

// key is one entry of the legend; without a fill it is words alone.
type key struct{ class, fill, word string }

// keys are what the legend explains: the states that are drawn, and what is doubtful.
func (l *ladder) keys() []key {
	var out []key
	shown := l.shown()
	for _, f := range fills {
		if shown[f.state] {
			out = append(out, key{"lw-bar lw-" + string(f.state), "-fill-" + string(f.state), f.word})
		}
	}
	if shown[doubtful] {
		out = append(out, key{"lw-bar lw-unknown lw-unsure", "-fill-setup", "dashed: not certain"})
	}
	return append(out, key{word: "time is not to scale"})
}

// doubtful stands for an uncertain or inferred interval among the states shown.
const doubtful call.LegState = "?"

func (l *ladder) shown() map[call.LegState]bool {
	out := make(map[call.LegState]bool, len(fills))
	for i := range l.call.Legs {
		for _, s := range l.call.Legs[i].States {
			if s.State != call.StateEnded && s.State != call.StateGone {
				out[fillOf(s.State)] = true
			}
			if s.Uncertain {
				out[doubtful] = true
			}
		}
	}
	for i := range l.call.Talks {
		if t := &l.call.Talks[i]; t.Uncertain || t.Inferred {
			out[doubtful] = true
		}
	}
	return out
}

func (l *ladder) keysInRow() int { return max((l.width-36)/keyWidth, 1) }

func (l *ladder) noteHeight() int {
	h := legendRow * ((len(l.keys()) + l.keysInRow() - 1) / l.keysInRow())
	for i := range l.call.Findings {
		h += noteLine*len(l.wrapped(i)) + 4
	}
	return h + 16
}

// notes are the findings and the legend.
func (l *ladder) notes() {
	y := l.bottom + l.foot() + 38
	for i := range l.call.Findings {
		f := &l.call.Findings[i]
		l.raw(`<g class="lw-finding" id="`).raw(l.id).raw("-finding-").num(i+1).raw(`"`).numAttr("data-finding", i)
		l.attr("data-kind", string(f.Kind)).attr("data-about", f.About).attr("data-evidence", evidenceList(f.Evidence)).raw(">")
		l.tooltip(f.Detail)
		if x, y, ok := l.findingSpot(f); ok {
			l.mark(x, y-17*l.sameBefore(i), i)
		}
		l.mark(27, y-4, i)
		for _, line := range l.wrapped(i) {
			l.write("", "start", 44, y, line)
			y += noteLine
		}
		y += 4
		l.raw("</g>\n")
	}
	l.legend(y)
}

// findingSpot is where a finding is marked: at the leg or session it is about.
func (l *ladder) findingSpot(f *call.Finding) (x, y int, ok bool) {
	if i, ok := l.barOf[call.LegID(f.About)]; ok {
		return l.bars[i].x, l.y(l.bars[i].from) - 16, true
	}
	if i, ok := l.railOf[call.SessionID(f.About)]; ok {
		return l.rails[i].x + 8, l.y(l.rails[i].from) - 17, true
	}
	return 0, 0, false
}

// sameBefore counts the findings before one that are about the same, up to as many as
// have room above one another.
func (l *ladder) sameBefore(i int) int {
	n := 0
	for j := range i {
		if l.call.Findings[j].About == l.call.Findings[i].About {
			n++
		}
	}
	return min(n, 2)
}

// mark is a triangle with the finding's number.
func (l *ladder) mark(x, y, i int) {
	l.raw(`<path class="lw-mark" d="M`).num(x).raw(" ").num(y - 9).raw(`l9 15h-18z"/><g class="lw-badge">`)
	l.write("lw-wide", "middle", x, y+4, strconv.Itoa(i+1))
	l.raw("</g>")
}

func (l *ladder) legend(y int) {
	l.raw(`<g class="lw-legend">`)
	for n, k := range l.keys() {
		x, y := 18+keyWidth*(n%l.keysInRow()), y+legendRow*(n/l.keysInRow())
		if k.fill != "" {
			l.rect(k.class, x, y-10, 18, 12, 2, l.patterns+k.fill)
			x += 24
		}
		l.write("lw-soft", "start", x, y, k.word)
	}
	l.raw("</g>\n")
}
