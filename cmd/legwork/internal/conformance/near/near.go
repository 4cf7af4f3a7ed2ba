// Package near finds the word that somebody meant.
package near

import (
	"cmp"
	"slices"
	"strings"
)

// Word is the word of a list that is nearest to one that is in none, "" when none is
// near.
func Word(said string, list []string) string {
	words := Words(said, list, 1)
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

// Words lists up to most words that are near, the nearest first: by letters to change,
// and before those by what they begin with or contain.
func Words(said string, list []string, most int) []string {
	type scored struct {
		word string
		far  int
	}
	var all []scored
	low := strings.ToLower(said)
	for _, w := range list {
		far := distance(low, strings.ToLower(w))
		if len(low) >= 3 && strings.Contains(strings.ToLower(w), low) {
			far = min(far, 2)
		}
		if far <= max(2, len(said)/3) {
			all = append(all, scored{w, far})
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(a.far, b.far) })
	var out []string
	for _, s := range all {
		if len(out) < most {
			out = append(out, s.word)
		}
	}
	return out
}

// Hint is "; did you mean x?", "" when no word is near.
func Hint(said string, list []string) string {
	if w := Word(said, list); w != "" {
		return "; did you mean " + w + "?"
	}
	return ""
}

// distance is the number of letters to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
