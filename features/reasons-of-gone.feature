Feature: Every reason of Gone
  A Gone with a reason names what went on elsewhere. Each of the four reasons that are
  understood ties its session to the call's others.

  Background:
    Given 404-555-0134 is Ruth Calloway
    And 212-555-0188 is Theo Brandt

  @gone.reason/attended-transfer
  Scenario: AttendedTransfer: the far ends of two calls were connected
    When Theo Brandt calls 101
    And 7 seconds later, 101 answers
    And 12 seconds later, 101 puts the call on hold
    And 3 seconds later, 101 calls 103
    And 6 seconds later, 103 answers
    And 9 seconds later, 101 completes the transfer
    And 48 seconds later, 103 hangs up
    Then RingCentral says Gone with AttendedTransfer of 101
    And there is one call
    And 101 transferred Theo Brandt to 103 after consulting

  @gone.reason/conference
  Scenario: Conference: the call went into a conference
    When 104 calls Theo Brandt
    And 9 seconds later, Theo Brandt answers
    And 11 seconds later, 104 puts the call on hold
    And 3 seconds later, 104 calls 106
    And 6 seconds later, 106 answers
    And 10 seconds later, 104 merges the calls
    And 40 seconds later, Theo Brandt hangs up
    And 5 seconds later, 106 hangs up
    Then RingCentral says Gone with Conference of 104
    And there is one call
    And 104 merged Theo Brandt and 106 into a conference

  @gone.reason/pickup
  Scenario: Pickup: a parked call was taken, in a session of the one who took it
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 parks the call at 801
    And 20 seconds later, 106 retrieves the call from 801
    And 40 seconds later, Ruth Calloway hangs up
    Then RingCentral says Gone with Pickup of 106
    And there is one call
    And the call spans two sessions
    And 106 retrieved Ruth Calloway from park

  @gone.reason/supervising
  Scenario: Supervising: a supervisor dialled in to somebody's call
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 150 dials in to listen to 104
    And 24 seconds later, 150 hangs up
    And 16 seconds later, 104 hangs up
    Then RingCentral says Gone with Supervising of 150
    And there is one call
    And the call spans two sessions
    And 150 supervised the call
