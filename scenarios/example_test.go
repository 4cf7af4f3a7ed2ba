package scenarios_test

import (
	"fmt"

	"github.com/legworkhq/legwork/scenarios"
)

// A scenario is read, and tried in every weather.
func ExampleScenario_Try() {
	all, err := scenarios.Parse("warm.feature", []byte(`
Feature: Transfers
  Scenario: A warm transfer is one call
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 18 seconds later, 104 puts the call on hold
    And 2 seconds later, 104 calls 106
    And 5 seconds later, 106 answers
    And 10 seconds later, 104 completes the transfer
    And 1 minute later, 106 hangs up
    Then there is one call
    And 104 transferred Ruth Calloway to 106 after consulting
    And Ruth Calloway talked with 106 for 1 minute
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := all[0].Try(scenarios.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Failures {
		fmt.Println(f)
	}
	fmt.Println(res.Runs["order"], "orders,", len(res.Failures), "failures")
	// Output: 300 orders, 0 failures
}
