package main

import (
	"slices"
	"strings"

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

// see looks at a call that passes by.
func (f *finder) see(c *call.Call) error {
	switch {
	case f.id != "" && named(c, f.id):
		f.exact = c
	case f.id == "" || matches(c, f.id):
		if f.count++; len(f.matched) < listMatches {
			f.matched = append(f.matched, c)
		}
	default:
		f.seeOther(c)
	}
	return nil
}

// seeOther keeps c if it is among the nearest.
func (f *finder) seeOther(c *call.Call) {
	n := nearCall{c.ID, editDistance(bare(string(c.ID)), bare(f.id))}
	for _, s := range c.Sessions {
		n.distance = min(n.distance, editDistance(bare(string(s.ID)), bare(f.id)))
	}
	at, _ := slices.BinarySearchFunc(f.near, n, func(a, b nearCall) int { return a.distance - b.distance })
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
