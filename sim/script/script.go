// Package script is what people do: who calls whom, answers, holds, transfers, and
// when. A script is written in Go, one sentence a step,
//
//	s := script.New()
//	s.At(0).Calls("+14045550134", "104")
//	s.At(4 * time.Second).Answers("104")
//	s.At(60 * time.Second).HangsUp("104")
//
// or as text, one sentence a line, and prints back as text:
//
//	0s   +14045550134 calls 104
//	4s   104 answers
//	1m   104 hangs up
package script

import (
	"fmt"
	"strings"
	"time"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/pbx"
)

// Step is one thing that somebody does.
type Step struct {
	// At is when, since the script's beginning, in whole milliseconds. A step whose
	// time has passed while an earlier one was still being carried out follows it at
	// once.
	At time.Duration
	pbx.Move
	// Line is where the step stands in a file, from 1; 0 elsewhere.
	Line int
}

// String is the step's sentence, without its time: "104 transfers to 106 by dtmf".
func (s Step) String() string { return Sentence(s.Move) }

// Sentence says a move: "104 transfers to 106 by dtmf".
func Sentence(m pbx.Move) string {
	out := m.Who + " " + string(m.Verb)
	if m.To != "" {
		out += " " + m.To
	}
	if m.How != "" {
		out += " " + m.How
	}
	return out
}

// Script is a list of steps in order of their time. The zero Script is empty.
type Script struct {
	// Names are outside parties' names, by number, as the network knows them.
	Names map[string]string
	Steps []Step
}

// String is the script as a file has it.
func (s *Script) String() string {
	var b strings.Builder
	for _, n := range sortedKeys(s.Names) {
		fmt.Fprintf(&b, "name %s %s\n", n, s.Names[n])
	}
	for _, st := range s.Steps {
		fmt.Fprintf(&b, "%-9s %s\n", clock(st.At), st)
	}
	return b.String()
}

// clock writes a duration without the units that are zero: 1m, not 1m0s.
func clock(d time.Duration) string {
	out := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(out, zero) {
			out = strings.TrimSuffix(out, zero[1:])
		}
	}
	return out
}

// Error is a step that could not be carried out.
type Error struct {
	File string // "" when the script was not read from one
	Step Step
	Err  *pbx.Illegal
}

// Error reads "file:3: 4s 104 answers: 104 has no call that rings; legal would be: ...".
func (e *Error) Error() string {
	var b strings.Builder
	if e.Step.Line > 0 {
		fmt.Fprintf(&b, "%s:%d: ", e.File, e.Step.Line)
	}
	fmt.Fprintf(&b, "%s %s: %s", clock(e.Step.At), e.Step, e.Err.Why)
	if len(e.Err.Legal) > 0 {
		b.WriteString("; legal would be: ")
		for i, m := range e.Err.Legal {
			if i == 6 {
				b.WriteString(", ...")
				break
			}
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(Sentence(m))
		}
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Player carries out a script step by step.
type Player struct {
	sw    *pbx.Switch
	start wire.Time
	steps []Step
	until wire.Time // how long the switch goes on by itself
}

// patience is how long after the last step the switch may go on by itself: a queue may
// ring its agents for ever, and a parked call come back again and again.
const patience = 30 * time.Minute

// Play prepares to carry out a script on a switch that stands at its beginning.
func Play(sw *pbx.Switch, s *Script) *Player {
	p := &Player{sw: sw, start: sw.Now(), steps: s.Steps}
	p.until = p.start + wire.Time(patience.Milliseconds())
	if n := len(s.Steps); n > 0 {
		p.until += wire.Time(s.Steps[n-1].At.Milliseconds())
	}
	return p
}

// Next says when the next thing happens; ok is false when nothing is left.
func (p *Player) Next() (at wire.Time, ok bool) {
	at, ok = p.sw.Next()
	if ok && len(p.steps) == 0 && at > p.until {
		return 0, false
	}
	if len(p.steps) > 0 {
		if t := max(p.at(), p.sw.Now()); !ok || t <= at {
			return t, true
		}
	}
	return at, ok
}

func (p *Player) at() wire.Time { return p.start + wire.Time(p.steps[0].At.Milliseconds()) }

// Advance lets the next thing happen. The error is an *Error.
func (p *Player) Advance() error {
	alarm, due := p.sw.Next()
	if len(p.steps) == 0 || due && alarm < max(p.at(), p.sw.Now()) {
		p.sw.Ring()
		return nil
	}
	st := p.steps[0]
	p.steps = p.steps[1:]
	p.sw.Until(p.start + wire.Time(st.At.Milliseconds()))
	if err := p.sw.Do(st.Move); err != nil {
		return &Error{Step: st, Err: err.(*pbx.Illegal)}
	}
	return nil
}

// Run carries out a whole script and returns its notifications, in the order in which
// they were sent, and the true calls. After the last step the switch goes on by itself
// until nothing is due, half an hour at most.
func Run(x *pbx.Exchange, c pbx.Config, s *Script) (events []wire.Event, calls []*call.Call, err error) {
	if c.Names == nil {
		c.Names = s.Names
	}
	sw := x.Switch(c, func(e *wire.Event) { events = append(events, Keep(e)) })
	p := Play(sw, s)
	for _, ok := p.Next(); ok; _, ok = p.Next() {
		if err := p.Advance(); err != nil {
			return events, sw.Calls(), err
		}
	}
	return events, sw.Calls(), nil
}

// Keep copies an event that a switch told, so that it lasts.
func Keep(e *wire.Event) wire.Event {
	out := *e
	out.Body.Parties = append([]wire.Party(nil), e.Body.Parties...)
	return out
}
