package sim_test

import (
	"encoding/json"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/org"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
	"github.com/legworkhq/legwork/sim/weather"
)

// plain is a notification as encoding/json writes it: structs of the same content and
// size.
type plain struct {
	UUID           string `json:"uuid"`
	Event          string `json:"event"`
	Timestamp      string `json:"timestamp"`
	SubscriptionID string `json:"subscriptionId"`
	OwnerID        string `json:"ownerId"`
	Body           struct {
		Sequence           int64        `json:"sequence"`
		SessionID          string       `json:"sessionId"`
		TelephonySessionID string       `json:"telephonySessionId"`
		ServerID           string       `json:"serverId"`
		EventTime          string       `json:"eventTime"`
		Parties            []plainParty `json:"parties"`
		Origin             struct {
			Type string `json:"type"`
		} `json:"origin"`
	} `json:"body"`
}

type plainParty struct {
	AccountID   string   `json:"accountId"`
	ExtensionID string   `json:"extensionId,omitempty"`
	ID          string   `json:"id"`
	Direction   string   `json:"direction"`
	To          plainEnd `json:"to"`
	From        plainEnd `json:"from"`
	Status      struct {
		Code         string       `json:"code"`
		Reason       string       `json:"reason,omitempty"`
		PeerID       *plainPeer   `json:"peerId,omitempty"`
		MobilePickup *plainPickup `json:"mobilePickupData,omitempty"`
		RCC          bool         `json:"rcc"`
	} `json:"status"`
	Park       struct{} `json:"park"`
	MissedCall bool     `json:"missedCall"`
	StandAlone bool     `json:"standAlone"`
	Muted      bool     `json:"muted"`
}

type plainEnd struct {
	PhoneNumber string `json:"phoneNumber,omitempty"`
	Name        string `json:"name,omitempty"`
	ExtensionID string `json:"extensionId,omitempty"`
	DeviceID    string `json:"deviceId,omitempty"`
}

type plainPeer struct {
	SessionID          string `json:"sessionId"`
	TelephonySessionID string `json:"telephonySessionId"`
	PartyID            string `json:"partyId"`
}

type plainPickup struct {
	CCMailboxes []string `json:"ccMailboxes"`
	To          string   `json:"to"`
	SID         string   `json:"sid"`
	SrvLvl      string   `json:"srvLvl"`
	SrvLvlExt   string   `json:"srvLvlExt"`
}

// lanes plays a day in two streams, as legwork simulate does.
func lanes(b *testing.B, calls int) []*sim.Stream {
	c, err := org.New(org.Config{Size: 500, Seed: 1})
	require.NoError(b, err)
	x, err := pbx.NewExchange(c)
	require.NoError(b, err)
	var out []*sim.Stream
	for lane := range 2 {
		d, err := org.NewDay(c, org.DayConfig{Seed: 1, Mix: sim.DefaultMix(), Calls: calls})
		require.NoError(b, err)
		s, err := sim.NewStream(sim.StreamConfig{Exchange: x, IDs: wire.Grammar2022, Weather: weather.Calm(), NoAnswers: true, Next: sim.Day(c, d, lane, 2)})
		require.NoError(b, err)
		out = append(out, s)
	}
	return out
}

// BenchmarkGenerate makes notifications and writes them as NDJSON, on two processors
// where there are two; beside it, encoding/json writes as many structs of the same
// content, one after another. The ratio is what travels between machines.
func BenchmarkGenerate(b *testing.B) {
	const calls = 100_000
	var ours, theirs time.Duration // for one notification
	s := lanes(b, calls)[0]
	var sample []plain
	for range 2000 {
		d, ok := s.Next()
		require.True(b, ok)
		var p plain
		require.NoError(b, json.Unmarshal(wire.Encode(&d.Event), &p))
		sample = append(sample, p)
	}
	for b.Loop() {
		n, took := generate(lanes(b, calls))
		ours = took / time.Duration(n)
		began := time.Now()
		for i := range n {
			if _, err := json.Marshal(&sample[i%len(sample)]); err != nil {
				b.Fatal(err)
			}
		}
		theirs = time.Since(began) / time.Duration(n)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(1e9/float64(ours), "events/s")
	b.ReportMetric(1e9/float64(theirs), "encoding-json/s")
	b.ReportMetric(float64(theirs)/float64(ours), "times-faster")
}

func generate(streams []*sim.Stream) (events int, took time.Duration) {
	began := time.Now()
	done := make(chan int, len(streams))
	for _, s := range streams {
		go func() {
			var buf []byte
			n := 0
			for d, ok := s.Next(); ok; d, ok = s.Next() {
				buf = append(wire.Append(buf[:0], &d.Event), '\n')
				n++
			}
			done <- n
		}()
	}
	for range streams {
		events += <-done
	}
	return events, time.Since(began)
}

// BenchmarkConcurrent holds 95,000 calls at once, of two sessions each, and reports what they take.
func BenchmarkConcurrent(b *testing.B) {
	x, err := pbx.NewExchange(pbx.Office())
	require.NoError(b, err)
	sc, err := script.Named("attended-transfer")
	require.NoError(b, err)
	for b.Loop() {
		var before, peak runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s, err := sim.NewStream(sim.StreamConfig{Exchange: x, IDs: wire.Grammar2022, NoAnswers: true, Next: sim.Again(sc.Script(), 200_000, 1, 1, 0, 1)})
		require.NoError(b, err)
		most := 0
		for d, ok := s.Next(); ok && d.At < sim.Start+94_900; d, ok = s.Next() {
			most = max(most, s.Live())
		}
		runtime.GC()
		runtime.ReadMemStats(&peak)
		runtime.KeepAlive(s)
		b.ReportMetric(float64(most), "calls")
		b.ReportMetric(float64(peak.HeapAlloc-before.HeapAlloc)/float64(most), "bytes/call")
		b.ReportMetric(float64(peak.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB")
	}
}
