package config

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Show writes the configuration as a file that Load would read, and where each value is
// from. Of secrets it tells only whether they are set.
func (c *Config) Show(w io.Writer) error {
	out := bufio.NewWriter(w)
	group := ""
	for i := range settings {
		s := &settings[i]
		name, indent := s.key, ""
		if before, after, deeper := strings.Cut(s.key, "."); deeper {
			if before != group {
				fmt.Fprintf(out, "%s:\n", before)
			}
			group, name, indent = before, after, "  "
		} else {
			group = ""
		}
		if v := s.at(c); v.String() == "" && !isList(v) {
			fmt.Fprintf(out, "%s# %s is unset\n", indent, name)
		} else {
			fmt.Fprintf(out, "%-44s # %s\n", indent+name+": "+inFile(v), c.from(s))
		}
	}
	c.showTenants(out)
	c.showTokens(out)
	return out.Flush()
}

func isList(v value) bool {
	_, is := v.(*networks)
	return is
}

// from says where the value of a setting is from.
func (c *Config) from(s *setting) string {
	if o := c.Origin(s.name); o != "" {
		return o
	}
	return "default"
}

// inFile is a value as it stands in a file.
func inFile(v value) string {
	s := v.String()
	switch v.(type) {
	case *networks:
		return "[" + strings.ReplaceAll(s, ",", ", ") + "]"
	case *path, *text, *database:
		return quote(s)
	}
	return s
}

// quote writes a text so that YAML reads it as one.
func quote(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/"
	if s != "" && strings.ContainsRune(plain, rune(s[0])) && !strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune(plain+"0123456789._-", r) }) && !isWord(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// isWord: YAML would read something else than a text, in one version or other.
func isWord(s string) bool {
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "null", "y", "n":
		return true
	}
	return false
}

func (c *Config) showTenants(out io.Writer) {
	if len(c.Tenants) > 0 {
		fmt.Fprintln(out, "tenants:")
	}
	for _, t := range c.Tenants {
		fmt.Fprintf(out, "  - name: %s\n    scope: %s\n    region: %s\n", quote(t.Name), t.Scope, quote(t.Region))
		if t.Open {
			fmt.Fprintln(out, "    open: true")
		} else {
			fmt.Fprintf(out, "    token: %s\n", t.Token)
		}
		if t.NoticeURL != "" {
			fmt.Fprintf(out, "    notices:\n      url: %s\n      secret: %s\n      kinds: [%s]\n", quote(t.NoticeURL), t.NoticeSecret, strings.Join(t.NoticeKinds, ", "))
		}
	}
}

func (c *Config) showTokens(out io.Writer) {
	if len(c.Tokens) > 0 {
		fmt.Fprintln(out, "tokens:")
	}
	for _, t := range c.Tokens {
		fmt.Fprintf(out, "  - name: %s\n    role: %s\n", quote(t.Name), t.Role)
		if t.Tenant != "" {
			fmt.Fprintf(out, "    tenant: %s\n", quote(t.Tenant))
		}
		fmt.Fprintf(out, "    token: %s\n", t.Token)
	}
}
