package main

import (
	"io"
	"time"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/explain"
	"github.com/legworkhq/legwork/recon/view"
	"github.com/legworkhq/legwork/recon/wire"
)

// reconConfig is the engine's configuration for files: its defaults, in numbers,
// because ingest reckons with them.
func reconConfig(scope string) recon.Config {
	cfg := recon.Config{
		Quiet:     time.Minute,
		PeerWait:  10 * time.Minute,
		Retention: time.Hour,
		OpenBound: 24 * time.Hour,
	}
	if scope == "extension" {
		cfg.Scope = recon.ScopeExtension
	}
	return cfg
}

// page says how to write for people.
type page struct {
	color bool
	width int
}

func (p page) view() view.Options {
	return view.Options{Color: p.color, Width: p.width, Location: time.UTC}
}

// write prints a call for people in one of the formats.
func (p page) write(w io.Writer, format string, c *call.Call) error {
	switch format {
	case "legs":
		return view.Legs(w, c, p.view())
	case "mermaid":
		return view.Mermaid(w, c)
	case "dot":
		return view.DOT(w, c)
	case "csv":
		return view.LegsCSVRows(w, c)
	case "vcon":
		return view.VCon(w, c)
	case "otlp":
		return view.OTLP(w, c)
	}
	return view.Text(w, c, p.view())
}

// story explains a call.
func (p page) story(w io.Writer, c *call.Call, events []wire.Event, extension bool) error {
	return explain.Explain(w, c, events, explain.Options{Color: p.color, Width: p.width, Location: time.UTC, Extension: extension})
}
