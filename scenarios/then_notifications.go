package scenarios

import (
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

var goneKind = wire.Code("Gone").Kind()

// ofNotifications is about what RingCentral says, and not about the call. It is true of
// the switch's own dialect.
var ofNotifications = []Sentence{
	{
		Keyword: "Then", Form: "RingCentral says {status} of {person}", Example: "RingCentral says Gone with AttendedTransfer of 104", told: true,
		Meaning: "A notification has a leg of theirs with this status code, and this reason if one is named.",
		holds: func(v *View, a args) error {
			st := a.values[0].(status)
			have := v.said(a.person(1))
			return unless(slices.ContainsFunc(have, st.covers), "it says %s", list(sayAll(have)))
		},
		tells: func(v *View) (out []string) {
			for p := range v.everybody {
				for _, st := range v.said(p) {
					if st.reason != "" || st.code == "Gone" {
						out = append(out, "RingCentral says "+st.String()+" of "+v.dir.spell(p))
					}
				}
			}
			return out
		},
	},
	{
		Keyword: "Then", Form: "RingCentral never says {status} of {person}", Example: "RingCentral never says Disconnected of 104", told: true,
		Meaning: "No notification has a leg of theirs with this status code, and this reason if one is named.",
		holds: func(v *View, a args) error {
			st := a.values[0].(status)
			return unless(!slices.ContainsFunc(v.said(a.person(1)), st.covers), "it does")
		},
		tells: func(*View) []string { return nil },
	},
	{
		Keyword: "Then", Form: "the Gone of {person} names a leg of {person}", Example: "the Gone of 104 names a leg of 104", told: true,
		Meaning: "Its peerId is a party of another session, and whose that is. It may be the same person's other leg.",
		holds: func(v *View, a args) error {
			var have []string
			for _, c := range v.Calls {
				for i := range c.Legs {
					l := &c.Legs[i]
					if l.Peer == nil || !v.dir.is(a.person(0), c, l.Participant) {
						continue
					}
					who := v.whose(l.Peer.Leg)
					if who == v.dir.spell(a.person(1)) {
						return nil
					}
					have = append(have, who)
				}
			}
			if len(have) == 0 {
				return wrong("no Gone of theirs names a leg")
			}
			return wrong("it names a leg of %s", list(have))
		},
		tells: func(*View) []string { return nil },
	},
	{
		Keyword: "Then", Form: "{count} sessions carry the session id 0", Example: "two sessions carry the session id 0", told: true,
		Meaning: "So many sessions of all calls have \"0\" for their numeric sessionId, as every conference has. It is no key.",
		holds: func(v *View, a args) error {
			n := 0
			for _, c := range v.Calls {
				for i := range c.Sessions {
					if c.Sessions[i].LegacyID == "0" {
						n++
					}
				}
			}
			return unless(n == a.count(0), "%s do", count(n, "session"))
		},
		tells: func(*View) []string { return nil },
	},
}

// covers reports whether a status that was said is the one that is meant.
func (s status) covers(said status) bool {
	return s.code == said.code && (s.reason == "" || s.reason == said.reason)
}

func sayAll(all []status) (out []string) {
	for _, s := range all {
		out = append(out, s.String())
	}
	return out
}

// said lists every status that was told of somebody's legs, each once.
func (v *View) said(p person) (out []status) {
	mine := map[string]bool{}
	for _, l := range v.legs(p) {
		mine[string(l.ID)] = true
	}
	for i := range v.Sent {
		for _, party := range v.Sent[i].Body.Parties {
			st := status{party.Status.Code, party.Status.Reason}
			if mine[party.ID] && !slices.Contains(out, st) {
				out = append(out, st)
			}
		}
	}
	return out
}

// whose finds the person of a leg.
func (v *View) whose(id call.LegID) string {
	for _, c := range v.Calls {
		for i := range c.Legs {
			if c.Legs[i].ID == id {
				return v.dir.label(c, c.Legs[i].Participant)
			}
		}
	}
	return "nobody who is known"
}
