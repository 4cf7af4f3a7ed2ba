Feature: Mistake: merged-calls
  Two calls become one, because something that is no key was taken for one: every
  conference carries the session id 0.

  @mistake.merged-calls/conferences
  Scenario: Two teams hold a conference at the same time
    Given 404-555-0134 is Ruth Calloway
    And 212-555-0188 is Theo Brandt
    When 101 calls Ruth Calloway
    And 2 seconds later, 103 calls Theo Brandt
    And 7 seconds later, Ruth Calloway answers
    And 3 seconds later, Theo Brandt answers
    And 10 seconds later, 101 puts the call on hold
    And 2 seconds later, 103 puts the call on hold
    And 3 seconds later, 101 calls 104
    And 3 seconds later, 103 calls 106
    And 5 seconds later, 104 answers
    And 3 seconds later, 106 answers
    And 10 seconds later, 101 merges the calls
    And 4 seconds later, 103 merges the calls
    And 40 seconds later, Ruth Calloway hangs up
    And 4 seconds later, Theo Brandt hangs up
    And 4 seconds later, 104 hangs up
    And 4 seconds later, 106 hangs up
    Then there are two calls
    And two sessions carry the session id 0
    And 101 never talked with 103

  @mistake.merged-calls/same-customer
  Scenario: One customer calls two extensions, one after the other
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 30 seconds later, Ruth Calloway hangs up
    And 4 seconds later, Ruth Calloway calls 106
    And 6 seconds later, 106 answers
    And 30 seconds later, Ruth Calloway hangs up
    Then there are two calls
    And the first call lasted 36 seconds
    And the second call lasted 36 seconds
