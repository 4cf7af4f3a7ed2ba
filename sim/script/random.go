package script

import (
	"math/rand/v2"
	"time"

	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/pbx"
)

// Walk writes random scripts by carrying them out: at each moment it asks the switch
// what would be legal, and lets somebody do one of it. So every script it writes is
// legal, and every facility and combination is reached.
type Walk struct {
	// Moves is how many things people do at most before everybody hangs up. Zero means
	// 12.
	Moves int

	sw    *pbx.Switch
	r     *rand.Rand
	start wire.Time
	offer []pbx.Move
	out   Script
}

// On carries a random script out on a switch that stands at its beginning, and returns
// it. The same switch and source of chance give the same script.
func (w *Walk) On(sw *pbx.Switch, r *rand.Rand) *Script {
	w.sw, w.r, w.start = sw, r, sw.Now()
	w.out = Script{Steps: w.out.Steps[:0]}
	moves := w.Moves
	if moves == 0 {
		moves = 12
	}
	w.begin()
	for n := 1 + r.IntN(moves); n > 0 && !sw.Quiet(); n-- {
		w.wait()
		w.act()
	}
	w.end()
	return &w.out
}

// do lets somebody do something, and reports whether it was legal.
func (w *Walk) do(m pbx.Move) bool {
	at := time.Duration(w.sw.Now()-w.start) * time.Millisecond
	if w.sw.Do(m) != nil {
		return false
	}
	w.out.Steps = append(w.out.Steps, Step{At: at, Move: m})
	return true
}

// begin lets the first call begin.
func (w *Walk) begin() {
	for range 100 {
		if w.do(w.opening()) {
			return
		}
	}
}

func (w *Walk) opening() pbx.Move {
	switch n := w.r.IntN(100); {
	case n < 50:
		return pbx.Move{Who: w.outside(), Verb: "calls", To: w.dialled()}
	case n < 66:
		return pbx.Move{Who: w.user(), Verb: "calls", To: w.extension()}
	case n < 84:
		return pbx.Move{Who: w.user(), Verb: "calls", To: w.outside()}
	case n < 91:
		return pbx.Move{Who: w.user(), Verb: "rings out to", To: w.outside()}
	case n < 94:
		return pbx.Move{Who: w.outside(), Verb: "faxes", To: w.user()}
	case n < 97:
		return pbx.Move{Who: w.user(), Verb: "pages", To: w.extension()}
	}
	hows := []string{"", "InternationalDisabled", "DestinationBlocked", "NotEnoughFunds", "NoSuchUser", "InternalError"}
	return pbx.Move{Who: w.user(), Verb: "fails to call", To: w.outside(), How: hows[w.r.IntN(len(hows))]}
}

func (w *Walk) extension() string {
	e := w.sw.Exchange().Company().Extensions
	return e[w.r.IntN(len(e))].Number
}

func (w *Walk) user() string {
	for range 50 {
		e := w.sw.Exchange().Company().Extensions
		if x := &e[w.r.IntN(len(e))]; x.Kind == pbx.User {
			return x.Number
		}
	}
	return w.extension()
}

// dialled is what an outside party calls: the company, or somebody directly.
func (w *Walk) dialled() string {
	c := w.sw.Exchange().Company()
	if c.Number != "" && w.r.IntN(3) == 0 {
		return c.Number
	}
	e := c.Extensions[w.r.IntN(len(c.Extensions))]
	if e.Direct != "" {
		return e.Direct
	}
	return e.Number
}

func (w *Walk) outside() string {
	if w.r.IntN(40) == 0 {
		return pbx.Anonymous
	}
	areas := [...]string{"+1404555", "+1212555", "+1312555", "+1617555", "+1206555"}
	n := w.r.IntN(100)
	return areas[w.r.IntN(len(areas))] + "01" + string([]byte{'0' + byte(n/10), '0' + byte(n%10)})
}

// wait lets some time go by: a breath, a while, or until the switch does something.
func (w *Walk) wait() {
	now := w.sw.Now()
	var ms int
	switch w.r.IntN(10) {
	case 0, 1, 2, 3:
		ms = 2300 + w.r.IntN(1500)
	case 4, 5, 6, 7, 8:
		ms = 2300 + w.r.IntN(15_000)
	default:
		ms = 2300 + w.r.IntN(60_000)
	}
	if w.r.IntN(60) == 0 {
		ms += 200_000 // long enough for a parked call to come back
	}
	w.sw.Until(now + wire.Time(ms))
}

// act lets somebody do one of what is legal.
func (w *Walk) act() {
	if w.r.IntN(2) == 0 && w.consult() {
		return
	}
	w.offer = w.offer[:0]
	total := 0
	w.sw.Offer(func(m pbx.Move) {
		w.offer = append(w.offer, m)
		total += weight(m.Verb)
	})
	if total == 0 {
		return
	}
	n := w.r.IntN(total)
	for _, m := range w.offer {
		if n -= weight(m.Verb); n < 0 {
			w.do(m)
			return
		}
	}
}

// consult lets somebody who holds a call place another one, or an outside party call
// somebody who is busy with one on hold.
func (w *Walk) consult() bool {
	var holder string
	w.sw.Offer(func(m pbx.Move) {
		if m.Verb == "resumes" {
			holder = m.Who
		}
	})
	if holder == "" || pbx.Outside(holder) {
		return false
	}
	switch w.r.IntN(8) {
	case 0:
		return w.do(pbx.Move{Who: w.outside(), Verb: "calls", To: holder})
	case 1, 2:
		return w.do(pbx.Move{Who: holder, Verb: "calls", To: w.outside()})
	}
	return w.do(pbx.Move{Who: holder, Verb: "calls", To: w.extension()})
}

// weight is how much likelier a move is than the least likely one.
func weight(v pbx.Verb) int {
	switch v {
	case "answers":
		return 24
	case "completes the transfer", "merges":
		return 20
	case "holds", "takes over", "retrieves":
		return 9
	case "presses", "removes":
		return 5
	case "hangs up":
		return 2
	case "mutes", "unmutes", "records", "pauses the recording", "stops the recording", "is busy", "rejects":
		return 1
	}
	return 2
}

// end lets everybody hang up, one after another.
func (w *Walk) end() {
	for range 60 {
		if w.sw.Quiet() {
			break
		}
		w.sw.Until(w.sw.Now() + wire.Time(2300+w.r.IntN(4000)))
		w.offer = w.offer[:0]
		w.sw.Offer(func(m pbx.Move) {
			if m.Verb == "hangs up" {
				w.offer = append(w.offer, m)
			}
		})
		if len(w.offer) > 0 {
			w.do(w.offer[w.r.IntN(len(w.offer))])
		} else if at, ok := w.sw.Next(); ok {
			w.sw.Until(at)
		}
	}
	w.sw.Finish()
}
