Feature: Mistake: self-call-swap
  A leg is given to the person at its other end, because from and to change places with
  the direction of the leg.

  @mistake.self-call-swap/internal
  Scenario: A colleague calls a colleague
    When 106 calls 101
    And 5 seconds later, 101 answers
    And 40 seconds later, 106 hangs up
    Then the original of the call is 106 to 101
    And 101 took the call
    And 106 ended the call
    And 106 talked with 101 for 40 seconds

  @mistake.self-call-swap/outbound
  Scenario: An extension calls a customer
    Given 212-555-0188 is Theo Brandt
    When 106 calls Theo Brandt
    And 9 seconds later, Theo Brandt answers
    And 40 seconds later, Theo Brandt hangs up
    Then the original of the call is 106 to Theo Brandt
    And Theo Brandt took the call
    And Theo Brandt ended the call
