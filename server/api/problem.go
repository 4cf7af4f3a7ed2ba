package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/legworkhq/legwork/server/store"
)

// Problem is an error as RFC 9457 has it.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitzero"`
	// Field is the parameter or member that is wrong, if one is.
	Field string `json:"field,omitzero"`
}

func (p *Problem) Error() string {
	if p.Detail != "" {
		return p.Detail
	}
	return p.Title
}

// kind is a type of problem.
type kind struct {
	status int
	title  string
	text   string
}

// kinds are the types of problems, by the last part of their type.
var kinds = map[string]kind{
	"no-token":     {http.StatusUnauthorized, "No valid token", "Send Authorization: Bearer TOKEN. legwork tokens lists the tokens and makes new ones; the first one is in the file admin-token of the data directory."},
	"role":         {http.StatusForbidden, "The token does not allow this", "Tokens have a role: ingest posts notifications, read sees calls, admin does everything. One that is bound to a tenant does nothing that concerns all."},
	"no-tenant":    {http.StatusNotFound, "No such tenant", "There is no tenant of that name, or the token is not for it."},
	"no-call":      {http.StatusNotFound, "No such call", "No call has that id, nor a session of that id. It may have been removed by retention or purged."},
	"no-path":      {http.StatusNotFound, "No such path", "/api/v1/openapi.json lists what there is."},
	"not-found":    {http.StatusNotFound, "Not found", "What was named does not exist."},
	"method":       {http.StatusMethodNotAllowed, "Method not allowed", "The header Allow lists the methods of this path."},
	"parameter":    {http.StatusBadRequest, "A parameter is wrong", "The member field names it, detail says what is wrong."},
	"body":         {http.StatusBadRequest, "The body is wrong", "The body is not what the path wants; detail says why."},
	"too-large":    {http.StatusRequestEntityTooLarge, "The body is too large", "Send less at a time."},
	"exists":       {http.StatusConflict, "Exists already", "The name is taken."},
	"configured":   {http.StatusConflict, "Stands in the configuration file", "What stands in the configuration file is changed there, or the next start would undo it."},
	"no-backup":    {http.StatusNotImplemented, "Not backed up here", "What keeps the data has tools of its own for backups."},
	"format":       {http.StatusNotAcceptable, "No such format", "The parameter format lists those that exist."},
	"too-broad":    {http.StatusServiceUnavailable, "The search took too long", "Narrow it down: a number, a name, or a shorter time."},
	"not-writable": {http.StatusServiceUnavailable, "The database cannot be written", "The disk is full or read-only, or the database is damaged. The log says which."},
	"unavailable":  {http.StatusServiceUnavailable, "Out of reach at the moment", "The database, or the server of a cluster that is asked for this, does not answer now. Notifications are taken all the same. Try again soon."},
	"closing":      {http.StatusServiceUnavailable, "The server is about to end", "Try again soon."},
	"internal":     {http.StatusInternalServerError, "Something went wrong here", "The log of the server has more."},
}

func problem(name, field, format string, args ...any) *Problem {
	k := kinds[name]
	return &Problem{Type: Prefix + "/problems/" + name, Title: k.title, Status: k.status, Field: field, Detail: fmt.Sprintf(format, args...)}
}

var (
	errNoToken  = problem("no-token", "", "")
	errRole     = problem("role", "", "")
	errNoTenant = problem("no-tenant", "", "")
	errNoCall   = problem("no-call", "", "")
	errNoPath   = problem("no-path", "", "")
	errMethod   = problem("method", "", "")
)

// problem explains a type.
func (a *API) problem(c *call) error {
	k, ok := kinds[c.PathValue("name")]
	if !ok {
		return errNoPath
	}
	c.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := fmt.Fprintf(c, "%d %s\n\n%s\n", k.status, k.title, k.text)
	return err
}

// answer writes the problem that an error is.
func (a *API) answer(c *call, err error) {
	if err == nil {
		return
	}
	var p *Problem
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &p):
	case errors.As(err, &large):
		p = problem("too-large", "", "more than %d bytes", large.Limit)
	case errors.Is(err, store.ErrNotFound):
		p = problem("not-found", "", "")
	case errors.Is(err, store.ErrExists):
		p = problem("exists", "", "%v", err)
	case errors.Is(err, store.ErrUnreachable), errors.Is(err, store.ErrNoOwner), errors.Is(err, store.ErrFenced):
		p = problem("unavailable", "", "%v", err)
	case errors.Is(err, context.DeadlineExceeded):
		p = problem("too-broad", "", "")
	case errors.Is(err, store.ErrFull), errors.Is(err, store.ErrReadOnly), errors.Is(err, store.ErrCorrupt):
		a.Log.Error("the database cannot be written", "once", "api store", "error", err)
		p = problem("not-writable", "", "")
	case c.Context().Err() != nil:
		return // nobody waits for it
	default:
		a.Log.Error("a request failed", "once", "api "+c.Pattern, "path", c.Pattern, "error", err)
		p = problem("internal", "", "")
	}
	if p.Status == http.StatusUnauthorized {
		c.Header().Set("WWW-Authenticate", `Bearer realm="legwork"`)
	}
	write(c, p)
}

// Unavailable answers that what a request needs is out of reach at the moment.
func Unavailable(w http.ResponseWriter, why string) { write(w, problem("unavailable", "", "%s", why)) }

func write(c http.ResponseWriter, p *Problem) {
	c.Header().Set("Content-Type", "application/problem+json")
	c.WriteHeader(p.Status)
	_ = json.MarshalWrite(c, p)
	_, _ = io.WriteString(c, "\n")
}

// json writes a value.
func (c *call) json(status int, v any) error {
	text, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return err
	}
	c.Header().Set("Content-Type", "application/json")
	c.WriteHeader(status)
	_, err = c.Write(append(text, '\n'))
	return err
}

// read reads a body into a struct, strictly.
func (c *call) read(v any) error {
	text, err := io.ReadAll(c.Body)
	if err != nil {
		return err
	}
	if len(text) == 0 {
		text = []byte("{}")
	}
	if err := json.Unmarshal(text, v, json.RejectUnknownMembers(true)); err != nil {
		return problem("body", "", "%v", err)
	}
	return nil
}
