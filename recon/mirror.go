package recon

import (
	"slices"

	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// numbered finds sessions by legacy id. The id is only a hint: it is consulted to
// find the session that mirrors a RingOut, and never identifies anything.
type numbered struct {
	one  map[int64]*member
	more map[int64][]*member // of ids that several sessions carry
}

func (n *numbered) add(key int64, m *member) {
	if n.one == nil {
		n.one, n.more = make(map[int64]*member), make(map[int64][]*member)
	}
	if n.one[key] == nil {
		n.one[key] = m
	} else {
		n.more[key] = append(n.more[key], m)
	}
}

func (n *numbered) remove(key int64, m *member) {
	if n.one[key] == m {
		delete(n.one, key)
		if rest := n.more[key]; len(rest) > 0 {
			n.one[key] = rest[0]
			n.more[key] = rest[1:]
		}
	} else {
		n.more[key] = slices.DeleteFunc(n.more[key], func(o *member) bool { return o == m })
	}
	if len(n.more[key]) == 0 {
		delete(n.more, key)
	}
}

func (n *numbered) each(key int64, f func(*member)) {
	if m := n.one[key]; m != nil {
		f(m)
		for _, m := range n.more[key] {
			f(m)
		}
	}
}

// note lets a session be found by the legacy id of an observation.
func (e *Engine) note(m *member, o *session.Observation) {
	key, ok := session.Legacy(o.LegacyID)
	if ok && !slices.Contains(m.legacy, key) {
		m.legacy = append(m.legacy, key)
		e.legacy.add(key, m)
	}
	if !m.ringout && o.Origin == string(wire.OriginRingOut) {
		m.ringout = true
		e.ringouts++
	}
}

// mirror joins a RingOut and the session that mirrors it, whichever came first.
func (e *Engine) mirror(m *member, o *session.Observation) {
	key, ok := session.Legacy(o.LegacyID)
	if !ok {
		return
	}
	for step := int64(1); step <= session.MirrorSteps; step++ {
		e.legacy.each(key+step*session.LegacyStep, func(n *member) { e.mirrors(m, n) })
		e.legacy.each(key-step*session.LegacyStep, func(n *member) { e.mirrors(n, m) })
	}
}

func (e *Engine) mirrors(ringout, m *member) {
	if ringout.ringout && ringout.group != m.group && session.Mirrors(&ringout.Set, &m.Set) {
		e.merge(ringout.group, m.group)
	}
}

func (e *Engine) unnote(m *member) {
	for _, key := range m.legacy {
		e.legacy.remove(key, m)
	}
	if m.ringout {
		e.ringouts--
	}
}
