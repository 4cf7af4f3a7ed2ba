Feature: Will the peer's session reach me?
  With a subscription to the account, yes: every session comes, each by itself, and
  peerId ties them. With a subscription to one extension only the sessions in which that
  extension has a leg of its own.

  Background:
    Given 404-555-0134 is Ruth Calloway

  @question.peer-session/attended-transfer
  Scenario: An attended transfer reaches the one who transferred in both sessions
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2 seconds later, 104 calls 106
    And 4 seconds later, 106 answers
    And 13 seconds later, 104 completes the transfer
    And 55 seconds later, Ruth Calloway hangs up
    Then the call spans two sessions
    And 104 is told of two sessions
    And 106 is told of one session
    And as 104 sees it, there is one call
    And as 104 sees it, there is one attended transfer
    And as 106 sees it, the call is internal

  @question.peer-session/blind-transfer
  Scenario: A blind transfer has no other session
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 transfers the call to 106
    And 8 seconds later, 106 answers
    And 42 seconds later, Ruth Calloway hangs up
    Then the call spans one session
    And 104 is told of one session
    And 106 is told of one session
    And as 106 sees it, there is one call

  @question.peer-session/conference
  Scenario: A conference reaches its host, and its members only in their own calls
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2 seconds later, 104 calls 106
    And 4 seconds later, 106 answers
    And 13 seconds later, 104 merges the calls
    And 50 seconds later, 106 hangs up
    And 5 seconds later, Ruth Calloway hangs up
    Then the call spans three sessions
    And 104 is told of three sessions
    And 106 is told of one session
    And as 104 sees it, there is one call

  @question.peer-session/park
  Scenario: A parked call is retrieved in a session that its parker never sees
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 parks the call at 801
    And 20 seconds later, 106 retrieves the call from 801
    And 40 seconds later, 106 hangs up
    Then the call spans two sessions
    And 104 is told of one session
    And 106 is told of one session
    And as 104 sees it, 104 is not on the line any more
