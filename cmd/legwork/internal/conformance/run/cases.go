package run

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/catalogue"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/probe"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/target"
	"github.com/legworkhq/legwork/cmd/legwork/internal/webhook"
)

// party is one receiver and everything that is needed to try it.
type party struct {
	*Config
	t       *target.Target
	began   time.Time
	process *target.Process
	probe   probe.Probe
	client  *webhook.Client
	posting chan struct{} // how many cases send at a time
	asking  chan struct{} // how many ask the probe at a time

	mu      sync.Mutex
	gone    error             // the receiver went away
	owner   map[string]string // which case a session belongs to
	warned  map[string]bool
	results []result.Result
}

// waiting is how many cases may wait for the receiver to settle at a time.
const waiting = 48

// askers is how many of them ask the probe at a time: it may cost the receiver much, and
// must not keep it from answering notifications in time.
const askers = 3

// run tries every case.
func (p *party) run(ctx context.Context) ([]result.Result, error) {
	p.results = make([]result.Result, len(p.Cases))
	p.owner, p.warned = map[string]string{}, map[string]bool{}
	p.posting, p.asking = make(chan struct{}, p.t.Parallel), make(chan struct{}, askers)
	err := p.open(ctx)
	defer p.close()
	if err == nil {
		p.all(ctx)
		err = p.gone
	}
	if err != nil && ctx.Err() == nil {
		err = &UnreachableError{p.t.Name, err}
	} else {
		err = nil
	}
	for i := range p.results {
		if p.results[i].Class == "" {
			p.results[i] = result.Result{Case: p.Cases[i].ID, Class: result.Inconclusive, Why: p.unplayed(ctx, err)}
		}
	}
	return p.results, err
}

// unplayed says why a case has no result of its own.
func (p *party) unplayed(ctx context.Context, err error) string {
	if ctx.Err() != nil {
		return notPlayed + "the run was interrupted"
	}
	return notPlayed + err.Error()
}

const notPlayed = "not played: "

// Unplayed reports whether a result is that of a case which was never played to its end,
// the run having ended before.
func Unplayed(r result.Result) bool { return strings.HasPrefix(r.Why, notPlayed) }

// open starts the receiver if need be, and makes sure that it is there.
func (p *party) open(ctx context.Context) (err error) {
	if p.t.Sees.Kind == target.Exec {
		_, end, err := probe.Play(ctx, p.t, nil)
		if err == nil && end.Status != 0 {
			err = fmt.Errorf("given no notifications, %s ended with status %d%s", strings.Join(p.t.Sees.Args, " "), end.Status, end.Said)
		}
		return err
	}
	if p.process, err = p.t.Run(ctx); err != nil {
		return err
	}
	if err := target.Reachable(ctx, p.t.Webhook); err != nil {
		return fmt.Errorf("nobody answers at the webhook %s: %w", p.t.Webhook, err)
	}
	if p.probe, err = probe.New(p.t); err != nil {
		return err
	}
	p.client = webhook.New(p.options())
	return nil
}

func (p *party) options() webhook.Options {
	return webhook.Options{URL: p.t.Webhook, Token: p.t.Token, Connections: p.t.Parallel}
}

func (p *party) close() {
	if p.client != nil {
		p.client.Close()
	}
	if p.probe != nil {
		_ = p.probe.Close() // nothing was written
	}
	p.process.Stop()
}

// all plays the cases, several at a time; then, one by one, those that restart the
// receiver, which would disturb others.
func (p *party) all(ctx context.Context) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, waiting)
	if p.t.Sees.Kind == target.Exec {
		slots = make(chan struct{}, p.t.Parallel)
	}
	for i := range p.Cases {
		if p.Cases[i].Restarts {
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			p.one(ctx, i)
		})
	}
	wg.Wait()
	for i := range p.Cases {
		if p.Cases[i].Restarts {
			p.one(ctx, i)
		}
	}
}

// one plays a case and notes its result.
func (p *party) one(ctx context.Context, i int) {
	if p.stopped(ctx) {
		return
	}
	c := &p.Cases[i]
	began := time.Now()
	r := p.result(ctx, c)
	if r.Class == "" || ctx.Err() != nil && r.Class != result.Pass {
		return // it was not finished
	}
	if p.stopped(ctx) && r.Class != result.Pass {
		return // what went wrong says nothing of the case
	}
	r.Case, r.TookMs = c.ID, time.Since(began).Milliseconds()
	if r.Class == result.Fail && c.Should && !p.Strict {
		r.Class = result.NonStrict
	}
	if r.Class == result.NonStrict && p.Strict {
		r.Class = result.Fail
	}
	switch r.Class {
	case result.Fail, result.Inconclusive, result.NonStrict:
		r.Known = p.Known[c.ID] && r.Class == result.Fail
		if r.Reproduce == "" {
			r.Reproduce = p.reproduce(c.ID)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.results[i] = r
	p.Done(p.t.Name, r)
}

func (p *party) stopped(ctx context.Context) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return ctx.Err() != nil || p.gone != nil
}

// result decides whether a case can be played, and plays it.
func (p *party) result(ctx context.Context, c *catalogue.Case) result.Result {
	if area := c.Lacks(p.t.Lacks); area != "" {
		return result.Result{Class: result.Unimplemented, Why: "the target lacks " + area}
	}
	exec := p.t.Sees.Kind == target.Exec
	switch {
	case c.Contract != nil && exec:
		return p.contractByExec(ctx, c)
	case c.Contract != nil:
		return p.contract(ctx, c)
	case p.t.Sees.Kind == target.None:
		return result.Result{Class: result.Skipped, Why: "the target sees none: what it understood cannot be seen"}
	case c.Restarts && p.process == nil:
		return result.Result{Class: result.Skipped, Why: "the target has no start, so that the suite cannot restart it"}
	}
	play, err := c.Make(catalogue.Mix(p.Seed, c.ID), p.start(c.ID, 0))
	if err != nil {
		return result.Result{Class: result.Inconclusive, Why: "the case cannot be made: " + err.Error()}
	}
	r := p.try(ctx, c, play)
	if r.Class == result.Fail && p.Shrink && ctx.Err() == nil {
		r.Shrunk = p.shrink(ctx, c, play, r)
	}
	return r
}

// start is when a case begins: within the last hours, each at a time of its own, so that
// a receiver which compares times and numbers does not take one for another. A try
// after the first has other ids.
func (p *party) start(id string, try int) time.Time {
	const apart, places = 10 * time.Minute, 20
	place := time.Duration(catalogue.Mix(0, id) % places)
	return p.began.Add(-2*time.Hour - place*apart + time.Duration(try)*time.Second).UTC().Truncate(time.Millisecond)
}

// own notes whose a session is.
func (p *party) own(play *catalogue.Play, id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range play.Events {
		p.owner[play.Events[i].Body.TelephonySessionID] = id
	}
}

// others lists the other cases of this run that sessions belong to.
func (p *party) others(sessions []string, id string) (out []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range sessions {
		if o := p.owner[s]; o != "" && o != id && !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out
}

// warn says something once.
func (p *party) warn(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.warned[text] {
		p.warned[text] = true
		p.Warn(p.t.Name + ": " + text)
	}
}

// lost notes that the receiver went away.
func (p *party) lost(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone == nil {
		p.gone = err
	}
}

// looks is how often a receiver that could not be reached is looked for.
const looks = 3

// isGone reports whether a failure to send means that nobody is there any more.
func (p *party) isGone(ctx context.Context, a webhook.Answer) bool {
	if a.Failure == "" || a.Failure == webhook.TimedOut || ctx.Err() != nil {
		return false
	}
	// One that restarts is not there for a moment, and one that dies still is: two looks in
	// a row must find it, or none of three.
	there := 0
	for range looks {
		if target.Reachable(ctx, p.t.Webhook) == nil {
			there++
		} else {
			there = 0
		}
		if there == 2 {
			return false
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(200 * time.Millisecond):
		}
	}
	if there > 0 {
		return false // it came back
	}
	p.lost(fmt.Errorf("the receiver went away: %w%s", a.Err, p.process.Said()))
	return true
}
