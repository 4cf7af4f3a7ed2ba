package scenarios

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/dialect"
	"github.com/legworkhq/legwork/sim/oracle"
	"github.com/legworkhq/legwork/sim/weather"
)

// Write prints a case of the simulator as a scenario ready to paste: who, what they do,
// and what is true of it. The company is the small office. Where the notifications do
// not settle everything, answer, an engine's, tells what they do settle: what it got
// right is claimed. Where it got something wrong, everything is. A case's weather is no
// part of a scenario, which is tried in every one: it stands in a comment.
func Write(name string, c *sim.Case, truth, answer []*call.Call) (string, error) {
	w := newWorld(&Scenario{})
	for number, who := range c.Script.Names {
		w.names[number] = who
	}
	p := &printer{w: w}
	p.line("Scenario: " + name)
	p.given(c)
	if err := p.when(c); err != nil {
		return "", err
	}
	p.then(truth, answer)
	if c.Weather != (weather.Weather{}) {
		if text, err := json.Marshal(c.Weather); err == nil {
			p.line("  # the case failed in this weather: " + string(text))
		}
	}
	return p.b.String(), nil
}

type printer struct {
	w    *world
	b    strings.Builder
	last string
}

func (p *printer) line(text string) { p.b.WriteString(text + "\n") }

func (p *printer) step(keyword, text string) {
	if keyword == p.last {
		keyword = "And"
	} else {
		p.last = keyword
	}
	p.line("  " + keyword + " " + text)
}

func (p *printer) given(c *sim.Case) {
	for _, number := range sortedKeys(p.w.names) {
		name := p.w.names[number]
		if !onlyName.MatchString(name) {
			name = `"` + name + `"`
		}
		p.step("Given", spellPhone(number)+" is "+name)
	}
	for k, knob := range dialect.Knobs() {
		if c.Dialect[k] != 0 {
			p.step("Given", "the switch's "+knob.Name+" is "+c.Dialect.Value(dialect.ID(k)).Name)
		}
	}
	if c.IDs != 0 && c.IDs != wire.Grammar2022 {
		p.step("Given", "session ids are those of "+sim.GrammarName(c.IDs))
	}
	if c.Seed != 0 {
		p.step("Given", fmt.Sprintf("chances are those of seed %d", c.Seed))
	}
	if len(c.Lose) > 0 {
		var lost []string
		for _, n := range c.Lose {
			lost = append(lost, fmt.Sprint(n+1))
		}
		p.step("Given", "the notifications "+list(lost)+" never arrive")
	}
}

// then claims what is true.
func (p *printer) then(truth, answer []*call.Call) {
	v, known := newView(p.w.directory, truth), newView(p.w.directory, answer)
	right := len(oracle.Exact(truth, answer)) == 0
	for _, part := range [][]Sentence{ofTheCall[:3], ofLinks, ofTalks} {
		for i := range part {
			can := part[i].tells(known)
			for _, text := range part[i].tells(v) {
				if !right || slices.Contains(can, text) {
					p.step("Then", text)
				}
			}
		}
	}
}

func (p *printer) when(c *sim.Case) error {
	var now time.Duration
	for i, st := range c.Script.Steps {
		text, err := p.w.say(st.Move)
		if err != nil {
			return err
		}
		switch after := st.At - now; {
		case i == 0 && st.At == 0, i > 0 && after == pause:
		case i == 0 || after == 0:
			text = "at " + spellExactly(st.At.Milliseconds()) + ", " + text
		default:
			text = spellExactly(after.Milliseconds()) + " later, " + text
		}
		now = st.At
		p.step("When", text)
	}
	return nil
}
