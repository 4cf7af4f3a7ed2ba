Feature: What does each reason mean?
  A reason says why a leg ended, or what was done to it. It is never the whole answer: a
  leg that ended for one reason is often one of several in a call that was answered.

  Background:
    Given 404-555-0134 is Ruth Calloway
    And 212-555-0188 is Theo Brandt

  @question.reasons/failed
  Scenario Outline: <reason>: a call to an outside number that cannot be made
    When 104 fails to call Theo Brandt because of <reason>
    Then RingCentral says Disconnected with <reason> of 104
    And the call counts as failed
    And nobody talked

    Examples:
      | reason                |
      | InvalidNumber         |
      | InternationalDisabled |
      | DestinationBlocked    |
      | NotEnoughFunds        |
      | NoSuchUser            |
      | InternalError         |

  @question.reasons/blind-transfer
  Scenario Outline: <reason>: a transfer without consulting, <how>
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 20 seconds later, <sentence>
    And 8 seconds later, 106 answers
    And 40 seconds later, Ruth Calloway hangs up
    Then RingCentral says Disconnected with <reason> of 104
    And 104 transferred Ruth Calloway to 106 without consulting
    And the call counts as answered

    Examples:
      | reason        | how                 | sentence                                          |
      | BlindTransfer | by the app          | 104 transfers the call to 106                     |
      | DtmfTransfer  | by the phone's keys | 104 transfers the call to 106 by the phone's keys |
      | RccTransfer   | by an application   | an application of 104 transfers the call to 106   |

  @question.reasons/target-busy
  Scenario: TargetBusy: the number that was called is busy
    When 104 calls Theo Brandt
    And 3 seconds later, Theo Brandt is busy
    Then RingCentral says Disconnected with TargetBusy of 104
    And the call counts as busy

  @question.reasons/rejected
  Scenario: Rejected: somebody refused the call
    When Ruth Calloway calls 105
    And 4 seconds later, 105 rejects the call
    Then RingCentral says Disconnected with Rejected of 105
    And the call counts as rejected

  @question.reasons/agent-answered
  Scenario: AgentAnswered and AgentDropped: an agent took the queue's call, so the others stopped ringing
    When Ruth Calloway calls the Support queue
    And 14 seconds later, 106 answers
    And 50 seconds later, 106 hangs up
    Then RingCentral says Disconnected with AgentAnswered of the Support queue
    And RingCentral says Disconnected with AgentDropped of 104
    And the call counts as answered
    And every leg of 104 counts as taken elsewhere

  @question.reasons/no-answer
  Scenario: NoAnswer: one agent's turn is over, and the call goes on to the next
    When Ruth Calloway calls the Sales queue
    And 26 seconds later, 102 answers
    And 30 seconds later, 102 hangs up
    Then RingCentral says Disconnected with NoAnswer of 101
    And the call counts as answered
    And 102 took the call

  @question.reasons/call-park
  Scenario: CallPark: somebody parked the call, which is not over
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 parks the call at 801
    And 20 seconds later, 106 retrieves the call from 801
    And 40 seconds later, 106 hangs up
    Then RingCentral says Parked of Ruth Calloway
    And RingCentral says Disconnected with CallPark of 104
    And a leg of 104 counts as parked
    And Ruth Calloway talked with 106 for 40 seconds

  @question.reasons/park-location
  Scenario: ParkLocation: the same at a park location
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 parks the call at location 850
    And 20 seconds later, 106 retrieves the call from 850
    And 40 seconds later, 106 hangs up
    Then RingCentral says Parked with ParkLocation of Ruth Calloway
    And 106 retrieved Ruth Calloway from park

  @question.reasons/pickup
  Scenario: Pickup: a colleague took a call that rang here
    When Ruth Calloway calls 104
    And 7 seconds later, 106 picks up the call of 104
    And 40 seconds later, 106 hangs up
    Then RingCentral says Disconnected with Pickup of 104
    And every leg of 104 counts as taken elsewhere
    And the call counts as answered

  @question.reasons/call-redirected
  Scenario: CallRedirected: a queue gave up and sent the call on
    When Ruth Calloway calls the Support queue
    And 84 seconds later, 103 answers
    And 30 seconds later, 103 hangs up
    Then RingCentral says Disconnected with CallRedirected of the Support queue
    And the Support queue sent the call on to 103

  @question.reasons/call-switch
  Scenario: CallSwitch: the same person goes on at another device
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 switches to another device
    And 50 seconds later, 104 hangs up
    Then RingCentral says Disconnected with CallSwitch of 104
    And 104 moved the call to another device
    And the call was answered after 6 seconds

  @question.reasons/call-flip
  Scenario: CallFlip: the same person goes on at another number
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 24 seconds later, 104 flips the call to the mobile phone
    And 8 seconds later, 104 answers on the mobile phone
    And 40 seconds later, 104 hangs up
    Then RingCentral says Disconnected with CallFlip of 104
    And 104 flipped the call to another phone

  @question.reasons/take-over
  Scenario: TakeOver: a supervisor took the agent's place
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 150 supervises 104
    And 20 seconds later, 150 takes over the call
    And 35 seconds later, Ruth Calloway hangs up
    Then RingCentral says Disconnected with TakeOver of 104
    And a supervisor took the place of 104
