package report

import "github.com/legworkhq/legwork/sim/oracle"

// entry explains a mistake: what it is, how a receiver comes to make it, and what does
// it right.
type entry struct {
	Name, Meaning, How, Instead string
}

// glossary lists every mistake in the order of its catalogue.
func glossary() (out []entry) {
	for _, m := range oracle.Mistakes() {
		e := causes[m]
		e.Name, e.Meaning = string(m), m.Meaning()
		out = append(out, e)
	}
	return out
}

var causes = map[oracle.Mistake]entry{
	oracle.SplitCall: {
		How:     "A telephonySessionId was taken for a call. A consultation, a park, a pickup, a conference have a session of their own, so one call becomes two or three; or Gone was taken for the end, and what follows looks like another call.",
		Instead: "Tie the sessions: the peerId of a party that is Gone names the session and party it goes on in. Both ends usually name each other, in either order of arrival.",
	},
	oracle.MergedCalls: {
		How:     "Something that is no key was taken for one: every conference carries the sessionId \"0\", and one customer may call twice in a minute from the same number.",
		Instead: "Key by telephonySessionId, and tie sessions only by what names the other one. The numeric sessionId is at most a hint.",
	},
	oracle.ZombieCall: {
		How:     "The call waits until every party is Disconnected. A party that is Gone need not be Disconnected any more, and a notification may be the one that was lost.",
		Instead: "Gone ends a party's stay in its session as Disconnected does. Ask again, or give up, where nothing came for long.",
	},
	oracle.PhantomMissedCall: {
		How:     "An inbound party that was Disconnected and never Answered was taken for a missed call. In a queue all phones but one end like that, a colleague may pick up, and a mailbox may take the call. Or only the first of several parties in a notification was read.",
		Instead: "Judge the call by all of its legs and sessions, and only when it is over. Read every element of parties.",
	},
	oracle.LostTransferTarget: {
		How:     "The target was read from the transferor's own party, whose \"to\" is the transferor's number; or the session of the consultation was not tied to the call.",
		Instead: "After a blind transfer the target is the party that begins next in the session; after an attended one, the far end of the consultation.",
	},
	oracle.DoubleTalkTime: {
		How:     "Talk was added up over legs or sessions that run at the same time: an internal call has two legs, somebody who moves to another device has two, the host of a conference three.",
		Instead: "Add up the intervals in which somebody could talk, each instant once.",
	},
	oracle.QueueLoser: {
		How:     "The call was credited to an agent whose phone rang: the first party that appeared, or the last.",
		Instead: "Whoever took the call is the agent whose party is Answered. The others end as Disconnected, never Answered.",
	},
	oracle.StaleParty: {
		How:     "Only Disconnected was taken for leaving. A party that is Gone has left this session too. Or a notification was thrown away because it had the timestamp of another one.",
		Instead: "Take a party off the line at Gone and at Disconnected. Tell notifications apart by session, sequence and party, not by time.",
	},
	oracle.SelfCallSwap: {
		How:     "\"from\" was taken for whose leg it is, and \"to\" for the other end, or the other way round. Both belong to the call, not to the leg.",
		Instead: "A leg that was called (Inbound) is its \"to\"; a leg that calls (Outbound) is its \"from\".",
	},
	oracle.SupervisorTalks: {
		How:     "Everybody who was Answered counted as a talker. A supervisor who listens is Answered as well, with the reason Supervising, and nobody hears them.",
		Instead: "Leave out who supervises until they whisper or barge in; then count who can hear them.",
	},
	oracle.EarlyAnswer: {
		How:     "The first Answered of a session was taken for the answer. The caller's own party is Answered as soon as the call has reached its destination, before any phone rings.",
		Instead: "The answer is when the party of somebody who was called is Answered. Ringing lasts until then.",
	},
	oracle.HoldTwice: {
		How:     "One time on hold was counted for whoever pressed hold and for whoever waited.",
		Instead: "Hold belongs to the leg that pressed it. The others are held at the same time: it is one interval.",
	},
	oracle.IVREnds: {
		How:     "The first Disconnected was taken for the end of the call. A menu's party is Disconnected when the caller has chosen, and an agent's when somebody else took the call.",
		Instead: "A call is over when nobody is left in any of its sessions.",
	},
	oracle.LostCall: {
		How:     "Notifications were refused, thrown away as duplicates, or never stored; or calls without an answer, of a menu or inside the company were filtered out.",
		Instead: "Keep every session that was told of. Answer 200 only for what was kept.",
	},
	oracle.InventedCall: {
		How:     "A call was made up from something that is none, or its sessions were not told as they came: shortened, rewritten, or of another run.",
		Instead: "Tell the telephonySessionId as it was sent.",
	},
	oracle.WrongCall: {
		How:     "A fact about the call as a whole, such as its direction, its outcome or when it began or ended, is not true, and no mistake with a name of its own explains it.",
		Instead: "See the difference: it says what is true, and what was said.",
	},
	oracle.WrongSession: {
		How:     "A fact about one session is not true.",
		Instead: "See the difference: it says what is true, and what was said.",
	},
	oracle.WrongParticipant: {
		How:     "Somebody who took part is missing, or somebody is named who did not: a menu or a queue taken for a person, or a person known by two numbers counted twice.",
		Instead: "Whoever was called, or called, took part. Menus and queues are not persons. Number, extension and extension id may name the same one.",
	},
	oracle.WrongLeg: {
		How:     "A fact about one party's stay in a session is not true: whose it is, how it ended, how long it rang or talked.",
		Instead: "Follow each party by its id through its own statuses, in the order of sequence, not of arrival.",
	},
	oracle.WrongLink: {
		How:     "A transfer, a forward, a park or the like was told that never was, or with other roles, or is missing.",
		Instead: "Read both the reason of a status and the peerId, and wait for the other end: either may come first.",
	},
	oracle.WrongTalk: {
		How:     "Who could hear whom, and when, is not as told: hold, supervision or a move between sessions was not seen.",
		Instead: "Begin an interval when at least two can hear each other, and end it when that changes.",
	},
}
