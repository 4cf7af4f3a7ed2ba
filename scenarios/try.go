package scenarios

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/internal/trial"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/dialect"
	"github.com/legworkhq/legwork/sim/oracle"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
	"github.com/legworkhq/legwork/sim/weather"
)

// Engine rebuilds calls of what a receiver got.
type Engine func([]weather.Delivery) ([]*call.Call, error)

// Options says in which weathers a scenario is tried, and on what. The zero Options try
// our engine in every weather.
type Options struct {
	// Engine rebuilds calls at account scope, OfOne where the subscription is to one
	// extension. Nil means ours.
	Engine, OfOne Engine
	// Orders is in how many orders the notifications of a long scenario arrive.
	// Zero means 300. Up to seven notifications come in every order.
	Orders int
	// Seed settles those orders.
	Seed uint64
	// Weather, if not "", is the name of the only one to try, as a failure names it
	// ("order-17"), or of a kind ("order").
	Weather string
}

const (
	usualOrders = 300
	knobSlack   = 2500 // milliseconds
	everyOrder  = 7    // the most notifications that are tried in every order
)

// Result is what came of trying a scenario.
type Result struct {
	// Runs counts the tries, by the kind of weather.
	Runs map[string]int
	// Skipped counts the knobs under which the scenario could not be played, because
	// what people do in it is not possible then.
	Skipped  int
	Failures []*Failure
}

// Kinds lists the kinds of weather, in the order in which they are tried.
func Kinds() []string {
	return []string{"calm", "order", "twice", "overlap", "late", "lost", "restart", "knob", "extension"}
}

// Failure is a statement that does not hold, or an answer that is not the truth.
type Failure struct {
	Scenario *Scenario
	// Line is that of the statement, or of the scenario.
	Line int
	// Claim is the statement, "" where the whole answer was compared.
	Claim   string
	Weather string
	Seed    uint64
	Why     string
	// Of says where the statement does not hold: "the engine's answer", or "the
	// switch's own truth" when the scenario is wrong.
	Of string
}

// Error says everything that is needed to look at the failure again.
func (f *Failure) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: ", f.Scenario.File, f.Line)
	if f.Claim != "" {
		fmt.Fprintf(&b, "%q does not hold of %s: ", f.Claim, f.Of)
	}
	fmt.Fprintf(&b, "%s\n  scenario: %s\n  weather:  %s, seed %d\n  again:    %s", f.Why, f.Scenario.Name, f.Weather, f.Seed, f.Command())
	return b.String()
}

// Command is a line that reproduces the failure.
func (f *Failure) Command() string {
	return fmt.Sprintf("legwork features run --weather %s --seed %d %s:%d", f.Weather, f.Seed, f.Scenario.File, f.Scenario.Line)
}

// Try plays a scenario and holds its statements, and the engine's whole answer, against
// the switch's truth in every weather. The error says that it could not be played: what
// somebody does is not possible, with file and line.
func (s *Scenario) Try(o Options) (*Result, error) {
	if err := s.Err(); err != nil {
		return nil, err
	}
	if o.Engine == nil {
		o.Engine, o.OfOne = trial.Legwork, trial.LegworkOfOne
	}
	if o.Orders == 0 {
		o.Orders = usualOrders
	}
	x, err := pbx.NewExchange(s.company)
	if err != nil {
		return nil, fmt.Errorf("%s:%d: %w", s.File, s.Line, err)
	}
	t := &try{Options: o, s: s, x: x, res: &Result{Runs: map[string]int{}}}
	t.base, err = s.Case().Do(x)
	if err != nil {
		return nil, s.at(err)
	}
	return t.res, t.all()
}

// at gives an error of the script the file in which it stands.
func (s *Scenario) at(err error) error {
	var e *script.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("%s:%d: %w", s.File, s.Line, err)
	}
	return &Impossible{Scenario: s, Line: e.Step.Line, Err: e}
}

// Impossible is the error of a scenario in which somebody does what cannot be done.
type Impossible struct {
	Scenario *Scenario
	Line     int
	Err      *script.Error
}

// Error says what would be possible, in sentences.
func (e *Impossible) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: %s", e.Scenario.File, e.Line, e.Err.Err.Why)
	w := &world{directory: e.Scenario.dir, sc: e.Scenario}
	n := 0
	for _, m := range e.Err.Err.Legal {
		text, err := w.say(m)
		if err != nil {
			continue
		}
		switch n++; {
		case n == 1:
			b.WriteString("; possible would be: ")
		case n > 6:
			b.WriteString(", ...")
			return b.String()
		default:
			b.WriteString(", ")
		}
		b.WriteString(text)
	}
	return b.String()
}

func (e *Impossible) Unwrap() error { return e.Err }

// try is one scenario being tried.
type try struct {
	Options
	s    *Scenario
	x    *pbx.Exchange
	base *sim.Run
	// seen are the answers, as JSON, that were found right.
	seen [][]byte
	res  *Result
}

// all tries every weather. When the calm one fails the others say nothing new.
func (t *try) all() error {
	if err := t.calm(); err != nil {
		return err
	}
	if len(t.res.Failures) > 0 || t.s.Has("@calm") {
		return nil
	}
	for _, weather := range []func() error{t.orders, t.twice, t.blown, t.lost, t.restarts, t.knobs, t.extensions} {
		n := len(t.res.Failures)
		if err := weather(); err != nil {
			return err
		}
		if len(t.res.Failures) > n+1 { // one of a kind is enough to look at
			t.res.Failures = t.res.Failures[:n+1]
		}
	}
	return nil
}

// due reports whether a weather is to be tried, and counts it.
func (t *try) due(kind, name string) bool {
	if t.Weather != "" && t.Weather != kind && t.Weather != name {
		return false
	}
	t.res.Runs[kind]++
	return true
}

func (t *try) fail(weather string, line int, claim, of, why string) {
	t.res.Failures = append(t.res.Failures, &Failure{Scenario: t.s, Line: line, Claim: claim, Of: of, Weather: weather, Seed: t.Seed, Why: why})
}

// view is what statements look at.
func (t *try) view(run *sim.Run, calls []*call.Call) *View {
	v := newView(t.s.dir, calls)
	v.Sent = run.Events
	return v
}

// holds checks every statement of a view; told says whether those about the
// notifications are true of it too.
func (t *try) holds(v *View, weather, of string, told bool) {
	for _, c := range t.s.Claims {
		if c.s.told && !told || c.s.concluded && of == ofTruth {
			continue
		}
		if err := c.holds(v); err != nil && !t.failed(weather, c.Line) {
			t.fail(weather, c.Line, c.Text, of, err.Error())
		}
	}
}

// failed reports whether a statement was found wrong in a weather already: what is not
// true of the switch is not held against the engine.
func (t *try) failed(weather string, line int) bool {
	return slices.ContainsFunc(t.res.Failures, func(f *Failure) bool { return f.Weather == weather && f.Line == line })
}

const (
	ofTruth  = "the switch's own truth"
	ofAnswer = "the engine's answer"
)

func (t *try) calm() error {
	t.res.Runs["calm"]++
	t.holds(t.view(t.base, t.base.Truth), "calm", ofTruth, true)
	answer, err := t.Engine(t.base.Deliveries)
	if err != nil {
		return err
	}
	v := t.view(t.base, answer)
	v.own = func(p person) (*View, error) { return t.own(p) }
	if len(t.s.Lose) == 0 {
		t.holds(v, "calm", ofAnswer, true)
		t.seen = append(t.seen, inBytes(answer))
	}
	t.judge("calm", t.base.Truth, answer, len(t.s.Lose) == 0)
	return nil
}

// own is what follows from an extension's own notifications.
func (t *try) own(p person) (*View, error) {
	if p.ext == nil {
		return nil, fmt.Errorf("%s is outside: only an extension can be subscribed to", t.s.dir.spell(p))
	}
	answer, err := t.OfOne(ownOf(t.base.Deliveries, p.ext.ID))
	if err != nil {
		return nil, err
	}
	return t.view(t.base, answer), nil
}

func ownOf(ds []weather.Delivery, extension string) (out []weather.Delivery) {
	for i := range ds {
		if slices.ContainsFunc(ds[i].Event.Body.Parties, func(p wire.Party) bool { return p.ExtensionID == extension }) {
			out = append(out, ds[i])
		}
	}
	return out
}

// judge holds a whole answer against the truth.
func (t *try) judge(weather string, truth, answer []*call.Call, exact bool) {
	judge := oracle.Safe
	if exact {
		judge = oracle.Exact
	}
	for _, d := range judge(truth, answer) {
		t.fail(weather, t.s.Line, "", "", d.String())
		return
	}
}

func inBytes(calls []*call.Call) (b []byte) {
	for _, c := range calls {
		b = call.AppendJSON(b, c)
	}
	return b
}

// same tries deliveries that must lead to the same truth.
func (t *try) same(weather string, ds []weather.Delivery) error {
	answer, err := t.Engine(ds)
	if err != nil {
		return err
	}
	t.know(weather, answer)
	return nil
}

// know checks an answer, unless the same one was found right before.
func (t *try) know(weather string, answer []*call.Call) {
	b := inBytes(answer)
	if slices.ContainsFunc(t.seen, func(s []byte) bool { return bytes.Equal(s, b) }) {
		return
	}
	n := len(t.res.Failures)
	exact := len(t.s.Lose) == 0
	if exact {
		t.holds(t.view(t.base, answer), weather, ofAnswer, true)
	}
	if len(t.res.Failures) == n {
		t.judge(weather, t.base.Truth, answer, exact)
	}
	if len(t.res.Failures) == n {
		t.seen = append(t.seen, b)
	}
}

// arriving gives deliveries the times at which they arrive: one after another, when all
// was sent.
func (t *try) arriving(ds []weather.Delivery) []weather.Delivery {
	last := t.base.Deliveries[len(t.base.Deliveries)-1].At
	for i := range ds {
		ds[i].At = last + wire.Time(i+1)
	}
	return ds
}

// orders tries every order of few notifications, some of many.
func (t *try) orders() error {
	ds := slices.Clone(t.base.Deliveries)
	if len(ds) <= everyOrder {
		return t.everyOrder(ds, 0, new(int))
	}
	for n := range t.Orders {
		name := fmt.Sprintf("order-%d", n+1)
		if !t.due("order", name) {
			continue
		}
		r := rand.New(rand.NewPCG(t.Seed, uint64(n)))
		shuffled := slices.Clone(ds)
		if n%2 == 0 { // anything, and what overtakes a little
			r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		} else {
			overtake(r, shuffled)
		}
		if err := t.same(name, t.arriving(shuffled)); err != nil {
			return err
		}
	}
	return nil
}

// overtake moves every third delivery some places forward.
func overtake(r *rand.Rand, ds []weather.Delivery) {
	for i := range ds {
		if j := i - 1 - r.IntN(4); j >= 0 && r.IntN(3) == 0 {
			ds[i], ds[j] = ds[j], ds[i]
		}
	}
}

func (t *try) everyOrder(ds []weather.Delivery, from int, n *int) error {
	if from == len(ds) {
		*n++
		name := fmt.Sprintf("order-%d", *n)
		if !t.due("order", name) {
			return nil
		}
		return t.same(name, t.arriving(slices.Clone(ds)))
	}
	for i := from; i < len(ds); i++ {
		ds[from], ds[i] = ds[i], ds[from]
		if err := t.everyOrder(ds, from+1, n); err != nil {
			return err
		}
		ds[from], ds[i] = ds[i], ds[from]
	}
	return nil
}

// twice tries every notification twice: at once, at the end, and anywhere.
func (t *try) twice() error {
	base := t.base.Deliveries
	var atOnce, anywhere []weather.Delivery
	for i := range base {
		atOnce = append(atOnce, base[i], base[i])
	}
	atEnd := append(slices.Clone(base), base...)
	anywhere = slices.Clone(atEnd)
	r := rand.New(rand.NewPCG(t.Seed, 1<<32))
	r.Shuffle(len(anywhere), func(i, j int) { anywhere[i], anywhere[j] = anywhere[j], anywhere[i] })
	for i, ds := range [][]weather.Delivery{atOnce, atEnd, anywhere} {
		name := fmt.Sprintf("twice-%d", i+1)
		if t.due("twice", name) {
			if err := t.same(name, t.arriving(ds)); err != nil {
				return err
			}
		}
	}
	return nil
}

// blown tries two overlapping subscriptions, and notifications that are minutes late.
func (t *try) blown() error {
	late := weather.Usual()
	late.Late, late.Reorder, late.Duplicate, late.Retry = 0.2, 0.3, 0.1, 0.1
	for _, w := range []struct {
		name string
		weather.Weather
	}{{"overlap", weather.Weather{Overlap: 1}}, {"late", late}} {
		for n := range 3 {
			name := fmt.Sprintf("%s-%d", w.name, n+1)
			if !t.due(w.name, name) {
				continue
			}
			c := t.s.Case()
			c.Weather = w.Weather
			c.Seed = t.Seed + uint64(n)
			ds, err := c.Deliver(t.base.Events)
			if err == nil {
				err = t.same(name, ds)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// lost tries every single loss. The answer may say less, and nothing false.
func (t *try) lost() error {
	for i := range t.base.Deliveries {
		name := fmt.Sprintf("lost-%d", i+1)
		if !t.due("lost", name) {
			continue
		}
		answer, err := t.Engine(slices.Delete(slices.Clone(t.base.Deliveries), i, i+1))
		if err != nil {
			return err
		}
		t.judge(name, t.base.Truth, answer, false)
	}
	return nil
}

// restarts tries a receiver that restarts before each of the notifications.
func (t *try) restarts() error {
	for i := range t.base.Deliveries {
		name := fmt.Sprintf("restart-%d", i+1)
		if !t.due("restart", name) {
			continue
		}
		ds := slices.Clone(t.base.Deliveries)
		ds[i].Restart = true
		if err := t.same(name, ds); err != nil {
			return err
		}
	}
	return nil
}

// knobs tries every value of every knob of the dialect that the scenario does not set
// itself.
func (t *try) knobs() error {
	for k, knob := range dialect.Knobs() {
		if t.s.Dialect[k] != 0 {
			continue
		}
		for v := 1; v < len(knob.Values); v++ {
			name := "knob-" + knob.Name + "-" + knob.Values[v].Name
			if !t.due("knob", name) {
				continue
			}
			if err := t.knob(name, dialect.ID(k), uint8(v)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *try) knob(name string, k dialect.ID, v uint8) error {
	c := t.s.Case()
	c.Dialect[k] = v
	run, err := c.Do(t.x)
	var illegal *script.Error
	if errors.As(err, &illegal) {
		t.res.Skipped++
		return nil
	}
	if err != nil {
		return err
	}
	answer, err := t.Engine(run.Deliveries)
	if err != nil {
		return err
	}
	n := len(t.res.Failures)
	exact := len(t.s.Lose) == 0
	if exact {
		t.holdsAbout(run, run.Truth, name, ofTruth)
		if !numbersMissing(run.Events) {
			t.holdsAbout(run, answer, name, ofAnswer)
		}
	}
	if len(t.res.Failures) == n {
		t.judge(name, run.Truth, answer, exact)
	}
	return nil
}

// holdsAbout checks the statements about the call in another dialect.
func (t *try) holdsAbout(run *sim.Run, calls []*call.Call, name, of string) {
	v := t.view(run, calls)
	v.slack = knobSlack
	t.holds(v, name, of, false)
}

// numbersMissing: the switch used sequence numbers that nobody is notified about. An
// engine cannot tell them from notifications that were lost, and may say less.
func numbersMissing(events []wire.Event) bool {
	type seen struct{ last, count int64 }
	all := map[string]seen{}
	for i := range events {
		b := &events[i].Body
		s := all[b.TelephonySessionID]
		if s.count == 0 {
			s.count = min(1, b.Sequence-1) // the first is 1 or 2
		}
		all[b.TelephonySessionID] = seen{max(s.last, b.Sequence), s.count + 1}
	}
	for _, s := range all {
		if s.last > s.count {
			return true
		}
	}
	return false
}

// extensions tries what a subscription to each extension of the call brings: less, and
// nothing false follows from it.
func (t *try) extensions() error {
	for i := range t.s.company.Extensions {
		e := &t.s.company.Extensions[i]
		name := "extension-" + e.Number
		own := ownOf(t.base.Deliveries, e.ID)
		if len(own) == 0 || !t.due("extension", name) {
			continue
		}
		answer, err := t.OfOne(own)
		if err != nil {
			return err
		}
		t.judge(name, t.base.Truth, ownKnowledge(answer), false)
	}
	return nil
}

// ownKnowledge leaves out of an answer what an extension's own notifications cannot
// settle: who was at the other end and for how long, for they leave and hold without a
// word. The engine says so once for the whole call, by the finding partial-scope.
func ownKnowledge(answer []*call.Call) (out []*call.Call) {
	for _, c := range answer {
		own := *c
		own.AnsweredAt, own.Direction = 0, call.UnknownDirection
		own.Talks = slices.DeleteFunc(slices.Clone(c.Talks), func(k call.Talk) bool { return k.Inferred })
		own.Legs = slices.Clone(c.Legs)
		for i := range own.Legs {
			l := &own.Legs[i]
			l.TalkMs, l.HeldMs, l.WaitMs = 0, 0, 0
			l.States = slices.Clone(l.States)
			for j := range l.States {
				switch l.States[j].State {
				case call.StateConnected, call.StateHeld, call.StateParked:
					l.States[j].Uncertain = true
				}
			}
		}
		out = append(out, &own)
	}
	return out
}
