// Package schema makes the JSON Schema of a call graph from the Go types of package
// call, so that readers in other languages can check and generate against it. The
// result is docs/schema/call.schema.json; after a change to the types,
//
//	go test ./internal/schema -update
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

	"github.com/legworkhq/legwork/recon/call"
)

// ID is the schema's $id. It is a name: nothing needs to fetch it.
const ID = "https://legworkhq.github.io/schema/call.schema.json"

// timePattern is the canonical form of call.Time.
const timePattern = `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`

// words are the types whose values are a closed list of words, by name.
var words = map[string][]any{
	"Status":    list(call.Open, call.Settling, call.Final),
	"Direction": list(call.Inbound, call.Outbound, call.Internal, call.UnknownDirection),
	"Outcome": list(call.Answered, call.Voicemail, call.Missed, call.Abandoned, call.Rejected, call.Busy, call.Cancelled,
		call.Failed, call.Parked, call.UnknownOutcome),
	"ParticipantKind": list(call.Extension, call.External, call.UnknownParticipant),
	"Role":            list(call.AllRoles()...),
	"LegState": list(call.StateSetup, call.StateRinging, call.StateConnected, call.StateHolding, call.StateHeld,
		call.StateParked, call.StateVoicemail, call.StateScreening, call.StateFax, call.StateGone, call.StateEnded,
		call.StateUnknown),
	"LegOutcome": list(call.LegAnswered, call.LegMissed, call.LegVoicemail, call.LegRejected, call.LegBusy,
		call.LegCancelled, call.LegFailed, call.LegElsewhere, call.LegTransferred, call.LegParked, call.LegJoined,
		call.LegRouted, call.LegUnknown),
	"LinkKind":    list(call.LinkKinds()...),
	"Basis":       list(call.BothEnds, call.OneEnd, call.SameSession, call.Inferred),
	"Mode":        list(call.TwoWay, call.Listen, call.Whisper, call.Supervising),
	"FindingKind": list(call.FindingKinds()...),
}

func list[T ~string](values ...T) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// Generate makes the schema. The descriptions are the doc comments of the Go files
// in source, the directory of package call.
func Generate(source string) ([]byte, error) {
	comments, err := commentsOf(source)
	if err != nil {
		return nil, err
	}
	// Named strings and Time get a definition each; left alone, the reflector would
	// write them out at every use, and Time as the integer that it is in Go.
	scalars := jsonschema.Definitions{}
	r := &jsonschema.Reflector{
		ExpandedStruct: true,
		Anonymous:      true,
		CommentMap:     comments,
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			s := scalar(t)
			if s == nil {
				return nil
			}
			s.Description = comments[t.PkgPath()+"."+t.Name()]
			scalars[t.Name()] = s
			return &jsonschema.Schema{Ref: "#/$defs/" + t.Name()}
		},
	}
	root := r.Reflect(&call.Call{})
	root.ID = ID
	root.Title = "Legwork call graph"
	open(root)
	for name, def := range root.Definitions {
		if name == "Roles" {
			def.PropertyNames = &jsonschema.Schema{Ref: "#/$defs/Role"}
			continue
		}
		open(def)
	}
	for name, def := range scalars {
		root.Definitions[name] = def
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

// scalar is the definition of a named type of package call that is written as a
// string, nil for every other type.
func scalar(t reflect.Type) *jsonschema.Schema {
	switch {
	case t == reflect.TypeFor[call.Time]():
		return &jsonschema.Schema{Type: "string", Format: "date-time", Pattern: timePattern}
	case t.Kind() == reflect.String && t.PkgPath() != "":
		return &jsonschema.Schema{Type: "string", Enum: words[t.Name()]}
	}
	return nil
}

// open lets an object have members that this version does not know, for types may
// gain fields, and bounds its counts.
func open(s *jsonschema.Schema) {
	s.AdditionalProperties = jsonschema.TrueSchema
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		if p.Key == "revision" || p.Key == "count" || strings.HasSuffix(p.Key, "Ms") {
			p.Value.Minimum = "0"
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
	pkg := reflect.TypeFor[call.Call]().PkgPath()
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
