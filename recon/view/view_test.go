package view_test

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/convo"
	"github.com/legworkhq/legwork/recon/view"
	"github.com/legworkhq/legwork/recon/wire"
)

var update = flag.Bool("update", false, "rewrite testdata/*.golden")

// graph is one call of one conversation.
type graph struct {
	name string
	call *call.Call
}

// conversation is one file of the engine's conversations.
type conversation struct {
	name   string
	config recon.Config
	events []wire.Event
}

// conversations reads every file, and fails when they went missing.
func conversations(t testing.TB) []conversation {
	t.Helper()
	paths, err := filepath.Glob("../testdata/conversations/*.txt")
	require.NoError(t, err)
	require.Greater(t, len(paths), 40, "conversations went missing")
	var out []conversation
	for _, path := range paths {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		_, text, ok := strings.Cut(string(b), "-- events --\n")
		require.True(t, ok, path)
		text, _, _ = strings.Cut(text, "-- graph --\n")
		v := conversation{name: strings.TrimSuffix(filepath.Base(path), ".txt")}
		v.events, err = convo.Parse(text)
		require.NoError(t, err, path)
		if strings.Contains(text, "# scope extension") {
			v.config.Scope = recon.ScopeExtension
		}
		out = append(out, v)
	}
	return out
}

// graphs builds the calls of every conversation.
func graphs(t testing.TB) []graph {
	t.Helper()
	var out []graph
	for _, v := range conversations(t) {
		calls, err := recon.Build(v.config, v.events)
		require.NoError(t, err, v.name)
		require.NotEmpty(t, calls, v.name)
		for i, c := range calls {
			name := v.name
			if i > 0 {
				name = fmt.Sprintf("%s-%d", name, i+1)
			}
			out = append(out, graph{name, c})
		}
	}
	return out
}

// formats are the views, by the ending of their golden files.
var formats = []struct {
	name  string
	write func(*bytes.Buffer, *call.Call) error
}{
	{"json", func(b *bytes.Buffer, c *call.Call) error { return view.JSON(b, c) }},
	{"text", func(b *bytes.Buffer, c *call.Call) error { return view.Text(b, c, view.Options{}) }},
	{"legs", func(b *bytes.Buffer, c *call.Call) error { return view.Legs(b, c, view.Options{}) }},
	{"csv", func(b *bytes.Buffer, c *call.Call) error { return view.LegsCSV(b, c) }},
	{"mermaid", func(b *bytes.Buffer, c *call.Call) error { return view.Mermaid(b, c) }},
	{"svg", func(b *bytes.Buffer, c *call.Call) error { return view.SVG(b, c, view.Options{}) }},
	{"dot", func(b *bytes.Buffer, c *call.Call) error { return view.DOT(b, c) }},
	{"vcon", func(b *bytes.Buffer, c *call.Call) error { return view.VCon(b, c) }},
	{"otlp", func(b *bytes.Buffer, c *call.Call) error { return view.OTLP(b, c) }},
}

func render(t testing.TB, format string, c *call.Call) string {
	t.Helper()
	for _, f := range formats {
		if f.name == format {
			var b bytes.Buffer
			require.NoError(t, f.write(&b, c))
			return b.String()
		}
	}
	t.Fatalf("no format %q", format)
	return ""
}

// fit fails on anything that a terminal or a parser could take for more than text.
func fit(t testing.TB, s string) {
	t.Helper()
	require.True(t, utf8.ValidString(s))
	for _, r := range s {
		if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)) {
			t.Fatalf("%U in\n%s", r, s)
		}
	}
}

// A spreadsheet takes none of these for a formula, whichever way it is set to read them.
func TestFormulas(t *testing.T) {
	for name, formula := range map[string]bool{
		"=1+1": true, "+1+1": true, "-1": true, "@x": true, "  =1": true, "\u00a0=1": true, "+14045550134": false, "Ann =": false,
		"\uff1d1+1": true, "\uff0b1": true, "\uff0d1": true, "\uff20x": true,
	} {
		c := &call.Call{Sessions: []call.Session{{ID: "s-1"}}, Legs: []call.Leg{{ID: "p-1", Session: "s-1", From: call.Endpoint{Name: name}}}}
		rows, err := csv.NewReader(strings.NewReader(render(t, "csv", c))).ReadAll()
		require.NoError(t, err)
		require.Equal(t, formula, strings.HasPrefix(rows[1][slices.Index(rows[0], "fromName")], "'"), name)
	}
}
