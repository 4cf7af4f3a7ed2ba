package api

import (
	"bytes"
	"io"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Ingested says what became of posted notifications.
type Ingested struct {
	Taken       int `json:"taken"`
	Known       int `json:"known"`
	Undecodable int `json:"undecodable"`
}

// atOnce is how many notifications one transaction takes.
const atOnce = 500

// ingest takes notifications of another source than the webhook: one, an array of them,
// or one a line.
func (a *API) ingest(c *call) error {
	text, err := io.ReadAll(c.Body)
	if err != nil {
		return err
	}
	bodies := split(text)
	if len(bodies) == 0 {
		return problem("body", "", "there is no notification in the body; want one a line, an array, or one")
	}
	var out Ingested
	for len(bodies) > 0 {
		n := min(len(bodies), atOnce)
		fates, err := a.Operator.Ingest(c.Context(), c.tenant.ID, bodies[:n])
		if err != nil {
			return err
		}
		for _, f := range fates {
			switch f {
			case "new":
				out.Taken++
			case "duplicate":
				out.Known++
			default:
				out.Undecodable++
			}
		}
		bodies = bodies[n:]
	}
	return c.json(http.StatusOK, out)
}

// split cuts a body into notifications. A WebSocket message is an array too, of a header
// and an envelope; it is one notification.
func split(text []byte) (out [][]byte) {
	text = bytes.TrimSpace(text)
	var array []jsontext.Value
	if len(text) > 0 && text[0] == '[' && json.Unmarshal(text, &array, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)) == nil {
		for _, v := range array {
			out = append(out, v)
		}
		return out
	}
	if v := jsontext.Value(text); v.IsValid(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)) {
		return [][]byte{text}
	}
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			out = append(out, line)
		}
	}
	return out
}
