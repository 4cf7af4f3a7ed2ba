package recon

import (
	"slices"

	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// numbered finds sessions by legacy id. The id is only a hint: it is consulted to
// find the session that mirrors a RingOut, and never identifies anything, so any
// number of sessions may carry the same.
type numbered map[int64]*mark

// mark is one session's place in the list of those that carry one legacy id.
type mark struct {
	member     *member
	key        int64
	prev, next *mark
}

func (n numbered) add(k *mark) {
	if k.next = n[k.key]; k.next != nil {
		k.next.prev = k
	}
	n[k.key] = k
}

func (n numbered) remove(k *mark) {
	if k.next != nil {
		k.next.prev = k.prev
	}
	switch {
	case k.prev != nil:
		k.prev.next = k.next
	case k.next != nil:
		n[k.key] = k.next
	default:
		delete(n, k.key)
	}
}

func (n numbered) each(key int64, f func(*member)) {
	for k := n[key]; k != nil; k = k.next {
		f(k.member)
	}
}

// marked reports whether the session is already found by an id.
func (m *member) marked(key int64) bool {
	return m.mark.key == key || slices.ContainsFunc(m.marks, func(k *mark) bool { return k.key == key })
}

// note lets a session be found by a legacy id that it is seen with. Nobody looks for
// one before the first RingOut: then all that the engine holds are noted.
func (e *Engine) note(m *member, origin, legacy string) {
	if !e.numbering {
		e.numbering = true
		e.members.each(func(n *member) {
			n.Faces(func(origin, legacy string) { e.note(n, origin, legacy) })
		})
	}
	key, ok := session.Legacy(legacy)
	if ok && !m.marked(key) {
		k := &m.mark
		if k.key != 0 {
			k = new(mark)
			m.marks = append(m.marks, k)
		}
		k.member, k.key = m, key
		e.legacy.add(k)
	}
	if !m.ringout && origin == string(wire.OriginRingOut) {
		m.ringout = true
		e.ringouts++
	}
}

// mirror joins a RingOut and the session that mirrors it, whichever came first.
func (e *Engine) mirror(m *member, legacy string) {
	key, ok := session.Legacy(legacy)
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
	if m.mark.key != 0 {
		e.legacy.remove(&m.mark)
	}
	for _, k := range m.marks {
		e.legacy.remove(k)
	}
	if m.ringout {
		e.ringouts--
	}
}
