Feature: A call that nobody answers says why
  Nobody talked, and the outcome tells apart who gave up, who refused, who was busy and
  what could not be reached.

  Background:
    Given 404-555-0134 is Ruth Calloway
    And 212-555-0188 is Theo Brandt

  @disturbed @call.missed/given-up
  Scenario: The customer gives up while the phone rings
    When Ruth Calloway calls 104
    And 18 seconds later, Ruth Calloway hangs up
    Then the call counts as missed
    And the call was never answered
    And 104 did not take the call
    And every leg of 104 counts as missed
    And the phone of 104 rang for 18 seconds
    And nobody talked

  @call.missed/cancelled
  Scenario: A colleague gives up
    When 101 calls 106
    And 9 seconds later, 101 hangs up
    Then the call counts as cancelled
    And every leg of 106 counts as missed
    And nobody talked

  @call.missed/no-mailbox
  Scenario: It rings until the switch gives up
    When Ruth Calloway calls 105
    Then the call counts as missed
    And the call is over
    And the phone of 105 rang for 30 seconds

  @call.missed/outside
  Scenario: An outside number rings until the switch gives up
    When 104 calls Theo Brandt
    Then the call counts as missed
    And the call is outbound
    And nobody talked

  @call.rejected/no-mailbox
  Scenario: Somebody without a mailbox refuses the call
    When Ruth Calloway calls 105
    And 4 seconds later, 105 rejects the call
    Then the call counts as rejected
    And nobody talked

  @call.busy/outside
  Scenario: The outside number is busy
    When 104 calls Theo Brandt
    And 2 seconds later, Theo Brandt is busy
    Then the call counts as busy
    And nobody talked

  @call.failed/outside
  Scenario Outline: The outside number cannot be reached: <reason>
    When 104 fails to call Theo Brandt because of <reason>
    Then the call counts as failed
    And every leg of 104 counts as failed

    Examples:
      | reason                |
      | InvalidNumber         |
      | InternationalDisabled |
      | DestinationBlocked    |
      | NotEnoughFunds        |
      | NoSuchUser            |
      | InternalError         |
      | CallDropped           |
