Feature: Mistake: answered-by-queue-loser
  The queue's call is credited to an agent whose phone only rang.

  @mistake.answered-by-queue-loser/last
  Scenario: The agent whose phone rang last answers
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls the Support queue
    And 11 seconds later, 107 answers
    And 45 seconds later, 107 hangs up
    Then 107 took the call
    And 104 did not take the call
    And 106 did not take the call
    And Ruth Calloway talked with 107 for 45 seconds
    And 104 never talked
    And 106 never talked
