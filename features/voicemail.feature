Feature: A mailbox is nobody
  A call that ends in a mailbox was not missed and not answered: nobody talked.

  Background:
    Given 404-555-0134 is Ruth Calloway

  @disturbed @call.voicemail/unanswered
  Scenario: Nobody answers, and the customer speaks to the mailbox
    When Ruth Calloway calls 104
    And 52 seconds later, Ruth Calloway hangs up
    Then the call counts as voicemail
    And the mailbox of 104 took the call
    And the phone of 104 rang for 30 seconds
    And 104 did not take the call
    And nobody talked

  @call.voicemail/sent
  Scenario: A ringing call is sent to the mailbox
    When Ruth Calloway calls 104
    And 5 seconds later, 104 sends the call to voicemail
    And 25 seconds later, Ruth Calloway hangs up
    Then the call counts as voicemail
    And the phone of 104 rang for 5 seconds
    And nobody talked

  @call.voicemail/rejected
  Scenario: A ringing call is refused, and the mailbox takes it
    When Ruth Calloway calls 104
    And 4 seconds later, 104 rejects the call
    And 26 seconds later, Ruth Calloway hangs up
    Then the call counts as voicemail
    And the mailbox of 104 took the call
    And the phone of 104 rang for 4 seconds

  @call.voicemail/screened
  Scenario: Somebody listens to the message being left, and does not take the call
    When Ruth Calloway calls 104
    And 12 seconds later, 104 listens to the message being left
    And 18 seconds later, Ruth Calloway hangs up
    Then the call counts as voicemail
    And nobody talked

  @call.voicemail/screening-taken
  Scenario: Somebody listens to the message being left, and takes the call
    When Ruth Calloway calls 104
    And 12 seconds later, 104 listens to the message being left
    And 8 seconds later, 104 answers
    And 35 seconds later, Ruth Calloway hangs up
    Then the call counts as answered
    And Ruth Calloway talked with 104 for 35 seconds
