package dialect

// ID names a knob in code.
type ID uint8

// The knobs, and the values of each in the order of Knob.Values.
const (
	SequenceStart ID = iota
	PartiesPerEvent
	PeerShape
	InboundOrder
	VoicemailSpelling
	VoicemailMissed
	VoicemailMessage
	ScreeningSpelling
	NoAnswerEnd
	CancelEnd
	BusyEnd
	FailedParties
	MenuEnd
	OverflowEnd
	QueuePreamble
	QueueOrder
	QueueEnd
	LoserEnd
	AgentTimeout
	BlindOrder
	BlindToVoicemail
	TransferOrder
	TransferUpdate
	GoneEnd
	ParkedOn
	ParkOrder
	ParkNumber
	PickupTwin
	GroupPickupOrder
	SuperviseSetup
	SuperviseTwin
	HelperNumbers
	ConferenceProxies
	ConferenceHost
	ConferenceRemoval
	SwitchReason
	SwitchSetup
	RingOutMirror
	HoldStandAlone
	count
)

const (
	Two uint8 = iota // SequenceStart
	One
)
const (
	OneParty uint8 = iota // PartiesPerEvent
	TwoParties
)
const (
	EventShape uint8 = iota // PeerShape
	RESTShape
)
const (
	CallerAnsweredFirst uint8 = iota // InboundOrder
	CalleeRingsFirst
)
const (
	SpeltVoicemail uint8 = iota // VoicemailSpelling
	SpeltVoiceMail
)
const (
	MissedFlag uint8 = iota // VoicemailMissed
	NoMissedFlag
)
const (
	NoMessage uint8 = iota // VoicemailMessage
	MessageAtEnd
)
const (
	SpeltVoiceMailScreening uint8 = iota // ScreeningSpelling
	SpeltVMScreening
)
const (
	NoAnswerFlag uint8 = iota // NoAnswerEnd
	NoAnswerReason
	NoAnswerTimeout
	NoAnswerBare
)
const (
	CancelFlag uint8 = iota // CancelEnd
	CancelReasonAndFlag
	CancelReason
	CancelBare
)
const (
	BusyBoth uint8 = iota // BusyEnd
	BusyCallee
)
const (
	FailedCallerOnly uint8 = iota // FailedParties
	FailedBoth
)
const (
	MenuBare uint8 = iota // MenuEnd
	MenuRedirect
)
const (
	OverflowRedirected uint8 = iota // OverflowEnd
	OverflowBare
)
const (
	NoPreamble uint8 = iota // QueuePreamble
	CallerAnsweredAgain
)
const (
	WinnerQueueLosers uint8 = iota // QueueOrder
	QueueWinnerLosers
	LosersQueueWinner
	WinnerLosersQueue
)
const (
	QueueAgentAnswered uint8 = iota // QueueEnd
	QueueBare
)
const (
	LoserAgentDropped uint8 = iota // LoserEnd
	LoserBare
	LoserCancelled
)
const (
	AgentNoAnswer uint8 = iota // AgentTimeout
	AgentTimedOut
	AgentBare
)
const (
	TransferorFirst uint8 = iota // BlindOrder
	TargetFirst
)
const (
	VoicemailByBlind uint8 = iota // BlindToVoicemail
	VoicemailByReason
)
const (
	OriginalFirst uint8 = iota // TransferOrder
	ConsultationFirst
)
const (
	UpdateTold uint8 = iota // TransferUpdate
	UpdateSilent
)
const (
	GoneForGood uint8 = iota // GoneEnd
	GoneTidied
	GoneAtEnd
)
const (
	ParkedOnWaiting uint8 = iota // ParkedOn
	ParkedOnParker
	ParkedOnParkerThenEnd
)
const (
	ParkedFirst uint8 = iota // ParkOrder
	ParkerFirst
)
const (
	NumberInPark uint8 = iota // ParkNumber
	NumberInStatus
	NumberInBoth
)
const (
	PeerIsParkedParty uint8 = iota // PickupTwin
	PeerIsUnseenTwin
	TwinNotified
)
const (
	TakerFirst uint8 = iota // GroupPickupOrder
	RingerFirst
)
const (
	SuperviseAtOnce uint8 = iota // SuperviseSetup
	SuperviseSetsUp
)
const (
	SuperviseUnseen uint8 = iota // SuperviseTwin
	SuperviseNotified
)
const (
	HelpersNumbered uint8 = iota // HelperNumbers
	HelpersUncounted
)
const (
	ProxiesUnseen uint8 = iota // ConferenceProxies
	ProxiesNotified
)
const (
	ConferenceGoesOn uint8 = iota // ConferenceHost
	ConferenceEnds
)
const (
	RemovedComesBack uint8 = iota // ConferenceRemoval
	RemovedDisconnected
)
const (
	SwitchByCallSwitch uint8 = iota // SwitchReason
	SwitchByPickup
)
const (
	SwitchSetsUp uint8 = iota // SwitchSetup
	SwitchAtOnce
)
const (
	NoMirror uint8 = iota // RingOutMirror
	Mirrored
)
const (
	HoldStaysInConference uint8 = iota // HoldStandAlone
	HoldStandsAlone
)

var knobs = [count]Knob{
	SequenceStart: {"sequence-start", "notifications", "Which number has a session's first notification?", []Value{
		{"2", Observed, "every complete account-level capture begins at 2"},
		{"1", Assumed, "the number before was never seen, and nothing says that it cannot be"}}},
	PartiesPerEvent: {"parties-per-event", "notifications", "How many parties has one notification?", []Value{
		{"one", Observed, "exactly one in every capture"},
		{"two", ReliedOn, "the vendor's call control library loops over all parties; only two that leave at one instant are put together"}}},
	PeerShape: {"peer-shape", "notifications", "How is a peer's session named?", []Value{
		{"event", Observed, "telephonySessionId, legacy sessionId and partyId, in a notification quoted in the developer forum"},
		{"rest", Observed, "sessionId holds the telephony id, in REST answers"}}},
	InboundOrder: {"inbound-order", "direct calls", "Which comes first, the caller's Answered or the callee's Proceeding?", []Value{
		{"caller-answered-first", Observed, "a public capture of a call between extensions"},
		{"callee-rings-first", Assumed, "no capture of a direct call from outside shows both"}}},
	VoicemailSpelling: {"voicemail-spelling", "voicemail", "How is the code spelt?", []Value{
		{"Voicemail", ReliedOn, "a fix in the vendor's call control library, 2020"},
		{"VoiceMail", Documented, "the API specification"}}},
	VoicemailMissed: {"voicemail-missed", "voicemail", "Does missedCall become true when a call goes to voicemail?", []Value{
		{"yes", Assumed, "the flag says that the call was missed by the party"},
		{"no", Assumed, "no capture"}}},
	VoicemailMessage: {"voicemail-message", "voicemail", "Does the mailbox's last notification name the message?", []Value{
		{"no", Documented, "the specification has no such member"},
		{"yes", ReliedOn, "one public receiver reads party.message"}}},
	ScreeningSpelling: {"screening-spelling", "voicemail screening", "How is the code spelt?", []Value{
		{"VoiceMailScreening", Documented, "the API specification and the vendor's library"},
		{"VMScreening", Documented, "the guide's table of codes"}}},
	NoAnswerEnd: {"no-answer-end", "no answer", "What says the end of a leg that rang in vain?", []Value{
		{"missed-flag", Documented, "missedCall, and the filter for it"},
		{"NoAnswer", Documented, "a reason of the enumeration, by its name"},
		{"Timeout", Documented, "a reason of the enumeration, by its name"},
		{"nothing", Assumed, "one public reporting engine takes any end while ringing for a missed call"}}},
	CancelEnd: {"cancel-end", "cancelled", "What says the end of a ringing leg whose caller gave up?", []Value{
		{"missed-flag", Documented, "missedCall, and the filter for it"},
		{"Cancelled-and-flag", Assumed, "the reason's name, and the flag"},
		{"Cancelled", Documented, "a reason of the enumeration, by its name"},
		{"nothing", Assumed, "one public reporting engine takes any end while ringing for a missed call"}}},
	BusyEnd: {"busy-end", "busy", "Whose end says TargetBusy?", []Value{
		{"both", Assumed, "no capture"},
		{"callee", Assumed, "no capture"}}},
	FailedParties: {"failed-parties", "failed", "Is a number that cannot be reached notified as a party?", []Value{
		{"caller-only", Assumed, "nothing was reached"},
		{"both", Assumed, "a failed attempt may have begun"}}},
	MenuEnd: {"menu-end", "menus", "How does a menu's leg end when the caller chose?", []Value{
		{"nothing", Observed, "a public capture: no reason, and the next leg's Setup at the same eventTime"},
		{"CallerInputRedirect", ReliedOn, "a reason of the enumeration, which a public receiver handles"}}},
	OverflowEnd: {"overflow-end", "queues", "How does a queue's leg end when nobody took the call?", []Value{
		{"CallRedirected", Documented, "a reason of the enumeration, by its name"},
		{"nothing", Assumed, "like a menu's"}}},
	QueuePreamble: {"queue-preamble", "queues", "Are there further notifications before the first agent rings?", []Value{
		{"none", Assumed, "the pattern of other calls"},
		{"caller-answered-again", Observed, "in one capture the first agent's has number 7: two are unaccounted for"}}},
	QueueOrder: {"queue-order", "queues", "In which order are the winner, the queue and the losers told?", []Value{
		{"winner-queue-losers", Assumed, "the guide: the queue's party is disconnected when an agent accepts"},
		{"queue-winner-losers", Assumed, "no capture"},
		{"losers-queue-winner", Assumed, "no capture"},
		{"winner-losers-queue", Assumed, "no capture"}}},
	QueueEnd: {"queue-end", "queues", "What says the end of a queue's leg when an agent took the call?", []Value{
		{"AgentAnswered", Documented, "a reason of the enumeration, by its name"},
		{"nothing", Assumed, "no capture"}}},
	LoserEnd: {"loser-end", "queues", "What says the end of an agent's leg when another one took the call?", []Value{
		{"AgentDropped", Documented, "a reason of the enumeration, by its name"},
		{"nothing", Assumed, "no capture"},
		{"Cancelled", Assumed, "SIP cancels those legs"}}},
	AgentTimeout: {"agent-timeout", "queues", "What says the end of an agent's leg that rang its turn?", []Value{
		{"NoAnswer", Documented, "a reason of the enumeration, by its name"},
		{"Timeout", Documented, "a reason of the enumeration, by its name"},
		{"nothing", Assumed, "no capture"}}},
	BlindOrder: {"blind-order", "blind transfer", "Which comes first, the transferor's end or the target's leg?", []Value{
		{"transferor-first", Documented, "the guide's example of states"},
		{"target-first", Assumed, "no capture"}}},
	BlindToVoicemail: {"blind-to-voicemail", "blind transfer", "Which reason has a transfer to voicemail?", []Value{
		{"BlindTransfer", Assumed, "it is the transfer API with another target"},
		{"Voicemail", Documented, "a reason of the enumeration, by its name"}}},
	TransferOrder: {"transfer-order", "attended transfer", "Which session's Gone comes first?", []Value{
		{"original-first", Observed, "the answer of the bridge API is the original's"},
		{"consultation-first", Assumed, "no capture"}}},
	TransferUpdate: {"transfer-update", "attended transfer", "Is the consulted party told of its new far end?", []Value{
		{"told", ReliedOn, "Answered/AttendedTransfer: a vendor's application shows the customer by it"},
		{"silent", Assumed, "no capture"}}},
	GoneEnd: {"gone-end", "attended transfer, conference", "Is a Gone party Disconnected later?", []Value{
		{"never", ReliedOn, "the vendor's library forgets the session at Gone"},
		{"at-once", Assumed, "no capture"},
		{"at-the-end", Assumed, "no capture"}}},
	ParkedOn: {"parked-on", "park", "Which party is Parked?", []Value{
		{"who-waits", ReliedOn, "a public reporting engine, account filter"},
		{"parker", ReliedOn, "a public park monitor, extension filters"},
		{"parker-then-end", Assumed, "both: Parked, then Disconnected"}}},
	ParkOrder: {"park-order", "park", "Which comes first, Parked or the parker's end?", []Value{
		{"parked-first", Assumed, "no capture"},
		{"parker-first", Assumed, "no capture"}}},
	ParkNumber: {"park-number", "park", "Where is the park number?", []Value{
		{"park.id", ReliedOn, "a public reporting engine"},
		{"status.parkData", ReliedOn, "a public park monitor"},
		{"both", Assumed, "nothing excludes it"}}},
	PickupTwin: {"pickup-twin", "pickup from park", "Whom does the retriever's peer name?", []Value{
		{"the-parked-party", Assumed, "no capture"},
		{"an-unseen-party", Documented, "a peer is the same person's party, and parties of another session may not be delivered"},
		{"a-notified-party", Assumed, "the same, delivered"}}},
	GroupPickupOrder: {"group-pickup-order", "group pickup", "Which comes first, the ringing leg's end or the taker's leg?", []Value{
		{"taker-first", Assumed, "no capture"},
		{"ringer-first", Assumed, "no capture"}}},
	SuperviseSetup: {"supervise-setup", "supervision", "Does a supervisor's party begin with Setup?", []Value{
		{"no", Observed, "the REST answer has it Answered/Supervising at once"},
		{"yes", Assumed, "as other parties do"}}},
	SuperviseTwin: {"supervise-twin", "supervision by dial code", "Is the supervisor's party in the supervised session notified?", []Value{
		{"no", Documented, "the guide's limitation: a party of another session"},
		{"yes", Assumed, "as by API"}}},
	HelperNumbers: {"helper-numbers", "supervision, conference", "Do parties that nobody is notified about use sequence numbers?", []Value{
		{"yes", Assumed, "they use party numbers, and have states"},
		{"no", Assumed, "sequence is the order number of a notification"}}},
	ConferenceProxies: {"conference-proxies", "conference", "Are the conference's parties of other people notified?", []Value{
		{"no", Documented, "the guide's limitation: a party without an account"},
		{"yes", Observed, "they stand in REST answers"}}},
	ConferenceHost: {"conference-host", "conference", "What becomes of a conference whose host leaves?", []Value{
		{"goes-on", Assumed, "no capture"},
		{"ends", Assumed, "no capture"}}},
	ConferenceRemoval: {"conference-removal", "conference", "What is told when a party is removed?", []Value{
		{"host-answered-first", ReliedOn, "the vendor's widgets simulate it: the host's old leg is Answered again, then Disconnected"},
		{"disconnected", Assumed, "no capture"}}},
	SwitchReason: {"switch-reason", "switch", "Which reason has the old device's end?", []Value{
		{"CallSwitch", ReliedOn, "the vendor's libraries"},
		{"Pickup", ReliedOn, "the vendor's library until 2019"}}},
	SwitchSetup: {"switch-setup", "switch", "Does the new device's leg begin with Setup?", []Value{
		{"yes", Assumed, "as an outbound leg does"},
		{"no", Assumed, "it replaces a call that is answered"}}},
	RingOutMirror: {"ringout-mirror", "RingOut", "Does a second session mirror a RingOut?", []Value{
		{"no", Observed, "a REST answer with one session"},
		{"yes", ReliedOn, "the vendor's library discards it: it appears when the first leg rings a RingCentral endpoint"}}},
	HoldStandAlone: {"hold-stand-alone", "hold", "Does standAlone change with hold?", []Value{
		{"no", Observed, "both public captures"},
		{"yes", Documented, "the hold API: puts the party to stand-alone mode"}}},
}
