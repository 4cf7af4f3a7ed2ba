package listen

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// changes says what is new in a call. before is nil for a new one.
func changes(before, after *call.Call) (words []string) {
	began := before == nil
	if began {
		before = &call.Call{}
		words = append(words, begins(after))
	}
	words = append(words, fresh(links(before), links(after))...)
	words = append(words, fresh(rings(before), rings(after))...)
	words = append(words, talking(before, after)...)
	words = append(words, fresh(recordings(before), recordings(after))...)
	if after.EndedAt != 0 && before.EndedAt == 0 {
		words = append(words, fmt.Sprintf("everybody has left: %s, %s", after.Outcome, span(after.StartedAt, after.EndedAt)))
	} else if after.EndedAt == 0 && before.EndedAt != 0 {
		words = append(words, "the call goes on")
	}
	words = append(words, arrivals(before, after)...)
	return append(words, fresh(findings(before), findings(after))...)
}

// fresh lists what is in after and not in before.
func fresh(before, after []string) (out []string) {
	for _, s := range after {
		if !slices.Contains(before, s) && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func begins(c *call.Call) string {
	text := "a new call"
	switch c.Direction {
	case call.Inbound, call.Internal:
		text = "a new " + string(c.Direction) + " call"
	case call.Outbound:
		text = "a new outbound call"
	}
	for i := range c.Legs {
		if slices.Contains(c.Legs[i].Roles, call.Caller) {
			return text + " by " + who(c, c.Legs[i].Participant)
		}
	}
	return text
}

// links says every link of a call in a sentence.
func links(c *call.Call) (out []string) {
	for i := range c.Links {
		out = append(out, sentence(c, &c.Links[i]))
	}
	return out
}

func sentence(c *call.Call, l *call.Link) string {
	part := func(role call.Role, or string) string {
		if ids := l.Roles[role]; len(ids) > 0 {
			return everyone(c, ids)
		}
		return or
	}
	switch l.Kind {
	case call.TransferAttended:
		return fmt.Sprintf("%s transfers %s to %s, after having asked", part(call.Transferor, "somebody"), part(call.Transferee, "the other party"), part(call.TransferTarget, "somebody"))
	case call.TransferBlind:
		return fmt.Sprintf("%s transfers %s to %s", part(call.Transferor, "somebody"), part(call.Transferee, "the call"), part(call.TransferTarget, "somebody not in view yet"))
	case call.Forward:
		return fmt.Sprintf("%s, ringing, forwards the call to %s", part(call.Transferor, "somebody"), part(call.TransferTarget, "somebody not in view yet"))
	case call.ConferenceMerge:
		return part(call.Host, "somebody") + " brings a call into a conference"
	case call.Supervise:
		return part(call.Supervisor, "somebody") + " supervises" + after(" ", part(call.Agent, "the call"))
	case call.Takeover:
		return fmt.Sprintf("%s takes the call over from %s", part(call.Supervisor, "a supervisor"), part(call.Agent, "the agent"))
	case call.Park:
		return fmt.Sprintf("%s parks %s", part(call.Parker, "somebody"), part(call.ParkedParty, "the call"))
	case call.Pickup:
		return fmt.Sprintf("%s picks up %s", part(call.Retriever, "somebody"), part(call.ParkedParty, "the call"))
	case call.Route:
		return fmt.Sprintf("%s passes the caller on to %s", part(call.Router, "the menu"), part(call.Target, "somebody not in view yet"))
	case call.Hunt:
		return fmt.Sprintf("%s rings %s", part(call.Queue, "the queue"), part(call.Agent, "an agent"))
	case call.Switch:
		return part(call.Mover, "somebody") + " moves to another device"
	case call.Flip:
		return part(call.Mover, "somebody") + " flips the call to another number"
	case call.RingOut:
		if l.ToSession != "" {
			return "another session repeats the RingOut"
		}
		return fmt.Sprintf("RingOut: %s wants to talk to %s", part(call.Initiator, "somebody"), part(call.Target, "somebody not in view yet"))
	}
	return "two sessions are one call; RingCentral does not say why"
}

func after(space, text string) string {
	if text == "" {
		return ""
	}
	return space + text
}

// rings says who is being rung.
func rings(c *call.Call) (out []string) {
	for i := range c.Legs {
		l := &c.Legs[i]
		if n := len(l.States); n > 0 && l.States[n-1].State == call.StateRinging && !slices.Contains(l.Roles, call.Caller) {
			out = append(out, who(c, l.Participant)+" is rung")
		}
	}
	return out
}

func recordings(c *call.Call) (out []string) {
	for i := range c.Legs {
		for _, r := range c.Legs[i].Recordings {
			out = append(out, fmt.Sprintf("recording %s of %s", r.ID, who(c, c.Legs[i].Participant)))
		}
	}
	return out
}

// talking says who can hear one another now, where that changed.
func talking(before, after *call.Call) []string {
	was, is := room(before), room(after)
	switch {
	case was == is:
		return nil
	case is == "" && onHold(after):
		return []string{"on hold: nobody can talk"}
	case is == "":
		return []string{"nobody can talk any more"}
	}
	return []string{"now talking: " + is}
}

// room lists the members of the talk that goes on.
func room(c *call.Call) string {
	var members []string
	for i := range c.Talks {
		t := &c.Talks[i]
		if t.To != 0 {
			continue
		}
		for _, m := range t.Members {
			text := who(c, m.Participant)
			switch m.Mode {
			case call.Listen:
				text += " (listening)"
			case call.Whisper:
				text += " (whispering)"
			case call.Supervising:
				text += " (supervising)"
			}
			if !slices.Contains(members, text) {
				members = append(members, text)
			}
		}
	}
	return sentenceList(members)
}

func onHold(c *call.Call) bool {
	return slices.ContainsFunc(c.Legs, func(l call.Leg) bool {
		n := len(l.States)
		return n > 0 && l.States[n-1].State == call.StateHolding
	})
}

// arrivals says which numbers are newly missing, and that none are any more.
func arrivals(before, after *call.Call) []string {
	was, is := missing(before), missing(after)
	switch {
	case was == is:
		return nil
	case is == "":
		return []string{"nothing is missing any more"}
	}
	return []string{"not arrived yet: " + is}
}

func missing(c *call.Call) string {
	var out []string
	for i := range c.Sessions {
		for _, r := range c.Sessions[i].Sequences.Missing {
			text := fmt.Sprintf("#%d", r.From)
			if r.To > r.From {
				text += fmt.Sprintf(" to #%d", r.To)
			}
			if len(c.Sessions) > 1 {
				text += fmt.Sprintf(" of session %d", i+1)
			}
			out = append(out, text)
		}
	}
	const most = 4
	if len(out) > most {
		out = append(out[:most], "...")
	}
	return strings.Join(out, ", ")
}

// findings says what is strange, but for what the next events mostly clear up.
func findings(c *call.Call) (out []string) {
	for i := range c.Findings {
		switch f := &c.Findings[i]; f.Kind {
		case call.MissingEvents, call.UnseenParties, call.UnresolvedPeer, call.OneSidedLink, call.PartialScope:
		default:
			out = append(out, "note: "+strings.TrimSuffix(f.Detail, "."))
		}
	}
	return out
}

// who names a participant: name and shortest number, or what there is.
func who(c *call.Call, id call.ParticipantID) string {
	for i := range c.Participants {
		if p := &c.Participants[i]; p.ID == id {
			number := ""
			for _, n := range p.Numbers {
				if number == "" || len(n) < len(number) {
					number = n
				}
			}
			return named(p.Name, number, p.ExtensionID, string(id))
		}
	}
	return clean(string(id))
}

func named(name, number, extension, id string) string {
	switch {
	case name != "" && number != "" && name != number:
		return clean(name) + " (" + clean(number) + ")"
	case name != "" || number != "":
		return clean(name + number)
	case extension != "":
		return "extension id " + clean(extension)
	case strings.HasPrefix(id, "leg:"):
		return "an unnamed party"
	}
	return clean(id)
}

// partyName names whom a party is, as the call knows them, else as the party says.
func partyName(c *call.Call, p *wire.Party) string {
	if c != nil {
		for i := range c.Legs {
			if c.Legs[i].ID == call.LegID(p.ID) {
				return who(c, c.Legs[i].Participant)
			}
		}
	}
	own := &p.To
	if p.Direction == wire.Outbound {
		own = &p.From
	}
	return named(own.Name, own.PhoneNumber, p.ExtensionID, p.ID)
}

func everyone(c *call.Call, ids []call.ParticipantID) string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = who(c, id)
	}
	return sentenceList(list)
}

func sentenceList(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// span is how long it was between two instants, as a person says it.
func span(from, to call.Time) string { return lasting(to.Sub(from)) }

func lasting(d time.Duration) string {
	if d < time.Minute {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// maxClean bounds a text that comes from outside.
const maxClean = 2000

// clean replaces what a terminal could act on.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, s)
	return cut(s, maxClean)
}

// cut shortens a text to so many characters.
func cut(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	return string([]rune(s)[:width-3]) + "..."
}
