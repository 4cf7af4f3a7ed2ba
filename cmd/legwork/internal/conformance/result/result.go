// Package result is what a run of the regression suite found: the shape of its JSON
// report, from which the HTML page, the JUnit file and the baseline are made.
package result

import (
	"encoding/json"
	"time"
)

// Class says how a case went.
type Class string

const (
	Pass          Class = "PASS"
	Fail          Class = "FAIL"
	NonStrict     Class = "NON-STRICT"    // right as far as it goes, weaker than wished
	Informational Class = "INFORMATIONAL" // nothing to judge: here is what was seen
	Unimplemented Class = "UNIMPLEMENTED" // the target declares that it lacks the area
	Skipped       Class = "SKIPPED"       // not selected, or needs what the target does not offer
	Inconclusive  Class = "INCONCLUSIVE"  // the suite could not see: never a pass
)

// Classes lists every class, the gravest first.
func Classes() []Class {
	return []Class{Fail, Inconclusive, NonStrict, Informational, Unimplemented, Skipped, Pass}
}

// Report is one run against one or more receivers.
type Report struct {
	// Suite is Legwork's version.
	Suite   string    `json:"suite"`
	Seed    uint64    `json:"seed"`
	Started time.Time `json:"started"`
	TookMs  int64     `json:"tookMs"`
	// Interrupted: somebody ended the run, and what was not finished is INCONCLUSIVE.
	Interrupted bool `json:"interrupted,omitzero"`
	// Cases in the order of the catalogue.
	Cases     []Case     `json:"cases"`
	Receivers []Receiver `json:"receivers"`
}

// Case describes a case, whoever is tried.
type Case struct {
	// ID is "area.topic/section/case": stable for ever.
	ID    string `json:"id"`
	Level string `json:"level"` // L0 to L3
	Title string `json:"title"` // one sentence
	// Story is the scenario in Gherkin, or in plain words what is sent (L0).
	Story string   `json:"story"`
	Tags  []string `json:"tags,omitzero"`
}

// Receiver is one target and how it did.
type Receiver struct {
	Name string `json:"name"`
	// Version as the target's file states it, "" for none.
	Version string `json:"version,omitzero"`
	// Sees is the probe: none, http, exec, file or sql.
	Sees    string   `json:"sees"`
	Results []Result `json:"results"` // one a case, in the order of Cases
}

// Result is how one case went with one receiver.
type Result struct {
	Case   string `json:"case"`
	Class  Class  `json:"class"`
	TookMs int64  `json:"tookMs"`
	// Known: the baseline lists this failure.
	Known bool `json:"known,omitzero"`
	// Why is one sentence: of a pass what was compared, of the rest what stood in the
	// way.
	Why string `json:"why"`
	// Differences, the gravest first.
	Differences []Difference `json:"differences,omitzero"`
	Sent        []Sent       `json:"sent,omitzero"`
	// Expected is the truth as Observed Calls, restricted to what the receiver
	// declares; Seen is what the receiver said.
	Expected json.RawMessage `json:"expected,omitzero"`
	Seen     json.RawMessage `json:"seen,omitzero"`
	// Reproduce is a command line.
	Reproduce string `json:"reproduce,omitzero"`
	// Shrunk is the least delivery that still fails, one line a notification, if the
	// run was asked to look for it.
	Shrunk []string `json:"shrunk,omitzero"`
}

// Difference is one thing that a receiver got wrong.
type Difference struct {
	// Mistake is its name, such as "split-call"; "" at L0.
	Mistake string `json:"mistake,omitzero"`
	// About is the fact, such as "outcome" or "links[0].target".
	About string `json:"about"`
	// Text says in words what is true and what was said.
	Text string `json:"text"`
}

// Sent is one request to the receiver, or one line to its standard input.
type Sent struct {
	AtMs int64 `json:"atMs"` // since the case began
	// Line is the notification in short: session letter, party, code, who.
	Line string `json:"line"`
	// Note says what is unusual: "again", "late", "out of order", "".
	Note string `json:"note,omitzero"`
	// Body as it was sent.
	Body json.RawMessage `json:"body,omitzero"`
	// Status is the HTTP status answered, 0 for none or no HTTP.
	Status int   `json:"status,omitzero"`
	TookMs int64 `json:"tookMs,omitzero"`
}
