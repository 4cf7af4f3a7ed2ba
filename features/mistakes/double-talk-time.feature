Feature: Mistake: double-talk-time
  Somebody talked for longer than they did, because one conversation was counted in two
  legs or two sessions.

  @mistake.double-talk-time/switch
  Scenario: Somebody moves to another device
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 30 seconds later, 104 switches to another device
    And 30 seconds later, 104 hangs up
    Then 104 has two legs
    And 104 talked for 1 minute in all
    And Ruth Calloway talked for 1 minute in all

  @mistake.double-talk-time/conference
  Scenario: A host has three legs in a conference
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 20 seconds later, 104 puts the call on hold
    And 3 seconds later, 104 calls 106
    And 5 seconds later, 106 answers
    And 12 seconds later, 104 merges the calls
    And 42 seconds later, 106 hangs up
    And 5 seconds later, Ruth Calloway hangs up
    Then 104 has three legs
    And 104 talked with 106 for 54 seconds
