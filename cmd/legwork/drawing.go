package main

import (
	"bytes"
	"encoding/json"
	"io"
	"time"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/view"
)

// mostDrawn is how many calls one drawing may have. It is made in memory, and nobody
// scrolls further.
const mostDrawn = 100

// gathering keeps calls until the input has ended, for one SVG document holds them all.
type gathering struct {
	lines bytes.Buffer
	calls int
}

// add takes canonical lines, whole calls at a time. Too many are only counted.
func (g *gathering) add(lines []byte) error {
	if g.calls += bytes.Count(lines, []byte("\n")); g.calls <= mostDrawn {
		g.lines.Write(lines)
	}
	return nil
}

// draw writes the document, or says that there are too many calls for one.
func (g *gathering) draw(w io.Writer) error {
	if g.calls > mostDrawn {
		return usageError("these are %d calls, and --format svg draws at most %d; --call picks one", g.calls, mostDrawn)
	}
	var calls []*call.Call
	for d := json.NewDecoder(&g.lines); d.More(); {
		c := new(call.Call)
		if err := d.Decode(c); err != nil {
			return err
		}
		calls = append(calls, c)
	}
	if err := view.SVGStack(w, calls, view.Options{Location: time.UTC}); err != nil {
		return writeError(err)
	}
	return nil
}
