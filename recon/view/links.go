package view

import (
	"fmt"

	"github.com/legworkhq/legwork/recon/call"
)

// link tells what a link did, and marks the legs whose end it explains.
func (t *storyteller) link(k *call.Link) {
	t.told[k.From] = k.Reason
	s := step{at: k.At, rank: rankLink}
	if from := t.legs[k.From]; from != nil {
		s.session, s.from = from.Session, from.Participant
	}
	s.text, s.short = t.did(k)
	if s.text == "" {
		return
	}
	s.to = t.leadsTo(k)
	switch k.Kind {
	case call.Route:
		s.rank = rankRoute
	case call.RingOut:
		s.rank = rankAsk
	case call.Switch, call.Flip:
		s.to = ""
	case call.Pickup:
		if k.To != "" {
			t.told[k.To] = k.Reason
		}
	case call.TransferAttended:
		t.told[k.To] = k.Reason
		if tee := k.Roles[call.Transferee]; len(tee) == 1 {
			s.from = tee[0]
		}
	}
	t.add(s)
}

// leadsTo is the participant that the arrow of a link ends at.
func (t *storyteller) leadsTo(k *call.Link) call.ParticipantID {
	for _, r := range [...]call.Role{call.TransferTarget, call.Conferee, call.ParkedParty, call.Agent, call.Target, call.Callee} {
		if ids := k.Roles[r]; len(ids) > 0 && !(k.Kind == call.Takeover && r == call.Agent) {
			return ids[0]
		}
	}
	if k.Kind == call.Takeover {
		if ids := k.Roles[call.Supervisor]; len(ids) > 0 {
			return ids[0]
		}
	}
	if to := t.legs[k.To]; to != nil {
		return to.Participant
	}
	return ""
}

func (t *storyteller) fromName(k *call.Link) string {
	if l := t.legs[k.From]; l != nil {
		return t.who(l.Participant)
	}
	return "somebody not in view"
}

// did says in words what a link did, and as a label. Empty for what the legs
// themselves tell already.
func (t *storyteller) did(k *call.Link) (text, short string) {
	r := func(role call.Role, or string) string { return t.everyone(k.Roles[role], or) }
	switch k.Kind {
	case call.TransferAttended:
		by := r(call.Transferor, t.fromName(k))
		return fmt.Sprintf("%s handed %s over to %s (attended transfer)",
				by, r(call.Transferee, "somebody"), r(call.TransferTarget, "somebody")),
			"attended transfer by " + by
	case call.TransferBlind:
		return fmt.Sprintf("%s handed %s over to %s, unannounced (blind transfer)",
			r(call.Transferor, t.fromName(k)), r(call.Transferee, "the caller"), r(call.TransferTarget, "somebody")), "blind transfer"
	case call.Forward:
		return fmt.Sprintf("%s sent %s on to %s without answering (forwarded)",
			r(call.Transferor, t.fromName(k)), r(call.Transferee, "the caller"), r(call.TransferTarget, "somebody")), "forwards"
	case call.ConferenceMerge:
		return fmt.Sprintf("%s merged the call with %s into a conference",
			r(call.Host, t.fromName(k)), r(call.Conferee, "somebody")), "merges into a conference"
	case call.Supervise:
		return fmt.Sprintf("%s began to supervise the call of %s", r(call.Supervisor, t.fromName(k)), r(call.Agent, "somebody")), "supervises"
	case call.Takeover:
		return fmt.Sprintf("%s took the call over from %s", r(call.Supervisor, "a supervisor"), r(call.Agent, t.fromName(k))), "call taken over"
	case call.Park:
		return fmt.Sprintf("%s parked %s", r(call.Parker, t.fromName(k)), r(call.ParkedParty, "the call")), "parks"
	case call.Pickup:
		if len(k.Roles[call.Callee]) > 0 {
			return fmt.Sprintf("%s picked up the call that rang for %s", r(call.Retriever, t.fromName(k)), r(call.Callee, "somebody")), "picks up"
		}
		return fmt.Sprintf("%s picked %s up from park", r(call.Retriever, t.fromName(k)), r(call.ParkedParty, "the call")), "picks up from park"
	case call.Route:
		return fmt.Sprintf("%s sent the call on to %s", r(call.Router, t.fromName(k)), r(call.Target, t.toName(k))), "sends the call on"
	case call.Hunt:
		return "", "" // "it rang for" says it
	case call.Switch, call.Flip:
		return fmt.Sprintf("%s moved the call to another device", r(call.Mover, t.fromName(k))), "moves to another device"
	case call.RingOut:
		if k.ToSession != "" {
			return "", "" // the mirror is a link and a finding, not something that happened
		}
		return fmt.Sprintf("%s asked RingCentral to call %s (RingOut)", r(call.Initiator, t.fromName(k)), r(call.Target, "somebody")), "RingOut"
	case call.PeerLink:
		return fmt.Sprintf("%s left session %s for session %s; the events do not say why",
			t.fromName(k), t.sessionOf(k.From), t.session(k.ToSession)), "goes on elsewhere"
	}
	return fmt.Sprintf("%s: %s to %s", clean(string(k.Kind)), t.fromName(k), t.toName(k)), clean(string(k.Kind))
}

func (n *names) toName(k *call.Link) string {
	if l := n.legs[k.To]; l != nil {
		return n.who(l.Participant)
	}
	if k.ToSession != "" {
		return "session " + n.session(k.ToSession)
	}
	return "somebody not in view"
}

func (n *names) sessionOf(id call.LegID) string {
	if l := n.legs[id]; l != nil {
		return n.session(l.Session)
	}
	return "?"
}

// kindNames are the link kinds in plain words.
var kindNames = map[call.LinkKind]string{
	call.TransferAttended: "attended transfer",
	call.TransferBlind:    "blind transfer",
	call.Forward:          "forward",
	call.ConferenceMerge:  "conference merge",
	call.Supervise:        "supervision",
	call.Takeover:         "takeover",
	call.Park:             "park",
	call.Pickup:           "pickup",
	call.Route:            "route",
	call.Hunt:             "queue rings agent",
	call.Switch:           "device switch",
	call.Flip:             "device flip",
	call.RingOut:          "RingOut",
	call.PeerLink:         "unexplained peer",
}

func kindName(k call.LinkKind) string {
	if s, ok := kindNames[k]; ok {
		return s
	}
	return clean(string(k))
}

// known says how a link is known.
func known(b call.Basis) string {
	switch b {
	case call.BothEnds:
		return "stated by both ends"
	case call.OneEnd:
		return "stated by one end"
	case call.SameSession:
		return "stated in the session"
	case call.Inferred:
		return "inferred"
	}
	return clean(string(b))
}
