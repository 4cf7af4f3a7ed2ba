package catalogue

import (
	"math/rand/v2"
	"slices"

	"github.com/legworkhq/legwork/recon/wire"
)

// way is how a delivery is disturbed. Nothing is ever lost: the truth stays the same.
type way struct {
	topic string // "order.shuffled"
	title string // goes on after the scenario's title
	story string
	// sessions: it means something only where there are several.
	sessions bool
	should   bool
	restarts bool
	disturb  func(*Play, *rand.Rand)
}

var ways = []way{
	{topic: "order.shuffled", title: "the notifications come in a random order.", story: "RingCentral does not guarantee the order of delivery. What counts is sequence, within a session.", disturb: func(p *Play, r *rand.Rand) {
		r.Shuffle(len(p.Steps), func(i, j int) { p.Steps[i], p.Steps[j] = p.Steps[j], p.Steps[i] })
	}},
	{topic: "order.reversed", title: "the notifications come in the reverse order.", story: "The last notification comes first.", disturb: func(p *Play, _ *rand.Rand) {
		slices.Reverse(p.Steps)
	}},
	{topic: "order.swapped", title: "every two notifications change places.", story: "Each notification is overtaken by the next one.", disturb: func(p *Play, _ *rand.Rand) {
		for i := 0; i+1 < len(p.Steps); i += 2 {
			p.Steps[i], p.Steps[i+1] = p.Steps[i+1], p.Steps[i]
		}
	}},
	{topic: "order.sessions", title: "the session that began last is told first.", story: "Each session is in order, and the sessions come one after another, the latest first.", sessions: true, disturb: func(p *Play, _ *rand.Rand) {
		var order []string
		for _, e := range p.Events {
			if id := e.Body.TelephonySessionID; !slices.Contains(order, id) {
				order = append(order, id)
			}
		}
		slices.SortStableFunc(p.Steps, func(a, b Step) int {
			at := func(s Step) int { return slices.Index(order, p.Events[s.Event].Body.TelephonySessionID) }
			return at(b) - at(a)
		})
	}},
	{topic: "duplicate.twice", title: "every notification comes twice.", story: "Each delivery is repeated at once, with the same uuid.", disturb: func(p *Play, _ *rand.Rand) {
		var out []Step
		for _, s := range p.Steps {
			out = append(out, s, s)
		}
		p.Steps = out
	}},
	{topic: "duplicate.later", title: "after the end everything comes once more.", story: "When all has been delivered, all is delivered again.", disturb: func(p *Play, _ *rand.Rand) {
		p.Steps = append(p.Steps, p.Steps...)
	}},
	{topic: "duplicate.subscriptions", title: "two subscriptions tell everything.", story: "Two subscriptions overlap: each change is notified twice, with another uuid and subscriptionId.", disturb: func(p *Play, _ *rand.Rand) {
		var out []Step
		for _, s := range p.Steps {
			out = append(out, s, Step{Event: s.Event, Copy: 1})
		}
		p.Steps = out
	}},
	{topic: "late.first", title: "the first notification comes last.", story: "The first notification is delivered when everything is over.", disturb: func(p *Play, _ *rand.Rand) {
		p.Steps = append(p.Steps[1:], p.Steps[0])
	}},
	{topic: "late.some", title: "some notifications come after the end.", story: "About a fifth of the notifications are delivered when everything is over.", disturb: func(p *Play, r *rand.Rand) {
		var out, late []Step
		one := r.IntN(len(p.Steps) - 1)
		for i, s := range p.Steps {
			if i == one || r.IntN(5) == 0 {
				late = append(late, s)
			} else {
				out = append(out, s)
			}
		}
		p.Steps = append(out, late...)
	}},
	{topic: "weather.mixed", title: "notifications overtake one another, and some come twice.", story: "A bad day: short swaps, repeats at once and later.", disturb: func(p *Play, r *rand.Rand) {
		for i := range p.Steps {
			if j := i + r.IntN(5); r.IntN(3) == 0 && j < len(p.Steps) {
				p.Steps[i], p.Steps[j] = p.Steps[j], p.Steps[i]
			}
		}
		one := r.IntN(len(p.Steps))
		for i, s := range slices.Clone(p.Steps) {
			if i == one || r.IntN(5) == 0 {
				p.Steps = slices.Insert(p.Steps, r.IntN(len(p.Steps)+1), s)
			}
		}
	}},
	{topic: "parties.together", title: "changes of the same moment come in one notification.", story: "A notification may hold several parties; each one counts.", disturb: together},
	{topic: "restart.middle", title: "the receiver is restarted in the middle.", story: "The receiver is stopped and started between two notifications; nothing is lost on the way.", should: true, restarts: true, disturb: func(p *Play, _ *rand.Rand) {
		p.Steps[len(p.Steps)/2].Restart = true
	}},
}

// moment is within how many milliseconds changes are told together.
const moment = 100

// together puts the changes of one session that happened at the same moment, to
// different parties, into one notification, and numbers the session's anew.
func together(p *Play, _ *rand.Rand) {
	var out []wire.Event
	last := map[string]int64{} // by session
	for _, e := range p.Events {
		e.Body.Parties = slices.Clone(e.Body.Parties)
		id := e.Body.TelephonySessionID
		n := len(out) - 1
		if n >= 0 && out[n].Body.TelephonySessionID == id && e.Body.EventTime-out[n].Body.EventTime < moment && !sameParty(&out[n], &e) {
			out[n].Body.Parties = append(out[n].Body.Parties, e.Body.Parties...)
			continue
		}
		out = append(out, e)
	}
	for i := range out {
		b := &out[i].Body
		first, seen := last[b.TelephonySessionID]
		if !seen {
			first = b.Sequence - 1
		}
		last[b.TelephonySessionID] = first + 1
		b.Sequence = first + 1
	}
	p.Events, p.Steps = out, InOrder(len(out))
	p.Untold = []string{"endedBy"} // both ends of the last conversation end at once
}

func sameParty(a, b *wire.Event) bool {
	return slices.ContainsFunc(a.Body.Parties, func(x wire.Party) bool {
		return slices.ContainsFunc(b.Body.Parties, func(y wire.Party) bool { return x.ID == y.ID })
	})
}
