Feature: A call that a colleague picks up was taken, not missed
  Group pickup and busy lamp fields take a call that rings at somebody else's phone.

  @disturbed @park.pickup/group
  Scenario: A colleague picks up a call that rings at an extension
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 104
    And 7 seconds later, 106 picks up the call of 104
    And 43 seconds later, 106 hangs up
    Then there is one call
    And the call counts as answered
    And 106 picked up the call that rang at 104
    And every leg of 104 counts as taken elsewhere
    And Ruth Calloway talked with 106 for 43 seconds
