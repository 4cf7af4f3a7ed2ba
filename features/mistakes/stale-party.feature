Feature: Mistake: stale-party
  Somebody who has left is still shown on the line.

  @mistake.stale-party/transfer
  Scenario: The one who transferred has left
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 transfers the call to 106
    And 8 seconds later, 106 answers
    Then 104 is not on the line any more
    And Ruth Calloway is still on the line
    And 106 is still on the line
    And the call is not over

  @mistake.stale-party/attended-transfer
  Scenario: The one who consulted has left both calls
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2 seconds later, 104 calls 106
    And 4 seconds later, 106 answers
    And 13 seconds later, 104 completes the transfer
    Then 104 is not on the line any more
    And Ruth Calloway is still on the line
    And 106 is still on the line
