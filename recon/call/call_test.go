package call_test

import (
	stdjson "encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/convo"
)

// graphs are those of every conversation.
func graphs(t testing.TB) map[string]*call.Call {
	paths, err := filepath.Glob("../testdata/conversations/*.txt")
	require.NoError(t, err)
	require.Greater(t, len(paths), 40)
	out := map[string]*call.Call{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		_, text, _ := strings.Cut(string(b), "-- events --\n")
		text, _, _ = strings.Cut(text, "-- graph --\n")
		events, err := convo.Parse(text)
		require.NoError(t, err)
		calls, err := recon.Build(recon.Config{}, events)
		require.NoError(t, err)
		for _, c := range calls {
			out[filepath.Base(path)+" "+string(c.ID)] = c
		}
	}
	return out
}

// plain is a Call without its MarshalJSON: what reflection makes of the tags.
type plain call.Call

func reflected(t testing.TB, c *call.Call) string {
	b, err := json.Marshal((*plain)(c), json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	require.NoError(t, err)
	return string(b)
}

// sortedRoles puts the members of roles into the order of their names, as the
// reflecting encoder does.
func sortedRoles(t testing.TB, text string) string {
	v := jsontext.Value(text)
	require.NoError(t, v.Canonicalize())
	return string(v)
}

func TestJSONEqualsReflection(t *testing.T) {
	for name, c := range graphs(t) {
		got := string(call.AppendJSON(nil, c))
		require.Equal(t, sortedRoles(t, reflected(t, c)), sortedRoles(t, got), name)
		// Beside the roles even the order of members is the same.
		if len(c.Links) == 0 {
			require.Equal(t, reflected(t, c), got, name)
		}
	}
}

func TestJSONRoundTrip(t *testing.T) {
	for name, c := range graphs(t) {
		text := call.AppendJSON(nil, c)
		var a, b call.Call
		require.NoError(t, json.Unmarshal(text, &a), name)
		require.Equal(t, c, &a, name)
		require.NoError(t, stdjson.Unmarshal(text, &b), name)
		require.Equal(t, c, &b, name)
		viaStd, err := stdjson.Marshal(c)
		require.NoError(t, err)
		require.Equal(t, string(text), string(viaStd))
	}
}

func TestJSONStaysValidWhateverTheText(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		raw := make([]byte, r.IntN(12))
		for i := range raw {
			raw[i] = byte(r.IntN(256))
		}
		c := &call.Call{ID: "s-1", Findings: []call.Finding{{Detail: string(raw)}}}
		want := reflected(t, c)
		call.Sort(c)
		got := string(call.AppendJSON(nil, c))
		require.True(t, jsontext.Value(got).IsValid(), "%q makes %s", raw, got)
		var back call.Call
		require.NoError(t, json.Unmarshal([]byte(got), &back))
		require.Equal(t, strings.ToValidUTF8(string(raw), "\ufffd"), collapse(back.Findings[0].Detail), "%q, reflection %s", raw, want)
	}
}

// collapse joins runs of the replacement character, as strings.ToValidUTF8 does.
func collapse(s string) string {
	for strings.Contains(s, "\ufffd\ufffd") {
		s = strings.ReplaceAll(s, "\ufffd\ufffd", "\ufffd")
	}
	return s
}

func TestSortIsIdempotentAndForgetsTheOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for name, c := range graphs(t) {
		want := string(call.AppendJSON(nil, c))
		for range 20 {
			shuffle(r, c.Sessions)
			shuffle(r, c.Participants)
			shuffle(r, c.Legs)
			shuffle(r, c.Links)
			shuffle(r, c.Talks)
			shuffle(r, c.Findings)
			for i := range c.Talks {
				shuffle(r, c.Talks[i].Members)
			}
			for i := range c.Links {
				shuffle(r, c.Links[i].Evidence)
			}
			call.Sort(c)
			require.Equal(t, want, string(call.AppendJSON(nil, c)), name)
		}
	}
}

func shuffle[T any](r *rand.Rand, s []T) {
	r.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
}

func TestCheckAcceptsEveryConversation(t *testing.T) {
	for name, c := range graphs(t) {
		require.NoError(t, call.Check(c), name)
	}
}

// TestCheckSeesEveryViolation spoils a good graph in one way at a time.
func TestCheckSeesEveryViolation(t *testing.T) {
	var warm string
	for name := range graphs(t) {
		if strings.HasPrefix(name, "attended.txt") {
			warm = name
		}
	}
	for rule, spoil := range map[string]func(*call.Call){
		"unique-ids":      func(c *call.Call) { c.Legs[1].ID = c.Legs[0].ID },
		"sequences":       func(c *call.Call) { c.Sessions[0].Sequences.First = 99 },
		"id":              func(c *call.Call) { c.ID = c.Sessions[1].ID },
		"revision":        func(c *call.Call) { c.Revision = 0 },
		"words":           func(c *call.Call) { c.Legs[0].States[0].State = "asleep" },
		"status":          func(c *call.Call) { c.Status = call.Open },
		"ended":           func(c *call.Call) { c.Legs[0].States = c.Legs[0].States[:1] },
		"answered":        func(c *call.Call) { c.AnsweredAt++ },
		"ended-by":        func(c *call.Call) { c.EndedBy.Participant = "tel:0" },
		"leg-session":     func(c *call.Call) { c.Legs[0].Session = "s-0" },
		"leg-participant": func(c *call.Call) { c.Legs[0].Participant = "tel:0" },
		"peer":            func(c *call.Call) { c.Legs[1].Peer.Session = "s-0" },
		"sums":            func(c *call.Call) { c.Legs[0].TalkMs = -1 },
		"states":          func(c *call.Call) { c.Legs[0].States[0].To++ },
		"end":             func(c *call.Call) { c.Legs[0].End.At++ },
		"rule":            func(c *call.Call) { c.Links[0].Rule = "" },
		"evidence":        func(c *call.Call) { c.Links[0].Evidence = nil },
		"link-from":       func(c *call.Call) { c.Links[0].From = "" },
		"link-leg":        func(c *call.Call) { c.Links[0].To = "p-0" },
		"link-session":    func(c *call.Call) { c.Links[0].ToSession = "s-0" },
		"roles":           func(c *call.Call) { c.Links[0].Roles[call.TransferTarget] = nil },
		"talk-times":      func(c *call.Call) { c.Talks[0].To = c.Talks[0].From },
		"talk-member":     func(c *call.Call) { c.Talks[0].Members[0].Participant = "tel:0" },
		"talk-members":    func(c *call.Call) { c.Talks[0].Members = c.Talks[0].Members[:1] },
		"talk-inferred":   func(c *call.Call) { c.Talks[0].Inferred = true },
		"talk-leg":        func(c *call.Call) { c.Talks[0].Members[0].Leg = "p-0" },
		"talk-connected":  func(c *call.Call) { c.Talks[0].From -= 1000 },
		"one-talk":        func(c *call.Call) { c.Talks = append(c.Talks, c.Talks[0]) },
		"order":           func(c *call.Call) { c.Legs[0], c.Legs[1] = c.Legs[1], c.Legs[0] },
	} {
		c := graphs(t)[warm]
		spoil(c)
		var seen []string
		for _, err := range unjoin(call.Check(c)) {
			var ce *call.CheckError
			require.True(t, errors.As(err, &ce))
			seen = append(seen, ce.Rule)
		}
		require.Contains(t, seen, rule)
	}
}

func unjoin(err error) []error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		return j.Unwrap()
	}
	return nil
}

func TestTextShowsEveryField(t *testing.T) {
	for name, c := range graphs(t) {
		text := string(call.AppendText(nil, c))
		for _, p := range c.Participants {
			require.Contains(t, text, string(p.ID), name)
		}
		for _, s := range c.Sessions {
			require.Contains(t, text, string(s.ID), name)
		}
		for _, k := range c.Links {
			require.Contains(t, text, string(k.Kind), name)
		}
		for _, f := range c.Findings {
			require.Contains(t, text, string(f.Kind), name)
		}
	}
}

// TestTextChangesWithEveryField: two sound graphs that differ in JSON differ in text.
func TestTextChangesWithEveryField(t *testing.T) {
	for name, c := range graphs(t) {
		before := string(call.AppendText(nil, c))
		count := 0
		each(reflect.ValueOf(c).Elem(), func(v reflect.Value) {
			old := reflect.ValueOf(v.Interface())
			switch v.Kind() {
			case reflect.String:
				v.SetString(v.String() + "~")
			case reflect.Int, reflect.Int64:
				v.SetInt(v.Int() + 1)
			case reflect.Bool:
				v.SetBool(!v.Bool())
			default:
				return
			}
			count++
			if string(call.AppendText(nil, c)) == before { // what the text leaves out follows from the rest
				require.Error(t, call.Check(c), "%s: %s %v is not in the text", name, v.Type(), old)
			}
			v.Set(old)
		})
		require.Greater(t, count, 20)
	}
}

// each calls f with every leaf of v, but for what names are made of.
func each(v reflect.Value, f func(reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			each(v.Elem(), f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			each(v.Index(i), f)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			each(v.Field(i), f)
		}
	default:
		f(v)
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	var c *call.Call
	for name, g := range graphs(b) {
		if strings.HasPrefix(name, "attended.txt") {
			c = g
		}
	}
	buf := call.AppendJSON(nil, c)
	b.Run("legwork", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			buf = call.AppendJSON(buf[:0], c)
		}
	})
	b.Run("yardstick=reflection", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal((*plain)(c), json.Deterministic(true)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
