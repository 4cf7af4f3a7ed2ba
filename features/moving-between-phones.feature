Feature: Somebody who moves to another phone is still the same person in the same call
  A flip or a switch ends one leg and begins another. The call was answered once, and
  talk time is not counted twice.

  Background:
    Given 404-555-0134 is Ruth Calloway

  @device.flip/mobile
  Scenario: A call is flipped to the mobile phone
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 flips the call to the mobile phone
    And 8 seconds later, 104 answers on the mobile phone
    And 42 seconds later, 104 hangs up
    Then there is one call
    And 104 flipped the call to another phone
    And 104 has two legs
    And only Ruth Calloway and 104 took part in the call
    And Ruth Calloway talked with 104 for 1 minute 14 seconds

  @device.switch/device
  Scenario: A call is switched to another device
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 switches to another device
    And 50 seconds later, 104 hangs up
    Then there is one call
    And 104 moved the call to another device
    And only Ruth Calloway and 104 took part in the call
    And Ruth Calloway talked with 104 for 1 minute 14 seconds
