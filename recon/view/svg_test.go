package view_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/view"
	"github.com/legworkhq/legwork/recon/wire"
)

// svgElements and svgAttributes are all that a drawing may hold: no script, no link, no
// handler, nothing from outside.
var (
	svgElements = strings.Fields("svg title desc style defs pattern path circle rect g text")
	svgNames    = strings.Fields("xmlns class role aria-labelledby id width height viewBox patternUnits d cx cy r x y rx fill " +
		"stroke-width text-anchor transform")
)

// wellFormedSVG fails on what is no XML, on an element or attribute that a drawing does
// not have, and on an id that stands twice.
func wellFormedSVG(t testing.TB, s string) {
	t.Helper()
	ids := map[string]bool{}
	d := xml.NewDecoder(strings.NewReader(s))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return
		}
		require.NoError(t, err)
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		require.Contains(t, svgElements, e.Name.Local)
		for _, a := range e.Attr {
			if !strings.HasPrefix(a.Name.Local, "data-") && !slices.Contains(svgNames, a.Name.Local) {
				t.Fatalf("attribute %s", a.Name.Local)
			}
			if a.Name.Local == "id" {
				require.False(t, ids[a.Value], "id %s stands twice", a.Value)
				ids[a.Value] = true
			}
		}
	}
}

// fixture is the call that the engine makes of a fixture's events.
func fixture(t testing.TB, name string) *call.Call {
	t.Helper()
	b, err := os.ReadFile("../../fixtures/" + name + "/events.ndjson")
	require.NoError(t, err)
	var events []wire.Event
	for _, line := range bytes.Split(bytes.TrimSpace(b), []byte("\n")) {
		e, err := wire.Decode(line)
		require.NoError(t, err)
		events = append(events, e)
	}
	calls, err := recon.Build(recon.Config{}, events)
	require.NoError(t, err)
	require.Len(t, calls, 1)
	return calls[0]
}

// openCall is a warm transfer of which the end has not come yet.
func openCall(t testing.TB) *call.Call {
	t.Helper()
	for _, v := range conversations(t) {
		if v.name == "attended" {
			calls, err := recon.Build(v.config, v.events[:len(v.events)/2])
			require.NoError(t, err)
			require.Equal(t, call.Open, calls[0].Status)
			return calls[0]
		}
	}
	t.Fatal("the conversation went missing")
	return nil
}

func TestSVGGolden(t *testing.T) {
	for name, c := range map[string]*call.Call{"conference-10": fixture(t, "conference-10"), "open": openCall(t)} {
		got := render(t, "svg", c)
		wellFormedSVG(t, got)
		path := "testdata/" + name + ".svg.golden"
		if *update {
			require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
			continue
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err, "run go test ./recon/view -update")
		require.Equal(t, string(want), got, path)
	}
}

// Everything that the graph states is in the drawing, where a page can find it.
func TestSVGIsComplete(t *testing.T) {
	for _, g := range graphs(t) {
		out := render(t, "svg", g.call)
		wellFormedSVG(t, out)
		states := 0
		for _, l := range g.call.Legs {
			states += len(l.States)
		}
		require.Equal(t, states, strings.Count(out, `class="lw-state"`), g.name)
		require.Equal(t, len(g.call.Talks), strings.Count(out, `class="lw-talk"`), g.name)
		require.Equal(t, len(g.call.Findings), strings.Count(out, `class="lw-finding"`), g.name)
		for i, k := range g.call.Links {
			require.Contains(t, out, `data-link="`+strconv.Itoa(i)+`" data-kind="`+string(k.Kind)+`"`, g.name)
			require.Contains(t, out, string(k.Evidence[0].Session)+":"+strconv.FormatInt(k.Evidence[0].Sequence, 10))
		}
	}
}

func TestSVGStackIsOneDocument(t *testing.T) {
	c := openCall(t)
	for _, calls := range [][]*call.Call{nil, {c}, {c, c, fixture(t, "conference-10")}} {
		var b bytes.Buffer
		require.NoError(t, view.SVGStack(&b, calls, view.Options{}))
		wellFormedSVG(t, b.String())
		require.Equal(t, 1, strings.Count(b.String(), "<svg "))
		require.Equal(t, len(calls), strings.Count(b.String(), `<g data-call=`))
	}
}

// FuzzSVG states that any sound graph, and any other that can be read, is drawn as
// well-formed XML, the same twice.
func FuzzSVG(f *testing.F) {
	for _, g := range graphs(f) {
		f.Add(call.AppendJSON(nil, g.call), "")
	}
	for _, s := range nasty {
		f.Add(call.AppendJSON(nil, openCall(f)), s)
	}
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		c := new(call.Call)
		if json.Unmarshal(data, c) != nil {
			return
		}
		if name != "" {
			c = spoil(t, c, name)
		}
		out := render(t, "svg", c)
		if call.Check(c) == nil {
			wellFormedSVG(t, out)
		}
		require.NoError(t, xml.Unmarshal([]byte(out), new(struct{})))
		require.Equal(t, out, render(t, "svg", c))
	})
}

func BenchmarkSVG(b *testing.B) {
	for _, name := range []string{"attended-transfer", "conference-10"} {
		c := fixture(b, name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := view.SVG(io.Discard, c, view.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A supervisor's arrow leads to the agent or to the session, never to whoever happens to
// have its first leg.
func TestSVGClaimsNoTarget(t *testing.T) {
	c := fixture(t, "supervised-parked-conference")
	for i := range c.Links {
		if k := &c.Links[i]; k.Kind == call.Supervise {
			k.Roles, k.To = call.Roles{}, ""
		}
	}
	out := render(t, "svg", c)
	_, arrow, ok := strings.Cut(out, `data-kind="supervise"`)
	require.True(t, ok)
	_, arrow, ok = strings.Cut(arrow, `class="lw-hit" d="`)
	require.True(t, ok)
	path, _, _ := strings.Cut(arrow, `"`)
	_, end, _ := strings.Cut(path, "L")
	require.True(t, strings.HasPrefix(end, "74 "), "%s does not end at the rail of session A", path)
}
