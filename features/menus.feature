Feature: A menu passes the call on
  A menu has a leg of its own, which ends when the caller has chosen. The call goes on.

  Background:
    Given 404-555-0134 is Ruth Calloway

  @disturbed @route.menu/chosen
  Scenario: The customer chooses an extension
    When Ruth Calloway calls the main number
    And 8 seconds later, Ruth Calloway presses 0
    And 7 seconds later, 101 answers
    And 55 seconds later, 101 hangs up
    Then there is one call
    And the call counts as answered
    And the Main menu sent the call on to 101
    And the call was answered after 15 seconds
    And Ruth Calloway talked with 101 for 55 seconds
    And the original of the call is Ruth Calloway to the Main menu

  @route.menu/nested
  Scenario: The customer goes through two menus
    When Ruth Calloway calls the main number
    And 6 seconds later, Ruth Calloway presses 3
    And 6 seconds later, Ruth Calloway presses 1
    And 6 seconds later, 106 answers
    And 42 seconds later, Ruth Calloway hangs up
    Then there are two routes
    And the Main menu sent the call on to the Service menu
    And the Service menu sent the call on to 106
    And the call lasted 1 minute

  @route.menu/abandoned
  Scenario: The customer hangs up in the menu
    When Ruth Calloway calls the main number
    And 11 seconds later, Ruth Calloway hangs up
    Then the call counts as abandoned
    And nobody talked

  @route.menu/own
  Scenario: A menu that the scenario makes
    Given menu 902 is Night menu
    And key 4 of menu 900 leads to 902
    And key 1 of menu 902 leads to 150
    When Ruth Calloway calls the main number
    And 5 seconds later, Ruth Calloway presses 4
    And 5 seconds later, Ruth Calloway presses 1
    And 8 seconds later, 150 answers
    And 30 seconds later, 150 hangs up
    Then the Night menu sent the call on to 150
