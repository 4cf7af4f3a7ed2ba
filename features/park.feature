Feature: A parked call waits, and whoever retrieves it goes on with the same call
  Nobody talks in park. Retrieved at a park number, the call goes on in a second session;
  at a park location in the same one.

  Background:
    Given 404-555-0134 is Ruth Calloway

  @disturbed @park.call/number
  Scenario: At a number, retrieved by a colleague
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 parks the call at 801
    And 20 seconds later, 106 retrieves the call from 801
    And 40 seconds later, 106 hangs up
    Then there is one call
    And the call spans two sessions
    And 104 parked Ruth Calloway
    And 106 retrieved Ruth Calloway from park
    And Ruth Calloway talked with 104 for 24 seconds
    And Ruth Calloway talked with 106 for 40 seconds

  @park.call/location
  Scenario: At a location, which no Gone tells
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 parks the call at location 850
    And 20 seconds later, 106 retrieves the call from 850
    And 40 seconds later, Ruth Calloway hangs up
    Then the call spans one session
    And 104 parked Ruth Calloway
    And 106 retrieved Ruth Calloway from park

  @park.call/recall
  Scenario: Nobody retrieves it, and it rings the one who parked it
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 parks the call at 801
    And 3 minutes 6 seconds later, 104 answers
    And 34 seconds later, 104 hangs up
    Then 104 retrieved Ruth Calloway from park
    And 104 has two legs
    And Ruth Calloway talked with 104 for 58 seconds

  @park.call/abandoned
  Scenario: The customer hangs up in park
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 parks the call at 801
    And 55 seconds later, Ruth Calloway hangs up
    Then the call counts as parked
    And the call is over
    And there is no pickup

  @park.call/again
  Scenario: Parked, retrieved, and parked again
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 parks the call at location 850
    And 20 seconds later, 106 retrieves the call from 850
    And 20 seconds later, 106 parks the call at location 851
    And 20 seconds later, 103 retrieves the call from 851
    And 30 seconds later, Ruth Calloway hangs up
    Then there are two parks
    And there are two pickups
    And Ruth Calloway talked with 103 for 30 seconds
