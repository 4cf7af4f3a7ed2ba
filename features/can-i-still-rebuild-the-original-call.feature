Feature: Can I still rebuild the original call?
  Yes. The call keeps its first session, and is told by it: who called whom, when, and
  everything that was done with it since.

  Background:
    Given 404-555-0134 is Ruth Calloway
    And 212-555-0188 is Theo Brandt

  @question.original/attended-transfer
  Scenario: After an attended transfer
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2 seconds later, 104 calls 106
    And 4 seconds later, 106 answers
    And 13 seconds later, 104 completes the transfer
    And 55 seconds later, Ruth Calloway hangs up
    Then the original of the call is Ruth Calloway to 104
    And the call is inbound
    And the call was answered after 6 seconds
    And the call lasted 1 minute 34 seconds
    And Ruth Calloway ended the call

  @question.original/transfer-of-a-transfer
  Scenario: After a transfer of a transfer
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2 seconds later, 104 calls 106
    And 5 seconds later, 106 answers
    And 13 seconds later, 104 completes the transfer
    And 20 seconds later, 106 puts the call on hold
    And 3 seconds later, 106 calls 107
    And 6 seconds later, 107 answers
    And 11 seconds later, 106 completes the transfer
    And 50 seconds later, 107 hangs up
    Then there is one call
    And the call spans three sessions
    And the original of the call is Ruth Calloway to 104
    And there are two attended transfers
    And only Ruth Calloway, 104, 106 and 107 took part in the call

  @question.original/conference
  Scenario: After a conference, which has a session of its own
    When 104 calls Theo Brandt
    And 9 seconds later, Theo Brandt answers
    And 11 seconds later, 104 puts the call on hold
    And 3 seconds later, 104 calls 106
    And 6 seconds later, 106 answers
    And 10 seconds later, 104 merges the calls
    And 40 seconds later, Theo Brandt hangs up
    And 5 seconds later, 106 hangs up
    Then the original of the call is 104 to Theo Brandt
    And the call is outbound
    And the call spans three sessions

  @question.original/park
  Scenario: After a park and a pickup from it
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 parks the call at 801
    And 20 seconds later, 106 retrieves the call from 801
    And 40 seconds later, 106 hangs up
    Then the original of the call is Ruth Calloway to 104
    And Ruth Calloway talked for 1 minute 4 seconds in all

  @question.original/queue
  Scenario: Through a queue, to a colleague
    When Ruth Calloway calls the Support queue
    And 14 seconds later, 106 answers
    And 30 seconds later, 106 transfers the call to 103
    And 7 seconds later, 103 answers
    And 45 seconds later, Ruth Calloway hangs up
    Then there is one call
    And the original of the call is Ruth Calloway to the Support queue
    And 106 transferred Ruth Calloway to 103 without consulting
