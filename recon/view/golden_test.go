package view_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shown are the conversations with golden files.
var shown = []string{"attended", "missed", "queue", "conference", "park", "chain", "supervise", "voicemail"}

// The golden files are read as a diff: run the test with -update, then look. JSON is
// package call's to pin.
func TestGolden(t *testing.T) {
	seen := 0
	for _, g := range graphs(t) {
		if !slices.Contains(shown, g.name) {
			continue
		}
		seen++
		for _, format := range []string{"text", "legs", "csv", "mermaid", "dot", "svg", "vcon", "otlp"} {
			got := render(t, format, g.call)
			path := filepath.Join("testdata", g.name+"."+format+".golden")
			if *update {
				require.NoError(t, os.MkdirAll("testdata", 0o755))
				require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
				continue
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err, "run go test ./recon/view -update")
			require.Equal(t, string(want), got, path)
		}
	}
	require.Equal(t, len(shown), seen, "a conversation went missing")
}

func TestEveryConversationRenders(t *testing.T) {
	for _, g := range graphs(t) {
		for _, f := range formats {
			t.Run(g.name+"/"+f.name, func(t *testing.T) {
				out := render(t, f.name, g.call)
				require.NotEmpty(t, out)
				fit(t, out)
				require.Equal(t, out, render(t, f.name, g.call), "not the same twice")
			})
		}
	}
}

// Nothing that the graph knows of people or of trouble is left out of the page.
func TestTextIsComplete(t *testing.T) {
	for _, g := range graphs(t) {
		t.Run(g.name, func(t *testing.T) {
			text := words(render(t, "text", g.call))
			for _, p := range g.call.Participants {
				require.Contains(t, text, p.Name)
				for _, number := range p.Numbers {
					require.Contains(t, text, number)
				}
			}
			for _, f := range g.call.Findings {
				require.Contains(t, text, words(f.Detail))
			}
			for _, s := range g.call.Sessions {
				require.Contains(t, text, string(s.ID))
			}
			if len(g.call.Findings) == 0 {
				require.Contains(t, text, "What is missing or strange nothing")
			}
		})
	}
}

func TestLegsHasOneLineALeg(t *testing.T) {
	for _, g := range graphs(t) {
		lines := strings.Split(strings.TrimSpace(render(t, "legs", g.call)), "\n")
		require.Equal(t, "reconstructed from events, not RingCentral's call log", lines[0])
		require.Len(t, lines, len(g.call.Legs)+2, g.name)
	}
}

// A text may be broken into lines anywhere.
func words(s string) string { return strings.Join(strings.Fields(s), " ") }
