Feature: Mistake: ring-time-from-the-callers-early-answer
  The caller's own leg is Answered at once, when the call reached its destination. Whoever
  takes that for the answer shows phones that never ring and calls that nobody misses.

  @mistake.ring-time-from-the-callers-early-answer/answered
  Scenario: A phone rings for twenty seconds
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 104
    And 20 seconds later, 104 answers
    And 40 seconds later, 104 hangs up
    Then the call was answered after 20 seconds
    And the phone of 104 rang for 20 seconds
    And Ruth Calloway talked for 40 seconds in all

  @mistake.ring-time-from-the-callers-early-answer/missed
  Scenario: A phone rings for twenty seconds in vain
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 104
    And 20 seconds later, Ruth Calloway hangs up
    Then the call was never answered
    And the call counts as missed
    And Ruth Calloway never talked
