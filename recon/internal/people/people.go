// Package people settles who is behind the legs of a call: the participants, their
// numbers and names.
//
// A leg with an extension is that extension's, wherever it stands; so the operator
// of a warm transfer is one participant with two legs. A leg without one is known by
// its number. Nobody is known by the legacy session id, by a name, or by the far
// end's number.
package people

import (
	"cmp"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/link"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// Person is a participant in the making.
type Person struct {
	call.Participant
	Legs []*session.Leg
}

// Registry holds the persons of one call.
type Registry struct {
	People []*Person
	byID   map[call.ParticipantID]*Person
	byLeg  map[*session.Leg]*Person
}

// Resolve assigns every leg to a person.
func Resolve(sessions []*session.Session, links []*link.Link) *Registry {
	r := &Registry{byID: map[call.ParticipantID]*Person{}, byLeg: map[*session.Leg]*Person{}}
	for _, proxies := range []bool{false, true} { // who stands for somebody comes after everybody
		for _, s := range sessions {
			for _, l := range s.Legs {
				if proxies == (link.Proxied(links, l) != nil) {
					r.assign(l, links)
				}
			}
		}
	}
	for _, s := range sessions {
		r.credit(s)
	}
	return r
}

// Of returns the person behind a leg.
func (r *Registry) Of(l *session.Leg) *Person { return r.byLeg[l] }

// Named returns the person whom a from or to names, making one when it is nobody
// with a leg; nil when it names nobody.
func (r *Registry) Named(e session.Endpoint, name string) *Person {
	if e.ExtensionID == "" && !callable(e.Number) {
		return nil
	}
	var p *Person
	if e.ExtensionID == "" {
		p = r.owner(e.Number)
	}
	if p == nil {
		p = r.person(identity(e.ExtensionID, e.Number, ""))
	}
	p.number(e.Number)
	p.Name = cmp.Or(p.Name, name)
	return p
}

// owner finds the one person known under a number.
func (r *Registry) owner(number string) *Person {
	var found *Person
	for _, p := range r.People {
		if slices.Contains(p.Numbers, number) {
			if found != nil {
				return nil
			}
			found = p
		}
	}
	return found
}

func (r *Registry) assign(l *session.Leg, links []*link.Link) {
	p := r.alias(l, links)
	if p == nil {
		own := l.Own()
		ext := l.Extension
		if ext == "" && !l.QueueCall {
			ext = own.ExtensionID
		}
		number := own.Number
		if l.Session.Conference() {
			ext, number = l.Extension, ""
		}
		p = r.person(identity(ext, number, l.ID))
	}
	p.Observed = true
	p.Legs = append(p.Legs, l)
	r.byLeg[l] = p
}

// alias: a flipped leg is the person who flipped; a conference's proxy party is the
// far end of the session that it stands for.
func (r *Registry) alias(l *session.Leg, links []*link.Link) *Person {
	for _, k := range links {
		if k.Kind == call.Flip && k.To == l {
			return r.byLeg[k.From]
		}
	}
	if k := link.Proxied(links, l); k != nil {
		return r.farEnd(k, links)
	}
	return nil
}

// farEnd is who was on the line with the host, just before a merge, in the room that
// the transfers until then had made; nil when that is not exactly one.
func (r *Registry) farEnd(k *link.Link, links []*link.Link) *Person {
	host := r.byLeg[k.From]
	var found *Person
	several := false
	add := func(p *Person) {
		several = several || p == nil || found != nil && p != found
		found = p
	}
	room := roomOf(k.From.Session, k, links)
	for _, s := range room {
		several = several || len(s.Missing) > 0
		for _, c := range s.Legs {
			if c != k.From && !c.Service() && !c.Supervisor && r.byLeg[c] != host && onLine(c, k.At) {
				add(r.byLeg[c])
			}
		}
	}
	for _, p := range links {
		if p.Kind == call.Pickup && p.At < k.At && slices.Contains(room, p.ToSession) && link.Twin(p) == nil && p.From != nil {
			add(r.byLeg[p.From])
		}
	}
	if several {
		return nil
	}
	return found
}

// roomOf lists the sessions that attended transfers before a link had joined to one.
func roomOf(s *session.Session, before *link.Link, links []*link.Link) []*session.Session {
	room := []*session.Session{s}
	for i := 0; i < len(room); i++ {
		for _, l := range links {
			if l.Kind != call.TransferAttended || l.At >= before.At || l.From == nil || l.ToSession == nil {
				continue
			}
			for _, o := range []*session.Session{l.From.Session, l.ToSession} {
				if (l.From.Session == room[i] || l.ToSession == room[i]) && !slices.Contains(room, o) {
					room = append(room, o)
				}
			}
		}
	}
	return room
}

// onLine: the leg was connected or waiting just before an instant.
func onLine(c *session.Leg, at int64) bool {
	seg := c.Before(at)
	if seg == nil {
		return false
	}
	switch seg.State {
	case call.StateConnected, call.StateHolding, call.StateParked:
		return true
	}
	return false
}

func identity(extension, number, leg string) call.Participant {
	switch {
	case extension != "":
		return call.Participant{ID: call.ParticipantID("ext:" + extension), Kind: call.Extension, ExtensionID: extension}
	case callable(number):
		return call.Participant{ID: call.ParticipantID("tel:" + number), Kind: kindOf(number)}
	}
	return call.Participant{ID: call.ParticipantID("leg:" + leg), Kind: call.UnknownParticipant}
}

// callable: the text is somebody's number; not a star code, not the word
// "conference" or "anonymous".
func callable(number string) bool {
	return number != "" && number[0] != '*' && strings.ContainsAny(number, "0123456789")
}

// kindOf: a number long enough to be a telephone number belongs to an outsider, a
// short one may be anybody's.
func kindOf(number string) call.ParticipantKind {
	if len(strings.TrimLeft(number, "+")) >= 7 {
		return call.External
	}
	return call.UnknownParticipant
}

func (r *Registry) person(as call.Participant) *Person {
	p := r.byID[as.ID]
	if p == nil {
		p = &Person{Participant: as}
		r.byID[as.ID] = p
		r.People = append(r.People, p)
	}
	return p
}

func (p *Person) number(n string) {
	if callable(n) && !slices.Contains(p.Numbers, n) {
		p.Numbers = append(p.Numbers, n)
	}
}

// credit gives the numbers and names that a session shows to those who own them. A
// dialled number belongs to whom it reached first: when a menu answers it, it is not
// the number of the person whom the menu rings.
func (r *Registry) credit(s *session.Session) {
	owner := map[string]*Person{}
	claim := func(p *Person, number string) {
		if number == "" {
			return
		}
		if owner[number] == nil {
			owner[number] = p
		}
		if owner[number] == p {
			p.number(number)
		}
	}
	for _, l := range s.Legs {
		if p, own := r.byLeg[l], l.Own(); !l.QueueCall && !firstUnseen(l) && owns(p, own) && !s.Conference() {
			claim(p, own.Number)
			p.Name = cmp.Or(p.Name, own.Name)
		}
	}
	for _, l := range s.Legs {
		for _, e := range []*session.Endpoint{&l.From, &l.To} {
			p := r.byID[call.ParticipantID("ext:"+e.ExtensionID)]
			if e.ExtensionID == "" {
				p = r.byID[call.ParticipantID("tel:"+e.Number)]
			}
			if p == nil || firstUnseen(l) && e == l.Own() {
				continue
			}
			claim(p, e.Number)
			p.Name = cmp.Or(p.Name, FarName(l, e))
		}
	}
}

func owns(p *Person, e *session.Endpoint) bool {
	return e.ExtensionID == "" || e.ExtensionID == p.ExtensionID
}

// firstUnseen: somebody before this leg may have been reached first.
func firstUnseen(l *session.Leg) bool {
	s := l.Session
	return l.Direction == wire.Inbound && len(s.Missing) > 0 && len(s.Unseen) > 0 && s.Unseen[0] < l.Number
}

// FarName is the name that an endpoint of a leg shows. A queue call's from reads
// "<queue> - <caller>": there the name is the one that the agent is shown, if any.
func FarName(l *session.Leg, e *session.Endpoint) string {
	if !l.QueueCall || e != &l.From {
		return e.Name
	}
	for _, o := range l.Obs {
		if o.CallerName != "" {
			return o.CallerName
		}
	}
	return ""
}
