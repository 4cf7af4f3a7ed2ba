Feature: A fax and an announcement are calls without a talk between two
  They have legs and times like any other call.

  Background:
    Given 404-555-0134 is Ruth Calloway

  @call.fax/received
  Scenario: A customer sends a fax
    When Ruth Calloway sends a fax to 103
    And 50 seconds later, Ruth Calloway hangs up
    Then there is one call
    And the call counts as answered
    And the call lasted 50 seconds
    And nobody talked

  @call.paging/group
  Scenario: Somebody pages a group of phones
    When 150 pages 790
    And 12 seconds later, 150 hangs up
    Then there is one call
    And the call is internal
    And only 150, 101, 102 and 103 took part in the call
