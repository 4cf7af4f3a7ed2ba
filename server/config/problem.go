package config

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Problem is one thing that is wrong, and where: "legwork.yaml:12", "LEGWORK_LISTEN" or
// "--listen".
type Problem struct{ Where, Text string }

func (p Problem) String() string {
	if p.Where == "" {
		return p.Text
	}
	return p.Where + ": " + p.Text
}

// Problems is the error of Load: everything that is wrong.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].String()
	}
	return strings.Join(lines, "\n")
}

// sorted puts what is in the file first, in order of its lines.
func sorted(list []Problem) {
	slices.SortStableFunc(list, func(a, b Problem) int { return cmp.Compare(a.lineNumber(), b.lineNumber()) })
}

func (p Problem) lineNumber() int {
	if n, err := strconv.Atoi(p.Where[strings.LastIndexByte(p.Where, ':')+1:]); err == nil {
		return n
	}
	return math.MaxInt
}

// line is a place in a file.
func line(file string, n int) string { return fmt.Sprintf("%s:%d", file, n) }

// nearest adds the name that was probably meant.
func nearest(name string, names []string) string {
	best, least := "", 3
	for _, n := range names {
		if d := distance(strings.ToLower(name), strings.ToLower(n)); d < least {
			best, least = n, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// distance is how many letters must be added, removed or replaced.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := before
			if a[i] != b[j] {
				replace++
			}
			before = row[j+1]
			row[j+1] = min(replace, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
