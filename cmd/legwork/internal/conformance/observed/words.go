package observed

import (
	"slices"

	"github.com/legworkhq/legwork/recon/call"
)

// Directions lists what a call's direction can be.
func Directions() []string {
	return []string{string(call.Inbound), string(call.Outbound), string(call.Internal)}
}

// Outcomes lists how a call can have gone. A receiver that tells fewer apart says
// "missed" of every call that nobody took.
func Outcomes() []string {
	return words(call.Answered, call.Voicemail, call.Missed, call.Abandoned, call.Rejected, call.Busy, call.Cancelled, call.Failed, call.Parked)
}

// Results lists how a leg can have gone.
func Results() []string {
	return words(call.LegAnswered, call.LegMissed, call.LegVoicemail, call.LegRejected, call.LegBusy, call.LegCancelled, call.LegFailed,
		call.LegElsewhere, call.LegTransferred, call.LegParked, call.LegJoined, call.LegRouted)
}

// Transfer is the kind of a transfer of which the receiver does not know whether it was
// attended.
const Transfer = "transfer"

// Kinds lists the kinds of a link.
func Kinds() []string { return append([]string{Transfer}, words(call.LinkKinds()...)...) }

func words[T ~string](list ...T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
}

// taken and untaken are the outcomes of which "missed" is the opposite, and those that
// it may stand for.
func taken(outcome string) bool {
	return outcome == string(call.Answered) || outcome == string(call.Voicemail) || outcome == string(call.Parked)
}

func untaken(outcome string) bool {
	return slices.Contains([]string{"missed", "abandoned", "rejected", "busy", "cancelled", "failed"}, outcome)
}

// isTransfer: a link of this kind hands a call to somebody else. A forward hands on what
// only rang.
func isTransfer(kind string) bool {
	return kind == Transfer || kind == string(call.TransferAttended) || kind == string(call.TransferBlind) || kind == string(call.Forward)
}
