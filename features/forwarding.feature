Feature: A call that is forwarded rings elsewhere before anybody answers
  The first phone did not answer and did not miss the call: it sent it on.

  Background:
    Given 404-555-0134 is Ruth Calloway
    And 212-555-0188 is Theo Brandt

  @transfer.forward/colleague
  Scenario: To a colleague
    When Ruth Calloway calls 104
    And 5 seconds later, 104 forwards the call to 106
    And 7 seconds later, 106 answers
    And 38 seconds later, 106 hangs up
    Then 104 forwarded Ruth Calloway to 106
    And there is one forwarding
    And there is no blind transfer
    And 106 took the call
    And a leg of 104 counts as transferred

  @transfer.forward/outside
  Scenario: To an outside number
    When Ruth Calloway calls 104
    And 5 seconds later, 104 forwards the call to Theo Brandt
    And 9 seconds later, Theo Brandt answers
    And 36 seconds later, Ruth Calloway hangs up
    Then 104 forwarded Ruth Calloway to Theo Brandt
    And Ruth Calloway talked with Theo Brandt for 36 seconds

  @transfer.forward/ways
  Scenario Outline: To a colleague, <how>
    When Ruth Calloway calls 104
    And 5 seconds later, <sentence>
    And 7 seconds later, 106 answers
    And 30 seconds later, 106 hangs up
    Then 104 forwarded Ruth Calloway to 106

    Examples:
      | how                 | sentence                                         |
      | by an application   | an application of 104 forwards the call to 106   |
      | by the phone's keys | 104 forwards the call to 106 by the phone's keys |

  @transfer.forward/find-me
  Scenario: Rules that ring a person's other phones too are no forwarding
    When Ruth Calloway calls 104
    And 27 seconds later, 104 answers
    And 53 seconds later, Ruth Calloway hangs up
    Then nothing links one leg to another
    And 104 took the call
    And the phone of 104 rang for 27 seconds

  @transfer.forward/to-oneself
  Scenario: Somebody is transferred to the menu, chooses their own extension, and forwards the call
    When 101 calls 104
    And 3 seconds later, 104 answers
    And 3 seconds later, 106 supervises 101
    And 3 seconds later, 101 flips the call to the mobile phone
    And 2 seconds later, 101 answers on the mobile phone
    And 9 seconds later, 104 transfers the call to the Main menu
    And 3 seconds later, 101 presses 0
    And 2 seconds later, 101 forwards the call to 104
    Then there is one call
    And there is one forwarding
    And there is one blind transfer
    And the Main menu sent the call on to 101
