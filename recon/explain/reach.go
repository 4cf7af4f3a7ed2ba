package explain

import (
	"fmt"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
)

// reach answers question 5.
func (x *explainer) reach() {
	rule := "You listen to the whole account: every party that belongs to it is delivered, in whatever session [documented], and in practice the outside parties of its calls too [observed]."
	if x.opt.Extension {
		rule = "You listen to one extension: only its own parties are delivered [documented]. A peer's session reaches you only if that extension has a party there; listen to the account to see the rest."
	}
	x.para(answer, rule)
	named := x.named()
	if len(named) == 0 {
		x.para(answer, "In this call no party names a peer, so there is no other session to wait for.")
	}
	for _, s := range named {
		x.item(answer+"- ", fmt.Sprintf("Session %s %s.", x.session(s), x.arrived(s)))
	}
}

// named lists the sessions that peers name, in order of the sessions.
func (x *explainer) named() []call.SessionID {
	var out []call.SessionID
	add := func(id call.SessionID) {
		if id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	for i := range x.call.Legs {
		if p := x.call.Legs[i].Peer; p != nil {
			add(p.Session)
		}
	}
	for _, a := range x.acts {
		if p := a.party.Status.PeerID; p != nil {
			add(call.SessionID(p.TelephonySessionID))
		}
	}
	slices.SortStableFunc(out, func(a, b call.SessionID) int { return x.place(a) - x.place(b) })
	return out
}

// place is a session's place in the call, after the last for one outside it.
func (x *explainer) place(id call.SessionID) int {
	if i, ok := x.sessions[id]; ok {
		return i
	}
	return len(x.sessions)
}

// arrived says whether a named session reached the subscriber, and who owns its
// parties.
func (x *explainer) arrived(id call.SessionID) string {
	i, ok := x.sessions[id]
	if !ok || !x.call.Sessions[i].Observed {
		return "did not reach you: its parties belong to nobody you listen to, or its events were lost"
	}
	s := fmt.Sprintf("reached you (%s); its parties in view: %s", count(x.call.Sessions[i].Sequences.Count, "event"), orNobody(x.owners(id)))
	if unseen := x.unseen(id); len(unseen) > 0 {
		why := "a helper party, which belongs to nobody and is not delivered, or lost"
		if x.opt.Extension {
			why = "not this extension's, or lost"
		}
		s += fmt.Sprintf("; %s, which a peer names, did not (%s)", list(unseen), why)
	}
	return s
}

// owners lists the participants with a leg in a session.
func (x *explainer) owners(id call.SessionID) string {
	var who []call.ParticipantID
	for i := range x.call.Legs {
		if l := &x.call.Legs[i]; l.Session == id && !slices.Contains(who, l.Participant) {
			who = append(who, l.Participant)
		}
	}
	return x.fullAll(who)
}

// unseen lists the parties of a session that peers name and that have no leg.
func (x *explainer) unseen(id call.SessionID) []string {
	var out []string
	for i := range x.call.Legs {
		p := x.call.Legs[i].Peer
		if p != nil && p.Session == id && p.Leg != "" && x.legs[p.Leg] == nil {
			if s := x.party(id, p.Leg); !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}
