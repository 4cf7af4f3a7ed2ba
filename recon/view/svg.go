package view

import (
	"hash/fnv"
	"io"
	"strconv"

	"github.com/legworkhq/legwork/recon/call"
)

// SVG draws the call as a ladder: participants across, time down. A bar is a leg, its
// pattern what the leg does, its tint and letter the session; shading across the lanes
// is a talk, an arrow a link. Time is not to scale: every instant at which something
// happens has room, and long waits are shortened, but order is kept.
//
// The document stands alone and may be inlined in a page. Every state, link, talk and
// finding has a title, an id of its own and data attributes that name what it shows and
// the events it stands on; docs/ladder.md lists them, and the custom properties that
// change the colours. It holds no script and refers to nothing outside.
func SVG(w io.Writer, c *call.Call, opt Options) error {
	return SVGStack(w, []*call.Call{c}, opt)
}

// SVGStack draws several calls below one another in one document, for two documents in
// one file would not be well-formed. No calls give an empty drawing.
func SVGStack(w io.Writer, calls []*call.Call, opt Options) error {
	var drawn []*ladder
	width, height := 0, 0
	for i, c := range calls {
		l := newLadder(c, opt, i)
		l.patterns = svgID(calls[0], 0)
		l.draw()
		width, height = max(width, l.width), height+l.height
		drawn = append(drawn, l)
	}
	size := 0
	for _, l := range drawn {
		size += len(l.b)
	}
	out := &markup{b: make([]byte, 0, size+2*len(svgStyle))}
	head(out, drawn, width, height)
	y := 0
	for _, l := range drawn {
		out.raw(`<g data-call="`).value(string(l.call.ID)).raw(`" transform="translate(0 `).num(y).raw(")\">\n")
		out.b = append(out.b, l.b...)
		out.raw("</g>\n")
		y += l.height
	}
	out.raw("</svg>\n")
	_, err := w.Write(out.b)
	return err
}

func head(out *markup, drawn []*ladder, width, height int) {
	id, title, desc := "lw", "no calls", ""
	if len(drawn) > 0 {
		id, title, desc = drawn[0].id, drawn[0].whoCalledWhom(), drawn[0].summary()
	}
	if len(drawn) > 1 {
		title = strconv.Itoa(len(drawn)) + " calls, the first: " + title
	}
	out.raw(`<svg xmlns="http://www.w3.org/2000/svg" class="lw" role="img" aria-labelledby="`).raw(id).raw("-title ").raw(id).raw(`-desc" width="`)
	out.num(width).raw(`" height="`).num(height).raw(`" viewBox="0 0 `).num(width).raw(" ").num(height).raw("\">\n")
	out.raw(`<title id="`).raw(id).raw(`-title">`).value(title).raw("</title>\n")
	out.raw(`<desc id="`).raw(id).raw(`-desc">`).value(desc).raw("</desc>\n")
	out.raw(svgStyle)
	patterns(out, id)
	out.raw(`<rect class="lw-paper" width="100%" height="100%"/>` + "\n")
}

// counted is a number of things, in words.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

// summary is what somebody hears who cannot see the drawing.
func (l *ladder) summary() string {
	s := l.outcome() + ". " + counted(len(l.call.Participants), "participant") + ", " + counted(len(l.call.Sessions), "session") + "."
	for i := range l.call.Links {
		k := &l.call.Links[i]
		if text, _ := l.teller.did(k); text != "" {
			s += " " + l.offset(k.At) + " " + text + "."
		}
	}
	return s
}

// svgID is the beginning of the ids of a call's drawing: drawn from its id, so that it
// is the same every time and several drawings can stand in one page.
func svgID(c *call.Call, place int) string {
	h := fnv.New32a()
	h.Write([]byte(c.ID))
	s := "lw-" + strconv.FormatUint(uint64(h.Sum32()), 16)
	if place > 0 {
		s += "-" + strconv.Itoa(place+1)
	}
	return s
}
