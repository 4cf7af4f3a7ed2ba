package standin

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// Options is view.Options.
type Options struct {
	Color    bool
	Width    int
	Location *time.Location
}

// AppendJSON is call.AppendJSON.
func AppendJSON(dst []byte, c *call.Call) []byte {
	b, _ := json.Marshal(c)
	return append(dst, b...)
}

// JSON is view.JSON.
func JSON(w io.Writer, c *call.Call) error {
	_, err := w.Write(append(AppendJSON(nil, c), '\n'))
	return err
}

// Text is view.Text.
func Text(w io.Writer, c *call.Call, opt Options) error {
	name := "call"
	if opt.Color {
		name = "\x1b[1mcall\x1b[0m"
	}
	_, err := fmt.Fprintf(w, "%s %s: %s, %d legs\n", name, c.ID, c.Status, len(c.Legs))
	return err
}

// Legs is view.Legs.
func Legs(w io.Writer, c *call.Call, opt Options) error { return Text(w, c, opt) }

// Mermaid is view.Mermaid.
func Mermaid(w io.Writer, c *call.Call) error {
	_, err := fmt.Fprintf(w, "sequenceDiagram\n  %%%% %s\n", c.ID)
	return err
}

// DOT is view.DOT.
func DOT(w io.Writer, c *call.Call) error {
	_, err := fmt.Fprintf(w, "digraph %q {}\n", c.ID)
	return err
}

// ExplainOptions is explain.Options.
type ExplainOptions struct {
	Color bool
	Width int
}

// Explain is explain.Explain.
func Explain(w io.Writer, c *call.Call, events []wire.Event, _ ExplainOptions) error {
	_, err := fmt.Fprintf(w, "call %s stands on %d events\n", c.ID, len(events))
	return err
}
