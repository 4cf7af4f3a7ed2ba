package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	graph "github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/explain"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/server/store"
)

// Row is a call in a list.
type Row struct {
	ID       graph.SessionID `json:"id"`
	Revision int             `json:"revision"`
	Status   graph.Status    `json:"status"`
	Change   int64           `json:"change"`
	Updated  graph.Time      `json:"updated"`
	store.Summary
}

func row(c *store.Call) Row { return Row{c.ID, c.Revision, c.Status, c.Change, c.Updated, c.Summary} }

// List is a page of calls.
type List struct {
	Calls []Row `json:"calls"`
	// Next is the cursor of the next page, "" on the last one.
	Next string `json:"next,omitzero"`
}

// searchFor is how long a search may take.
const searchFor = 5 * time.Second

func (a *API) search(c *call) error {
	v, err := url.ParseQuery(c.URL.RawQuery)
	if err != nil {
		return problem("parameter", "", "the query string is wrong: %v", err)
	}
	q, err := query(v, c.tenant.Region)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Context(), searchFor)
	defer cancel()
	found, next, err := a.Store.Search(ctx, c.tenant.ID, q)
	if ctx.Err() == context.DeadlineExceeded {
		err = context.DeadlineExceeded
	}
	if err != nil {
		return err
	}
	out := List{Calls: make([]Row, len(found))}
	for i := range found {
		out.Calls[i] = row(&found[i])
	}
	if next != nil {
		out.Next = writeCursor(next)
	}
	return c.json(http.StatusOK, out)
}

// query reads the parameters of a search.
func query(v url.Values, region string) (q store.Query, err error) {
	known := []string{"q", "number", "extension", "name", "session", "from", "to", "outcome", "link", "finding", "direction", "status", "limit", "cursor"}
	for name, values := range v {
		if !slices.Contains(known, name) {
			return q, problem("parameter", name, "there is no parameter %.60q; there are %s", name, strings.Join(known, ", "))
		}
		if len(values) > 1 {
			return q, problem("parameter", name, "%s is given twice", name)
		}
		if len(values[0]) > 500 {
			return q, problem("parameter", name, "%s is too long", name)
		}
	}
	q = store.Query{Limit: 50, Extension: strings.TrimSpace(v.Get("extension")), Name: v.Get("name"), Session: strings.TrimSpace(v.Get("session"))}
	if n := v.Get("number"); n != "" {
		if q.Numbers = Numbers(n, region); q.Numbers == nil {
			return q, problem("parameter", "number", "%q has no digits", n)
		}
	}
	anything(&q, strings.TrimSpace(v.Get("q")), region)
	if len(q.Name) > 0 && len(store.Words(q.Name)) == 0 {
		return q, problem("parameter", "name", "%q has no letters", q.Name)
	}
	return q, errors.Join(instant(v, "from", &q.From), instant(v, "to", &q.To),
		oneOf(v, "outcome", &q.Outcome, outcomes), oneOf(v, "link", &q.Link, graph.LinkKinds()), oneOf(v, "finding", &q.Finding, graph.FindingKinds()),
		oneOf(v, "direction", &q.Direction, directions), oneOf(v, "status", &q.Status, statuses), limit(v, &q), cursor(v, &q))
}

var (
	outcomes   = []graph.Outcome{graph.Answered, graph.Voicemail, graph.Missed, graph.Abandoned, graph.Rejected, graph.Busy, graph.Cancelled, graph.Failed, graph.Parked, graph.UnknownOutcome}
	directions = []graph.Direction{graph.Inbound, graph.Outbound, graph.Internal, graph.UnknownDirection}
	statuses   = []graph.Status{graph.Open, graph.Settling, graph.Final}
)

// anything reads what a person types into one box.
func anything(q *store.Query, text, region string) {
	switch {
	case text == "":
	case strings.HasPrefix(text, "s-"), strings.HasPrefix(text, "p-"), isLegacyID(text):
		q.Session = text
	case isNumber(text):
		q.Numbers = Numbers(text, region)
	default:
		q.Name = text
	}
}

// isLegacyID: a numeric session id is longer than any number. [observed]
func isLegacyID(text string) bool {
	_, err := strconv.ParseUint(text, 10, 64)
	return err == nil && len(text) > 15
}

func instant(v url.Values, name string, to *graph.Time) error {
	text := v.Get(name)
	if text == "" {
		return nil
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		*to = graph.TimeOf(day)
		return nil
	}
	if err := to.UnmarshalText([]byte(strings.ReplaceAll(text, " ", "+"))); err != nil {
		return problem("parameter", name, "%q is no time such as 2026-03-02T15:00:00Z, nor a date such as 2026-03-02", text)
	}
	return nil
}

func oneOf[T ~string](v url.Values, name string, to *T, all []T) error {
	text := v.Get(name)
	if text == "" {
		return nil
	}
	if !slices.Contains(all, T(text)) {
		return problem("parameter", name, "%q is none of %s", text, strings.Trim(fmt.Sprint(all), "[]"))
	}
	*to = T(text)
	return nil
}

func limit(v url.Values, q *store.Query) error {
	text := v.Get("limit")
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 200 {
		return problem("parameter", "limit", "%q is no number from 1 to 200", text)
	}
	q.Limit = n
	return nil
}

func writeCursor(c *store.Cursor) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d", c.StartedAt, c.Row))
}

func cursor(v url.Values, q *store.Query) error {
	text := v.Get("cursor")
	if text == "" {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	started, number, ok := strings.Cut(string(raw), ".")
	at, err1 := strconv.ParseInt(started, 10, 64)
	row, err2 := strconv.ParseInt(number, 10, 64)
	if !ok || errors.Join(err, err1, err2) != nil {
		return problem("parameter", "cursor", "it is not one that an answer gave as next")
	}
	q.After = &store.Cursor{StartedAt: graph.Time(at), Row: row}
	return nil
}

// find finds the call of the path.
func (a *API) find(c *call) (*store.Call, error) {
	kept, err := a.Store.Call(c.Context(), c.tenant.ID, graph.SessionID(c.PathValue("id")))
	if errors.Is(err, store.ErrNotFound) {
		err = errNoCall
	}
	return kept, err
}

func (a *API) show(c *call) error {
	f, err := formatOf(c.Request)
	if err != nil {
		return err
	}
	kept, err := a.find(c)
	if err != nil {
		return err
	}
	c.address(kept)
	tag := fmt.Sprintf(`"%d-%d-%s"`, kept.Revision, kept.Change, f.name)
	c.Header().Set("ETag", tag)
	c.Header().Set("Legwork-Change", strconv.FormatInt(kept.Change, 10))
	c.Header().Set("Cache-Control", "private, no-cache")
	if c.Request.Header.Get("If-None-Match") == tag {
		c.WriteHeader(http.StatusNotModified)
		return nil
	}
	text, err := f.render(kept.Graph)
	if err != nil {
		return err
	}
	c.Header().Set("Content-Type", f.media)
	if c.URL.Query().Has("download") {
		c.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="call-%s.%s"`, fileName(string(kept.ID)), f.suffix))
	}
	_, err = c.Write(text)
	return err
}

// fileName keeps of an id what is harmless in a file's name.
func fileName(id string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '_'
	}, id[:min(len(id), 80)])
}

// address says under which id a call stands that was asked for by another.
func (c *call) address(kept *store.Call) {
	if id := string(kept.ID); id != c.PathValue("id") {
		c.Header().Set("Content-Location", Prefix+"/tenants/"+c.tenant.Name+"/calls/"+url.PathEscape(id))
	}
}

// Event is a notification as it arrived.
type Event struct {
	Seq      int64          `json:"seq"`
	Received graph.Time     `json:"received"`
	UUID     string         `json:"uuid,omitzero"`
	Body     jsontext.Value `json:"body"`
}

func (a *API) events(c *call) error {
	format := c.URL.Query().Get("format")
	if format != "" && format != "json" && format != "ndjson" {
		return problem("format", "format", "%q is none of json ndjson", format)
	}
	kept, entries, err := a.entries(c)
	if err != nil {
		return err
	}
	c.address(kept)
	if format == "ndjson" {
		c.Header().Set("Content-Type", "application/x-ndjson")
		for _, e := range entries {
			if _, err := c.Write(append(oneLine(e.Body), '\n')); err != nil {
				return err
			}
		}
		return nil
	}
	out := struct {
		Events []Event `json:"events"`
	}{make([]Event, 0, len(entries))}
	for _, e := range entries {
		body := jsontext.Value(bytes.ToValidUTF8(e.Body, []byte("\ufffd")))
		if !body.IsValid(jsontext.AllowDuplicateNames(true)) {
			continue // it would break the answer; ndjson has it
		}
		out.Events = append(out.Events, Event{e.Seq, e.Received, e.UUID, body})
	}
	return c.json(http.StatusOK, out)
}

// oneLine replaces the line ends of a JSON text by spaces.
func oneLine(body []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if r == '\n' || r == '\r' {
			return ' '
		}
		return r
	}, bytes.TrimSpace(body))
}

// entries returns the journal's entries of the call of the path.
func (a *API) entries(c *call) (*store.Call, []store.Entry, error) {
	kept, err := a.find(c)
	if err != nil {
		return nil, nil, err
	}
	var g graph.Call
	if err := store.ReadGraph(kept.Graph, &g); err != nil {
		return nil, nil, err
	}
	var sessions []string
	for _, s := range g.Sessions {
		sessions = append(sessions, string(s.ID))
	}
	entries, err := a.Store.EntriesOf(c.Context(), c.tenant.ID, sessions)
	return kept, entries, err
}

func (a *API) explain(c *call) error {
	kept, entries, err := a.entries(c)
	if err != nil {
		return err
	}
	var g graph.Call
	if err := store.ReadGraph(kept.Graph, &g); err != nil {
		return err
	}
	var events []wire.Event
	for _, e := range entries {
		if ev, err := wire.Decode(e.Body); err == nil {
			events = append(events, ev)
		}
	}
	var buf bytes.Buffer
	if err := explain.Explain(&buf, &g, events, explain.Options{Extension: c.tenant.Scope == "extension", Width: 100}); err != nil {
		return err
	}
	c.address(kept)
	c.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err = io.Copy(c, &buf)
	return err
}

// Undecoded is something that was received and is no notification.
type Undecoded struct {
	Seq      int64      `json:"seq"`
	Received graph.Time `json:"received"`
	Problem  string     `json:"problem"`
	Size     int        `json:"size"`
	// Body is its beginning.
	Body string `json:"body"`
}

// shownBody is how much of an undecodable body is shown.
const shownBody = 4096

func (a *API) undecodable(c *call) error {
	before := int64(0)
	if text := c.URL.Query().Get("cursor"); text != "" {
		var err error
		if before, err = strconv.ParseInt(text, 10, 64); err != nil || before < 1 {
			return problem("parameter", "cursor", "it is not one that an answer gave as next")
		}
	}
	const page = 50
	entries, err := a.Store.Problems(c.Context(), c.tenant.ID, before, page)
	if err != nil {
		return err
	}
	out := struct {
		Problems []Undecoded `json:"problems"`
		Next     string      `json:"next,omitzero"`
	}{Problems: make([]Undecoded, 0, len(entries))}
	for _, e := range entries {
		out.Problems = append(out.Problems, Undecoded{e.Seq, e.Received, strings.ToValidUTF8(e.Problem, "\ufffd"), len(e.Body),
			strings.ToValidUTF8(string(e.Body[:min(len(e.Body), shownBody)]), "\ufffd")})
	}
	if len(entries) == page {
		out.Next = strconv.FormatInt(entries[page-1].Seq, 10)
	}
	return c.json(http.StatusOK, out)
}

func (a *API) health(c *call) error { return c.json(http.StatusOK, a.Operator.Health(c.tenant.ID)) }
