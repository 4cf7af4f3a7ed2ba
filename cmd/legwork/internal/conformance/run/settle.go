package run

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/catalogue"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/observed"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/probe"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
)

const (
	// never is how many times settle a receiver may go on changing its mind.
	never = 6
	// An answer that is right must still be right so long after; a receiver that works
	// its notifications off later may have some left.
	sure = 300 * time.Millisecond
	// The probe is asked again after a pause, which grows.
	firstPause, lastPause = 20 * time.Millisecond, 500 * time.Millisecond
)

// settle asks the probe until the answer is right and stays so, or has not changed for as
// long as wait.
func (p *party) settle(ctx context.Context, c *catalogue.Case, play *catalogue.Play, wait time.Duration) result.Result {
	posted := time.Now()
	changed, right := posted, time.Time{}
	var last []byte
	var r result.Result
	answered := false
	for pause := firstPause; ; pause = min(pause*3/2, lastPause) {
		a, err := p.ask(ctx, play.Start)
		if ctx.Err() != nil {
			return result.Result{}
		}
		now := time.Now()
		if err != nil {
			answered, right = false, time.Time{}
			r = result.Result{Class: result.Inconclusive, Why: err.Error(), Expected: p.expected(play, nil)}
		} else {
			p.strange(a.Unknown)
			calls := about(a.Calls, play)
			if text, _ := json.Marshal(calls); !answered || !bytes.Equal(text, last) {
				r, last, answered = p.judge(c, play, calls, false), text, true
				changed = now
			}
			switch {
			case r.Class == result.Fail:
				right = time.Time{}
			case right.IsZero():
				right = now
			}
		}
		switch {
		case !right.IsZero() && now.Sub(right) >= min(sure, wait):
			return r
		case right.IsZero() && now.Sub(changed) >= wait:
			return r
		case right.IsZero() && now.Sub(posted) >= never*wait:
			r.Class, r.Why = result.Inconclusive, fmt.Sprintf("the receiver did not settle: its answer still changed %v after the last notification", now.Sub(posted).Round(time.Second))
			return r
		}
		rest := min(pause, max(wait/4, time.Millisecond))
		if !right.IsZero() {
			rest = max(min(sure, wait)-now.Sub(right), time.Millisecond)
		}
		select {
		case <-ctx.Done():
			return result.Result{}
		case <-time.After(rest):
		}
	}
}

// ask asks the probe, in turn with others.
func (p *party) ask(ctx context.Context, since time.Time) (probe.Answer, error) {
	select {
	case p.asking <- struct{}{}:
		defer func() { <-p.asking }()
		return p.probe.Ask(ctx, since)
	case <-ctx.Done():
		return probe.Answer{}, ctx.Err()
	}
}

// about leaves the calls that have a session of the play.
func about(calls []observed.Call, play *catalogue.Play) (out []observed.Call) {
	mine := map[string]bool{}
	for i := range play.Events {
		mine[play.Events[i].Body.TelephonySessionID] = true
	}
	for i := range calls {
		if slices.ContainsFunc(calls[i].Sessions, func(s string) bool { return mine[s] }) {
			out = append(out, calls[i])
		}
	}
	return out
}

// strange warns of members that nobody knows.
func (p *party) strange(unknown []string) {
	for _, u := range unknown {
		p.warn("an Observed Call has a member that is not judged: " + u)
	}
}

// judge holds what the receiver says against the truth. alone: it was told of nothing
// else.
func (p *party) judge(c *catalogue.Case, play *catalogue.Play, calls []observed.Call, alone bool) result.Result {
	o := observed.Options{Facts: p.t.Facts, Tolerance: p.t.Tolerance, Also: play.Also, Untold: play.Untold, Alone: alone}
	said := observed.SaidFacts(calls)
	r := result.Result{Class: result.Pass, Differences: observed.Compare(play.Truth, calls, o), Expected: p.expected(play, said)}
	if calls == nil {
		calls = []observed.Call{}
	}
	r.Seen, _ = json.Marshal(calls) // it was read as JSON
	facts := p.t.Facts.Declared()
	if facts == nil {
		facts = said
	}
	r.Why = "compared: " + strings.Join(facts, ", ")
	if len(r.Differences) > 0 {
		r.Class, r.Why = result.Fail, r.Differences[0].Text
		p.blame(&r, c, calls)
		return r
	}
	o.Strict = true
	if weak := observed.Compare(play.Truth, calls, o); len(weak) > 0 {
		r.Class, r.Differences, r.Why = result.NonStrict, weak, "right, and coarser than it could be: "+weak[0].Text
	}
	return r
}

// blame adds to the command that reproduces a failure the cases whose calls were mixed
// with those of this one.
func (p *party) blame(r *result.Result, c *catalogue.Case, calls []observed.Call) {
	var sessions []string
	for i := range calls {
		sessions = append(sessions, calls[i].Sessions...)
	}
	if others := p.others(sessions, c.ID); len(others) > 0 {
		r.Reproduce = p.reproduce(append([]string{c.ID}, others[0])...)
	}
}

// expected is the truth, restricted to what the receiver declares or says.
func (p *party) expected(play *catalogue.Play, said []string) json.RawMessage {
	facts := p.t.Facts.Declared()
	if facts == nil {
		facts = said
	}
	out, _ := json.Marshal(observed.Restrict(observed.OfPeople(play.Truth, play.Also), facts)) // it can always be written
	return out
}
