package recon_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/convo"
	"github.com/legworkhq/legwork/recon/wire"
)

// conversation is one file of testdata/conversations: prose, events, and the graph
// that they make.
type conversation struct {
	name, prose, eventText, graphText string
	events                            []wire.Event
	config                            recon.Config
	path                              string
}

const (
	eventsMark = "-- events --\n"
	graphMark  = "-- graph --\n"
)

// conversations reads every file, and fails when there is none.
func conversations(t testing.TB) []conversation {
	t.Helper()
	paths, err := filepath.Glob("testdata/conversations/*.txt")
	require.NoError(t, err)
	require.Greater(t, len(paths), 40, "conversations went missing")
	var out []conversation
	for _, path := range paths {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		c := conversation{name: strings.TrimSuffix(filepath.Base(path), ".txt"), path: path}
		var ok bool
		c.prose, c.eventText, ok = strings.Cut(string(b), eventsMark)
		require.True(t, ok, "%s has no events", path)
		c.eventText, c.graphText, _ = strings.Cut(c.eventText, graphMark)
		c.events, err = convo.Parse(c.eventText)
		require.NoError(t, err, path)
		require.NotEmpty(t, c.events, path)
		if strings.Contains(c.eventText, "# scope extension") {
			c.config.Scope = recon.ScopeExtension
		}
		out = append(out, c)
	}
	return out
}

func (c conversation) build(t testing.TB, events []wire.Event) []*call.Call {
	t.Helper()
	calls, err := recon.Build(c.config, events)
	require.NoError(t, err)
	return calls
}

// canonical is the canonical JSON of calls, one a line.
func canonical(calls []*call.Call) []byte {
	var out []byte
	for _, c := range calls {
		out = append(call.AppendJSON(out, c), '\n')
	}
	return out
}

// same fails with the first line that differs.
func same(t testing.TB, want, got []byte, reproduce string) {
	t.Helper()
	if !bytes.Equal(want, got) {
		t.Fatalf("the graph depends on the delivery\nwant %s\ngot  %s\nreproduce: %s", want, got, reproduce)
	}
}

var update = flag.Bool("update", false, "rewrite the graphs of testdata/conversations")

// TestConversations holds each conversation against its graph. With -update it
// writes the graphs instead: read them as a diff.
func TestConversations(t *testing.T) {
	for _, c := range conversations(t) {
		t.Run(c.name, func(t *testing.T) {
			var got []byte
			for _, g := range c.build(t, c.events) {
				require.NoError(t, call.Check(g))
				got = call.AppendText(got, g)
			}
			if *update {
				text := c.prose + eventsMark + strings.TrimRight(c.eventText, "\n") + "\n" + graphMark + string(got)
				require.NoError(t, os.WriteFile(c.path, []byte(text), 0o644))
				return
			}
			require.Equal(t, c.graphText, string(got))
		})
	}
}
