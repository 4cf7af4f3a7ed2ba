package run

import (
	"context"
	"slices"
	"time"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/catalogue"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/script"
)

// The bounds of a search.
const (
	shrinkTries = 60
	shrinkFor   = 2 * time.Minute
)

// shrinker looks for the least that fails by the same mistake. Every try has fresh ids.
type shrinker struct {
	*party
	ctx   context.Context
	c     *catalogue.Case
	about string // the mistake, or what was wrong
	tries int
	until time.Time
	best  *catalogue.Play
}

// shrink returns the least delivery that still fails, a line a notification. Where it
// fails also in order, what people do is shrunk too.
func (p *party) shrink(ctx context.Context, c *catalogue.Case, play *catalogue.Play, r result.Result) []string {
	s := &shrinker{party: p, ctx: ctx, c: c, about: blamed(r), until: time.Now().Add(shrinkFor), best: play}
	if s.try(c, catalogue.InOrder(len(play.Events))) {
		s.script()
	} else {
		s.copies()
		s.order()
	}
	l, ns := newLiner(s.best), notes(s.best.Steps)
	var out []string
	for i, st := range s.best.Steps {
		line := l.line(&s.best.Events[st.Event])
		if ns[i] != "" {
			line += "  (" + ns[i] + ")"
		}
		out = append(out, line)
	}
	return out
}

// blamed is what a result is blamed for.
func blamed(r result.Result) string {
	if len(r.Differences) == 0 {
		return ""
	}
	if d := r.Differences[0]; d.Mistake != "" {
		return d.Mistake
	}
	return "answer"
}

// try reports whether a case still fails alike when it is delivered by these steps, and
// keeps that delivery.
func (s *shrinker) try(c *catalogue.Case, steps []catalogue.Step) bool {
	if s.ctx.Err() != nil || s.tries >= shrinkTries || time.Now().After(s.until) {
		return false
	}
	s.tries++
	play, err := c.Make(catalogue.Mix(s.Seed, s.c.ID), s.start(s.c.ID, s.tries))
	if err != nil {
		return false
	}
	if steps == nil {
		steps = catalogue.InOrder(len(play.Events))
	}
	if slices.ContainsFunc(steps, func(st catalogue.Step) bool { return st.Event >= len(play.Events) }) {
		return false
	}
	play.Steps = steps
	r := s.tryWithin(s.ctx, c, play, min(s.t.Settle, max(s.t.Settle/4, 500*time.Millisecond)))
	if r.Class != result.Fail || blamed(r) != s.about {
		return false
	}
	s.best = play
	return true
}

// script leaves out what people do.
func (s *shrinker) script() {
	sc := s.c.Script()
	sim.Reduce(sim.Case{Script: sc}, nil, func(c *sim.Case) bool {
		if slices.EqualFunc(c.Script.Steps, sc.Steps, func(a, b script.Step) bool { return a == b }) {
			return false // the case itself: nothing is gained
		}
		return s.try(s.c.With(c.Script), nil)
	})
}

// copies leaves out repeats, many at a time at first.
func (s *shrinker) copies() {
	for size := len(s.best.Steps); size > 0; size /= 2 {
		for at := 0; at < len(s.best.Steps); {
			if cut := without(s.best.Steps, at, size); len(cut) == len(s.best.Steps) || !s.try(s.c, cut) {
				at += size
			}
		}
	}
}

// without leaves out the repeats among so many steps.
func without(steps []catalogue.Step, at, size int) (out []catalogue.Step) {
	for i, st := range steps {
		repeat := slices.ContainsFunc(out, func(o catalogue.Step) bool { return o.Event == st.Event })
		if i < at || i >= at+size || !repeat {
			out = append(out, st)
		}
	}
	return out
}

// order puts runs of steps in order, long ones first.
func (s *shrinker) order() {
	for size := len(s.best.Steps) / 2; size > 1; size /= 2 {
		for at := 0; at+size <= len(s.best.Steps); at += max(size/2, 1) {
			next := slices.Clone(s.best.Steps)
			slices.SortStableFunc(next[at:at+size], func(a, b catalogue.Step) int { return a.Event - b.Event })
			if !slices.Equal(next, s.best.Steps) {
				s.try(s.c, next)
			}
		}
	}
	for at := range s.best.Steps { // and each one to where it belongs
		next := slices.Clone(s.best.Steps)
		st := next[at]
		next = slices.Delete(next, at, at+1)
		to := slices.IndexFunc(next, func(o catalogue.Step) bool { return o.Event > st.Event })
		if to < 0 {
			to = len(next)
		}
		if next = slices.Insert(next, to, st); !slices.Equal(next, s.best.Steps) {
			s.try(s.c, next)
		}
	}
}
