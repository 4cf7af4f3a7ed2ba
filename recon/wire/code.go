package wire

import "strings"

// Direction is a party's technical direction: Inbound or Outbound. Other text
// survives as it came.
type Direction string

const (
	Inbound  Direction = "Inbound"
	Outbound Direction = "Outbound"
)

// OriginType is what made a session. Other text survives as it came.
type OriginType string

const (
	OriginCall               OriginType = "Call"
	OriginRingOut            OriginType = "RingOut"
	OriginRingMe             OriginType = "RingMe"
	OriginConference         OriginType = "Conference"
	OriginGreetingsRecording OriginType = "GreetingsRecording"
	OriginVerificationCall   OriginType = "VerificationCall"
	OriginTestCall           OriginType = "TestCall"
	OriginZoom               OriginType = "Zoom"
	OriginCallOut            OriginType = "CallOut"
)

// Code is a party's status code as it came, in any letter case. Compare through
// Kind, never as text: the documentation, the API specification and the live
// platform spell voicemail in three ways.
type Code string

// Kind is the meaning of a Code, whatever its spelling.
type Kind uint8

const (
	KindUnknown Kind = iota // a code this package does not know; the text is in Code
	// Setup: RingCentral received the request, or the call reached its target and its
	// rules started. [documented]
	Setup
	// Proceeding: the call is being forwarded to an endpoint, which rings. [documented]
	Proceeding
	// Answered: media is established. Repeated on unhold and when a recording starts
	// or stops; on the caller's party it means that the destination was reached, long
	// before a person answers. [documented] [observed]
	Answered
	// Disconnected: the party left. Not the end of the session. [observed]
	Disconnected
	// Gone: the party's media moved to the session named by its peer. [documented]
	Gone
	// Parked: the call waits at an extension or a location. [documented]
	Parked
	// Hold: this party put the others on hold; they get no event. [observed]
	Hold
	// VoiceMail: the call went to voicemail. Live spelling: Voicemail. [relied on]
	VoiceMail
	// FaxReceive: a fax is being received. [documented]
	FaxReceive
	// VoiceMailScreening: the callee listens while the caller leaves a message.
	// Also spelt VMScreening. [documented]
	VoiceMailScreening
)

// Kind reads a code in any letter case.
func (c Code) Kind() Kind {
	switch c { // the live spellings, without folding
	case "Setup":
		return Setup
	case "Proceeding":
		return Proceeding
	case "Answered":
		return Answered
	case "Disconnected":
		return Disconnected
	case "Gone":
		return Gone
	case "Parked":
		return Parked
	case "Hold":
		return Hold
	case "Voicemail":
		return VoiceMail
	}
	for _, f := range foldedCodes {
		if strings.EqualFold(string(c), f.text) {
			return f.kind
		}
	}
	return KindUnknown
}

var foldedCodes = []struct {
	text string
	kind Kind
}{
	{"Setup", Setup}, {"Proceeding", Proceeding}, {"Answered", Answered}, {"Disconnected", Disconnected},
	{"Gone", Gone}, {"Parked", Parked}, {"Hold", Hold}, {"VoiceMail", VoiceMail}, {"FaxReceive", FaxReceive},
	{"VoiceMailScreening", VoiceMailScreening}, {"VMScreening", VoiceMailScreening},
}

// String names the kind as the API specification spells its code.
func (k Kind) String() string {
	switch k {
	case Setup:
		return "Setup"
	case Proceeding:
		return "Proceeding"
	case Answered:
		return "Answered"
	case Disconnected:
		return "Disconnected"
	case Gone:
		return "Gone"
	case Parked:
		return "Parked"
	case Hold:
		return "Hold"
	case VoiceMail:
		return "VoiceMail"
	case FaxReceive:
		return "FaxReceive"
	case VoiceMailScreening:
		return "VoiceMailScreening"
	}
	return "unknown"
}

// Reason is a party's status reason as it came. Compare through Canonical.
type Reason string

// The reasons of the API specification (2026-06-30), and two that are seen live
// and stand in no specification: Conference and Undefined. [documented] [observed]
const (
	ReasonNone                  Reason = ""
	ReasonPickup                Reason = "Pickup"
	ReasonSupervising           Reason = "Supervising"
	ReasonTakeOver              Reason = "TakeOver"
	ReasonTimeout               Reason = "Timeout"
	ReasonBlindTransfer         Reason = "BlindTransfer"
	ReasonRccTransfer           Reason = "RccTransfer"
	ReasonAttendedTransfer      Reason = "AttendedTransfer"
	ReasonCallerInputRedirect   Reason = "CallerInputRedirect"
	ReasonCallFlip              Reason = "CallFlip"
	ReasonParkLocation          Reason = "ParkLocation"
	ReasonDtmfTransfer          Reason = "DtmfTransfer"
	ReasonAgentAnswered         Reason = "AgentAnswered"
	ReasonAgentDropped          Reason = "AgentDropped"
	ReasonRejected              Reason = "Rejected"
	ReasonCancelled             Reason = "Cancelled"
	ReasonInternalError         Reason = "InternalError"
	ReasonNoAnswer              Reason = "NoAnswer"
	ReasonTargetBusy            Reason = "TargetBusy"
	ReasonInvalidNumber         Reason = "InvalidNumber"
	ReasonInternationalDisabled Reason = "InternationalDisabled"
	ReasonDestinationBlocked    Reason = "DestinationBlocked"
	ReasonNotEnoughFunds        Reason = "NotEnoughFunds"
	ReasonNoSuchUser            Reason = "NoSuchUser"
	ReasonCallPark              Reason = "CallPark"
	ReasonCallRedirected        Reason = "CallRedirected"
	ReasonCallReplied           Reason = "CallReplied"
	ReasonCallSwitch            Reason = "CallSwitch"
	ReasonCallFinished          Reason = "CallFinished"
	ReasonCallDropped           Reason = "CallDropped"
	ReasonVoicemail             Reason = "Voicemail"
	ReasonConference            Reason = "Conference"
	ReasonUndefined             Reason = "Undefined"
)

// Reasons lists every reason this package knows, in the order above, ReasonNone
// left out.
func Reasons() []Reason { return append([]Reason(nil), knownReasons[1:]...) }

var knownReasons = []Reason{
	ReasonNone, ReasonPickup, ReasonSupervising, ReasonTakeOver, ReasonTimeout, ReasonBlindTransfer, ReasonRccTransfer,
	ReasonAttendedTransfer, ReasonCallerInputRedirect, ReasonCallFlip, ReasonParkLocation, ReasonDtmfTransfer,
	ReasonAgentAnswered, ReasonAgentDropped, ReasonRejected, ReasonCancelled, ReasonInternalError, ReasonNoAnswer,
	ReasonTargetBusy, ReasonInvalidNumber, ReasonInternationalDisabled, ReasonDestinationBlocked, ReasonNotEnoughFunds,
	ReasonNoSuchUser, ReasonCallPark, ReasonCallRedirected, ReasonCallReplied, ReasonCallSwitch, ReasonCallFinished,
	ReasonCallDropped, ReasonVoicemail, ReasonConference, ReasonUndefined,
}

// Canonical returns the known reason that r spells in any letter case, and whether
// there is one. The absent reason is known.
func (r Reason) Canonical() (Reason, bool) {
	for _, k := range knownReasons {
		if len(k) == len(r) && (k == r || strings.EqualFold(string(k), string(r))) {
			return k, true
		}
	}
	return r, false
}
