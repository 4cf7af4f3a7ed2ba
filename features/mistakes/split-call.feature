Feature: Mistake: split-call
  One call becomes two, because the link between its sessions was not seen: an agent's
  report then shows a short call and a second one out of nowhere.

  @mistake.split-call/attended-transfer
  Scenario: A customer is transferred after a consultation
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 101
    And 8 seconds later, 101 answers
    And 25 seconds later, 101 puts the call on hold
    And 3 seconds later, 101 calls 103
    And 6 seconds later, 103 answers
    And 15 seconds later, 101 completes the transfer
    And 1 minute 40 seconds later, Ruth Calloway hangs up
    Then there is one call
    And the call spans two sessions
    And Ruth Calloway talked for 2 minutes 5 seconds in all

  @mistake.split-call/park
  Scenario: A customer is parked, and retrieved at another phone
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 101
    And 8 seconds later, 101 answers
    And 25 seconds later, 101 parks the call at 802
    And 40 seconds later, 103 retrieves the call from 802
    And 50 seconds later, 103 hangs up
    Then there is one call
    And Ruth Calloway talked with 103 for 50 seconds
