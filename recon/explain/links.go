package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
)

// links explains every link: what it is, who played which part, how it is known.
func (x *explainer) links() {
	x.heading("LINKS: HOW DO YOU KNOW?")
	if len(x.call.Links) == 0 {
		x.para("", "None: no event given to the engine joins sessions or passes the call on.")
	}
	for i := 0; i < len(x.call.Links); {
		n := x.alike(i)
		x.link(i, n)
		i += n
	}
}

// alike counts the links from i on that one explanation fits: the agents of a queue.
func (x *explainer) alike(i int) int {
	n, all := 1, x.call.Links
	for i+n < len(all) && similar(&all[i], &all[i+n]) {
		n++
	}
	return n
}

// similar reports whether one explanation fits two links.
func similar(a, b *call.Link) bool {
	if a.Kind != b.Kind || a.Rule != b.Rule || a.Basis != b.Basis || a.ToSession != b.ToSession || (a.To == "") != (b.To == "") {
		return false
	}
	return a.Kind == call.ConferenceMerge || a.Kind == call.Hunt && a.From == b.From
}

// link explains n links that are alike.
func (x *explainer) link(i, n int) {
	l := &x.call.Links[i]
	for k := range n {
		m := &x.call.Links[i+k]
		x.item(fmt.Sprintf("%2d. ", i+k+1), fmt.Sprintf("%s (%s, %s).", capital(x.describe(m)), m.Kind, x.offset(m.At)))
		x.labelled("Roles: " + x.roles(m.Roles) + ".")
	}
	x.labelled(fmt.Sprintf("How known: rule %q (docs/linking.md#%s); basis %s: %s.", l.Rule, l.Rule, l.Basis, x.basis(l)))
	if s := x.missing(l); s != "" {
		x.labelled("Stronger if: " + s)
	}
	var all []call.Evidence
	for _, m := range x.call.Links[i : i+n] {
		for _, e := range m.Evidence {
			if !slices.Contains(all, e) {
				all = append(all, e)
			}
		}
	}
	x.evidence("      ", all)
}

// labelled writes a paragraph of a link.
func (x *explainer) labelled(text string) { x.text(plain, "    ", "      ", text) }

// bases says each basis in words.
var bases = map[call.Basis]string{
	call.BothEnds:    "both sessions state it, each naming the other",
	call.OneEnd:      "one of the two sessions states it and names the other",
	call.SameSession: "stated by events inside one session",
	call.Inferred:    "no event states it; it follows from times and parties",
}

// basis says a link's basis in words, and where its events stand in several sessions
// although none of them is a Gone that names the other.
func (x *explainer) basis(l *call.Link) string {
	s := bases[l.Basis]
	if l.Basis != call.SameSession {
		return s
	}
	for _, e := range l.Evidence {
		if e.Session != l.Evidence[0].Session {
			return "stated outright, here by events of more than one session"
		}
	}
	return s
}

// missing says what would make a link stronger or completer.
func (x *explainer) missing(l *call.Link) string {
	var out []string
	if s := stronger(l); s != "" {
		out = append(out, s)
	}
	if l.To == "" && l.Kind != call.Park && l.Kind != call.ConferenceMerge && l.ToSession == "" {
		out = append(out, "the party that it leads to came into view.")
	}
	if i, ok := x.sessions[l.ToSession]; l.ToSession != "" && (!ok || !x.call.Sessions[i].Observed) {
		out = append(out, "any event of session "+x.session(l.ToSession)+" arrived; none did.")
	}
	for _, r := range expected[l.Kind] {
		if len(l.Roles[r]) == 0 {
			out = append(out, fmt.Sprintf("the events settled who is the %s.", roleName(r)))
		}
	}
	return strings.Join(out, " ")
}

// stronger names the event that would raise a link's basis.
func stronger(l *call.Link) string {
	switch {
	case l.Basis == call.OneEnd && l.Kind == call.ConferenceMerge:
		return "the helper party in the conference session said so too. It belongs to nobody and is normally not notified, so one end is usual."
	case l.Basis == call.OneEnd && (l.Kind == call.Supervise || l.Kind == call.Pickup):
		return "the named party in the other session said Gone in turn, where RingCentral reports it."
	case l.Basis == call.OneEnd:
		return "a Gone event of the other session named this one."
	case l.Basis == call.Inferred && l.Kind == call.RingOut:
		return "never: RingCentral sends no event that ties the mirror to the RingOut."
	case l.Basis == call.Inferred && l.Kind == call.Pickup:
		return "never: taking a call from a park location is reported without a Gone."
	case l.Basis == call.Inferred:
		return "the party that ended gave a reason, such as CallerInputRedirect."
	}
	return ""
}

// expected are the roles without which a link is not complete.
var expected = map[call.LinkKind][]call.Role{
	call.TransferAttended: {call.Transferee, call.TransferTarget}, call.TransferBlind: {call.Transferee, call.TransferTarget},
	call.Forward: {call.TransferTarget}, call.ConferenceMerge: {call.Host, call.Conferee}, call.Supervise: {call.Agent},
	call.Takeover: {call.Supervisor}, call.Park: {call.Parker, call.ParkedParty}, call.Pickup: {call.Retriever}, call.Hunt: {call.Queue},
}

// roleNames are the roles whose name is not a plain word already.
var roleNames = map[call.Role]string{call.TransferTarget: "transfer target", call.ParkedParty: "parked party", call.Conferee: "conference member"}

func roleName(r call.Role) string {
	if s := roleNames[r]; s != "" {
		return s
	}
	return string(r)
}

// roleOrder is the order in which roles are read.
var roleOrder = []call.Role{call.Transferor, call.Transferee, call.TransferTarget, call.Host, call.Conferee, call.Supervisor, call.Parker,
	call.Retriever, call.ParkedParty, call.Queue, call.Router, call.Initiator, call.Mover, call.Caller, call.Callee, call.Agent, call.Target}

// roles writes who played which part.
func (x *explainer) roles(roles call.Roles) string {
	var out []string
	for _, r := range roleOrder {
		if who := roles[r]; len(who) > 0 {
			out = append(out, roleName(r)+" "+x.whoAll(who))
		}
	}
	if len(out) == 0 {
		return "none is claimed"
	}
	return strings.Join(out, "; ")
}

// describe says in words what a link is.
func (x *explainer) describe(l *call.Link) string {
	role := func(r call.Role, otherwise string) string {
		if len(l.Roles[r]) == 0 {
			return otherwise
		}
		return x.whoAll(l.Roles[r])
	}
	target := role(call.TransferTarget, "somebody not in view")
	switch l.Kind {
	case call.TransferAttended:
		return fmt.Sprintf("%s, having %s %s, connected %s to them and left: an attended transfer", role(call.Transferor, "somebody"), x.consulted(l), target, role(call.Transferee, "the far end"))
	case call.TransferBlind:
		return fmt.Sprintf("%s sent %s on to %s without consulting: a blind transfer", role(call.Transferor, "somebody"), role(call.Transferee, "the call"), target)
	case call.Forward:
		return fmt.Sprintf("%s sent the ringing call on to %s", role(call.Transferor, "somebody"), target)
	case call.ConferenceMerge:
		return fmt.Sprintf("%s merged session %s (with %s) into the conference, session %s", role(call.Host, "the host"), x.legSession(l.From), role(call.Conferee, "far ends not in view"), x.session(l.ToSession))
	case call.Supervise:
		return fmt.Sprintf("%s began to supervise %s", role(call.Supervisor, "a supervisor"), role(call.Agent, "a call"))
	case call.Takeover:
		return fmt.Sprintf("%s took the call over from %s", role(call.Supervisor, "a supervisor"), role(call.Agent, "an agent"))
	case call.Park:
		return fmt.Sprintf("%s parked %s%s", role(call.Parker, "somebody"), role(call.ParkedParty, "the call"), x.orbit(l))
	case call.Pickup:
		return x.pickup(l, role)
	default:
		return x.describeMove(l, role)
	}
}

// describeMove describes the links within which the call changes place or device.
func (x *explainer) describeMove(l *call.Link, role func(call.Role, string) string) string {
	switch l.Kind {
	case call.Route:
		return fmt.Sprintf("%s sent the call on to %s", role(call.Router, "a menu"), role(call.Target, "somebody not in view"))
	case call.Hunt:
		return fmt.Sprintf("the queue%s rang %s", x.queue(l), role(call.Agent, "an agent"))
	case call.Switch:
		return role(call.Mover, "somebody") + " moved the call to another device"
	case call.Flip:
		return role(call.Mover, "somebody") + " moved the call to another of their numbers" + x.newNumber(l)
	case call.RingOut:
		if l.ToSession != "" {
			return fmt.Sprintf("session %s mirrors the RingOut, session %s: the same call a second time", x.session(l.ToSession), x.legSession(l.From))
		}
		return fmt.Sprintf("a RingOut, calling first %s, then %s", role(call.Initiator, "the initiator"), role(call.Target, "the target"))
	case call.PeerLink:
		return fmt.Sprintf("the party of %s in session %s is Gone and names session %s: the two are one call, why is not said", x.legOwner(l.From), x.legSession(l.From), x.session(l.ToSession))
	}
	return safe(string(l.Kind))
}

// consulted says how far the transferor's consultation had come: a target may be
// transferred to before it answers.
func (x *explainer) consulted(l *call.Link) string {
	for _, t := range x.call.Talks {
		if t.From < l.At && anyMember(t, l.Roles[call.Transferor]) && anyMember(t, l.Roles[call.TransferTarget]) {
			return "spoken to"
		}
	}
	return "called"
}

func anyMember(t call.Talk, who []call.ParticipantID) bool {
	return slices.ContainsFunc(t.Members, func(m call.Member) bool { return slices.Contains(who, m.Participant) })
}

func (x *explainer) pickup(l *call.Link, role func(call.Role, string) string) string {
	retriever := role(call.Retriever, "somebody")
	if from := l.Roles[call.Callee]; len(from) > 0 {
		return fmt.Sprintf("%s took the call that was ringing at %s", retriever, x.whoAll(from))
	}
	return fmt.Sprintf("%s took %s from park", retriever, role(call.ParkedParty, "the waiting call"))
}

// orbit is where a call was parked, where an event says so.
func (x *explainer) orbit(l *call.Link) string {
	for _, e := range l.Evidence {
		for _, a := range x.bySeq[seqKey{e.Session, e.Sequence}] {
			for _, n := range []string{a.party.Park.ID, a.party.Status.ParkData} {
				if n != "" {
					return " at " + safe(n)
				}
			}
		}
	}
	return ""
}

// newNumber is the number that a flip led to.
func (x *explainer) newNumber(l *call.Link) string {
	if to := x.legs[l.To]; to != nil && to.To.Number != "" {
		return ", " + safe(to.To.Number)
	}
	return ""
}

// legSession is the letter of a leg's session.
func (x *explainer) legSession(id call.LegID) string {
	if l := x.legs[id]; l != nil {
		return x.session(l.Session)
	}
	return "not in view"
}

func (x *explainer) legOwner(id call.LegID) string {
	if l := x.legs[id]; l != nil {
		return x.who(l.Participant)
	}
	return "somebody not in view"
}

// transfers reports whether a link passed the call on to somebody else.
func transfers(l *call.Link) bool {
	return slices.Contains([]call.LinkKind{call.TransferAttended, call.TransferBlind, call.Forward, call.ConferenceMerge, call.Takeover,
		call.Pickup, call.Route, call.Hunt, call.Flip}, l.Kind)
}
