package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/catalogue"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/contract"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/probe"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/target"
	"github.com/legworkhq/legwork/cmd/legwork/internal/webhook"
)

// contract plays a case of L0 against a webhook.
func (p *party) contract(ctx context.Context, c *catalogue.Case) result.Result {
	p.posting <- struct{}{}
	defer func() { <-p.posting }()
	o := c.Contract.Play(ctx, &contract.Receiver{Options: p.options(), Seed: catalogue.Mix(p.Seed, c.ID), Start: p.start(c.ID, 0)})
	if ctx.Err() != nil {
		return result.Result{}
	}
	r := result.Result{Class: result.Pass, Why: o.Why, Sent: o.Sent, Differences: o.Differences}
	switch {
	case o.Skipped:
		r.Class = result.Skipped
	case len(o.Differences) > 0:
		r.Class, r.Why = result.Fail, o.Differences[0].Text
		if p.isGone(ctx, webhook.Answer{Failure: webhook.Refused, Err: errors.New("nobody answers any more")}) {
			return result.Result{}
		}
	}
	return r
}

// contractByExec gives a process the bodies of a case of L0: it must go on, and end by
// itself.
func (p *party) contractByExec(ctx context.Context, c *catalogue.Case) result.Result {
	lines := c.Contract.Lines(catalogue.Mix(p.Seed, c.ID), p.start(c.ID, 0))
	if lines == nil {
		return result.Result{Class: result.Skipped, Why: "the case is about HTTP, and the target reads its standard input"}
	}
	r := result.Result{Class: result.Pass, Why: fmt.Sprintf("%d notifications read, and ended with status 0", len(lines))}
	for _, l := range lines {
		r.Sent = append(r.Sent, contract.Sent(0, l, "", webhook.Answer{}))
	}
	_, end, err := probe.Play(ctx, p.t, lines)
	switch {
	case ctx.Err() != nil:
		return result.Result{}
	case err != nil:
		r.Class, r.Why = result.Inconclusive, err.Error()
	case end.Status != 0:
		r.Class, r.Why = result.Fail, fmt.Sprintf("it ended with status %d%s", end.Status, end.Said)
		r.Differences = []result.Difference{{About: "exit", Text: r.Why}}
	}
	return r
}

// try sends a play and judges what the receiver understood.
func (p *party) try(ctx context.Context, c *catalogue.Case, play *catalogue.Play) result.Result {
	return p.tryWithin(ctx, c, play, p.t.Settle)
}

// tryWithin is try where the receiver must settle sooner.
func (p *party) tryWithin(ctx context.Context, c *catalogue.Case, play *catalogue.Play, settle time.Duration) result.Result {
	p.own(play, c.ID)
	if p.t.Sees.Kind == target.Exec {
		return p.tryExec(ctx, c, play)
	}
	sent, wrong := p.send(ctx, play)
	if ctx.Err() != nil {
		return result.Result{}
	}
	if len(wrong) > 0 {
		r := result.Result{Class: result.Fail, Sent: sent, Differences: wrong, Expected: p.expected(play, nil)}
		r.Why = wrong[0].Text
		return r
	}
	r := p.settle(ctx, c, play, settle)
	r.Sent = sent
	return r
}

func (p *party) tryExec(ctx context.Context, c *catalogue.Case, play *catalogue.Play) result.Result {
	var lines [][]byte
	var sent []result.Sent
	l, ns := newLiner(play), notes(play.Steps)
	for i, s := range play.Steps {
		b := body(play, s)
		lines = append(lines, b)
		sent = append(sent, result.Sent{Line: l.line(&play.Events[s.Event]), Note: ns[i], Body: b})
	}
	a, end, err := probe.Play(ctx, p.t, lines)
	var r result.Result
	switch {
	case ctx.Err() != nil:
		return result.Result{}
	case err != nil:
		r = result.Result{Class: result.Inconclusive, Why: err.Error()}
	case end.Status != 0:
		why := fmt.Sprintf("it ended with status %d%s", end.Status, end.Said)
		r = result.Result{Class: result.Fail, Why: why, Differences: []result.Difference{{About: "exit", Text: why}}, Expected: p.expected(play, nil)}
	default:
		r = p.judge(c, play, a.Calls, true)
		p.strange(a.Unknown)
	}
	r.Sent = sent
	return r
}

// send posts a play, one notification after another. What was not answered 200 in time
// is lost, as far as RingCentral is concerned.
func (p *party) send(ctx context.Context, play *catalogue.Play) (sent []result.Sent, wrong []result.Difference) {
	p.posting <- struct{}{}
	defer func() { <-p.posting }()
	began := time.Now()
	l, ns := newLiner(play), notes(play.Steps)
	failed := 0
	for i, s := range play.Steps {
		if ctx.Err() != nil {
			return sent, wrong
		}
		if s.Restart {
			var err error
			if p.process, err = p.process.Restart(ctx); err != nil {
				p.lost(fmt.Errorf("it does not come back after a restart: %w", err))
				return sent, append(wrong, result.Difference{About: "restart", Text: err.Error()})
			}
			p.client.Close() // the connections of the one that was stopped
		}
		b := body(play, s)
		at := time.Since(began)
		a := p.client.Post(ctx, b)
		one := contract.Sent(at, b, ns[i], a)
		one.Line = l.line(&play.Events[s.Event])
		sent = append(sent, one)
		if a.OK() {
			continue
		}
		failed++
		if len(wrong) == 0 {
			wrong = append(wrong, result.Difference{About: fmt.Sprintf("sent[%d]", i), Text: one.Line + ": " + contract.Why(a)})
		}
		if p.isGone(ctx, a) || failed == patience {
			break
		}
	}
	if failed > 1 {
		wrong[0].Text += fmt.Sprintf("; %d of %d notifications were not answered 200", failed, len(sent))
	}
	return sent, wrong
}

// patience is after how many failures a case is not sent any further.
const patience = 5
