package explain

import (
	"fmt"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// newNumbers answers question 4.
func (x *explainer) newNumbers() {
	first, last := x.passedOn()
	if first == nil {
		x.para(answer, "No link passes this call on. Its numbers: "+x.everybody()+"."+x.supervisors()+x.hint())
		return
	}
	stayed, came := x.newcomers(first)
	x.para(answer, "There from the beginning: "+orNobody(x.fullAll(stayed))+".")
	if len(came) == 0 {
		x.para(answer, "New: nobody.")
	}
	for _, id := range came {
		x.item(answer+"- ", "New: "+x.full(id)+", "+x.part(id)+".")
	}
	talking, uncertain := x.talkingAfter(last.At)
	x.para(answer, fmt.Sprintf("Could talk after that (%s): %s%s.", x.offset(last.At), orNobody(x.fullAll(talking)), uncertain))
	for _, id := range stayed {
		if p := x.people[id]; len(p.Numbers) > 1 {
			x.para(answer, fmt.Sprintf("Not new: %s are numbers of one person, %s.", list(safeAll(p.Numbers)), x.full(id)))
		}
	}
}

// supervisors names who joined only to supervise.
func (x *explainer) supervisors() string {
	s := ""
	for i := range x.call.Links {
		if l := &x.call.Links[i]; l.Kind == call.Supervise && len(l.Roles[call.Supervisor]) > 0 {
			s += fmt.Sprintf(" Of these, %s came as supervisor (link %d).", x.fullAll(l.Roles[call.Supervisor]), i+1)
		}
	}
	return s
}

// hint names an event that speaks of a transfer which no link shows.
func (x *explainer) hint() string {
	for _, a := range x.acts {
		if a.is(wire.ReasonAttendedTransfer, wire.ReasonBlindTransfer, wire.ReasonRccTransfer, wire.ReasonDtmfTransfer) {
			return fmt.Sprintf(" But %s#%d carries %s: there was a transfer, and its other events are not in view.", x.session(a.session), a.sequence, a.status())
		}
	}
	return ""
}

// passedOn finds the first and the last link that passed the call on.
func (x *explainer) passedOn() (first, last *call.Link) {
	for i := range x.call.Links {
		if l := &x.call.Links[i]; transfers(l) {
			if first == nil {
				first = l
			}
			if last == nil || l.At >= last.At {
				last = l
			}
		}
	}
	return first, last
}

// newcomers parts the participants: those with a leg in the first session before it
// was passed on, and the rest.
func (x *explainer) newcomers(first *call.Link) (stayed, came []call.ParticipantID) {
	for i := range x.call.Participants {
		id := x.call.Participants[i].ID
		if x.thereBefore(id, first) {
			stayed = append(stayed, id)
		} else {
			came = append(came, id)
		}
	}
	return stayed, came
}

func (x *explainer) thereBefore(id call.ParticipantID, first *call.Link) bool {
	next := first.To
	if first.Kind == call.Pickup {
		next = first.From // it leads from who took the call to where it waited
	}
	for i := range x.call.Legs {
		l := &x.call.Legs[i]
		if l.Participant == id && l.Session == x.call.Sessions[0].ID && l.ID != next && len(l.States) > 0 && l.States[0].From < first.At {
			return true
		}
	}
	return false
}

// part says how a newcomer came into the call, by the first link that names them.
func (x *explainer) part(id call.ParticipantID) string {
	for i := range x.call.Links {
		for _, r := range roleOrder {
			if slices.Contains(x.call.Links[i].Roles[r], id) {
				return fmt.Sprintf("as %s (link %d)%s", roleName(r), i+1, x.only(id))
			}
		}
	}
	return "named by no link" + x.only(id)
}

// only says in which session a newcomer appears, when it is not the first.
func (x *explainer) only(id call.ParticipantID) string {
	var in []string
	for i := range x.call.Legs {
		l := &x.call.Legs[i]
		if s := x.session(l.Session); l.Participant == id && !slices.Contains(in, s) {
			in = append(in, s)
		}
	}
	switch {
	case len(in) == 0:
		return ", without a party of their own in view"
	case len(x.call.Sessions) == 1:
		return ""
	}
	if len(in) == 1 {
		return ", only in session " + in[0]
	}
	return ", in sessions " + list(in)
}

// talkingAfter lists who could talk after an instant, with a word of warning when an
// event that could change that is missing.
func (x *explainer) talkingAfter(at call.Time) (out []call.ParticipantID, uncertain string) {
	for _, t := range x.call.Talks {
		if t.To != 0 && t.To <= at {
			continue
		}
		if t.Uncertain {
			uncertain = " (as far as the events in view tell)"
		}
		for _, m := range t.Members {
			if m.Mode == call.TwoWay && !slices.Contains(out, m.Participant) {
				out = append(out, m.Participant)
			}
		}
	}
	return out, uncertain
}

func (x *explainer) fullAll(ids []call.ParticipantID) string {
	var out []string
	for _, id := range ids {
		out = append(out, x.full(id))
	}
	return list(out)
}

// everybody lists the call's participants.
func (x *explainer) everybody() string {
	var ids []call.ParticipantID
	for i := range x.call.Participants {
		ids = append(ids, x.call.Participants[i].ID)
	}
	return orNobody(x.fullAll(ids))
}

func safeAll(words []string) []string {
	var out []string
	for _, w := range words {
		out = append(out, safe(w))
	}
	return out
}

func orNobody(s string) string {
	if s == "" {
		return "nobody in view"
	}
	return s
}
