Feature: Mistake: lost-transfer-target
  The customer was transferred, and nobody knows to whom.

  @mistake.lost-transfer-target/blind
  Scenario: Without consulting
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 103
    And 5 seconds later, 103 answers
    And 30 seconds later, 103 transfers the call to 150
    And 11 seconds later, 150 answers
    And 1 minute later, 150 hangs up
    Then 103 transferred Ruth Calloway to 150 without consulting
    And after the transfer the new numbers are 150

  @mistake.lost-transfer-target/attended
  Scenario: After consulting
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 103
    And 5 seconds later, 103 answers
    And 30 seconds later, 103 puts the call on hold
    And 3 seconds later, 103 calls 150
    And 8 seconds later, 150 answers
    And 12 seconds later, 103 completes the transfer
    And 1 minute later, 150 hangs up
    Then 103 transferred Ruth Calloway to 150 after consulting
    And after the transfer the new numbers are 150
