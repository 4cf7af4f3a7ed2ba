package main

import (
	"slices"
	"testing"

	"github.com/legworkhq/legwork/recon/wire"
)

// The demo is made by hand; this pins that it is in the form of RingCentral's own
// notifications, so that it teaches nothing wrong.
func TestDemoEventsAreWellFormed(t *testing.T) {
	events, err := demoEvents()
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != 18 {
		t.Errorf("%d events", len(events))
	}
	sequences := map[string][]int64{}
	for i := range events {
		ev := &events[i]
		checkDemoEvent(t, ev)
		id := ev.Body.TelephonySessionID
		sequences[id] = append(sequences[id], ev.Body.Sequence)
	}
	for id, got := range sequences {
		for i, seq := range got {
			if seq != int64(i+2) {
				t.Errorf("session %s: sequences %v, want 2, 3, ...", id, got)
				break
			}
		}
	}
	if len(sequences) != 2 {
		t.Errorf("%d sessions", len(sequences))
	}
}

func checkDemoEvent(t *testing.T, ev *wire.Event) {
	t.Helper()
	b := &ev.Body
	if late := ev.Timestamp - b.EventTime; late < 14 || late > 113 {
		t.Errorf("%s#%d was sent %d ms after its eventTime", b.TelephonySessionID, b.Sequence, late)
	}
	id := wire.ParseID(b.TelephonySessionID)
	if id.Grammar != wire.Grammar2022 || id.Server != "10.13.23.147" || id.Created > b.EventTime {
		t.Errorf("session id %s: %+v", b.TelephonySessionID, id)
	}
	if len(b.Parties) != 1 {
		t.Fatalf("%s#%d has %d parties", b.TelephonySessionID, b.Sequence, len(b.Parties))
	}
	p := &b.Parties[0]
	if party := wire.ParseID(p.ID); party.Tail != id.Tail || party.Party == 0 {
		t.Errorf("party id %s does not belong to session %s", p.ID, b.TelephonySessionID)
	}
	if !slices.Contains([]wire.Kind{wire.Setup, wire.Proceeding, wire.Answered, wire.Hold, wire.Gone, wire.Disconnected}, p.Status.Code.Kind()) {
		t.Errorf("code %q", p.Status.Code)
	}
}

func TestDemoTransferNamesBothEnds(t *testing.T) {
	events, err := demoEvents()
	if err != nil {
		t.Fatal(err)
	}
	peers := map[string]string{}
	for i := range events {
		p := &events[i].Body.Parties[0]
		if p.Status.Code.Kind() == wire.Gone {
			peers[p.ID] = p.Status.PeerID.PartyID
		}
	}
	if len(peers) != 2 {
		t.Fatalf("%d Gone parties", len(peers))
	}
	for a, b := range peers {
		if peers[b] != a {
			t.Errorf("%s names %s, which names %q", a, b, peers[b])
		}
	}
}
