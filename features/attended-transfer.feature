Feature: An attended transfer is one call in two sessions
  The consultation is a session of its own, and was a call of its own until the transfer
  tied it to the first.

  Background:
    Given 404-555-0134 is Ruth Calloway
    And 212-555-0188 is Theo Brandt

  @transfer.attended/ways
  Scenario Outline: After asking a colleague, <how>
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2.5 seconds later, 104 calls 106
    And 4.5 seconds later, 106 answers
    And 13 seconds later, <sentence>
    And 55 seconds later, Ruth Calloway hangs up
    Then there is one call
    And the call spans two sessions
    And the call counts as answered
    And 104 transferred Ruth Calloway to 106 after consulting
    And Ruth Calloway talked with 104 for 14 seconds
    And 104 talked with 106 for 13 seconds
    And Ruth Calloway talked with 106 for 55 seconds
    And Ruth Calloway was on hold for 20 seconds

    Examples:
      | how               | sentence                                     |
      | by the app        | 104 completes the transfer                   |
      | by an application | an application of 104 completes the transfer |

  @transfer.attended/ringing
  Scenario: While the colleague's phone still rings
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2.5 seconds later, 104 calls 106
    And 3.5 seconds later, 104 completes the transfer
    And 7 seconds later, 106 answers
    And 62 seconds later, 106 hangs up
    Then 104 transferred Ruth Calloway to 106 after consulting
    And 104 never talked with 106
    And Ruth Calloway talked with 106 for 1 minute 2 seconds

  @transfer.attended/outside
  Scenario: To somebody outside
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2 seconds later, 104 calls Theo Brandt
    And 9 seconds later, Theo Brandt answers
    And 14 seconds later, 104 completes the transfer
    And 50 seconds later, Ruth Calloway hangs up
    Then there is one call
    And 104 transferred Ruth Calloway to Theo Brandt after consulting

  @transfer.attended/three-deep
  Scenario: Three times in a row
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 3 seconds later, 104 calls 106
    And 4 seconds later, 106 answers
    And 13 seconds later, 104 completes the transfer
    And 20 seconds later, 106 puts the call on hold
    And 3 seconds later, 106 calls 107
    And 6 seconds later, 107 answers
    And 11 seconds later, 106 completes the transfer
    And 20 seconds later, 107 puts the call on hold
    And 3 seconds later, 107 calls 101
    And 7 seconds later, 101 answers
    And 10 seconds later, 107 completes the transfer
    And 40 seconds later, Ruth Calloway hangs up
    Then there is one call
    And the call spans four sessions
    And there are three attended transfers
    And 107 transferred Ruth Calloway to 101 after consulting
    And Ruth Calloway talked with 101 for 40 seconds

  @transfer.attended/rejected
  Scenario: The colleague refuses, and the customer is taken back: the consultation is a call of its own
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2.5 seconds later, 104 calls 105
    And 3.5 seconds later, 105 rejects the call
    And 3 seconds later, 104 takes the call off hold
    And 31 seconds later, Ruth Calloway hangs up
    Then there are two calls
    And the first call counts as answered
    And the second call counts as rejected
    And there is no attended transfer
    And Ruth Calloway talked with 104 for 45 seconds

  @transfer.attended/abandoned
  Scenario: The consultation ends, and the customer is taken back
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2.5 seconds later, 104 calls 106
    And 4.5 seconds later, 106 answers
    And 13 seconds later, 104 hangs up
    And 3 seconds later, 104 takes the call off hold
    And 27 seconds later, Ruth Calloway hangs up
    Then there are two calls
    And Ruth Calloway never talked with 106
    And 104 talked with 106 for 13 seconds
