Feature: A supervisor who listens does not talk
  Whether a supervisor was heard is told by the dial code, not by the notifications of an
  application. Unless they barged in they count for nobody's talk time.

  Background:
    Given 404-555-0134 is Ruth Calloway

  @supervise.call/api
  Scenario Outline: By an application, <how>
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, <sentence>
    And 20 seconds later, 150 hangs up
    And 20 seconds later, 104 hangs up
    Then there is one call
    And 150 supervised 104
    And 150 never talked
    And 150 was with the call of 104 for 20 seconds
    And Ruth Calloway talked with 104 for 54 seconds

    Examples:
      | how             | sentence                             |
      | on one channel  | 150 supervises 104                   |
      | on two channels | 150 supervises 104 on two channels   |

  @disturbed @supervise.call/listen
  Scenario: A supervisor dials in to listen
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 150 dials in to listen to 104
    And 24 seconds later, 150 hangs up
    And 16 seconds later, 104 hangs up
    Then there is one call
    And 150 supervised the call
    And 150 never talked
    And 150 listened to the call of 104 for 23 seconds

  @supervise.call/whisper
  Scenario: A supervisor dials in to whisper to the agent
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 150 dials in to whisper to 104
    And 24 seconds later, 150 hangs up
    And 16 seconds later, 104 hangs up
    Then 150 never talked
    And 150 whispered in the call of 104 for 23 seconds

  @supervise.call/barge-in
  Scenario: A supervisor dials in to join the call
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 150 dials in to join 104
    And 24 seconds later, 150 hangs up
    And 16 seconds later, 104 hangs up
    Then 150 supervised the call
    And Ruth Calloway, 104 and 150 talked together for 23 seconds

  @supervise.call/takeover
  Scenario: A supervisor takes the agent's place
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 150 supervises 104
    And 20 seconds later, 150 takes over the call
    And 35 seconds later, Ruth Calloway hangs up
    Then a supervisor took the place of 104
    And 104 is not on the line any more
    And Ruth Calloway talked with 104 for 34 seconds

  @supervise.call/takeover-all-told
  Scenario: A supervisor takes the agent's place, and every number of the session is told of
    Given the switch's helper-numbers is no
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 150 supervises 104
    And 20 seconds later, 150 takes over the call
    And 35 seconds later, Ruth Calloway hangs up
    Then 150 took over from 104
    And Ruth Calloway talked with 150 for 35 seconds

  @supervise.call/after-a-takeover
  Scenario: A supervisor takes one call over, and then whispers in another
    Given the switch's helper-numbers is no
    When 104 calls 105
    And 3 seconds later, 105 answers
    And 3 seconds later, 105 puts the call on hold
    And 3 seconds later, 105 calls 107
    And 3 seconds later, 102 dials in to whisper to 104
    And 3 seconds later, 107 answers
    And 3 seconds later, 105 merges the calls
    And 3 seconds later, 102 takes over the call
    And 3 seconds later, 105 takes 107 out of the conference to talk
    And 3 seconds later, 102 dials in to whisper to 105
    And 3 seconds later, 107 hangs up
    Then 102 took over from 104
    And 102 whispered in the call of 105 for 4 seconds
    And 102 talked for 3 seconds in all
