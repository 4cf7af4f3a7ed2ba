// Package catalogue lists the cases of the regression suite, and makes what each of them
// sends: ids, notifications in the order of delivery, and the truth.
//
//	L0  the contract of delivery (package contract)
//	L1  calls of one session
//	L2  some of both, disturbed on the way: shuffled, twice, late
//	L3  calls over several sessions
package catalogue

import (
	"fmt"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/contract"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/pbx"
)

// Case is one case of the suite: of the contract, or a scenario and its delivery.
type Case struct {
	result.Case
	// Should: what it asks for is wished, not demanded. A failure is NON-STRICT.
	Should bool
	// Contract is the case itself at L0, nil at the other levels.
	Contract *contract.Case
	// Restarts: the receiver is restarted in the middle.
	Restarts bool
	scene    *Scenario
	way      *way
}

// All lists every case: by level, and there in the order of their source. paths are
// files of a user's own scenarios, in fsys.
func All(fsys fs.FS, paths ...string) ([]Case, error) {
	scenes, err := Scenarios(fsys, paths...)
	if err != nil {
		return nil, err
	}
	var out, disturbed, several []Case
	for _, c := range contract.Cases() {
		out = append(out, Case{Case: result.Case{ID: c.ID, Level: "L0", Title: c.Title, Story: c.Story, Tags: append([]string{"@L0", "@contract"}, c.Tags...)}, Should: c.Should, Contract: &c})
	}
	for _, s := range scenes {
		c := Case{scene: &s, Case: result.Case{ID: s.ID, Title: s.Title, Story: s.Story}}
		p, err := c.Make(0, time.UnixMilli(int64(sim.Start)))
		if err != nil {
			return nil, fmt.Errorf("scenario %s: %w", s.ID, err)
		}
		tags := append(areas(s.ID, p.Truth), s.Tags...)
		c.Level = level(p.Truth)
		c.Tags = append([]string{"@" + c.Level}, tags...)
		if c.Level == "L1" {
			out = append(out, c)
		} else {
			several = append(several, c)
		}
		for _, w := range ways {
			if !slices.Contains(s.Tags, Disturbed) || w.sessions && c.Level == "L1" {
				continue
			}
			d := Case{scene: &s, way: &w, Should: w.should, Restarts: w.restarts, Case: result.Case{
				ID: w.topic + "/" + s.Slug + "/1", Level: "L2", Title: strings.TrimSuffix(s.Title, ".") + "; " + w.title,
				Story: s.Story + "\n" + w.story, Tags: append([]string{"@L2", "@" + w.topic[:strings.IndexByte(w.topic, '.')]}, tags...)}}
			disturbed = append(disturbed, d)
		}
	}
	return append(append(out, disturbed...), several...), nil
}

// level is L1 where every call has one session.
func level(truth []*call.Call) string {
	for _, c := range truth {
		if len(c.Sessions) > 1 {
			return "L3"
		}
	}
	if len(truth) > 1 {
		return "L3"
	}
	return "L1"
}

// areas are what a receiver must do to understand a scenario, as tags.
func areas(id string, truth []*call.Call) []string {
	area, _, _ := strings.Cut(id, ".")
	out := []string{"@" + area}
	for _, c := range truth {
		for _, l := range c.Links {
			if a := "@" + linkAreas[l.Kind]; a != "@" && !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	slices.Sort(out[1:])
	return out
}

var linkAreas = map[call.LinkKind]string{
	call.TransferAttended: "transfer", call.TransferBlind: "transfer", call.Forward: "forward", call.ConferenceMerge: "conference",
	call.Supervise: "supervise", call.Takeover: "supervise", call.Park: "park", call.Pickup: "pickup", call.Route: "ivr", call.Hunt: "queue",
	call.Switch: "switch", call.Flip: "flip", call.RingOut: "ringout",
}

// Areas lists what a receiver may declare that it lacks: every tag of a case but its
// level, without the @.
func Areas(cases []Case) (out []string) {
	for _, c := range cases {
		for _, t := range c.Tags {
			if t = strings.TrimPrefix(t, "@"); t != c.Level && !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	slices.Sort(out)
	return out
}

// Lacks names the area of the case that is among lacks, "" for none.
func (c *Case) Lacks(lacks []string) string {
	for _, a := range lacks {
		if slices.Contains(c.Tags, "@"+a) {
			return a
		}
	}
	return ""
}

// Play is what a case sends, and the truth.
type Play struct {
	// Start is when the case begins, as its notifications say.
	Start time.Time
	// Events are the notifications in the order in which they happened, Steps those in
	// which they are delivered.
	Events []wire.Event
	Steps  []Step
	Truth  []*call.Call
	// Also is the company's directory: what else people are known by.
	Also map[call.ParticipantID][]string
}

// Step is one delivery.
type Step struct {
	// Event is its place in Events.
	Event int
	// Copy is 0 for the first subscription's notification, 1 for that of a second
	// subscription, with ids of its own.
	Copy int
	// Restart: the receiver is restarted before.
	Restart bool
}

// Mix makes a seed of a run's seed and a case's id, so that a case does the same
// whichever others are run.
func Mix(seed uint64, id string) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s", seed, id)
	return h.Sum64()
}

// Make makes what a case of L1 to L3 sends. Every id in it follows from seed and start.
func (c *Case) Make(seed uint64, start time.Time) (*Play, error) {
	r := rand.New(rand.NewPCG(seed, 0xc0f))
	company := fresh(c.scene.Company(), r)
	x, err := pbx.NewExchange(company)
	if err != nil {
		return nil, err
	}
	sc := sim.Case{Seed: r.Uint64(), Start: wire.Time(start.UnixMilli()), IDs: c.scene.IDs, Dialect: c.scene.Dialect, Script: c.scene.Script()}
	run, err := sc.Do(x)
	if err != nil {
		return nil, err
	}
	p := &Play{Start: start, Events: run.Events, Truth: run.Truth, Also: directory(company)}
	p.Steps = inOrder(len(p.Events))
	if c.way != nil {
		c.way.disturb(p, r)
	}
	return p, nil
}

func inOrder(n int) []Step {
	out := make([]Step, n)
	for i := range out {
		out[i].Event = i
	}
	return out
}

// fresh gives an account and its extensions ids of their own, so that a receiver takes
// no case for another, nor for one of an earlier run.
func fresh(c *pbx.Company, r *rand.Rand) *pbx.Company {
	pod := fmt.Sprintf("%03d", r.IntN(1000))
	c.Account = fmt.Sprintf("4%08d%s", r.IntN(100_000_000), pod)
	stem := fmt.Sprintf("6%05d", r.IntN(100_000))
	for i := range c.Extensions {
		e := &c.Extensions[i]
		e.ID = stem + e.Number + pod
		if e.Device != "" {
			e.Device = "8" + stem[1:] + e.Number + pod
		}
	}
	return c
}

func directory(c *pbx.Company) map[call.ParticipantID][]string {
	out := map[call.ParticipantID][]string{}
	for _, e := range c.Extensions {
		names := []string{e.Number, e.Name}
		for _, n := range []string{e.Direct, e.Mobile} {
			if n != "" {
				names = append(names, n)
			}
		}
		out[call.ParticipantID("ext:"+e.ID)] = names
	}
	return out
}
