package org

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// sorted draws n evenly distributed 64-bit numbers in rising order, one at a time, in
// memory that does not depend on n. Of the numbers in a span, how many fall in its lower
// half is binomial: so it tosses a coin for each, and goes on with the lower half. Few
// numbers are drawn and sorted.
type sorted struct {
	r     *rand.Rand
	spans []span // still to come, the next one last
	few   []uint64
}

// span is the 2^width numbers from low, of which n are to be drawn.
type span struct {
	low      uint64
	width, n int
}

const fewAre = 32

func newSorted(r *rand.Rand, n int) *sorted {
	s := &sorted{r: r, spans: make([]span, 0, 65), few: make([]uint64, 0, fewAre)}
	s.spans = append(s.spans, span{width: 64, n: n})
	return s
}

func (s *sorted) next() (uint64, bool) {
	for len(s.few) == 0 {
		if len(s.spans) == 0 {
			return 0, false
		}
		last := s.spans[len(s.spans)-1]
		s.spans = s.spans[:len(s.spans)-1]
		s.open(last)
	}
	last := s.few[len(s.few)-1]
	s.few = s.few[:len(s.few)-1]
	return last, true
}

// open draws the numbers of a span or halves it.
func (s *sorted) open(p span) {
	if p.n > fewAre {
		lower := coins(s.r, p.n)
		p.width--
		s.spans = append(s.spans, span{p.low + 1<<p.width, p.width, p.n - lower}, span{p.low, p.width, lower})
		return
	}
	for range p.n {
		s.few = append(s.few, p.low+s.r.Uint64()&(1<<p.width-1))
	}
	slices.SortFunc(s.few, func(a, b uint64) int { return cmp.Compare(b, a) })
}
