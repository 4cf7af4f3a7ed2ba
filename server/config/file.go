package config

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxFile is the largest file that is read, in bytes.
const maxFile = 4 * mib

// file takes settings, tenants and tokens from the file.
func (l *loader) file(name string) {
	text, err := readFile(name, maxFile)
	if err != nil {
		l.problem(name, reason(err))
		return
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	if err := dec.Decode(&doc); err == io.EOF {
		return // nothing but comments
	} else if err != nil {
		l.syntax(name, err)
		return
	}
	l.group(doc.Content[0], "")
	var more yaml.Node
	if err := dec.Decode(&more); err == nil {
		l.at(&more, "there is a second document; one is enough")
	} else if err != io.EOF {
		l.syntax(name, err)
	}
	if l.secretAt > 0 && readable(name) {
		l.warn(line(name, l.secretAt), "a secret stands here, and others may read the file; take their right away (chmod 600), or use tokenFile")
	}
}

func readFile(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(text)) > most {
		return nil, fmt.Errorf("it is larger than %s", formatSize(most))
	}
	return text, err
}

// readable: others may read the file.
func readable(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().Perm()&0o004 != 0
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// syntax is what the YAML library says, at its place.
func (l *loader) syntax(name string, err error) {
	text := err.Error()
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		l.problem(line(name, n), text[len(m[0]):])
		return
	}
	l.problem(name, strings.TrimPrefix(text, "yaml: "))
}

// at is a problem at a node.
func (l *loader) at(n *yaml.Node, format string, args ...any) {
	l.problem(line(l.c.File, n.Line), fmt.Sprintf(format, args...))
}

// field is a member of a mapping, and what takes its value.
type field struct {
	name string
	take func(*yaml.Node)
}

// mapping takes the members of a mapping. What it is, is for messages.
func (l *loader) mapping(n *yaml.Node, what string, fields []field) {
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		return
	case n.Kind == yaml.AliasNode:
		l.at(n, "%s: aliases are not understood here", what)
		return
	case n.Kind != yaml.MappingNode:
		l.at(n, "%s: want members such as %s: ...", what, fields[0].name)
		return
	}
	seen := map[string]int{}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name := key.Value
		if before := seen[name]; before > 0 {
			l.at(key, "%s stands in line %d already", name, before)
			continue
		}
		seen[name] = key.Line
		if take := taker(fields, name); take != nil {
			take(value)
			continue
		}
		var names []string
		for _, f := range fields {
			names = append(names, f.name)
		}
		l.at(key, "%s has no member %.60q%s", what, name, nearest(name, names))
	}
}

func taker(fields []field, name string) func(*yaml.Node) {
	for _, f := range fields {
		if f.name == name {
			return f.take
		}
	}
	return nil
}

// group takes the settings whose keys begin with prefix.
func (l *loader) group(n *yaml.Node, prefix string) {
	what := strings.TrimSuffix(prefix, ".")
	if prefix == "" {
		what = "the file"
	}
	l.mapping(n, what, l.fields(prefix))
}

func (l *loader) fields(prefix string) (fields []field) {
	for i := range settings {
		s := &settings[i]
		rest, ok := strings.CutPrefix(s.key, prefix)
		if !ok {
			continue
		}
		name, _, deeper := strings.Cut(rest, ".")
		switch {
		case !deeper:
			fields = append(fields, field{name, func(n *yaml.Node) { l.setting(s, n) }})
		case taker(fields, name) == nil:
			fields = append(fields, field{name, func(n *yaml.Node) { l.group(n, prefix+name+".") }})
		}
	}
	switch {
	case prefix != "":
	case l.bare:
		ignore := func(*yaml.Node) {}
		fields = append(fields, field{"tenants", ignore}, field{"tokens", ignore})
	default:
		fields = append(fields, field{"tenants", func(n *yaml.Node) { l.list(n, "tenants", l.tenant) }},
			field{"tokens", func(n *yaml.Node) { l.list(n, "tokens", l.token) }})
	}
	return fields
}

// setting takes one from its node.
func (l *loader) setting(s *setting, n *yaml.Node) {
	v := s.at(l.c)
	if isList(v) {
		l.settingList(s, n)
		return
	}
	text, ok := l.scalar(n, s.key)
	if !ok {
		l.broken = put(l.broken, s.name, true)
		return
	}
	if _, is := v.(*path); is && text != "" {
		text = l.relative(text)
	}
	l.set(s, line(l.c.File, n.Line), text)
}

// settingList takes one that is a list. Each member is tried alone, for its line.
func (l *loader) settingList(s *setting, n *yaml.Node) {
	var good []string
	l.list(n, s.key, func(item *yaml.Node) {
		text, ok := l.scalar(item, s.key)
		if !ok {
			return
		}
		if err := s.at(Default()).Set(text); err != nil {
			l.at(item, "%s: %s", s.key, err)
			return
		}
		good = append(good, text)
	})
	if len(good) > 0 {
		l.set(s, line(l.c.File, n.Line), strings.Join(good, ","))
	}
}

// scalar is the text of a single value, as it stands there.
func (l *loader) scalar(n *yaml.Node, what string) (string, bool) {
	switch {
	case n.Kind == yaml.AliasNode:
		l.at(n, "%s: aliases are not understood here", what)
	case n.Kind != yaml.ScalarNode:
		l.at(n, "%s: want a single value", what)
	case n.Tag == "!!null":
		l.at(n, "%s has no value; remove it, or give it one", what)
	default:
		return n.Value, true
	}
	return "", false
}

// list takes each member of a list.
func (l *loader) list(n *yaml.Node, what string, take func(*yaml.Node)) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.SequenceNode {
		l.at(n, "%s: want a list, each with a hyphen before it", what)
		return
	}
	for _, item := range n.Content {
		take(item)
	}
}
