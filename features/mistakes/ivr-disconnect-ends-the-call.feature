Feature: Mistake: ivr-disconnect-ends-the-call
  The menu's leg is Disconnected when the caller has chosen. Whoever takes that for the
  end shows calls of eight seconds, and loses what came after.

  @mistake.ivr-disconnect-ends-the-call/chosen
  Scenario: The customer goes through the menu, and talks
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls the main number
    And 8 seconds later, Ruth Calloway presses 0
    And 6 seconds later, 101 answers
    And 2 minutes later, 101 hangs up
    Then there is one call
    And the call lasted 2 minutes 14 seconds
    And the call counts as answered
    And Ruth Calloway talked with 101 for 2 minutes
