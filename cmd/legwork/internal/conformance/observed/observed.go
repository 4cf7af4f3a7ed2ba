// Package observed is what a receiver says it understood of the notifications it got:
// the Observed Call, the suite's only view into somebody else's program.
//
// Every field but Sessions may be left out. What is left out is not judged; what is
// said is held against the truth. A CRM that knows three facts is judged on three.
package observed

import "time"

// Call is one call as a receiver understood it.
type Call struct {
	// Sessions lists the telephonySessionIds that the receiver takes for this call.
	// Required: by them the suite finds the calls of a case.
	Sessions []string `json:"sessions"`
	// Direction is "inbound", "outbound" or "internal".
	Direction string `json:"direction,omitzero"`
	// Answered says whether anybody took the call.
	Answered *bool `json:"answered,omitzero"`
	// Outcome is one of Outcomes.
	Outcome string `json:"outcome,omitzero"`
	// Ended says whether the call is over.
	Ended *bool `json:"ended,omitzero"`

	StartedAt  time.Time `json:"startedAt,omitzero"`
	AnsweredAt time.Time `json:"answeredAt,omitzero"`
	EndedAt    time.Time `json:"endedAt,omitzero"`

	// TalkMs is how long at least two people could talk, HoldMs how long somebody was
	// on hold, in milliseconds.
	TalkMs *int64 `json:"talkMs,omitzero"`
	HoldMs *int64 `json:"holdMs,omitzero"`

	// AnsweredBy is who took the call first, EndedBy who left first in the end.
	AnsweredBy Person `json:"answeredBy,omitzero"`
	EndedBy    Person `json:"endedBy,omitzero"`
	// Participants lists everybody who took part: whoever was called or called, a
	// supervisor included, menus and queues not required.
	Participants []Person `json:"participants,omitzero"`
	// Talkers lists everybody who could speak and be heard by somebody at some time.
	Talkers []Person `json:"talkers,omitzero"`
	// OnTheLine lists who has not left. Of a call that is over: nobody.
	OnTheLine []Person `json:"onTheLine,omitzero"`

	Legs  []Leg  `json:"legs,omitzero"`
	Links []Link `json:"links,omitzero"`
	Talks []Talk `json:"talks,omitzero"`
}

// Person names somebody in whatever way the receiver knows them: a number in any usual
// spelling, an extension number, RingCentral's extension id, a name, or the party id of
// one of their legs.
type Person string

// Leg is one party's stay in one session.
type Leg struct {
	// Party is the party's id, of the notifications.
	Party string `json:"party"`
	// Person is whose leg it is.
	Person   Person `json:"person,omitzero"`
	Answered *bool  `json:"answered,omitzero"`
	// Result is one of Results.
	Result string `json:"result,omitzero"`
	RingMs *int64 `json:"ringMs,omitzero"`
	TalkMs *int64 `json:"talkMs,omitzero"`
	// HoldMs is how long this leg kept others on hold, HeldMs how long it was kept.
	HoldMs *int64 `json:"holdMs,omitzero"`
	HeldMs *int64 `json:"heldMs,omitzero"`
}

// Link is what ties legs and sessions: a transfer, a merge into a conference.
type Link struct {
	// Kind is one of Kinds, or "transfer" for a transfer of which the receiver does not
	// know whether it was attended.
	Kind string `json:"kind"`
	// At is when it happened.
	At time.Time `json:"at,omitzero"`

	Transferor Person   `json:"transferor,omitzero"`
	Transferee Person   `json:"transferee,omitzero"`
	Target     Person   `json:"target,omitzero"` // of a transfer, forward, route or RingOut
	Supervisor Person   `json:"supervisor,omitzero"`
	Agent      Person   `json:"agent,omitzero"` // supervised, or who took a queue's call
	Queue      Person   `json:"queue,omitzero"`
	Parker     Person   `json:"parker,omitzero"`
	Parked     Person   `json:"parked,omitzero"`
	Retriever  Person   `json:"retriever,omitzero"`
	Initiator  Person   `json:"initiator,omitzero"`
	Mover      Person   `json:"mover,omitzero"`
	Host       Person   `json:"host,omitzero"`
	Conferees  []Person `json:"conferees,omitzero"`
}

// Talk is an interval and who could hear whom in it.
type Talk struct {
	Members []Person  `json:"members"`
	From    time.Time `json:"from,omitzero"`
	To      time.Time `json:"to,omitzero"`
	Ms      *int64    `json:"ms,omitzero"`
}
