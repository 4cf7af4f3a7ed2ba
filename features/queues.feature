Feature: A queue's call was taken by the agent who took it
  Every agent's phone that rings has a leg. One takes the call: the others did not miss
  it, it was taken elsewhere.

  Background:
    Given 404-555-0134 is Ruth Calloway

  @disturbed @route.queue/all-at-once
  Scenario: All agents ring, and one answers
    When Ruth Calloway calls the Support queue
    And 14 seconds later, 106 answers
    And 106 seconds later, 106 hangs up
    Then there is one call
    And the call counts as answered
    And the Support queue rang 104, 106 and 107
    And 106 took the call
    And 104 did not take the call
    And every leg of 104 counts as taken elsewhere
    And every leg of 107 counts as taken elsewhere
    And Ruth Calloway talked with 106 for 1 minute 46 seconds

  @route.queue/one-by-one
  Scenario: The agents ring in turn, and the second one answers
    When Ruth Calloway calls the Sales queue
    And 26 seconds later, 102 answers
    And 64 seconds later, Ruth Calloway hangs up
    Then the Sales queue rang 101 and 102
    And every leg of 101 counts as taken elsewhere
    And 102 took the call

  @route.queue/re-ring
  Scenario: All agents ring in vain, and one of them again
    When Ruth Calloway calls the Sales queue
    And 62 seconds later, 101 answers
    And 36 seconds later, 101 hangs up
    Then the Sales queue rang 101, 102 and 105
    And there are four rings of a queue
    And 101 has two legs
    And 101 took the call

  @route.queue/overflow
  Scenario: No agent answers, and the call goes on to an extension
    When Ruth Calloway calls the Support queue
    And 84 seconds later, 103 answers
    And 46 seconds later, 103 hangs up
    Then the Support queue sent the call on to 103
    And every leg of 104 counts as missed
    And 103 took the call

  @route.queue/abandoned
  Scenario: The customer gives up in the queue
    When Ruth Calloway calls the Support queue
    And 15 seconds later, Ruth Calloway hangs up
    Then the call counts as abandoned
    And nobody talked
    And every leg of 106 counts as missed

  @route.queue/transferred
  Scenario: The agent asks a colleague of no queue, and connects the customer
    When Ruth Calloway calls the Support queue
    And 12 seconds later, 104 answers
    And 20 seconds later, 104 puts the call on hold
    And 3 seconds later, 104 calls 103
    And 7 seconds later, 103 answers
    And 10 seconds later, 104 completes the transfer
    And 60 seconds later, Ruth Calloway hangs up
    Then there is one call
    And 104 transferred Ruth Calloway to 103 after consulting
    And Ruth Calloway talked with 103 for 1 minute

  @route.queue/own
  Scenario: A queue that the scenario makes
    Given extension 108 is Nora Quist
    And queue 720 is Billing and rings 108 and 101 all at once
    And queue 720 sends callers on to 103 after 60 seconds
    When Ruth Calloway dials 720
    And 12 seconds later, 108 answers
    And 30 seconds later, 108 hangs up
    Then the Billing queue rang 108 and 101
    And 108 took the call
