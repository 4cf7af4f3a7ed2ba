package sim

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/legworkhq/legwork/sim/org"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
)

// plan writes the script of one call of a company's day.
type plan struct {
	c    *pbx.Company
	r    *rand.Rand
	s    *script.Script
	t    time.Duration
	used []string
}

// breath is the least time between two things that people do.
const breath = 2300 * time.Millisecond

// after is the moment d later, and never sooner than a breath.
func (p *plan) after(d time.Duration) script.Moment {
	p.t += max(d, breath).Truncate(time.Millisecond)
	return p.s.At(p.t)
}

func (p *plan) now() script.Moment { return p.s.At(p.t) }

// user draws a user who takes no part yet.
func (p *plan) user() *pbx.Extension {
	for range 100 {
		e := &p.c.Extensions[p.r.IntN(len(p.c.Extensions))]
		if e.Kind == pbx.User && !slices.Contains(p.used, e.Number) {
			p.used = append(p.used, e.Number)
			return e
		}
	}
	return nil
}

// named is a user known by number.
func (p *plan) named(number string) *pbx.Extension {
	for i := range p.c.Extensions {
		if e := &p.c.Extensions[i]; e.Number == number {
			return e
		}
	}
	return nil
}

// kind draws an extension of a kind, nil when there is none.
func (p *plan) kind(k pbx.Kind) *pbx.Extension {
	var all []*pbx.Extension
	for i := range p.c.Extensions {
		if e := &p.c.Extensions[i]; e.Kind == k {
			all = append(all, e)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[p.r.IntN(len(all))]
}

// outside makes up an outside caller who takes no part yet.
func (p *plan) outside() string {
	for {
		o := org.Outside(p.r)
		if o.Withheld {
			return pbx.Anonymous
		}
		if p.takesPart(o) {
			return o.Number
		}
	}
}

// takesPart lets an outsider take part, unless the number does already.
func (p *plan) takesPart(o org.Person) bool {
	if slices.Contains(p.used, o.Number) {
		return false
	}
	p.used = append(p.used, o.Number)
	p.s.Name(o.Number, o.Name)
	return true
}

// number is an outside number that somebody calls.
func (p *plan) number() string {
	for {
		if o := org.Outside(p.r); o.Number != "" && p.takesPart(o) {
			return o.Number
		}
	}
}

// direct is how an outside party reaches a user.
func direct(e *pbx.Extension) string {
	if e.Direct != "" {
		return e.Direct
	}
	return e.Number
}

// rings is how long a user lets it ring, and picks up in time.
func (p *plan) rings(e *pbx.Extension) time.Duration {
	longest := 28 * time.Second
	if e.RingFor > 0 {
		longest = e.RingFor - 2*time.Second
	}
	return min(org.AnswerTime(p.r), longest)
}

func (p *plan) talks() time.Duration { return org.TalkTime(p.r) }

// inbound begins a call from outside that a user answers.
func (p *plan) inbound() (caller string, e *pbx.Extension) {
	caller, e = p.outside(), p.user()
	p.now().Calls(caller, direct(e))
	p.after(p.rings(e)).Answers(e.Number)
	return caller, e
}

// either hangs up: one of two people, at random.
func (p *plan) either(a, b string) {
	if p.r.IntN(2) == 0 {
		a = b
	}
	p.after(p.talks()).HangsUp(a)
}

// consults puts a user's call on hold and calls a colleague who answers.
func (p *plan) consults(e *pbx.Extension) *pbx.Extension {
	p.after(p.talks()).Holds(e.Number)
	target := p.user()
	p.after(3*time.Second).Calls(e.Number, target.Number)
	p.after(p.rings(target)).Answers(target.Number)
	return target
}

// template writes one facility's script; it returns false when the company lacks what
// it needs.
type template struct {
	name  string
	usual int // its weight in DefaultMix
	write func(*plan) bool
}

var templates = []template{
	{"direct-inbound", 170, func(p *plan) bool { a, e := p.inbound(); p.either(a, e.Number); return true }},
	{"direct-outbound", 190, func(p *plan) bool {
		e, to := p.user(), p.number()
		p.now().Calls(e.Number, to)
		p.after(4500*time.Millisecond + org.AnswerTime(p.r)).Answers(to)
		p.either(e.Number, to)
		return true
	}},
	{"internal", 110, func(p *plan) bool {
		a, b := p.user(), p.user()
		p.now().Calls(a.Number, b.Number)
		p.after(p.rings(b)).Answers(b.Number)
		p.either(a.Number, b.Number)
		return true
	}},
	{"missed", 60, func(p *plan) bool {
		a, e := p.outside(), p.user()
		p.now().Calls(a, direct(e))
		p.after(min(org.RingTime(p.r), p.rings(e))).HangsUp(a)
		return true
	}},
	{"cancelled", 25, func(p *plan) bool {
		a, b := p.user(), p.user()
		p.now().Calls(a.Number, b.Number)
		p.after(p.rings(b)).HangsUp(a.Number)
		return true
	}},
	{"rejected", 8, func(p *plan) bool {
		a, e := p.outside(), p.user()
		p.now().Calls(a, direct(e))
		p.after(p.rings(e)).Rejects(e.Number)
		return true
	}},
	{"busy", 12, func(p *plan) bool {
		e, to := p.user(), p.number()
		p.now().Calls(e.Number, to)
		p.after(0).IsBusy(to)
		return true
	}},
	{"no-answer", 25, func(p *plan) bool { p.now().Calls(p.user().Number, p.number()); return true }},
	{"failed", 6, func(p *plan) bool {
		why := []string{"InvalidNumber", "InternationalDisabled", "DestinationBlocked", "NotEnoughFunds", "NoSuchUser", "InternalError"}
		p.now().FailsToCall(p.user().Number, p.number(), why[p.r.IntN(len(why))])
		return true
	}},
	{"voicemail", 60, func(p *plan) bool {
		for range 20 {
			e := p.user()
			if e == nil {
				return false
			}
			if !e.Mailbox {
				continue
			}
			a := p.outside()
			p.now().Calls(a, direct(e))
			rings := 30 * time.Second
			if e.RingFor > 0 {
				rings = e.RingFor
			}
			p.after(rings + 5*time.Second + time.Duration(p.r.Int64N(40_000))*time.Millisecond).HangsUp(a)
			return true
		}
		return false
	}},
	{"ivr", 60, func(p *plan) bool {
		a, e := p.outside(), p.user()
		_ = e
		menu, key, to := p.menuTo(pbx.User)
		if menu == nil {
			return false
		}
		p.now().Calls(a, p.c.Number)
		p.after(3*time.Second+p.rings(to)/2).Presses(a, key)
		p.used = append(p.used, to.Number)
		p.after(p.rings(to)).Answers(to.Number)
		p.either(a, to.Number)
		return true
	}},
	{"ivr-abandoned", 12, func(p *plan) bool {
		if menu, _, _ := p.menuTo(pbx.User); menu == nil {
			return false
		}
		a := p.outside()
		p.now().Calls(a, p.c.Number)
		p.after(org.RingTime(p.r)).HangsUp(a)
		return true
	}},
	{"queue", 110, func(p *plan) bool {
		a, e := p.queued()
		if e == nil {
			return false
		}
		p.either(a, e.Number)
		return true
	}},
	{"queue-abandoned", 20, func(p *plan) bool {
		q := p.kind(pbx.Queue)
		if q == nil {
			return false
		}
		a := p.outside()
		p.now().Calls(a, direct(q))
		p.after(min(org.Patience(p.r), 55*time.Second)).HangsUp(a)
		return true
	}},
	{"hold", 40, func(p *plan) bool {
		a, e := p.inbound()
		p.after(p.talks()).Holds(e.Number)
		p.after(org.HoldTime(p.r)).Resumes(e.Number)
		p.either(a, e.Number)
		return true
	}},
	{"recording", 15, func(p *plan) bool {
		a, e := p.inbound()
		p.after(0).Records(e.Number)
		p.after(p.talks()).PausesTheRecording(e.Number)
		p.after(20 * time.Second).Records(e.Number)
		p.either(a, e.Number)
		return true
	}},
	{"forward", 8, func(p *plan) bool {
		a, e, to := p.outside(), p.user(), p.user()
		p.now().Calls(a, direct(e))
		p.after(0).ForwardsTo(e.Number, to.Number)
		p.after(p.rings(to)).Answers(to.Number)
		p.either(a, to.Number)
		return true
	}},
	{"blind-transfer", 30, func(p *plan) bool {
		a, e := p.inbound()
		to := p.user()
		p.after(p.talks()).TransfersTo(e.Number, to.Number)
		p.after(p.rings(to)).Answers(to.Number)
		p.either(a, to.Number)
		return true
	}},
	{"blind-transfer-outside", 6, func(p *plan) bool {
		a, e := p.inbound()
		to := p.number()
		p.after(p.talks()).TransfersTo(e.Number, to)
		p.after(6 * time.Second).Answers(to)
		p.either(a, to)
		return true
	}},
	{"attended-transfer", 30, func(p *plan) bool {
		a, e := p.inbound()
		to := p.consults(e)
		p.after(20 * time.Second).CompletesTheTransfer(e.Number)
		p.either(a, to.Number)
		return true
	}},
	{"attended-transfer-ringing", 8, func(p *plan) bool {
		a, e := p.inbound()
		to := p.user()
		p.after(p.talks()).Holds(e.Number)
		p.after(3*time.Second).Calls(e.Number, to.Number)
		p.after(4 * time.Second).CompletesTheTransfer(e.Number)
		p.after(5 * time.Second).Answers(to.Number)
		p.either(a, to.Number)
		return true
	}},
	{"park", 15, func(p *plan) bool {
		a, e := p.inbound()
		by, at := p.user(), string([]byte{'8', '0' + byte(p.r.IntN(10)), '1' + byte(p.r.IntN(9))})
		p.after(p.talks()).ParksAt(e.Number, at)
		p.after(min(org.HoldTime(p.r), 100*time.Second)).Retrieves(by.Number, at)
		p.t += time.Second // until they are through
		p.either(a, by.Number)
		return true
	}},
	{"group-pickup", 8, func(p *plan) bool {
		a, e, by := p.outside(), p.user(), p.user()
		p.now().Calls(a, direct(e))
		p.after(p.rings(e)).PicksUp(by.Number, e.Number)
		p.either(a, by.Number)
		return true
	}},
	{"flip", 4, func(p *plan) bool {
		a, e := p.inbound()
		if e.Mobile == "" {
			p.either(a, e.Number)
			return true
		}
		p.after(p.talks()).Flips(e.Number)
		p.after(8 * time.Second).Answers(e.Mobile)
		p.after(6 * time.Second)
		p.either(a, e.Number)
		return true
	}},
	{"switch-device", 8, func(p *plan) bool {
		a, e := p.inbound()
		p.after(p.talks()).SwitchesDevice(e.Number)
		p.either(a, e.Number)
		return true
	}},
	{"supervise", 6, func(p *plan) bool {
		a, e := p.inbound()
		by := p.user()
		p.after(p.talks()).Supervises(by.Number, e.Number)
		p.after(30 * time.Second).HangsUp(by.Number)
		p.either(a, e.Number)
		return true
	}},
	{"barge-in", 3, func(p *plan) bool {
		a, e := p.inbound()
		by := p.user()
		p.after(p.talks()).BargesInOn(by.Number, e.Number)
		p.t += time.Second
		p.after(40 * time.Second).HangsUp(by.Number)
		p.either(a, e.Number)
		return true
	}},
	{"takeover", 2, func(p *plan) bool {
		a, e := p.inbound()
		by := p.user()
		p.after(p.talks()).Supervises(by.Number, e.Number)
		p.after(20 * time.Second).TakesOver(by.Number)
		p.either(a, by.Number)
		return true
	}},
	{"conference", 12, func(p *plan) bool {
		a, e := p.inbound()
		to := p.consults(e)
		p.after(10 * time.Second).Merges(e.Number)
		p.after(p.talks()).HangsUp(to.Number)
		p.after(10 * time.Second).HangsUp(a)
		return true
	}},
	{"ringout", 12, func(p *plan) bool {
		e, to := p.user(), p.number()
		p.now().RingsOutTo(e.Number, to)
		p.after(p.rings(e)).Answers(e.Number)
		p.after(8 * time.Second).Answers(to)
		p.either(e.Number, to)
		return true
	}},
	{"fax", 10, func(p *plan) bool {
		a := p.number()
		p.now().Faxes(a, p.user().Number)
		p.after(50 * time.Second).HangsUp(a)
		return true
	}},
	{"paging", 2, func(p *plan) bool {
		g := p.kind(pbx.Paging)
		if g == nil || len(g.Agents) < 2 {
			return false
		}
		e := p.user()
		p.now().Pages(e.Number, g.Number)
		p.after(12 * time.Second).HangsUp(e.Number)
		return true
	}},
}

// menuTo finds a key of the main menu that leads to an extension of a kind.
func (p *plan) menuTo(k pbx.Kind) (menu *pbx.Extension, key string, to *pbx.Extension) {
	for i := range p.c.Extensions {
		if e := &p.c.Extensions[i]; e.Kind == pbx.Menu {
			menu = e
			break
		}
	}
	if menu == nil {
		return nil, "", nil
	}
	for _, c := range menu.Keys {
		if to := p.named(c.To); to != nil && to.Kind == k {
			return menu, c.Press, to
		}
	}
	return nil, "", nil
}

// queued begins a call to a queue that an agent answers.
func (p *plan) queued() (caller string, agent *pbx.Extension) {
	q := p.kind(pbx.Queue)
	if q == nil || len(q.Agents) == 0 {
		return "", nil
	}
	caller = p.outside()
	p.now().Calls(caller, direct(q))
	n := p.r.IntN(min(len(q.Agents), 8))
	wait := 8 * time.Second
	if q.OneByOne {
		n = 0
	}
	agent = p.named(q.Agents[n])
	p.used = append(p.used, q.Agents...)
	turn := 20 * time.Second
	if q.RingFor > 0 {
		turn = q.RingFor
	}
	p.after(wait + time.Duration(p.r.Int64N(int64(turn-6*time.Second)))).Answers(agent.Number)
	return caller, agent
}

// Facilities lists what a mix can hold.
func Facilities() []string {
	out := make([]string, len(templates))
	for i := range templates {
		out[i] = templates[i].name
	}
	return out
}

// DefaultMix is what the calls of an office are like: mostly plain calls, some
// transfers, a few of everything. [assumed]
func DefaultMix() org.Mix {
	var m org.Mix
	for _, t := range templates {
		m.Weights = append(m.Weights, org.Weight{Facility: t.name, Weight: t.usual})
	}
	return m
}

// Write writes the script of a facility's call among the people of a company, with
// times as people take them. A company that lacks what the facility needs, a queue
// say, gets a plain call.
func Write(c *pbx.Company, facility string, r *rand.Rand) *script.Script {
	for _, t := range templates {
		if t.name != facility {
			continue
		}
		if p := (&plan{c: c, r: r, s: script.New()}); t.write(p) {
			return p.s
		}
	}
	p := &plan{c: c, r: r, s: script.New()}
	templates[0].write(p)
	return p.s
}
