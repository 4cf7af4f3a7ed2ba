package observed

import (
	"fmt"
	"slices"
	"strings"
)

// Facts says what a receiver is judged on: nothing but what it declares, which it then
// must say, or, for the zero Facts, whatever it says.
type Facts struct{ declared []string }

// FactNames lists every fact that can be declared. A name stands for everything that
// begins with it and a dot.
func FactNames() []string {
	out := []string{"sessions", "direction", "answered", "outcome", "ended", "startedAt", "answeredAt", "endedAt", "talkMs", "holdMs",
		"answeredBy", "endedBy", "participants", "talkers", "onTheLine",
		"legs", "legs.person", "legs.answered", "legs.result", "legs.ringMs", "legs.talkMs", "legs.holdMs", "legs.heldMs", "links"}
	for _, k := range Kinds() {
		out = append(out, "links."+k)
	}
	return append(out, "talks")
}

// ParseFacts reads the names of facts. The error names the first that is none.
func ParseFacts(names []string) (Facts, error) {
	for _, n := range names {
		if !slices.Contains(FactNames(), n) {
			return Facts{}, fmt.Errorf("there is no fact %q", n)
		}
	}
	return Facts{names}, nil
}

// Declared lists the declared facts, nil for whatever is said.
func (f Facts) Declared() []string { return f.declared }

// judges: the fact is compared if it is said.
func (f Facts) judges(fact string) bool {
	return len(f.declared) == 0 || f.asks(fact) || f.within(fact)
}

// asks: the fact is declared, and must be said.
func (f Facts) asks(fact string) bool {
	return slices.ContainsFunc(f.declared, func(d string) bool {
		// links.transfer covers links.transfer.attended, but legs alone asks for no
		// field of theirs.
		return d == fact || strings.HasPrefix(fact, d+".") && strings.HasPrefix(d, "links")
	})
}

// within: one of the fact's own is declared, or what it is part of.
func (f Facts) within(fact string) bool {
	return slices.ContainsFunc(f.declared, func(d string) bool {
		return strings.HasPrefix(d, fact+".") || strings.HasPrefix(fact, d+".")
	})
}
