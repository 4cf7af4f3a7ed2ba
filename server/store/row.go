package store

import (
	"github.com/go-json-experiment/json"

	"github.com/legworkhq/legwork/recon/call"
)

// Row is a graph as it is kept.
func Row(tenant int64, c *call.Call) Call {
	return Call{Tenant: tenant, ID: c.ID, Revision: c.Revision, Status: c.Status, Summary: Summarize(c),
		Graph: call.AppendJSON(nil, c), Keys: Keys(c)}
}

// ReadGraph reads a graph that Row wrote. The error is that of a damaged one.
func ReadGraph(data []byte, c *call.Call) error { return json.Unmarshal(data, c) }
