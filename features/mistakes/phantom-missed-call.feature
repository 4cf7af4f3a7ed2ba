Feature: Mistake: phantom-missed-call
  A call that was answered counts as missed, because one of its phones rang in vain.

  @mistake.phantom-missed-call/queue
  Scenario: Two agents' phones ring, and a third agent answers
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls the Support queue
    And 9 seconds later, 107 answers
    And 1 minute 20 seconds later, Ruth Calloway hangs up
    Then the call counts as answered
    And every leg of 104 counts as taken elsewhere
    And every leg of 106 counts as taken elsewhere

  @mistake.phantom-missed-call/pickup
  Scenario: A colleague picks up
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 104
    And 9 seconds later, 101 picks up the call of 104
    And 30 seconds later, Ruth Calloway hangs up
    Then the call counts as answered
    And every leg of 104 counts as taken elsewhere

  @mistake.phantom-missed-call/mailbox
  Scenario: The mailbox takes the call
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 106
    And 50 seconds later, Ruth Calloway hangs up
    Then the call counts as voicemail
