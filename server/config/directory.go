package config

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/legworkhq/legwork/server/store"
)

// The words of tenants and tokens.
var (
	goodName    = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	scopes      = []string{"account", "extension"}
	roles       = []string{string(store.RoleIngest), string(store.RoleRead), string(store.RoleAdmin)}
	noticeKinds = []string{"call.updated", "call.final", "call.revised", "subscription.suspect"}
)

// record reads a mapping of a tenant or token.
type record struct {
	*loader
	node *yaml.Node
	what string
}

// text is a member that is checked.
func (r *record) text(member string, to *string, want string, ok func(string) bool) field {
	return field{member, func(n *yaml.Node) {
		s, good := r.scalar(n, r.what+" "+member)
		switch {
		case !good:
		case !ok(s):
			r.at(n, "%s: %s", member, wanted(want, s))
		default:
			*to = s
		}
	}}
}

func (r *record) name(to *string) field {
	return r.text("name", to, "a name: 1 to 64 of a-z, 0-9, dot, hyphen and underscore, the first a letter or digit", goodName.MatchString)
}

func (r *record) choice(member string, to *string, of []string) field {
	return r.text(member, to, oneOf(of), func(s string) bool { return slices.Contains(of, s) })
}

// source is where a secret comes from.
type source struct {
	member string // such as tokenFile
	value  string
	node   *yaml.Node
	bad    bool // a problem was told already
}

// secret is three members: the secret, the file and the variable that it is in.
func (r *record) secret(member string, from *[]source) (fields []field) {
	for _, name := range []string{member, member + "File", member + "Env"} {
		fields = append(fields, field{name, func(n *yaml.Node) {
			s, ok := r.scalar(n, r.what+" "+name)
			*from = append(*from, source{name, s, n, !ok})
		}})
	}
	return fields
}

// resolve finds the secret, "" when there is none or a problem.
func (r *record) resolve(member string, from []source) (s Secret, ok bool) {
	switch {
	case len(from) == 0:
		return "", true
	case len(from) > 1:
		r.at(from[1].node, "%s and %s: one is enough", from[0].member, from[1].member)
		return "", false
	case from[0].bad:
		return "", false
	}
	src := from[0]
	switch src.member {
	case member + "File":
		return r.fromFile(src)
	case member + "Env":
		s = Secret(strings.TrimSpace(r.variable(src.value)))
		if s == "" {
			r.at(src.node, "%s: the variable %.80q is not set", src.member, src.value)
		}
		return s, s != ""
	}
	if r.secretAt == 0 {
		r.secretAt = src.node.Line
	}
	if src.value == "" {
		r.at(src.node, "%s is empty", member)
	}
	return Secret(src.value), src.value != ""
}

func (r *record) fromFile(src source) (Secret, bool) {
	path := r.relative(src.value)
	text, err := readFile(path, 16*kib)
	s := Secret(strings.TrimSpace(string(text)))
	switch {
	case err != nil:
		r.at(src.node, "%s: %s: %s", src.member, path, reason(err))
	case s == "":
		r.at(src.node, "%s: %s is empty", src.member, path)
	case readable(path):
		r.warn(line(r.c.File, src.node.Line), path+" holds a secret, and others may read it; take their right away (chmod 600)")
	}
	return s, err == nil && s != ""
}

// Bounds of secrets, in bytes. What goes into a header must be printable.
const (
	minToken = 16
	maxToken = 512
)

// sendable: the token can be sent in a header.
func (r *record) sendable(n *yaml.Node, s Secret) bool {
	bad := func(c rune) bool { return c < '!' || c > '~' }
	if strings.ContainsFunc(string(s), bad) || len(s) > maxToken {
		r.at(n, "%s: its token must be at most %d printable ASCII characters without spaces", r.what, maxToken)
		return false
	}
	return true
}

// tenant takes one tenant.
func (l *loader) tenant(n *yaml.Node) {
	t := Tenant{Scope: "account"}
	r := &record{l, n, "tenant"}
	var token, secret []source
	var url *yaml.Node
	open := boolean(false)
	fields := append([]field{
		r.name(&t.Name),
		r.choice("scope", &t.Scope, scopes),
		r.text("region", &t.Region, "two letters such as US", isRegion),
		{"open", func(n *yaml.Node) {
			if s, ok := l.scalar(n, "open"); ok {
				if err := open.Set(s); err != nil {
					l.at(n, "open: %s", err)
				}
			}
		}},
		{"notices", func(n *yaml.Node) { url = n; r.notices(n, &t, &secret) }},
	}, r.secret("token", &token)...)
	l.mapping(n, "tenant", fields)
	t.Open = bool(open)
	if n.Kind != yaml.MappingNode {
		return
	}
	r.named("tenant", t.Name)
	r.tenantToken(&t, token)
	if url != nil {
		r.noticeSecret(url, &t, secret)
	}
	l.c.Tenants = append(l.c.Tenants, t)
}

// named notes where it stands, and finds a second one.
func (r *record) named(kind, name string) {
	if name == "" {
		if !has(r.node, "name") {
			r.at(r.node, "a %s needs a name", kind)
		}
		return
	}
	r.what = kind + " " + name
	if before, twice := r.lines[r.what]; twice {
		r.at(r.node, "%s is at %s already", r.what, before)
		return
	}
	r.lines = put(r.lines, r.what, line(r.c.File, r.node.Line))
}

func has(n *yaml.Node, member string) bool {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == member {
			return true
		}
	}
	return false
}

func (r *record) tenantToken(t *Tenant, from []source) {
	s, ok := r.resolve("token", from)
	switch {
	case !ok || s != "" && !r.sendable(from[0].node, s):
	case s == "" && !t.Open:
		r.at(r.node, "%s needs a token, tokenFile or tokenEnv, the subscription's verification token; or open: true, and takes what anybody posts", r.what)
	case s != "" && t.Open:
		r.at(from[0].node, "%s is open, and has a token: which?", r.what)
	case s == "":
		r.warn(line(r.c.File, r.node.Line), r.what+" is open: who finds its URL can post calls that never were")
	case len(s) < minToken:
		r.warn(line(r.c.File, from[0].node.Line), r.what+" has a short token, which may be guessed")
	}
	t.Token = s
}

// notices takes where a tenant's notices go.
func (r *record) notices(n *yaml.Node, t *Tenant, secret *[]source) {
	fields := append([]field{
		r.text("url", &t.NoticeURL, "an address such as https://crm.example.com/calls", noticeURL),
		{"kinds", func(n *yaml.Node) { t.NoticeKinds = r.kinds(n) }},
	}, r.secret("secret", secret)...)
	r.mapping(n, "notices", fields)
}

func (r *record) kinds(n *yaml.Node) (list []string) {
	r.list(n, "kinds", func(item *yaml.Node) {
		k, ok := r.scalar(item, "kinds")
		if ok && !slices.Contains(noticeKinds, k) {
			r.at(item, "kinds: %s", wanted(oneOf(noticeKinds), k))
		}
		list = append(list, k)
	})
	return list
}

func noticeURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil && u.Fragment == ""
}

func (r *record) noticeSecret(n *yaml.Node, t *Tenant, from []source) {
	s, ok := r.resolve("secret", from)
	switch {
	case !ok || n.Kind != yaml.MappingNode:
	case t.NoticeURL == "":
		if !has(n, "url") {
			r.at(n, "%s: notices need an url", r.what)
		}
	case s == "":
		r.at(n, "%s: notices need a secret, secretFile or secretEnv, whose holder can tell that they are ours", r.what)
	case !signs(s):
		r.at(from[0].node, "%s: want whsec_ and at least 24 bytes in base64, or several such with spaces between", from[0].member)
	}
	t.NoticeSecret = s
}

// signs: it is one secret of Standard Webhooks, or several.
func signs(s Secret) bool {
	parts := strings.Fields(string(s))
	for _, p := range parts {
		raw, ok := strings.CutPrefix(p, "whsec_")
		key, err := base64.StdEncoding.DecodeString(raw)
		if !ok || err != nil || len(key) < 24 {
			return false
		}
	}
	return len(parts) > 0
}

// token takes one API token.
func (l *loader) token(n *yaml.Node) {
	t := Token{}
	r := &record{l, n, "token"}
	var from []source
	var role string
	fields := append([]field{r.name(&t.Name), r.choice("role", &role, roles),
		r.text("tenant", &t.Tenant, "the name of a tenant", goodName.MatchString)}, r.secret("token", &from)...)
	l.mapping(n, "token", fields)
	if n.Kind != yaml.MappingNode {
		return
	}
	r.named("token", t.Name)
	t.Role = store.Role(role)
	if role == "" && !has(n, "role") {
		l.at(n, "%s needs a role: %s", r.what, oneOf(roles))
	}
	s, ok := r.resolve("token", from)
	switch {
	case !ok || s != "" && !r.sendable(from[0].node, s):
	case s == "":
		l.at(n, "%s needs a token, tokenFile or tokenEnv", r.what)
	case len(s) < minToken:
		l.at(from[0].node, "%s: its token is too short: want at least %d characters, such as those of legwork tokens add", r.what, minToken)
	case l.secrets[s] != "":
		l.at(from[0].node, "%s has the same token as %s", r.what, l.secrets[s])
	default:
		l.secrets = put(l.secrets, s, r.what)
	}
	t.Token = s
	l.c.Tokens = append(l.c.Tokens, t)
}
