package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/legworkhq/legwork/cmd/legwork/internal/ingest"
	"github.com/legworkhq/legwork/recon/call"
)

// keepCalls is how many ended calls recon keeps, for events that come late and in
// order to print the calls by their start.
const keepCalls = 20_000

// reconFlags is what recon was asked for.
type reconFlags struct {
	format, scope, color *choice
	call, out            string
	strict, quiet        bool
}

func newRecon(std stdio) *cobra.Command {
	var f reconFlags
	cmd := &cobra.Command{
		Use:   "recon [FILE ...]",
		Short: "Print the calls that the notifications in the files tell of",
		Long: fmt.Sprintf(`Recon reads notifications and prints the calls they tell of, one after another.

A FILE holds one JSON object a line, a JSON array, or objects one after another,
and may be compressed with gzip. The file "-", or none, is standard input.
Notifications may be repeated and in any order. Up to %d ended calls the
calls are printed at the end, by their start; of a longer input each is printed
when it has been over for a while, and once more should a late event change it.

What cannot be read is reported as file:line: byte N: field: text, and the rest is
still processed. The last line, on standard error, counts every record.

Exit status: 0; 1 if anything could not be read; 2 for wrong usage; 130 after Ctrl-C.`, keepCalls),
		Example: `  legwork recon events.ndjson                       one page a call
  legwork recon --format json *.ndjson.gz           one JSON object a line
  legwork recon --format mermaid --call s-a0d events.ndjson
                                                    a sequence diagram of one call
  legwork recon --format svg -o calls.svg events.ndjson
                                                    one drawing, a ladder a call
  cat events.ndjson | legwork recon --format legs   a table of legs a call`,
		Args: cobra.ArbitraryArgs,
	}
	f.format = addChoice(cmd, "format", "what to print for a call", formats...)
	f.scope = addChoice(cmd, "scope", "what the subscription sees; of an extension's, gaps prove nothing", "account", "extension")
	f.color = addChoice(cmd, "color", "when to colour", "auto", "always", "never")
	cmd.Flags().StringVar(&f.call, "call", "", "print only calls with a call, session or party `ID` that begins like this")
	cmd.Flags().StringVarP(&f.out, "out", "o", "", "write to `FILE`, which appears when it is complete")
	cmd.Flags().BoolVar(&f.strict, "strict", false, "stop at the first unreadable record")
	cmd.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "no summary and no progress bar")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return runRecon(cmd, std, &f, args) }
	return cmd
}

func runRecon(cmd *cobra.Command, std stdio, f *reconFlags, args []string) error {
	srcs := sources(std, args)
	if srcs == nil {
		helpTo(cmd, std.err)
		return quietly(exitUsage)
	}
	out, err := openOutput(std, f.out)
	if err != nil {
		return err
	}
	tuneCollector()
	p := printer{format: f.format.value, page: page{color: wantColor(f.color.value, out.File), width: width(out.File)}}
	run := &rebuild{std: std, scope: f.scope.value, keep: keepCalls, strict: f.strict, quiet: f.quiet, between: p.between()}
	run.write = func(text []byte) error {
		_, err := out.Write(text)
		return err
	}
	var drawing *gathering
	if p.format == "svg" {
		drawing = &gathering{}
		run.write = drawing.add
	}
	var matched atomic.Bool
	run.render = func(dst []byte, c *call.Call) ([]byte, error) {
		if f.call != "" && !matches(c, f.call) {
			return dst, nil
		}
		matched.Store(true)
		return p.print(dst, c)
	}
	if err := p.head(out); err != nil {
		out.finish(false) // what could not be written is not kept
		return writeError(err)
	}
	err = run.do(cmd.Context(), srcs)
	if drawing != nil {
		if derr := drawing.draw(out); derr != nil {
			run.complete, err = false, derr
		}
	}
	if ferr := out.finish(run.complete); ferr != nil {
		return ferr
	}
	if f.call != "" && !matched.Load() && err == nil {
		return usageError("no call has an id that begins with %q; without --call all are printed", f.call)
	}
	return err
}

// rebuild is one pass over the input that rebuilds its calls, with messages,
// progress and summary on standard error.
type rebuild struct {
	std           stdio
	scope         string
	keep          int
	strict, quiet bool
	render        func(dst []byte, c *call.Call) ([]byte, error) // on several goroutines
	write         func([]byte) error
	between       string // stands between two calls
	complete      bool   // set by do: the input was read to its end
}

func (r *rebuild) do(ctx context.Context, srcs []ingest.Source) error {
	var progress ingest.Progress
	stop := func() {}
	if !r.quiet {
		stop = showProgress(r.std, srcs, &progress)
	}
	messages := ingest.Reporter{W: r.std.err}
	var writeErr error
	sum, err := ingest.Rebuild(ctx, ingest.Config{
		Options:   ingest.Options{Progress: &progress},
		NewEngine: ingest.NewEngine,
		Recon:     reconConfig(r.scope),
		KeepCalls: r.keep,
		Strict:    r.strict,
		Problem:   messages.Report,
		Render:    r.render,
		Between:   r.between,
		Write: func(text []byte) error {
			writeErr = r.write(text)
			return writeErr
		},
	}, srcs)
	stop()
	messages.Close()
	r.complete = err == nil && !sum.Interrupted
	if writeErr != nil {
		return writeError(writeErr)
	}
	if !r.quiet {
		fmt.Fprintln(r.std.err, sum.String())
	}
	switch {
	case sum.Interrupted:
		return quietly(exitInterrupted)
	case errors.Is(err, ingest.ErrStrict):
		return &exitError{exitUnreadable, err.Error() + " (--strict)"}
	case err != nil:
		return &exitError{exitUnreadable, err.Error()}
	case !sum.Clean():
		return quietly(exitUnreadable)
	}
	return nil
}
