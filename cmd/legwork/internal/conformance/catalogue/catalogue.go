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
	"github.com/legworkhq/legwork/sim/script"
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
	out = append(append(out, disturbed...), several...)
	seen := map[string]bool{}
	for _, c := range out {
		if seen[c.ID] {
			return nil, fmt.Errorf("two scenarios have the id %s", c.ID)
		}
		seen[c.ID] = true
	}
	return out, nil
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

// areas are what a receiver must do to understand a scenario, as tags: the id's area and
// topic, and what the links of the calls are called.
func areas(id string, truth []*call.Call) []string {
	topic, _, _ := strings.Cut(id, "/")
	var out []string
	note := func(area string) {
		if tag := "@" + area; area != "" && !slices.Contains(out, tag) {
			out = append(out, tag)
		}
	}
	for part := range strings.SplitSeq(topic, ".") {
		note(part)
	}
	for _, c := range truth {
		for _, l := range c.Links {
			note(linkAreas[l.Kind])
		}
		if c.Outcome == call.Voicemail {
			note("voicemail")
		}
	}
	return out
}

var linkAreas = map[call.LinkKind]string{
	call.TransferAttended: "transfer", call.TransferBlind: "transfer", call.Forward: "forward", call.ConferenceMerge: "conference",
	call.Supervise: "supervise", call.Takeover: "supervise", call.Park: "park", call.Pickup: "pickup", call.Route: "menu", call.Hunt: "queue",
	call.Switch: "switch", call.Flip: "flip", call.RingOut: "ringout",
}

// Areas lists what a receiver may declare that it lacks: the plain tags of the cases,
// without the @, but for the levels.
func Areas(cases []Case) (out []string) {
	for _, c := range cases {
		for _, t := range c.Tags {
			if t = strings.TrimPrefix(t, "@"); t != c.Level && "@"+t != Disturbed && !strings.ContainsAny(t, "./") && !slices.Contains(out, t) {
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
	// Untold lists facts that cannot be known from this delivery.
	Untold []string
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

// Make makes what a case of L1 to L3 sends. The order of delivery follows from seed
// alone; every id from seed and start, so that a seed can be tried again at a receiver
// that remembers.
func (c *Case) Make(seed uint64, start time.Time) (*Play, error) {
	ids, r := rand.New(rand.NewPCG(seed, uint64(start.UnixMilli()))), rand.New(rand.NewPCG(seed, 0xc0f))
	company := fresh(c.scene.Company(), ids)
	x, err := pbx.NewExchange(company)
	if err != nil {
		return nil, err
	}
	sc := sim.Case{Seed: ids.Uint64(), Start: wire.Time(start.UnixMilli()), IDs: c.scene.IDs, Dialect: c.scene.Dialect, Script: c.scene.Script()}
	run, err := sc.Do(x)
	if err != nil {
		return nil, err
	}
	p := &Play{Start: start, Events: run.Events, Truth: run.Truth, Also: directory(company)}
	p.Steps = InOrder(len(p.Events))
	if c.way != nil {
		c.way.disturb(p, r)
	}
	return p, nil
}

// InOrder delivers so many notifications once each, in the order in which they happened.
func InOrder(n int) []Step {
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

// With is the case with another script, told in order.
func (c *Case) With(s *script.Script) *Case {
	scene, out := *c.scene, *c
	scene.Script = func() *script.Script { return s }
	out.scene, out.way = &scene, nil
	return &out
}

// Script is what people do in the case.
func (c *Case) Script() *script.Script { return c.scene.Script() }

// Count is how many notifications a case sends; 0 at L0 for what is no notification.
func (c *Case) Count(seed uint64) (int, error) {
	start := time.UnixMilli(int64(sim.Start))
	if c.Contract != nil {
		return len(c.Contract.Lines(Mix(seed, c.ID), start)), nil
	}
	p, err := c.Make(Mix(seed, c.ID), start)
	if err != nil {
		return 0, err
	}
	return len(p.Steps), nil
}
