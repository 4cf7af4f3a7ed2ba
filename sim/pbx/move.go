package pbx

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
)

// Verb is what somebody does.
type Verb string

// Move is one thing that one person does. Who and To are extension numbers or outside
// numbers; How says in which of several ways, "" for the usual one.
type Move struct {
	Who  string
	Verb Verb
	To   string
	How  string
}

// Illegal is the error of a move that cannot be made.
type Illegal struct {
	Move Move
	Why  string
	// Legal lists what could be done instead, at this moment, by the same person; by
	// anybody, if that is nothing.
	Legal []Move
}

func (e *Illegal) Error() string { return e.Why }

// verb is one thing that can be done. Each belongs to one facility, whose file defines
// it.
type verb struct {
	name     Verb
	facility string
	// to says what the move's To is, "" for a verb without one.
	to string
	// hows are the ways besides the usual one.
	hows []string
	// do makes the move, or says why it cannot be made. It changes nothing when it
	// returns an error.
	do func(*Switch, *Move) error
	// offer names the moves that are legal now.
	offer func(*Switch, func(Move))
}

// verbs lists everything that can be done.
func verbs() []*verb {
	return []*verb{&dials, &answers, &rejects, &isBusy, &fails, &hangsUp, &presses, &holds, &resumes, &mutes, &unmutes,
		&records, &pausesRecording, &stopsRecording, &forwards, &sendsToVoicemail, &screens, &transfers, &completes, &parks, &retrieves,
		&picksUp, &flips, &switches, &supervisesVerb, &takesOver, &merges, &removes, &ringsOut, &faxes, &pages}
}

var vocabulary = func() map[Verb]*verb {
	m := map[Verb]*verb{}
	for _, v := range verbs() {
		m[v.name] = v
	}
	return m
}()

// VerbInfo describes a verb.
type VerbInfo struct {
	Verb     Verb
	Facility string
	To       string   // what To is, "" when the verb has none
	Hows     []string // the ways besides the usual one
}

// Verbs lists everything that people can do.
func Verbs() []VerbInfo {
	var out []VerbInfo
	for _, v := range verbs() {
		out = append(out, VerbInfo{v.name, v.facility, v.to, slices.Clone(v.hows)})
	}
	return out
}

// Do makes a move now. The error is an *Illegal, and nothing has changed then.
func (s *Switch) Do(m Move) error {
	v := vocabulary[m.Verb]
	if v == nil {
		return &Illegal{Move: m, Why: fmt.Sprintf("nobody can %q", m.Verb), Legal: s.Legal(m.Who)}
	}
	if m.How != "" && !slices.Contains(v.hows, m.How) {
		return &Illegal{Move: m, Why: fmt.Sprintf("%s has no way %q: want %s", v.name, m.How, cmp.Or(strings.Join(v.hows, ", "), "none"))}
	}
	if err := v.do(s, &m); err != nil {
		return &Illegal{Move: m, Why: err.Error(), Legal: s.Legal(m.Who)}
	}
	return nil
}

// Legal lists what a person could do now; what anybody could do besides calling, if
// that is nothing or who is "".
func (s *Switch) Legal(who string) []Move {
	var all, own []Move
	for _, v := range verbs() {
		if v.offer == nil {
			continue
		}
		v.offer(s, func(m Move) {
			m.Verb = v.name
			all = append(all, m)
			if m.Who == who {
				own = append(own, m)
			}
		})
	}
	if len(own) > 0 {
		return own
	}
	return all
}

// Offer yields every move that the people of the run can make now, but for new calls.
func (s *Switch) Offer(yield func(Move)) {
	for _, v := range everything {
		if v.offer == nil {
			continue
		}
		name := v.name
		v.offer(s, func(m Move) {
			m.Verb = name
			yield(m)
		})
	}
}

var everything = verbs()

// legs yields the alive legs of a person, in order.
func (s *Switch) legs(who *person) func(func(*party) bool) {
	return func(yield func(*party) bool) {
		for _, t := range s.sessions {
			for _, p := range t.parties {
				if p.who == who && p.alive() && !p.proxy && !p.unseen && !t.mirror && !yield(p) {
					return
				}
			}
		}
	}
}

// leg finds the person's latest alive leg that ok accepts.
func (s *Switch) leg(who *person, ok func(*party) bool) (found *party) {
	if who == nil {
		return nil
	}
	for p := range s.legs(who) {
		if ok(p) {
			found = p
		}
	}
	return found
}

func connected(p *party) bool  { return p.state == call.StateConnected && !p.parked }
func holding(p *party) bool    { return p.state == call.StateHolding }
func ringing(p *party) bool    { return p.state == call.StateRinging && !p.service }
func calledRing(p *party) bool { return ringing(p) && p.direction == "Inbound" }
func any_(*party) bool         { return true }

// mine finds the leg of the person who makes a move, or says that there is none.
func (s *Switch) mine(m *Move, what string, ok func(*party) bool) (*party, error) {
	if p := s.leg(s.known(m.Who), ok); p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("%s has no call that %s", m.Who, what)
}

// speaking finds the leg that the person who makes a move is talking on, and where there
// is none another one that ok accepts, the latest.
func (s *Switch) speaking(m *Move, what string, ok func(*party) bool) (*party, error) {
	if p := s.leg(s.known(m.Who), func(p *party) bool { return connected(p) && ok(p) }); p != nil {
		return p, nil
	}
	return s.mine(m, what, ok)
}

// others lists those a leg is on the line with: connected or waiting, people, no
// supervisors.
func (s *Switch) others(p *party) (out []*party) {
	for q := range s.inRoom(p.in) {
		if q.who != p.who && (q.up() || q.parked) && !q.service && !q.proxy && q.supervises == nil && !q.in.mirror {
			out = append(out, q)
		}
	}
	return out
}

// talkers yields each person's leg that is on the line with somebody.
func (s *Switch) talkers(yield func(*party)) {
	for _, t := range s.sessions {
		for _, p := range t.parties {
			if p.up() && !p.parked && !p.proxy && !p.unseen && !t.mirror && !p.service {
				yield(p)
			}
		}
	}
}
