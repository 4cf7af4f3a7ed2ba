// Package run plays the cases of the regression suite at receivers, and says how each
// one went.
//
//	run.go     all receivers, one after another
//	cases.go   the cases of one receiver, several at a time
//	play.go    one case: what is sent
//	settle.go  what the receiver understood, once it has settled
//	shrink.go  the least delivery that still fails
//	junit.go   the result for CI
package run

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/catalogue"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/target"
)

// Config says what to run.
type Config struct {
	Cases   []catalogue.Case
	Targets []*target.Target
	Seed    uint64
	// Strict: what is weaker than wished fails.
	Strict bool
	// Shrink looks for the least delivery that still fails.
	Shrink bool
	// Known lists the cases that are known to fail.
	Known map[string]bool
	// Features are the paths of the user's own scenarios, for the commands that
	// reproduce a failure.
	Features []string
	// Suite is Legwork's version, for the report.
	Suite string
	// Done is told of each result as it comes, Warn of what somebody should know. Both
	// may be called from several goroutines, not at the same time. Nil for nobody.
	Done func(receiver string, r result.Result)
	Warn func(text string)
}

// UnreachableError says that a receiver is not there.
type UnreachableError struct {
	Receiver string
	Err      error
}

func (e *UnreachableError) Error() string { return e.Receiver + ": " + e.Err.Error() }
func (e *UnreachableError) Unwrap() error { return e.Err }

// Run plays all cases at all receivers. A receiver that is not there, or goes away, is
// an *UnreachableError, and ends the run; the report then has what there is. Where ctx
// ends, the report is marked as interrupted and what was not finished is INCONCLUSIVE.
func Run(ctx context.Context, c Config) (result.Report, error) {
	if c.Done == nil {
		c.Done = func(string, result.Result) {}
	}
	if c.Warn == nil {
		c.Warn = func(string) {}
	}
	began := time.Now()
	r := result.Report{Suite: c.Suite, Seed: c.Seed, Started: began.UTC().Truncate(time.Second)}
	for i := range c.Cases {
		r.Cases = append(r.Cases, c.Cases[i].Case)
	}
	var failed error
	for _, t := range c.Targets {
		rec := result.Receiver{Name: t.Name, Version: t.Version, Sees: t.Sees.Kind}
		p := &party{Config: &c, t: t, began: began}
		rec.Results, failed = p.run(ctx)
		r.Receivers = append(r.Receivers, rec)
		if failed != nil {
			break
		}
	}
	r.TookMs = time.Since(began).Milliseconds()
	r.Interrupted = ctx.Err() != nil
	return r, failed
}

// reproduce is a command line that plays a case again.
func (p *party) reproduce(ids ...string) string {
	out := fmt.Sprintf("legwork conformance run %s --seed %d --target %s", strings.Join(ids, " "), p.Seed, quoted(p.t.File))
	for _, f := range p.Features {
		out += " --features " + quoted(f)
	}
	return out
}

// quoted is a word for a shell.
func quoted(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./") == "" && s != "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
