package recon

import (
	"fmt"

	"github.com/legworkhq/legwork/recon/call"
)

// Fate is what became of an event.
type Fate uint8

const (
	// Applied: at least one party of the event said something new.
	Applied Fate = iota
	// Duplicate: everything it says was known.
	Duplicate
	// Ignored: it cannot belong to a call. Changes.Why says why.
	Ignored
	// TooLate: its call was final and has been forgotten.
	TooLate
)

func (f Fate) String() string {
	switch f {
	case Applied:
		return "applied"
	case Duplicate:
		return "duplicate"
	case Ignored:
		return "ignored"
	case TooLate:
		return "too late"
	}
	return fmt.Sprintf("Fate(%d)", uint8(f))
}

// Why an event was ignored.
type Why string

const (
	NoSessionID Why = "no telephonySessionId"
	NoParties   Why = "no parties"
	NoPartyID   Why = "a party without id"
	NoEventTime Why = "no eventTime"
)

// Changes reports what one Step or Tick did. Its slices belong to the engine and
// are valid until the next Step, Tick or Restore.
//
// Everything in it depends on the order of arrival; nothing in a call graph does.
type Changes struct {
	// Fate of the event of a Step. Of a Tick it means nothing.
	Fate Fate
	// Why the event was Ignored, "" otherwise.
	Why Why
	// Late: a later change of the same session had arrived before.
	Late bool
	// Changed names the calls whose graph has a new revision: at most one a Step.
	Changed []call.SessionID
	// Merged names the ids that ceased to name a call, and the id that took over:
	// two calls turned out to be one, or an earlier beginning became known.
	Merged []Merge
	// Final names the calls that became final, for the first time or again. Call
	// returns their graphs for Retention.
	Final []call.SessionID
	// Evicted names calls that were forgotten before their time, because
	// MaxObservations or MaxFinal was reached.
	Evicted []call.SessionID
	// Forgotten names calls whose retention is over.
	Forgotten []call.SessionID
	// Unsure names sessions that the event is about, or names as a peer, and of which the
	// engine may have forgotten what it knew: a peer whose call was forgotten, and one that
	// is new to it when names of forgotten sessions have been lost (Config.Remember). Who
	// keeps calls looks there for a call that this one is a part of.
	Unsure []call.SessionID
}

// Merge says that From is now part of Into.
type Merge struct{ From, Into call.SessionID }

func (c *Changes) reset() {
	*c = Changes{Changed: c.Changed[:0], Merged: c.Merged[:0], Final: c.Final[:0], Evicted: c.Evicted[:0], Forgotten: c.Forgotten[:0], Unsure: c.Unsure[:0]}
}
