package talk

import (
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/session"
)

// piece is a part of a reported segment, as others shaped it: connected, held or
// parked.
type piece struct {
	seg *session.Segment
	call.State
}

// piece notes what a leg does in the interval at hand, where that depends on others.
func (w *world) piece(m moment) {
	if m.seg == nil || !shaped(m.seg) {
		return
	}
	doubt := m.seg.Uncertain || w.doubtful(w.room[m.leg.Session.Index])
	if m.state == call.StateParked && (w.guessed[m.leg] || w.abandoned(m)) {
		doubt = true
	}
	pieces := w.pieces[m.leg]
	if n := len(pieces); n > 0 && pieces[n-1].seg == m.seg && pieces[n-1].State.State == m.state {
		pieces[n-1].To = until(w.to)
		pieces[n-1].Uncertain = pieces[n-1].Uncertain || doubt
		return
	}
	if pieces == nil {
		pieces = make([]piece, 0, 4)
	}
	w.pieces[m.leg] = append(pieces, piece{m.seg, call.State{State: m.state, From: call.Time(w.from), To: until(w.to), Uncertain: doubt}})
}

// shaped: what the leg does in the segment depends on others.
func shaped(seg *session.Segment) bool {
	return seg.State == call.StateConnected || seg.State == call.StateParked
}

// abandoned: the leg waits in park until an event of its own. A retriever's session,
// where a pickup before would be told, may be what is missing.
func (w *world) abandoned(m moment) bool {
	return m.seg.To == w.to && w.to != session.Forever
}

// states joins a leg's own reported states with the pieces that others shaped.
func (w *world) states(l *session.Leg) []call.State {
	pieces := w.pieces[l]
	out := make([]call.State, 0, len(l.Segments)+len(pieces))
	for i := range l.Segments {
		seg := &l.Segments[i]
		mine := false
		for _, p := range pieces {
			if p.seg == seg {
				out = appendState(out, p.State)
				mine = true
			}
		}
		if !mine {
			out = appendState(out, call.State{State: seg.State, From: call.Time(seg.From), To: until(seg.To), Uncertain: seg.Uncertain})
		}
	}
	return out
}

// appendState adds an interval, merging it with an equal one that it continues; each
// end stands for itself.
func appendState(states []call.State, s call.State) []call.State {
	if n := len(states); n > 0 && states[n-1].State == s.State && states[n-1].To == s.From && s.From != 0 && s.State != call.StateEnded && s.State != call.StateGone {
		states[n-1].To = s.To
		states[n-1].Uncertain = states[n-1].Uncertain || s.Uncertain
		return states
	}
	return append(states, s)
}

func until(t int64) call.Time {
	if t == session.Forever {
		return 0
	}
	return call.Time(t)
}
