package wire_test

import (
	"encoding/json"
	"testing"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/legworkhq/legwork/recon/wire"
)

// The yardstick: encoding/json into plain structs that hold the same.
type stdEvent struct {
	UUID           string    `json:"uuid"`
	Event          string    `json:"event"`
	Timestamp      time.Time `json:"timestamp"`
	SubscriptionID string    `json:"subscriptionId"`
	OwnerID        string    `json:"ownerId"`
	Body           struct {
		Sequence           int64      `json:"sequence"`
		SessionID          string     `json:"sessionId"`
		TelephonySessionID string     `json:"telephonySessionId"`
		ServerID           string     `json:"serverId"`
		EventTime          time.Time  `json:"eventTime"`
		Parties            []stdParty `json:"parties"`
		Origin             struct {
			Type string `json:"type"`
		} `json:"origin"`
		AccountID   string `json:"accountId"`
		ExtensionID string `json:"extensionId"`
	} `json:"body"`
}

type stdParty struct {
	AccountID   string      `json:"accountId"`
	ExtensionID string      `json:"extensionId"`
	ID          string      `json:"id"`
	Direction   string      `json:"direction"`
	To          stdEndpoint `json:"to"`
	From        stdEndpoint `json:"from"`
	Status      struct {
		Code   string `json:"code"`
		Reason string `json:"reason"`
		RCC    bool   `json:"rcc"`
		PeerID *struct {
			TelephonySessionID string `json:"telephonySessionId"`
			SessionID          string `json:"sessionId"`
			PartyID            string `json:"partyId"`
		} `json:"peerId"`
		ParkData         string `json:"parkData"`
		MobilePickupData *struct {
			CCMailboxes []string `json:"ccMailboxes"`
			To          string   `json:"to"`
			SID         string   `json:"sid"`
			SrvLvl      string   `json:"srvLvl"`
			SrvLvlExt   string   `json:"srvLvlExt"`
		} `json:"mobilePickupData"`
	} `json:"status"`
	Park struct {
		ID string `json:"id"`
	} `json:"park"`
	MissedCall bool `json:"missedCall"`
	StandAlone bool `json:"standAlone"`
	Muted      bool `json:"muted"`
	QueueCall  bool `json:"queueCall"`
	Recordings []struct {
		ID     string `json:"id"`
		Active bool   `json:"active"`
	} `json:"recordings"`
}

type stdEndpoint struct {
	PhoneNumber string `json:"phoneNumber"`
	Name        string `json:"name"`
	ExtensionID string `json:"extensionId"`
	DeviceID    string `json:"deviceId"`
}

func decodeStd(b *testing.B, raw []byte) {
	for b.Loop() {
		var ev stdEvent
		if err := json.Unmarshal(raw, &ev); err != nil {
			b.Fatal(err)
		}
	}
}

// decodeV2 is the tokenizer's own best: its struct decoder, which keeps no unknown
// members.
func decodeV2(b *testing.B, raw []byte) {
	for b.Loop() {
		var ev stdEvent
		if err := jsonv2.Unmarshal(raw, &ev, jsontext.AllowInvalidUTF8(true)); err != nil {
			b.Fatal(err)
		}
	}
}

func decodeWire(b *testing.B, raw []byte) {
	for b.Loop() {
		if _, err := wire.Decode(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func decodeInto(b *testing.B, raw []byte) {
	var ev wire.Event
	for b.Loop() {
		if err := wire.DecodeInto(&ev, raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, in := range []struct{ name, raw string }{{"two-parties", twoParties}, {"one-party", oneParty}} {
		raw := []byte(in.raw)
		for _, way := range []struct {
			name string
			run  func(*testing.B, []byte)
		}{{"legwork", decodeWire}, {"legwork-into", decodeInto}, {"jsontext-reference", decodeReference}, {"go-json-experiment", decodeV2}, {"encoding-json", decodeStd}} {
			b.Run(in.name+"/"+way.name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(raw)))
				way.run(b, raw)
			})
		}
	}
}

// BenchmarkDecodeRatio measures encoding/json and Decode in turns and reports how
// many times faster Decode is. The project's promise is 5.
func BenchmarkDecodeRatio(b *testing.B) {
	raw := []byte(twoParties)
	const round = 200
	var std, own time.Duration
	for b.Loop() {
		start := time.Now()
		for range round {
			var ev stdEvent
			if err := json.Unmarshal(raw, &ev); err != nil {
				b.Fatal(err)
			}
		}
		middle := time.Now()
		for range round {
			if _, err := wire.Decode(raw); err != nil {
				b.Fatal(err)
			}
		}
		std += middle.Sub(start)
		own += time.Since(middle)
	}
	b.ReportMetric(float64(std)/float64(own), "times-faster")
	b.ReportMetric(float64(own)/float64(b.N*round), "legwork-ns/event")
	b.ReportMetric(float64(std)/float64(b.N*round), "encoding-json-ns/event")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkAppend(b *testing.B) {
	for _, in := range []struct{ name, raw string }{{"two-parties", twoParties}, {"one-party", oneParty}} {
		b.Run(in.name, func(b *testing.B) {
			ev, err := wire.Decode([]byte(in.raw))
			if err != nil {
				b.Fatal(err)
			}
			var dst []byte
			b.ReportAllocs()
			b.SetBytes(int64(len(in.raw)))
			for b.Loop() {
				dst = wire.Append(dst[:0], &ev)
			}
		})
	}
}
