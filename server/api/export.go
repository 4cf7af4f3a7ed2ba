package api

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"

	graph "github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/view"
	"github.com/legworkhq/legwork/server/store"
)

// export streams everything of a tenant. What breaks in the middle breaks the
// connection, so that nobody takes a part for the whole.
func (a *API) export(c *call) error {
	var err error
	switch what := c.URL.Query().Get("what"); what {
	case "", "calls":
		var from graph.Time
		if err := instant(c.URL.Query(), "from", &from); err != nil {
			return err
		}
		c.begin("application/x-ndjson", "ndjson")
		err = a.exportCalls(c, from)
	case "legs":
		c.begin("text/csv; charset=utf-8", "csv")
		err = a.exportLegs(c)
	case "events":
		c.begin("application/x-ndjson", "ndjson")
		err = a.exportEvents(c)
	default:
		return problem("parameter", "what", "%.60q is none of calls legs events", what)
	}
	if err != nil {
		a.Log.Warn("an export was broken off", "tenant", c.tenant.Name, "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// exportCalls writes all calls; with from those that began then or later, latest first.
func (a *API) exportCalls(c *call, from graph.Time) error {
	write := func(k *store.Call) error {
		_, err := c.Write(append(k.Graph, '\n'))
		return err
	}
	if from == 0 {
		return a.Store.Each(c.Context(), c.tenant.ID, write)
	}
	q := store.Query{From: from, Limit: 200}
	for {
		found, next, err := a.Store.Search(c.Context(), c.tenant.ID, q)
		if err != nil {
			return err
		}
		for i := range found {
			k, err := a.Store.Call(c.Context(), c.tenant.ID, found[i].ID)
			if errors.Is(err, store.ErrNotFound) {
				continue // it became part of another meanwhile
			}
			if err == nil {
				err = write(k)
			}
			if err != nil {
				return err
			}
		}
		if q.After = next; next == nil {
			return nil
		}
	}
}

func (c *call) begin(media, suffix string) {
	c.Header().Set("Content-Type", media)
	c.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.%s"`, fileName(c.tenant.Name), suffix))
}

func (a *API) exportLegs(c *call) error {
	if err := view.LegsCSVHeader(c); err != nil {
		return err
	}
	return a.Store.Each(c.Context(), c.tenant.ID, func(k *store.Call) error {
		var g graph.Call
		if err := store.ReadGraph(k.Graph, &g); err != nil {
			return err
		}
		var buf bytes.Buffer
		if err := view.LegsCSVRows(&buf, &g); err != nil {
			return err
		}
		_, err := c.Write(buf.Bytes())
		return err
	})
}

func (a *API) exportEvents(c *call) error {
	const page = 1000
	for after := int64(0); ; {
		entries, err := a.Store.Entries(c.Context(), c.tenant.ID, after, page)
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, e := range entries {
			if _, err := c.Write(append(oneLine(e.Body), '\n')); err != nil {
				return err
			}
			after = e.Seq
		}
	}
}
