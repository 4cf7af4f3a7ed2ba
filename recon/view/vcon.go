package view

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
)

// VCon writes the call as a vCon (draft-ietf-vcon-vcon-core, syntax 0.4.0), one line of
// JSON. Parties are participants; a dialog of type recording-set is a conversation of
// the same people, a transfer dialog each transfer. What vCon has no word for, such as
// park and supervision, is in the attachment, which holds the whole graph. The same graph
// gives the same bytes: ids are derived from the call's, and the creation time is the last
// that the graph knows. docs/exports.md says what goes where.
func VCon(w io.Writer, c *call.Call) error {
	v := vcon{
		UUID: uuid8("vcon", string(c.ID)), Version: "0.4.0", Extensions: []string{"CC"}, CreatedAt: lastTime(c), Subject: clean(subject(c)),
		Parties: []vconParty{}, Dialog: []vconDialog{},
	}
	m := &vconMaker{call: c, vcon: &v, party: map[call.ParticipantID]int{}}
	m.parties()
	m.conversations()
	m.transfers()
	if len(v.Dialog) == 0 {
		m.incomplete()
	}
	v.Attachments = []vconAttachment{{Purpose: "call-graph", Start: c.StartedAt, Party: 0, Dialog: 0, MediaType: "application/json", Encoding: "json", Body: call.AppendJSON(nil, c)}}
	text, err := json.Marshal(&v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

type vcon struct {
	UUID        string           `json:"uuid"`
	Version     string           `json:"vcon"`
	Extensions  []string         `json:"extensions"`
	CreatedAt   call.Time        `json:"created_at"`
	Subject     string           `json:"subject"`
	Parties     []vconParty      `json:"parties"`
	Dialog      []vconDialog     `json:"dialog"`
	Attachments []vconAttachment `json:"attachments"`
}

type vconParty struct {
	Tel  string `json:"tel,omitempty"`
	Name string `json:"name,omitempty"`
	UUID string `json:"uuid"`
	Type string `json:"type,omitempty"`
	Role string `json:"role,omitempty"`
}

type vconDialog struct {
	Type           string       `json:"type"`
	Start          call.Time    `json:"start"`
	Duration       *float64     `json:"duration,omitempty"`
	Parties        []int        `json:"parties,omitempty"`
	Recordings     *[]int       `json:"recordings,omitempty"`
	Disposition    string       `json:"disposition,omitempty"`
	Application    string       `json:"application,omitempty"`
	History        []vconMoment `json:"party_history,omitempty"`
	Transferee     *int         `json:"transferee,omitempty"`
	Transferor     *int         `json:"transferor,omitempty"`
	TransferTarget *int         `json:"transfer_target,omitempty"`
	Original       *int         `json:"original,omitempty"`
	Consultation   *int         `json:"consultation,omitempty"`
	TargetDialog   *int         `json:"target_dialog,omitempty"`
}

type vconMoment struct {
	Party int       `json:"party"`
	Time  call.Time `json:"time"`
	Event string    `json:"event"`
}

type vconAttachment struct {
	Purpose   string          `json:"purpose"`
	Start     call.Time       `json:"start"`
	Party     int             `json:"party"`
	Dialog    int             `json:"dialog"`
	MediaType string          `json:"mediatype"`
	Encoding  string          `json:"encoding"`
	Body      json.RawMessage `json:"body"`
}

// uuid8 derives a UUID of version 8, which is for whatever one likes, from some words.
func uuid8(parts ...string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "legwork %q", parts))
	b := sum[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// lastTime is the last instant that a graph knows.
func lastTime(c *call.Call) call.Time {
	last := max(c.StartedAt, c.EndedAt)
	for _, l := range c.Legs {
		for _, s := range l.States {
			last = max(last, s.From, s.To)
		}
	}
	return last
}

func subject(c *call.Call) string { return fmt.Sprintf("%s call, %s", c.Direction, c.Outcome) }

type vconMaker struct {
	call  *call.Call
	vcon  *vcon
	party map[call.ParticipantID]int
}

func (m *vconMaker) parties() {
	roles := map[call.ParticipantID]string{}
	for _, l := range m.call.Legs {
		for _, r := range l.Roles {
			switch r {
			case call.Supervisor:
				roles[l.Participant] = "supervisor"
			case call.Agent:
				if roles[l.Participant] == "" {
					roles[l.Participant] = "agent"
				}
			case call.Router, call.Queue:
				roles[l.Participant] = "bot"
			}
		}
	}
	for i, p := range m.call.Participants {
		m.party[p.ID] = i
		v := vconParty{Name: clean(p.Name), UUID: uuid8("participant", string(p.ID))}
		if len(p.Numbers) > 0 {
			v.Tel = clean(p.Numbers[0])
		}
		switch role := roles[p.ID]; {
		case role == "bot":
			v.Type = "bot"
		case p.Kind == call.Extension:
			v.Type, v.Role = "person", role
		}
		m.vcon.Parties = append(m.vcon.Parties, v)
	}
}

// conversations makes a dialog of talks of the same people that follow one another.
func (m *vconMaker) conversations() {
	var open *conversation
	for _, t := range m.call.Talks {
		members := m.members(&t)
		if len(members) < 2 {
			continue
		}
		if open == nil || !slices.Equal(open.members, members) {
			m.add(open)
			open = &conversation{from: t.From, members: members}
		}
		open.to, open.ended = max(open.to, t.To), t.To != 0
	}
	m.add(open)
}

type conversation struct {
	from, to call.Time
	ended    bool
	members  []int
}

func (m *vconMaker) members(t *call.Talk) (out []int) {
	for _, member := range t.Members {
		if i, ok := m.party[member.Participant]; ok && !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	slices.Sort(out)
	return out
}

func (m *vconMaker) add(c *conversation) {
	if c == nil {
		return
	}
	d := vconDialog{Type: "recording-set", Start: c.from, Parties: c.members, Recordings: &[]int{}, Application: "RingCentral"}
	for _, p := range c.members {
		d.History = append(d.History, vconMoment{p, c.from, "join"})
	}
	if c.ended {
		seconds := float64(c.to-c.from) / 1000
		d.Duration = &seconds
		d.History = append(d.History, m.holds(c)...)
		for _, p := range c.members {
			d.History = append(d.History, vconMoment{p, c.to, "drop"})
		}
	}
	m.vcon.Dialog = append(m.vcon.Dialog, d)
}

// holds lists who was put on hold, and taken off it, during a conversation. RingCentral
// says who pressed the button, vCon who waits.
func (m *vconMaker) holds(c *conversation) (out []vconMoment) {
	for _, l := range m.call.Legs {
		p, ok := m.party[l.Participant]
		if !ok || !slices.Contains(c.members, p) {
			continue
		}
		for _, s := range l.States {
			if s.State == call.StateHeld && s.From >= c.from && s.To != 0 && s.To <= c.to {
				out = append(out, vconMoment{p, s.From, "hold"}, vconMoment{p, s.To, "unhold"})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b vconMoment) int { return int(a.Time - b.Time) })
	return out
}

func (m *vconMaker) transfers() {
	talks := len(m.vcon.Dialog)
	for _, l := range m.call.Links {
		if l.Kind != call.TransferAttended && l.Kind != call.TransferBlind {
			continue
		}
		d := vconDialog{Type: "transfer", Start: l.At, Transferor: m.who(l, call.Transferor), Transferee: m.who(l, call.Transferee), TransferTarget: m.who(l, call.TransferTarget)}
		d.Original = m.between(talks, d.Transferor, d.Transferee, func(s call.Time) bool { return s < l.At })
		if l.Kind == call.TransferAttended {
			d.Consultation = m.between(talks, d.Transferor, d.TransferTarget, func(s call.Time) bool { return s < l.At })
		}
		d.TargetDialog = m.between(talks, d.Transferee, d.TransferTarget, func(s call.Time) bool { return s >= l.At })
		m.vcon.Dialog = append(m.vcon.Dialog, d)
	}
}

// who is the one who played a role, nil when that is not settled.
func (m *vconMaker) who(l call.Link, r call.Role) *int {
	if ids := l.Roles[r]; len(ids) == 1 {
		if i, ok := m.party[ids[0]]; ok {
			return &i
		}
	}
	return nil
}

// between finds the conversation of two: the last that began before the transfer, or the
// first after it.
func (m *vconMaker) between(talks int, a, b *int, when func(call.Time) bool) *int {
	if a == nil || b == nil {
		return nil
	}
	found := -1
	for i, d := range m.vcon.Dialog[:talks] {
		if !when(d.Start) || !slices.Contains(d.Parties, *a) || !slices.Contains(d.Parties, *b) {
			continue
		}
		if found < 0 || when(0) { // when(0): before, so the last one
			found = i
		}
	}
	if found < 0 {
		return nil
	}
	return &found
}

// incomplete is the dialog of a call in which nobody talked.
func (m *vconMaker) incomplete() {
	disposition := map[call.Outcome]string{call.Missed: "no-answer", call.Busy: "busy", call.Abandoned: "hung-up", call.Cancelled: "hung-up", call.Failed: "failed",
		call.Rejected: "failed", call.Voicemail: "voicemail-no-message"}[m.call.Outcome]
	if disposition == "" {
		disposition = "no-answer"
	}
	d := vconDialog{Type: "incomplete", Start: m.call.StartedAt, Disposition: disposition, Application: "RingCentral"}
	for i := range m.vcon.Parties {
		d.Parties = append(d.Parties, i)
	}
	m.vcon.Dialog = append(m.vcon.Dialog, d)
}
