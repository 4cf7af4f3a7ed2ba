Feature: Which numbers are new after the transfer?
  The one who was transferred to, and nobody else. The number that transferred appears
  again in the consultation, and the caller's may appear in it afterwards: they are known.

  @question.new-numbers/seed
  Scenario: 404-809-6345 calls 104 and is transferred to 106
    When 404-809-6345 calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 transfers the call to 106
    And 8 seconds later, 106 answers
    And 42 seconds later, 404-809-6345 hangs up
    Then there is one call
    And the original of the call is 404-809-6345 to 104
    And after the transfer the new numbers are 106
    And after the transfer the known numbers are 404-809-6345 and 104
    And 106 has one leg
    And 104 has one leg
    And 404-809-6345 has one leg
    And 104 transferred 404-809-6345 to 106 without consulting
    And 404-809-6345 talked with 104 for 24 seconds
    And 404-809-6345 talked with 106 for 42 seconds
    And 104 never talked with 106

  @question.new-numbers/seed-warm
  Scenario: 404-809-6345 calls 104, who asks 106 first
    When 404-809-6345 calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2 seconds later, 104 calls 106
    And 4 seconds later, 106 answers
    And 13 seconds later, 104 completes the transfer
    And 55 seconds later, 404-809-6345 hangs up
    Then there is one call
    And the original of the call is 404-809-6345 to 104
    And after the transfer the new numbers are 106
    And after the transfer the known numbers are 404-809-6345 and 104
    And 106 has one leg
    And 104 has two legs
    And 404-809-6345 has one leg
    And no Gone makes a new leg
    And 404-809-6345 talked with 106 for 55 seconds

  @question.new-numbers/forward
  Scenario: A call that is forwarded before anybody answers
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 104
    And 5 seconds later, 104 forwards the call to 106
    And 7 seconds later, 106 answers
    And 38 seconds later, 106 hangs up
    Then after the transfer the new numbers are 106
    And 104 never talked

  @question.new-numbers/outside
  Scenario: A call that is transferred to somebody outside
    Given 404-555-0134 is Ruth Calloway
    And 212-555-0188 is Theo Brandt
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2 seconds later, 104 calls Theo Brandt
    And 9 seconds later, Theo Brandt answers
    And 14 seconds later, 104 completes the transfer
    And 50 seconds later, Ruth Calloway hangs up
    Then after the transfer the new numbers are Theo Brandt
    And Ruth Calloway talked with Theo Brandt for 50 seconds
