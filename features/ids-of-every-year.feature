Feature: The form of the ids does not matter
  RingCentral has changed the form of its session ids at least twice. Calls are tied
  together by what the notifications say, not by what ids look like.

  @ids.form/grammars
  Scenario Outline: An attended transfer with the ids of <year>
    Given 404-555-0134 is Ruth Calloway
    And session ids are those of <year>
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2.5 seconds later, 104 calls 106
    And 4.5 seconds later, 106 answers
    And 13 seconds later, 104 completes the transfer
    And 55 seconds later, Ruth Calloway hangs up
    Then there is one call
    And 104 transferred Ruth Calloway to 106 after consulting

    Examples:
      | year |
      | 2018 |
      | 2019 |
      | 2022 |
