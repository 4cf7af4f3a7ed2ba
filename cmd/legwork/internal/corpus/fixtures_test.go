package corpus

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

const committed = "../../../../fixtures"

// TestFixturesAreAsGenerated writes the fixtures again and holds every byte against
// those in the tree.
func TestFixturesAreAsGenerated(t *testing.T) {
	fresh := t.TempDir()
	require.NoError(t, Fixtures(fresh))
	readme, err := os.ReadFile(filepath.Join(committed, "README.md"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(fresh, "README.md"), readme, 0o600))
	want, got := tree(t, fresh), tree(t, committed)
	require.Greater(t, len(want), 600)
	total := 0
	for name, data := range want {
		total += len(data)
		require.True(t, bytes.Equal(data, got[name]), "%s differs: run make fixtures and read the difference", name)
	}
	for name := range got {
		require.Contains(t, want, name, "nobody makes %s any more: run make fixtures", name)
	}
	require.Less(t, total, 20<<20, "too large for git")
}

func tree(t *testing.T, dir string) map[string][]byte {
	out := map[string][]byte{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		out[rel], err = os.ReadFile(path)
		return err
	}))
	return out
}

// TestEngineReadsTheFixtures holds our engine against every delivery of every fixture,
// reading the files as a stranger would.
func TestEngineReadsTheFixtures(t *testing.T) {
	dirs, err := filepath.Glob(committed + "/*/answer.json")
	require.NoError(t, err)
	require.Greater(t, len(dirs), 70)
	for _, file := range dirs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			var answer struct{ Calls []*call.Call }
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(data, &answer))
			require.NotEmpty(t, answer.Calls)
			for name, lossless := range Deliveries() {
				got, err := recon.Build(recon.Config{}, read(t, filepath.Join(dir, "deliveries", name+".ndjson")))
				require.NoError(t, err)
				require.Empty(t, Judge(answer.Calls, got, lossless), "delivery %s", name)
			}
		})
	}
}

func read(t *testing.T, file string) (out []wire.Event) {
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	for line := range strings.Lines(string(data)) {
		ev, err := wire.Decode([]byte(strings.TrimSpace(line)))
		require.NoError(t, err)
		out = append(out, ev)
	}
	return out
}
