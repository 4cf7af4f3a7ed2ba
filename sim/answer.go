package sim

import "github.com/legworkhq/legwork/recon/call"

// Publish fills in what a reader of a true call expects, and the switch leaves empty
// because it speaks of what arrived: the status, and of each link the rule and how
// strongly the full set of notifications states it.
func Publish(c *call.Call) {
	c.Status, c.Revision = call.Final, 0
	for _, s := range c.Sessions {
		c.Revision += s.Sequences.Count
		if s.EndedAt == 0 {
			c.Status = call.Open
		}
	}
	for i := range c.Links {
		k := &c.Links[i]
		k.Rule, k.Basis = rules[k.Kind], basis(k)
	}
	call.Sort(c)
}

// rules names the section of docs/linking.md that explains each kind.
var rules = map[call.LinkKind]string{
	call.TransferAttended: "attended", call.TransferBlind: "blind", call.Forward: "forward", call.ConferenceMerge: "conference",
	call.Supervise: "supervise", call.Takeover: "takeover", call.Park: "park", call.Pickup: "pickup", call.Route: "route", call.Hunt: "hunt",
	call.Switch: "switch", call.Flip: "flip", call.RingOut: "ringout", call.PeerLink: "peer",
}

func basis(k *call.Link) call.Basis {
	switch {
	case k.Kind == call.TransferAttended, k.Kind == call.ConferenceMerge && k.To != "":
		return call.BothEnds
	case k.Kind == call.ConferenceMerge, (k.Kind == call.Supervise || k.Kind == call.Pickup) && k.ToSession != "":
		return call.OneEnd
	case k.Kind == call.Route && k.Reason == "", k.Kind == call.Pickup && k.Reason == "", k.Kind == call.RingOut && k.ToSession != "":
		return call.Inferred
	}
	return call.SameSession
}
