package pbx

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// records is somebody starting a recording, or going on with a paused one: the status
// repeats, with recordings. [observed]
var records = verb{name: "records", facility: "recording", do: func(s *Switch, m *Move) error {
	p, err := s.recorder(m)
	if err != nil {
		return err
	}
	if n := len(p.recordings); n > 0 {
		if p.recordings[n-1].Active {
			return fmt.Errorf("%s records already", m.Who)
		}
		s.recording(p, []wire.Recording{{ID: p.recordings[n-1].ID, Active: true}})
		return nil
	}
	s.recording(p, []wire.Recording{{ID: digits(s.r, 12), Active: true}})
	p.records = append(p.records, call.Recording{ID: p.recordings[0].ID, At: call.Time(s.now)})
	return nil
}, offer: func(s *Switch, yield func(Move)) {
	s.offerRecording(yield, func(p *party) bool { return len(p.recordings) == 0 || !p.recordings[0].Active })
}}

// pausesRecording: active becomes false. [documented]
var pausesRecording = verb{name: "pauses the recording", facility: "recording", do: func(s *Switch, m *Move) error {
	p, err := s.recorder(m)
	if err != nil {
		return err
	}
	if len(p.recordings) == 0 || !p.recordings[0].Active {
		return errors.New(m.Who + " does not record")
	}
	s.recording(p, []wire.Recording{{ID: p.recordings[0].ID}})
	return nil
}, offer: func(s *Switch, yield func(Move)) {
	s.offerRecording(yield, func(p *party) bool { return len(p.recordings) > 0 && p.recordings[0].Active })
}}

// stopsRecording: recordings are absent from then on. [assumed]
var stopsRecording = verb{name: "stops the recording", facility: "recording", do: func(s *Switch, m *Move) error {
	p, err := s.recorder(m)
	if err != nil {
		return err
	}
	if len(p.recordings) == 0 {
		return errors.New(m.Who + " does not record")
	}
	s.recording(p, nil)
	return nil
}, offer: func(s *Switch, yield func(Move)) {
	s.offerRecording(yield, func(p *party) bool { return len(p.recordings) > 0 })
}}

func (s *Switch) recorder(m *Move) (*party, error) {
	p, err := s.mine(m, "is connected", connected)
	if err == nil && (!p.who.user() || p.supervises != nil) {
		err = errors.New(m.Who + " cannot record")
	}
	return p, err
}

// recording replaces the party's recordings: notified ones must not change.
func (s *Switch) recording(p *party, now []wire.Recording) {
	p.recordings = now
	s.tell(p, said{code: answered})
}

func (s *Switch) offerRecording(yield func(Move), ok func(*party) bool) {
	s.talkers(func(p *party) {
		if connected(p) && p.who.user() && p.supervises == nil && ok(p) && len(s.others(p)) > 0 {
			yield(Move{Who: p.who.number})
		}
	})
}

// digits draws a decimal id.
func digits(r *rand.Rand, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = '0' + byte(r.IntN(10))
	}
	if out[0] == '0' {
		out[0] = '1'
	}
	return string(out)
}
