package script

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/pbx"
)

func BenchmarkRun(b *testing.B) {
	x, _ := pbx.NewExchange(pbx.Office())
	s := New()
	s.At(0).Calls("+14045550134", "+14155550100")
	s.At(4*time.Second).Presses("+14045550134", "2")
	s.At(12 * time.Second).Answers("104")
	s.At(20 * time.Second).Holds("104")
	s.At(22*time.Second).Calls("104", "103")
	s.At(26 * time.Second).Answers("103")
	s.At(40 * time.Second).CompletesTheTransfer("104")
	s.At(90 * time.Second).HangsUp("103")
	events := 0
	var buf []byte
	enc := testing.Verbose()
	_ = enc
	sw := x.Switch(pbx.Config{}, func(e *wire.Event) {
		events++
		buf = wire.Append(buf[:0], e)
	})
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		sw.Reset(pbx.Config{Seed: uint64(i), Start: 1772463600000})
		p := Play(sw, s)
		for _, ok := p.Next(); ok; _, ok = p.Next() {
			if err := p.Advance(); err != nil {
				b.Fatal(err)
			}
		}
		sw.Calls()
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkJSON(b *testing.B) {
	x, _ := pbx.NewExchange(pbx.Office())
	s := New()
	s.At(0).Calls("+14045550134", "+14155550104")
	s.At(12 * time.Second).Answers("104")
	s.At(90 * time.Second).HangsUp("104")
	evs, _, _ := Run(x, pbx.Config{}, s)
	type ev struct {
		UUID, Event, Timestamp, SubscriptionID, OwnerID string
		Body                                            any
	}
	raw := wire.Append(nil, &evs[3])
	b.Logf("%s", raw)
	var m map[string]any
	json.Unmarshal(raw, &m)
	b.ReportAllocs()
	for b.Loop() {
		json.Marshal(m)
	}
}
