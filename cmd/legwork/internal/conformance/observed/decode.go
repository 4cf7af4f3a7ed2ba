package observed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/near"
)

// Decode reads Observed Calls: one object a line, or an array of them; nothing is no
// call. A member that is not known is no error, for a receiver may tell more than is
// judged; unknown lists them, each with the nearest one that is known. The error says
// which call is wrong, and what would be right.
func Decode(data []byte) (calls []Call, unknown []string, err error) {
	return new(Decoder).Decode(data)
}

// Decoder decodes answers that are much alike, and reads a call that it has read before
// only once. The calls must not be changed. It is safe for concurrent use.
type Decoder struct {
	mu   sync.Mutex
	seen map[string]read
}

// read is one call that was read.
type read struct {
	call    Call
	unknown []string
}

// mostSeen bounds what is remembered.
const mostSeen = 4096

// one reads one call, or remembers it.
func (m *Decoder) one(raw []byte) (read, error) {
	m.mu.Lock()
	r, ok := m.seen[string(raw)]
	m.mu.Unlock()
	if ok {
		return r, nil
	}
	c, unknown, err := one(raw)
	if err != nil {
		return r, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen == nil || len(m.seen) >= mostSeen {
		m.seen = map[string]read{}
	}
	r = read{c, unknown}
	m.seen[string(raw)] = r
	return r, nil
}

// Decode is the function of the same name.
func (m *Decoder) Decode(data []byte) (calls []Call, unknown []string, err error) {
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))
	if len(data) == 0 {
		return nil, nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(data))
	array := data[0] == '['
	if array {
		_, _ = d.Token() // the bracket
	}
	for n := 1; !array || d.More(); n++ {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, nil, garbage(data, d.InputOffset(), err)
		}
		r, err := m.one(raw)
		if err != nil {
			return nil, nil, fmt.Errorf("call %d: %w", n, err)
		}
		calls = append(calls, r.call)
		for _, u := range r.unknown {
			if !slices.Contains(unknown, u) {
				unknown = append(unknown, u)
			}
		}
		if !array && d.InputOffset() >= int64(len(data)) {
			break
		}
	}
	if array {
		if _, err := d.Token(); err != nil {
			return nil, nil, garbage(data, d.InputOffset(), err)
		}
	}
	return calls, unknown, nil
}

// garbage says where what is no JSON begins.
func garbage(data []byte, at int64, err error) error {
	var s *json.SyntaxError
	if errors.As(err, &s) {
		at = max(s.Offset-1, 0)
	}
	at = min(at, int64(len(data)))
	line := 1 + bytes.Count(data[:at], []byte("\n"))
	from := bytes.LastIndexByte(data[:at], '\n') + 1
	text, _, _ := bytes.Cut(data[from:], []byte("\n"))
	return fmt.Errorf("line %d is no JSON: %.60q (want one Observed Call a line, or an array)", line, text)
}

// one reads one call.
func one(raw json.RawMessage) (c Call, unknown []string, err error) {
	if len(raw) == 0 || raw[0] != '{' {
		return c, nil, fmt.Errorf("%.40q is no Observed Call, which is an object", raw)
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		var t *json.UnmarshalTypeError
		if errors.As(err, &t) {
			return c, nil, fmt.Errorf("%s is a %s, not a %s", t.Field, t.Value, kindOf(t.Type))
		}
		return c, nil, fmt.Errorf("cannot read it: %w", err)
	}
	if err := c.check(); err != nil {
		return c, nil, err
	}
	var v any
	_ = json.Unmarshal(raw, &v) // it was read once
	strangers(reflect.TypeFor[Call](), v, "", &unknown)
	return c, unknown, nil
}

func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int64:
		return "whole number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "list"
	case reflect.Struct:
		return "object"
	}
	return t.Kind().String()
}

// check looks for words that mean nothing.
func (c *Call) check() error {
	if len(c.Sessions) == 0 || slices.Contains(c.Sessions, "") {
		return errors.New("it has no sessions: by its telephonySessionIds the suite finds it")
	}
	if err := word("direction", c.Direction, Directions()); err != nil {
		return err
	}
	if err := word("outcome", c.Outcome, Outcomes()); err != nil {
		return err
	}
	for i, l := range c.Legs {
		if l.Party == "" {
			return fmt.Errorf("legs[%d] has no party: by its id the suite finds it", i)
		}
		if err := word(fmt.Sprintf("legs[%d].result", i), l.Result, Results()); err != nil {
			return err
		}
	}
	for i, l := range c.Links {
		if l.Kind == "" {
			return fmt.Errorf("links[%d] has no kind", i)
		}
		if err := word(fmt.Sprintf("links[%d].kind", i), l.Kind, Kinds()); err != nil {
			return err
		}
	}
	return nil
}

func word(about, said string, list []string) error {
	if said == "" || slices.Contains(list, said) {
		return nil
	}
	hint := near.Hint(said, list)
	if hint == "" {
		hint = "; it is one of " + strings.Join(list, ", ")
	}
	return fmt.Errorf("%s is %q, which means nothing here%s", about, said, hint)
}

// strangers lists the members of v that t does not have.
func strangers(t reflect.Type, v any, path string, out *[]string) {
	switch v := v.(type) {
	case []any:
		if t.Kind() == reflect.Slice {
			for _, e := range v {
				strangers(t.Elem(), e, path, out)
			}
		}
	case map[string]any:
		if t.Kind() != reflect.Struct || t.PkgPath() != reflect.TypeFor[Call]().PkgPath() {
			return
		}
		names := map[string]reflect.Type{}
		var list []string
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			names[name] = t.Field(i).Type
			list = append(list, name)
		}
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			if ft, ok := names[key]; ok {
				strangers(ft, v[key], path+key+".", out)
				continue
			}
			if text := path + key + near.Hint(key, list); !slices.Contains(*out, text) {
				*out = append(*out, text)
			}
		}
	}
}
