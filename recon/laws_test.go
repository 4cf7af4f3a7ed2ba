package recon_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// The laws: a graph is a function of the set of events, and nothing false is said
// when some of them are lost. LEGWORK_SEED replays a failure's seed; LEGWORK_SOAK
// multiplies the counts.

const exhaustive = 8 // conversations up to this length are tried in every order

func orders(t testing.TB) int {
	if os.Getenv("LEGWORK_SOAK") != "" {
		return 50_000
	}
	return 2_000
}

func seed(t testing.TB) uint64 {
	if s := os.Getenv("LEGWORK_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		require.NoError(t, err)
		return n
	}
	return uint64(time.Now().UnixNano())
}

func reproduce(t testing.TB, seed uint64) string {
	return fmt.Sprintf("LEGWORK_SEED=%d go test ./recon -run '^%s$'", seed, t.Name())
}

func TestLawEveryOrder(t *testing.T) {
	tried := 0
	for _, c := range conversations(t) {
		want := canonical(c.build(t, c.events))
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if len(c.events) <= exhaustive {
				permute(slices.Clone(c.events), func(events []wire.Event) {
					same(t, want, canonical(c.build(t, events)), "the permutation is exhaustive")
				})
				return
			}
			s := seed(t)
			r := rand.New(rand.NewPCG(s, 1))
			for range orders(t) {
				same(t, want, canonical(c.build(t, disturbed(r, c.events))), reproduce(t, s))
			}
		})
		tried++
	}
	require.Positive(t, tried)
}

// permute calls f with every order of events (Heap's algorithm).
func permute(events []wire.Event, f func([]wire.Event)) {
	var rec func(int)
	rec = func(n int) {
		if n <= 1 {
			f(events)
			return
		}
		for i := range n {
			rec(n - 1)
			if n%2 == 0 {
				events[i], events[n-1] = events[n-1], events[i]
			} else {
				events[0], events[n-1] = events[n-1], events[0]
			}
		}
	}
	rec(len(events))
}

// disturbed shuffles events and repeats some, as another subscription would: the
// same change with another uuid and timestamp.
func disturbed(r *rand.Rand, events []wire.Event) []wire.Event {
	out := slices.Clone(events)
	for range r.IntN(len(events)) {
		again := events[r.IntN(len(events))]
		again.UUID = fmt.Sprint(9_000_000_000_000_000_000 + r.Uint64N(1000))
		again.Timestamp += wire.Time(r.IntN(5000))
		out = append(out, again)
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// engineCalls runs events through an engine in pieces, with Ticks and restarts in
// between, and returns its graphs as of long after.
func engineCalls(t testing.TB, cfg recon.Config, events []wire.Event, tick, restart func(int) bool) []*call.Call {
	t.Helper()
	cfg.Retention = 1000 * time.Hour
	e, err := recon.New(cfg)
	require.NoError(t, err)
	now := time.UnixMilli(int64(events[0].Body.EventTime))
	for i := range events {
		e.Step(now, &events[i])
		if tick(i) {
			now = now.Add(17 * time.Second)
			e.Tick(now)
		}
		if restart(i) {
			var buf bytes.Buffer
			require.NoError(t, e.Snapshot(&buf))
			e, err = recon.Restore(cfg, &buf)
			require.NoError(t, err)
		}
	}
	e.Tick(now.Add(2 * time.Hour))
	return e.Calls()
}

func TestLawBatchSplitsAndRestarts(t *testing.T) {
	never := func(int) bool { return false }
	for _, c := range conversations(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want := canonical(c.build(t, c.events))
			for at := range c.events {
				same(t, want, canonical(engineCalls(t, c.config, c.events, never, func(i int) bool { return i == at })), fmt.Sprintf("restart after event %d", at))
				same(t, want, canonical(engineCalls(t, c.config, c.events, func(i int) bool { return i == at }, never)), fmt.Sprintf("tick after event %d", at))
			}
			s := seed(t)
			r := rand.New(rand.NewPCG(s, 2))
			coin := func(int) bool { return r.IntN(3) == 0 }
			for range 50 {
				same(t, want, canonical(engineCalls(t, c.config, disturbed(r, c.events), coin, coin)), reproduce(t, s))
			}
		})
	}
}

func TestLawUnrelatedCallChangesNothing(t *testing.T) {
	all := conversations(t)
	for i, c := range all {
		other := all[(i+7)%len(all)]
		stranger := renamed(other.events, "9")
		want := append(c.build(t, c.events), other.build(t, stranger)...)
		got := c.build(t, append(slices.Clone(stranger), c.events...))
		byID := func(a, b *call.Call) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) }
		if c.config != other.config {
			continue
		}
		// The time asked at differs when the stranger is longer; status is the one field
		// that depends on it, and every call here is over.
		slices.SortFunc(want, byID)
		slices.SortFunc(got, byID)
		same(t, canonical(want), canonical(got), c.name+" beside "+other.name)
	}
}

func TestLawRenaming(t *testing.T) {
	for _, c := range conversations(t) {
		want := canonical(c.build(t, c.events))
		got := canonical(c.build(t, renamed(c.events, "7")))
		same(t, []byte(renameText(string(want), "7")), got, c.name)
	}
}

func TestLawShiftingTime(t *testing.T) {
	const by = 86_400_000 * 3
	for _, c := range conversations(t) {
		events := slices.Clone(c.events)
		for i := range events {
			events[i].Timestamp += by
			events[i].Body.EventTime += by
			renameEvent(&events[i], func(id string) string { return shiftID(id, by) })
		}
		got := shiftText(canonical(c.build(t, events)), -by)
		same(t, canonical(c.build(t, c.events)), got, c.name)
	}
}

// renamed gives every id of the events another name: sessions, parties, extensions.
func renamed(events []wire.Event, digit string) []wire.Event {
	out := slices.Clone(events)
	for i := range out {
		renameEvent(&out[i], func(id string) string { return renameText(id, digit) })
	}
	return out
}

func renameText(s, digit string) string {
	return strings.NewReplacer("3285c1a", digit+"285c1a", "-0000000000000", "-"+digit+"000000000000", "62254", "6225"+digit).Replace(s)
}

func renameEvent(ev *wire.Event, f func(string) string) {
	ev.Body.TelephonySessionID = f(ev.Body.TelephonySessionID)
	ev.Body.Parties = slices.Clone(ev.Body.Parties)
	for i := range ev.Body.Parties {
		p := &ev.Body.Parties[i]
		for _, id := range []*string{&p.ID, &p.ExtensionID, &p.From.ExtensionID, &p.To.ExtensionID} {
			*id = f(*id)
		}
		if p.Status.PeerID != nil {
			peer := *p.Status.PeerID
			peer.TelephonySessionID, peer.PartyID = f(peer.TelephonySessionID), f(peer.PartyID)
			p.Status.PeerID = &peer
		}
	}
}

var (
	created = regexp.MustCompile(`285c1az([0-9a-f]{11})z`)
	instant = regexp.MustCompile(`20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]{12}Z`)
)

// shiftID moves the creation time that an id carries.
func shiftID(id string, by int64) string {
	return created.ReplaceAllStringFunc(id, func(m string) string {
		n, _ := strconv.ParseInt(m[7:18], 16, 64)
		return fmt.Sprintf("285c1az%xz", n+by)
	})
}

func shiftText(b []byte, by int64) []byte {
	return []byte(instant.ReplaceAllStringFunc(shiftID(string(b), by), func(m string) string {
		at, _ := time.Parse(time.RFC3339, m)
		return call.TimeOf(at.Add(time.Duration(by) * time.Millisecond)).String()
	}))
}
