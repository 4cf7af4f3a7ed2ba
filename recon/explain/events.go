package explain

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// act is one party's change as one event reported it.
type act struct {
	session  call.SessionID
	sequence int64
	at       call.Time
	leg      call.LegID
	party    wire.Party
	kind     wire.Kind
	previous *act // of the same party
	told     bool // it stands under a sentence
	note     string
}

// collect reads the events of the call's sessions, each change once, in order.
func (x *explainer) collect(events []wire.Event) {
	seen := map[string]bool{}
	for i := range events {
		b := &events[i].Body
		id := call.SessionID(b.TelephonySessionID)
		if _, ok := x.sessions[id]; !ok {
			x.foreign++
			continue
		}
		parties := b.Parties
		if len(parties) == 0 {
			parties = []wire.Party{{}}
		}
		for _, p := range parties {
			a := &act{session: id, sequence: b.Sequence, at: call.Time(b.EventTime), leg: call.LegID(p.ID), party: p, kind: p.Status.Code.Kind()}
			if k := a.key(); seen[k] {
				x.copies++
			} else {
				seen[k] = true
				x.acts = append(x.acts, a)
			}
		}
	}
	x.chain()
	slices.SortStableFunc(x.acts, func(a, b *act) int { return cmp.Compare(a.at, b.at) })
}

// chain puts the acts in order of session and sequence and ties each to the one
// before it of the same party.
func (x *explainer) chain() {
	slices.SortStableFunc(x.acts, func(a, b *act) int {
		return cmp.Or(cmp.Compare(x.sessions[a.session], x.sessions[b.session]), cmp.Compare(a.sequence, b.sequence),
			cmp.Compare(a.at, b.at), cmp.Compare(a.key(), b.key()))
	})
	last := map[call.LegID]*act{}
	for _, a := range x.acts {
		k := seqKey{a.session, a.sequence}
		x.bySeq[k] = append(x.bySeq[k], a)
		if a.leg != "" {
			a.previous = last[a.leg]
			last[a.leg] = a
		}
	}
}

// key tells changes apart; two deliveries of one change have the same.
func (a *act) key() string {
	p := &a.party
	peer := wire.PeerID{}
	if p.Status.PeerID != nil {
		peer = *p.Status.PeerID
	}
	return fmt.Sprintf("%q %d %d %q %q %q %q %q %q %t %t %v %v %v %q", a.session, a.sequence, a.at, a.leg, p.ExtensionID, p.Status.Code, p.Status.Reason,
		peer.TelephonySessionID, peer.PartyID, p.Muted, p.MissedCall, p.From, p.To, p.Recordings, p.Park.ID)
}

// status writes code and reason as they came.
func (a *act) status() string {
	s := safe(string(a.party.Status.Code))
	if s == "" {
		s = "(no status)"
	}
	if r := string(a.party.Status.Reason); r != "" {
		s += "/" + safe(r)
	}
	return s
}

// is reports whether the act carries one of the reasons, in any letter case.
func (a *act) is(reasons ...wire.Reason) bool {
	r, _ := a.party.Status.Reason.Canonical()
	return r != "" && slices.Contains(reasons, r)
}

// before is the kind of the party's previous status.
func (a *act) before() wire.Kind {
	if a.previous == nil {
		return wire.KindUnknown
	}
	return a.previous.kind
}

// line writes an act as evidence, with a note if there is one.
func (x *explainer) line(indent string, a *act, note string) {
	s := fmt.Sprintf("%-5s %-4s %s  %s", fmt.Sprintf("%s#%d", x.session(a.session), a.sequence), x.party(a.session, a.leg), a.status(), x.offset(a.at))
	if p := a.party.Status.PeerID; p != nil {
		s += "  peer " + x.peer(p)
	}
	if note != "" {
		s += "  (" + note + ")"
	}
	x.text(faint, indent, indent+"      ", s)
}

// peer names what a party names as its peer.
func (x *explainer) peer(p *wire.PeerID) string {
	s := call.SessionID(p.TelephonySessionID)
	if p.PartyID == "" {
		return "session " + x.session(s)
	}
	return x.party(s, call.LegID(p.PartyID))
}

// offset writes a time as seconds since the call began.
func (x *explainer) offset(t call.Time) string {
	if t == 0 {
		return "at an unknown time"
	}
	return fmt.Sprintf("%+.3f", t.Sub(x.call.StartedAt).Seconds())
}

// evidence writes the events that something stands on, and says which of them were
// not given.
func (x *explainer) evidence(indent string, evidence []call.Evidence) {
	for _, e := range evidence {
		acts := x.bySeq[seqKey{e.Session, e.Sequence}]
		for _, a := range acts {
			x.line(indent, a, "")
		}
	}
	x.absent(indent, evidence)
}

// absent names the events that something stands on and that were not given.
func (x *explainer) absent(indent string, evidence []call.Evidence) {
	for _, e := range evidence {
		if len(x.bySeq[seqKey{e.Session, e.Sequence}]) == 0 {
			x.text(faint, indent, indent+"      ", fmt.Sprintf("%s#%d  not among the events given here", x.session(e.Session), e.Sequence))
		}
	}
}

// coverage says what the events given lack, and what of them was left aside.
func (x *explainer) coverage() []string {
	var out []string
	for i := range x.call.Sessions {
		s := &x.call.Sessions[i]
		given := map[int64]bool{}
		for _, a := range x.acts {
			if a.session == s.ID {
				given[a.sequence] = true
			}
		}
		if n := s.Sequences.Count; len(given) < n {
			out = append(out, fmt.Sprintf("Evidence is missing: only %d of the %d events of session %s that the graph was built from were given.", len(given), n, letter(i)))
		}
	}
	if x.copies > 0 {
		out = append(out, fmt.Sprintf("Repeated deliveries left out: %d.", x.copies))
	}
	if x.foreign > 0 {
		out = append(out, fmt.Sprintf("Events of other calls left out: %d.", x.foreign))
	}
	return out
}
