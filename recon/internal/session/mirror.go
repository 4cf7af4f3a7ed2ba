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

// mirrorSpan is how far apart events of a RingOut and of its mirror may be that
// show them as a pair, in milliseconds.
const mirrorSpan = 30_000

// Mirrors reports whether m is the second session that a RingOut makes when it rings
// a RingCentral endpoint. It holds as soon as one observation of each fits, and
// never stops holding: more observations cannot undo it.
func Mirrors(ringout, m *Set) bool {
	for i := range ringout.records {
		for j := range m.records {
			r, n := &ringout.records[i], &m.records[j]
			if d := n.at - r.at; d <= mirrorSpan && d >= -mirrorSpan && mirrored(r.face, n.face) {
				return true
			}
		}
	}
	return false
}

func mirrored(r, m *face) bool {
	if r.get(origin) != string(wire.OriginRingOut) || m.get(origin) != string(wire.OriginCall) || r.get(accountID) != m.get(accountID) {
		return false
	}
	from, to := r.get(fromNumber), r.get(toNumber)
	a, b := m.get(fromNumber), m.get(toNumber)
	if from == "" || to == "" || from == to || !(a == from && b == to || a == to && b == from) {
		return false
	}
	below, ok1 := Legacy(r.get(legacyID))
	above, ok2 := Legacy(m.get(legacyID))
	step := above - below
	return ok1 && ok2 && step > 0 && step%LegacyStep == 0 && step/LegacyStep <= MirrorSteps
}

// Legacy reads a legacy session id as a number. "0", a conference's, is none.
func Legacy(id string) (int64, bool) {
	if len(id) == 0 || len(id) > 18 || id[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseInt(id, 10, 64)
	return n, err == nil && n > 0
}
