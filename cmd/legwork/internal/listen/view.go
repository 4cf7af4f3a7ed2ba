package listen

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// view owns the engine: it tells it every event and the time, and prints what changed.
type view struct {
	cfg     *Config
	engine  *recon.Engine
	style   style
	letters map[call.SessionID]string
	next    int // letter
	before  map[call.SessionID]*call.Call
	told    map[call.SessionID]int // revision of the story told last
	time    clock
	sum     Summary
	err     error // of the output
}

// clock is the engine's: that of the events, which goes on between them. A capture that
// is replayed years later so is judged as on its day.
type clock struct{ event, seen time.Time }

// ahead is how far an event's time may be ahead of ours and still be believed.
const ahead = time.Minute

// hear takes note of an event's time.
func (c *clock) hear(at wire.Time, now time.Time) {
	event := time.UnixMilli(int64(at))
	if at != 0 && event.Before(now.Add(ahead)) && (c.seen.IsZero() || event.After(c.now(now))) {
		c.event, c.seen = event, now
	}
}

// now is the engine's time, the zero Time before the first event.
func (c *clock) now(now time.Time) time.Time {
	if c.seen.IsZero() {
		return time.Time{}
	}
	return c.event.Add(now.Sub(c.seen))
}

func newView(cfg *Config, engine *recon.Engine) *view {
	return &view{cfg: cfg, engine: engine, style: style{cfg.Color}, letters: map[call.SessionID]string{}, before: map[call.SessionID]*call.Call{}, told: map[call.SessionID]int{}}
}

// run shows deliveries until there are no more, or the output fails.
func (v *view) run(in <-chan delivery) {
	tick := time.NewTicker(v.cfg.Tick)
	defer tick.Stop()
	for v.err == nil {
		select {
		case d, ok := <-in:
			if !ok {
				v.part()
				return
			}
			v.show(&d)
		case <-tick.C:
			v.note(v.engine.Tick(v.time.now(v.cfg.Now())))
		}
	}
}

func (v *view) print(lines string) {
	if v.err == nil {
		_, v.err = fmt.Fprintln(v.cfg.Out, lines)
	}
}

// show tells the engine a delivery and prints its line.
func (v *view) show(d *delivery) {
	v.sum.Received++
	if d.err != nil {
		v.unreadable(d)
		return
	}
	v.time.hear(d.ev.Body.EventTime, d.at)
	ch := v.engine.Step(v.time.now(d.at), &d.ev)
	switch ch.Fate {
	case recon.Applied:
		v.sum.Applied++
	case recon.Duplicate:
		v.sum.Duplicate++
	default:
		v.sum.ignore(string(ch.Why), ch.Fate == recon.TooLate)
	}
	words := v.merged(ch.Merged)
	id := call.SessionID(d.ev.Body.TelephonySessionID)
	after, known := v.engine.Call(id)
	letter := "-"
	if known {
		letter = v.letter(after.ID)
		if ch.Fate == recon.Applied {
			words = append(words, changes(v.before[after.ID], after)...)
			v.before[after.ID] = after
		}
	}
	switch {
	case ch.Fate == recon.Duplicate:
		words = append(words, "delivered before")
	case ch.Fate == recon.Ignored:
		words = append(words, "ignored: "+string(ch.Why))
	case ch.Fate == recon.TooLate:
		words = append(words, "too late: its call is over and forgotten")
	case ch.Late:
		words = append([]string{"late"}, words...)
	}
	v.lines(d, after, letter, words)
	ch.Merged = nil // told
	v.note(ch)
}

// lines prints a line for each party of an event; mostly there is one.
func (v *view) lines(d *delivery, c *call.Call, letter string, words []string) {
	at := d.ev.Body.EventTime
	if at == 0 {
		at = wire.Time(d.at.UnixMilli())
	}
	if len(d.ev.Body.Parties) == 0 {
		v.print(v.style.line(v.clock(int64(at)), letter, "nobody", "", "", words))
	}
	for i := range d.ev.Body.Parties {
		p := &d.ev.Body.Parties[i]
		if p.Muted {
			words = append([]string{"muted"}, words...)
		}
		v.print(v.style.line(v.clock(int64(at)), letter, partyName(c, p), string(p.Status.Code), string(p.Status.Reason), words))
		words = nil
	}
}

func (v *view) clock(ms int64) string {
	return time.UnixMilli(ms).In(v.cfg.Location).Format("15:04:05.000")
}

func (v *view) unreadable(d *delivery) {
	why := d.err.Error()
	if errors.Is(d.err, wire.ErrOtherKind) {
		v.sum.ignore("another kind of event", false)
	} else {
		v.sum.Unreadable++
		why = "unreadable: " + why
	}
	v.print(v.style.line(v.clock(d.at.UnixMilli()), "-", "", "", "", []string{why}))
}

// merged takes note that calls turned out to be one, and says so.
func (v *view) merged(merges []recon.Merge) (words []string) {
	for _, m := range merges {
		was, known := v.letters[m.From]
		if !known {
			continue
		}
		delete(v.letters, m.From)
		into, named := v.letters[m.Into]
		if !named {
			v.letters[m.Into], v.before[m.Into] = was, v.before[m.From]
		} else {
			words = append(words, fmt.Sprintf("call %s is part of call %s", was, into))
		}
		delete(v.before, m.From)
		delete(v.told, m.From)
	}
	return words
}

// letter names a call: A, B, ... Z, AA, ...
func (v *view) letter(id call.SessionID) string {
	if s, ok := v.letters[id]; ok {
		return s
	}
	s := ""
	for n := v.next; n >= 0; n = n/26 - 1 {
		s = string(rune('A'+n%26)) + s
	}
	v.next++
	v.letters[id] = s
	return s
}

// note tells the stories of calls that became final, and forgets what the engine did.
func (v *view) note(ch recon.Changes) {
	for _, w := range v.merged(ch.Merged) {
		v.print(v.style.aside(w))
	}
	for _, id := range ch.Final {
		if c, ok := v.engine.Call(id); ok {
			v.tell(c)
		}
	}
	for _, gone := range [][]call.SessionID{ch.Forgotten, ch.Evicted} {
		for _, id := range gone {
			delete(v.letters, id)
			delete(v.before, id)
			delete(v.told, id)
		}
	}
}

// tell prints a call in short, unless nothing is new since it was told.
func (v *view) tell(c *call.Call) {
	if v.told[c.ID] == c.Revision {
		return
	}
	again := v.told[c.ID] > 0
	if !again {
		v.sum.Calls++
	}
	v.told[c.ID] = c.Revision
	lines := short(c)
	head := string(c.Status)
	if again {
		head += " once more"
	}
	v.print(v.style.story(v.letter(c.ID), head, lines))
	v.before[c.ID] = c
}

// part tells, in the end, the calls that were not final yet.
func (v *view) part() {
	for _, c := range v.engine.Calls() {
		v.tell(c)
	}
}

// summary is what was counted.
func (v *view) summary(refused Refused) *Summary {
	v.sum.Refused = refused
	s := v.sum
	return &s
}

// style writes lines, in colour or not.
type style struct{ color bool }

const (
	dim     = "2"
	bold    = "1"
	red     = "31"
	green   = "32"
	yellow  = "33"
	blue    = "34"
	magenta = "35"
	cyan    = "36"
)

func (s style) paint(code, text string) string {
	if !s.color || text == "" || code == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// ofCalls are the colours of calls, in turn.
var ofCalls = []string{cyan, magenta, blue, green, yellow}

func (s style) letter(letter string) string {
	text := fmt.Sprintf("%-2s", letter)
	if letter == "-" || letter == "" {
		return s.paint(dim, text)
	}
	return s.paint(bold+";"+ofCalls[int(letter[len(letter)-1]-'A')%len(ofCalls)], text)
}

func ofCode(code string) string {
	switch wire.Code(code).Kind() {
	case wire.Answered:
		return green
	case wire.Disconnected:
		return red
	case wire.Hold, wire.Parked:
		return yellow
	case wire.Gone:
		return magenta
	case wire.KindUnknown:
		return bold
	}
	return ""
}

const (
	nameWidth   = 34
	statusWidth = 30
)

// line is one event.
func (s style) line(clock, letter, who, code, reason string, words []string) string {
	status, painted := clean(code), s.paint(ofCode(code), clean(code))
	if reason != "" {
		status += " " + clean(reason)
		painted += " " + clean(reason)
	}
	out := s.paint(dim, clock) + "  " + s.letter(letter)
	if who != "" || status != "" {
		who = cut(who, nameWidth)
		out += " " + pad(who, who, nameWidth) + " " + pad(painted, status, statusWidth)
	}
	if len(words) > 0 {
		out += " " + clean(strings.Join(words, "; "))
	}
	return strings.TrimRight(out, " ")
}

func (s style) aside(text string) string { return strings.Repeat(" ", 14) + clean(text) }

// story is a call in short, set off from the lines around it.
func (s style) story(letter, head string, lines []string) string {
	out := strings.Repeat(" ", 14) + s.letter(letter) + " " + s.paint(bold, head+": ") + clean(lines[0])
	for _, l := range lines[1:] {
		out += "\n" + strings.Repeat(" ", 19) + clean(l)
	}
	return out
}

// pad fills up what is shown to a width.
func pad(text, shown string, width int) string {
	return text + strings.Repeat(" ", max(0, width-len([]rune(shown))))
}
