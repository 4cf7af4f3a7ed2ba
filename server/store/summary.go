package store

import (
	"slices"

	"github.com/legworkhq/legwork/recon/call"
)

// Summary is a call in a list: what is shown of it without reading its graph.
type Summary struct {
	Direction  call.Direction `json:"direction"`
	Outcome    call.Outcome   `json:"outcome"`
	StartedAt  call.Time      `json:"startedAt"`
	AnsweredAt call.Time      `json:"answeredAt,omitzero"`
	EndedAt    call.Time      `json:"endedAt,omitzero"`
	// From began the call, To is whom they called first. Empty when not in view.
	From Person `json:"from,omitzero"`
	To   Person `json:"to,omitzero"`
	// People are all participants, in the order of the graph.
	People []Person `json:"people"`
	// Links and Findings are the kinds that occur, each once, in order of appearance.
	Links    []call.LinkKind    `json:"links"`
	Findings []call.FindingKind `json:"findings"`
	Sessions int                `json:"sessions"`
	Legs     int                `json:"legs"`
	// TalkMs is how long somebody talked with somebody, in milliseconds; a lower bound
	// when events are missing.
	TalkMs int64 `json:"talkMs"`
	// Recorded: there is a recording.
	Recorded bool `json:"recorded,omitzero"`
}

// Person is somebody in a list.
type Person struct {
	Name        string `json:"name,omitzero"`
	Number      string `json:"number,omitzero"`
	ExtensionID string `json:"extensionId,omitzero"`
}

// Summarize makes the summary of a graph.
func Summarize(c *call.Call) Summary {
	s := Summary{Direction: c.Direction, Outcome: c.Outcome, StartedAt: c.StartedAt, AnsweredAt: c.AnsweredAt, EndedAt: c.EndedAt,
		People: make([]Person, len(c.Participants)), Links: []call.LinkKind{}, Findings: []call.FindingKind{}, Sessions: len(c.Sessions), Legs: len(c.Legs)}
	for i, p := range c.Participants {
		s.People[i] = person(p)
	}
	for _, l := range c.Links {
		if !slices.Contains(s.Links, l.Kind) {
			s.Links = append(s.Links, l.Kind)
		}
	}
	for _, f := range c.Findings {
		if !slices.Contains(s.Findings, f.Kind) {
			s.Findings = append(s.Findings, f.Kind)
		}
	}
	s.ends(c)
	s.TalkMs = talkTime(c.Talks)
	for _, l := range c.Legs {
		s.Recorded = s.Recorded || len(l.Recordings) > 0
	}
	return s
}

func person(p call.Participant) Person {
	out := Person{Name: p.Name, ExtensionID: p.ExtensionID}
	if len(p.Numbers) > 0 {
		out.Number = p.Numbers[0]
	}
	return out
}

// ends finds who called whom: the first caller, and where that leg led.
func (s *Summary) ends(c *call.Call) {
	for _, l := range c.Legs {
		if !slices.Contains(l.Roles, call.Caller) {
			continue
		}
		s.From = endpoint(l.From)
		if p := participant(c, l.Participant); p != nil {
			s.From = fill(s.From, person(*p))
		}
		s.To = endpoint(l.To)
		return
	}
	if len(c.Legs) > 0 {
		s.From, s.To = endpoint(c.Legs[0].From), endpoint(c.Legs[0].To)
	}
}

func endpoint(e call.Endpoint) Person {
	return Person{Name: e.Name, Number: e.Number, ExtensionID: e.ExtensionID}
}

// fill completes a from b.
func fill(a, b Person) Person {
	if a.Name == "" {
		a.Name = b.Name
	}
	if a.Number == "" {
		a.Number = b.Number
	}
	if a.ExtensionID == "" {
		a.ExtensionID = b.ExtensionID
	}
	return a
}

func participant(c *call.Call, id call.ParticipantID) *call.Participant {
	for i := range c.Participants {
		if c.Participants[i].ID == id {
			return &c.Participants[i]
		}
	}
	return nil
}

// talkTime is the length of the union of the talks in which two could speak.
func talkTime(talks []call.Talk) (sum int64) {
	var until call.Time
	for _, t := range talks { // in order of time
		if t.To == 0 || t.Uncertain || !twoWay(t) {
			continue
		}
		from := max(t.From, until)
		if t.To > from {
			sum += int64(t.To - from)
			until = t.To
		}
	}
	return sum
}

func twoWay(t call.Talk) bool {
	n := 0
	for _, m := range t.Members {
		if m.Mode == call.TwoWay {
			n++
		}
	}
	return n >= 2
}
