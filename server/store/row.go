package store

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/legworkhq/legwork/recon/call"
)

// usual is the length of most graphs, about, in bytes.
const usual = 4 << 10

// Row is a graph as it is kept.
func Row(tenant int64, c *call.Call) Call {
	return Call{Tenant: tenant, ID: c.ID, Revision: c.Revision, Status: c.Status, Summary: Summarize(c),
		Graph: call.AppendJSON(make([]byte, 0, usual), c), Keys: Keys(c)}
}

// SummaryText is a call's summary as it is kept. The error names the call.
func SummaryText(c *Call) ([]byte, error) {
	text, err := json.Marshal(c.Summary, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", c.ID, err)
	}
	return text, nil
}

// ReadGraph reads a graph that Row wrote. The error is that of a damaged one.
func ReadGraph(data []byte, c *call.Call) error { return json.Unmarshal(data, c) }
