// Package target reads the file that describes a receiver under test, and starts and
// stops the receiver.
package target

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/near"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/observed"
	"github.com/legworkhq/legwork/cmd/legwork/internal/webhook"
)

// How the suite sees what a receiver understood.
const (
	None = "none"
	HTTP = "http"
	Exec = "exec"
	File = "file"
	SQL  = "sql"
	// Legwork is a server of ours, by its data directory.
	Legwork = "legwork"
)

// Defaults of a Target.
const (
	DefaultSettle   = 10 * time.Second
	DefaultParallel = 8
)

// Target is a receiver under test.
type Target struct {
	File    string // where it is described
	Name    string
	Version string
	Webhook *url.URL // nil for Exec
	// Token is sent as Verification-Token; "" for none.
	Token string
	Sees  Sees
	// Settle is how long the receiver may take after the last notification.
	Settle time.Duration
	// Start is the command that starts the receiver, nil where it runs already.
	Start []string
	Facts observed.Facts
	// Lacks are the areas that the receiver does not do.
	Lacks     []string
	Tolerance time.Duration
	// Parallel is how many cases may be played at once.
	Parallel int
}

// Sees is the probe.
type Sees struct {
	Kind string // None, HTTP, Exec, File, SQL or Legwork
	URL  string // of HTTP; may hold {since}
	Args []string
	Path string // of File and Legwork
	SQL  Query
}

// Query asks a database.
type Query struct{ Driver, DSN, Query string }

// Error says what is wrong with a target's file, and where.
type Error struct {
	File string
	Line int // 0 for the file as a whole
	Text string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
}

// Read reads a target's file. areas are what a receiver may lack. The error is an
// *Error.
func Read(file string, areas []string) (*Target, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		var p *os.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		return nil, &Error{File: file, Text: err.Error()}
	}
	return Parse(file, data, areas)
}

// Parse is Read of what stands in a file.
func Parse(file string, data []byte, areas []string) (*Target, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		line, text := 0, strings.TrimPrefix(err.Error(), "yaml: ")
		if _, rest, ok := strings.Cut(text, "line "); ok {
			if n, _ := fmt.Sscanf(rest, "%d:", &line); n == 1 {
				_, text, _ = strings.Cut(rest, ": ")
			}
		}
		return nil, &Error{file, line, "it is no YAML: " + text}
	}
	t := &Target{File: file, Settle: DefaultSettle, Tolerance: observed.DefaultTolerance, Parallel: DefaultParallel}
	r := &reader{file: file, t: t, areas: areas}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, &Error{file, 0, "it has no keys; it needs at least name, webhook and sees"}
	}
	if err := r.document(doc.Content[0]); err != nil {
		return nil, err
	}
	return t, nil
}

// reader reads one file.
type reader struct {
	file  string
	t     *Target
	areas []string
}

func (r *reader) fail(n *yaml.Node, format string, args ...any) error {
	return &Error{r.file, n.Line, fmt.Sprintf(format, args...)}
}

// field reads the value of one key.
type field struct {
	key  string
	read func(*yaml.Node) error
}

// mapping reads an object whose keys are fields, each at most once.
func (r *reader) mapping(n *yaml.Node, what string, fields []field) (map[string]*yaml.Node, error) {
	if n.Kind != yaml.MappingNode {
		return nil, r.fail(n, "%s is written as keys and values", what)
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.key
	}
	seen := map[string]*yaml.Node{}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := slices.Index(names, key.Value)
		switch {
		case at < 0:
			hint := near.Hint(key.Value, names)
			if hint == "" {
				hint = "; there is " + strings.Join(names, ", ")
			}
			return nil, r.fail(key, "%s has no key %q%s", what, key.Value, hint)
		case seen[key.Value] != nil:
			return nil, r.fail(key, "%s stands twice, first in line %d", key.Value, seen[key.Value].Line)
		}
		seen[key.Value] = key
		if err := fields[at].read(value); err != nil {
			return nil, err
		}
	}
	return seen, nil
}

func (r *reader) document(n *yaml.Node) error {
	t := r.t
	seen, err := r.mapping(n, "a target", []field{
		{"name", r.text("name", &t.Name)},
		{"version", r.text("version", &t.Version)},
		{"webhook", r.webhook},
		{"token", r.text("token", &t.Token)},
		{"sees", r.sees},
		{"settle", r.duration("settle", &t.Settle, 10*time.Millisecond, 10*time.Minute)},
		{"start", r.words("start", &t.Start)},
		{"facts", r.facts},
		{"lacks", r.lacks},
		{"tolerance", r.duration("tolerance", &t.Tolerance, time.Millisecond, time.Hour)},
		{"parallel", r.count("parallel", &t.Parallel)},
	})
	if err != nil {
		return err
	}
	switch {
	case t.Name == "":
		return r.fail(n, "name is missing: the report calls the receiver by it")
	case seen["sees"] == nil:
		return r.fail(n, "sees is missing: none, or http, exec, file, sql or legwork with its address")
	case t.Webhook == nil && t.Sees.Kind != Exec:
		return r.fail(n, "webhook is missing: the address to post notifications to")
	case !webhook.ValidHeader("x", t.Token):
		return r.fail(seen["token"], "token cannot be sent in a header")
	}
	return nil
}

// scalar is a plain value.
func (r *reader) scalar(n *yaml.Node, name string) (string, error) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return "", r.fail(n, "%s wants one value", name)
	}
	return n.Value, nil
}

func (r *reader) text(name string, dst *string) func(*yaml.Node) error {
	return func(n *yaml.Node) (err error) {
		*dst, err = r.scalar(n, name)
		return err
	}
}

func (r *reader) words(name string, dst *[]string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
			return r.fail(n, "%s is a list, such as [node, server.js]", name)
		}
		for _, e := range n.Content {
			s, err := r.scalar(e, name)
			if err != nil {
				return err
			}
			*dst = append(*dst, s)
		}
		return nil
	}
}

func (r *reader) duration(name string, dst *time.Duration, least, most time.Duration) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		s, err := r.scalar(n, name)
		if err != nil {
			return err
		}
		d, err := time.ParseDuration(s)
		if err != nil || d < least || d > most {
			return r.fail(n, "%s is %q; it is a duration from %v to %v, such as 10s", name, s, least, most)
		}
		*dst = d
		return nil
	}
}

func (r *reader) count(name string, dst *int) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if err := n.Decode(dst); err != nil || *dst < 1 || *dst > 64 {
			return r.fail(n, "%s is %q; it is how many cases are played at once, from 1 to 64", name, n.Value)
		}
		return nil
	}
}

func (r *reader) webhook(n *yaml.Node) error {
	s, err := r.scalar(n, "webhook")
	if err != nil {
		return err
	}
	if r.t.Webhook, err = webhook.ParseURL(s); err != nil {
		return r.fail(n, "webhook: %v", err)
	}
	return nil
}

func (r *reader) facts(n *yaml.Node) error {
	var names []string
	if err := r.words("facts", &names)(n); err != nil {
		return err
	}
	for i, f := range names {
		if !slices.Contains(observed.FactNames(), f) {
			return r.fail(n.Content[i], "there is no fact %q%s", f, near.Hint(f, observed.FactNames()))
		}
	}
	var err error
	r.t.Facts, err = observed.ParseFacts(names)
	return err
}

func (r *reader) lacks(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		return nil
	}
	if err := r.words("lacks", &r.t.Lacks)(n); err != nil {
		return err
	}
	for i, a := range r.t.Lacks {
		if !slices.Contains(r.areas, a) {
			hint := near.Hint(a, r.areas)
			if hint == "" {
				hint = "; there is " + strings.Join(r.areas, ", ")
			}
			return r.fail(n.Content[i], "lacks: there is no area %q%s", a, hint)
		}
	}
	return nil
}

func (r *reader) sees(n *yaml.Node) error {
	s := &r.t.Sees
	if n.Kind == yaml.ScalarNode {
		if n.Value != None {
			return r.fail(n, "sees is %q; alone it can only be none, else it is http, exec, file, sql or legwork with its address", n.Value)
		}
		s.Kind = None
		return nil
	}
	kind := func(k string, read func(*yaml.Node) error) func(*yaml.Node) error {
		return func(n *yaml.Node) error {
			if s.Kind != "" {
				return r.fail(n, "sees has %s and %s; it is exactly one", s.Kind, k)
			}
			s.Kind = k
			return read(n)
		}
	}
	_, err := r.mapping(n, "sees", []field{
		{None, kind(None, func(*yaml.Node) error { return nil })},
		{HTTP, kind(HTTP, r.probeURL)},
		{Exec, kind(Exec, r.words("exec", &s.Args))},
		{File, kind(File, r.text("file", &s.Path))},
		{SQL, kind(SQL, r.sql)},
		{Legwork, kind(Legwork, r.text("legwork", &s.Path))},
	})
	if err == nil && s.Kind == "" {
		err = r.fail(n, "sees is empty; it is none, http, exec, file, sql or legwork")
	}
	return err
}

func (r *reader) probeURL(n *yaml.Node) error {
	s, err := r.scalar(n, "http")
	if err != nil {
		return err
	}
	if _, err := webhook.ParseURL(strings.ReplaceAll(s, "{since}", "now")); err != nil {
		return r.fail(n, "sees.http: %v", err)
	}
	r.t.Sees.URL = s
	return nil
}

// Drivers lists the databases that can be asked.
func Drivers() []string { return []string{"sqlite", "postgres"} }

func (r *reader) sql(n *yaml.Node) error {
	q := &r.t.Sees.SQL
	_, err := r.mapping(n, "sql", []field{{"driver", r.text("driver", &q.Driver)}, {"dsn", r.text("dsn", &q.DSN)}, {"query", r.text("query", &q.Query)}})
	switch {
	case err != nil:
		return err
	case !slices.Contains(Drivers(), q.Driver):
		return r.fail(n, "sql: the driver is sqlite or postgres, not %q", q.Driver)
	case q.DSN == "", q.Query == "":
		return r.fail(n, "sql needs driver, dsn and query")
	}
	return nil
}
