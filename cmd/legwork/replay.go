package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/legworkhq/legwork/cmd/legwork/internal/ingest"
	"github.com/legworkhq/legwork/cmd/legwork/internal/webhook"
)

// exitHandshake says that RingCentral would not accept the webhook.
const exitHandshake = 3

// maxConcurrency of --rate max is the default; it is one for a rate that keeps order.
const (
	maxConcurrency  = 8
	concurrencyCeil = 1000
)

// replayFlags is what replay was asked for.
type replayFlags struct {
	to, rate, speed, token, tokenHeader, resume      string
	timeout, retryAfter, blacklistAfter, reconcile   time.Duration
	concurrency, retry                               int
	noHandshake, insecure, stop, ignore, raw, asJSON bool
}

func newReplay(std stdio) *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay FILE --to URL",
		Short: "Post the notifications of a file to a webhook, as RingCentral does",
		Long: `Replay posts notifications to a webhook as RingCentral does, and says how the webhook
did: first the validation handshake, then one POST a notification, in the order of
the file and byte for byte.

FILE holds one notification a line, in the order of delivery, and may be compressed
with gzip; "-" is standard input. What is no notification is reported and skipped.

A delivery counts when the whole answer is there within 3 s and is 200; another
status, a redirect included, is a failure. What fails is lost, for RingCentral
documents no retry. When deliveries have failed for 10 minutes without a 200 in
between the webhook is blacklisted: what is due is lost, until a handshake, tried
every 15 minutes, is valid. (A newer page of RingCentral's says that it is suspended
for good: --stop-when-blacklisted.) With --rate max nothing has a time at which it
is due, so nothing is lost: it waits.

A rate is 50/s, 30/m, realtime (as the timestamps say, --speed times as fast; what is
out of order goes at once) or max. With --concurrency 1, the default except for
--rate max, notifications arrive in the order of the file, and a slow webhook slows
the replay down.

With --resume, Ctrl-C waits for the answers under way, and the same command goes on
after them. A run that was killed may send some of its last lines again.

Exit status: 0 if every notification was answered 200; 1 if any was not, was lost or
could not be read; 2 for wrong usage; 3 if the handshake failed; 130 after Ctrl-C.`,
		Example: `  legwork replay events.ndjson --to http://localhost:8080/webhook
  legwork replay events.ndjson.gz --to https://crm.example.com/rc --token s3cret --rate realtime --speed 60x
  legwork replay events.ndjson --to http://localhost:8080/webhook --rate max --concurrency 32 --json
  legwork replay events.ndjson --to http://localhost:8080/webhook --resume replay.state
  legwork demo --raw | legwork replay - --to http://localhost:8080/webhook`,
		Args: cobra.MaximumNArgs(1),
	}
	f.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			helpTo(cmd, std.err)
			return quietly(exitUsage)
		}
		return runReplay(cmd, std, &f, args[0])
	}
	return cmd
}

func (f *replayFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.to, "to", "", "the webhook's `URL`")
	fl.StringVar(&f.rate, "rate", "50/s", "how fast: a `RATE` such as 50/s, or realtime, or max")
	fl.StringVar(&f.speed, "speed", "1x", "with --rate realtime, how many `TIMES` as fast")
	fl.StringVar(&f.token, "token", "", "the subscription's verification `TOKEN`")
	fl.StringVar(&f.tokenHeader, "token-header", webhook.DefaultTokenHeader, "the `HEADER` for it; the documentation also shows Validation-Token")
	fl.DurationVar(&f.timeout, "timeout", webhook.DefaultTimeout, "how long a whole answer may take")
	fl.IntVar(&f.concurrency, "concurrency", 0, "`POSTS` under way at a time (default 1; 8 for --rate max)")
	fl.StringVar(&f.resume, "resume", "", "keep in `STATEFILE` how far it got, and go on after that")
	fl.BoolVar(&f.noHandshake, "no-handshake", false, "do not begin with the validation handshake")
	fl.BoolVar(&f.insecure, "insecure", false, "accept every certificate")
	fl.IntVar(&f.retry, "retry", 0, "send what failed again, up to `N` times (not RingCentral's way)")
	fl.DurationVar(&f.retryAfter, "retry-after", time.Second, "how long to wait before that")
	fl.DurationVar(&f.blacklistAfter, "blacklist-after", webhook.DefaultBlacklistAfter, "blacklist after failures for so long")
	fl.DurationVar(&f.reconcile, "reconcile-every", webhook.DefaultReconcileEvery, "how often to try the handshake while blacklisted")
	fl.BoolVar(&f.stop, "stop-when-blacklisted", false, "end at once when blacklisted")
	fl.BoolVar(&f.ignore, "ignore-failures", false, "never blacklist")
	fl.BoolVar(&f.raw, "raw", false, "send every JSON object, also other kinds of notification")
	fl.BoolVar(&f.asJSON, "json", false, "print the summary as JSON on standard output")
}

// plan is the flags, understood.
type plan struct {
	*replayFlags
	url  *url.URL
	pace webhook.Pacer
}

func (f *replayFlags) plan(cmd *cobra.Command, file string) (*plan, error) {
	if f.to == "" {
		return nil, usageError("--to: name the webhook, such as --to http://localhost:8080/webhook")
	}
	u, err := webhook.ParseURL(f.to)
	if err != nil {
		return nil, usageError("--to: %v", err)
	}
	speed, err := webhook.ParseSpeed(f.speed)
	if err != nil {
		return nil, usageError("--speed: %q %v", f.speed, err)
	}
	pace, err := webhook.ParseRate(f.rate, speed)
	if err != nil {
		return nil, usageError("--rate: %q %v", f.rate, err)
	}
	if err := f.check(cmd, file); err != nil {
		return nil, err
	}
	if !cmd.Flags().Changed("concurrency") {
		f.concurrency = 1
		if f.rate == webhook.RateMax {
			f.concurrency = maxConcurrency
		}
	}
	return &plan{f, u, pace}, nil
}

func (f *replayFlags) check(cmd *cobra.Command, file string) error {
	for name, d := range map[string]time.Duration{"timeout": f.timeout, "blacklist-after": f.blacklistAfter, "reconcile-every": f.reconcile} {
		if d <= 0 {
			return usageError("--%s: %v must be more than 0", name, d)
		}
	}
	switch {
	case cmd.Flags().Changed("speed") && f.rate != webhook.RateRealtime:
		return usageError("--speed is for --rate realtime")
	case cmd.Flags().Changed("concurrency") && (f.concurrency < 1 || f.concurrency > concurrencyCeil):
		return usageError("--concurrency: %d must be from 1 to %d", f.concurrency, concurrencyCeil)
	case f.retry < 0 || f.retryAfter < 0:
		return usageError("--retry and --retry-after must not be negative")
	case f.stop && f.ignore:
		return usageError("--stop-when-blacklisted and --ignore-failures exclude each other")
	case !webhook.ValidHeader(f.tokenHeader, f.token):
		return usageError("--token, --token-header: %q: %q cannot be a header", f.tokenHeader, f.token)
	case f.resume != "" && file == "-":
		return usageError("--resume needs a FILE: standard input cannot be read again")
	}
	return nil
}

func runReplay(cmd *cobra.Command, std stdio, f *replayFlags, file string) error {
	p, err := f.plan(cmd, file)
	if err != nil {
		return err
	}
	journal, err := openJournal(f.resume, file)
	if err != nil {
		return err
	}
	src := ingest.File(file)
	if file == "-" {
		src = stdinSource(std.in)
	}
	r := &replayRun{plan: p, std: std, journal: journal}
	r.feed = newFeed(&src, journal, f.raw, &ingest.Reporter{W: std.err})
	defer r.feed.close()
	return r.do(cmd.Context())
}

// openJournal returns the journal of --resume, or one in memory only.
func openJournal(state, file string) (*webhook.Journal, error) {
	if state == "" {
		return webhook.NewJournal(), nil
	}
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		return nil, usageError("--resume: %s is not a regular file", file)
	}
	id, err := webhook.Identify(file)
	if err != nil {
		return webhook.NewJournal(), nil // reading the file says it better
	}
	j, err := webhook.OpenJournal(state, id)
	switch {
	case errors.Is(err, webhook.ErrOtherFile):
		return nil, usageError("--resume: %s does not belong to %s: %v\nRemove it to begin with this file, or name another.", state, file, err)
	case err != nil:
		return nil, usageError("--resume: %s: %v", state, err)
	}
	return j, nil
}

// replayRun is one replay, with messages and summary.
type replayRun struct {
	*plan
	std     stdio
	journal *webhook.Journal
	feed    *feed
}

func (r *replayRun) do(ctx context.Context) error {
	if err := r.feed.open(ctx); err != nil {
		return r.unopened(ctx)
	}
	client := r.client()
	defer client.Close()
	if !r.noHandshake {
		if err := client.Handshake(ctx); err != nil {
			return r.refused(ctx, err)
		}
	}
	if after := r.feed.after; after > 0 {
		r.say(fmt.Sprintf("going on after line %d of %s", after, r.feed.src.Name))
	}
	stop := showProgress(r.std, []ingest.Source{*r.feed.src}, &r.feed.progress)
	replay, err := r.send(ctx, client)
	stop()
	return r.finish(replay, err)
}

// say prints a message, over the progress bar if there may be one.
func (r *replayRun) say(text string) {
	wipe := ""
	if isTerminal(r.std.err) {
		wipe = "\r\x1b[K"
	}
	fmt.Fprintf(r.std.err, "%slegwork: %s\n", wipe, text)
}

// unopened explains that there is nothing to send.
func (r *replayRun) unopened(ctx context.Context) error {
	r.feed.problems.Close()
	switch {
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, "interrupted before anything was sent"}
	case r.feed.broken:
		return quietly(exitUnreadable) // reported as a problem
	case r.feed.after > 0 && r.feed.skipped == 0:
		r.say(fmt.Sprintf("all %d lines of %s were sent already; remove %s to send them again", r.feed.after, r.feed.src.Name, r.resume))
		return nil
	case r.feed.skipped > 0:
		return &exitError{exitUnreadable, r.feed.src.Name + ": there is no notification to send" + r.rawHint()}
	}
	return &exitError{exitUnreadable, r.feed.src.Name + ": is empty: there is nothing to send"}
}

// rawHint is for a file that holds more than notifications.
func (r *replayRun) rawHint() string {
	if r.feed.others == 0 {
		return ""
	}
	return fmt.Sprintf("; --raw would send those that are JSON objects (%d)", r.feed.others)
}

func (r *replayRun) client() *webhook.Client {
	if r.insecure {
		r.say("--insecure: certificates are not verified; RingCentral verifies them")
	}
	return webhook.New(webhook.Options{
		URL: r.url, Token: r.token, TokenHeader: r.tokenHeader, Timeout: r.timeout, Insecure: r.insecure, Connections: r.concurrency,
	})
}

func (r *replayRun) refused(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &exitError{exitInterrupted, "interrupted before anything was sent"}
	}
	return &exitError{exitHandshake, fmt.Sprintf("the handshake with %s failed: %v", r.url.Redacted(), err)}
}

// sent is a replay that came to its end.
type sent struct {
	*webhook.Replay
	took time.Duration
}

func (r *replayRun) send(ctx context.Context, to webhook.Receiver) (sent, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	replay := &webhook.Replay{
		Receiver: to, Pace: r.pace, Concurrency: r.concurrency, Retry: r.retry, RetryAfter: r.retryAfter,
		Blacklist:      webhook.Blacklist{After: r.blacklistAfter, Every: r.reconcile, Never: r.ignore},
		StopWhenListed: r.stop,
		Next:           func() (webhook.Delivery, bool) { return r.feed.next(ctx) },
		Say:            r.say,
		Settled: func(line int) {
			if err := r.journal.Settle(line, time.Now()); err != nil {
				cancel(&exitError{exitUnreadable, fmt.Sprintf("--resume: cannot write: %v", err)})
			}
		},
	}
	start := time.Now()
	err := replay.Run(ctx)
	if cause, ok := errors.AsType[*exitError](context.Cause(ctx)); ok {
		err = cause
	}
	return sent{replay, time.Since(start)}, err
}

// finish prints the summary and decides about the exit status.
func (r *replayRun) finish(s sent, err error) error {
	r.feed.problems.Close()
	if serr := r.journal.Save(); serr != nil && err == nil {
		err = &exitError{exitUnreadable, fmt.Sprintf("--resume: cannot write: %v", serr)}
	}
	report := s.Tally.Report(s.took)
	report.Skipped, report.Interrupted = r.feed.skipped, errors.Is(err, context.Canceled)
	if perr := r.print(report); perr != nil {
		return writeError(perr)
	}
	if hint := r.rawHint(); hint != "" {
		r.say("some were skipped" + hint)
	}
	if refused := report.Statuses[http.StatusUnauthorized]; refused > 0 {
		r.say(fmt.Sprintf("401: the receiver wants the subscription's verification token, or another one: --token (%d)", refused))
	}
	switch {
	case report.Interrupted:
		return &exitError{exitInterrupted, r.howToGoOn()}
	case errors.Is(err, webhook.ErrBlacklisted):
		return &exitError{exitUnreadable, err.Error() + "\n" + r.howToGoOn()}
	case err != nil:
		return err
	case report.Failed+report.Lost+report.Skipped > 0 || r.feed.broken:
		return quietly(exitUnreadable)
	}
	return nil
}

func (r *replayRun) print(report webhook.Report) error {
	if !r.asJSON {
		report.Write(r.std.err, r.feed.src.Name)
		return nil
	}
	return json.NewEncoder(r.std.out).Encode(report)
}

func (r *replayRun) howToGoOn() string {
	text := fmt.Sprintf("stopped after line %d of %s", r.journal.Lines(), r.feed.src.Name)
	if r.resume == "" {
		return text + "; with --resume STATEFILE the next run could go on there"
	}
	return text + "; to go on there, run the same command again, with --resume " + r.resume
}
