package run

import (
	"fmt"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/near"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
)

// ParseBaseline reads the ids of cases that are known to fail, one a line; what follows a
// # is a comment. ids are all there are. The error names the line.
func ParseBaseline(file, text string, ids []string) (map[string]bool, error) {
	out := map[string]bool{}
	for n, line := range strings.Split(text, "\n") {
		id, _, _ := strings.Cut(line, "#")
		if id = strings.TrimSpace(id); id == "" {
			continue
		}
		if !slices.Contains(ids, id) {
			return nil, fmt.Errorf("%s:%d: there is no case %q%s", file, n+1, id, near.Hint(id, ids))
		}
		out[id] = true
	}
	return out, nil
}

// Healed lists the known failures that every receiver passes now.
func Healed(r result.Report, known map[string]bool) (out []string) {
	for i, c := range r.Cases {
		passed := known[c.ID] && len(r.Receivers) > 0
		for _, rec := range r.Receivers {
			passed = passed && rec.Results[i].Class == result.Pass
		}
		if passed {
			out = append(out, c.ID)
		}
	}
	return out
}

// Sum is how a run went as a whole.
type Sum struct {
	Classes              map[result.Class]int
	Known                int // failures of the baseline
	Failed, Inconclusive int // besides those
}

// Add sums up the results of a report.
func Add(r result.Report) Sum {
	s := Sum{Classes: map[result.Class]int{}}
	for _, rec := range r.Receivers {
		for _, x := range rec.Results {
			s.Classes[x.Class]++
			switch {
			case x.Class == result.Inconclusive:
				s.Inconclusive++
			case x.Known:
				s.Known++
			case x.Class == result.Fail:
				s.Failed++
			}
		}
	}
	return s
}
