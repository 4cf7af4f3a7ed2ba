package view

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
)

// names finds what a call speaks of and gives it short names: A for a session, A-2
// for its party 2, "Ann Lee (104)" for a participant.
type names struct {
	call     *call.Call
	sessions map[call.SessionID]string
	legs     map[call.LegID]*call.Leg
	tags     map[call.LegID]string
	people   map[call.ParticipantID]*call.Participant
}

func newNames(c *call.Call) *names {
	n := &names{
		call:     c,
		sessions: make(map[call.SessionID]string, len(c.Sessions)),
		legs:     make(map[call.LegID]*call.Leg, len(c.Legs)),
		tags:     make(map[call.LegID]string, len(c.Legs)),
		people:   make(map[call.ParticipantID]*call.Participant, len(c.Participants)),
	}
	for i := range c.Sessions {
		n.sessions[c.Sessions[i].ID] = letters(i)
	}
	for i := range c.Participants {
		n.people[c.Participants[i].ID] = &c.Participants[i]
	}
	taken := map[string]bool{}
	for i := range c.Legs {
		l := &c.Legs[i]
		n.legs[l.ID] = l
		tag := n.session(l.Session) + "-" + partyNumber(l.ID)
		for k := 1; taken[tag]; k++ {
			tag = fmt.Sprintf("%s-leg%d", n.session(l.Session), i+k)
		}
		taken[tag], n.tags[l.ID] = true, tag
	}
	return n
}

// letters counts A, B, ... Z, AA, AB, ...
func letters(i int) string {
	s := string(rune('A' + i%26))
	for i = i/26 - 1; i >= 0; i = i/26 - 1 {
		s = string(rune('A'+i%26)) + s
	}
	return s
}

// partyNumber is the number at the end of a party id, "?" when it has none.
func partyNumber(id call.LegID) string {
	s := string(id[strings.LastIndexByte(string(id), '-')+1:])
	if v, err := strconv.ParseUint(s, 10, 32); err == nil && len(s) < len(id) {
		return strconv.FormatUint(v, 10)
	}
	return "?"
}

func (n *names) session(id call.SessionID) string {
	if s, ok := n.sessions[id]; ok {
		return s
	}
	return clean(string(id))
}

func (n *names) leg(id call.LegID) string {
	if s, ok := n.tags[id]; ok {
		return s
	}
	return clean(string(id))
}

// who names a participant: name and shortest number, or what there is.
func (n *names) who(id call.ParticipantID) string {
	p := n.people[id]
	if p == nil {
		return clean(string(id))
	}
	name, number := clean(strings.TrimSpace(p.Name)), clean(shortest(p.Numbers))
	switch {
	case name != "" && number != "" && name != number:
		return name + " (" + number + ")"
	case name != "":
		return name
	case number != "":
		return number
	case strings.HasPrefix(string(id), "leg:"):
		if tag, ok := n.tags[call.LegID(strings.TrimPrefix(string(id), "leg:"))]; ok {
			return "unnamed party " + tag
		}
	case p.ExtensionID != "":
		return "extension id " + clean(p.ExtensionID)
	}
	return clean(string(id))
}

// everyone names participants as in "a, b and c"; or is said when there are none.
func (n *names) everyone(ids []call.ParticipantID, or string) string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = n.who(id)
	}
	return sentenceList(list, or)
}

func sentenceList(list []string, or string) string {
	switch len(list) {
	case 0:
		return or
	case 1:
		return list[0]
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// far names whom a caller's leg called: the participant behind the number if the
// call has one.
func (n *names) far(e call.Endpoint) string {
	if id, ok := n.participant(e); ok {
		return n.who(id)
	}
	switch name, number := clean(e.Name), clean(e.Number); {
	case name != "" && number != "":
		return name + " (" + number + ")"
	case name != "":
		return name
	default:
		return number
	}
}

// participant finds who stands behind an endpoint.
func (n *names) participant(e call.Endpoint) (call.ParticipantID, bool) {
	for _, p := range n.call.Participants {
		if e.ExtensionID != "" && p.ExtensionID == e.ExtensionID {
			return p.ID, true
		}
	}
	for _, p := range n.call.Participants {
		for _, number := range p.Numbers {
			if e.Number != "" && e.ExtensionID == "" && number == e.Number {
				return p.ID, true
			}
		}
	}
	return "", false
}

// shortest is the shortest number, the first of several: an extension number says
// more to a colleague than the direct number.
func shortest(numbers []string) string {
	best := ""
	for _, s := range numbers {
		if s != "" && (best == "" || len(s) < len(best)) {
			best = s
		}
	}
	return best
}

// mirror: the session repeats another one of the call.
func (n *names) mirror(s call.SessionID) bool {
	for _, f := range n.call.Findings {
		if f.Kind == call.MirrorSession && f.About == string(s) {
			return true
		}
	}
	return false
}

func hasRole(l *call.Leg, r call.Role) bool {
	for _, x := range l.Roles {
		if x == r {
			return true
		}
	}
	return false
}
