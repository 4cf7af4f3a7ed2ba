package call

import (
	"time"

	"github.com/legworkhq/legwork/recon/internal/ms"
)

// SessionID is a telephonySessionId. A call is named by that of the member session
// that began first (by start time, then by id), so its name does not depend on the
// order of arrival.
type SessionID string

// LegID is a party id.
type LegID string

// ParticipantID names a participant within and across calls: "ext:<extensionId>",
// "tel:<number>", or "leg:<party id>" for somebody of whom nothing else is known.
type ParticipantID string

// Time is an instant in whole milliseconds since the Unix epoch, UTC, written as
// 2020-06-23T01:17:14.330Z. Zero means unknown or not yet.
type Time int64

// TimeOf converts a time.Time, cutting off what is finer than a millisecond. The
// zero time.Time becomes the zero Time.
func TimeOf(t time.Time) Time {
	if t.IsZero() {
		return 0
	}
	return Time(t.UnixMilli())
}

// Std converts to a time.Time in UTC; the zero Time becomes the zero time.Time.
func (t Time) Std() time.Time {
	if t == 0 {
		return time.Time{}
	}
	return ms.Time(int64(t))
}

// Sub returns t-u.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t-u) * time.Millisecond }

// String writes t in the canonical form, the zero Time as "".
func (t Time) String() string {
	if t == 0 {
		return ""
	}
	return string(ms.Append(nil, int64(t)))
}

// MarshalText writes the canonical form.
func (t Time) MarshalText() ([]byte, error) { return ms.Append(nil, int64(t)), nil }

// UnmarshalText reads any RFC 3339 instant.
func (t *Time) UnmarshalText(b []byte) error {
	m, err := ms.Parse(b)
	*t = Time(m)
	return err
}

// Call is one call graph. All slices are in canonical order (see Sort) and never
// shared with the engine.
type Call struct {
	// ID is the telephonySessionId of the member session that began first.
	ID SessionID `json:"id"`
	// Revision is the number of distinct observations the graph is built from: it
	// grows with what is known, whatever the order of arrival.
	Revision int `json:"revision"`
	// Status depends on the observations and on the time asked at, nothing else.
	Status    Status    `json:"status"`
	Direction Direction `json:"direction"`
	// StartedAt is when the first session began: from its id where the grammar
	// carries the creation time, else its earliest event.
	StartedAt Time `json:"startedAt"`
	// AnsweredAt is the first moment at which two participants could talk; not the
	// caller's early Answered. Zero when nobody answered or when events that could
	// move it are missing.
	AnsweredAt Time `json:"answeredAt,omitzero"`
	// EndedAt is when the last leg ended. Zero while one is alive.
	EndedAt Time    `json:"endedAt,omitzero"`
	Outcome Outcome `json:"outcome"`
	// EndedBy is who left first in the closing pair. Nil when that cannot be said.
	// RingCentral has no such field: the basis is always inferred.
	EndedBy *EndedBy `json:"endedBy,omitzero"`

	Sessions     []Session     `json:"sessions"`
	Participants []Participant `json:"participants"`
	Legs         []Leg         `json:"legs"`
	Links        []Link        `json:"links"`
	Talks        []Talk        `json:"talks"`
	Findings     []Finding     `json:"findings"`
}

// EndedBy names who hung up.
type EndedBy struct {
	Participant ParticipantID `json:"participant"`
	Basis       Basis         `json:"basis"`
}

// Session is one telephony session of the call.
type Session struct {
	ID SessionID `json:"id"`
	// LegacyID is the numeric sessionId, "" when unknown. "0" for every conference.
	LegacyID string `json:"legacyId,omitzero"`
	// Origin is RingCentral's origin type as it came, "" when unknown.
	Origin    string `json:"origin,omitzero"`
	ServerID  string `json:"serverId,omitzero"`
	StartedAt Time   `json:"startedAt,omitzero"`
	// EndedAt is when its last leg ended. Zero while one is alive or none is known.
	EndedAt Time `json:"endedAt,omitzero"`
	// Observed is false for a session that is only named by a peer.
	Observed  bool      `json:"observed"`
	Sequences Sequences `json:"sequences"`
}

// Sequences says which of a session's numbered changes arrived.
type Sequences struct {
	First int64 `json:"first"`
	Last  int64 `json:"last"`
	// Count is the number of distinct numbers that arrived.
	Count int `json:"count"`
	// Missing lists the numbers between 2, or First if lower, and Last that did not,
	// as ranges. At extension scope it is always empty: there gaps prove nothing.
	Missing []Range `json:"missing"`
}

// Range is From..To, both included.
type Range struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Participant is the person, number or service behind one or more legs.
type Participant struct {
	ID   ParticipantID   `json:"id"`
	Kind ParticipantKind `json:"kind"`
	// ExtensionID is RingCentral's internal id, "" for outsiders.
	ExtensionID string `json:"extensionId,omitzero"`
	// Numbers under which the participant appeared, in the order of appearance.
	Numbers []string `json:"numbers"`
	Name    string   `json:"name,omitzero"`
	// Observed is false for somebody who is only named in a party's from or to.
	Observed bool `json:"observed"`
}

// Leg is one party's stay in one session.
type Leg struct {
	ID          LegID         `json:"id"`
	Session     SessionID     `json:"sessionId"`
	Participant ParticipantID `json:"participantId"`
	// Direction is RingCentral's, of the party: Outbound for the caller even when the
	// caller is outside.
	Direction string   `json:"direction"`
	From      Endpoint `json:"from"`
	To        Endpoint `json:"to"`
	Roles     []Role   `json:"roles"`
	// States in order of time, each beginning where the one before ends.
	States []State `json:"states"`
	// End is the event that ended the leg, nil while it lives or when that event was
	// not seen.
	End     *End       `json:"end,omitzero"`
	Outcome LegOutcome `json:"outcome"`
	// Peer is the party of another session that this leg named when it was Gone.
	Peer *Peer `json:"peer,omitzero"`
	// The sums below count intervals that have ended and are not uncertain: under
	// loss they are lower bounds. Milliseconds.
	RingMs int64 `json:"ringMs"`
	TalkMs int64 `json:"talkMs"` // in two-way talk
	HoldMs int64 `json:"holdMs"` // this leg pressed hold
	HeldMs int64 `json:"heldMs"` // another one did
	WaitMs int64 `json:"waitMs"` // connected, nobody to talk to
	// Recordings in the order in which they were first seen.
	Recordings []Recording `json:"recordings"`
}

// Endpoint is a leg's from or to: of each field the first value that was sent,
// completed by later values of the same number.
type Endpoint struct {
	Number      string `json:"number,omitzero"`
	Name        string `json:"name,omitzero"`
	ExtensionID string `json:"extensionId,omitzero"`
	DeviceID    string `json:"deviceId,omitzero"`
}

// State is an interval in a leg's life.
type State struct {
	State LegState `json:"state"`
	From  Time     `json:"from"`
	// To is zero for the last state.
	To Time `json:"to,omitzero"`
	// Uncertain: an event that could change this interval is missing.
	Uncertain bool `json:"uncertain,omitzero"`
}

// End is the event that ended a leg, in RingCentral's words.
type End struct {
	Code   string `json:"code"`
	Reason string `json:"reason,omitzero"`
	At     Time   `json:"at"`
}

// Peer is what a Gone party named.
type Peer struct {
	Session SessionID `json:"sessionId"`
	Leg     LegID     `json:"legId,omitzero"`
}

// Recording is one recording of a leg. ID equals the call log's recording id.
type Recording struct {
	ID string `json:"id"`
	// At is when it was first reported.
	At Time `json:"at"`
}

// Link is a typed edge between legs and sessions.
type Link struct {
	Kind LinkKind `json:"kind"`
	// From is the leg that the link starts at. Empty only for a hunt whose queue leg
	// is not in view.
	From LegID `json:"fromLeg,omitzero"`
	// To is the leg that the link leads to, empty when it is not in view.
	To LegID `json:"toLeg,omitzero"`
	// ToSession is the session that the link leads to, when it leads out of its own.
	ToSession SessionID `json:"toSession,omitzero"`
	At        Time      `json:"at"`
	// Reason is RingCentral's, as it came.
	Reason string `json:"reason,omitzero"`
	Basis  Basis  `json:"basis"`
	// Roles lists who played which part, participants in order of their first leg. A
	// role that the events do not settle is left out.
	Roles Roles `json:"roles"`
	// Rule names the rule that found the link. Each has a numbered section in
	// docs/linking.md.
	Rule string `json:"rule"`
	// Evidence lists every event the link stands on.
	Evidence []Evidence `json:"evidence"`
}

// Roles maps a role to those who played it.
type Roles map[Role][]ParticipantID

// Evidence names one event. Where it was delivered more than once, UUID is the
// smallest, so that it does not depend on the order of arrival.
type Evidence struct {
	Session  SessionID `json:"sessionId"`
	Sequence int64     `json:"sequence"`
	UUID     string    `json:"uuid,omitzero"`
}

// Talk is an interval and the participants who could hear one another in it.
type Talk struct {
	From Time `json:"from"`
	// To is zero while the talk goes on, or when its end is not in view.
	To      Time     `json:"to,omitzero"`
	Members []Member `json:"members"`
	// Inferred: a member has no leg in view.
	Inferred bool `json:"inferred,omitzero"`
	// Uncertain: an event that could change this interval is missing.
	Uncertain bool `json:"uncertain,omitzero"`
}

// Member is one participant of a talk.
type Member struct {
	Participant ParticipantID `json:"participantId"`
	// Leg is empty for a member without a leg in view.
	Leg  LegID `json:"legId,omitzero"`
	Mode Mode  `json:"mode"`
}

// Finding is something strange or missing.
type Finding struct {
	Kind FindingKind `json:"kind"`
	// About names the session, leg or call it concerns.
	About string `json:"about"`
	// Detail is one sentence for a person.
	Detail   string     `json:"detail"`
	Evidence []Evidence `json:"evidence"`
}
