package view

import (
	"bytes"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"github.com/legworkhq/legwork/recon/call"
)

// DOT writes the graph for Graphviz: a cluster for each session, in it a node for each leg
// with its number, talk time and end; thin grey lines from the caller of a session
// to those who were called, and an arrow for each link, dashed where it is inferred.
func DOT(w io.Writer, c *call.Call) error {
	d := &drawing{names: newNames(c)}
	d.WriteString("digraph call {\n  compound=true;\n  rankdir=LR;\n" +
		"  graph [fontname=\"sans-serif\", fontsize=10, labeljust=l];\n" +
		"  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=10];\n" +
		"  edge [fontname=\"sans-serif\", fontsize=9];\n")
	for i := range c.Sessions {
		d.cluster(i)
	}
	d.strays()
	for i := range c.Links {
		d.link(&c.Links[i], i)
	}
	sort.Strings(d.edges)
	d.WriteString(strings.Join(d.edges, ""))
	d.WriteString("}\n")
	_, err := w.Write(d.Bytes())
	return err
}

// drawing is a DOT file in the making.
type drawing struct {
	*names
	bytes.Buffer
	edges []string
}

func (d *drawing) cluster(i int) {
	s := &d.call.Sessions[i]
	fmt.Fprintf(d, "  subgraph \"cluster_%s\" {\n", letters(i))
	origin := s.Origin
	if !s.Observed {
		origin = "named only, not seen"
	}
	fmt.Fprintf(d, "    label=%s;\n    color=\"gray60\";\n", dotLines("session "+letters(i)+" "+string(s.ID), origin))
	legs := d.legsOf(s.ID)
	for _, l := range legs {
		d.node(l, "    ")
	}
	if len(legs) == 0 {
		fmt.Fprintf(d, "    %s [label=\"not seen\", style=dashed];\n", dotID(d.anchor(s.ID)))
	}
	d.WriteString("  }\n")
	d.calls(legs)
}

func (d *drawing) legsOf(s call.SessionID) []*call.Leg {
	var out []*call.Leg
	for i := range d.call.Legs {
		if d.call.Legs[i].Session == s {
			out = append(out, &d.call.Legs[i])
		}
	}
	return out
}

func (d *drawing) node(l *call.Leg, indent string) {
	talk := ""
	if l.TalkMs > 0 {
		talk = "talked " + seconds(time.Duration(l.TalkMs)*time.Millisecond)
	}
	end := string(l.Outcome)
	if l.End != nil && l.End.Reason != "" {
		end += " (" + l.End.Reason + ")"
	}
	fmt.Fprintf(d, "%s%s [label=%s];\n", indent, dotID(d.leg(l.ID)), dotLines(d.leg(l.ID)+" "+d.who(l.Participant), talk, end))
}

// strays draws the legs of sessions that the call does not list.
func (d *drawing) strays() {
	for i := range d.call.Legs {
		if l := &d.call.Legs[i]; d.sessions[l.Session] == "" {
			d.node(l, "  ")
		}
	}
}

// calls joins the caller of a session to those who were called.
func (d *drawing) calls(legs []*call.Leg) {
	var caller *call.Leg
	for _, l := range legs {
		if hasRole(l, call.Caller) {
			caller = l
			break
		}
	}
	for _, l := range legs {
		if caller != nil && l != caller {
			d.edges = append(d.edges, fmt.Sprintf("  %s -> %s [color=\"gray70\", arrowhead=none];\n", dotID(d.leg(caller.ID)), dotID(d.leg(l.ID))))
		}
	}
}

// anchor is the node that stands for a session: its first leg, or the node that says
// that none was seen.
func (d *drawing) anchor(s call.SessionID) string {
	if legs := d.legsOf(s); len(legs) > 0 {
		return d.leg(legs[0].ID)
	}
	return "session " + d.session(s)
}

func (d *drawing) link(k *call.Link, i int) {
	from, to, attrs := d.leg(k.From), "", []string{"label=" + dotLines(kindName(k.Kind), inferredMark(k), d.offset(k.At))}
	if d.legs[k.From] == nil {
		from = fmt.Sprintf("not in view %d", i+1)
		fmt.Fprintf(d, "  %s [label=\"not in view\", style=dashed];\n", dotID(from))
	}
	switch {
	case d.legs[k.To] != nil:
		to = d.leg(k.To)
	case d.sessions[k.ToSession] != "":
		to = d.anchor(k.ToSession)
		attrs = append(attrs, fmt.Sprintf("lhead=\"cluster_%s\"", d.sessions[k.ToSession]))
	case d.role(k) != "":
		to = d.role(k)
	default:
		to = from
	}
	attrs = append(attrs, look(k)...)
	d.edges = append(d.edges, fmt.Sprintf("  %s -> %s [%s];\n", dotID(from), dotID(to), strings.Join(attrs, ", ")))
}

// role is the node of somebody whom a link names without a leg.
func (d *drawing) role(k *call.Link) string {
	for _, r := range [...]call.Role{call.TransferTarget, call.Target, call.ParkedParty, call.Agent} {
		if ids := k.Roles[r]; len(ids) > 0 {
			return d.who(ids[0])
		}
	}
	return ""
}

func inferredMark(k *call.Link) string {
	if k.Basis == call.Inferred {
		return "inferred"
	}
	return ""
}

// look is how a link of a kind is drawn.
func look(k *call.Link) []string {
	color, style := "black", "solid"
	switch k.Kind {
	case call.Supervise, call.Takeover:
		color, style = "gray40", "dotted"
	case call.Park, call.Pickup:
		color = "blue"
	case call.ConferenceMerge:
		color = "darkgreen"
	case call.PeerLink:
		color = "red"
	}
	if k.Basis == call.Inferred {
		style = "dashed"
	}
	return []string{fmt.Sprintf("color=%q", color), fmt.Sprintf("style=%q", style)}
}
