package recon_test

import (
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

// The rules that are easy to get wrong, and the mistakes that others make, each
// under its name.

func parse(t testing.TB, text string) []wire.Event {
	t.Helper()
	events, err := convo.Parse(text)
	require.NoError(t, err)
	return events
}

func one(t testing.TB, events []wire.Event) *call.Call {
	t.Helper()
	calls, err := recon.Build(recon.Config{}, events)
	require.NoError(t, err)
	require.Len(t, calls, 1)
	require.NoError(t, call.Check(calls[0]))
	return calls[0]
}

func ext(number string) call.ParticipantID {
	return call.ParticipantID("ext:" + convo.ExtensionID(number))
}

func at(seconds float64) call.Time {
	return call.Time(convo.Start) + call.Time(seconds*1000+0.5)
}

// who lists the participants of a talk.
func who(k call.Talk) (out []call.ParticipantID) {
	for _, m := range k.Members {
		out = append(out, m.Participant)
	}
	return out
}

const outsider = call.ParticipantID("tel:+14048096345")

func TestPinnedWarmTransfer(t *testing.T) {
	c := one(t, named(t, "attended").events)
	require.Len(t, c.Sessions, 2)
	require.Len(t, c.Legs, 4)
	require.Len(t, c.Participants, 3)
	require.Len(t, c.Links, 1)
	l := c.Links[0]
	require.Equal(t, call.TransferAttended, l.Kind)
	require.Equal(t, call.BothEnds, l.Basis)
	require.Equal(t, call.Roles{call.Transferor: {ext("104")}, call.Transferee: {outsider}, call.TransferTarget: {ext("106")}}, l.Roles)
	require.Equal(t, c.Legs[1].Participant, c.Legs[2].Participant, "the operator is one participant with two legs")
	last := c.Talks[len(c.Talks)-1]
	require.Equal(t, []call.ParticipantID{outsider, ext("106")}, who(last))
	require.NotEqual(t, leg(c, last.Members[0].Leg).Session, leg(c, last.Members[1].Leg).Session, "the talk runs across two sessions")
	require.Equal(t, at(90), last.To, "the caller's talk goes on after the transfer")
	for _, k := range c.Talks {
		if slices.Contains(who(k), ext("104")) {
			require.LessOrEqual(t, k.To, at(40.01), "104's talk ends at the transfer")
		}
	}
}

// essence is a graph without what speaks of arrival: uncertainty, basis, evidence,
// findings, sequences and the revision.
func essence(c *call.Call) string {
	d := *c
	d.Revision, d.Findings = 1, nil
	d.Sessions = slices.Clone(c.Sessions)
	for i := range d.Sessions {
		d.Sessions[i].Sequences = call.Sequences{}
	}
	d.Links, d.Talks, d.Legs = slices.Clone(c.Links), slices.Clone(c.Talks), slices.Clone(c.Legs)
	for i := range d.Links {
		d.Links[i].Basis, d.Links[i].Evidence = "", nil
	}
	for i := range d.Talks {
		d.Talks[i].Uncertain = false
	}
	for i := range d.Legs {
		l := &d.Legs[i]
		l.End, l.Peer = nil, nil // of a Gone that was not seen
		l.RingMs, l.TalkMs, l.HoldMs, l.HeldMs, l.WaitMs = 0, 0, 0, 0, 0
		l.States = slices.Clone(l.States)
		for j := range l.States {
			l.States[j].Uncertain = false
		}
	}
	d.EndedBy, d.AnsweredAt = nil, 0
	return string(call.AppendText(nil, &d))
}

// The two Gone events may come in any order, one may be missing, the consulted party
// may or may not get its update, and the Gone parties may or may not be Disconnected
// once more: the same graph.
func TestWarmTransferHoweverItIsReported(t *testing.T) {
	text := strings.ReplaceAll(named(t, "attended").eventText, "+40.01  B-1 ", "+40     B-1 ") // both Gones at one instant
	update := "+40.05  B-2              Answered/AttendedTransfer from=+14048096345\n"
	require.Contains(t, text, update)
	goneA, goneB := line(t, text, "A-2              Gone"), line(t, text, "B-1              Gone")
	want := essence(one(t, parse(t, text)))
	for what, variant := range map[string]string{
		"the other Gone first":  strings.Replace(strings.Replace(text, goneA, "", 1), goneB, goneB+goneA, 1),
		"no update":             strings.Replace(text, update, "", 1),
		"final Disconnected":    text + "+90.02 A-2 Disconnected\n+90.03 B-1 Disconnected\n",
		"early Disconnected":    strings.Replace(text, update, update+"+40.2 A-2 Disconnected\n+40.21 B-1 Disconnected\n", 1),
		"no update, final ones": strings.Replace(text, update, "", 1) + "+90.02 A-2 Disconnected\n+90.03 B-1 Disconnected\n",
		"REST shape of peerId":  strings.ReplaceAll(text, " peer=", " rest-peer="),
	} {
		require.Equal(t, want, essence(one(t, parse(t, variant))), what)
	}
	all := parse(t, text)
	for i, ev := range all {
		if ev.Body.Parties[0].Status.Code == "Gone" {
			c := one(t, slices.Delete(slices.Clone(all), i, i+1))
			require.Equal(t, want, essence(c), "one Gone is missing")
			require.Equal(t, call.OneEnd, c.Links[0].Basis)
			require.True(t, slices.ContainsFunc(c.Findings, func(f call.Finding) bool { return f.Kind == call.OneSidedLink }))
		}
	}
}

func line(t *testing.T, text, with string) string {
	for l := range strings.Lines(text) {
		if strings.Contains(l, with) {
			return l
		}
	}
	t.Fatalf("no line with %q", with)
	return ""
}

func TestSplitCall(t *testing.T) {
	for _, name := range []string{"attended", "attended-twice", "conference", "park", "supervise-dialled", "peer-undefined", "chain"} {
		one(t, named(t, name).events)
	}
}

func TestMergedCallsTwoConferencesWithSessionIDZero(t *testing.T) {
	c := named(t, "two-conferences")
	calls := c.build(t, c.events)
	require.Len(t, calls, 2)
	for _, g := range calls {
		require.True(t, slices.ContainsFunc(g.Sessions, func(s call.Session) bool { return s.LegacyID == "0" }))
	}
}

func TestRemovedFromConferenceComesBackOnItsOldSession(t *testing.T) {
	c := one(t, named(t, "conference-removed").events)
	host := c.Legs[2] // in the session with Raj
	require.Equal(t, []call.LegState{call.StateSetup, call.StateConnected, call.StateGone, call.StateConnected, call.StateEnded}, states(host))
	for _, k := range c.Talks {
		if k.From >= at(60) && slices.Contains(who(k), ext("106")) {
			require.NotContains(t, who(k), outsider, "after the removal Raj does not hear the customer")
		}
	}
}

func states(l call.Leg) (out []call.LegState) {
	for _, s := range l.States {
		out = append(out, s.State)
	}
	return out
}

func TestIVRDisconnectEndsTheCall(t *testing.T) {
	events := named(t, "ivr").events
	menu := slices.IndexFunc(events, func(e wire.Event) bool { return e.Body.Parties[0].Status.Code == "Disconnected" })
	e, _ := recon.New(recon.Config{})
	for i := range events[:menu+1] {
		e.Step(time.UnixMilli(int64(events[i].Timestamp)), &events[i])
	}
	c, _ := e.Call(call.SessionID(events[0].Body.TelephonySessionID))
	require.Equal(t, call.Open, c.Status)
	require.Equal(t, call.Answered, one(t, events).Outcome)
}

func TestPhantomMissedCallQueueLosersAreElsewhere(t *testing.T) {
	for _, name := range []string{"queue", "queue-one-by-one"} {
		c := one(t, named(t, name).events)
		require.Equal(t, call.Answered, c.Outcome)
		for _, l := range c.Legs {
			require.NotEqual(t, call.LegMissed, l.Outcome, "%s %s", name, l.ID)
			if slices.Contains(l.Roles, call.Agent) && l.TalkMs == 0 {
				require.Equal(t, call.LegElsewhere, l.Outcome)
			}
		}
	}
}

func TestPhantomMissedCallWhenTheAnswerIsLost(t *testing.T) {
	for _, name := range []string{"direct-inbound", "attended", "queue", "internal"} {
		events := named(t, name).events
		for i := range events {
			for _, c := range named(t, name).build(t, slices.Delete(slices.Clone(events), i, i+1)) {
				require.NotEqual(t, call.Missed, c.Outcome, "%s without event %d", name, i)
			}
		}
	}
}

func TestAnsweredByQueueLoser(t *testing.T) {
	c := one(t, named(t, "queue").events)
	winners := 0
	for _, l := range c.Legs {
		if slices.Contains(l.Roles, call.Agent) && l.Outcome == call.LegAnswered {
			winners++
			require.Equal(t, ext("106"), l.Participant)
		}
	}
	require.Equal(t, 1, winners)
}

func TestDoubleTalkTimeAnsweredRepeats(t *testing.T) {
	c := one(t, named(t, "direct-inbound").events)
	require.Equal(t, at(6.5), c.AnsweredAt, "the first of three Answered, and not the caller's early one")
	require.EqualValues(t, 13_500+29_000, c.Legs[1].TalkMs, "a recording's Answered begins no talk")
	require.Equal(t, []call.Recording{{ID: "801122", At: at(9)}}, c.Legs[1].Recordings)
}

func TestDoubleTalkTimeMirroredRingOut(t *testing.T) {
	c := one(t, named(t, "ringout-mirrored").events)
	require.Len(t, c.Talks, 1)
	require.EqualValues(t, 0, c.Legs[2].TalkMs, "the mirror's leg talks to nobody")
}

func TestRingTimeFromTheCallersEarlyAnswer(t *testing.T) {
	c := one(t, named(t, "internal").events)
	require.EqualValues(t, 0, c.Legs[0].RingMs)
	require.EqualValues(t, 6_620, c.Legs[1].RingMs)
	require.Equal(t, at(6.7), c.AnsweredAt)
	require.EqualValues(t, 6_700-58, c.Legs[0].WaitMs)
}

func TestHoldCountedTwice(t *testing.T) {
	c := one(t, named(t, "hold-both").events)
	require.EqualValues(t, 5_000, c.Legs[0].HoldMs)
	require.EqualValues(t, 8_000, c.Legs[1].HoldMs)
	events := append(slices.Clone(named(t, "hold-both").events), named(t, "hold-both").events...)
	require.EqualValues(t, 5_000, one(t, events).Legs[0].HoldMs, "a Hold delivered twice")
}

func TestSupervisorCountedAsTalker(t *testing.T) {
	for _, name := range []string{"supervise", "supervise-dialled", "chain"} {
		c := one(t, named(t, name).events)
		for _, k := range c.Talks {
			for _, m := range k.Members {
				if m.Participant == ext("150") {
					require.NotEqual(t, call.TwoWay, m.Mode, name)
				}
			}
		}
		for _, l := range c.Legs {
			if l.Participant == ext("150") {
				require.Zero(t, l.TalkMs)
				require.NotContains(t, l.Roles, call.Callee)
			}
		}
	}
}

func TestCallSwitchIsTheSameParticipantNotANewCall(t *testing.T) {
	c := one(t, named(t, "switch").events)
	require.Equal(t, call.Inbound, c.Direction, "though the new leg is Outbound")
	require.Equal(t, "Outbound", c.Legs[2].Direction)
	require.Equal(t, c.Legs[1].Participant, c.Legs[2].Participant)
	require.Len(t, c.Participants, 2)
	require.Equal(t, at(80), c.Talks[len(c.Talks)-1].To)
}

func TestLostTransferTarget(t *testing.T) {
	for name, target := range map[string]call.ParticipantID{
		"attended": ext("106"), "attended-blonde": ext("106"), "attended-outside": "tel:+12125550188", "blind": "tel:+12125550188",
		"blind-by-caller": ext("107"), "blind-voicemail": ext("106"), "forward": ext("106"),
	} {
		c := one(t, named(t, name).events)
		require.Equal(t, []call.ParticipantID{target}, c.Links[0].Roles[call.TransferTarget], name)
	}
}

func TestStaleParty(t *testing.T) {
	events := named(t, "direct-inbound").events
	last := len(events) - 1
	late := append([]wire.Event{events[last], events[last-1]}, events[:last-1]...) // the ends come first
	require.Equal(t, canonical([]*call.Call{one(t, events)}), canonical([]*call.Call{one(t, late)}))
}

func TestSelfCallSwap(t *testing.T) {
	c := one(t, parse(t, `name 104 Ann Lee
session A
+0    A-1 out ext=104 Setup      from=104 to=104
+0.02 A-2 in  ext=104 Setup      from=104 to=104
+0.06 A-1             Answered
+0.08 A-2             Proceeding
+5    A-2             Answered
+9    A-1             Hold
+12   A-1             Answered
+20   A-1             Disconnected
+20.1 A-2             Disconnected`))
	require.Len(t, c.Participants, 1)
	require.Len(t, c.Legs, 2)
	require.EqualValues(t, 3_000, c.Legs[0].HoldMs, "each event stays on its own leg")
	require.EqualValues(t, 3_000, c.Legs[1].HeldMs)
	require.Empty(t, c.Talks, "nobody talks to oneself")
}

func TestZombieCall(t *testing.T) {
	events := named(t, "direct-inbound").events
	e, _ := recon.New(recon.Config{})
	now := time.UnixMilli(int64(convo.Start))
	for i := range events[1:] {
		now = time.UnixMilli(int64(events[i+1].Timestamp))
		e.Step(now, &events[i+1])
	}
	id := call.SessionID(events[0].Body.TelephonySessionID)
	require.Equal(t, []call.SessionID{id}, e.Tick(now.Add(time.Minute)).Final)
	ch := e.Step(now.Add(70*time.Second), &events[0]) // its Setup, 70 seconds late
	require.Equal(t, recon.Applied, ch.Fate)
	require.True(t, ch.Late)
	c, ok := e.Call(id)
	require.True(t, ok)
	require.NotEqual(t, call.Open, c.Status, "a finished call does not ring again")
	require.Equal(t, []call.SessionID{id}, e.Tick(now.Add(3*time.Minute)).Final, "a new revision of the same call")
	require.Equal(t, []call.SessionID{id}, e.Tick(now.Add(3*time.Hour)).Forgotten)
	require.Equal(t, recon.TooLate, e.Step(now.Add(3*time.Hour), &events[1]).Fate, "and no new call after it is forgotten")
	calls, _, _ := e.Len()
	require.Zero(t, calls)
}

func TestChainIsOneCallAndEveryLinkIsExplained(t *testing.T) {
	c := one(t, named(t, "chain").events)
	require.Len(t, c.Sessions, 6)
	var kinds []call.LinkKind
	for _, l := range c.Links {
		kinds = append(kinds, l.Kind)
		require.NotEmpty(t, l.Evidence)
		require.NotEmpty(t, l.Rule)
	}
	require.Equal(t, []call.LinkKind{call.TransferAttended, call.ConferenceMerge, call.ConferenceMerge, call.Park, call.Pickup, call.Supervise}, kinds)
}

func TestAbandonedInAQueueBetweenTwoRings(t *testing.T) {
	c := one(t, parse(t, `session A
+0    A-1 out          Setup      from=+14048096345 to=+14155550800?
+0.02 A-2 in  ext=800  Setup      from=+14048096345 to=+14155550800:800
+0.14 A-1              Answered   to=+14155550800:800
+4    A-3 in  ext=104  Proceeding from=+14048096345 to=+14155550800:800 queue
+19   A-3              Disconnected/Timeout
+25   A-1              Disconnected
+25.1 A-2              Disconnected`))
	require.Equal(t, call.Abandoned, c.Outcome)
}

func TestAMissedPhoneIsNoRouter(t *testing.T) {
	c := one(t, parse(t, `session A
+0    A-1 out          Setup      from=+14048096345 to=+14155550104?
+0.02 A-2 in  ext=104  Setup      from=+14048096345 to=+14155550104:104
+0.14 A-1              Answered   to=+14155550104:104
+0.16 A-2              Proceeding
+20   A-2              Disconnected missed
+20   A-3 in  ext=106  Setup      from=+14048096345 to=106
+20.1 A-3              Proceeding
+25   A-3              Answered
+40   A-1              Disconnected
+40.1 A-3              Disconnected`))
	require.Empty(t, c.Links)
	require.Equal(t, call.LegMissed, c.Legs[1].Outcome)
}

func TestUnknownCodeClaimsNothing(t *testing.T) {
	c := one(t, parse(t, `session A
+0    A-1 out          Setup      from=+14048096345 to=+14155550104?
+0.02 A-2 in  ext=104  Setup      from=+14048096345 to=+14155550104:104
+0.14 A-1              Answered   to=+14155550104:104
+5    A-2              Tds
+20   A-1              Disconnected
+20.1 A-2              Disconnected`))
	require.Equal(t, call.LegUnknown, c.Legs[1].Outcome)
	require.Equal(t, call.UnknownOutcome, c.Outcome)
}

func TestTakeoverNamesNobodyWhenASupervisorMayBeMissing(t *testing.T) {
	events := parse(t, `name 104 Ann Lee
session A
+0    A-1 out          Setup      from=+14048096345 to=+14155550104?
+0.02 A-2 in  ext=104  Setup      from=+14048096345 to=+14155550104:104
+0.14 A-1              Answered   to=+14155550104:104
+0.16 A-2              Proceeding
+6    A-2              Answered
+20   A-3 out ext=150  Answered/Supervising from=150 to=104
+22   A-4 out ext=151  Answered/Supervising from=151 to=104
+40   A-2              Disconnected/TakeOver
+70   A-1              Disconnected
+70.1 A-3              Disconnected
+70.2 A-4              Disconnected`)
	takeover := func(events []wire.Event) call.Link {
		c := one(t, events)
		i := slices.IndexFunc(c.Links, func(l call.Link) bool { return l.Kind == call.Takeover })
		return c.Links[i]
	}
	require.Empty(t, takeover(events).To, "two supervisors")
	require.Empty(t, takeover(slices.Delete(slices.Clone(events), 5, 6)).To, "one is not in view")
}

func TestRingOutTargetIsPartyTwo(t *testing.T) {
	c := one(t, parse(t, `session A origin=RingOut
+0   A-1 in ext=104 Proceeding from=+12125550188 to=104
+5   A-1            Answered
+30  A-3 in ext=106 Setup from=104 to=106
+35  A-3            Answered
+60  A-1            Disconnected
+60.1 A-3           Disconnected`))
	require.Empty(t, c.Links[0].To)
	require.NotContains(t, c.Links[0].Roles, call.Target)
}
