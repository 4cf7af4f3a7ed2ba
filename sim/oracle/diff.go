package oracle

import (
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
)

// Diff shows the true calls and an answer line by line: lines of the truth alone begin
// with "-", of the answer alone with "+", and two lines around a difference are shown.
// It is empty when Exact finds nothing.
func Diff(truth, answer []*call.Call) string {
	a, b := lines(truth), lines(answer)
	var out strings.Builder
	script := edits(a, b)
	last := -1
	for i, e := range script {
		near := false
		for j := max(0, i-2); j <= min(len(script)-1, i+2); j++ {
			near = near || script[j].sign != ' '
		}
		if !near {
			continue
		}
		if last >= 0 && last < i-1 {
			out.WriteString("  ...\n")
		}
		last = i
		out.WriteByte(e.sign)
		out.WriteByte(' ')
		out.WriteString(e.line)
		out.WriteByte('\n')
	}
	return out.String()
}

func lines(calls []*call.Call) []string {
	var out []string
	for _, c := range calls {
		text := string(call.AppendText(nil, Canonical(c)))
		out = append(out, strings.Split(strings.TrimRight(text, "\n"), "\n")...)
	}
	return out
}

type edit struct {
	sign byte
	line string
}

// edits is the shortest way from a to b, by the longest common subsequence.
func edits(a, b []string) []edit {
	common := make([][]int32, len(a)+1)
	for i := range common {
		common[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var out []edit
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			out = append(out, edit{' ', a[i]})
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			out = append(out, edit{'-', a[i]})
			i++
		default:
			out = append(out, edit{'+', b[j]})
			j++
		}
	}
	for _, l := range a[i:] {
		out = append(out, edit{'-', l})
	}
	for _, l := range b[j:] {
		out = append(out, edit{'+', l})
	}
	return slices.Clip(out)
}
