package explain_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/explain"
	"github.com/legworkhq/legwork/recon/internal/convo"
	"github.com/legworkhq/legwork/recon/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

// conversation reads one file of recon/testdata/conversations.
func conversation(t testing.TB, name string) []wire.Event {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "conversations", name+".txt"))
	require.NoError(t, err)
	_, text, ok := strings.Cut(string(b), "-- events --\n")
	require.True(t, ok)
	text, _, _ = strings.Cut(text, "-- graph --\n")
	events, err := convo.Parse(text)
	require.NoError(t, err)
	return events
}

// names of all conversations.
func names(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("../testdata/conversations/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	var out []string
	for _, p := range paths {
		out = append(out, strings.TrimSuffix(filepath.Base(p), ".txt"))
	}
	return out
}

func build(t testing.TB, scope recon.Scope, events []wire.Event) []*call.Call {
	t.Helper()
	calls, err := recon.Build(recon.Config{Scope: scope}, events)
	require.NoError(t, err)
	require.NotEmpty(t, calls)
	return calls
}

func text(t testing.TB, c *call.Call, events []wire.Event, opt explain.Options) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, explain.Explain(&b, c, events, opt))
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, name := range []string{"attended", "conference", "park", "queue", "supervise-dialled", "peer-undefined", "missed", "chain"} {
		t.Run(name, func(t *testing.T) {
			events := conversation(t, name)
			var got string
			for _, c := range build(t, recon.ScopeAccount, events) {
				got += text(t, c, events, explain.Options{})
			}
			path := filepath.Join("testdata", name+".golden")
			if *update {
				require.NoError(t, os.MkdirAll("testdata", 0o755))
				require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(want), got)
		})
	}
}
