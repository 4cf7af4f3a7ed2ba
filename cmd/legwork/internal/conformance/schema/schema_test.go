package schema_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/observed"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/schema"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
)

const (
	source = "../observed"
	golden = "../../../../../docs/schema/observed-call.schema.json"
)

var update = flag.Bool("update", false, "rewrite docs/schema/observed-call.schema.json")

func TestFileIsCurrent(t *testing.T) {
	got, err := schema.Generate(source)
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(golden, got, 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "stale: run go test ./cmd/legwork/internal/conformance/schema -update")
}

func compiled(t testing.TB) *jsonschema.Schema {
	b, err := schema.Generate(source)
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	require.NoError(t, c.AddResource(schema.ID, doc))
	s, err := c.Compile(schema.ID)
	require.NoError(t, err)
	return s
}

func valid(t testing.TB, s *jsonschema.Schema, text []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	return s.Validate(v)
}

// TestTruthFits: what the suite itself says of every scenario fits the schema.
func TestTruthFits(t *testing.T) {
	s := compiled(t)
	x, err := pbx.NewExchange(pbx.Office())
	require.NoError(t, err)
	for _, sc := range script.Scenarios() {
		run, err := (&sim.Case{Seed: 1, Dialect: sc.Dialect, Script: sc.Script()}).Do(x)
		require.NoError(t, err)
		for _, c := range observed.Of(run.Truth) {
			b, err := json.Marshal(c)
			require.NoError(t, err)
			require.NoError(t, valid(t, s, b), "%s: %s", sc.Name, b)
		}
	}
}

// TestSchemaAndDecoderAgree: what the decoder refuses the schema refuses, and the other
// way round.
func TestSchemaAndDecoderAgree(t *testing.T) {
	s := compiled(t)
	for text, ok := range map[string]bool{
		`{"sessions":["s-1"]}`: true,
		`{"sessions":["s-1"],"crmId":17,"legs":[{"party":"p-1-1","note":"x"}]}`: true,
		`{"sessions":["s-1"],"links":[{"kind":"transfer","target":"106"}]}`:     true,
		`{"sessions":[]}`:                                             false,
		`{"sessions":[""]}`:                                           false,
		`{}`:                                                          false,
		`{"sessions":"s-1"}`:                                          false,
		`{"sessions":["s-1"],"outcome":"great"}`:                      false,
		`{"sessions":["s-1"],"direction":"in"}`:                       false,
		`{"sessions":["s-1"],"talkMs":"7"}`:                           false,
		`{"sessions":["s-1"],"talkMs":7.5}`:                           false,
		`{"sessions":["s-1"],"startedAt":"yesterday"}`:                false,
		`{"sessions":["s-1"],"legs":[{"answered":true}]}`:             false,
		`{"sessions":["s-1"],"legs":[{"party":"p","result":"lost"}]}`: false,
		`{"sessions":["s-1"],"links":[{"target":"106"}]}`:             false,
		`{"sessions":["s-1"],"links":[{"kind":"handover"}]}`:          false,
	} {
		_, _, err := observed.Decode([]byte(text))
		require.Equal(t, ok, err == nil, "decoder: %s: %v", text, err)
		require.Equal(t, ok, valid(t, s, []byte(text)) == nil, "schema: %s", text)
	}
}
