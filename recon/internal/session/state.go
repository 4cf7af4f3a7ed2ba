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
	faces := map[*face]int{}
	for i := range s.records {
		r := &s.records[i]
		n, ok := faces[r.face]
		if !ok {
			n = len(out.Faces)
			faces[r.face] = n
			out.Faces = append(out.Faces, r.face.state())
		}
		o := Observation{Extra: r.extra, Reason: r.reason, uuid: r.uuid}
		if r.extra == nil {
			o.Extra = &nothing
		}
		out.Obs = append(out.Obs, ObservationState{Face: n, Seq: r.seq, At: r.at, UUID: o.UUID(), Kind: uint8(r.kind), Code: o.CodeText,
			Reason: o.ReasonName(), Missed: r.missed, PeerSession: o.PeerSession, PeerParty: o.PeerParty, Park: o.Park, Recordings: o.Recordings})
	}
	return out
}

func (f *face) state() FaceState {
	u := f.unpack()
	return FaceState{PartyID: u.PartyID, AccountID: u.AccountID, ExtensionID: u.ExtensionID, Direction: string(u.Direction), From: u.From, To: u.To,
		Origin: u.Origin, LegacyID: u.LegacyID, ServerID: u.ServerID, ConferenceRole: u.ConferenceRole, RingOutRole: u.RingOutRole,
		CallerName: u.CallerName, QueueCall: u.QueueCall}
}

// FromState makes a set again. ok is false for a state that no set can have.
func FromState(in State) (s *Set, ok bool) {
	s = &Set{ID: in.ID}
	faces := make([]*face, len(in.Faces))
	for i := range in.Faces {
		faces[i] = in.Faces[i].face()
	}
	for _, os := range in.Obs {
		if os.Face < 0 || os.Face >= len(faces) || int(os.Kind) >= len(stateOf) {
			return nil, false
		}
		r := record{seq: os.Seq, at: os.At, face: faces[os.Face], kind: wire.Kind(os.Kind), reason: reasonOf(wire.Reason(os.Reason)), missed: os.Missed}
		x := &Extra{PeerSession: os.PeerSession, PeerParty: os.PeerParty, Park: os.Park, Recordings: os.Recordings, CodeText: os.Code}
		if r.reason == otherReason {
			x.ReasonText = os.Reason
		}
		if !x.same(nil) {
			r.extra = x
		}
		show := r.face.digest()
		r.digest = r.computeDigest(show)
		r.deliver(os.UUID)
		s.insert(r, show, s.party(show, r.face.get(partyID)))
	}
	return s, true
}

func (f *FaceState) face() *face {
	return pack(&[fields]string{
		f.PartyID, f.AccountID, f.ExtensionID, f.Direction, f.From.Number, f.From.Name, f.From.ExtensionID, f.From.DeviceID,
		f.To.Number, f.To.Name, f.To.ExtensionID, f.To.DeviceID, f.Origin, f.LegacyID, f.ServerID, f.ConferenceRole, f.RingOutRole, f.CallerName,
	}, f.QueueCall)
}
