package session

import (
	"strconv"

	"github.com/legworkhq/legwork/recon/wire"
)

// LegacyStep is by how much consecutive legacy session ids differ, and MirrorSteps
// how many steps above a RingOut's its mirror may stand. [relied on]
const (
	LegacyStep  = 1000
	MirrorSteps = 4
)

// mirrorSpan is how far apart the first events of a RingOut and its mirror may be.
const mirrorSpan = 30_000

// Mirrors reports whether m is the second session that a RingOut makes when it rings
// a RingCentral endpoint. It holds as soon as one observation of each fits, and
// never stops holding: more observations cannot undo it.
func Mirrors(ringout, m *Set) bool {
	for i := range ringout.Obs {
		for j := range m.Obs {
			if mirrored(&ringout.Obs[i], &m.Obs[j]) {
				return true
			}
		}
	}
	return false
}

func mirrored(r, m *Observation) bool {
	if r.Origin != string(wire.OriginRingOut) || m.Origin != string(wire.OriginCall) || r.AccountID != m.AccountID {
		return false
	}
	if d := m.At - r.At; d > mirrorSpan || d < -mirrorSpan {
		return false
	}
	if r.From.Number == "" || r.To.Number == "" || r.From.Number == r.To.Number || m.From.Number != r.To.Number && m.From.Number != r.From.Number {
		return false
	}
	if m.To.Number != r.From.Number && m.To.Number != r.To.Number || m.To.Number == m.From.Number {
		return false
	}
	a, ok1 := Legacy(r.LegacyID)
	b, ok2 := Legacy(m.LegacyID)
	step := b - a
	return ok1 && ok2 && step > 0 && step%LegacyStep == 0 && step/LegacyStep <= MirrorSteps
}

// Legacy reads a legacy session id as a number. "0", a conference's, is none.
func Legacy(id string) (int64, bool) {
	n, err := strconv.ParseInt(id, 10, 64)
	return n, err == nil && n > 0
}
