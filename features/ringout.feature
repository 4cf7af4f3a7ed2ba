Feature: A RingOut is one outbound call
  The platform calls the extension, and when it answers the outside number. Some accounts
  report the second leg once more, in a session of its own: it is the same call.

  Background:
    Given 212-555-0188 is Theo Brandt

  @call.ringout/answered
  Scenario: Both answer
    When 104 starts a RingOut to Theo Brandt
    And 5 seconds later, 104 answers
    And 7 seconds later, Theo Brandt answers
    And 48 seconds later, 104 hangs up
    Then there is one call
    And the call is outbound
    And the platform called 104 and then Theo Brandt
    And 104 talked with Theo Brandt for 48 seconds

  @call.ringout/mirrored
  Scenario: A second session repeats it
    Given the switch's ringout-mirror is yes
    When 104 starts a RingOut to Theo Brandt
    And 5 seconds later, 104 answers
    And 7 seconds later, Theo Brandt answers
    And 48 seconds later, 104 hangs up
    Then there is one call
    And the call spans two sessions
    And 104 talked with Theo Brandt for 48 seconds

  @call.ringout/not-taken
  Scenario: The extension does not take the platform's call
    When 104 starts a RingOut to Theo Brandt
    Then the call counts as missed
    And nobody talked
