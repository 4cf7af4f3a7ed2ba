package view

import (
	"bytes"
	"fmt"
	"io"

	"github.com/legworkhq/legwork/recon/call"
)

// maxArrows is how many arrows and notes a sequence diagram has before it is cut
// with a note: longer ones are no longer read, and GitHub stops drawing them.
const maxArrows = 40

// Mermaid writes a sequence diagram: a lifeline for each participant, an arrow for
// each invitation, answer and link, notes for hold and endings. A participant may be
// in several sessions, so sessions are no boxes: what happens in another than the first
// stands on a shaded ground.
func Mermaid(w io.Writer, c *call.Call) error {
	d := &diagram{names: newNames(c), alias: map[call.ParticipantID]string{}}
	d.WriteString("sequenceDiagram\n")
	for i, p := range c.Participants {
		d.alias[p.ID] = fmt.Sprintf("p%d", i+1)
		fmt.Fprintf(d, "    participant p%d as %s\n", i+1, mermaidLabel(d.who(p.ID)))
	}
	if len(c.Participants) == 0 {
		d.WriteString("    participant p1 as nobody in view\n")
	}
	d.steps()
	_, err := w.Write(d.Bytes())
	return err
}

// diagram is a sequence diagram in the making.
type diagram struct {
	*names
	bytes.Buffer
	alias  map[call.ParticipantID]string
	shaded call.SessionID
}

func (d *diagram) steps() {
	drawn, left := 0, 0
	for _, s := range d.story() {
		if s.short == "" || d.alias[s.from] == "" {
			continue
		}
		if drawn == maxArrows {
			left++
			continue
		}
		drawn++
		d.ground(s.session)
		d.step(s)
	}
	d.ground("")
	if left > 0 {
		fmt.Fprintf(d, "    Note over %s: ... and %d more\n", d.alias[d.call.Participants[0].ID], left)
	}
}

// ground opens and closes the shaded ground of a session.
func (d *diagram) ground(s call.SessionID) {
	if s == d.call.ID {
		s = ""
	}
	if s == d.shaded {
		return
	}
	if d.shaded != "" {
		d.WriteString("    end\n")
	}
	if s != "" {
		fmt.Fprintf(d, "    rect rgb(238, 242, 250)\n    Note right of p1: session %s\n", mermaidLabel(d.session(s)))
	}
	d.shaded = s
}

func (d *diagram) step(s step) {
	from, to := d.alias[s.from], d.alias[s.to]
	label := mermaidLabel(s.short) + " " + d.offset(s.at)
	if s.unsure {
		label += " (uncertain)"
	}
	if to == "" || to == from {
		fmt.Fprintf(d, "    Note over %s: %s\n", from, label)
		return
	}
	arrow := "->>"
	switch {
	case s.reply:
		arrow = "-->>"
	case s.rank == rankLink, s.rank == rankRoute, s.rank == rankAsk:
		arrow = "-)"
	}
	fmt.Fprintf(d, "    %s%s%s: %s\n", from, arrow, to, label)
}
