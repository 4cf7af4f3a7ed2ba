package contract

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
)

// maker makes the notifications that a case bends: those of an ordinary call, with ids
// of its own.
type maker struct {
	r     *rand.Rand
	start time.Time
}

func newMaker(seed uint64, start time.Time) *maker {
	return &maker{rand.New(rand.NewPCG(seed, 0x10)), start}
}

// call is an ordinary call: a customer calls an extension, who answers; it is over after
// half a minute.
func (m *maker) call() []wire.Event {
	s := script.New().Name("+14045550134", "Ruth Calloway")
	s.At(0).Calls("+14045550134", "+14155550104")
	s.At(6 * time.Second).Answers("104")
	s.At(30 * time.Second).HangsUp("104")
	return m.play(s)
}

// conference is a call with a conference in it, whose legacy id is 0.
func (m *maker) conference() []wire.Event {
	sc, err := script.Named("conference")
	if err != nil {
		return m.call()
	}
	return m.play(sc.Script())
}

func (m *maker) play(s *script.Script) []wire.Event {
	x, err := pbx.NewExchange(pbx.Office())
	if err != nil {
		panic(err) // the office is ours
	}
	c := sim.Case{Seed: m.r.Uint64(), Start: wire.Time(m.start.UnixMilli()), Script: s}
	run, err := c.Do(x)
	if err != nil {
		panic(err) // and so is the script
	}
	return run.Events
}

// bodies encodes events, each after change, which may be nil.
func bodies(events []wire.Event, change func(i int, e *wire.Event)) (out [][]byte) {
	for i := range events {
		e := events[i]
		e.Body.Parties = slices.Clone(e.Body.Parties)
		if change != nil {
			change(i, &e)
		}
		out = append(out, wire.Encode(&e))
	}
	return out
}

// long is a text of so many bytes, which compression does not shrink to nothing.
func (m *maker) long(n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[m.r.IntN(len(letters))]
	}
	return string(b)
}

// padded adds members that nobody knows until a body has about so many bytes.
func (m *maker) padded(e *wire.Event, size int) {
	n := size - len(wire.Encode(e))
	for i := 0; n > 0; i++ {
		part := min(n, 1000)
		e.Body.Unknown = append(e.Body.Unknown, wire.Member{Name: fmt.Sprintf("x%d", i), Value: `"` + m.long(part) + `"`})
		n -= part + 10
	}
}
