package scenarios

import (
	"fmt"
	"strings"
)

// Section is a part of the language.
type Section struct {
	Title, Says string
	Sentences   []Sentence
}

// Sections lists the language in its parts.
func Sections() []Section {
	return []Section{
		{"Given: who exists", "What a scenario says of the company comes first. One that says nothing plays in the small office.", company},
		{"Given: the switch", "What is not known about RingCentral, and what chance settles.", surroundings},
		{"When: what people do", "Before each may stand when it happens: \"6 seconds later, \" or \"after 6 seconds, \" counts from the step before, \"at 1:30, \" from the beginning. Without it five seconds pass. The call is looked at when everything has happened and the switch has nothing left to do by itself.", acts},
		{"Then: the call", "What must be true of a call as a whole.", ofTheCall},
		{"Then: people and their legs", "What must be true of somebody, in all their legs together.", ofPeople},
		{"Then: who could hear whom", "Talk, whoever else was there.", ofTalks},
		{"Then: what tied the legs together", "Transfers, merges, parks and the other links.", ofLinks},
		{"Then: what integrators ask", "The five questions.", ofQuestions},
		{"Then: what RingCentral says", "These are about the notifications, in the scenario's own dialect of the switch.", ofNotifications},
	}
}

// Markdown is the reference page of the language.
func Markdown() string {
	var b strings.Builder
	b.WriteString(preface)
	for _, part := range Sections() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| sentence | meaning | example |\n|---|---|---|\n", part.Title, part.Says)
		for _, s := range part.Sentences {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", places(s.Form), s.Meaning, s.Example)
		}
	}
	b.WriteString("\n## What stands in the places\n\n| place | what |\n|---|---|\n")
	for _, s := range Slots() {
		fmt.Fprintf(&b, "| *%s* | %s |\n", s.Name, s.Says)
	}
	b.WriteString(weathers)
	return b.String()
}

// places writes the places of a form in italics.
func places(form string) string {
	return strings.NewReplacer("{", "*", "}", "*").Replace(form)
}

// Text is the reference for a terminal.
func Text() string {
	var b strings.Builder
	for i, part := range Sections() {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s\n", part.Title)
		for _, s := range part.Sentences {
			fmt.Fprintf(&b, "  %s\n", s.Form)
			if s.Example != s.Form {
				fmt.Fprintf(&b, "      %s\n", s.Example)
			}
			wrap(&b, s.Meaning)
		}
	}
	b.WriteString("\nWhat stands in the places\n")
	for _, s := range Slots() {
		fmt.Fprintf(&b, "  {%s}\n", s.Name)
		wrap(&b, s.Says)
	}
	return b.String()
}

// wrap writes a text in lines below its heading.
func wrap(b *strings.Builder, text string) {
	const width = 84
	line := "     "
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word) > width {
			b.WriteString(line + "\n")
			line = "     "
		}
		line += " " + word
	}
	b.WriteString(line + "\n")
}

const preface = `# The language of scenarios

A scenario says in sentences who exists, what people do and when, and what must be true of the call. The sentences below
are all there are; ` + "`legwork steps`" + ` prints them too. Write some into a file that ends in ` + "`.feature`" + `:

` + "```gherkin" + `
Feature: Our night shift
  Scenario: A customer is handed to the engineer on duty
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 20 seconds later, 104 transfers the call to 106
    And 8 seconds later, 106 answers
    And 1 minute later, Ruth Calloway hangs up
    Then there is one call
    And 104 transferred Ruth Calloway to 106 without consulting
    And Ruth Calloway talked with 106 for 1 minute
` + "```" + `

and run it with ` + "`legwork features run night-shift.feature`" + `. It is played on the simulated switch, in every weather (below), and
each statement is held against the switch's own truth and against what the engine concludes. Words in italics are places;
what may stand in them is said at the end.

This page is generated: ` + "`go test ./scenarios -update`" + `.
`

const weathers = `
## The weathers

Each scenario is tried in all of these. The tag ` + "`@calm`" + ` narrows it to the first; ` + "`legwork features run --weather KIND`" + ` to one.

| weather | what happens to the notifications | what must hold |
|---|---|---|
| calm | they come once, in order | every statement, and the whole answer equals the truth to the millisecond |
| order | up to seven come in every order, more in 300 seeded ones | the same |
| twice | each comes twice: at once, at the end, anywhere | the same |
| overlap | two subscriptions tell of every change, each with ids of its own | the same |
| late | some come late by minutes, overtake, and are repeated | the same |
| restart | the receiver restarts before one of them, each in turn | the same |
| knob | the switch speaks another dialect, each value of each knob in turn; times may then be off by up to 2.5 seconds | every statement about the call, and the whole answer equals that switch's truth |
| lost | one never comes, each in turn | nothing that the answer states is false |
| extension | only those of one extension of the call come, each in turn | nothing that the answer states is false; and the statements "as ... sees it" |

A tag such as ` + "`@transfer.attended/by-app`" + ` is the scenario's id, by which ` + "`legwork conformance`" + ` knows it.
`
