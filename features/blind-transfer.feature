Feature: A blind transfer is one call in one session
  The one who transferred is off the line at once. Until the next one answers the other
  end waits.

  Background:
    Given 404-555-0134 is Ruth Calloway
    And 212-555-0188 is Theo Brandt

  @transfer.blind/ways
  Scenario Outline: To a colleague, <how>
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, <sentence>
    And 8 seconds later, 106 answers
    And 42 seconds later, Ruth Calloway hangs up
    Then there is one call
    And 104 transferred Ruth Calloway to 106 without consulting
    And there is no attended transfer
    And 104 is not on the line any more
    And Ruth Calloway talked with 104 for 24 seconds
    And Ruth Calloway talked with 106 for 42 seconds
    And 104 never talked with 106

    Examples:
      | how                 | sentence                                          |
      | by the app          | 104 transfers the call to 106                     |
      | by the phone's keys | 104 transfers the call to 106 by the phone's keys |
      | by an application   | an application of 104 transfers the call to 106   |

  @transfer.blind/outside
  Scenario: To an outside number
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 transfers the call to Theo Brandt
    And 9 seconds later, Theo Brandt answers
    And 41 seconds later, Ruth Calloway hangs up
    Then 104 transferred Ruth Calloway to Theo Brandt without consulting
    And Ruth Calloway talked with Theo Brandt for 41 seconds

  @transfer.blind/voicemail
  Scenario: Nobody answers the transferred call, and the mailbox takes it
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 transfers the call to 106
    And 55 seconds later, Ruth Calloway hangs up
    Then 104 transferred Ruth Calloway to 106 without consulting
    And the mailbox of 106 took the call
    And the call counts as answered

  @transfer.blind/into-voicemail
  Scenario: Straight into a colleague's mailbox
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 transfers the call to the mailbox of 106
    And 25 seconds later, Ruth Calloway hangs up
    Then the mailbox of 106 took the call
    And the phone of 106 never rang

  @transfer.blind/by-the-caller
  Scenario: Somebody who called a customer transfers the call on
    When 104 calls Theo Brandt
    And 9 seconds later, Theo Brandt answers
    And 21 seconds later, 104 transfers the call to 106
    And 6 seconds later, 106 answers
    And 34 seconds later, Theo Brandt hangs up
    Then 104 transferred Theo Brandt to 106 without consulting
    And the call is outbound
    And Theo Brandt talked for 55 seconds in all
