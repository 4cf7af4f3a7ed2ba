package recon

import (
	"slices"

	"github.com/legworkhq/legwork/recon/internal/session"
)

// past remembers the names of forgotten sessions, about the latest limit of them. It
// is a table of buckets of one cache line; a full bucket loses its oldest name.
type past struct {
	buckets [][bucket]uint64 // a power of two of them; nil until something was forgotten
	size    int
}

const bucket = 8

// remember makes room for limit names.
func (p *past) remember(limit int) {
	n := 1
	for n*bucket < limit {
		n *= 2
	}
	p.size = n
}

// name is a key as the table keeps it: never zero, which stands for an empty place.
func name(key session.Key) uint64 { return key.Hash() | 1 }

func (p *past) place(name uint64) *[bucket]uint64 {
	return &p.buckets[name>>8&uint64(p.size-1)]
}

func (p *past) has(key session.Key) bool {
	if p.buckets == nil {
		return false
	}
	n := name(key)
	return slices.Contains(p.place(n)[:], n)
}

// lost: the name may have been in the table, and made room for later ones.
func (p *past) lost(key session.Key) bool {
	return p.buckets != nil && p.place(name(key))[bucket-1] != 0
}

func (p *past) add(key session.Key) { p.push(name(key)) }

// push puts a name first in its bucket.
func (p *past) push(h uint64) {
	if p.buckets == nil {
		p.buckets = make([][bucket]uint64, p.size)
	}
	b := p.place(h)
	copy(b[1:], b[:bucket-1])
	b[0] = h
}

// list returns the remembered names, of each bucket the oldest first.
func (p *past) list() []uint64 {
	var out []uint64
	for i := range p.buckets {
		for j := bucket - 1; j >= 0; j-- {
			if h := p.buckets[i][j]; h != 0 {
				out = append(out, h)
			}
		}
	}
	return out
}
