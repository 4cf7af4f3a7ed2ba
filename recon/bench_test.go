package recon_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// traffic makes the events of many simultaneous calls of ten events each, decoded
// and ready for Step, without allocating while it runs.
type traffic struct {
	event    wire.Event
	sessions []string
	parties  [][2]string
	legacy   []string
	open     []int // per place: which session
	step     []int // per place: which event comes next
	next     int
	place    int
	now      wire.Time
	ticks    int
	warm     byte
}

var script = []struct {
	party int
	code  wire.Code
	rich  bool // the destination is known by now
}{
	{0, "Setup", false}, {1, "Setup", true}, {0, "Answered", true}, {1, "Proceeding", true}, {1, "Answered", true},
	{1, "Hold", true}, {1, "Answered", true}, {1, "Answered", true}, {1, "Disconnected", true}, {0, "Disconnected", true},
}

func newTraffic(open, sessions int) *traffic {
	t := &traffic{open: make([]int, open), step: make([]int, open), next: open, now: 1772463600000}
	for i := range sessions {
		tail := fmt.Sprintf("a0d1793285c1az%xz%x0000", int64(t.now)+int64(i), 0x80c1d+i)
		t.sessions = append(t.sessions, "s-"+tail)
		t.legacy = append(t.legacy, fmt.Sprint(429180487016+int64(i)*1000))
		t.parties = append(t.parties, [2]string{"p-" + tail + "-1", "p-" + tail + "-2"})
	}
	for i := range open {
		t.open[i], t.step[i] = i, i%len(script)
	}
	t.event = wire.Event{UUID: "4654793329359724763", Resource: "/restapi/v1.0/account/809646016/telephony/sessions", Body: wire.Body{
		SessionID: "429180487016", ServerID: "10.13.22.27.TAM", Origin: wire.Origin{Type: wire.OriginCall}, Parties: make([]wire.Party, 1)}}
	return t
}

// take returns the next event: each place in turn, ten events a call, a new call
// when one is over.
func (t *traffic) take() *wire.Event {
	s, e := t.open[t.place], script[t.step[t.place]]
	if t.ticks++; t.ticks%20 == 0 { // 20,000 events a second
		t.now++
	}
	b := &t.event.Body
	b.Sequence = int64(t.step[t.place] + 2)
	b.TelephonySessionID, b.SessionID = t.sessions[s], t.legacy[s]
	b.EventTime = t.now
	t.event.Timestamp = t.now + 60
	p := &b.Parties[0]
	*p = wire.Party{AccountID: "809646016", ID: t.parties[s][e.party], Direction: wire.Outbound, Status: wire.Status{Code: e.code},
		From: wire.Endpoint{PhoneNumber: "+14155550101", Name: "Sam Okafor"}, To: wire.Endpoint{PhoneNumber: "+14155550100"}}
	if e.rich {
		p.To.Name, p.To.ExtensionID = "Alex Rivera", "62242421016"
	}
	if e.party == 1 {
		p.Direction, p.ExtensionID = wire.Inbound, "62242421016"
	}
	if t.step[t.place]++; t.step[t.place] == len(script) {
		t.step[t.place], t.open[t.place] = 0, t.next
		t.next++
	}
	t.place = (t.place + 1) % len(t.open)
	return &t.event
}

// batch is how many events are made ready before they are stepped: as after a
// decoder, they are in the processor's cache, and making them is not measured.
const batch = 256

// run feeds n events to f in batches and reports events/s of f alone.
func (t *traffic) run(b *testing.B, f func(*wire.Event)) {
	events := make([]wire.Event, batch)
	var spent time.Duration
	b.ReportAllocs()
	b.ResetTimer()
	for left := b.N; left > 0; left -= batch {
		ready := events[:min(left, batch)]
		for i := range ready {
			parties := ready[i].Body.Parties
			ready[i] = *t.take()
			ready[i].Body.Parties = append(parties[:0], t.event.Body.Parties...)
			for _, s := range []string{ready[i].Body.TelephonySessionID, ready[i].Body.Parties[0].ID, ready[i].Body.SessionID} {
				t.warm ^= s[len(s)-1] ^ s[0]
			}
		}
		start := time.Now()
		for i := range ready {
			f(&ready[i])
		}
		spent += time.Since(start)
	}
	b.ReportMetric(float64(b.N)/spent.Seconds(), "events/s")
}

// BenchmarkStep steps decoded events of ten-event calls through the engine while so
// many calls are open. The yardstick is the least that anybody could do in the same
// run: a map from the party to its last code.
func BenchmarkStep(b *testing.B) {
	for _, open := range []int{1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("open=%d", open), func(b *testing.B) {
			t := newTraffic(open, open+2*open/10+b.N/len(script)+2)
			e, err := recon.New(recon.Config{Retention: time.Second})
			if err != nil {
				b.Fatal(err)
			}
			for range open {
				ev := t.take()
				e.Step(time.UnixMilli(int64(ev.Timestamp)), ev)
			}
			t.run(b, func(ev *wire.Event) { e.Step(time.UnixMilli(int64(ev.Timestamp)), ev) })
		})
		b.Run(fmt.Sprintf("open=%d/yardstick=map", open), func(b *testing.B) {
			t := newTraffic(open, open+2*open/10+b.N/len(script)+2)
			last := map[string]wire.Code{}
			t.run(b, func(ev *wire.Event) {
				p := &ev.Body.Parties[0]
				if p.Status.Code == "Disconnected" {
					delete(last, p.ID)
				} else {
					last[p.ID] = p.Status.Code
				}
			})
		})
	}
}

// BenchmarkGraph builds the graph of a ten-event call and of a long chain of calls.
func BenchmarkGraph(b *testing.B) {
	for _, name := range []string{"direct-inbound", "attended", "chain"} {
		c := named(b, name)
		b.Run(name, func(b *testing.B) {
			e, _ := recon.New(recon.Config{})
			for i := range c.events {
				e.Step(time.UnixMilli(int64(c.events[i].Timestamp)), &c.events[i])
			}
			id := call.SessionID(c.events[0].Body.TelephonySessionID)
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := e.Call(id); !ok {
					b.Fatal("no call")
				}
			}
		})
	}
}
