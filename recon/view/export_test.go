package view_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
)

// vconSchema is the published one, with formats checked.
var vconSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	text, err := os.Open("testdata/vcon/schema.json")
	if err != nil {
		return nil, err
	}
	defer text.Close()
	doc, err := jsonschema.UnmarshalJSON(text)
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("vcon.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("vcon.json")
})

type vcon struct {
	UUID    string
	Parties []struct{ Tel, Name string }
	Dialog  []struct {
		Type                                                                           string
		Parties                                                                        []int
		Recordings                                                                     []int
		Transferor, Transferee, Transfer_target, Original, Consultation, Target_dialog *int
		Party_history                                                                  []struct {
			Party int
			Event string
			Time  call.Time
		}
	}
	Attachments []struct{ Body json.RawMessage }
}

// validVCon holds a vCon against the schema, and its indexes against its lists.
func validVCon(t testing.TB, text string) (v vcon) {
	t.Helper()
	schema, err := vconSchema()
	require.NoError(t, err)
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	require.NoError(t, err)
	require.NoError(t, schema.Validate(value), text)
	require.NoError(t, json.Unmarshal([]byte(text), &v))
	require.Equal(t, byte('8'), v.UUID[14], "version 8")
	require.NotEmpty(t, v.Dialog)
	in := func(i *int, n int) { require.True(t, i == nil || *i >= 0 && *i < n, text) }
	for _, d := range v.Dialog {
		for _, p := range d.Parties {
			in(&p, len(v.Parties))
		}
		for _, i := range []*int{d.Transferor, d.Transferee, d.Transfer_target} {
			in(i, len(v.Parties))
		}
		for _, i := range []*int{d.Original, d.Consultation, d.Target_dialog} {
			in(i, len(v.Dialog))
			require.True(t, i == nil || v.Dialog[*i].Type == "recording-set")
		}
		if d.Type == "transfer" {
			require.Empty(t, d.Parties, "a transfer must not carry parties")
		}
	}
	return v
}

func TestVConOfATransfer(t *testing.T) {
	for _, g := range graphs(t) {
		if g.name != "attended" {
			continue
		}
		v := validVCon(t, render(t, "vcon", g.call))
		name := func(i *int) string { require.NotNil(t, i); return v.Parties[*i].Name }
		last := v.Dialog[len(v.Dialog)-1]
		require.Equal(t, "transfer", last.Type)
		for role, i := range map[call.Role]*int{call.Transferor: last.Transferor, call.Transferee: last.Transferee, call.TransferTarget: last.Transfer_target} {
			for _, l := range g.call.Links {
				if l.Kind == call.TransferAttended {
					require.Equal(t, string(g.call.Participants[*i].ID), string(l.Roles[role][0]), "%s is %s", role, name(i))
				}
			}
		}
		require.Equal(t, []int{*last.Transferor, *last.Transferee}, sortedPair(*last.Transferor, *last.Transferee, v.Dialog[*last.Original].Parties))
		require.Contains(t, v.Dialog[*last.Consultation].Parties, *last.Transfer_target)
		require.Contains(t, v.Dialog[*last.Target_dialog].Parties, *last.Transferee)
		require.NotContains(t, v.Dialog[*last.Target_dialog].Parties, *last.Transferor)
		require.JSONEq(t, string(call.AppendJSON(nil, g.call)), string(v.Attachments[0].Body), "the whole graph is attached")
		return
	}
	t.Fatal("no attended transfer")
}

func sortedPair(a, b int, got []int) []int {
	if len(got) == 2 && got[0] == b && got[1] == a {
		return []int{a, b}
	}
	return got
}

// validOTLP holds a trace against what a collector demands: ids of the right length, no
// two spans of one id, parents and links that are there, ends after beginnings.
func validOTLP(t testing.TB, text string) {
	t.Helper()
	var r struct {
		ResourceSpans []struct {
			ScopeSpans []struct {
				Spans []struct {
					TraceID, SpanID, ParentSpanID, Name string
					Kind                                int
					StartTimeUnixNano, EndTimeUnixNano  string
					Links                               []struct{ TraceID, SpanID string }
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text), &r))
	require.Len(t, r.ResourceSpans, 1)
	spans := r.ResourceSpans[0].ScopeSpans[0].Spans
	ids := map[string]bool{"": true}
	roots := 0
	for _, s := range spans {
		for id, n := range map[string]int{s.TraceID: 16, s.SpanID: 8} {
			b, err := hex.DecodeString(id)
			require.NoError(t, err)
			require.Len(t, b, n)
		}
		require.False(t, ids[s.SpanID], "two spans %s", s.SpanID)
		ids[s.SpanID] = true
		if s.ParentSpanID == "" {
			roots++
		}
		from, err1 := strconv.ParseUint(s.StartTimeUnixNano, 10, 64)
		to, err2 := strconv.ParseUint(s.EndTimeUnixNano, 10, 64)
		require.NoError(t, err1)
		require.NoError(t, err2)
		require.GreaterOrEqual(t, to, from)
	}
	require.Equal(t, 1, roots)
	for _, s := range spans {
		require.True(t, ids[s.ParentSpanID])
		for _, l := range s.Links {
			require.Equal(t, s.TraceID, l.TraceID)
		}
	}
}

// Traces go to many people: no number and no name is in them.
func TestOTLPNamesNobody(t *testing.T) {
	links := 0
	for _, g := range graphs(t) {
		text := render(t, "otlp", g.call)
		validOTLP(t, text)
		links += strings.Count(text, `"link.kind"`)
		for _, p := range g.call.Participants {
			for _, n := range append(p.Numbers, p.Name) {
				if len(n) > 5 && n != "conference" {
					require.NotContains(t, text, n, g.name)
				}
			}
		}
	}
	require.Greater(t, links, 20)
}
