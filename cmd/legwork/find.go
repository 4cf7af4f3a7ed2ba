package main

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/legworkhq/legwork/recon/call"
)

// matches reports whether id is, or begins, the id of the call, of one of its
// sessions or of one of their parties; with or without the leading "s-" or "p-".
func matches(c *call.Call, id string) bool {
	return anyID(c, func(own string) bool {
		return strings.HasPrefix(own, id) || strings.HasPrefix(bare(own), id)
	})
}

// named reports whether id is one of those ids in full.
func named(c *call.Call, id string) bool {
	return anyID(c, func(own string) bool { return own == id || bare(own) == id })
}

func anyID(c *call.Call, ok func(string) bool) bool {
	return ok(string(c.ID)) ||
		slices.ContainsFunc(c.Sessions, func(s call.Session) bool { return ok(string(s.ID)) }) ||
		slices.ContainsFunc(c.Legs, func(l call.Leg) bool { return ok(string(l.ID)) })
}

func bare(id string) string {
	if len(id) > 2 && id[1] == '-' {
		return id[2:]
	}
	return id
}

// finder picks one call out of many that pass by.
type finder struct {
	mu      sync.Mutex
	id      string       // what is looked for, "" for the only call
	exact   *call.Call   // named in full
	matched []*call.Call // the first few that match
	count   int          // how many do
	near    []nearCall   // the nearest of the others
}

type nearCall struct {
	id       call.SessionID
	distance int
}

const (
	listMatches = 20
	listNear    = 5
)

// see looks at a call that passes by. It may be called on several goroutines.
func (f *finder) see(_ []byte, c *call.Call) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.id != "" && named(c, f.id):
		f.exact = c
	case f.id == "" || matches(c, f.id):
		f.count++
		at, _ := slices.BinarySearchFunc(f.matched, c, func(a, b *call.Call) int {
			return cmp.Or(cmp.Compare(a.StartedAt, b.StartedAt), cmp.Compare(a.ID, b.ID))
		})
		f.matched = slices.Insert(f.matched, at, c)
		f.matched = f.matched[:min(len(f.matched), listMatches)]
	default:
		f.seeOther(c)
	}
	return nil, nil
}

// seeOther keeps c if it is among the nearest.
func (f *finder) seeOther(c *call.Call) {
	n := nearCall{c.ID, editDistance(bare(string(c.ID)), bare(f.id))}
	for _, s := range c.Sessions {
		n.distance = min(n.distance, editDistance(bare(string(s.ID)), bare(f.id)))
	}
	at, _ := slices.BinarySearchFunc(f.near, n, func(a, b nearCall) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.id, b.id))
	})
	if at < listNear {
		f.near = slices.Insert(f.near, at, n)
		f.near = f.near[:min(len(f.near), listNear)]
	}
}

// found returns the one call, or nil.
func (f *finder) found() *call.Call {
	switch {
	case f.exact != nil:
		return f.exact
	case f.count == 1:
		return f.matched[0]
	}
	return nil
}
