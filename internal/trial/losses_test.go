package trial

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/sim"
)

// TestLosses tries the cases of testdata/losses: what verify found, where an engine that
// lost notifications said something false, reduced. A file is a case, which legwork
// verify --case runs too. A line "# says:" is a falsehood that is still said, and stands
// beside a TODO.
func TestLosses(t *testing.T) {
	x := office(t)
	files, err := filepath.Glob("testdata/losses/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files, "the cases went missing")
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			var want, got []string
			for line := range strings.Lines(string(text)) {
				if said, ok := strings.CutPrefix(line, "# says: "); ok {
					want = append(want, strings.TrimSpace(said))
				}
			}
			c, err := sim.ParseCase(file, string(text))
			require.NoError(t, err)
			require.NotEmpty(t, c.Lose, "a case that loses nothing")
			v, err := Try(x, c, Legwork)
			require.NoError(t, err)
			for _, d := range v.Differences {
				got = append(got, d.String())
			}
			require.Equal(t, want, got, "%s", v)
		})
	}
}
