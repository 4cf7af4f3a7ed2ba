package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/sim"
)

// Town makes calls of a company of 500 with the outside, seven seconds apart. Each
// outside number is in ten calls that are spread over the whole time, but fifty numbers
// share every two hundredth call; the company's own number is in every tenth.
type Town struct {
	Tenant  int64
	Calls   int
	samples []sample
}

const (
	company    = "+14155550100"
	extensions = 500
	busy       = 50
)

// NewTown makes the calls of a tenant, n of them.
func NewTown(t testing.TB, tenant int64, n int) *Town {
	out := &Town{Tenant: tenant, Calls: n}
	for _, name := range []string{"direct-inbound", "missed", "direct-outbound", "attended-transfer", "queue"} {
		out.samples = append(out.samples, newSample(store.Row(tenant, Graph(t, name, 0))))
	}
	return out
}

// Started is when call k began.
func (t *Town) Started(k int) call.Time { return call.Time(sim.Start) + call.Time(k)*7000 }

// sample of call k: of a hundred, 5 are transferred, 2 wait in a queue.
func (t *Town) sample(k int) *sample {
	switch k := mix(k) % 100; {
	case k < 20:
		return &t.samples[1]
	case k < 45:
		return &t.samples[2]
	case k < 50:
		return &t.samples[3]
	case k < 52:
		return &t.samples[4]
	}
	return &t.samples[0]
}

// mix is some number that follows from k, below 1<<24.
func mix(k int) int { return k * 2654435761 % (1 << 32) >> 8 }

func outside(i int) string { return fmt.Sprintf("+1404%07d", i) }

func busyNumber(i int) string { return fmt.Sprintf("+1646%07d", i%busy) }

func extension(i int) string { return fmt.Sprintf("62254%03d008", i%extensions) }

// outsider is the number of the outside in call k.
func (t *Town) outsider(k int) (i int, number string) {
	if k%200 == 7 {
		return k / 200 % busy, busyNumber(k / 200)
	}
	i = k * 7919 % max(1, t.Calls/10)
	return i, outside(i)
}

func session(k, i int) string {
	return fmt.Sprintf("s-a%012xz19caf%06xza8ac%d0000", (k*2654435761+i)%(1<<48), k%(1<<24), i)
}

// name is a first and a last one: 400 and 8,000 there are.
func name(i int) (first, last string) {
	i = mix(i)
	syllable := func(i int) string { return string("bdfghklmnprstvwzcjxy"[i%20]) + string("aeiou"[i%5]) }
	title := func(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
	return title(syllable(i) + syllable(i/20)), title(syllable(i/400) + syllable(i/20) + syllable(i/8000))
}

// Call makes call k.
func (t *Town) Call(k int) store.Call {
	i, number := t.outsider(k)
	ext := mix(k+2) % extensions
	did := fmt.Sprintf("+1415555%04d", 1000+ext)
	if k%10 == 0 {
		did = company
	}
	first, last := name(i)
	mine, ours := name(1_000_000 + ext)
	start := t.Started(k)
	v := values{number, number, did, first, last, mine, ours, extension(ext), session(k, 1), session(k, 2), fmt.Sprint(592851836008 + 32000*k), fmt.Sprint(592851868008 + 32000*k)}
	for m := range 3 {
		v = append(v, (start + call.Time(m*60_000)).String()[:17])
	}
	c := t.sample(k).with(v, start)
	if k >= t.Calls-20 {
		c.Status = call.Settling
	}
	if mix(k+1)%5000 == 0 {
		c.Summary.Findings = []call.FindingKind{call.MissingEvents}
		c.Keys = append(c.Keys, store.Key{Kind: store.KeyFinding, Value: string(call.MissingEvents)})
	}
	slices.SortFunc(c.Keys, func(a, b store.Key) int {
		return strings.Compare(string(a.Kind)+":"+a.Value, string(b.Kind)+":"+b.Value)
	})
	c.Keys = slices.Compact(c.Keys)
	return c
}

// values take the place of these in a sample.
type values []string

var replaced = values{"+14045550134", "+12125550188", "+14155550104", "Ruth", "Calloway", "Ann", "Lee", "62254104008",
	"s-a06e13517c35fz19caf103180za8ac20000", "s-a06e13517c35fz19caf108964za8ac40000", "592851836008", "592851868008",
	"2026-03-02T15:00:", "2026-03-02T15:01:", "2026-03-02T15:02:"}

// sample is a call whose parts can be replaced.
type sample struct {
	call  store.Call
	graph pattern
	keys  []pattern
}

func newSample(c store.Call) sample {
	s := sample{call: c, graph: newPattern(string(c.Graph))}
	for _, k := range c.Keys {
		value := k.Value
		for _, r := range replaced {
			if value == strings.ToLower(r) {
				value = r
			}
		}
		s.keys = append(s.keys, newPattern(value))
	}
	return s
}

func (s *sample) with(v values, start call.Time) store.Call {
	c := s.call
	c.ID = call.SessionID(v[8])
	c.Graph = s.graph.with(v)
	sum := &c.Summary
	shift := start - sum.StartedAt
	sum.StartedAt = start
	for _, at := range []*call.Time{&sum.AnsweredAt, &sum.EndedAt} {
		if *at != 0 {
			*at += shift
		}
	}
	sum.From, sum.To = v.person(sum.From), v.person(sum.To)
	sum.People = slices.Clone(sum.People)
	for i, p := range sum.People {
		sum.People[i] = v.person(p)
	}
	c.Keys = make([]store.Key, len(s.keys))
	for i := range s.keys {
		c.Keys[i] = store.Key{Kind: s.call.Keys[i].Kind, Value: strings.ToLower(string(s.keys[i].with(v)))}
	}
	return c
}

func (v values) person(p store.Person) store.Person {
	first, last, _ := strings.Cut(p.Name, " ")
	p.Name = strings.TrimSpace(v.of(first) + " " + v.of(last))
	p.Number, p.ExtensionID = v.of(p.Number), v.of(p.ExtensionID)
	return p
}

func (v values) of(s string) string {
	if i := slices.Index(replaced, s); i >= 0 {
		return v[i]
	}
	return s
}

// pattern is what stands between values, and the numbers of those.
type pattern struct {
	between []string
	values  []int
}

func newPattern(s string) (t pattern) {
	for {
		at, which := len(s), -1
		for i, r := range replaced {
			if p := strings.Index(s, r); p >= 0 && p < at {
				at, which = p, i
			}
		}
		t.between = append(t.between, s[:at])
		if which < 0 {
			return t
		}
		t.values = append(t.values, which)
		s = s[at+len(replaced[which]):]
	}
}

func (t *pattern) with(v values) []byte {
	out := make([]byte, 0, 4096)
	for i, s := range t.between {
		out = append(out, s...)
		if i < len(t.values) {
			out = append(out, v[t.values[i]]...)
		}
	}
	return slices.Clip(out)
}
