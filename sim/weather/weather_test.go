package weather

import (
	"bytes"
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/wire"
)

const began wire.Time = 1_700_000_000_000

func seed(n uint64) *rand.Rand { return rand.New(rand.NewPCG(n, 0)) }

// stream makes n events, 50 ms apart, of ten sessions in turn.
func stream(n int) []wire.Event {
	all := make([]wire.Event, n)
	for i := range all {
		at := began + wire.Time(50*i)
		id := fmt.Sprintf("s-%032x", i%10)
		all[i] = wire.Event{
			UUID: strconv.Itoa(i + 1), Timestamp: at, SubscriptionID: "first", OwnerID: "7",
			Resource: "/restapi/v1.0/account/1/telephony/sessions",
			Body: wire.Body{
				Sequence: int64(2 + i/10), TelephonySessionID: id, EventTime: at - 20,
				Parties: []wire.Party{{ID: "p" + id[1:] + "-1", Direction: wire.Outbound, Status: wire.Status{Code: "Answered"}}},
			},
		}
	}
	return all
}

// run sends events over a line, taking what is due after every Put.
func run(t testing.TB, w Weather, r *rand.Rand, events []wire.Event) ([]Delivery, Count) {
	l, err := New(w, r)
	require.NoError(t, err)
	var all []Delivery
	take := func(now wire.Time) {
		for d, ok := l.Next(now); ok; d, ok = l.Next(now) {
			require.LessOrEqual(t, d.At, now)
			all = append(all, *d)
			parties := &all[len(all)-1].Event.Body.Parties
			*parties = slices.Clone(*parties)
		}
	}
	for i := range events {
		l.Put(&events[i])
		take(events[i].Timestamp)
	}
	take(math.MaxInt64)
	require.Zero(t, l.InFlight())
	return all, l.Count()
}

func TestCalmIsTheIdentity(t *testing.T) {
	events := stream(100)
	events[7].Timestamp = events[6].Timestamp
	var want []Delivery
	for _, ev := range events {
		want = append(want, Delivery{At: ev.Timestamp, Attempt: 1, Event: ev})
	}
	require.Equal(t, want, Calm().Deliver(seed(1), events))
	require.Equal(t, want, Weather{}.Deliver(seed(1), events))
	require.NotSame(t, &events[0].Body.Parties[0], &Calm().Deliver(seed(1), events)[0].Event.Body.Parties[0])

	got, count := run(t, Calm(), seed(1), events)
	require.Equal(t, want, got)
	require.Equal(t, Count{Events: 100, Deliveries: 100}, count)
}

// near requires that n of total happened with probability p, within five standard
// deviations.
func near(t *testing.T, p float64, n int64, total int) {
	t.Helper()
	require.InDelta(t, p*float64(total), float64(n), 5*math.Sqrt(p*(1-p)*float64(total)))
}

func TestEachFaultAlone(t *testing.T) {
	const n = 10_000
	events := stream(n)
	for _, c := range []struct {
		name string
		w    Weather
		want func(t *testing.T, got []Delivery, count Count)
	}{
		{"duplicate", Weather{Duplicate: 0.1}, func(t *testing.T, got []Delivery, count Count) {
			near(t, 0.1, count.Duplicates, n)
			first := map[string]wire.Time{}
			for _, d := range got {
				if d.Attempt == 1 {
					first[d.Event.UUID] = d.At
					require.Equal(t, d.Event.Timestamp, d.At)
					continue
				}
				require.Equal(t, 2, d.Attempt)
				after := d.At - first[d.Event.UUID]
				require.True(t, after >= 1 && after <= 1000, after)
			}
			require.Len(t, first, n)
			require.Equal(t, Count{Events: n, Deliveries: n + count.Duplicates, Duplicates: count.Duplicates}, count)
		}},
		{"reorder", Weather{Reorder: 0.2, Window: 2 * time.Second}, func(t *testing.T, got []Delivery, count Count) {
			near(t, 0.2, count.Reordered, n)
			moved, overtaken, longest := int64(0), 0, wire.Time(0)
			for i, d := range got {
				if by := d.At - d.Event.Timestamp; by > 0 {
					moved++
					longest = max(longest, by)
				}
				if i > 0 && d.Event.Timestamp < got[i-1].Event.Timestamp {
					overtaken++
				}
			}
			require.Equal(t, count.Reordered, moved)
			require.True(t, longest > 1900 && longest <= 2000, longest)
			require.Greater(t, overtaken, n/10)
			require.Equal(t, Count{Events: n, Deliveries: n, Reordered: moved}, count)
		}},
		{"delay", Weather{Delay: 300 * time.Millisecond, DelayCap: time.Minute}, func(t *testing.T, got []Delivery, count Count) {
			sum, beyond := 0.0, int64(0)
			for _, d := range got {
				by := float64(d.At - d.Event.Timestamp)
				sum += by
				if by > 600 {
					beyond++
				}
			}
			require.InDelta(t, 300, sum/n, 5*300/math.Sqrt(n))
			near(t, math.Exp(-600.5/300), beyond, n)
			require.Equal(t, Count{Events: n, Deliveries: n}, count)
		}},
		{"delay has a cap", Weather{Delay: 300 * time.Millisecond, DelayCap: 400 * time.Millisecond}, func(t *testing.T, got []Delivery, _ Count) {
			capped := int64(0)
			for _, d := range got {
				by := d.At - d.Event.Timestamp
				require.LessOrEqual(t, by, wire.Time(400))
				if by == 400 {
					capped++
				}
			}
			near(t, math.Exp(-399.5/300), capped, n)
		}},
		{"delay has a cap by itself", Weather{Delay: 100 * time.Millisecond}, func(t *testing.T, got []Delivery, _ Count) {
			longest := wire.Time(0)
			for _, d := range got {
				longest = max(longest, d.At-d.Event.Timestamp)
			}
			require.True(t, longest > 700 && longest <= 1000, longest)
			require.Equal(t, wire.Time(1000), spansOf(Weather{Delay: 100 * time.Millisecond}).delayCap)
		}},
		{"late", Weather{Late: 0.01, LateBy: 5 * time.Minute}, func(t *testing.T, got []Delivery, count Count) {
			near(t, 0.01, count.Late, n)
			late, sum := int64(0), wire.Time(0)
			for _, d := range got {
				if by := d.At - d.Event.Timestamp; by > 0 {
					require.LessOrEqual(t, by, wire.Time(300_000))
					late++
					sum += by
				}
			}
			require.Equal(t, count.Late, late)
			require.InDelta(t, 150_000, float64(sum)/float64(late), 5*300_000/math.Sqrt(12*float64(late)))
		}},
		{"drop", Weather{Drop: 0.05}, func(t *testing.T, got []Delivery, count Count) {
			near(t, 0.05, count.Dropped, n)
			require.Equal(t, Count{Events: n, Deliveries: int64(len(got)), Dropped: int64(n - len(got))}, count)
		}},
		{"burst", Weather{Burst: 0.002, BurstFor: 10 * time.Second}, func(t *testing.T, got []Delivery, count Count) {
			require.InDelta(t, 14, count.Bursts, 10) // 200 events pass while the line stands, 500 until it stops again
			stood := map[wire.Time]int{}
			for i, d := range got {
				require.Equal(t, strconv.Itoa(i+1), d.Event.UUID) // in order
				require.LessOrEqual(t, d.At-d.Event.Timestamp, wire.Time(10_000))
				stood[d.At]++
			}
			for at, together := range stood {
				if together == 1 {
					delete(stood, at)
				} else {
					require.True(t, together == 201 || at > events[n-1].Timestamp, together)
				}
			}
			require.Len(t, stood, int(count.Bursts))
		}},
		{"retry", Weather{Retry: 0.1, RetryAfter: 20 * time.Second}, func(t *testing.T, got []Delivery, count Count) {
			attempts := map[int]int{}
			for _, d := range got {
				attempts[d.Attempt]++
				require.Equal(t, wire.Time(20_000*(d.Attempt-1)), d.At-d.Event.Timestamp)
			}
			require.Equal(t, n, attempts[1])
			near(t, 0.1, int64(attempts[2]), n)
			near(t, 0.01, int64(attempts[3]), n)
			require.Equal(t, int64(len(got)-n), count.Retries)
		}},
		{"retry ends", Weather{Retry: 1, RetryAfter: time.Second}, func(t *testing.T, got []Delivery, count Count) {
			require.Len(t, got, 5*n)
			require.Equal(t, int64(4*n), count.Retries)
		}},
		{"restart", Weather{Restart: 0.01}, func(t *testing.T, got []Delivery, count Count) {
			near(t, 0.01, count.Restarts, n)
			restarts := int64(0)
			for _, d := range got {
				if d.Restart {
					restarts++
				}
			}
			require.Equal(t, Count{Events: n, Deliveries: n, Restarts: restarts}, count)
		}},
		{"overlap", Weather{Overlap: 1}, func(t *testing.T, got []Delivery, count Count) {
			uuids, changes := map[string]bool{}, map[string]int{}
			second := ""
			for _, d := range got {
				uuids[d.Event.UUID] = true
				changes[fmt.Sprint(d.Event.Body.TelephonySessionID, d.Event.Body.Sequence)]++
				require.Equal(t, d.Event.Timestamp, d.At)
				if d.Event.SubscriptionID == "first" {
					continue
				}
				by := d.Event.Timestamp - d.Event.Body.EventTime - 20
				require.True(t, by >= 1 && by <= 9, by)
				number, err := strconv.ParseInt(d.Event.UUID, 10, 64)
				require.NoError(t, err)
				require.Positive(t, number)
				second = cmp.Or(second, d.Event.SubscriptionID)
				require.Equal(t, second, d.Event.SubscriptionID)
			}
			require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, second)
			require.Len(t, uuids, 2*n)
			require.Len(t, changes, n)
			for change, times := range changes {
				require.Equal(t, 2, times, change)
			}
			require.Equal(t, Count{Events: n, Deliveries: 2 * n, Copies: n}, count)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, count := run(t, c.w, seed(1), events)
			c.want(t, got, count)
			again, same := run(t, c.w, seed(1), events)
			require.Equal(t, count, same)
			require.Equal(t, digest(got), digest(again))
			_, other := run(t, c.w, seed(2), events)
			if c.w.Overlap+float64(c.w.Delay)+c.w.Retry < 1 {
				require.NotEqual(t, count, other)
			}
		})
	}
}

func TestOverlapIsDrawnPerLine(t *testing.T) {
	lines := int64(0)
	for n := range uint64(400) {
		_, count := run(t, Weather{Overlap: 0.25}, seed(n), stream(2))
		require.Contains(t, []int64{0, 2}, count.Copies)
		lines += count.Copies / 2
	}
	near(t, 0.25, lines, 400)
}

func TestOverlapLeavesTheFrameHeaderToEncode(t *testing.T) {
	events := stream(1)
	events[0].Form = wire.FormFrame
	events[0].Wrapper = wire.Members{{Name: "messageId", Value: `"1"`}}
	got := Weather{Overlap: 1}.Deliver(seed(1), events)
	require.Equal(t, events[0], got[0].Event)
	require.Empty(t, got[1].Event.Wrapper)
	require.Contains(t, string(wire.Encode(&got[1].Event)), `"messageId":"`+got[1].Event.UUID+`"`)
}

// TestBurstHoldsWhatIsUnderWay: also what was sent before the line stopped.
func TestBurstHoldsWhatIsUnderWay(t *testing.T) {
	var q queue
	for i, at := range []wire.Time{10, 40, 20, 30, 15, 60} {
		q.push(entry{at: at, order: uint64(i)})
	}
	q.hold(15, 45)
	var got []string
	for e, ok := q.pop(100); ok; e, ok = q.pop(100) {
		got = append(got, fmt.Sprint(int64(e.at), " ", e.order))
	}
	require.Equal(t, []string{"10 0", "15 4", "45 1", "45 2", "45 3", "60 5"}, got)
}

func TestSubscription(t *testing.T) {
	events := stream(6)
	party := func(i int) *wire.Party { return &events[i].Body.Parties[0] }
	party(0).ExtensionID = "11"
	party(1).ExtensionID, party(1).Direction = "12", wire.Inbound
	party(2).Status.Code = "Voicemail"
	party(3).MissedCall = true
	party(4).Recordings = []wire.Recording{{ID: "1"}}
	events[5].Body.Parties = append(events[5].Body.Parties, *party(1))
	party(5).Recordings = []wire.Recording{{ID: "2"}}

	for _, c := range []struct {
		w    Weather
		want string
	}{
		{Weather{}, "123456"},
		{Weather{Extension: "11"}, "1"},
		{Weather{Extension: "12"}, "26"},
		{Weather{Extension: "1"}, ""},
		{Weather{Filter: Filter{Direction: wire.Inbound}}, "26"},
		{Weather{Filter: Filter{Direction: wire.Outbound}}, "13456"},
		{Weather{Filter: Filter{StatusCode: "VoiceMail"}}, "3"},
		{Weather{Filter: Filter{StatusCode: "ANSWERED"}}, "12456"},
		{Weather{Filter: Filter{MissedCall: true}}, "4"},
		{Weather{Filter: Filter{WithRecordings: true}}, "56"},
		{Weather{Filter: Filter{WithRecordings: true, Direction: wire.Outbound}}, "56"},
		{Weather{Filter: Filter{WithRecordings: true}, Extension: "12"}, ""}, // not by two parties together
	} {
		t.Run(fmt.Sprintf("%s%+v", c.w.Extension, c.w.Filter), func(t *testing.T) {
			got, count := run(t, c.w, seed(1), events)
			text := ""
			for _, d := range got {
				text += d.Event.UUID
			}
			require.Equal(t, c.want, text)
			require.Equal(t, Count{Events: 6, Deliveries: int64(len(text)), Filtered: int64(6 - len(text))}, count)
			require.Equal(t, len(text) == 6, c.w.Lossless())
		})
	}
}

// TestDrawn states what holds in every weather.
func TestDrawn(t *testing.T) {
	r := seed(42)
	events := stream(300)
	for n := range uint64(500) {
		w := Draw(r, n%2 == 1)
		require.NoError(t, w.Check())
		got, count := run(t, w, seed(n), events)
		require.Equal(t, got, w.Deliver(seed(n), events), "how often Next is called makes a difference in %+v", w)
		require.Equal(t, count.Events-count.Filtered+count.Copies-count.Dropped+count.Duplicates+count.Retries, count.Deliveries)
		require.Equal(t, int64(len(got)), count.Deliveries)

		arrived, attempts := map[int64]bool{}, map[string]int{}
		for i, d := range got {
			require.GreaterOrEqual(t, d.At, d.Event.Timestamp)
			require.True(t, i == 0 || got[i-1].At <= d.At)
			attempts[d.Event.UUID]++
			require.Equal(t, attempts[d.Event.UUID], d.Attempt)
			arrived[int64(d.Event.Body.EventTime)] = true
		}
		if n%2 == 0 {
			require.True(t, w.Lossless())
			require.Len(t, arrived, len(events))
		}
	}
}

func TestDrawTurnsEverythingOnAndOff(t *testing.T) {
	r := seed(3)
	on, lossy := map[string]int{}, 0
	for range 400 {
		w := Draw(r, true)
		require.Empty(t, w.Extension)
		require.Zero(t, w.Filter)
		for _, m := range w.members() {
			if !m.zero() {
				on[m.name]++
			}
		}
		if !w.Lossless() {
			lossy++
		}
	}
	near(t, 0.75, int64(lossy), 400)
	for _, name := range []string{"duplicate", "reorder", "window", "delay", "delayCap", "late", "lateBy", "burst", "burstFor", "retry", "retryAfter", "restart", "overlap"} {
		near(t, 0.5, int64(on[name]), 400)
	}
}

// TestFaultsRollTheirOwnDice: without the others, a fault does what it did among them.
func TestFaultsRollTheirOwnDice(t *testing.T) {
	events := stream(2000)
	among := func(w Weather) (lost, again, restarts map[string]bool) {
		lost, again, restarts = map[string]bool{}, map[string]bool{}, map[string]bool{}
		for _, ev := range events {
			lost[ev.UUID] = true
		}
		got, _ := run(t, w, seed(9), events)
		for _, d := range got {
			delete(lost, d.Event.UUID)
			if d.Restart {
				restarts[d.Event.UUID] = true
			}
			if d.Attempt == 2 {
				again[d.Event.UUID] = true
			}
		}
		return lost, again, restarts
	}
	all := Storm()
	all.Retry, all.Overlap = 0, 0
	lost, again, restarts := among(all)
	alone, _, _ := among(Weather{Drop: all.Drop})
	require.Equal(t, lost, alone)
	_, alone, _ = among(Weather{Duplicate: all.Duplicate, Drop: all.Drop})
	require.Equal(t, again, alone)
	_, _, alone = among(Weather{Restart: all.Restart, Drop: all.Drop})
	require.Equal(t, restarts, alone)
	for _, some := range []map[string]bool{lost, again, restarts} {
		require.NotEmpty(t, some)
	}
}

// digest is a hash of everything that a receiver could see.
func digest(all []Delivery) uint64 {
	h := fnv.New64a()
	var b []byte
	for i := range all {
		d := &all[i]
		b = fmt.Appendf(b[:0], "%d %d %t ", int64(d.At), d.Attempt, d.Restart)
		h.Write(wire.Append(b, &d.Event))
	}
	return h.Sum64()
}

// TestGolden pins what a seed gives. A change of it makes every case that was kept as
// a seed another case.
func TestGolden(t *testing.T) {
	got, count := run(t, Storm(), seed(5), stream(1000))
	require.Equal(t, Count{
		Events: 1000, Deliveries: 2245, Dropped: 40, Copies: 1000, Duplicates: 189, Retries: 96,
		Reordered: 449, Late: 44, Bursts: 1, Restarts: 7,
	}, count)
	require.Equal(t, uint64(0xf7445e6b51155e3a), digest(got))
}

func TestGoldenDraw(t *testing.T) {
	text, err := Draw(seed(1), true).MarshalJSON()
	require.NoError(t, err)
	require.Equal(t, `{"duplicate":0.001,"reorder":0.001,"window":"20s","delay":"3m0s","delayCap":"3m0s","drop":0.01,"retry":0.01,"retryAfter":"20s"}`, string(text))
}

func TestPutKeepsNothingOfTheCallers(t *testing.T) {
	events := stream(500)
	want, _ := run(t, Storm(), seed(4), events)

	l, err := New(Storm(), seed(4))
	require.NoError(t, err)
	var ev wire.Event
	var room [1]wire.Party
	for i := range events {
		ev = events[i]
		ev.Body.Parties = append(room[:0], events[i].Body.Parties...)
		l.Put(&ev)
		ev, room = wire.Event{UUID: "gone"}, [1]wire.Party{{ID: "gone"}}
	}
	var got bytes.Buffer
	for _, d := range want {
		next, ok := l.Next(math.MaxInt64)
		require.True(t, ok)
		got.Reset()
		got.Write(wire.Encode(&next.Event))
		require.Equal(t, string(wire.Encode(&d.Event)), got.String())
	}
}

func TestNextIsValidUntilTheNext(t *testing.T) {
	l, err := New(Calm(), seed(1))
	require.NoError(t, err)
	_, ok := l.Due()
	require.False(t, ok)
	events := stream(10)
	l.Put(&events[0])
	d, ok := l.Next(math.MaxInt64)
	require.True(t, ok)
	for i := range events[1:] {
		l.Put(&events[1+i])
	}
	require.Equal(t, events[0], d.Event)

	at, ok := l.Due()
	require.True(t, ok)
	require.Equal(t, events[1].Timestamp, at)
	require.Equal(t, 9, l.InFlight())
	_, ok = l.Next(at - 1)
	require.False(t, ok)
	d, ok = l.Next(at)
	require.True(t, ok)
	require.Equal(t, "2", d.Event.UUID)
}

// TestSteadyState: what a line holds does not grow with what went over it, and in calm
// weather it allocates nothing.
func TestSteadyState(t *testing.T) {
	calm, storm := newTraffic(t, Calm()), newTraffic(t, withoutOverlap(Storm()))
	calm.send(100)
	storm.send(50_000)
	require.Zero(t, testing.AllocsPerRun(1000, func() { calm.send(1) }))
	require.Less(t, testing.AllocsPerRun(20_000, func() { storm.send(1) }), 0.05)
	require.Less(t, storm.line.InFlight()+len(storm.line.idle), 10_000)
}

// TestQueueThatIsNeverEmpty: what is gone makes room all the same.
func TestQueueThatIsNeverEmpty(t *testing.T) {
	var q queue
	q.push(entry{})
	for i := range uint64(10_000) {
		q.push(entry{order: i + 1})
		e, ok := q.pop(0)
		require.True(t, ok)
		require.Equal(t, i, e.order)
	}
	require.Equal(t, 1, q.len())
	require.Less(t, cap(q.run), 10)
}

func TestExponentialIsOne(t *testing.T) {
	const mean = 1 << 20
	for _, u := range []uint64{0, 1, 2, 3, 1 << 20, 1<<40 + 12345, 1 << 63, 1<<63 - 1, math.MaxUint64, 0x9e3779b97f4a7c15, 0xabcdef0123456789} {
		want := -math.Log(max(float64(u), 0.5)/(1<<64)) * mean
		require.InDelta(t, want, float64(exponential(u, mean)), 0.0002*mean, u)
	}
	require.Equal(t, wire.Time(0), exponential(math.MaxUint64, 1000))
	require.Equal(t, uint64(1<<32), scale(1<<32-1, 1<<32+1)) // the rounding carries
	require.Positive(t, exponential(0, wire.Time(math.MaxInt64/int64(time.Millisecond))))
}

func TestOdds(t *testing.T) {
	d := newDice(1)
	for n := range uint64(1000) {
		require.True(t, d.chance(faultDrop, oddsOf(1), n))
		require.False(t, d.chance(faultDrop, oddsOf(0), n))
	}
	require.Equal(t, odds(1), oddsOf(1e-300))
	require.Equal(t, odds(1<<52), oddsOf(0.5))
}

// traffic is an endless stream over a line.
type traffic struct {
	line   *Line
	events []wire.Event
	n      int
	now    wire.Time
}

func newTraffic(tb testing.TB, w Weather) *traffic {
	l, err := New(w, seed(1))
	require.NoError(tb, err)
	return &traffic{line: l, events: stream(100), now: began}
}

// send sends n events, 10 ms apart, and takes what is due.
func (tr *traffic) send(n int) {
	for range n {
		ev := &tr.events[tr.n%len(tr.events)]
		tr.n++
		tr.now += 10
		ev.Timestamp = tr.now
		tr.line.Put(ev)
		for _, ok := tr.line.Next(tr.now); ok; _, ok = tr.line.Next(tr.now) {
		}
	}
}

func withoutOverlap(w Weather) Weather {
	w.Overlap = 0
	return w
}

func BenchmarkLine(b *testing.B) {
	overlap := Storm()
	overlap.Overlap = 1
	for _, c := range []struct {
		name string
		w    Weather
	}{{"calm", Calm()}, {"usual", Usual()}, {"storm", withoutOverlap(Storm())}, {"storm-overlap", overlap}} {
		b.Run(c.name, func(b *testing.B) {
			tr := newTraffic(b, c.w)
			tr.send(50_000)
			b.ReportAllocs()
			b.ResetTimer()
			tr.send(b.N)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
