// Package sim makes realistic RingCentral notifications, and the true answer beside
// them.
//
// A Case is one run: what people do (package script), on a switch (pbx) that speaks a
// dialect, and how the notifications reach a receiver (weather). It is a pure function
// of its fields: the same case gives the same bytes on every machine.
//
//	script -> pbx -> notifications -> weather -> deliveries
//	             \-> the true calls, which package oracle holds an answer against
package sim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
	"github.com/legworkhq/legwork/sim/weather"
)

// Start is the instant at which cases begin that name none: 2026-03-02T15:00:00.000Z.
const Start wire.Time = 1772463600000

// Case is one run.
type Case struct {
	// Seed settles ids, delays and the weather's chances.
	Seed uint64
	// IDs is the grammar of the session ids. Zero means today's.
	IDs wire.Grammar
	// Start is when the case begins. Zero means the instant Start. Ids carry it, so that
	// runs that begin at different times have no session in common.
	Start   wire.Time
	Dialect dialect.Dialect
	Weather weather.Weather
	// Lose lists notifications that never arrive, besides those that the weather
	// drops: 0 is the first.
	Lose   []int
	Script *script.Script
}

// Run is what became of a case.
type Run struct {
	Events     []wire.Event // as they were sent
	Deliveries []weather.Delivery
	Truth      []*call.Call
	Count      weather.Count
}

// Lost lists the notifications that never arrived.
func (r *Run) Lost() []int {
	type key struct {
		session string
		seq     int64
	}
	arrived := map[key]bool{}
	for i := range r.Deliveries {
		b := &r.Deliveries[i].Event.Body
		arrived[key{b.TelephonySessionID, b.Sequence}] = true
	}
	var out []int
	for i := range r.Events {
		b := &r.Events[i].Body
		if !arrived[key{b.TelephonySessionID, b.Sequence}] {
			out = append(out, i)
		}
	}
	return out
}

// Do runs a case in a company. The error is a *script.Error, or the weather's.
func (c *Case) Do(x *pbx.Exchange) (*Run, error) {
	events, truth, err := script.Run(x, c.config(), c.Script)
	if err != nil {
		return nil, err
	}
	return c.deliver(events, truth)
}

func (c *Case) config() pbx.Config {
	return pbx.Config{Dialect: c.Dialect, IDs: c.IDs, Start: cmp.Or(c.Start, Start), Seed: c.Seed}
}

func (c *Case) deliver(events []wire.Event, truth []*call.Call) (*Run, error) {
	line, err := weather.New(c.Weather, rand.New(rand.NewPCG(c.Seed, 0x3ea7)))
	if err != nil {
		return nil, err
	}
	run := &Run{Events: events, Truth: truth, Deliveries: make([]weather.Delivery, 0, len(events)+len(events)/4)}
	for i := range events {
		if !slices.Contains(c.Lose, i) {
			line.Put(&events[i])
		}
	}
	for d, ok := line.Next(forever); ok; d, ok = line.Next(forever) {
		run.Deliveries = append(run.Deliveries, weather.Delivery{At: d.At, Restart: d.Restart, Event: script.Keep(&d.Event)})
	}
	run.Count = line.Count()
	return run, nil
}

const forever = wire.Time(1<<63 - 1)

// Drawer draws cases, reusing its memory.
type Drawer struct {
	sw     *pbx.Switch
	walk   script.Walk
	events []wire.Event
}

// NewDrawer draws cases in a company.
func NewDrawer(x *pbx.Exchange) *Drawer {
	d := &Drawer{}
	d.sw = x.Switch(pbx.Config{}, func(e *wire.Event) { d.events = append(d.events, script.Keep(e)) })
	return d
}

// Draw draws a case, whatever it needs: a script, a dialect, a grammar, a weather. A
// lossy one loses notifications. What is returned is overwritten by the next draw.
func (d *Drawer) Draw(seed uint64, lossy bool) (*Case, *Run, error) {
	r := rand.New(rand.NewPCG(seed, 1))
	c := &Case{Seed: seed, IDs: wire.Grammar(1 + r.IntN(3)), Dialect: dialect.Draw(r), Weather: weather.Draw(r, lossy)}
	if r.IntN(4) == 0 {
		c.Dialect = dialect.Dialect{}
	}
	d.events = d.events[:0]
	d.sw.Reset(c.config())
	c.Script = d.walk.On(d.sw, r)
	run, err := c.deliver(d.events, d.sw.Calls())
	return c, run, err
}

// String writes a case as a file has it, which ParseCase reads.
func (c *Case) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d\nids %s\n", c.Seed, GrammarName(c.IDs))
	for line := range strings.Lines(c.Dialect.String()) {
		b.WriteString("dialect " + line)
	}
	if c.Weather != (weather.Weather{}) {
		if text, err := json.Marshal(c.Weather); err == nil {
			fmt.Fprintf(&b, "weather %s\n", text)
		}
	}
	if len(c.Lose) > 0 {
		b.WriteString("lose")
		for _, n := range c.Lose {
			b.WriteString(" " + strconv.Itoa(n))
		}
		b.WriteByte('\n')
	}
	b.WriteString(c.Script.String())
	return b.String()
}

// Grammars are the names of the id grammars.
var grammars = []struct {
	name string
	ids  wire.Grammar
}{{"2018", wire.Grammar2018}, {"2019", wire.Grammar2019}, {"2022", wire.Grammar2022}}

// GrammarName is the year of a grammar.
func GrammarName(g wire.Grammar) string {
	for _, x := range grammars {
		if x.ids == g {
			return x.name
		}
	}
	return "2022"
}

// ParseGrammar reads the year of a grammar.
func ParseGrammar(name string) (wire.Grammar, error) {
	for _, x := range grammars {
		if x.name == name {
			return x.ids, nil
		}
	}
	return 0, fmt.Errorf("ids are 2018, 2019 or 2022, not %q", name)
}

// ParseCase reads a case: a script, and lines that begin with seed, ids, dialect,
// weather or lose. The error names file and line.
func ParseCase(file, text string) (*Case, error) {
	c := &Case{IDs: wire.Grammar2022}
	var parts [2]strings.Builder // script and dialect: each with every line, so that line numbers hold
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			for p := range parts {
				parts[p].WriteByte('\n')
			}
		}
		bare, _, _ := strings.Cut(line, "#")
		words := strings.Fields(bare)
		if len(words) == 0 {
			continue
		}
		rest := strings.Join(words[1:], " ")
		var err error
		switch words[0] {
		case "seed":
			c.Seed, err = strconv.ParseUint(rest, 10, 64)
		case "ids":
			c.IDs, err = ParseGrammar(rest)
		case "lose":
			c.Lose, err = numbers(words[1:])
		case "dialect":
			parts[1].WriteString(rest)
		case "weather":
			c.Weather, err = weather.Parse([]byte(rest))
		default:
			parts[0].WriteString(line)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %s: %w", file, i+1, words[0], err)
		}
	}
	var err error
	if c.Dialect, err = dialect.Parse(parts[1].String()); err != nil {
		return nil, fmt.Errorf("%s: dialect: %w", file, err)
	}
	c.Script, err = script.Parse(file, parts[0].String())
	return c, err
}

func numbers(words []string) (out []int, err error) {
	for _, w := range words {
		n, err := strconv.Atoi(w)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("want the numbers of notifications, from 0, not %q", w)
		}
		out = append(out, n)
	}
	return out, nil
}

// Deliver sends notifications through the case's weather, and returns them as they
// arrive. The error is the weather's, of one that makes no sense.
func (c *Case) Deliver(events []wire.Event) ([]weather.Delivery, error) {
	run, err := c.deliver(events, nil)
	if err != nil {
		return nil, err
	}
	return run.Deliveries, nil
}

// Blow sends notifications through the case's weather, and returns them as they
// arrive. A weather that makes no sense, which Check refuses, delivers nothing.
func (c *Case) Blow(events []wire.Event) (out []wire.Event) {
	run, err := c.deliver(events, nil)
	if err != nil {
		return nil
	}
	for i := range run.Deliveries {
		out = append(out, run.Deliveries[i].Event)
	}
	return out
}
