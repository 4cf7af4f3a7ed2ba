package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// questions answers, for this call, what integrators ask.
func (x *explainer) questions() {
	x.heading("FIVE QUESTIONS")
	x.text(bold, "", "", "1. Is Gone a new leg?")
	x.isGoneALeg()
	x.text(bold, "", "", "2. What does each reason mean?")
	x.reasons()
	x.text(bold, "", "", "3. Can I still rebuild the original call?")
	x.rebuild()
	x.text(bold, "", "", "4. Which numbers are new after the transfer?")
	x.newNumbers()
	x.text(bold, "", "", "5. Will the peer's session reach me?")
	x.reach()
}

const answer = "   "

// goneLegs are the legs that were Gone at some time, in order.
func (x *explainer) goneLegs() []*call.Leg {
	var out []*call.Leg
	for i := range x.call.Legs {
		l := &x.call.Legs[i]
		if slices.ContainsFunc(l.States, func(s call.State) bool { return s.State == call.StateGone }) {
			out = append(out, l)
		}
	}
	return out
}

// isGoneALeg answers question 1.
func (x *explainer) isGoneALeg() {
	legs := x.goneLegs()
	if len(legs) == 0 {
		x.para(answer, "No party of this call was Gone. If one ever is: Gone says where an existing leg went; it is never a new leg.")
		return
	}
	x.para(answer, "No. Gone says where an existing leg went: its own part in this session stops, and the peer names the session in which the call goes on.")
	for _, l := range legs {
		x.item(answer+"- ", fmt.Sprintf("%s, %s: %s.", x.party(l.Session, l.ID), x.full(l.Participant), x.gone(l)))
	}
}

// gone says what became of a leg that was Gone.
func (x *explainer) gone(l *call.Leg) string {
	peer := "no peer is named"
	if l.Peer != nil {
		peer = "peer " + x.party(l.Peer.Session, l.Peer.Leg)
	}
	s := fmt.Sprintf("%s (%s)", x.fate(l), peer)
	for i := 1; i < len(l.States); i++ {
		if a, b := l.States[i-1], l.States[i]; a.State == call.StateGone && b.State != call.StateEnded {
			s += ", and came back at " + x.offset(b.From)
		}
	}
	return s
}

// fate says where a Gone leg's participant went, by the link that it stands in.
func (x *explainer) fate(leg *call.Leg) string {
	for i := range x.call.Links {
		l := &x.call.Links[i]
		if l.From != leg.ID && (l.To != leg.ID || l.Kind != call.TransferAttended && l.Kind != call.PeerLink) {
			continue
		}
		switch l.Kind {
		case call.TransferAttended:
			return "left the call; the far ends of both sessions met"
		case call.ConferenceMerge:
			return "went on in the conference"
		case call.Supervise:
			return "went on as supervisor"
		case call.Pickup:
			return "went on with the waiting call"
		}
	}
	return "what became of this person is not said"
}

// reasons answers question 2.
func (x *explainer) reasons() {
	var seen []wire.Reason
	for _, a := range x.acts {
		r, _ := a.party.Status.Reason.Canonical()
		if r != "" && !slices.Contains(seen, r) {
			seen = append(seen, r)
		}
	}
	switch {
	case len(x.acts) == 0:
		x.para(answer, "No event of this call was given, so there is no reason to explain.")
	case len(seen) == 0:
		x.para(answer, "None of this call's events carries a reason. That is ordinary: Disconnected without one says only that this party left.")
	}
	for _, r := range seen {
		m, known := meaningOf(r)
		if !known {
			m = meaning{"no documentation names it; nothing is concluded from it", "unknown"}
		}
		x.item(answer+"- ", fmt.Sprintf("%s: %s. [%s]", safe(string(r)), m.text, m.mark))
	}
}

// rebuild answers question 3.
func (x *explainer) rebuild() {
	if len(x.call.Sessions) == 1 {
		x.para(answer, "There is one session, so its telephonySessionId alone finds every event."+x.whatIsMissing())
		return
	}
	x.para(answer, fmt.Sprintf("Yes: one call, %s, tied by telephonySessionId. Never join on the numeric sessionId: every conference has \"0\".%s", x.letters(), x.whatIsMissing()))
	for _, t := range x.ties() {
		x.item(answer+"- ", t+".")
	}
}

// letters lists the call's sessions.
func (x *explainer) letters() string {
	var out []string
	for i := range x.call.Sessions {
		out = append(out, letter(i))
	}
	return "sessions " + list(out)
}

// ties lists what joins the sessions: peers first, then links that no peer states.
func (x *explainer) ties() []string {
	var out []string
	peered := map[call.SessionID]bool{}
	for _, l := range x.goneLegs() {
		if x.mutual(l) {
			if l.Session < l.Peer.Session || l.Session == l.Peer.Session && l.ID < l.Peer.Leg {
				out = append(out, fmt.Sprintf("%s and %s: the Gone parties %s and %s name each other", x.session(l.Session), x.session(l.Peer.Session), x.party(l.Session, l.ID), x.party(l.Peer.Session, l.Peer.Leg)))
			}
			peered[l.Peer.Session], peered[l.Session] = true, true
			continue
		}
		if p := l.Peer; p != nil {
			out = append(out, fmt.Sprintf("%s and %s: the peerId of %s names %s", x.session(l.Session), x.session(p.Session), x.party(l.Session, l.ID), x.party(p.Session, p.Leg)))
			peered[p.Session], peered[l.Session] = true, true
		}
	}
	for i := range x.call.Links {
		if l := &x.call.Links[i]; l.ToSession != "" && !peered[l.ToSession] {
			out = append(out, fmt.Sprintf("no peerId ties %s to %s: the rule %q does (link %d)", x.session(l.ToSession), x.legSession(l.From), l.Rule, i+1))
			peered[l.ToSession] = true
		}
	}
	return out
}

// mutual reports whether a Gone leg and its peer name each other.
func (x *explainer) mutual(l *call.Leg) bool {
	if l.Peer == nil {
		return false
	}
	p := x.legs[l.Peer.Leg]
	return p != nil && p.Peer != nil && p.Peer.Leg == l.ID
}

// whatIsMissing says which sessions or numbered events are not in view.
func (x *explainer) whatIsMissing() string {
	var out []string
	for i := range x.call.Sessions {
		s := &x.call.Sessions[i]
		switch {
		case !s.Observed:
			out = append(out, "session "+letter(i)+" entirely")
		case len(s.Sequences.Missing) > 0:
			out = append(out, letter(i)+"#"+numbers(s.Sequences.Missing))
		}
	}
	switch {
	case len(out) == 0 && x.opt.Extension:
		return " What other parties' events would add is not in view."
	case len(out) == 0:
		return " No event of it is known to be missing."
	}
	return " Not in view: " + list(out) + "."
}

func numbers(rs []call.Range) string {
	var out []string
	for i, r := range rs {
		if i == 8 {
			return strings.Join(out, ",") + ",..."
		}
		if r.From == r.To {
			out = append(out, fmt.Sprint(r.From))
		} else {
			out = append(out, fmt.Sprintf("%d-%d", r.From, r.To))
		}
	}
	return strings.Join(out, ",")
}
