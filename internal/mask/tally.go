package mask

import (
	"cmp"
	"fmt"
	"io"
	"slices"
)

// Tally counts what was replaced and what was kept.
type Tally struct {
	replaced, kept map[string]*amount
}

// amount of values of one sort.
type amount struct {
	distinct map[string]struct{}
	times    int
}

// Tally makes the masker count from now on.
func (m *Masker) Tally() *Tally {
	m.tally = &Tally{map[string]*amount{}, map[string]*amount{}}
	return m.tally
}

// count notes a value and what stands for it.
func (t *Tally) count(k kind, was, is string) {
	if t == nil || k == kindWord || k == kindStamp {
		return
	}
	if was == is {
		note(t.kept, sortKept(k, was), was)
		return
	}
	note(t.replaced, sortOf(k, was), was)
}

func note(in map[string]*amount, sort, value string) {
	a := in[sort]
	if a == nil {
		a = &amount{distinct: map[string]struct{}{}}
		in[sort] = a
	}
	a.distinct[value] = struct{}{}
	a.times++
}

// sorts are what values are called, in the order of the report.
var sorts = []string{"telephone numbers", "extension numbers", "names", "telephony session ids", "party ids", "legacy session ids",
	"account, extension, device and recording ids", "notification ids", "servers", "resources", "other ids", "free texts",
	"dial codes and park locations", "words such as anonymous", "session id 0 of conferences", "short values"}

func sortOf(k kind, s string) string {
	switch k {
	case kindNumber, kindPark, kindName:
		switch sh := shapeOf(s); {
		case sh == shapeShort || sh == shapeStarred:
			return sorts[1]
		case sh == shapePhone || sh == shapeCoded:
			return sorts[0]
		}
		return sorts[2]
	case kindSession:
		return sorts[3]
	case kindParty:
		return sorts[4]
	case kindLegacy:
		return sorts[5]
	case kindID:
		return sorts[6]
	case kindUUID:
		return sorts[7]
	case kindServer:
		return sorts[8]
	case kindResource:
		return sorts[9]
	case kindProse:
		return sorts[11]
	}
	return sorts[10]
}

func sortKept(k kind, s string) string {
	switch {
	case k == kindLegacy && s == "0":
		return sorts[14]
	case isWord(s):
		return sorts[13]
	case k == kindNumber || k == kindPark || k == kindName:
		return sorts[12]
	}
	return sorts[15]
}

// Write prints the tally, a line a sort.
func (t *Tally) Write(w io.Writer) {
	for _, part := range []struct {
		title string
		of    map[string]*amount
	}{{"replaced", t.replaced}, {"kept", t.kept}} {
		names := make([]string, 0, len(part.of))
		for name := range part.of {
			names = append(names, name)
		}
		slices.SortFunc(names, func(a, b string) int { return cmp.Compare(slices.Index(sorts, a), slices.Index(sorts, b)) })
		for _, name := range names {
			fmt.Fprintf(w, "%-9s %s: %d, %d times\n", part.title, name, len(part.of[name].distinct), part.of[name].times)
		}
	}
}
