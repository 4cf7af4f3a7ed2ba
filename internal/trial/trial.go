// Package trial tries an engine against the simulated switch: a case goes through the
// engine as a receiver would get it, restarts included, and the answer is held against
// the switch's own.
package trial

import (
	"bytes"
	"fmt"
	"time"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/oracle"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/weather"
)

// Engine makes calls of what a receiver gets.
type Engine func([]weather.Delivery) ([]*call.Call, error)

// Legwork is our engine, fed notification by notification. It is snapshot and restored
// where the receiver is restarted.
func Legwork(ds []weather.Delivery) ([]*call.Call, error) {
	return run(recon.Config{Retention: 10_000 * time.Hour}, ds)
}

// LegworkOfOne is our engine where the subscription is to one extension.
func LegworkOfOne(ds []weather.Delivery) ([]*call.Call, error) {
	return run(recon.Config{Retention: 10_000 * time.Hour, Scope: recon.ScopeExtension}, ds)
}

func run(cfg recon.Config, ds []weather.Delivery) ([]*call.Call, error) {
	e, err := recon.New(cfg)
	if err != nil {
		return nil, err
	}
	last := sim.Start
	for i := range ds {
		if ds[i].Restart {
			if e, err = restart(cfg, e); err != nil {
				return nil, err
			}
		}
		last = max(last, ds[i].At)
		e.Step(instant(ds[i].At), &ds[i].Event)
	}
	e.Tick(instant(last).Add(48 * time.Hour))
	return e.Calls(), nil
}

func instant(t wire.Time) time.Time { return time.UnixMilli(int64(t)).UTC() }

func restart(cfg recon.Config, e *recon.Engine) (*recon.Engine, error) {
	var b bytes.Buffer
	if err := e.Snapshot(&b); err != nil {
		return nil, err
	}
	return recon.Restore(cfg, &b)
}

// Verdict is what came of a trial.
type Verdict struct {
	Case        *sim.Case
	Run         *sim.Run
	Answer      []*call.Call
	Differences []oracle.Difference
}

// OK reports whether the answer was right.
func (v *Verdict) OK() bool { return len(v.Differences) == 0 }

// String shows what went wrong: the case, the differences by name, and the two graphs.
func (v *Verdict) String() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n", v.Case)
	if lost := v.Run.Lost(); len(lost) > 0 {
		fmt.Fprintf(&b, "%d of %d notifications were lost\n", len(lost), len(v.Run.Events))
	}
	for _, d := range v.Differences {
		fmt.Fprintf(&b, "  %s\n", d)
	}
	b.WriteString(oracle.Diff(v.Run.Truth, v.Answer))
	return b.String()
}

// Judge holds an answer against the truth of a run.
func Judge(c *sim.Case, run *sim.Run, answer []*call.Call) *Verdict {
	v := &Verdict{Case: c, Run: run, Answer: answer}
	if c.Weather.Lossless() && len(c.Lose) == 0 {
		v.Differences = oracle.Exact(run.Truth, answer)
	} else {
		v.Differences = oracle.Safe(run.Truth, answer)
	}
	return v
}

// Try carries a case out and judges the engine's answer.
func Try(x *pbx.Exchange, c *sim.Case, engine Engine) (*Verdict, error) {
	run, err := c.Do(x)
	if err != nil {
		return nil, err
	}
	answer, err := engine(run.Deliveries)
	if err != nil {
		return nil, err
	}
	return Judge(c, run, answer), nil
}

// Reduce shrinks a case that fails to the least that fails by the same mistake.
func Reduce(x *pbx.Exchange, v *Verdict, engine Engine) *Verdict {
	best := v
	least := sim.Reduce(*v.Case, v.Run.Lost(), func(c *sim.Case) bool {
		next, err := Try(x, c, engine)
		if err != nil || next.OK() || next.Differences[0].Mistake != v.Differences[0].Mistake {
			return false
		}
		best = next
		return true
	})
	if final, err := Try(x, &least, engine); err == nil && !final.OK() {
		return final
	}
	return best
}
