package recon_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// FuzzBuild states three laws of any decodable events: the graphs pass call.Check,
// the order does not matter, and a snapshot in the middle does not either.
func FuzzBuild(f *testing.F) {
	for _, c := range conversations(f) {
		var lines []byte
		for i := range c.events {
			lines = append(wire.Append(lines, &c.events[i]), '\n')
		}
		f.Add(lines, uint8(len(c.events)/2))
	}
	f.Fuzz(func(t *testing.T, data []byte, cut uint8) {
		lawful(t, decodable(data), int(cut))
	})
}

// FuzzBuildSpoilt mixes the events of two conversations and spoils some of them in
// ways that still decode: codes, reasons, parties, peers, numbers and times of
// another event.
func FuzzBuildSpoilt(f *testing.F) {
	all := conversations(f)
	for i := range all {
		f.Add(uint64(i), uint8(i), uint8(i*7), uint8(6))
	}
	f.Fuzz(func(t *testing.T, seed uint64, a, b, spoilt uint8) {
		lawful(t, spoil(rand.New(rand.NewPCG(seed, 5)), all[int(a)%len(all)].events, all[int(b)%len(all)].events, int(spoilt)), int(seed%20))
	})
}

// TestAnyEventsMakeASoundGraph runs FuzzBuildSpoilt's law on fresh seeds.
func TestAnyEventsMakeASoundGraph(t *testing.T) {
	all := conversations(t)
	s := seed(t)
	r := rand.New(rand.NewPCG(s, 6))
	t.Log(reproduce(t, s))
	for range orders(t) {
		lawful(t, spoil(r, all[r.IntN(len(all))].events, all[r.IntN(len(all))].events, r.IntN(12)), r.IntN(20))
	}
}

// spoil mixes and damages events.
func spoil(r *rand.Rand, a, b []wire.Event, times int) []wire.Event {
	out := append(slices.Clone(a), b...)
	for i := range out {
		out[i].Body.Parties = slices.Clone(out[i].Body.Parties)
	}
	for range times {
		to, from := &out[r.IntN(len(out))], &out[r.IntN(len(out))]
		p, q := &to.Body.Parties[0], &from.Body.Parties[0]
		switch r.IntN(16) {
		case 0:
			p.Status.Code = q.Status.Code
		case 1:
			p.Status.Reason = q.Status.Reason
		case 2:
			p.Status.Reason = wire.Reasons()[r.IntN(len(wire.Reasons()))]
		case 3:
			p.ID = q.ID
		case 4:
			p.Status.PeerID = &wire.PeerID{TelephonySessionID: from.Body.TelephonySessionID, PartyID: q.ID}
		case 5:
			to.Body.Sequence = from.Body.Sequence
		case 6:
			to.Body.EventTime = from.Body.EventTime
		case 7:
			to.Body.EventTime += wire.Time(r.Int64N(1 << 40))
		case 8:
			to.Body.TelephonySessionID = from.Body.TelephonySessionID
		case 9:
			p.ExtensionID = q.ExtensionID
		case 10:
			p.Direction = q.Direction
		case 11:
			to.Body.Parties = append(to.Body.Parties, *q)
		case 12:
			to.Body.Origin = wire.Origin{Type: []wire.OriginType{wire.OriginRingOut, wire.OriginConference, "Zoom"}[r.IntN(3)]}
		case 13:
			to.Body.Sequence = []int64{0, -1, 1 << 62, 1}[r.IntN(4)]
		case 14:
			p.Status.Code = []wire.Code{"Parked", "Gone", "Hold", "Answered", "Tds", "Disconnected"}[r.IntN(6)]
		case 15:
			p.From, p.To = q.To, q.From
		}
	}
	return out
}

func lawful(t *testing.T, events []wire.Event, cut int) {
	t.Helper()
	for _, scope := range []recon.Scope{recon.ScopeAccount, recon.ScopeExtension} {
		cfg := recon.Config{Scope: scope}
		calls, err := recon.Build(cfg, events)
		require.NoError(t, err)
		for _, c := range calls {
			require.NoError(t, call.Check(c), "%s", call.AppendText(nil, c))
		}
		want := canonical(calls)
		backwards := slices.Clone(events)
		slices.Reverse(backwards)
		calls, _ = recon.Build(cfg, backwards)
		same(t, want, canonical(calls), "the events backwards")
		e, err := recon.New(cfg)
		require.NoError(t, err)
		for i := range events {
			e.Step(time.UnixMilli(int64(events[i].Timestamp)), &events[i])
			if i == cut {
				var snap bytes.Buffer
				require.NoError(t, e.Snapshot(&snap))
				e, err = recon.Restore(cfg, &snap)
				require.NoError(t, err)
			}
		}
		for _, c := range e.Calls() {
			require.NoError(t, call.Check(c), "%s", call.AppendText(nil, c))
		}
	}
}

// decodable reads what can be read of data.
func decodable(data []byte) []wire.Event {
	var out []wire.Event
	for r := wire.NewReader(bytes.NewReader(data), wire.ScannerOptions{}); len(out) < 60; {
		ev, _, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return out
		case err == nil:
			out = append(out, ev)
		}
	}
	return out
}
