package link

import (
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// blind finds blind transfers: an answered leg is Disconnected with a transfer
// reason, and the call goes on to the next callee leg of the session.
func blind(v *View) []*Link { return redirected(v, call.TransferBlind) }

// redirected finds legs that passed the call on, answered (blind) or ringing
// (forward). A leg of which no answer was seen, but of which an event is missing,
// could be either: nothing is said.
func redirected(v *View, kind call.LinkKind) []*Link {
	var out []*Link
	for leg := range v.legs {
		seg := left(leg, wire.ReasonBlindTransfer, wire.ReasonRccTransfer, wire.ReasonDtmfTransfer)
		if kind == call.TransferBlind && seg == nil {
			seg = left(leg, wire.ReasonVoicemail) // of an answered leg: sent on to a mailbox
		}
		if seg == nil || leg.Connected != (kind == call.TransferBlind) {
			continue
		}
		if !leg.Connected && unsure(leg, seg) {
			continue
		}
		l := &Link{Kind: kind, From: leg, At: seg.From, Reason: seg.First.ReasonName(), Basis: call.SameSession,
			Proof: []Proof{{leg.Session, seg.First}}, Roles: []Cast{{call.Transferor, leg}}}
		if l.To = next(leg, seg.From); l.To != nil && !v.Account && l.To.Extension == leg.Extension {
			l.To = nil // a later leg of one's own is all that is in view, whoever was the next
		}
		if l.To != nil {
			l.Proof = append(l.Proof, first(l.To))
			l.Roles = append(l.Roles, Cast{call.TransferTarget, l.To})
		}
		out = append(out, l)
	}
	return out
}

// unsure: something that happened to the leg before its end is missing.
func unsure(leg *session.Leg, end *session.Segment) bool {
	if leg.BegunUnseen() || leg.Session.Gap(0, leg.Obs[0].Seq) && end.First == leg.Obs[0] {
		return true
	}
	for i := range leg.Segments {
		if leg.Segments[i].Uncertain {
			return true
		}
	}
	return false
}
