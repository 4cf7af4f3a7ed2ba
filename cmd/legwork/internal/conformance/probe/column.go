package probe

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/observed"
)

// fieldNames lists the fields of an Observed Call.
func fieldNames() (out []string) {
	t := reflect.TypeFor[observed.Call]()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		out = append(out, name)
	}
	return out
}

// field is the field that a column is named after: databases fold the case of names, and
// write answered_by for answeredBy.
func field(column string) string {
	fold := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }
	names := fieldNames()
	if i := slices.IndexFunc(names, func(n string) bool { return fold(n) == fold(column) }); i >= 0 {
		return names[i]
	}
	return column
}

// member is a column's value as the JSON of its field.
func member(name string, v any) ([]byte, error) {
	if b, ok := v.([]byte); ok {
		v = string(b)
	}
	switch name {
	case "sessions", "participants", "talkers", "onTheLine", "legs", "links", "talks":
		return list(v)
	case "answered", "ended":
		return boolean(v)
	case "startedAt", "answeredAt", "endedAt":
		return instant(v)
	case "talkMs", "holdMs":
		return number(v)
	}
	if s, ok := v.(string); ok {
		return json.Marshal(s)
	}
	return json.Marshal(fmt.Sprint(v)) // an extension number that is kept as a number
}

// list is a JSON array, or a text of words between commas.
func list(v any) ([]byte, error) {
	s, ok := v.(string)
	if !ok {
		return json.Marshal(v)
	}
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "[") {
		return []byte(s), nil
	}
	if inner, ok := strings.CutPrefix(s, "{"); ok { // PostgreSQL's own arrays
		s = strings.TrimSuffix(inner, "}")
	}
	words := []string{}
	for w := range strings.SplitSeq(s, ",") {
		if w = strings.Trim(strings.TrimSpace(w), `"`); w != "" {
			words = append(words, w)
		}
	}
	return json.Marshal(words)
}

func boolean(v any) ([]byte, error) {
	switch strings.ToLower(fmt.Sprint(v)) {
	case "true", "t", "1", "yes", "y":
		return []byte("true"), nil
	case "false", "f", "0", "no", "n":
		return []byte("false"), nil
	}
	return nil, fmt.Errorf("%v is neither true nor false", v)
}

// instant is RFC 3339, SQLite's own form in UTC, or milliseconds since the epoch.
func instant(v any) ([]byte, error) {
	switch v := v.(type) {
	case time.Time:
		return json.Marshal(v.UTC())
	case int64:
		return json.Marshal(time.UnixMilli(v).UTC())
	case string:
		for _, form := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999"} {
			if t, err := time.Parse(form, v); err == nil {
				return json.Marshal(t.UTC())
			}
		}
	}
	return nil, fmt.Errorf("%v is no instant: want RFC 3339, or milliseconds since 1970", v)
}

func number(v any) ([]byte, error) {
	n, err := strconv.ParseFloat(fmt.Sprint(v), 64)
	if err != nil {
		return nil, fmt.Errorf("%v is no number", v)
	}
	return json.Marshal(int64(n))
}
