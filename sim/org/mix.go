package org

import (
	"math/rand/v2"
	"sort"
)

// Mix says how often each facility occurs among the calls. The zero Mix has none, which
// NewDay refuses.
type Mix struct {
	Weights []Weight
}

// Weight is a facility's share of the calls, in proportion to the sum of all weights.
type Weight struct {
	Facility string
	Weight   int // 0 to MaxWeight
}

// MaxWeight bounds a Weight.
const MaxWeight = 1_000_000

func (m Mix) validate() error {
	for _, w := range m.Weights {
		if w.Weight < 0 || w.Weight > MaxWeight {
			return &ConfigError{"Mix", "has a weight outside 0 to 1000000 for " + w.Facility}
		}
	}
	if !m.some() {
		return &ConfigError{"Mix", "has no weight above zero"}
	}
	return nil
}

func (m Mix) some() bool {
	for _, w := range m.Weights {
		if w.Weight > 0 {
			return true
		}
	}
	return false
}

// kinds draws facilities.
type kinds struct {
	names []string
	upTo  []int // the sum of the weights of a name and those before it
}

func newKinds(m Mix) *kinds {
	k, sum := new(kinds), 0
	for _, w := range m.Weights {
		sum += w.Weight
		k.names, k.upTo = append(k.names, w.Facility), append(k.upTo, sum)
	}
	return k
}

func (k *kinds) draw(r *rand.Rand) string {
	n := below(r, k.upTo[len(k.upTo)-1])
	return k.names[sort.SearchInts(k.upTo, n+1)]
}
