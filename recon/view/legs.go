package view

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/legworkhq/legwork/recon/call"
)

// legsHeading stands over the table, so that nobody takes it for RingCentral's.
const legsHeading = "reconstructed from events, not RingCentral's call log"

var legColumns = []string{"startTime", "direction", "from", "to", "extension", "legType", "action", "result",
	"duration", "master", "recording"}

// Legs writes the legs in the shape of RingCentral's Detailed call log, so that the
// two can be compared. The words of legType, action and result are mapped by rules of
// our own. Duration is two-way talk in seconds, ">=" where an event is missing that
// could lengthen it. What events cannot tell (transport, billing) is left out.
func Legs(w io.Writer, c *call.Call, opt Options) error {
	p := page{color: opt.Color}
	if _, err := fmt.Fprintln(w, p.paint(bold, legsHeading)); err != nil {
		return err
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, strings.Join(legColumns, "\t"))
	n := newNames(c)
	for i := range c.Legs {
		r := n.record(i)
		cells := r.cells(opt.clock(r.start, "2006-01-02T15:04:05.000Z07:00"), atLeast(r))
		for j := range cells {
			cells[j] = tableCell(cells[j])
		}
		fmt.Fprintln(tw, strings.Join(cells, "\t"))
	}
	return tw.Flush()
}

// record is one line of the table.
type record struct {
	start                   call.Time
	direction, from, to     string
	extension               string
	legType, action, result string
	seconds                 int64
	uncertain, master       bool
	recording               string
}

func (r record) cells(start, duration string) []string {
	master := "false"
	if r.master {
		master = "true"
	}
	return []string{start, r.direction, r.from, r.to, r.extension, r.legType, r.action, r.result, duration, master, r.recording}
}

func atLeast(r record) string {
	if r.uncertain {
		return fmt.Sprintf(">=%d", r.seconds)
	}
	return fmt.Sprint(r.seconds)
}

func (n *names) record(i int) record {
	l := &n.call.Legs[i]
	r := record{
		direction: l.Direction, from: endpoint(l.From), to: endpoint(l.To),
		legType: n.legType(l), action: n.action(l), result: result(l),
		seconds: int64((time.Duration(l.TalkMs)*time.Millisecond + time.Second/2) / time.Second),
		master:  i == 0,
	}
	if len(l.States) > 0 {
		r.start = l.States[0].From
	}
	for _, s := range l.States {
		r.uncertain = r.uncertain || s.Uncertain
	}
	if p := n.people[l.Participant]; p != nil {
		r.extension = p.ExtensionID
	}
	var ids []string
	for _, x := range l.Recordings {
		ids = append(ids, x.ID)
	}
	r.recording = strings.Join(ids, " ")
	return r
}

func endpoint(e call.Endpoint) string {
	switch {
	case e.Number == "":
		return e.Name
	case e.Name == "":
		return e.Number
	}
	return e.Number + " " + e.Name
}

// legType maps what a leg did to RingCentral's legType.
func (n *names) legType(l *call.Leg) string {
	switch {
	case hasRole(l, call.Supervisor):
		return "Monitoring"
	case n.ends(l, call.Park, "ParkLocation"):
		return "ParkLocation"
	case hasRole(l, call.Parker):
		return "CallPark"
	case n.starts(l, call.ConferenceMerge):
		return "MoveToConference"
	case clean(l.To.Number) == "conference":
		return "ConferenceCall"
	case hasRole(l, call.TransferTarget):
		return "TransferCall"
	case hasRole(l, call.Agent) && n.ledTo(l, call.Hunt):
		return "Hunting"
	case l.From.ExtensionID != "" && l.To.ExtensionID != "":
		return "ExtensionToExtension"
	case l.From.ExtensionID == "" && l.To.ExtensionID != "":
		return "PstnToSip"
	case l.From.ExtensionID != "" && strings.HasPrefix(l.To.Number, "+"):
		return "SipToPstnMetered"
	}
	return "Unknown"
}

// action maps what a leg did to RingCentral's action. Which device a RingOut came from
// and whether a call went over the Internet is not in the events: both stay "Phone Call".
func (n *names) action(l *call.Leg) string {
	switch {
	case hasRole(l, call.Supervisor):
		return "Monitoring"
	case n.ends(l, call.Park, "ParkLocation"):
		return "Park Location"
	case hasRole(l, call.Parker):
		return "Call Park"
	case hasRole(l, call.Retriever):
		return "Pickup"
	case clean(l.To.Number) == "conference":
		return "Conference Call"
	case hasRole(l, call.TransferTarget):
		return "Transfer"
	case hasRole(l, call.Agent) && n.ledTo(l, call.Hunt):
		return "Hunting"
	}
	for _, s := range l.States {
		if s.State == call.StateFax {
			return "Incoming Fax"
		}
	}
	return "Phone Call"
}

func (n *names) starts(l *call.Leg, kind call.LinkKind) bool {
	for _, k := range n.call.Links {
		if k.Kind == kind && k.From == l.ID {
			return true
		}
	}
	return false
}

func (n *names) ledTo(l *call.Leg, kind call.LinkKind) bool {
	for _, k := range n.call.Links {
		if k.Kind == kind && k.To == l.ID {
			return true
		}
	}
	return false
}

func (n *names) ends(l *call.Leg, kind call.LinkKind, reason string) bool {
	for _, k := range n.call.Links {
		if k.Kind == kind && k.From == l.ID && k.Reason == reason {
			return true
		}
	}
	return false
}

// result maps a leg's outcome to RingCentral's result. A leg that lost to another
// one is "Stopped": "Missed" would make a missed call of an answered one.
func result(l *call.Leg) string {
	out := l.Direction == "Outbound"
	switch l.Outcome {
	case call.LegAnswered, call.LegTransferred, call.LegParked, call.LegJoined, call.LegRouted:
		if out {
			return "Call connected"
		}
		return "Accepted"
	case call.LegMissed:
		if out {
			return "No Answer"
		}
		return "Missed"
	case call.LegVoicemail:
		return "Voicemail"
	case call.LegRejected:
		return "Rejected"
	case call.LegBusy:
		return "Busy"
	case call.LegCancelled:
		return "Hang Up"
	case call.LegFailed:
		return "Call Failed"
	case call.LegElsewhere:
		return "Stopped"
	}
	return "Unknown"
}
