package talk

import (
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/session"
)

// piece notes what a leg does in the interval at hand, where that depends on others:
// connected, held or parked.
func (w *world) piece(m moment) {
	if m.seg == nil || m.seg.State != call.StateConnected && m.seg.State != call.StateParked {
		return
	}
	doubt := m.seg.Uncertain || w.doubtful(w.room[m.leg.Session.Index])
	if m.state == call.StateParked && w.abandoned(m) {
		doubt = true
	}
	pieces := w.pieces[m.leg]
	if pieces == nil {
		pieces = make([]call.State, 0, 4)
	}
	w.pieces[m.leg] = appendState(pieces, call.State{State: m.state, From: call.Time(w.from), To: until(w.to), Uncertain: doubt})
}

// abandoned: the leg waits in park until it ends. A retriever's session, where the
// pickup would be told, may be what is missing.
func (w *world) abandoned(m moment) bool {
	if m.seg.To != w.to || w.to == session.Forever {
		return false
	}
	last := m.leg.Last()
	return m.seg.To == last.From && last.State == call.StateEnded
}

// states joins a leg's own reported states with the pieces that others shaped.
func (w *world) states(l *session.Leg) []call.State {
	pieces := w.pieces[l]
	out := make([]call.State, 0, len(l.Segments)+len(pieces))
	for i := range l.Segments {
		seg := &l.Segments[i]
		whole := call.State{State: seg.State, From: call.Time(seg.From), To: until(seg.To), Uncertain: seg.Uncertain}
		shaped := false
		for _, p := range pieces {
			if p.From >= call.Time(seg.From) && (seg.To == session.Forever || p.From < call.Time(seg.To)) &&
				(seg.State == call.StateConnected || seg.State == call.StateParked) {
				out = appendState(out, p)
				shaped = true
			}
		}
		if !shaped {
			out = appendState(out, whole)
		}
	}
	return out
}

// appendState adds an interval, merging it with an equal one that it continues.
func appendState(states []call.State, s call.State) []call.State {
	if n := len(states); n > 0 && states[n-1].State == s.State && states[n-1].To == s.From && s.From != 0 {
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
