package api

import (
	"bytes"
	"net/http"
	"strings"

	graph "github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/view"
	"github.com/legworkhq/legwork/server/store"
)

// format is one in which a call can be had. write is nil for the canonical graph.
type format struct {
	name, media, suffix string
	write               func(w *bytes.Buffer, c *graph.Call) error
}

// formats in the order in which they are named. A new one is one line here.
var formats = []format{
	{"json", "application/json", "json", nil},
	{"text", "text/plain; charset=utf-8", "txt", func(w *bytes.Buffer, c *graph.Call) error { return view.Text(w, c, view.Options{Width: 100}) }},
	{"legs", "text/plain; charset=utf-8", "txt", func(w *bytes.Buffer, c *graph.Call) error { return view.Legs(w, c, view.Options{Width: 200}) }},
	{"csv", "text/csv; charset=utf-8", "csv", func(w *bytes.Buffer, c *graph.Call) error { return view.LegsCSV(w, c) }},
	{"mermaid", "text/vnd.mermaid; charset=utf-8", "mmd", func(w *bytes.Buffer, c *graph.Call) error { return view.Mermaid(w, c) }},
	{"dot", "text/vnd.graphviz; charset=utf-8", "gv", func(w *bytes.Buffer, c *graph.Call) error { return view.DOT(w, c) }},
	{"svg", "image/svg+xml; charset=utf-8", "svg", func(w *bytes.Buffer, c *graph.Call) error { return view.SVG(w, c, view.Options{}) }},
	{"vcon", "application/vcon+json", "vcon.json", func(w *bytes.Buffer, c *graph.Call) error { return view.VCon(w, c) }},
	{"otlp", "application/x-otlp+json", "otlp.json", func(w *bytes.Buffer, c *graph.Call) error { return view.OTLP(w, c) }},
}

// formatOf is the format that a request wants: by name, or by Accept, or JSON.
func formatOf(r *http.Request) (format, error) {
	if name := r.URL.Query().Get("format"); name != "" {
		names := make([]string, len(formats))
		for i, f := range formats {
			if names[i] = f.name; f.name == name {
				return f, nil
			}
		}
		return format{}, problem("format", "format", "%.60q is none of %s", name, strings.Join(names, " "))
	}
	for accept := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		accept, _, _ = strings.Cut(strings.TrimSpace(accept), ";")
		for _, f := range formats {
			if media, _, _ := strings.Cut(f.media, ";"); accept == media {
				return f, nil
			}
		}
	}
	return formats[0], nil
}

func (f format) render(data []byte) ([]byte, error) {
	if f.write == nil {
		return append(data[:len(data):len(data)], '\n'), nil
	}
	var g graph.Call
	if err := store.ReadGraph(data, &g); err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	err := f.write(&buf, &g)
	return buf.Bytes(), err
}
