// Package explain tells one call in words: what happened, which events say so, how
// every link is known, and the five questions that integrators ask about transferred
// and conferenced calls.
//
// It concludes nothing that the graph does not say. Claims about RingCentral carry
// package wire's marks.
package explain

import (
	"fmt"
	"io"
	"time"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// Options of Explain. The zero Options works.
type Options struct {
	// Color sets headings off for a terminal.
	Color bool
	// Width at which lines are wrapped. Zero means 80, anything below 40 means 40.
	Width int
	// Location in which the one absolute time is written. Nil means UTC.
	Location *time.Location
	// Extension: the events are one extension's, not the whole account's.
	Extension bool
}

// Explain writes the explanation of c. The events may be in any order, repeated, or
// of other sessions; where some that the graph stands on are not among them,
// Explain says so. An error is the writer's.
func Explain(w io.Writer, c *call.Call, events []wire.Event, opt Options) error {
	x := newExplainer(newPage(w, opt), c, events, opt)
	x.head()
	x.story()
	x.links()
	x.questions()
	x.findings()
	return x.err
}

// explainer holds one call and the events it is explained with.
type explainer struct {
	*page
	call     *call.Call
	opt      Options
	sessions map[call.SessionID]int // index in call.Sessions
	legs     map[call.LegID]*call.Leg
	people   map[call.ParticipantID]*call.Participant
	caller   call.ParticipantID // who began the call, when that is an outsider
	met      map[call.ParticipantID]bool
	acts     []*act
	bySeq    map[seqKey][]*act
	copies   int // events that were given more than once
	foreign  int // events of other sessions
}

// seqKey names a numbered change.
type seqKey struct {
	session  call.SessionID
	sequence int64
}

func newExplainer(p *page, c *call.Call, events []wire.Event, opt Options) *explainer {
	x := &explainer{page: p, call: c, opt: opt, sessions: map[call.SessionID]int{}, legs: map[call.LegID]*call.Leg{},
		people: map[call.ParticipantID]*call.Participant{}, met: map[call.ParticipantID]bool{}, bySeq: map[seqKey][]*act{}}
	for i := range c.Sessions {
		x.sessions[c.Sessions[i].ID] = i
	}
	for i := range c.Participants {
		x.people[c.Participants[i].ID] = &c.Participants[i]
	}
	for i := range c.Legs {
		x.legs[c.Legs[i].ID] = &c.Legs[i]
	}
	x.caller = x.originator()
	x.collect(events)
	return x
}

// head names the call and its sessions, once, in full.
func (x *explainer) head() {
	c := x.call
	x.text(bold, "", "", "Call "+safe(string(c.ID)))
	x.para("", capital(x.summary())+".")
	x.raw("\n")
	for i := range c.Sessions {
		s := &c.Sessions[i]
		note := ""
		switch {
		case !s.Observed:
			note = ", only named by a peer: none of its events arrived"
		case s.StartedAt > c.StartedAt:
			note = ", began " + x.offset(s.StartedAt)
		}
		if s.Origin != "" && s.Origin != string(wire.OriginCall) {
			note += ", " + safe(s.Origin)
		}
		x.item(fmt.Sprintf("  %s = ", letter(i)), safe(string(s.ID))+note)
	}
	x.raw("\n")
	x.para("", "A#7 is event (sequence) 7 of session A, A-2 its party 2. Times are seconds since the call began"+x.beginning()+".")
	for _, note := range x.coverage() {
		x.para("", note)
	}
}

// summary is the call in half a sentence.
func (x *explainer) summary() string {
	c := x.call
	direction := string(c.Direction) + " call"
	if c.Direction == call.UnknownDirection {
		direction = "call of unknown direction"
	}
	how := "outcome " + string(c.Outcome)
	if c.Outcome == call.UnknownOutcome {
		how = "outcome not known"
	}
	s := fmt.Sprintf("%s, %s, %s, %s", direction, how, count(len(c.Sessions), "session"), count(len(c.Participants), "participant"))
	switch {
	case c.EndedAt != 0:
		s += fmt.Sprintf(", %.1f s long", c.EndedAt.Sub(c.StartedAt).Seconds())
	case c.Status == call.Open:
		s += ", still going on"
	default:
		s += ", its end not in view"
	}
	return s
}

func (x *explainer) beginning() string {
	if x.call.StartedAt == 0 {
		return ""
	}
	at := x.opt.Location
	if at == nil {
		at = time.UTC
	}
	return ", " + x.call.StartedAt.Std().In(at).Format("2006-01-02 15:04:05.000 MST")
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
