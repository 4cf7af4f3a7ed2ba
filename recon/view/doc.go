// Package view shows a call graph to a person or to a tool that draws.
//
// Text is the page for a person, Legs the table that is compared with RingCentral's
// Detailed call log, Mermaid, DOT and SVG are pictures, and JSON is the canonical line.
//
// Names, numbers and ids come from outside. Every view passes them through one
// filter of its own (see safe.go; svg_markup.go for XML), so that no value can break out of its place: not
// into the terminal, not into another line, cell, label or attribute.
//
// The views add nothing to the graph. What the graph leaves open stays open, and what
// it marks as inferred or uncertain is marked in every view.
package view

import (
	"io"
	"time"

	"github.com/legworkhq/legwork/recon/call"
)

// Options says how a page for a person looks. The zero value works.
type Options struct {
	// Color marks headings and findings with ANSI colours.
	Color bool
	// Width is where lines are broken, in characters. 0 means 80; less than 40 counts
	// as 40. Tables are never broken.
	Width int
	// Location is the time zone of clock times. Nil means UTC.
	Location *time.Location
}

const (
	defaultWidth = 80
	minWidth     = 40
)

func (o Options) width() int {
	switch {
	case o.Width == 0:
		return defaultWidth
	case o.Width < minWidth:
		return minWidth
	}
	return o.Width
}

func (o Options) clock(t call.Time, layout string) string {
	if t == 0 {
		return "at an unknown time"
	}
	loc := o.Location
	if loc == nil {
		loc = time.UTC
	}
	return t.Std().In(loc).Format(layout)
}

// JSON writes the canonical JSON of c and a line feed.
func JSON(w io.Writer, c *call.Call) error {
	_, err := w.Write(append(call.AppendJSON(nil, c), '\n'))
	return err
}
