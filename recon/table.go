package recon

import "github.com/legworkhq/legwork/recon/internal/session"

// table finds sessions by key. It is an open-addressed hash table: a look-up touches
// one cache line of it and then the session itself, which with a hundred thousand
// sessions open is half of what the built-in map costs.
type table struct {
	slots []slot // a power of two of them, at most half of them taken
	len   int
}

type slot struct {
	hash   uint64
	member *member
}

const leastSlots = 16

// home is where a hash would like to stand.
func (t *table) home(hash uint64) int { return int(hash>>16) & (len(t.slots) - 1) }

func (t *table) next(i int) int { return (i + 1) & (len(t.slots) - 1) }

func (t *table) get(key session.Key) *member {
	if t.len == 0 {
		return nil
	}
	h := key.Hash()
	for i := t.home(h); ; i = t.next(i) {
		switch s := &t.slots[i]; {
		case s.member == nil:
			return nil
		case s.hash == h && s.member.key == key:
			return s.member
		}
	}
}

// put adds a session that is not in the table.
func (t *table) put(m *member) {
	if 2*(t.len+1) > len(t.slots) {
		t.grow()
	}
	t.len++
	t.place(slot{m.key.Hash(), m})
}

func (t *table) place(s slot) {
	i := t.home(s.hash)
	for t.slots[i].member != nil {
		i = t.next(i)
	}
	t.slots[i] = s
}

func (t *table) grow() {
	old := t.slots
	t.slots = make([]slot, max(2*len(old), leastSlots))
	for _, s := range old {
		if s.member != nil {
			t.place(s)
		}
	}
}

// remove takes a session out, and moves those up that stood behind it because of it.
func (t *table) remove(m *member) {
	gap := t.home(m.key.Hash())
	for t.slots[gap].member != m {
		gap = t.next(gap)
	}
	t.len--
	for i := t.next(gap); t.slots[i].member != nil; i = t.next(i) {
		home := t.home(t.slots[i].hash)
		if (i-home)&(len(t.slots)-1) >= (i-gap)&(len(t.slots)-1) {
			t.slots[gap] = t.slots[i]
			gap = i
		}
	}
	t.slots[gap] = slot{}
}

// each calls f with every session, in no order that means anything.
func (t *table) each(f func(*member)) {
	for i := range t.slots {
		if m := t.slots[i].member; m != nil {
			f(m)
		}
	}
}
