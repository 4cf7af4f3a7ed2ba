// Package schema makes the JSON Schema of an Observed Call from the Go types of package
// observed. The result is docs/schema/observed-call.schema.json; after a change to the
// types,
//
//	go test ./cmd/legwork/internal/conformance/schema -update
//
// writes it anew.
package schema

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/invopop/jsonschema"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/observed"
)

// ID is the schema's $id. It is a name: nothing needs to fetch it.
const ID = "https://legworkhq.github.io/schema/observed-call.schema.json"

// words are the members whose values are a closed list of words, by type and member.
func words() map[string][]string {
	return map[string][]string{"Call.direction": observed.Directions(), "Call.outcome": observed.Outcomes(), "Leg.result": observed.Results(), "Link.kind": observed.Kinds()}
}

// Generate makes the schema. The descriptions are the doc comments of the Go files in
// source, the directory of package observed.
func Generate(source string) ([]byte, error) {
	comments, err := commentsOf(source)
	if err != nil {
		return nil, err
	}
	person := comments[reflect.TypeFor[observed.Person]().PkgPath()+".Person"]
	r := &jsonschema.Reflector{ExpandedStruct: true, Anonymous: true, CommentMap: comments, Mapper: func(t reflect.Type) *jsonschema.Schema {
		if t == reflect.TypeFor[observed.Person]() {
			return &jsonschema.Schema{Ref: "#/$defs/Person"}
		}
		return nil
	}}
	root := r.Reflect(&observed.Call{})
	root.ID, root.Title = ID, "Observed Call"
	root.Definitions["Person"] = &jsonschema.Schema{Type: "string", MinLength: one(), Description: person}
	open("Call", root)
	for name, def := range root.Definitions {
		if name != "Person" {
			open(name, def)
		}
	}
	raw, err := json.Marshal(root)
	if err != nil {
		return nil, err
	}
	// Formatting also turns the \u003c that encoding/json makes of < back.
	text := jsontext.Value(raw)
	if err := text.Format(jsontext.WithIndent("  ")); err != nil {
		return nil, err
	}
	return append(text, '\n'), nil
}

func one() *uint64 { n := uint64(1); return &n }

// open lets an object have members of the receiver's own, and says what values its
// members have.
func open(name string, s *jsonschema.Schema) {
	s.AdditionalProperties = jsonschema.TrueSchema
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		for _, w := range words()[name+"."+p.Key] {
			p.Value.Enum = append(p.Value.Enum, w)
		}
		switch {
		case p.Key == "sessions":
			p.Value.MinItems = one()
			p.Value.Items.MinLength = one()
		case p.Key == "party":
			p.Value.MinLength = one()
		}
	}
}

// commentsOf reads the doc comments of the package in dir, by qualified name, each
// paragraph on one line.
func commentsOf(dir string) (map[string]string, error) {
	var r jsonschema.Reflector
	if err := r.AddGoComments("", dir, jsonschema.WithFullComment()); err != nil {
		return nil, err
	}
	// The reflector names a package by its path on disk, which is not its import path
	// unless the working directory is the module's root.
	pkg := reflect.TypeFor[observed.Call]().PkgPath()
	out := map[string]string{}
	for name, text := range r.CommentMap {
		paragraphs := strings.Split(text, "\n\n")
		for i, p := range paragraphs {
			paragraphs[i] = strings.Join(strings.Fields(p), " ")
		}
		out[pkg+strings.TrimPrefix(name, filepath.Clean(dir))] = strings.Join(paragraphs, "\n\n")
	}
	return out, nil
}
