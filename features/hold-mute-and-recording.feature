Feature: Hold is no talk, mute is, and a recording changes nothing
  While somebody is on hold nobody talks with them, and the time counts once. A muted
  microphone leaves the talk as it is.

  Background:
    Given 404-555-0134 is Ruth Calloway

  @disturbed @media.hold/once
  Scenario: A customer is on hold for eleven seconds
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 11 seconds later, 104 takes the call off hold
    And 29 seconds later, 104 hangs up
    Then Ruth Calloway was on hold for 11 seconds
    And 104 kept others on hold for 11 seconds
    And 104 was never on hold
    And Ruth Calloway talked with 104 for 43 seconds

  @media.hold/both
  Scenario: Both sides put each other on hold
    When 104 calls 106
    And 5 seconds later, 106 answers
    And 5 seconds later, 104 puts the call on hold
    And 3 seconds later, 106 puts the call on hold
    And 3 seconds later, 104 takes the call off hold
    And 5 seconds later, 106 takes the call off hold
    And 19 seconds later, 104 hangs up
    Then 104 kept others on hold for 6 seconds
    And 106 kept others on hold for 8 seconds
    And 104 talked with 106 for 24 seconds

  @media.hold/end
  Scenario: A customer hangs up on hold
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 40 seconds later, Ruth Calloway hangs up
    Then Ruth Calloway was on hold for 40 seconds
    And Ruth Calloway talked with 104 for 14 seconds

  @media.mute/once
  Scenario: Somebody mutes the microphone for a while
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 9 seconds later, 104 mutes the microphone
    And 10 seconds later, 104 unmutes the microphone
    And 25 seconds later, Ruth Calloway hangs up
    Then Ruth Calloway talked with 104 for 44 seconds

  @media.recording/paused
  Scenario: A recording is started, paused, resumed and stopped
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 3 seconds later, 104 starts recording
    And 11 seconds later, 104 pauses the recording
    And 10 seconds later, 104 starts recording
    And 20 seconds later, 104 stops the recording
    And 10 seconds later, Ruth Calloway hangs up
    Then 104 was recorded
    And there is one call
    And Ruth Calloway talked with 104 for 54 seconds
