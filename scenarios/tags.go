package scenarios

import (
	"slices"
	"strings"
)

// Tagged reports whether tags satisfy an expression as godog has it: "&&" and "," (or)
// between tags, "~" for not; "@" may be left out. The empty expression accepts all.
func Tagged(expression string, tags []string) bool {
	if strings.TrimSpace(expression) == "" {
		return true
	}
	for all := range strings.SplitSeq(expression, "&&") {
		any := false
		for one := range strings.SplitSeq(all, ",") {
			name, not := strings.CutPrefix(strings.TrimSpace(one), "~")
			name = "@" + strings.TrimPrefix(strings.TrimSpace(name), "@")
			any = any || slices.Contains(tags, name) != not
		}
		if !any {
			return false
		}
	}
	return true
}
