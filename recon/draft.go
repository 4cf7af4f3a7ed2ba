package recon

import (
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/graph"
	"github.com/legworkhq/legwork/recon/internal/session"
)

// Draft is what an engine knows of a call at one moment, detached from it: the graph
// can be built later and on another goroutine, while the engine goes on.
type Draft struct {
	id    call.SessionID
	sets  []*session.Set
	rules graph.Rules
	at    int64
	final bool
}

// Draft takes down the call that id names, as Call would build it now. The second
// result is false when no such call is known, or no longer.
func (e *Engine) Draft(id call.SessionID) (Draft, bool) {
	m := e.members.get(session.KeyOf(string(id)))
	if m == nil {
		return Draft{}, false
	}
	d := Draft{id: m.group.id(), rules: e.rules, at: e.asOf(m.group), final: m.group.finalAt != 0}
	for _, m := range m.group.members {
		d.sets = append(d.sets, m.Copy())
	}
	return d, true
}

// ID is the call's id.
func (d Draft) ID() call.SessionID { return d.id }

// Sessions are those of the call of which something has arrived, in no order.
func (d Draft) Sessions() (ids []call.SessionID) {
	for _, s := range d.sets {
		if s.Len() > 0 {
			ids = append(ids, call.SessionID(s.ID))
		}
	}
	return ids
}

// Revision is the graph's.
func (d Draft) Revision() (n int) {
	for _, s := range d.sets {
		n += s.Len()
	}
	return n
}

// Final reports whether the engine has found the call final.
func (d Draft) Final() bool { return d.final }

// Graph builds the graph. It belongs to the caller.
func (d Draft) Graph() *call.Call { return graph.Build(d.sets, d.rules, d.at) }
