package schema_test

import (
	"bytes"
	stdjson "encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/internal/schema"
	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

const (
	source = "../../recon/call"
	golden = "../../docs/schema/call.schema.json"
)

var update = flag.Bool("update", false, "rewrite docs/schema/call.schema.json")

func TestFileIsCurrent(t *testing.T) {
	got, err := schema.Generate(source)
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(golden, got, 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "stale: run go test ./internal/schema -update")
	for range 5 {
		again, err := schema.Generate(source)
		require.NoError(t, err)
		require.Equal(t, string(got), string(again))
	}
}

// document is the schema as generated now.
func document(t testing.TB) map[string]any {
	b, err := schema.Generate(source)
	require.NoError(t, err)
	return parse(t, b)
}

func parse(t testing.TB, b []byte) map[string]any {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	require.NoError(t, err)
	return v.(map[string]any)
}

func compile(t testing.TB, doc map[string]any) *jsonschema.Schema {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	require.NoError(t, c.AddResource(schema.ID, doc))
	s, err := c.Compile(schema.ID)
	require.NoError(t, err)
	require.Equal(t, 2020, s.DraftVersion)
	return s
}

// strict is the schema with every object closed.
func strict(t testing.TB) *jsonschema.Schema {
	doc := document(t)
	closed := 0
	walk(doc, func(m map[string]any) {
		if m["additionalProperties"] == true {
			m["additionalProperties"] = false
			closed++
		}
	})
	require.Greater(t, closed, 10)
	return compile(t, doc)
}

// walk visits every object in v.
func walk(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		visit(v)
		for _, e := range v {
			walk(e, visit)
		}
	case []any:
		for _, e := range v {
			walk(e, visit)
		}
	}
}

func written(t testing.TB, c *call.Call) map[string]any {
	return parse(t, call.AppendJSON(nil, c))
}

// warmTransfer is the graph of the demo.
func warmTransfer(t testing.TB) *call.Call {
	b, err := os.ReadFile("../../cmd/legwork/warm-transfer.ndjson")
	require.NoError(t, err)
	var events []wire.Event
	for line := range bytes.Lines(b) {
		ev, err := wire.Decode(line)
		require.NoError(t, err)
		events = append(events, ev)
	}
	calls, err := recon.Build(recon.Config{}, events)
	require.NoError(t, err)
	require.Len(t, calls, 1)
	require.NotEmpty(t, calls[0].Links)
	return calls[0]
}

// full has every field set.
func full() *call.Call {
	const at, later = call.Time(1592875034330), call.Time(1592875094330)
	evidence := []call.Evidence{{Session: "s-1", Sequence: 2, UUID: "u-1"}}
	roles := call.Roles{}
	for _, r := range call.AllRoles() {
		roles[r] = []call.ParticipantID{"ext:101"}
	}
	return &call.Call{
		ID: "s-1", Revision: 7, Status: call.Final, Direction: call.Inbound, StartedAt: at, AnsweredAt: at, EndedAt: later,
		Outcome: call.Answered, EndedBy: &call.EndedBy{Participant: "ext:101", Basis: call.Inferred},
		Sessions: []call.Session{{ID: "s-1", LegacyID: "1", Origin: "Call", ServerID: "10.0.0.1", StartedAt: at, EndedAt: later, Observed: true,
			Sequences: call.Sequences{First: 1, Last: 9, Count: 7, Missing: []call.Range{{From: 3, To: 4}}}}},
		Participants: []call.Participant{{ID: "ext:101", Kind: call.Extension, ExtensionID: "101", Numbers: []string{"101"}, Name: "Ann", Observed: true}},
		Legs: []call.Leg{{
			ID: "p-1-1", Session: "s-1", Participant: "ext:101", Direction: "Inbound",
			From:   call.Endpoint{Number: "+14705550104", Name: "Bob", ExtensionID: "102", DeviceID: "5"},
			To:     call.Endpoint{Number: "101", Name: "Ann", ExtensionID: "101", DeviceID: "6"},
			Roles:  []call.Role{call.Callee, call.Transferor},
			States: []call.State{{State: call.StateConnected, From: at, To: later, Uncertain: true}},
			End:    &call.End{Code: "Disconnected", Reason: "BlindTransfer", At: later}, Outcome: call.LegAnswered,
			Peer:   &call.Peer{Session: "s-2", Leg: "p-2-1"},
			RingMs: 1, TalkMs: 2, HoldMs: 3, HeldMs: 4, WaitMs: 5,
			Recordings: []call.Recording{{ID: "9", At: at}},
		}},
		Links: []call.Link{{Kind: call.TransferBlind, From: "p-1-1", To: "p-2-1", ToSession: "s-2", At: later, Reason: "BlindTransfer",
			Basis: call.BothEnds, Roles: roles, Rule: "blind-transfer", Evidence: evidence}},
		Talks: []call.Talk{{From: at, To: later, Inferred: true, Uncertain: true,
			Members: []call.Member{{Participant: "ext:101", Leg: "p-1-1", Mode: call.TwoWay}}}},
		Findings: []call.Finding{{Kind: call.MissingEvents, About: "s-1", Detail: "Two events are missing.", Evidence: evidence}},
	}
}

// sparse has no field set but one of each thing, so that only what is always
// written is.
func sparse() *call.Call {
	return &call.Call{
		Status: call.Open, Direction: call.UnknownDirection, Outcome: call.UnknownOutcome, EndedBy: &call.EndedBy{Basis: call.Inferred},
		Sessions:     []call.Session{{Sequences: call.Sequences{Missing: []call.Range{{}}}}},
		Participants: []call.Participant{{Kind: call.UnknownParticipant}},
		Legs: []call.Leg{{Outcome: call.LegUnknown, States: []call.State{{State: call.StateUnknown}}, End: &call.End{}, Peer: &call.Peer{},
			Recordings: []call.Recording{{}}}},
		Links:    []call.Link{{Kind: call.PeerLink, Basis: call.OneEnd, Evidence: []call.Evidence{{}}}},
		Talks:    []call.Talk{{Members: []call.Member{{Mode: call.Listen}}}},
		Findings: []call.Finding{{Kind: call.NoEnd, Evidence: []call.Evidence{{}}}},
	}
}

// zeros lists the paths at which v holds a zero value or an empty list.
func zeros(v reflect.Value, path string) []string {
	var out []string
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return zeros(v.Elem(), path)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			out = append(out, zeros(v.Field(i), path+"."+v.Type().Field(i).Name)...)
		}
		return out
	case reflect.Slice:
		for i := range v.Len() {
			out = append(out, zeros(v.Index(i), path+"[]")...)
		}
		if v.Len() > 0 {
			return out
		}
	}
	if v.IsZero() || v.Kind() == reflect.Slice {
		out = append(out, path)
	}
	return out
}

func TestGraphsAreValid(t *testing.T) {
	require.Empty(t, zeros(reflect.ValueOf(full()), "call"), "full leaves fields unset")
	s, closed := compile(t, document(t)), strict(t)
	for name, c := range map[string]*call.Call{"warm transfer": warmTransfer(t), "full": full(), "sparse": sparse()} {
		require.NoError(t, s.Validate(written(t, c)), name)
		// Members that the schema does not know would pass unchecked.
		require.NoError(t, closed.Validate(written(t, c)), name)
	}
	grown := written(t, full())
	walk(grown, func(m map[string]any) {
		if _, roles := m[string(call.TransferTarget)]; !roles {
			m["newField"] = "x"
		}
	})
	require.NoError(t, s.Validate(grown), "types may gain fields")
}

// Exactly the members that AppendJSON always writes are required.
func TestRequired(t *testing.T) {
	s := compile(t, document(t))
	always := map[string]bool{}
	paths(written(t, sparse()), "", func(path string) { always[path] = true })
	for _, pointer := range []string{"/endedBy", "/legs/0/end", "/legs/0/peer"} { // set to see what is in them
		require.Contains(t, always, pointer)
		delete(always, pointer)
	}
	n := 0
	paths(written(t, full()), "", func(path string) {
		if strings.Contains(path, "/roles/") {
			return
		}
		doc := written(t, full())
		parent, name := resolve(t, doc, path)
		delete(parent.(map[string]any), name)
		err := s.Validate(doc)
		if always[path] {
			require.Error(t, err, "without %s", path)
		} else {
			require.NoError(t, err, "without %s", path)
		}
		n++
	})
	require.Greater(t, n, 80)
}

// paths visits the path of every object member in v.
func paths(v any, at string, visit func(string)) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			visit(at + "/" + k)
			paths(e, at+"/"+k, visit)
		}
	case []any:
		for i, e := range v {
			paths(e, at+"/"+strconv.Itoa(i), visit)
		}
	}
}

// resolve returns what holds the value at path, and the last name of path.
func resolve(t testing.TB, v any, path string) (parent any, name string) {
	names := strings.Split(path, "/")[1:]
	for _, n := range names[:len(names)-1] {
		switch p := v.(type) {
		case map[string]any:
			require.Contains(t, p, n, path)
			v = p[n]
		case []any:
			i, err := strconv.Atoi(n)
			require.NoError(t, err)
			v = p[i]
		}
	}
	return v, names[len(names)-1]
}

func TestDamagedGraphsAreNot(t *testing.T) {
	number := func(s string) any { return stdjson.Number(s) }
	s := compile(t, document(t))
	for _, d := range []struct {
		path  string
		value any
	}{
		{"/id", nil},
		{"/id", number("1")},
		{"/revision", number("-1")},
		{"/revision", number("1.5")},
		{"/status", "done"},
		{"/status", ""},
		{"/direction", "Inbound"},
		{"/outcome", "elsewhere"},
		{"/startedAt", number("1592875034330")},
		{"/startedAt", ""},
		{"/startedAt", "2020-06-23T01:17:14Z"},
		{"/startedAt", "2020-06-23T01:17:14.330+00:00"},
		{"/startedAt", "2020-13-23T01:17:14.330Z"},
		{"/answeredAt", nil},
		{"/endedBy", nil},
		{"/endedBy/basis", "guessed"},
		{"/sessions", nil},
		{"/sessions", map[string]any{}},
		{"/sessions/0/observed", "true"},
		{"/sessions/0/sequences/count", number("-1")},
		{"/sessions/0/sequences/missing/0/from", "3"},
		{"/participants/0/kind", "internal"},
		{"/participants/0/numbers/0", number("101")},
		{"/legs/0/ringMs", number("-1")},
		{"/legs/0/talkMs", number("-1")},
		{"/legs/0/holdMs", number("-1")},
		{"/legs/0/heldMs", number("-1")},
		{"/legs/0/waitMs", number("-1")},
		{"/legs/0/ringMs", "1"},
		{"/legs/0/outcome", "abandoned"},
		{"/legs/0/roles/0", "boss"},
		{"/legs/0/states/0/state", "talking"},
		{"/legs/0/states/0/to", number("0")},
		{"/legs/0/end/at", "yesterday"},
		{"/legs/0/peer", "s-2"},
		{"/legs/0/recordings/0/at", nil},
		{"/links/0/kind", "transfer"},
		{"/links/0/basis", "certain"},
		{"/links/0/roles", []any{}},
		{"/links/0/roles/boss", []any{"ext:101"}},
		{"/links/0/roles/agent", "ext:101"},
		{"/links/0/roles/agent", []any{number("101")}},
		{"/links/0/evidence/0/sequence", "2"},
		{"/talks/0/members/0/mode", "shout"},
		{"/findings/0/kind", "odd"},
	} {
		doc := written(t, full())
		parent, name := resolve(t, doc, d.path)
		switch p := parent.(type) {
		case map[string]any:
			p[name] = d.value
		case []any:
			i, err := strconv.Atoi(name)
			require.NoError(t, err)
			p[i] = d.value
		}
		require.Error(t, s.Validate(doc), "%s = %v", d.path, d.value)
	}
}

// The enums are the constants of words.go.
func TestEveryWordIsInItsEnum(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), source+"/words.go", nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	want := map[string][]any{}
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			continue
		}
		for _, spec := range gen.Specs {
			v := spec.(*ast.ValueSpec)
			require.Len(t, v.Values, 1, v.Names)
			word, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			typ := v.Type.(*ast.Ident).Name
			want[typ] = append(want[typ], word)
		}
	}
	require.Len(t, want, 11)
	got := map[string][]any{}
	for name, def := range document(t)["$defs"].(map[string]any) {
		if enum, ok := def.(map[string]any)["enum"]; ok {
			got[name] = enum.([]any)
		}
	}
	require.Equal(t, want, got, "words.go and the enums, both in the order of their declaration")
}

func TestDescriptions(t *testing.T) {
	doc := document(t)
	require.Equal(t, "https://json-schema.org/draft/2020-12/schema", doc["$schema"])
	require.Equal(t, "Legwork call graph", doc["title"])
	require.Contains(t, doc["description"], "Call is one call graph.")
	for name, def := range doc["$defs"].(map[string]any) {
		require.NotEmpty(t, def.(map[string]any)["description"], name)
	}
	revision := doc["properties"].(map[string]any)["revision"].(map[string]any)
	require.Equal(t, "Revision is the number of distinct observations the graph is built from: it grows with what is known, whatever the order of arrival.", revision["description"])
	b, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.NotRegexp(t, regexp.MustCompile(`\\u00[0-9a-f]{2}`), string(b))
}
