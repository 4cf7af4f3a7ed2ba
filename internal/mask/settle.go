package mask

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// attempts at finding replacements under which events that contradict one another
// stay in their order.
const attempts = 500

// settle draws all replacements that do not depend on the value alone, and proves the
// law on the capture itself.
func (m *Masker) settle(s *Survey) error {
	m.phones, m.names = m.drawn(s.phones, m.key.draw, "phone"), m.drawn(s.names, m.key.nameFor, "name")
	m.legacies = m.legacy(s)
	m.orderUUIDs(s.twins)
	events := s.events
	for range attempts {
		m.cache = map[kindText]string{}
		m.orderSessions(s.sessions)
		if s.dropped {
			return nil
		}
		wrong, calls, err := m.compare(s.opt, events)
		s.calls = max(s.calls, calls)
		if err != nil || len(wrong) == 0 {
			return err
		}
		if !m.retry(wrong, s.doubtful) {
			return ErrDiffers
		}
		events = slices.DeleteFunc(slices.Clone(events), func(ev wire.Event) bool { return !wrong[ev.Body.TelephonySessionID] })
	}
	return ErrDiffers
}

// retry gives other ids to the sessions of calls that came out wrong, as far as two of
// their events say different things: which of them counts depends on a digest of all
// that they say.
func (m *Masker) retry(wrong, doubtful map[string]bool) bool {
	any := false
	for id := range wrong {
		if doubtful[id] {
			m.again[tailOf(id)]++
			any = true
		}
	}
	return any
}

// Compared reports whether the calls before and after were compared.
func (s *Survey) Compared() bool { return !s.dropped }

// compare builds the calls of the capture and of its masked text, and returns the
// sessions of those that differ.
func (m *Masker) compare(opt Options, events []wire.Event) (wrong map[string]bool, calls int, err error) {
	var cfg recon.Config
	if opt.Extension {
		cfg.Scope = recon.ScopeExtension
	}
	before, err := recon.Build(cfg, events)
	if err != nil {
		return nil, 0, err
	}
	masked := make([]wire.Event, len(events))
	var text []byte
	for i := range events {
		ev, err := wire.Decode(wire.Encode(&events[i])) // a copy
		if err != nil {
			return nil, 0, err
		}
		if err := m.Event(&ev); err != nil {
			return nil, 0, err
		}
		text = wire.Append(text[:0], &ev)
		if masked[i], err = wire.Decode(text); err != nil {
			return nil, 0, err
		}
	}
	built, err := recon.Build(cfg, masked)
	if err != nil {
		return nil, 0, err
	}
	after := map[call.SessionID]*call.Call{}
	for _, c := range built {
		after[c.ID] = c
	}
	wrong = map[string]bool{}
	for _, c := range before {
		ids := make([]string, len(c.Sessions))
		for i := range c.Sessions {
			ids[i] = string(c.Sessions[i].ID)
		}
		m.Call(c)
		other := after[c.ID]
		if other == nil || len(built) != len(before) || !bytes.Equal(call.AppendJSON(nil, c), call.AppendJSON(nil, other)) {
			for _, id := range ids {
				wrong[id] = true
			}
		}
	}
	return wrong, len(before), nil
}

// drawn draws a replacement for each of a set of values, again where it is another's or
// stands in the capture itself. The order in which values are drawn depends on the key,
// not on the capture.
func (m *Masker) drawn(values map[string]bool, draw func(string, int) string, purpose string) map[string]string {
	order := slices.Collect(maps.Keys(values))
	slices.SortFunc(order, func(a, b string) int {
		return cmp.Or(cmp.Compare(m.key.number("order "+purpose, a), m.key.number("order "+purpose, b)), cmp.Compare(a, b))
	})
	out, taken := make(map[string]string, len(order)), make(map[string]bool, len(order))
	for _, v := range order {
		attempt := 0
		text := draw(v, attempt)
		for ; taken[text] || values[text]; attempt++ {
			text = draw(v, attempt+1)
		}
		if attempt > 0 {
			m.redrawn++
		}
		out[v], taken[text] = text, true
	}
	return out
}

// mirrorStep is by how much the legacy ids of a RingOut and of the session that mirrors
// it differ, up to mirrorSteps times. [relied on]
const (
	mirrorStep  = 1000
	mirrorSteps = 4
)

// legacy replaces legacy session ids: each on its own, but for those so little above a
// RingOut's that they may be its mirror's. These stay as much above.
func (m *Masker) legacy(s *Survey) map[string]string {
	out, owner := map[string]string{}, map[string]string{}
	for _, id := range slices.Sorted(maps.Keys(s.legacy)) { // anchors come before what hangs on them, but at a power of ten
		base, above := anchor(id, s.ringouts)
		for n := 0; ; n++ {
			text := m.podded("legacy"+strings.Repeat("+", n), base)
			if above > 0 {
				text = plus(text, above)
			}
			if was, taken := owner[text]; !taken || was == id {
				out[id], owner[text] = text, id
				break
			}
		}
	}
	return out
}

// anchor finds the lowest RingOut that a legacy id is a few steps above, step by step.
func anchor(id string, ringouts map[string]bool) (base string, above int64) {
	base = id
	for {
		next := ""
		for k := int64(mirrorSteps); k > 0 && next == ""; k-- {
			if low := plus(base, -k*mirrorStep); ringouts[low] {
				next, above = low, above+k*mirrorStep
			}
		}
		if next == "" {
			return base, above
		}
		base = next
	}
}

func plus(id string, n int64) string {
	v, err := strconv.ParseInt(id, 10, 64)
	if err != nil || id[0] == '0' {
		return id
	}
	return strconv.FormatInt(v+n, 10)
}

// orderUUIDs lets the smallest uuid of one observation's deliveries be the smallest:
// the engine names that one.
func (m *Masker) orderUUIDs(twins [][2]string) {
	m.uuids = map[string]string{}
	groups := unite(twins)
	for _, group := range groups {
		slices.SortFunc(group, uuidOrder)
		images := make([]string, len(group))
		for i, s := range group {
			if images[i] = s; s != "" {
				images[i] = m.uuid(s)
			}
		}
		slices.SortFunc(images, uuidOrder)
		for i, s := range group {
			if s != "" {
				m.uuids[s] = images[i]
			}
		}
	}
}

// uuidOrder is the engine's: numbers before texts, small before great, short before long.
func uuidOrder(a, b string) int {
	x, xok := uuidNumber(a)
	y, yok := uuidNumber(b)
	switch {
	case xok && yok:
		return cmp.Compare(x, y)
	case xok:
		return -1
	case yok:
		return 1
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// unite lists the groups that pairs make.
func unite(pairs [][2]string) [][]string {
	parent := map[string]string{}
	var find func(string) string
	find = func(s string) string {
		p, ok := parent[s]
		if !ok || p == s {
			parent[s] = s
			return s
		}
		root := find(p)
		parent[s] = root
		return root
	}
	for _, p := range pairs {
		parent[find(p[0])] = find(p[1])
	}
	groups := map[string][]string{}
	for s := range parent {
		groups[find(s)] = append(groups[find(s)], s)
	}
	return slices.Collect(maps.Values(groups))
}

// orderSessions lets sessions that began at the same instant keep the order of their
// ids: there it says which came first.
func (m *Masker) orderSessions(starts map[string]wire.Time) {
	m.sessions, m.tails = map[string]string{}, map[string]string{}
	type moment struct {
		grammar wire.Grammar
		start   wire.Time
	}
	groups := map[moment][]string{}
	for id, start := range starts {
		at := moment{wire.ParseID(id).Grammar, start}
		groups[at] = append(groups[at], id)
	}
	for _, group := range groups {
		if len(group) < 2 {
			continue
		}
		slices.Sort(group)
		images := make([]string, len(group))
		for i, id := range group {
			images[i] = m.plainSession(id)
		}
		slices.Sort(images)
		for i, id := range group {
			m.sessions[id], m.tails[tailOf(id)] = images[i], tailOf(images[i])
		}
	}
}
