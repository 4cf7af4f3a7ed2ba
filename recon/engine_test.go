package recon_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/convo"
	"github.com/legworkhq/legwork/recon/wire"
)

var start = time.UnixMilli(int64(convo.Start))

func TestStepSaysWhatBecameOfTheEvent(t *testing.T) {
	events := named(t, "direct-inbound").events
	e, err := recon.New(recon.Config{})
	require.NoError(t, err)
	id := call.SessionID(events[0].Body.TelephonySessionID)

	ch := e.Step(start, &events[1])
	require.Equal(t, recon.Applied, ch.Fate)
	require.False(t, ch.Late)
	require.Equal(t, []call.SessionID{id}, ch.Changed)
	ch = e.Step(start, &events[0])
	require.Equal(t, recon.Applied, ch.Fate)
	require.True(t, ch.Late)
	again := events[0]
	again.UUID, again.Timestamp = "1", again.Timestamp+1
	ch = e.Step(start, &again)
	require.Equal(t, recon.Duplicate, ch.Fate)
	require.Empty(t, ch.Changed)

	for why, spoil := range map[recon.Why]func(*wire.Event){
		recon.NoSessionID: func(e *wire.Event) { e.Body.TelephonySessionID = "" },
		recon.NoParties:   func(e *wire.Event) { e.Body.Parties = nil },
		recon.NoEventTime: func(e *wire.Event) { e.Body.EventTime = 0 },
		recon.NoPartyID:   func(e *wire.Event) { e.Body.Parties = []wire.Party{{}} },
	} {
		bad := events[0]
		spoil(&bad)
		ch := e.Step(start, &bad)
		require.Equal(t, recon.Ignored, ch.Fate)
		require.Equal(t, why, ch.Why)
	}
}

func TestStepReportsMerges(t *testing.T) {
	events := named(t, "attended").events
	slices.Reverse(events) // B is known before A, and apart from it
	e, _ := recon.New(recon.Config{})
	a, b := call.SessionID(convo.SessionID("A", 0)), call.SessionID(convo.SessionID("B", 22))
	var merges []recon.Merge
	for i := range events {
		merges = append(merges, e.Step(start, &events[i]).Merged...)
	}
	require.Equal(t, []recon.Merge{{From: b, Into: a}}, merges)
	one, _ := e.Call(a)
	same, _ := e.Call(b)
	require.Equal(t, canonical([]*call.Call{one}), canonical([]*call.Call{same}), "a member session names the call")
	require.Equal(t, []call.SessionID{a}, e.IDs())
}

// An id that carries no time names a call only until an earlier beginning is known.
func TestStepReportsANewName(t *testing.T) {
	text := strings.ReplaceAll(named(t, "attended-twice").eventText, "session C ids=2019 at=62", "session C ids=2019 at=62")
	events := parse(t, text)
	slices.Reverse(events)
	e, _ := recon.New(recon.Config{})
	into := map[call.SessionID]call.SessionID{}
	for i := range events {
		ch := e.Step(start, &events[i])
		for _, m := range ch.Merged {
			require.NotEqual(t, m.From, m.Into)
			into[m.From] = m.Into
		}
	}
	final := e.IDs()
	require.Len(t, final, 1)
	for from := range into {
		id := from
		for range 10 {
			if next, ok := into[id]; ok && id != final[0] {
				id = next
			}
		}
		require.Equal(t, final[0], id, "following the merges from %s does not lead to the call", from)
	}
}

func TestCallWithoutEndIsClosedAtItsBound(t *testing.T) {
	events := named(t, "direct-inbound").events[:5]
	e, _ := recon.New(recon.Config{OpenBound: 2 * time.Hour})
	for i := range events {
		e.Step(start, &events[i])
	}
	require.Empty(t, e.Tick(start.Add(119*time.Minute)).Final)
	id := e.IDs()[0]
	c, _ := e.Call(id)
	require.Equal(t, call.Open, c.Status)
	require.Equal(t, []call.SessionID{id}, e.Tick(start.Add(121*time.Minute)).Final)
	c, _ = e.Call(id)
	require.Equal(t, call.Final, c.Status)
	require.Equal(t, call.NoEnd, c.Findings[0].Kind)
	require.NoError(t, call.Check(c))
}

func TestCallWaitsForThePeersSession(t *testing.T) {
	c := named(t, "supervise-dialled")
	var events []wire.Event
	for _, ev := range c.events {
		if strings.Contains(ev.Body.TelephonySessionID, fmt.Sprintf("z%xz", int64(convo.Start)+20_000-25)) {
			events = append(events, ev) // the supervisor's own session alone
		}
	}
	require.Len(t, events, 4)
	e, _ := recon.New(recon.Config{})
	now := start
	for i := range events {
		now = time.UnixMilli(int64(events[i].Timestamp))
		e.Step(now, &events[i])
	}
	require.Empty(t, e.Tick(now.Add(9*time.Minute)).Final)
	g, _ := e.Call(call.SessionID(events[0].Body.TelephonySessionID))
	require.Equal(t, call.Settling, g.Status)
	require.Len(t, e.Tick(now.Add(11*time.Minute)).Final, 1)
	g, _ = e.Call(g.ID)
	require.Equal(t, call.Final, g.Status)
	require.Equal(t, call.UnresolvedPeer, g.Findings[0].Kind)
}

func TestMemoryIsBounded(t *testing.T) {
	e, _ := recon.New(recon.Config{MaxObservations: 1000, Remember: 64})
	tr := newTraffic(300, 20_000)
	evicted := map[call.SessionID]bool{}
	for range 100_000 {
		ev := tr.take()
		for _, id := range e.Step(time.UnixMilli(int64(ev.Timestamp)), ev).Evicted {
			evicted[id] = true
		}
		_, sessions, observations := e.Len()
		require.LessOrEqual(t, observations, 1000)
		require.LessOrEqual(t, sessions, 1000)
	}
	require.NotEmpty(t, evicted, "and it is said what was forgotten early")
}

func TestFinalCallsAreBounded(t *testing.T) {
	e, _ := recon.New(recon.Config{MaxFinal: 10, Retention: 1000 * time.Hour})
	tr := newTraffic(50, 3000)
	var now time.Time
	finals, evicted := 0, 0
	for range 20_000 {
		ev := tr.take()
		now = time.UnixMilli(int64(ev.Timestamp))
		e.Step(now, ev)
	}
	for range 100 {
		now = now.Add(time.Hour)
		ch := e.Tick(now)
		finals, evicted = finals+len(ch.Final), evicted+len(ch.Evicted)
	}
	calls, _, _ := e.Len()
	require.LessOrEqual(t, calls, 10)
	require.Equal(t, finals, evicted+calls)
}

func TestConfigThatMakesNoSense(t *testing.T) {
	for field, cfg := range map[string]recon.Config{
		"Scope": {Scope: 9}, "Quiet": {Quiet: -1}, "PeerWait": {PeerWait: -1}, "Retention": {Retention: -1}, "OpenBound": {OpenBound: -1},
		"MaxObservations": {MaxObservations: -1}, "MaxFinal": {MaxFinal: -1}, "Remember": {Remember: -1},
	} {
		_, err := recon.New(cfg)
		var ce *recon.ConfigError
		require.True(t, errors.As(err, &ce), field)
		require.Equal(t, field, ce.Field)
		_, err = recon.Restore(cfg, strings.NewReader(""))
		require.True(t, errors.As(err, &ce), field)
		_, err = recon.Build(cfg, nil)
		if field != "MaxObservations" && field != "MaxFinal" { // Build sets its own
			require.Error(t, err, field)
		}
	}
}

func TestRestoreRefusesWhatIsNoSnapshot(t *testing.T) {
	e, _ := recon.New(recon.Config{})
	events := named(t, "attended").events
	for i := range events {
		e.Step(start, &events[i])
	}
	var good bytes.Buffer
	require.NoError(t, e.Snapshot(&good))
	for what, text := range map[string]string{
		"empty": "", "not JSON": "hello", "another format": `{"format":"x","version":1}`, "a later version": `{"format":"legwork recon snapshot","version":99}`,
		"cut short": good.String()[:good.Len()/2], "twice the call": strings.Replace(good.String(), `"calls":1`, `"calls":2`, 1) + strings.SplitN(good.String(), "\n", 2)[1],
		"no sessions": `{"format":"legwork recon snapshot","version":1,"now":0,"calls":1}` + "\n" + `{"queue":0,"touched":0,"sessions":[]}`,
		"a bad face":  strings.Replace(good.String(), `"face":0`, `"face":77`, 1),
	} {
		_, err := recon.Restore(recon.Config{}, strings.NewReader(text))
		require.ErrorIs(t, err, recon.ErrSnapshot, what)
	}
	again, err := recon.Restore(recon.Config{}, bytes.NewReader(good.Bytes()))
	require.NoError(t, err)
	var second bytes.Buffer
	require.NoError(t, again.Snapshot(&second))
	require.Equal(t, good.String(), second.String())
}

func TestEventIsNotKept(t *testing.T) {
	events := named(t, "attended").events
	want := canonical(named(t, "attended").build(t, events))
	e, _ := recon.New(recon.Config{})
	raw := make([]byte, 0, 4096)
	var ev wire.Event
	for i := range events {
		raw = wire.Append(raw[:0], &events[i])
		require.NoError(t, wire.DecodeInto(&ev, raw))
		e.Step(start, &ev)
		clear(raw)
		ev.Body.Parties[0] = wire.Party{}
	}
	e.Tick(start.Add(time.Hour))
	require.Equal(t, want, canonical(e.Calls()))
}

func TestDraftIsDetached(t *testing.T) {
	events := named(t, "attended").events
	e, _ := recon.New(recon.Config{})
	for i := range events[:8] {
		e.Step(start, &events[i])
	}
	id := e.IDs()[0]
	d, ok := e.Draft(id)
	require.True(t, ok)
	c, _ := e.Call(id)
	want := canonical([]*call.Call{c})
	for i := range events {
		again := events[i]
		again.UUID = "1"
		e.Step(start, &again)
	}
	require.Equal(t, want, canonical([]*call.Call{d.Graph()}))
	require.Equal(t, c.Revision, d.Revision())
	require.Equal(t, id, d.ID())
	require.False(t, d.Final())
	_, ok = e.Draft("s-nobody")
	require.False(t, ok)
}

// A call that is dropped is gone with all its sessions, and comes back from nothing.
func TestForget(t *testing.T) {
	events := named(t, "attended").events
	e, _ := recon.New(recon.Config{})
	for i := range events {
		e.Step(start, &events[i])
	}
	ids := e.IDs()
	require.Len(t, ids, 1)
	b := call.SessionID(convo.SessionID("B", 22))
	require.NotEqual(t, ids[0], b)
	require.True(t, e.Forget(b), "by any of its sessions")
	require.False(t, e.Forget(ids[0]))
	calls, sessions, held := e.Len()
	require.Zero(t, calls+sessions+held)
	require.Equal(t, recon.TooLate, e.Step(start, &events[0]).Fate)
	require.Empty(t, e.Tick(start.Add(48*time.Hour)).Final)
}

// TestStepSaysWhatItMayHaveForgotten: a peer whose call was forgotten, and, once names of
// forgotten sessions are lost, every session that is new.
func TestStepSaysWhatItMayHaveForgotten(t *testing.T) {
	events := named(t, "attended").events
	a, b := call.SessionID(convo.SessionID("A", 0)), call.SessionID(convo.SessionID("B", 22))
	for remember, want := range map[int][]call.SessionID{0: {a}, 1: {b, a}} {
		e, err := recon.New(recon.Config{Remember: remember})
		require.NoError(t, err)
		step := func(ev *wire.Event) (unsure []call.SessionID) {
			return slices.Clone(e.Step(start, ev).Unsure)
		}
		for i := range events {
			if ev := events[i]; ev.Body.TelephonySessionID == string(a) {
				ev.Body.Parties = slices.Clone(ev.Body.Parties)
				for k := range ev.Body.Parties {
					ev.Body.Parties[k].Status.PeerID = nil
				}
				require.Empty(t, step(&ev))
			}
		}
		require.True(t, e.Forget(a))
		for i := range 20 {
			other := events[0]
			other.Body.TelephonySessionID = fmt.Sprint("s-", i)
			step(&other)
			require.True(t, e.Forget(call.SessionID(other.Body.TelephonySessionID)))
		}
		var got []call.SessionID
		for i := range events {
			if events[i].Body.TelephonySessionID == string(b) {
				got = append(got, step(&events[i])...)
			}
		}
		require.Equal(t, want, got)
	}
}

func TestInOrder(t *testing.T) {
	e, _ := recon.New(recon.Config{})
	a, b := call.SessionID(convo.SessionID("A", 0)), call.SessionID(convo.SessionID("B", 22))
	asked := []call.SessionID{b, "s-nobody", a, b}
	for _, ev := range slices.Backward(named(t, "attended").events) {
		e.Step(start, &ev)
		require.Equal(t, e.IDs(), e.InOrder(slices.Values(asked)))
	}
	require.Equal(t, []call.SessionID{a}, e.InOrder(slices.Values(asked)), "both name one call in the end")
	require.Empty(t, e.InOrder(slices.Values([]call.SessionID{"s-nobody"})))
}
