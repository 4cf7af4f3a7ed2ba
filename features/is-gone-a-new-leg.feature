Feature: Is Gone a new leg?
  No. Gone is the end of a leg that was there before: its sound goes on through another
  session, which peerId names. It adds nobody to the call, and it does not end the call.

  Background:
    Given 404-555-0134 is Ruth Calloway

  @disturbed @question.gone/attended-transfer
  Scenario: An attended transfer makes two legs Gone and no new one
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2 seconds later, 104 calls 106
    And 4 seconds later, 106 answers
    And 13 seconds later, 104 completes the transfer
    And 55 seconds later, Ruth Calloway hangs up
    Then RingCentral says Gone with AttendedTransfer of 104
    And no Gone makes a new leg
    And 104 has two legs
    And Ruth Calloway has one leg
    And 106 has one leg
    And every leg of 104 counts as transferred
    And the Gone of 104 names a leg of 104

  @disturbed @question.gone/blind-transfer
  Scenario: In a blind transfer nobody is Gone, and one leg is new
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 transfers the call to 106
    And 8 seconds later, 106 answers
    And 42 seconds later, Ruth Calloway hangs up
    Then RingCentral never says Gone of 104
    And RingCentral says Disconnected with BlindTransfer of 104
    And the call spans one session
    And 104 has one leg
    And 106 has one leg
    And 106 talked for 42 seconds in all

  @question.gone/conference
  Scenario: A conference makes the host's two calls Gone, and the host has a third leg
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2 seconds later, 104 calls 106
    And 4 seconds later, 106 answers
    And 13 seconds later, 104 merges the calls
    And 50 seconds later, 106 hangs up
    And 5 seconds later, Ruth Calloway hangs up
    Then RingCentral says Gone with Conference of 104
    And 104 has three legs
    And Ruth Calloway has one leg
    And 106 has one leg
    And there is one call
