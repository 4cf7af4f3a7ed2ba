Feature: Mistake: supervisor-counted-as-talker
  A supervisor who only listened counts for talk time.

  @mistake.supervisor-counted-as-talker/listening
  Scenario: A supervisor listens to a long call
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 150 dials in to listen to 104
    And 1 minute 40 seconds later, 150 hangs up
    And 20 seconds later, Ruth Calloway hangs up
    Then 150 never talked
    And 104 talked for 2 minutes 14 seconds in all
    And 104 never talked with 150

  @mistake.supervisor-counted-as-talker/end
  Scenario: A supervisor who whispers did not hang up when the customer did
    Given 404-555-0134 is Ruth Calloway
    And the switch's helper-numbers is no
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 150 dials in to whisper to 104
    And 10 seconds later, Ruth Calloway hangs up
    Then Ruth Calloway ended the call
    And 150 never talked
