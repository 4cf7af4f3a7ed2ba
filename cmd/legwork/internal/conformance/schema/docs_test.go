package schema_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/observed"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/target"
	"github.com/legworkhq/legwork/sim/oracle"
)

// TestPageIsComplete: the page for users names every mistake, fact, outcome and class,
// and its target can be read.
func TestPageIsComplete(t *testing.T) {
	b, err := os.ReadFile("../../../../../docs/conformance.md")
	require.NoError(t, err)
	page := string(b)
	for _, m := range oracle.Mistakes() {
		require.Contains(t, page, "`"+string(m)+"`")
	}
	for _, f := range observed.FactNames() {
		if !strings.Contains(f, ".") && f != "legs" && f != "links" && f != "talks" {
			require.Contains(t, page, "`"+f+"`")
		}
	}
	for _, o := range observed.Outcomes() {
		require.Contains(t, page, "`"+o+"`")
	}
	for _, c := range result.Classes() {
		require.Contains(t, page, "| "+string(c)+" |")
	}
	_, rest, _ := strings.Cut(page, "```yaml\n")
	yaml, _, _ := strings.Cut(rest, "```")
	tg, err := target.Parse("target.yaml", []byte(yaml), nil)
	require.NoError(t, err)
	require.Equal(t, target.HTTP, tg.Sees.Kind)
	require.LessOrEqual(t, strings.Count(yaml, "\n"), 10, "ten lines to begin with")
	_, rest, _ = strings.Cut(page, "```json\n")
	call, _, _ := strings.Cut(rest, "```")
	_, unknown, err := observed.Decode([]byte(call))
	require.NoError(t, err)
	require.Empty(t, unknown)
}
