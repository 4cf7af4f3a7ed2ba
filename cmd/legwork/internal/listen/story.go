package listen

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/legworkhq/legwork/recon/call"
)

// short tells a call in a few lines, the first of which is about the call as a whole.
func short(c *call.Call) []string {
	head := string(c.Outcome)
	if c.Direction != call.UnknownDirection {
		head = string(c.Direction) + ", " + head
	}
	if c.EndedAt != 0 {
		head += ", " + span(c.StartedAt, c.EndedAt)
	}
	if c.EndedBy != nil {
		head += ", ended by " + who(c, c.EndedBy.Participant)
	}
	if n := len(c.Sessions); n > 1 {
		head += fmt.Sprintf(", %d sessions", n)
	}
	out := append([]string{head}, fresh(nil, links(c))...)
	out = append(out, conversations(c)...)
	for i := range c.Findings {
		if f := &c.Findings[i]; f.Kind != call.PartialScope {
			out = append(out, fmt.Sprintf("%s: %s", f.Kind, f.Detail))
		}
	}
	const most = 12
	if more := len(out) - most; more > 0 {
		out = append(out[:most], fmt.Sprintf("and %d more", more))
	}
	return out
}

// conversations says who talked with whom, and how long.
func conversations(c *call.Call) (out []string) {
	type group struct {
		people    string
		took      time.Duration
		uncertain bool
	}
	var groups []group
	for i := range c.Talks {
		t := &c.Talks[i]
		var people []call.ParticipantID
		for _, m := range t.Members {
			if m.Mode == call.TwoWay && !slices.Contains(people, m.Participant) {
				people = append(people, m.Participant)
			}
		}
		if len(people) < 2 || t.To == 0 {
			continue
		}
		slices.Sort(people)
		name := everyone(c, people)
		at := slices.IndexFunc(groups, func(g group) bool { return g.people == name })
		if at < 0 {
			at = len(groups)
			groups = append(groups, group{people: name})
		}
		groups[at].took += t.To.Sub(t.From)
		groups[at].uncertain = groups[at].uncertain || t.Uncertain
	}
	for _, g := range groups {
		text := fmt.Sprintf("%s talked %s", g.people, lasting(g.took))
		if g.uncertain {
			text += ", about: events are missing"
		}
		out = append(out, text)
	}
	if now := room(c); now != "" && strings.Contains(now, " and ") {
		out = append(out, now+" still talk")
	}
	return out
}
