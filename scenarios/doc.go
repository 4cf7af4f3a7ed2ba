// Package scenarios is the language in which Legwork's promises are written: Gherkin
// sentences that say who exists, what people do, and what must be true of the call.
//
//	Scenario: A warm transfer is one call
//	  Given 404-555-0134 is Ruth Calloway
//	  When Ruth Calloway calls 104
//	  And 6 seconds later, 104 answers
//	  And 18 seconds later, 104 puts the call on hold
//	  And 2 seconds later, 104 calls 106
//	  And 5 seconds later, 106 answers
//	  And 10 seconds later, 104 completes the transfer
//	  And 1 minute later, 106 hangs up
//	  Then there is one call
//	  And 104 transferred Ruth Calloway to 106 after consulting
//	  And Ruth Calloway talked with 106 for 1 minute
//
// A sentence of the Given and When kind becomes a script for the simulated switch
// (packages sim/script and sim/pbx); one of the Then kind becomes a statement, which is
// held against the switch's own truth and against an engine's answer. Every sentence
// stands in one table (Sentences), which the reader, the godog steps, the printer and
// the reference page share.
//
// Read reads feature files, Suite runs them with godog in every weather, and Write
// prints any case of the simulator back as a scenario.
package scenarios
