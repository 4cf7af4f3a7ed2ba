package api

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	graph "github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/notice"
	"github.com/legworkhq/legwork/server/shard"
	"github.com/legworkhq/legwork/server/store"
)

// Tenant is a tenant as it is shown.
type Tenant struct {
	// ID is the tenant's for ever: it stands in the subjects of a cluster's changes.
	ID      int64      `json:"id"`
	Name    string     `json:"name"`
	Scope   string     `json:"scope"`
	Region  string     `json:"region"`
	Created graph.Time `json:"created"`
	// Open: every notification is taken, without a token.
	Open bool `json:"open"`
	// Configured: it stands in the configuration file.
	Configured bool    `json:"configured"`
	Notices    Notices `json:"notices"`
}

// Notices is where a tenant's notices go.
type Notices struct {
	URL   string   `json:"url"`
	Kinds []string `json:"kinds"`
}

func shown(t *store.Tenant) Tenant {
	return Tenant{t.ID, t.Name, t.Scope, t.Region, t.Created, len(t.TokenHash) == 0, t.Configured, Notices{t.NoticeURL, append([]string{}, t.NoticeKinds...)}}
}

func (a *API) listTenants(c *call) error {
	out := struct {
		Tenants []Tenant `json:"tenants"`
	}{Tenants: []Tenant{}}
	for _, t := range a.who.Load().tenants {
		if c.token.Tenant == 0 || c.token.Tenant == t.ID {
			out.Tenants = append(out.Tenants, shown(&t))
		}
	}
	slices.SortFunc(out.Tenants, func(x, y Tenant) int { return strings.Compare(x.Name, y.Name) })
	return c.json(http.StatusOK, out)
}

// TenantRequest adds or changes a tenant. Of a change, what is absent stays.
type TenantRequest struct {
	Name   string  `json:"name,omitzero"`
	Scope  *string `json:"scope,omitzero"`
	Region *string `json:"region,omitzero"`
	// Token is the subscription's verification token. One is made when it is absent from
	// a new tenant, and when Rotate.
	Token  *string `json:"token,omitzero"`
	Rotate bool    `json:"rotate,omitzero"`
	// Open takes every notification, without a token.
	Open    bool           `json:"open,omitzero"`
	Notices *NoticeRequest `json:"notices,omitzero"`
}

// NoticeRequest says where notices go. A secret is made when there is an URL and none.
type NoticeRequest struct {
	URL    *string   `json:"url,omitzero"`
	Secret *string   `json:"secret,omitzero"`
	Kinds  *[]string `json:"kinds,omitzero"`
}

// TenantAnswer shows, this once, what was made.
type TenantAnswer struct {
	Tenant Tenant `json:"tenant"`
	Token  string `json:"token,omitzero"`
	Secret string `json:"secret,omitzero"`
}

var tenantName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// NoticeKinds are the kinds of notices that a tenant may want.
var NoticeKinds = []string{shard.Updated, shard.Final, shard.Revised, "subscription.suspect"}

// apply changes t as asked, and returns the secrets that were made.
func (r *TenantRequest) apply(t *store.Tenant, to *notice.Targets) (answer TenantAnswer, err error) {
	if r.Scope != nil {
		if t.Scope = *r.Scope; t.Scope != "account" && t.Scope != "extension" {
			return answer, problem("body", "scope", "%.60q is neither account nor extension", t.Scope)
		}
	}
	if r.Region != nil {
		if t.Region = *r.Region; !isRegion(t.Region) {
			return answer, problem("body", "region", "%.60q is no country such as US", t.Region)
		}
	}
	if r.Open && (r.Token != nil || r.Rotate) {
		return answer, problem("body", "open", "an open tenant has no token")
	}
	switch {
	case r.Open:
		t.TokenHash = nil
	case r.Token != nil && *r.Token == "" && !r.Rotate:
		return answer, problem("body", "token", "it is empty; a tenant without token is made with open")
	case r.Token != nil && *r.Token != "":
		t.TokenHash = hash(*r.Token)
	case r.Rotate:
		answer.Token = Secret()
		t.TokenHash = hash(answer.Token)
	}
	if r.Notices != nil {
		answer.Secret, err = r.Notices.apply(t, to)
	}
	return answer, err
}

func (r *NoticeRequest) apply(t *store.Tenant, to *notice.Targets) (secret string, err error) {
	if r.URL != nil {
		if err := to.Check(*r.URL); *r.URL != "" && err != nil {
			return "", problem("body", "notices.url", "%v", err)
		}
		t.NoticeURL = *r.URL
	}
	if r.Kinds != nil {
		for _, k := range *r.Kinds {
			if !slices.Contains(NoticeKinds, k) {
				return "", problem("body", "notices.kinds", "%.60q is none of %s", k, strings.Join(NoticeKinds, " "))
			}
		}
		t.NoticeKinds = *r.Kinds
	}
	switch {
	case r.Secret != nil && *r.Secret != "":
		for s := range strings.FieldsSeq(*r.Secret) { // two while one replaces the other
			raw, ok := strings.CutPrefix(s, "whsec_")
			if key, err := base64.StdEncoding.DecodeString(raw); !ok || err != nil || len(key) < 24 {
				return "", problem("body", "notices.secret", "want whsec_ and at least 24 bytes in base64")
			}
		}
		t.NoticeSecret = *r.Secret
	case t.NoticeURL != "" && (t.NoticeSecret == "" || r.Secret != nil):
		secret = NoticeSecret()
		t.NoticeSecret = secret
	}
	return secret, nil
}

func hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Secret makes a token that nobody can guess.
func Secret() string {
	b := make([]byte, 24)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// NoticeSecret makes a secret for the signing of notices.
func NoticeSecret() string {
	b := make([]byte, 32)
	rand.Read(b)
	return "whsec_" + base64.StdEncoding.EncodeToString(b)
}

func (a *API) addTenant(c *call) error {
	var r TenantRequest
	if err := c.read(&r); err != nil {
		return err
	}
	if !tenantName.MatchString(r.Name) {
		return problem("body", "name", "%.80q is no name: 1 to 64 of a-z, 0-9, dot, hyphen and underscore, the first a letter or digit", r.Name)
	}
	t := store.Tenant{Name: r.Name, Scope: "account", Region: "US"}
	r.Rotate = r.Rotate || r.Token == nil && !r.Open
	answer, err := r.apply(&t, &a.Targets)
	if err != nil {
		return err
	}
	if err := a.Store.AddTenant(c.Context(), &t); err != nil {
		return err
	}
	answer.Tenant = shown(&t)
	if err := a.reload(c.Context()); err != nil {
		return err
	}
	a.Log.Info("tenant added", "tenant", t.Name, "by", c.token.Name)
	return c.json(http.StatusCreated, answer)
}

func (a *API) changeTenant(c *call) error {
	var r TenantRequest
	if err := c.read(&r); err != nil {
		return err
	}
	t := c.tenant
	switch {
	case r.Name != "" && r.Name != t.Name:
		return problem("body", "name", "a tenant cannot be renamed: its name stands in the URL that RingCentral has")
	case t.Configured:
		return problem("configured", "", "")
	}
	answer, err := r.apply(&t, &a.Targets)
	if err != nil {
		return err
	}
	if err := a.Store.ChangeTenant(c.Context(), t); err != nil {
		return err
	}
	answer.Tenant = shown(&t)
	if err := a.reload(c.Context()); err != nil {
		return err
	}
	a.Log.Info("tenant changed", "tenant", t.Name, "by", c.token.Name)
	return c.json(http.StatusOK, answer)
}

func (a *API) removeTenant(c *call) error {
	if c.tenant.Configured {
		return problem("configured", "", "")
	}
	a.Operator.Removing(c.tenant.ID, true)
	if err := a.Store.RemoveTenant(c.Context(), c.tenant.ID); err != nil {
		a.Operator.Removing(c.tenant.ID, errors.Is(err, store.ErrNotFound))
		return err
	}
	if err := a.reload(c.Context()); err != nil {
		return err
	}
	a.Log.Info("tenant removed", "tenant", c.tenant.Name, "by", c.token.Name)
	c.WriteHeader(http.StatusNoContent)
	return nil
}

// Token is an API token as it is shown.
type Token struct {
	Name    string     `json:"name"`
	Role    store.Role `json:"role"`
	Tenant  string     `json:"tenant,omitzero"`
	Created graph.Time `json:"created,omitzero"`
}

func (a *API) listTokens(c *call) error {
	tokens, err := a.Store.Tokens(c.Context())
	if err != nil {
		return err
	}
	names := map[int64]string{}
	for _, t := range a.who.Load().tenants {
		names[t.ID] = t.Name
	}
	out := struct {
		Tokens []Token `json:"tokens"`
	}{Tokens: []Token{}}
	for _, t := range tokens {
		out.Tokens = append(out.Tokens, Token{t.Name, t.Role, names[t.Tenant], t.Created})
	}
	return c.json(http.StatusOK, out)
}

func (a *API) addToken(c *call) error {
	var r Token
	if err := c.read(&r); err != nil {
		return err
	}
	if !tenantName.MatchString(r.Name) {
		return problem("body", "name", "%.80q is no name: 1 to 64 of a-z, 0-9, dot, hyphen and underscore", r.Name)
	}
	if r.Role != store.RoleIngest && r.Role != store.RoleRead && r.Role != store.RoleAdmin {
		return problem("body", "role", "%.60q is none of ingest read admin", r.Role)
	}
	t := store.Token{Name: r.Name, Role: r.Role}
	if r.Tenant != "" {
		tenant, ok := a.who.Load().tenants[r.Tenant]
		if !ok {
			return problem("body", "tenant", "there is no tenant %.80q", r.Tenant)
		}
		t.Tenant = tenant.ID
	}
	secret := Secret()
	t.Hash = hash(secret)
	if err := a.Store.AddToken(c.Context(), t); err != nil {
		return err
	}
	if err := a.reload(c.Context()); err != nil {
		return err
	}
	a.Log.Info("token added", "name", t.Name, "role", string(t.Role), "by", c.token.Name)
	return c.json(http.StatusCreated, struct {
		Token string `json:"token"`
	}{secret})
}

func (a *API) removeToken(c *call) error {
	if c.PathValue("name") == c.token.Name {
		return problem("parameter", "name", "a token cannot remove itself: nobody might be left who can add one")
	}
	if err := a.Store.RemoveToken(c.Context(), c.PathValue("name")); err != nil {
		return err
	}
	if err := a.reload(c.Context()); err != nil {
		return err
	}
	a.Log.Info("token removed", "name", c.PathValue("name"), "by", c.token.Name)
	c.WriteHeader(http.StatusNoContent)
	return nil
}

// Removed counts what was purged.
type Removed struct {
	Entries int64 `json:"entries"`
	Calls   int64 `json:"calls"`
	Notices int64 `json:"notices"`
}

func (a *API) purge(c *call) error {
	var r struct {
		Number string `json:"number"`
	}
	if err := c.read(&r); err != nil {
		return err
	}
	numbers := Numbers(r.Number, c.tenant.Region)
	if len(numbers) == 0 {
		return problem("body", "number", "%.60q has no digits", r.Number)
	}
	var sum store.Removed
	for _, n := range numbers {
		removed, err := a.Operator.Purge(c.Context(), c.tenant.ID, n)
		if err != nil {
			return err
		}
		sum.Add(removed)
	}
	a.Log.Info("purged", "tenant", c.tenant.Name, "calls", sum.Calls, "entries", sum.Entries, "by", c.token.Name)
	return c.json(http.StatusOK, Removed{sum.Entries, sum.Calls, sum.Notices})
}

func (a *API) rebuild(c *call) error {
	var r struct {
		DryRun bool `json:"dryRun"`
		Notify bool `json:"notify"`
	}
	if err := c.read(&r); err != nil {
		return err
	}
	report, err := a.Operator.Rebuild(c.Context(), c.tenant.ID, shard.Options{DryRun: r.DryRun, Notify: r.Notify})
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, report)
}

// DeadNotice is a notice that could not be delivered.
type DeadNotice struct {
	ID       string          `json:"id"`
	Kind     string          `json:"kind"`
	Call     graph.SessionID `json:"call,omitzero"`
	Revision int             `json:"revision,omitzero"`
	Created  graph.Time      `json:"created"`
	Attempts int             `json:"attempts"`
	Failure  string          `json:"failure"`
}

func (a *API) deadNotices(c *call) error {
	const most = 1000
	dead, err := a.Store.Dead(c.Context(), c.tenant.ID, 0, most)
	if err != nil {
		return err
	}
	out := struct {
		Notices []DeadNotice `json:"notices"`
	}{Notices: []DeadNotice{}}
	for _, n := range dead {
		out.Notices = append(out.Notices, DeadNotice{n.ID, n.Kind, n.Call, n.Revision, n.Created, n.Attempts, n.Failure})
	}
	return c.json(http.StatusOK, out)
}

func (a *API) resend(c *call) error {
	var r struct {
		ID string `json:"id"`
	}
	if err := c.read(&r); err != nil {
		return err
	}
	n, err := a.Store.Resend(c.Context(), c.tenant.ID, r.ID, graph.TimeOf(a.Now()))
	if err != nil {
		return err
	}
	a.Operator.Resent()
	return c.json(http.StatusOK, struct {
		Resent int64 `json:"resent"`
	}{n})
}

// ErrNoBackup: the database has tools of its own for that.
var ErrNoBackup = errors.New("this database is backed up with its own tools, such as pg_dump")

func (a *API) backup(c *call) error {
	c.Header().Set("Content-Type", "application/vnd.sqlite3")
	c.Header().Set("Content-Disposition", `attachment; filename="legwork.db"`)
	w := &started{ResponseWriter: c.ResponseWriter}
	err := a.Operator.Backup(c.Context(), w)
	if errors.Is(err, ErrNoBackup) {
		c.Header().Del("Content-Disposition")
		return problem("no-backup", "", "%v", err)
	}
	if err != nil && w.any {
		a.Log.Error("a backup was broken off", "error", err)
		panic(http.ErrAbortHandler)
	}
	return err
}

// started knows whether something was written.
type started struct {
	http.ResponseWriter
	any bool
}

func (s *started) Write(b []byte) (int, error) {
	s.any = true
	return s.ResponseWriter.Write(b)
}
