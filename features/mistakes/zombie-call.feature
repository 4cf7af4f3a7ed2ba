Feature: Mistake: zombie-call
  A call that is over never ends, because a leg that was Gone waits for a Disconnected
  that need not come.

  @mistake.zombie-call/attended-transfer
  Scenario: Everybody has hung up after a transfer
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2 seconds later, 104 calls 106
    And 4 seconds later, 106 answers
    And 13 seconds later, 104 completes the transfer
    And 55 seconds later, Ruth Calloway hangs up
    Then the call is over
    And 104 is not on the line any more
    And 106 is not on the line any more
    And the call lasted 1 minute 34 seconds

  @mistake.zombie-call/still-going
  Scenario: A call that goes on is not over
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    Then the call is not over
    And Ruth Calloway is still on the line
