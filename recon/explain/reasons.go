package explain

import "github.com/legworkhq/legwork/recon/wire"

// mark says how well a claim about RingCentral is known.
type mark string

const (
	documented mark = "documented" // stated by RingCentral
	observed   mark = "observed"   // seen in a real notification
	reliedOn   mark = "relied on"  // code that runs against the live platform relies on it
	assumed    mark = "assumed"    // inferred, mostly from the name; nothing depends on it
)

// meaning is what a reason says of the party that carries it.
type meaning struct {
	text string
	mark mark
}

// meanings of every reason that package wire knows.
var meanings = map[wire.Reason]meaning{
	wire.ReasonPickup:                {"with Gone: this person took a waiting call and goes on through the peer; with Disconnected: the call was taken from another phone", reliedOn},
	wire.ReasonSupervising:           {"a supervisor listens, whispers or barges in; not a party to the conversation by itself", observed},
	wire.ReasonTakeOver:              {"a supervisor took the call over from this agent", assumed},
	wire.ReasonTimeout:               {"nobody reacted in time: a phone rang out or a parked call waited too long", assumed},
	wire.ReasonBlindTransfer:         {"this party sent the call on without consulting; the session goes on with the next party", documented},
	wire.ReasonRccTransfer:           {"as BlindTransfer, made through RingCentral's call control", assumed},
	wire.ReasonAttendedTransfer:      {"with Gone: this person had called the target, connected the two far ends and left; with Answered: the party at the other end changed", documented},
	wire.ReasonCallerInputRedirect:   {"the caller's choice in a menu sent the call on", assumed},
	wire.ReasonCallFlip:              {"this person moved the call to another of their numbers", assumed},
	wire.ReasonParkLocation:          {"the call was parked at a location", assumed},
	wire.ReasonDtmfTransfer:          {"as BlindTransfer, keyed in on the phone", assumed},
	wire.ReasonAgentAnswered:         {"an agent took the call, so the queue's own party ended; the call goes on", assumed},
	wire.ReasonAgentDropped:          {"this agent stopped ringing because the queue's call went elsewhere; not a missed call", assumed},
	wire.ReasonRejected:              {"this person declined the call", assumed},
	wire.ReasonCancelled:             {"the ringing was called off before anybody answered", assumed},
	wire.ReasonInternalError:         {"RingCentral could not go on with the call", assumed},
	wire.ReasonNoAnswer:              {"it rang and nobody answered", assumed},
	wire.ReasonTargetBusy:            {"the called number was busy", assumed},
	wire.ReasonInvalidNumber:         {"the called number does not exist", assumed},
	wire.ReasonInternationalDisabled: {"international calls are switched off for this caller", assumed},
	wire.ReasonDestinationBlocked:    {"calls to this destination are blocked", assumed},
	wire.ReasonNotEnoughFunds:        {"the account's credit does not cover the call", assumed},
	wire.ReasonNoSuchUser:            {"the called extension does not exist", assumed},
	wire.ReasonCallPark:              {"the call was parked; whoever parked it is out, the other side waits", reliedOn},
	wire.ReasonCallRedirected:        {"call handling sent the call on", assumed},
	wire.ReasonCallReplied:           {"the ringing call was answered with a message instead", reliedOn},
	wire.ReasonCallSwitch:            {"this person moved the call to another device; not an end", reliedOn},
	wire.ReasonCallFinished:          {"the call is over", assumed},
	wire.ReasonCallDropped:           {"the call broke off", assumed},
	wire.ReasonVoicemail:             {"the call went to voicemail", assumed},
	wire.ReasonConference:            {"this party's call was merged into a conference; it goes on through the peer", observed},
	wire.ReasonUndefined:             {"RingCentral gives no reason, and its own staff could not explain it; only the tie to the peer is certain", observed},
}

// meaningOf explains a reason in any letter case.
func meaningOf(r wire.Reason) (meaning, bool) {
	k, _ := r.Canonical()
	m, ok := meanings[k]
	return m, ok
}
