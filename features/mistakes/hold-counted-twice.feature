Feature: Mistake: hold-counted-twice
  Time on hold is counted for the one who pressed hold and for the one who waited.

  @mistake.hold-counted-twice/one-side
  Scenario: A customer waits on hold for half a minute
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 20 seconds later, 104 puts the call on hold
    And 30 seconds later, 104 takes the call off hold
    And 20 seconds later, 104 hangs up
    Then Ruth Calloway was on hold for 30 seconds
    And 104 kept others on hold for 30 seconds
    And 104 was never on hold
    And 104 talked for 40 seconds in all
