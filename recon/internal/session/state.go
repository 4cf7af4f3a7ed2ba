package session

import "github.com/legworkhq/legwork/recon/wire"

// State is a Set as a snapshot keeps it.
type State struct {
	ID    string             `json:"id"`
	Faces []FaceState        `json:"faces,omitzero"`
	Obs   []ObservationState `json:"obs,omitzero"`
}

// FaceState is a Face as a snapshot keeps it.
type FaceState struct {
	PartyID        string   `json:"partyId"`
	AccountID      string   `json:"accountId,omitzero"`
	ExtensionID    string   `json:"extensionId,omitzero"`
	Direction      string   `json:"direction,omitzero"`
	From           Endpoint `json:"from,omitzero"`
	To             Endpoint `json:"to,omitzero"`
	Origin         string   `json:"origin,omitzero"`
	LegacyID       string   `json:"legacyId,omitzero"`
	ServerID       string   `json:"serverId,omitzero"`
	ConferenceRole string   `json:"conferenceRole,omitzero"`
	RingOutRole    string   `json:"ringOutRole,omitzero"`
	CallerName     string   `json:"callerName,omitzero"`
	QueueCall      bool     `json:"queueCall,omitzero"`
}

// ObservationState is an Observation as a snapshot keeps it; Face is an index into
// State.Faces.
type ObservationState struct {
	Face        int      `json:"face"`
	Seq         int64    `json:"seq"`
	At          int64    `json:"at"`
	UUID        string   `json:"uuid,omitzero"`
	Kind        uint8    `json:"kind"`
	Code        string   `json:"code,omitzero"`
	Reason      string   `json:"reason,omitzero"`
	Missed      bool     `json:"missed,omitzero"`
	PeerSession string   `json:"peerSession,omitzero"`
	PeerParty   string   `json:"peerParty,omitzero"`
	Park        string   `json:"park,omitzero"`
	Recordings  []string `json:"recordings,omitzero"`
}

// State returns what a snapshot needs to make the set again.
func (s *Set) State() State {
	out := State{ID: s.ID}
	faces := map[*Face]int{}
	for i := range s.Obs {
		o := &s.Obs[i]
		n, ok := faces[o.Face]
		if !ok {
			n = len(out.Faces)
			faces[o.Face] = n
			out.Faces = append(out.Faces, o.Face.state())
		}
		out.Obs = append(out.Obs, ObservationState{Face: n, Seq: o.Seq, At: o.At, UUID: o.UUID.String(), Kind: uint8(o.Kind), Code: o.CodeText,
			Reason: o.ReasonName(), Missed: o.Missed, PeerSession: o.PeerSession, PeerParty: o.PeerParty, Park: o.Park, Recordings: o.Recordings})
	}
	return out
}

func (f *Face) state() FaceState {
	return FaceState{PartyID: f.PartyID, AccountID: f.AccountID, ExtensionID: f.ExtensionID, Direction: string(f.Direction), From: f.From, To: f.To,
		Origin: f.Origin, LegacyID: f.LegacyID, ServerID: f.ServerID, ConferenceRole: f.ConferenceRole, RingOutRole: f.RingOutRole,
		CallerName: f.CallerName, QueueCall: f.QueueCall}
}

// FromState makes a set again. ok is false for a state that no set can have.
func FromState(in State) (s *Set, ok bool) {
	s = &Set{ID: in.ID}
	faces := make([]*Face, len(in.Faces))
	for i, f := range in.Faces {
		faces[i] = &Face{PartyID: f.PartyID, AccountID: f.AccountID, ExtensionID: f.ExtensionID, Direction: wire.Direction(f.Direction), From: f.From,
			To: f.To, Origin: f.Origin, LegacyID: f.LegacyID, ServerID: f.ServerID, ConferenceRole: f.ConferenceRole, RingOutRole: f.RingOutRole,
			CallerName: f.CallerName, QueueCall: f.QueueCall}
		faces[i].digest = faces[i].computeDigest()
	}
	for _, os := range in.Obs {
		if os.Face < 0 || os.Face >= len(faces) || int(os.Kind) >= len(stateOf) {
			return nil, false
		}
		o := Observation{Seq: os.Seq, At: os.At, UUID: uuidOf(os.UUID), Face: faces[os.Face], Extra: noExtra,
			Kind: wire.Kind(os.Kind), Reason: reasonOf(wire.Reason(os.Reason)), Missed: os.Missed}
		x := Extra{PeerSession: os.PeerSession, PeerParty: os.PeerParty, Park: os.Park, Recordings: os.Recordings, CodeText: os.Code}
		if o.Reason == otherReason {
			x.ReasonText = os.Reason
		}
		if !x.same(noExtra) {
			o.Extra = &x
		}
		o.digest = o.computeDigest()
		s.insert(o)
	}
	return s, true
}
