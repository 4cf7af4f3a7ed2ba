package dialect

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite docs/dialect.md")

func TestKnobs(t *testing.T) {
	names := map[string]bool{}
	for _, k := range Knobs() {
		require.False(t, names[k.Name], "%s is there twice", k.Name)
		names[k.Name] = true
		require.NotEmpty(t, k.Facility)
		require.True(t, strings.HasSuffix(k.Question, "?"), k.Question)
		require.GreaterOrEqual(t, len(k.Values), 2, "%s has no choice", k.Name)
		values := map[string]bool{}
		for _, v := range k.Values {
			require.False(t, values[v.Name], "%s has %s twice", k.Name, v.Name)
			values[v.Name] = true
			require.NotEmpty(t, v.Source)
			require.Contains(t, []Mark{Observed, Documented, ReliedOn, Assumed}, v.Mark)
			require.NotContains(t, v.Name, " ")
		}
	}
}

// TestConstantsMatchValues reads the code: each knob has a group of constants, named in
// the comment behind the first one, and as many as values.
func TestConstantsMatchValues(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "knobs.go", nil, parser.ParseComments)
	require.NoError(t, err)
	var ids []string
	groups := map[string]int{}
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		first := g.Specs[0].(*ast.ValueSpec)
		if typ, ok := first.Type.(*ast.Ident); ok && typ.Name == "ID" {
			for _, s := range g.Specs {
				ids = append(ids, s.(*ast.ValueSpec).Names[0].Name)
			}
			continue
		}
		require.NotNil(t, first.Comment, "%s: for which knob?", first.Names[0].Name)
		groups[strings.TrimSpace(strings.TrimPrefix(first.Comment.Text(), "//"))] = len(g.Specs)
	}
	require.Equal(t, int(count), len(ids)-1)
	for i, id := range ids[:count] {
		require.Equal(t, len(knobs[i].Values), groups[id], "%s (%s)", id, knobs[i].Name)
	}
}

// TestConstantsMeanTheirValues pins the pairs that would be easy to exchange.
func TestConstantsMeanTheirValues(t *testing.T) {
	for _, p := range []struct {
		k     ID
		n     uint8
		value string
	}{
		{SequenceStart, One, "1"}, {GroupPickupOrder, RingerFirst, "ringer-first"}, {QueueOrder, LosersQueueWinner, "losers-queue-winner"},
		{QueueOrder, WinnerLosersQueue, "winner-losers-queue"}, {ParkedOn, ParkedOnParkerThenEnd, "parker-then-end"}, {ParkNumber, NumberInStatus, "status.parkData"},
		{PickupTwin, TwinNotified, "a-notified-party"}, {GoneEnd, GoneTidied, "at-once"}, {CancelEnd, CancelReason, "Cancelled"}, {NoAnswerEnd, NoAnswerTimeout, "Timeout"},
		{HelperNumbers, HelpersUncounted, "no"}, {RingOutMirror, Mirrored, "yes"}, {LoserEnd, LoserCancelled, "Cancelled"}, {AgentTimeout, AgentTimedOut, "Timeout"},
	} {
		require.Equal(t, p.value, knobs[p.k].Values[p.n].Name)
	}
}

func TestFilesRoundTrip(t *testing.T) {
	require.Empty(t, Dialect{}.String())
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[ID]map[uint8]bool{}
	for range 2000 {
		d := Draw(r)
		again, err := Parse(d.String())
		require.NoError(t, err)
		require.Equal(t, d, again)
		for k := range d {
			if seen[ID(k)] == nil {
				seen[ID(k)] = map[uint8]bool{}
			}
			seen[ID(k)][d[k]] = true
		}
	}
	for k := range knobs {
		require.Len(t, seen[ID(k)], len(knobs[k].Values), "%s: a value is never drawn", knobs[k].Name)
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"park-order":               `line 1: want a knob and its value, got "park-order"`,
		"\npark-ordr parker-first": `line 2: unknown knob "park-ordr"; the knobs are sequence-start, `,
		"park-order sideways":      `line 1: knob park-order has no value "sideways"; its values are parked-first, parker-first`,
		"park-order parker-first # a\npark-order parked-first": "line 2: knob park-order was set on line 1 already",
	} {
		_, err := Parse(text)
		require.ErrorContains(t, err, want)
	}
}

func TestPageIsUpToDate(t *testing.T) {
	const file = "../../docs/dialect.md"
	want := Markdown(Knobs())
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(want), 0o666))
	}
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "run go test ./sim/dialect -update")
}

func FuzzParse(f *testing.F) {
	f.Add("park-order parker-first\n")
	f.Add("# nothing\n")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse(text)
		if err != nil {
			require.Equal(t, Dialect{}, d)
			return
		}
		again, err := Parse(d.String())
		require.NoError(t, err)
		require.Equal(t, d, again)
	})
}
