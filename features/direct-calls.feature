Feature: A plain call is one call with two legs
  Two people, two legs, one session. The caller's leg is answered early, before anybody
  took the call: that is not when the call was answered.

  Background:
    Given 404-555-0134 is Ruth Calloway
    And 212-555-0188 is Theo Brandt

  @disturbed @call.direct/inbound
  Scenario: A customer calls an extension
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 69 seconds later, Ruth Calloway hangs up
    Then there is one call
    And the call is inbound
    And the call counts as answered
    And the call was answered after 6 seconds
    And the call lasted 1 minute 15 seconds
    And the call spans one session
    And Ruth Calloway ended the call
    And only Ruth Calloway and 104 took part in the call
    And nothing links one leg to another
    And Ruth Calloway talked with 104 for 1 minute 9 seconds

  @call.direct/outbound
  Scenario: An extension calls a customer
    When 104 calls Theo Brandt
    And 9 seconds later, Theo Brandt answers
    And 51 seconds later, 104 hangs up
    Then there is one call
    And the call is outbound
    And the call counts as answered
    And the call was answered after 9 seconds
    And 104 ended the call
    And 104 talked with Theo Brandt for 51 seconds

  @call.direct/internal
  Scenario: An extension calls a colleague
    When 101 calls 106
    And 5 seconds later, 106 answers
    And 43 seconds later, 106 hangs up
    Then there is one call
    And the call is internal
    And 101 talked with 106 for 43 seconds
    And 106 ended the call

  @call.direct/anonymous
  Scenario: A caller who withholds the number
    When anonymous calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 hangs up
    Then there is one call
    And the call is inbound
    And anonymous talked with 104 for 24 seconds

  @call.direct/two-at-once
  Scenario: Two calls at the same time stay two
    When Ruth Calloway calls 104
    And 2 seconds later, Theo Brandt calls 106
    And 4 seconds later, 104 answers
    And 3 seconds later, 106 answers
    And 20 seconds later, Ruth Calloway hangs up
    And 10 seconds later, Theo Brandt hangs up
    Then there are two calls
    And the call with 104 counts as answered
    And the call with 106 counts as answered
    And 104 never talked with Theo Brandt

  @call.direct/waiting
  Scenario: A second call to somebody who is talking is another call
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 10 seconds later, Theo Brandt calls 104
    And 9 seconds later, Theo Brandt hangs up
    And 20 seconds later, Ruth Calloway hangs up
    Then there are two calls
    And the first call counts as answered
    And the second call counts as missed
