Feature: A conference is one call, whatever number its session carries
  The calls that are merged, and the conference's own session, are one call. Every
  conference has the session id 0, which ties nothing together.

  Background:
    Given 404-555-0134 is Ruth Calloway
    And 212-555-0188 is Theo Brandt

  @disturbed @conference.call/three
  Scenario: A customer, a colleague and the host
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2.5 seconds later, 104 calls 106
    And 4.5 seconds later, 106 answers
    And 13 seconds later, 104 merges the calls
    And 50 seconds later, 106 hangs up
    And 5 seconds later, Ruth Calloway hangs up
    Then there is one call
    And the call spans three sessions
    And 104 merged Ruth Calloway and 106 into a conference
    And Ruth Calloway, 106 and 104 talked together for 48 seconds

  @conference.call/four
  Scenario: A fourth one is added
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2.5 seconds later, 104 calls 106
    And 4.5 seconds later, 106 answers
    And 13 seconds later, 104 merges the calls
    And 20 seconds later, 104 puts the call on hold
    And 3 seconds later, 104 calls Theo Brandt
    And 9 seconds later, Theo Brandt answers
    And 8 seconds later, 104 merges the calls
    And 40 seconds later, Theo Brandt hangs up
    And 10 seconds later, 106 hangs up
    And 10 seconds later, Ruth Calloway hangs up
    Then there is one call
    And 104 merged Ruth Calloway, 106 and Theo Brandt into a conference
    And Ruth Calloway, 106, 104 and Theo Brandt talked together for 39 seconds

  @conference.call/removed
  Scenario: The host removes one
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2.5 seconds later, 104 calls 106
    And 4.5 seconds later, 106 answers
    And 13 seconds later, 104 merges the calls
    And 20 seconds later, 104 removes 106 from the conference
    And 35 seconds later, Ruth Calloway hangs up
    Then there is one call
    And Ruth Calloway talked with 106 for 18 seconds
    And Ruth Calloway talked with 104 for 1 minute 8 seconds

  @conference.call/taken-out
  Scenario: The host takes one out to talk alone
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2.5 seconds later, 104 calls 106
    And 4.5 seconds later, 106 answers
    And 13 seconds later, 104 merges the calls
    And 20 seconds later, 104 takes Ruth Calloway out of the conference to talk
    And 30 seconds later, 104 hangs up
    And 5 seconds later, 104 hangs up
    Then there is one call
    And Ruth Calloway talked with 106 for 18 seconds

  @conference.call/host-leaves
  Scenario: The host leaves, and the others talk on
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2.5 seconds later, 104 calls 106
    And 4.5 seconds later, 106 answers
    And 13 seconds later, 104 merges the calls
    And 20 seconds later, 104 hangs up
    And 35 seconds later, Ruth Calloway hangs up
    Then there is one call
    And Ruth Calloway talked with 106 for 53 seconds
    And 104 talked with 106 for 33 seconds

  @conference.call/of-a-transfer
  Scenario: A call that was transferred is merged
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2.5 seconds later, 104 calls 106
    And 4.5 seconds later, 106 answers
    And 13 seconds later, 104 completes the transfer
    And 20 seconds later, 106 puts the call on hold
    And 3 seconds later, 106 calls Theo Brandt
    And 9 seconds later, Theo Brandt answers
    And 8 seconds later, 106 merges the calls
    And 40 seconds later, Theo Brandt hangs up
    And 10 seconds later, Ruth Calloway hangs up
    Then there is one call
    And the call spans four sessions
    And 104 transferred Ruth Calloway to 106 after consulting
    And 106 merged Ruth Calloway and Theo Brandt into a conference
    And 104 never talked with Theo Brandt

  @disturbed @conference.call/two-at-once
  Scenario: Two conferences at the same time are two calls
    When 104 calls Ruth Calloway
    And 3 seconds later, 106 calls Theo Brandt
    And 6 seconds later, Ruth Calloway answers
    And 3 seconds later, Theo Brandt answers
    And 8 seconds later, 104 puts the call on hold
    And 2 seconds later, 106 puts the call on hold
    And 3 seconds later, 104 calls 101
    And 3 seconds later, 106 calls 103
    And 4 seconds later, 101 answers
    And 3 seconds later, 103 answers
    And 10 seconds later, 104 merges the calls
    And 3 seconds later, 106 merges the calls
    And 32 seconds later, Ruth Calloway hangs up
    And 4 seconds later, Theo Brandt hangs up
    And 4 seconds later, 101 hangs up
    And 4 seconds later, 103 hangs up
    Then there are two calls
    And two sessions carry the session id 0
    And 104 merged Ruth Calloway and 101 into a conference
    And 106 merged Theo Brandt and 103 into a conference
    And Ruth Calloway never talked with Theo Brandt

  @conference.call/supervised-and-parked
  Scenario: One is taken out, parked, retrieved by somebody else, and supervised
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2.5 seconds later, 104 calls 106
    And 4.5 seconds later, 106 answers
    And 13 seconds later, 104 merges the calls
    And 20 seconds later, 104 takes Ruth Calloway out of the conference to talk
    And 15 seconds later, 104 parks the call at location 850
    And 5 seconds later, 104 hangs up
    And 15 seconds later, 103 retrieves the call from 850
    And 15 seconds later, 150 dials in to listen to 103
    And 30 seconds later, 150 hangs up
    And 10 seconds later, Ruth Calloway hangs up
    Then there is one call
    And the call spans four sessions
    And 104 parked Ruth Calloway
    And 103 retrieved Ruth Calloway from park
    And 150 supervised the call
    And Ruth Calloway talked with 103 for 55 seconds

  @conference.call/who-hung-up
  Scenario: Who left last but one hung up
    Given the switch's helper-numbers is no
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2.5 seconds later, 104 calls 106
    And 4.5 seconds later, 106 answers
    And 13 seconds later, 104 merges the calls
    And 50 seconds later, 106 hangs up
    And 5 seconds later, Ruth Calloway hangs up
    Then Ruth Calloway ended the call
