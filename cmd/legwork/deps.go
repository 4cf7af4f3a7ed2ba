package main

import (
	"io"
	"time"

	"github.com/legworkhq/legwork/cmd/legwork/internal/standin"
	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// This file is where the command meets the engine and the views.
//
// TODO(merge): the lines marked "stand-in" name what is delivered elsewhere; each
// says what replaces it. Then delete internal/standin.

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

func (p page) view() standin.Options { // stand-in: view.Options
	return standin.Options{Color: p.color, Width: p.width, Location: time.UTC}
}

func writeText(w io.Writer, c *call.Call, p page) error {
	return standin.Text(w, c, p.view()) // stand-in: view.Text
}

func writeLegs(w io.Writer, c *call.Call, p page) error {
	return standin.Legs(w, c, p.view()) // stand-in: view.Legs
}

func writeMermaid(w io.Writer, c *call.Call) error {
	return standin.Mermaid(w, c) // stand-in: view.Mermaid
}

func writeDOT(w io.Writer, c *call.Call) error {
	return standin.DOT(w, c) // stand-in: view.DOT
}

func writeStory(w io.Writer, c *call.Call, events []wire.Event, p page) error {
	return standin.Explain(w, c, events, standin.ExplainOptions{Color: p.color, Width: p.width}) // stand-in: explain.Explain, explain.Options
}

// decodeEvent decodes one notification.
func decodeEvent(raw []byte) (ev wire.Event, err error) {
	return wire.Decode(raw)
}
