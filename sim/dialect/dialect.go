// Package dialect names every behaviour of RingCentral that no documentation settles:
// what a switch may do, which evidence there is for each way, and which way a
// simulated switch takes.
//
// A knob is a question, its values are the possible answers. The first value is the
// best evidenced one, so that the zero Dialect is the switch as far as it is known.
// What an engine concludes must not depend on any of them.
package dialect

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Mark says how well a value is known, as in docs/evidence.md.
type Mark string

const (
	Observed   Mark = "observed"   // seen in a real payload
	Documented Mark = "documented" // stated by RingCentral's documentation or API specification
	ReliedOn   Mark = "relied on"  // relied on by code that runs against the live platform
	Assumed    Mark = "assumed"    // inferred
)

// Value is one answer to a knob's question.
type Value struct {
	Name   string // as in a dialect file
	Mark   Mark
	Source string // where the evidence is, or why it is possible
}

// Knob is one question.
type Knob struct {
	Name     string // as in a dialect file
	Facility string // what it concerns
	Question string
	Values   []Value // the first is the default
}

// Dialect is one way of answering every question. The zero Dialect answers each with
// its best evidenced value.
type Dialect [count]uint8

// Knobs lists every knob in the order of the constants.
func Knobs() []Knob { return slices.Clone(knobs[:]) }

// Value returns the value that the dialect has for a knob.
func (d *Dialect) Value(k ID) Value { return knobs[k].Values[d[k]] }

// Is reports whether the dialect has the n-th value of a knob. The constants of this
// package name the values.
func (d *Dialect) Is(k ID, n uint8) bool { return d[k] == n }

// Set gives a knob a value by name. The error names what would be legal.
func (d *Dialect) Set(knob, value string) error {
	k := slices.IndexFunc(knobs[:], func(k Knob) bool { return k.Name == knob })
	if k < 0 {
		return fmt.Errorf("unknown knob %q; the knobs are %s", knob, names(knobs[:], func(k Knob) string { return k.Name }))
	}
	v := slices.IndexFunc(knobs[k].Values, func(v Value) bool { return v.Name == value })
	if v < 0 {
		return fmt.Errorf("knob %s has no value %q; its values are %s", knob, value, names(knobs[k].Values, func(v Value) string { return v.Name }))
	}
	d[k] = uint8(v)
	return nil
}

func names[T any](all []T, name func(T) string) string {
	out := make([]string, len(all))
	for i, a := range all {
		out[i] = name(a)
	}
	return strings.Join(out, ", ")
}

// Draw turns every knob to any of its values.
func Draw(r *rand.Rand) Dialect {
	var d Dialect
	for k := range d {
		d[k] = uint8(r.IntN(len(knobs[k].Values)))
	}
	return d
}

// String lists the knobs that are not at their default, as a dialect file has them:
// "knob value" lines. The zero Dialect is "".
func (d Dialect) String() string {
	var b strings.Builder
	for k := range d {
		if d[k] != 0 {
			fmt.Fprintf(&b, "%s %s\n", knobs[k].Name, knobs[k].Values[d[k]].Name)
		}
	}
	return b.String()
}

// Parse reads a dialect file: lines of a knob and its value; what follows # is a
// comment. Knobs that it does not name keep their default. The error names the line.
func Parse(text string) (Dialect, error) {
	var d Dialect
	seen := map[string]int{}
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if len(words) != 2 {
			return Dialect{}, fmt.Errorf("line %d: want a knob and its value, got %q", i+1, strings.TrimSpace(line))
		}
		if first := seen[words[0]]; first != 0 {
			return Dialect{}, fmt.Errorf("line %d: knob %s was set on line %d already", i+1, words[0], first)
		}
		seen[words[0]] = i + 1
		if err := d.Set(words[0], words[1]); err != nil {
			return Dialect{}, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return d, nil
}
