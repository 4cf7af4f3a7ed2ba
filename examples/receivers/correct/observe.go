package main

import (
	"slices"
	"time"

	"github.com/legworkhq/legwork/recon/call"
)

// observed is an Observed Call.
type observed struct {
	Sessions     []string   `json:"sessions"`
	Direction    string     `json:"direction,omitempty"`
	Outcome      string     `json:"outcome,omitempty"`
	Ended        bool       `json:"ended"`
	StartedAt    time.Time  `json:"startedAt"`
	AnsweredAt   *time.Time `json:"answeredAt,omitempty"`
	EndedAt      *time.Time `json:"endedAt,omitempty"`
	EndedBy      string     `json:"endedBy,omitempty"`
	Participants []string   `json:"participants"`
	OnTheLine    []string   `json:"onTheLine"`
	Legs         []leg      `json:"legs"`
	Links        []link     `json:"links"`
	Talks        []talk     `json:"talks,omitempty"`
}

type leg struct {
	Party  string `json:"party"`
	Person string `json:"person"`
	Result string `json:"result,omitempty"`
	RingMs *int64 `json:"ringMs,omitempty"`
	TalkMs *int64 `json:"talkMs,omitempty"`
	HoldMs *int64 `json:"holdMs,omitempty"`
	HeldMs *int64 `json:"heldMs,omitempty"`
}

type link struct {
	Kind       string    `json:"kind"`
	At         time.Time `json:"at"`
	Transferor string    `json:"transferor,omitempty"`
	Transferee string    `json:"transferee,omitempty"`
	Target     string    `json:"target,omitempty"`
	Supervisor string    `json:"supervisor,omitempty"`
	Agent      string    `json:"agent,omitempty"`
	Queue      string    `json:"queue,omitempty"`
	Parker     string    `json:"parker,omitempty"`
	Parked     string    `json:"parked,omitempty"`
	Retriever  string    `json:"retriever,omitempty"`
	Initiator  string    `json:"initiator,omitempty"`
	Mover      string    `json:"mover,omitempty"`
	Host       string    `json:"host,omitempty"`
	Conferees  []string  `json:"conferees,omitempty"`
}

type talk struct {
	Members []string  `json:"members"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to,omitzero"`
}

// observe tells a call graph as an Observed Call. What the engine is not certain of,
// because notifications are missing, is left out.
func observe(c *call.Call) observed {
	out := observed{Direction: known(string(c.Direction)), Outcome: known(string(c.Outcome)), Ended: c.EndedAt != 0, StartedAt: c.StartedAt.Std(),
		AnsweredAt: instant(c.AnsweredAt), EndedAt: instant(c.EndedAt), Legs: []leg{}, Links: []link{}, OnTheLine: []string{}}
	for _, s := range c.Sessions {
		out.Sessions = append(out.Sessions, string(s.ID))
	}
	if c.EndedBy != nil {
		out.EndedBy = name(c, c.EndedBy.Participant)
	}
	certain := !slices.ContainsFunc(c.Talks, func(t call.Talk) bool { return t.Uncertain })
	for i := range c.Legs {
		l := &c.Legs[i]
		who := name(c, l.Participant)
		o := leg{Party: string(l.ID), Person: who, Result: known(string(l.Outcome))}
		if certain && !slices.ContainsFunc(l.States, func(s call.State) bool { return s.Uncertain }) {
			o.RingMs, o.TalkMs, o.HoldMs, o.HeldMs = &l.RingMs, &l.TalkMs, &l.HoldMs, &l.HeldMs
		}
		out.Legs = append(out.Legs, o)
		if !slices.Contains(out.Participants, who) {
			out.Participants = append(out.Participants, who)
		}
		if !over(l) && !slices.Contains(out.OnTheLine, who) {
			out.OnTheLine = append(out.OnTheLine, who)
		}
	}
	for i := range c.Links {
		out.Links = append(out.Links, linkOf(c, &c.Links[i]))
	}
	if certain {
		out.Talks = talks(c)
	}
	return out
}

// talks lists who talked with whom: supervisors who only listened did not.
func talks(c *call.Call) (out []talk) {
	for _, t := range c.Talks {
		o := talk{From: t.From.Std(), To: t.To.Std()}
		for _, m := range t.Members {
			if who := name(c, m.Participant); m.Mode == call.TwoWay && !slices.Contains(o.Members, who) {
				o.Members = append(o.Members, who)
			}
		}
		if len(o.Members) < 2 {
			continue
		}
		slices.Sort(o.Members)
		if n := len(out); n > 0 && slices.Equal(out[n-1].Members, o.Members) && out[n-1].To.Equal(o.From) {
			out[n-1].To = o.To // a supervisor came or went: the same people talk on
			continue
		}
		out = append(out, o)
	}
	return out
}

func linkOf(c *call.Call, l *call.Link) link {
	who := func(r call.Role) string {
		if all := l.Roles[r]; len(all) > 0 {
			return name(c, all[0])
		}
		return ""
	}
	out := link{Kind: string(l.Kind), At: l.At.Std(), Transferor: who(call.Transferor), Transferee: who(call.Transferee), Target: who(call.TransferTarget) + who(call.Target),
		Supervisor: who(call.Supervisor), Agent: who(call.Agent), Queue: who(call.Queue), Parker: who(call.Parker), Parked: who(call.ParkedParty), Retriever: who(call.Retriever),
		Initiator: who(call.Initiator), Mover: who(call.Mover), Host: who(call.Host)}
	for _, id := range l.Roles[call.Conferee] {
		out.Conferees = append(out.Conferees, name(c, id))
	}
	return out
}

// name names somebody by a number, or by whatever is known.
func name(c *call.Call, id call.ParticipantID) string {
	for _, p := range c.Participants {
		switch {
		case p.ID != id:
		case p.ExtensionID != "":
			return p.ExtensionID
		case len(p.Numbers) > 0:
			return p.Numbers[0]
		}
	}
	for _, l := range c.Legs {
		if l.Participant == id {
			return string(l.ID)
		}
	}
	return string(id)
}

func over(l *call.Leg) bool {
	n := len(l.States)
	return n > 0 && (l.States[n-1].State == call.StateEnded || l.States[n-1].State == call.StateGone)
}

func known(word string) string {
	if word == "unknown" {
		return ""
	}
	return word
}

func instant(t call.Time) *time.Time {
	if t == 0 {
		return nil
	}
	at := t.Std()
	return &at
}
