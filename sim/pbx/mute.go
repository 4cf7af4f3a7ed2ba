package pbx

import "fmt"

// mutes is somebody muting themselves: an event without a change of status.
// [documented]
var mutes = verb{name: "mutes", facility: "mute", do: func(s *Switch, m *Move) error { return s.mute(m, true) },
	offer: func(s *Switch, yield func(Move)) { s.offerMute(yield, true) }}

var unmutes = verb{name: "unmutes", facility: "mute", do: func(s *Switch, m *Move) error { return s.mute(m, false) },
	offer: func(s *Switch, yield func(Move)) { s.offerMute(yield, false) }}

func (s *Switch) mute(m *Move, on bool) error {
	p, err := s.mine(m, "is connected", connected)
	if err != nil {
		return err
	}
	if p.muted == on {
		return fmt.Errorf("%s has muted=%v already", m.Who, on)
	}
	p.muted = on
	s.tell(p, said{code: answered})
	return nil
}

func (s *Switch) offerMute(yield func(Move), on bool) {
	s.talkers(func(p *party) {
		if connected(p) && p.muted != on && p.who.user() && p.supervises == nil {
			yield(Move{Who: p.who.number})
		}
	})
}
