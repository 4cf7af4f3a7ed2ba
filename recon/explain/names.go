package explain

import (
	"fmt"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// letter names the i-th session: A to Z, then A1 to Z1, and so on.
func letter(i int) string {
	s := string(rune('A' + i%26))
	if i >= 26 {
		s += fmt.Sprint(i / 26)
	}
	return s
}

// session names a session by its letter, one outside the call by its id.
func (x *explainer) session(id call.SessionID) string {
	if i, ok := x.sessions[id]; ok {
		return letter(i)
	}
	return safe(string(id))
}

// party names a party by its session's letter and its number.
func (x *explainer) party(s call.SessionID, id call.LegID) string {
	if id == "" {
		return x.session(s) + "-?"
	}
	if n := wire.PartyNumber(string(id)); n > 0 {
		return fmt.Sprintf("%s-%d", x.session(s), n)
	}
	return safe(string(id))
}

// originator is the outsider who began the call, "" when nobody or an extension did.
func (x *explainer) originator() call.ParticipantID {
	if x.call.Direction != call.Inbound || len(x.call.Sessions) == 0 {
		return ""
	}
	first := x.call.Sessions[0].ID
	for i := range x.call.Legs {
		l := &x.call.Legs[i]
		p := x.people[l.Participant]
		if l.Session == first && l.Direction == string(wire.Outbound) && p != nil && p.Kind != call.Extension {
			return p.ID
		}
	}
	return ""
}

// who names a participant in a sentence. The outside caller is "the caller" once
// introduced.
func (x *explainer) who(id call.ParticipantID) string {
	if id != "" && id == x.caller {
		if x.met[id] {
			return "the caller"
		}
		x.met[id] = true
		return "the caller (" + x.full(id) + ")"
	}
	return x.full(id)
}

// full names a participant by name and number.
func (x *explainer) full(id call.ParticipantID) string {
	p := x.people[id]
	if p == nil {
		return "somebody not in view"
	}
	number := shortest(p.Numbers)
	switch {
	case p.Name != "" && number != "":
		return safe(p.Name) + " (" + safe(number) + ")"
	case p.Name != "":
		return safe(p.Name)
	case number != "" && p.Kind == call.Extension && !strings.HasPrefix(number, "+"):
		return "extension " + safe(number)
	case number != "":
		return safe(number)
	case p.ExtensionID != "":
		return "extension id " + safe(p.ExtensionID)
	}
	return "an unnamed party"
}

// shortest picks the number that people know somebody by: an extension number before
// a full one.
func shortest(numbers []string) string {
	best := ""
	for _, n := range numbers {
		if n != "" && (best == "" || len(n) < len(best)) {
			best = n
		}
	}
	return best
}

// whoAll names several participants.
func (x *explainer) whoAll(ids []call.ParticipantID) string {
	var out []string
	for _, id := range ids {
		out = append(out, x.who(id))
	}
	return list(out)
}

// whose names the participant behind a leg; a leg that the graph lacks by its party.
func (x *explainer) whose(s call.SessionID, id call.LegID) string {
	if l := x.legs[id]; l != nil && x.people[l.Participant] != nil {
		if p := x.people[l.Participant]; p.Kind == call.UnknownParticipant && p.Name == "" && len(p.Numbers) == 0 {
			return "party " + x.party(s, id)
		}
		return x.who(l.Participant)
	}
	return "party " + x.party(s, id)
}
