// Package features holds Legwork's promises, in Gherkin: what a call is, one promise a
// file, in the words of the people who make the calls. They are part of the program:
// "legwork features" runs them, and "legwork conformance" plays them to a receiver.
package features

import "embed"

//go:embed *.feature mistakes/*.feature
var FS embed.FS
