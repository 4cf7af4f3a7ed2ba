package sim

import (
	"slices"
	"time"

	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
	"github.com/legworkhq/legwork/sim/script"
	"github.com/legworkhq/legwork/sim/weather"
)

// Reduce shrinks a case that fails to the least that still does: fewer steps, fewer
// unusual answers of the dialect, less weather, fewer losses, rounder times. fails
// says whether a case still fails; one that cannot be carried out does not. lost are
// the notifications that the weather lost, so that they can be lost without it.
func Reduce(c Case, lost []int, fails func(*Case) bool) Case {
	r := &reducer{best: c, fails: fails}
	r.try(func(c *Case) { c.Weather, c.Lose = weather.Weather{}, append(slices.Clone(c.Lose), lost...) })
	for again := true; again; {
		again = r.steps()
		again = r.dialect() || again
		again = r.weather() || again
		again = r.losses() || again
		again = r.plain() || again
		again = r.rounder() || again
	}
	return r.best
}

type reducer struct {
	best  Case
	fails func(*Case) bool
}

// try keeps a change under which the case still fails.
func (r *reducer) try(change func(*Case)) bool {
	next := r.best
	s := *r.best.Script
	s.Steps = slices.Clone(s.Steps)
	next.Script, next.Lose = &s, slices.Clone(next.Lose)
	change(&next)
	if !r.fails(&next) {
		return false
	}
	r.best = next
	return true
}

// steps leaves out runs of steps, long ones first. Where notifications are lost, it
// looks for others to lose when those before are gone.
func (r *reducer) steps() (any bool) {
	for size := len(r.best.Script.Steps) / 2; size > 0; size /= 2 {
		for at := 0; at+size <= len(r.best.Script.Steps); {
			cut := func(c *Case) { c.Script.Steps = slices.Delete(c.Script.Steps, at, at+size) }
			if r.try(cut) || r.tryLosing(cut) {
				any = true
			} else {
				at++
			}
		}
	}
	return any
}

// tryLosing tries a change with every one, and every two, notifications lost instead.
func (r *reducer) tryLosing(change func(*Case)) bool {
	n := len(r.best.Lose)
	if n == 0 || n > 2 {
		return false
	}
	const most = 60
	for i := range most {
		if n == 1 {
			if r.try(func(c *Case) { change(c); c.Lose = []int{i} }) {
				return true
			}
			continue
		}
		for j := i + 1; j < most; j++ {
			if r.try(func(c *Case) { change(c); c.Lose = []int{i, j} }) {
				return true
			}
		}
	}
	return false
}

func (r *reducer) dialect() (any bool) {
	if r.best.Dialect != (dialect.Dialect{}) && r.try(func(c *Case) { c.Dialect = dialect.Dialect{} }) {
		return true
	}
	for k := range r.best.Dialect {
		if r.best.Dialect[k] != 0 && r.try(func(c *Case) { c.Dialect[k] = 0 }) {
			any = true
		}
	}
	return any
}

func (r *reducer) weather() (any bool) {
	if r.best.Weather == (weather.Weather{}) {
		return false
	}
	for _, change := range []func(w *weather.Weather){
		func(w *weather.Weather) { *w = weather.Weather{} },
		func(w *weather.Weather) { w.Duplicate = 0 },
		func(w *weather.Weather) { w.Reorder, w.Window = 0, 0 },
		func(w *weather.Weather) { w.Delay, w.DelayCap = 0, 0 },
		func(w *weather.Weather) { w.Late, w.LateBy = 0, 0 },
		func(w *weather.Weather) { w.Drop = 0 },
		func(w *weather.Weather) { w.Burst, w.BurstFor = 0, 0 },
		func(w *weather.Weather) { w.Retry, w.RetryAfter = 0, 0 },
		func(w *weather.Weather) { w.Restart = 0 },
		func(w *weather.Weather) { w.Overlap = 0 },
		func(w *weather.Weather) { w.Extension = "" },
		func(w *weather.Weather) { w.Filter = weather.Filter{} },
	} {
		was := r.best.Weather
		next := was
		if change(&next); next != was {
			any = r.try(func(c *Case) { c.Weather = next }) || any
		}
	}
	return any
}

func (r *reducer) losses() (any bool) {
	for at := 0; at < len(r.best.Lose); {
		if r.try(func(c *Case) { c.Lose = slices.Delete(c.Lose, at, at+1) }) {
			any = true
		} else {
			at++
		}
	}
	return any
}

// plain uses today's ids and the smallest seed.
func (r *reducer) plain() (any bool) {
	if r.best.IDs != wire.Grammar2022 {
		any = r.try(func(c *Case) { c.IDs = wire.Grammar2022 })
	}
	if r.best.Seed != 0 {
		any = r.try(func(c *Case) { c.Seed = 0 }) || any
	}
	return any
}

// rounder moves steps to whole seconds, close after one another.
func (r *reducer) rounder() (any bool) {
	const apart = 3 * time.Second
	for i := range r.best.Script.Steps {
		before := time.Duration(0)
		if i > 0 {
			before = r.best.Script.Steps[i-1].At + apart
		}
		st := r.best.Script.Steps[i]
		for _, at := range []time.Duration{before.Truncate(time.Second), st.At.Truncate(time.Second)} {
			if at < st.At && (i == 0 || at > r.best.Script.Steps[i-1].At) && r.try(func(c *Case) { shift(c.Script, i, at) }) {
				any = true
				break
			}
		}
	}
	return any
}

// shift moves a step, and those after it with it.
func shift(s *script.Script, i int, to time.Duration) {
	by := s.Steps[i].At - to
	for j := i; j < len(s.Steps); j++ {
		s.Steps[j].At -= by
	}
}
