package api

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/legworkhq/legwork/server/notice"
	"github.com/legworkhq/legwork/server/shard"
	"github.com/legworkhq/legwork/server/store"
)

// Prefix is where the API begins.
const Prefix = "/api/v1"

// Cookie is the page's: it holds the token that a browser cannot send otherwise.
const Cookie = "legwork_token"

// Operator is the server that runs beside the store.
type Operator interface {
	// Ingest takes bodies and returns their fates when they are on disk: new, duplicate
	// or undecodable.
	Ingest(ctx context.Context, tenant int64, bodies [][]byte) ([]string, error)
	Purge(ctx context.Context, tenant int64, number string) (store.Removed, error)
	Rebuild(ctx context.Context, tenant int64, opt shard.Options) (*shard.Report, error)
	// Removing is called before a tenant is removed, and, with false, when that failed.
	Removing(tenant int64, removed bool)
	// Reload is called after tenants changed.
	Reload(ctx context.Context) error
	// Resent is called after notices were told to be sent again.
	Resent()
	// Subscribe returns a channel that gets something after changes of a tenant's calls.
	Subscribe(tenant int64) (wake <-chan struct{}, cancel func())
	// Health is how a tenant's subscription is, ready for JSON.
	Health(tenant int64) any
	// Backup writes a copy of the database.
	Backup(ctx context.Context, w io.Writer) error
	// Closing is closed when the server ends: streams end then.
	Closing() <-chan struct{}
}

// Config of New. Store, Operator and Log are required.
type Config struct {
	Store    store.Store
	Operator Operator
	Log      *slog.Logger
	// Targets says where notices may go.
	Targets notice.Targets
	// Now is the clock. Nil means time.Now.
	Now func() time.Time
}

// API is the handler of everything below Prefix. Make one with New.
type API struct {
	Config
	mux *http.ServeMux
	who atomic.Pointer[who]
}

// who is who may ask, and about whom.
type who struct {
	tokens  Tokens
	tenants map[string]store.Tenant
}

// route is one method and path.
type route struct {
	pattern string
	role    store.Role
	serve   func(*API, *call) error
}

// call is one request that was let in.
type call struct {
	http.ResponseWriter
	*http.Request
	token store.Token
	// tenant is that of the path, if it has one.
	tenant store.Tenant
}

// Header is the answer's.
func (c *call) Header() http.Header { return c.ResponseWriter.Header() }

// Write writes to the answer.
func (c *call) Write(b []byte) (int, error) { return c.ResponseWriter.Write(b) }

// routes lists everything. The role is the least that is needed.
var routes = []route{
	{"GET /openapi.json", "", (*API).openAPI},
	{"GET /problems/{name}", "", (*API).problem},
	{"GET /whoami", store.RoleIngest, (*API).whoami},
	{"GET /tenants", store.RoleRead, (*API).listTenants},
	{"POST /tenants", store.RoleAdmin, (*API).addTenant},
	{"PATCH /tenants/{tenant}", store.RoleAdmin, (*API).changeTenant},
	{"DELETE /tenants/{tenant}", store.RoleAdmin, (*API).removeTenant},
	{"GET /tenants/{tenant}/calls", store.RoleRead, (*API).search},
	{"GET /tenants/{tenant}/calls/{id}", store.RoleRead, (*API).show},
	{"GET /tenants/{tenant}/calls/{id}/events", store.RoleRead, (*API).events},
	{"GET /tenants/{tenant}/calls/{id}/explain", store.RoleRead, (*API).explain},
	{"GET /tenants/{tenant}/changes", store.RoleRead, (*API).changes},
	{"GET /tenants/{tenant}/problems", store.RoleRead, (*API).undecodable},
	{"GET /tenants/{tenant}/health", store.RoleRead, (*API).health},
	{"GET /tenants/{tenant}/export", store.RoleRead, (*API).export},
	{"POST /tenants/{tenant}/events", store.RoleIngest, (*API).ingest},
	{"POST /tenants/{tenant}/purge", store.RoleAdmin, (*API).purge},
	{"POST /tenants/{tenant}/rebuild", store.RoleAdmin, (*API).rebuild},
	{"GET /tenants/{tenant}/notices/dead", store.RoleRead, (*API).deadNotices},
	{"POST /tenants/{tenant}/notices/resend", store.RoleAdmin, (*API).resend},
	{"GET /tokens", store.RoleAdmin, (*API).listTokens},
	{"POST /tokens", store.RoleAdmin, (*API).addToken},
	{"DELETE /tokens/{name}", store.RoleAdmin, (*API).removeToken},
	{"POST /backup", store.RoleAdmin, (*API).backup},
}

// New makes the API. The error is the store's.
func New(ctx context.Context, cfg Config) (*API, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	a := &API{Config: cfg, mux: http.NewServeMux()}
	for _, r := range routes {
		method, path, _ := strings.Cut(r.pattern, " ")
		a.mux.HandleFunc(method+" "+Prefix+path, func(w http.ResponseWriter, req *http.Request) {
			a.enter(&call{ResponseWriter: w, Request: req}, r)
		})
	}
	a.mux.HandleFunc(Prefix+"/", a.elsewhere)
	return a, a.Refresh(ctx)
}

// Refresh reads tenants and tokens again.
func (a *API) Refresh(ctx context.Context) error {
	tenants, err := a.Store.Tenants(ctx)
	if err != nil {
		return err
	}
	tokens, err := a.Store.Tokens(ctx)
	if err != nil {
		return err
	}
	w := &who{tokens: TokensOf(tokens), tenants: map[string]store.Tenant{}}
	for _, t := range tenants {
		w.tenants[t.Name] = t
	}
	a.who.Store(w)
	return nil
}

// reload follows a change of tenants or tokens.
func (a *API) reload(ctx context.Context) error {
	return errors.Join(a.Refresh(ctx), a.Operator.Reload(ctx))
}

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox") // for who opens an SVG
	w.Header().Set("Cache-Control", "no-store")
	a.mux.ServeHTTP(w, r)
}

// enter lets a request in, or not, and answers its error.
func (a *API) enter(c *call, r route) {
	if r.role == "" {
		a.answer(c, r.serve(a, c))
		return
	}
	if err := a.admit(c, r.role); err != nil {
		a.answer(c, err)
		return
	}
	c.Body = http.MaxBytesReader(c.ResponseWriter, c.Body, maxBody(r))
	a.answer(c, r.serve(a, c))
}

// maxBody is the longest body of a request.
func maxBody(r route) int64 {
	if r.role == store.RoleIngest {
		return 64 << 20
	}
	return 64 << 10
}

// Token finds the token of a request: in the header, or in the page's cookie.
func (a *API) Token(r *http.Request) (t store.Token, ok bool) { return TokenOf(r, a.who.Load().tokens) }

// Tokens are found by what Token finds in a request.
type Tokens map[[sha256.Size]byte]store.Token

// TokensOf makes Tokens.
func TokensOf(list []store.Token) Tokens {
	out := make(Tokens, len(list))
	for _, t := range list {
		out[[sha256.Size]byte(t.Hash)] = t
	}
	return out
}

// TokenOf finds the token of a request among some: in the header, or in the page's cookie.
func TokenOf(r *http.Request, among Tokens) (t store.Token, ok bool) {
	text, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		c, err := r.Cookie(Cookie)
		if err != nil || !sameOrigin(r) {
			return t, false
		}
		text = c.Value
	}
	// The map is searched by a hash that nobody can aim at.
	t, ok = among[sha256.Sum256([]byte(strings.TrimSpace(text)))]
	return t, ok
}

// sameOrigin: a browser sends cookies also with what other sites make it ask for.
func sameOrigin(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
		return r.Method == http.MethodGet || r.Method == http.MethodHead || strings.HasSuffix(r.Header.Get("Origin"), "://"+r.Host)
	}
	return false
}

// Allows reports whether a token's role is enough. One that may post need not see calls,
// nor the other way round.
func Allows(has, needs store.Role) bool {
	return has == store.RoleAdmin || has == needs
}

// admit checks the token, its role and the tenant.
func (a *API) admit(c *call, role store.Role) error {
	token, ok := a.Token(c.Request)
	if !ok {
		return errNoToken
	}
	c.token = token
	name := c.PathValue("tenant")
	if name == "" {
		if token.Tenant != 0 && role == store.RoleAdmin {
			return errRole // what concerns all tenants is not for the admin of one
		}
		return a.allowed(c, role)
	}
	t, known := a.who.Load().tenants[name]
	if !known || token.Tenant != 0 && token.Tenant != t.ID {
		return errNoTenant
	}
	c.tenant = t
	return a.allowed(c, role)
}

func (a *API) allowed(c *call, role store.Role) error {
	if c.pattern() != "GET /whoami" && !Allows(c.token.Role, role) {
		return errRole
	}
	return nil
}

func (c *call) pattern() string {
	method, path, _ := strings.Cut(c.Pattern, " ")
	return method + " " + strings.TrimPrefix(path, Prefix)
}

// elsewhere answers what no route does.
func (a *API) elsewhere(w http.ResponseWriter, r *http.Request) {
	c := &call{ResponseWriter: w, Request: r}
	var methods []string
	for _, m := range []string{"GET", "POST", "PATCH", "DELETE"} {
		probe := r.Clone(r.Context())
		probe.Method = m
		if _, p := a.mux.Handler(probe); p != Prefix+"/" {
			methods = append(methods, m)
		}
	}
	if len(methods) == 0 {
		a.answer(c, errNoPath)
		return
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	a.answer(c, errMethod)
}

func (a *API) openAPI(c *call) error {
	c.Header().Set("Content-Type", "application/json")
	_, err := c.Write(openAPI)
	return err
}

// whoami says what the token is good for.
func (a *API) whoami(c *call) error {
	out := struct {
		Name   string     `json:"name"`
		Role   store.Role `json:"role"`
		Tenant string     `json:"tenant,omitzero"`
	}{Name: c.token.Name, Role: c.token.Role}
	for _, t := range a.who.Load().tenants {
		if t.ID == c.token.Tenant {
			out.Tenant = t.Name
		}
	}
	return c.json(http.StatusOK, out)
}

// Routes counts the routes.
func Routes() int { return len(routes) }

// RouteNames lists the routes as method and path below Prefix.
func RouteNames() (names []string) {
	for _, r := range routes {
		names = append(names, r.pattern)
	}
	return names
}
