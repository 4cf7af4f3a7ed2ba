package schema

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

var update = flag.Bool("update", false, "write docs/schema/call.schema.json")

const published = "../../docs/schema/call.schema.json"

func TestPublishedSchemaIsTheCodes(t *testing.T) {
	got, err := Call("../..")
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(published, got, 0o644))
	}
	want, err := os.ReadFile(published)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "run go test ./internal/schema -update")
	require.Contains(t, string(got), "the first moment at which two participants could talk", "the documentation of the fields is missing")
}

// TestEveryWordIsInTheSchema reads words.go: no constant of it may be missing.
func TestEveryWordIsInTheSchema(t *testing.T) {
	text, err := os.ReadFile(published)
	require.NoError(t, err)
	f, err := parser.ParseFile(token.NewFileSet(), "../../recon/call/words.go", nil, 0)
	require.NoError(t, err)
	words := 0
	ast.Inspect(f, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			for _, x := range v.Values {
				if lit, ok := x.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					word, _ := strconv.Unquote(lit.Value)
					require.Contains(t, string(text), strconv.Quote(word))
					words++
				}
			}
		}
		return true
	})
	require.Greater(t, words, 80)
}

func compiled(t *testing.T) *jsonschema.Schema {
	text, err := os.ReadFile(published)
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource(ID, doc))
	s, err := c.Compile(ID)
	require.NoError(t, err)
	return s
}

// warm is the graph of the demonstration's warm transfer, as JSON values.
func warm(t *testing.T) map[string]any {
	f, err := os.Open("../../cmd/legwork/warm-transfer.ndjson")
	require.NoError(t, err)
	defer f.Close()
	var events []wire.Event
	for r := wire.NewReader(f, wire.ScannerOptions{}); ; {
		ev, _, err := r.Next()
		if err != nil {
			break
		}
		events = append(events, ev)
	}
	calls, err := recon.Build(recon.Config{}, events[:len(events)-1]) // and something is missing
	require.NoError(t, err)
	require.Len(t, calls, 1)
	var v map[string]any
	require.NoError(t, json.Unmarshal(call.AppendJSON(nil, calls[0]), &v))
	return v
}

func TestGraphsAreValid(t *testing.T) {
	require.NoError(t, compiled(t).Validate(warm(t)))
}

func TestDamagedGraphsAreNot(t *testing.T) {
	s := compiled(t)
	leg := func(v map[string]any) map[string]any { return v["legs"].([]any)[0].(map[string]any) }
	for what, damage := range map[string]func(map[string]any){
		"no id":               func(v map[string]any) { delete(v, "id") },
		"a strange status":    func(v map[string]any) { v["status"] = "asleep" },
		"a number for a time": func(v map[string]any) { v["startedAt"] = 12 },
		"a sloppy time":       func(v map[string]any) { v["startedAt"] = "2026-03-02T15:00:00Z" },
		"a negative sum":      func(v map[string]any) { leg(v)["ringMs"] = -1 },
		"a strange role":      func(v map[string]any) { leg(v)["roles"] = []any{"boss"} },
		"no states":           func(v map[string]any) { delete(leg(v), "states") },
		"null for a list":     func(v map[string]any) { v["links"] = nil },
		"a strange part": func(v map[string]any) {
			v["links"].([]any)[0].(map[string]any)["roles"] = map[string]any{"boss": []any{"tel:1"}}
		},
	} {
		v := warm(t)
		damage(v)
		require.Error(t, s.Validate(v), what)
	}
	v := warm(t)
	v["later"] = "types may gain fields"
	require.NoError(t, s.Validate(v))
}

func TestSchemaHasNoPathOfAMachine(t *testing.T) {
	text, err := os.ReadFile(published)
	require.NoError(t, err)
	require.False(t, strings.Contains(string(text), "../"))
}
