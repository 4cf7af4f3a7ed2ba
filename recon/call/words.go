package call

// Status says how far a call has come.
type Status string

const (
	Open     Status = "open"     // some leg is alive
	Settling Status = "settling" // every known leg has ended, but a named peer has not been seen or the quiet period runs
	Final    Status = "final"    // the quiet period is over; a later event makes a new revision, not a new call
)

// Direction says who began the call.
type Direction string

const (
	Inbound          Direction = "inbound"
	Outbound         Direction = "outbound"
	Internal         Direction = "internal"
	UnknownDirection Direction = "unknown"
)

// Outcome says how the call went, for the customer.
type Outcome string

const (
	Answered       Outcome = "answered"
	Voicemail      Outcome = "voicemail"
	Missed         Outcome = "missed"
	Abandoned      Outcome = "abandoned" // the caller gave up in a queue or a menu
	Rejected       Outcome = "rejected"
	Busy           Outcome = "busy"
	Cancelled      Outcome = "cancelled" // the caller hung up while it rang
	Failed         Outcome = "failed"
	Parked         Outcome = "parked" // left in park until it ended
	UnknownOutcome Outcome = "unknown"
)

// ParticipantKind says what is known of a participant.
type ParticipantKind string

const (
	Extension          ParticipantKind = "extension"
	External           ParticipantKind = "external"
	UnknownParticipant ParticipantKind = "unknown"
)

// Role is a part that a leg or a participant plays. Transfer roles are RFC 5589's.
type Role string

const (
	Caller         Role = "caller"
	Callee         Role = "callee"
	Router         Role = "router"
	Queue          Role = "queue"
	Agent          Role = "agent"
	Transferor     Role = "transferor"
	Transferee     Role = "transferee"
	TransferTarget Role = "transferTarget"
	Supervisor     Role = "supervisor"
	Host           Role = "host"
	Conferee       Role = "conferee"
	Parker         Role = "parker"
	ParkedParty    Role = "parked"
	Retriever      Role = "retriever"
	Initiator      Role = "initiator" // of a RingOut
	Target         Role = "target"    // of a RingOut, a route
	Mover          Role = "mover"     // who switched or flipped to another device
)

// LegState is what a leg does for an interval.
type LegState string

const (
	StateSetup     LegState = "setup"
	StateRinging   LegState = "ringing"
	StateConnected LegState = "connected"
	StateHolding   LegState = "holding" // this leg pressed hold
	StateHeld      LegState = "held"    // another leg did
	StateParked    LegState = "parked"
	StateVoicemail LegState = "voicemail"
	StateScreening LegState = "screening"
	StateFax       LegState = "fax"
	StateGone      LegState = "gone"
	StateEnded     LegState = "ended"
	StateUnknown   LegState = "unknown"
)

// LegOutcome says how a leg went.
type LegOutcome string

const (
	LegAnswered    LegOutcome = "answered"
	LegMissed      LegOutcome = "missed"
	LegVoicemail   LegOutcome = "voicemail"
	LegRejected    LegOutcome = "rejected"
	LegBusy        LegOutcome = "busy"
	LegCancelled   LegOutcome = "cancelled"
	LegFailed      LegOutcome = "failed"
	LegElsewhere   LegOutcome = "elsewhere" // another agent or device took it
	LegTransferred LegOutcome = "transferred"
	LegParked      LegOutcome = "parked" // this leg parked the call
	LegJoined      LegOutcome = "joined" // went on through another session
	LegRouted      LegOutcome = "routed"
	LegUnknown     LegOutcome = "unknown"
)

// LinkKind is the type of a link.
type LinkKind string

const (
	TransferAttended LinkKind = "transfer.attended"
	TransferBlind    LinkKind = "transfer.blind"
	Forward          LinkKind = "forward"
	ConferenceMerge  LinkKind = "conference.merge"
	Supervise        LinkKind = "supervise"
	Takeover         LinkKind = "takeover"
	Park             LinkKind = "park"
	Pickup           LinkKind = "pickup"
	Route            LinkKind = "route"
	Hunt             LinkKind = "hunt"
	Switch           LinkKind = "switch"
	Flip             LinkKind = "flip"
	RingOut          LinkKind = "ringout"
	PeerLink         LinkKind = "peer"
)

// LinkKinds lists every kind, in the order in which docs/linking.md explains them.
func LinkKinds() []LinkKind {
	return []LinkKind{TransferAttended, TransferBlind, Forward, ConferenceMerge, Supervise, Takeover, Park, Pickup,
		Route, Hunt, Switch, Flip, RingOut, PeerLink}
}

// Basis says how strongly a link is known.
type Basis string

const (
	BothEnds    Basis = "both-ends"    // both Gone parties were seen
	OneEnd      Basis = "one-end"      // one of them was
	SameSession Basis = "same-session" // stated inside one session
	Inferred    Basis = "inferred"     // from times and numbers, not stated
)

// Mode says how a member takes part in a talk.
type Mode string

const (
	TwoWay      Mode = "two-way"
	Listen      Mode = "listen"
	Whisper     Mode = "whisper"
	Supervising Mode = "supervising" // the mode is not visible in the events: never counted as conversation
)

// FindingKind is the type of a finding.
type FindingKind string

const (
	MissingEvents     FindingKind = "missing-events"
	UnseenParties     FindingKind = "unseen-parties"
	UnresolvedPeer    FindingKind = "unresolved-peer"
	OneSidedLink      FindingKind = "one-sided-link"
	UnexplainedGone   FindingKind = "unexplained-gone"
	UnknownCode       FindingKind = "unknown-code"
	UnknownReason     FindingKind = "unknown-reason"
	ConflictingEvents FindingKind = "conflicting-events"
	TimeRegression    FindingKind = "time-regression"
	NoEnd             FindingKind = "no-end"
	MirrorSession     FindingKind = "mirror-session"
	PartialScope      FindingKind = "partial-scope"
)

// FindingKinds lists every kind.
func FindingKinds() []FindingKind {
	return []FindingKind{MissingEvents, UnseenParties, UnresolvedPeer, OneSidedLink, UnexplainedGone, UnknownCode,
		UnknownReason, ConflictingEvents, TimeRegression, NoEnd, MirrorSession, PartialScope}
}
