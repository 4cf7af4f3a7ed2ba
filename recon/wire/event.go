// Package wire is RingCentral's own vocabulary: telephony-session notifications
// exactly as they are sent, decoded into types and encoded back without loss.
//
// Nothing here concludes anything. A party is a party, a code is a code; what
// they mean for a call is package call's vocabulary and package recon's work.
//
// Every claim about RingCentral in this package carries a mark:
//
//	[documented]  stated by RingCentral's documentation or API specification
//	[observed]    seen in a real notification
//	[relied on]   relied on by code that runs against the live platform
//	[assumed]     inferred; nothing may depend on it
//
// docs/evidence.md lists the sources behind the marks.
package wire

import (
	"github.com/legworkhq/legwork/recon/internal/ms"
)

// Event is one notification: the change of one party (or, possibly, of several)
// in one telephony session.
//
// The zero Event is an empty notification; Decode never returns it without an
// error. A member that is absent, null, or an empty string reads as the zero value
// of its field and is left out when the event is encoded; the members that every
// real notification carries (body, parties, to, from, status, rcc, park,
// missedCall, standAlone, muted, origin) are always written.
type Event struct {
	// UUID identifies the notification, one per delivery of a subscription: a
	// positive 63-bit decimal number as text. Over WebSocket the frame's messageId
	// equals it. Empty when only a body was read. [observed]
	UUID string
	// Resource is the member "event": the resource of the party in the body, not
	// the filter that was subscribed. It is .../account/{a}/extension/{e}/telephony/sessions
	// when the party has an extension and .../account/{a}/telephony/sessions when
	// it has none, both under one account-level subscription. [observed]
	Resource string
	// Timestamp is when the notification was sent, 14 to 113 ms after Body.EventTime
	// in the public captures. Zero when absent. [observed]
	Timestamp Time
	// SubscriptionID is the subscription that produced the notification. [observed]
	SubscriptionID string
	// OwnerID is the extension that owns the subscription. [documented]
	OwnerID string
	// Body is the telephony session's change.
	Body Body
	// Form is the shape in which the notification came. Encode writes it back in
	// the same shape.
	Form Form
	// Wrapper holds, raw and in order, what stands around the envelope: the header
	// of a WebSocket frame (FormFrame), or the outer members other than pn_apns
	// (FormAPNS). Empty in the other forms. Encode makes the usual one when it is
	// empty and the form needs one.
	Wrapper Members
	// Unknown holds envelope members this package does not know, in order, raw.
	Unknown Members
}

// Form is the shape a notification came in.
type Form uint8

const (
	// FormEnvelope is the webhook request body: uuid, event, timestamp,
	// subscriptionId, ownerId, body. [observed]
	FormEnvelope Form = iota
	// FormBody is the body alone, as some integrators store it.
	FormBody
	// FormFrame is a WebSocket message: an array of a header object and an
	// envelope. [documented]
	FormFrame
	// FormAPNS is the documentation's old sample: the whole envelope nested in the
	// member pn_apns of an outer envelope. [documented]
	FormAPNS
)

// Body is the member "body": which session, which change, whose.
type Body struct {
	// Sequence numbers the changes of one telephony session across all its parties,
	// +1 per update; the first one notified is 2 in every complete account-level
	// capture. It states the order of changes, not the order of delivery. Zero when
	// absent. [observed] [documented]
	Sequence int64
	// SessionID is the legacy numeric id. It is "0" for every conference and is
	// never a key. [observed]
	SessionID string
	// TelephonySessionID is the key of the session. See ParseID for its grammars.
	// [observed]
	TelephonySessionID string
	// ServerID is "<IPv4>.TAM". [observed]
	ServerID string
	// EventTime is when the change happened (not when the call started, as one
	// documentation page says). Zero when absent. [observed]
	EventTime Time
	// Parties holds the parties that changed, each as a full object and not a
	// delta: exactly one in every real capture, several are possible. [observed]
	Parties []Party
	// Origin says what made the session. [observed]
	Origin Origin
	// AccountID and ExtensionID appear at this level only in the 2018
	// documentation sample. [documented]
	AccountID   string
	ExtensionID string
	// Unknown holds members this package does not know, in order, raw.
	Unknown Members
}

// Origin is what made a telephony session.
type Origin struct {
	// Type is one of Call, RingOut, RingMe, Conference, GreetingsRecording,
	// VerificationCall, TestCall, Zoom, CallOut; others survive as text. [documented]
	Type    OriginType
	Unknown Members
}

// Party is one endpoint's presence in one telephony session, in full, as of one
// change.
type Party struct {
	// AccountID is present also on outside parties of the account's calls. [observed]
	AccountID string
	// ExtensionID is the owner: a user, an IVR menu or a queue. Absent for outside
	// parties and for conference participants. On a queue call the agent's party has
	// the agent's extension while To.ExtensionID is the queue. [observed]
	ExtensionID string
	// ID is "p-<tail of the session id>-N"; N counts parties in order of creation
	// and starts at 1 with the originator. See ParseID. [observed]
	ID string
	// Direction is technical: the caller's party is Outbound even when the caller is
	// outside, every callee's is Inbound. A party that a call switch made is
	// Outbound also on an inbound call. [observed] [relied on]
	Direction Direction
	To, From  Endpoint
	Status    Status
	Park      Park
	// MissedCall says that the call was missed by this party. Never true in the
	// public captures. [documented]
	MissedCall bool
	// StandAlone says that the party is not connected to a session voice
	// conference. [documented]
	StandAlone bool
	// Muted changes without a change of status. [documented]
	Muted bool
	// QueueCall is true on an agent's party of a queue call and absent otherwise.
	// [observed]
	QueueCall bool
	// ConferenceRole is Host or Participant in sessions of origin Conference.
	// [observed, in REST answers] [documented]
	ConferenceRole string
	// RingOutRole and RingMeRole are Initiator or Target. [relied on]
	RingOutRole string
	RingMeRole  string
	// Recordings lists the recordings of this party; absent when there is none. A
	// recording that starts or stops repeats the status. [observed]
	Recordings []Recording
	// UICallInfo is what a queue call shows the agent. Nil when absent. [observed]
	UICallInfo *UICallInfo
	// SIPData is sent only with the filter sipData=true and only to those who may
	// answer. Nil when absent. [observed]
	SIPData *SIPData
	// Message names a voicemail message. Nil when absent; a member "message" of
	// another shape is kept in Unknown and does not cost the event. [assumed]
	Message *Message
	// Unknown holds members this package does not know, in order, raw.
	Unknown Members
}

// Endpoint is a party's "to" or "from". Values are enriched over the life of a
// session: name and extensionId appear when the destination is resolved. [observed]
type Endpoint struct {
	// PhoneNumber is E.164, a short extension number such as "11101", a star code, or
	// "conference". Digits may be masked with X. [observed]
	PhoneNumber string
	// Name is, on an agent's party of a queue call, "<queue> - <caller>". [observed]
	Name            string
	ExtensionID     string
	ExtensionNumber string // in one vendor library's types only. [relied on]
	DeviceID        string
	Unknown         Members
}

// Status is what changed, most often.
type Status struct {
	Code   Code
	Reason Reason // absent in all ordinary life
	// RCC: sources disagree about the meaning; false in all captures. [observed]
	RCC bool
	// PeerID names the linked session, on a party that is Gone. Nil when absent.
	PeerID *PeerID
	// ParkData is the park extension, for Parked. [documented]
	ParkData string
	// Description is an optional message. [documented]
	Description string
	// MobilePickup is on Proceeding and the first Answered of a user's inbound
	// party. Nil when absent. [observed]
	MobilePickup *MobilePickup
	Unknown      Members
}

// PeerID names a party of another session: the same person's other party after a
// transfer, the twin party of a conference. Notifications carry all three members.
// REST answers carry the telephony id in "sessionId"; Decode moves it to
// TelephonySessionID, so that both shapes read alike. [observed]
type PeerID struct {
	TelephonySessionID string
	// SessionID is the legacy id, "0" for conferences. Never a key.
	SessionID string
	PartyID   string
	// REST is true when the telephony id came in the member sessionId.
	REST    bool
	Unknown Members
}

// Park is the member "park": {} normally.
type Park struct {
	// ID is the park number. [relied on]
	ID      string
	Unknown Members
}

// Recording is one recording of a party.
type Recording struct {
	// ID equals the call log's recording id. [documented]
	ID string
	// Active is false while the recording is paused. [documented]
	Active  bool
	Unknown Members
}

// UICallInfo is what a queue call shows its agent.
type UICallInfo struct {
	Primary, Additional UICallField
	Unknown             Members
}

// UICallField is one line of UICallInfo.
type UICallField struct {
	// Type is QueueName, CallerIdName, ... [observed]
	Type, Value string
	Unknown     Members
}

// SIPData identifies the SIP dialog of a party.
type SIPData struct {
	CallID, ToTag, FromTag string
	Unknown                Members
}

// MobilePickup is what a mobile application needs to pick up a ringing call.
type MobilePickup struct {
	CCMailboxes []string
	To          string // "#1052016@sip.ringcentral.com:5060"
	SID         string
	SrvLvl      string
	SrvLvlExt   string
	Unknown     Members
}

// Message is a voicemail message that a party left or took.
type Message struct {
	MessageID string
	// VMDuration in seconds. Zero when absent.
	VMDuration int64
	Unknown    Members
}

// Members are JSON object members kept in order, as they came.
type Members []Member

// Member is one unknown member.
type Member struct {
	// Name is the member's name, unescaped.
	Name string
	// Value is its JSON text: numbers and escapes as they came, white space between
	// tokens left out, and bytes that are not UTF-8 replaced by U+FFFD. Encode writes
	// it without looking, and an empty Value as null.
	Value string
}

// Time is an instant in whole milliseconds since the Unix epoch, UTC. Zero means
// unknown.
type Time int64

// String writes t as 2020-06-23T01:17:14.330Z, and the zero Time as "".
func (t Time) String() string {
	if t == 0 {
		return ""
	}
	return string(ms.Append(nil, int64(t)))
}
