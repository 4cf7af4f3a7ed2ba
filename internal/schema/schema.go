// Package schema makes the JSON Schema of a call graph from the types of
// recon/call, so that the published schema cannot drift from the code.
//
// It stands outside recon: embedding the engine must not bring a schema library.
package schema

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/legworkhq/legwork/recon/call"
)

// ID names the schema.
const ID = "https://legworkhq.github.io/schema/call.schema.json"

// Call returns the schema of one call graph as indented JSON. root is the module's
// root folder, where the documentation of the fields is read.
func Call(root string) ([]byte, error) {
	r := &jsonschema.Reflector{Anonymous: true, AllowAdditionalProperties: true, Mapper: words, RequiredFromJSONSchemaTags: true}
	if err := r.AddGoComments("github.com/legworkhq/legwork", root+"/recon/call", jsonschema.WithFullComment()); err != nil {
		return nil, err
	}
	r.CommentMap = rooted(r.CommentMap, root)
	s := r.ReflectFromType(reflect.TypeFor[CallGraph]())
	s.ID = ID
	s.Title = "Legwork call graph"
	for name, def := range s.Definitions {
		tighten(def, structs[name])
	}
	out, err := json.MarshalIndent(s, "", "  ")
	return append(out, '\n'), err
}

// CallGraph is a Call without its MarshalJSON, which would hide its fields.
type CallGraph call.Call

var structs = map[string]reflect.Type{}

func init() {
	for _, t := range []reflect.Type{reflect.TypeFor[CallGraph](), reflect.TypeFor[call.EndedBy](), reflect.TypeFor[call.Session](), reflect.TypeFor[call.Sequences](),
		reflect.TypeFor[call.Range](), reflect.TypeFor[call.Participant](), reflect.TypeFor[call.Leg](), reflect.TypeFor[call.Endpoint](), reflect.TypeFor[call.State](),
		reflect.TypeFor[call.End](), reflect.TypeFor[call.Peer](), reflect.TypeFor[call.Recording](), reflect.TypeFor[call.Link](), reflect.TypeFor[call.Evidence](),
		reflect.TypeFor[call.Talk](), reflect.TypeFor[call.Member](), reflect.TypeFor[call.Finding]()} {
		structs[t.Name()] = t
	}
}

// tighten lists the members that are always written, those without omitzero, and
// bounds the sums and counts.
func tighten(def *jsonschema.Schema, t reflect.Type) {
	if t == nil {
		return
	}
	def.Required = nil
	for i := range t.NumField() {
		name, rest, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if rest == "" {
			def.Required = append(def.Required, name)
		}
		if p, ok := def.Properties.Get(name); ok && (strings.HasSuffix(name, "Ms") || name == "count" || name == "revision") {
			p.Minimum = "0"
		}
	}
}

// rooted names the comments by import path, however the root was written.
func rooted(in map[string]string, root string) map[string]string {
	out := map[string]string{}
	for k, v := range in {
		if _, tail, ok := strings.Cut(k, "recon/call"); ok {
			k = "github.com/legworkhq/legwork/recon/call" + tail
			out[strings.Replace(k, "recon/call.Call", "internal/schema.CallGraph", 1)] = v
		}
		out[k] = v
	}
	return out
}

// words describes the types that are written as text.
func words(t reflect.Type) *jsonschema.Schema {
	if t == reflect.TypeFor[call.Time]() {
		return &jsonschema.Schema{Type: "string", Format: "date-time", Pattern: `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`}
	}
	if t == reflect.TypeFor[call.Roles]() {
		return &jsonschema.Schema{Type: "object", PropertyNames: enum(call.AllRoles()),
			AdditionalProperties: &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "string"}, MinItems: new(uint64(1))}}
	}
	for _, e := range enums {
		if reflect.TypeOf(e[0]) == t {
			return enum(e)
		}
	}
	return nil
}

func enum[T any](values []T) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, v := range values {
		s.Enum = append(s.Enum, v)
	}
	return s
}

// enums lists the words of recon/call/words.go, each list of one type.
var enums = [][]any{
	anys(call.Open, call.Settling, call.Final),
	anys(call.Inbound, call.Outbound, call.Internal, call.UnknownDirection),
	anys(call.Answered, call.Voicemail, call.Missed, call.Abandoned, call.Rejected, call.Busy, call.Cancelled, call.Failed, call.Parked, call.UnknownOutcome),
	anys(call.Extension, call.External, call.UnknownParticipant),
	anys(call.AllRoles()...),
	anys(call.StateSetup, call.StateRinging, call.StateConnected, call.StateHolding, call.StateHeld, call.StateParked, call.StateVoicemail,
		call.StateScreening, call.StateFax, call.StateGone, call.StateEnded, call.StateUnknown),
	anys(call.LegAnswered, call.LegMissed, call.LegVoicemail, call.LegRejected, call.LegBusy, call.LegCancelled, call.LegFailed, call.LegElsewhere,
		call.LegTransferred, call.LegParked, call.LegJoined, call.LegRouted, call.LegUnknown),
	anys(call.LinkKinds()...),
	anys(call.BothEnds, call.OneEnd, call.SameSession, call.Inferred),
	anys(call.TwoWay, call.Listen, call.Whisper, call.Supervising),
	anys(call.FindingKinds()...),
}

func anys[T any](values ...T) (out []any) {
	for _, v := range values {
		out = append(out, v)
	}
	return out
}
