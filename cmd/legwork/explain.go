package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/spf13/cobra"

	"github.com/legworkhq/legwork/cmd/legwork/internal/ingest"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

func newExplain(std stdio) *cobra.Command {
	var id string
	var quiet bool
	cmd := &cobra.Command{
		Use:   "explain [FILE ...]",
		Short: "Say how everything in a call is known",
		Long: `Explain tells the story of one call and names, for everything that it says, the
events that it stands on and what is missing.

The call is named by its own id, or by that of any session or party in it; the
beginning of an id is enough when it fits one call. An input with a single call
needs no --call. The input is read twice; standard input is kept in a temporary
file meanwhile.

Exit status: 0; 1 if anything could not be read; 2 for wrong usage, or when --call
fits no call or several; 130 after Ctrl-C.`,
		Example: `  legwork explain events.ndjson
  legwork explain --call s-a0d1793 events.ndjson
  legwork explain --call p-a0d1793285c1az18b67acb764z80c1d0000-2 *.ndjson.gz`,
		Args: cobra.ArbitraryArgs,
	}
	scope := addChoice(cmd, "scope", "what the subscription sees; of an extension's, gaps prove nothing", "account", "extension")
	color := addChoice(cmd, "color", "when to colour", "auto", "always", "never")
	cmd.Flags().StringVar(&id, "call", "", "the call to explain: the `ID` of the call, a session or a party")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "no summary and no progress bar")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		srcs := sources(std, args)
		if srcs == nil {
			helpTo(cmd, std.err)
			return quietly(exitUsage)
		}
		run := &rebuild{std: std, scope: scope.value, keep: math.MaxInt, quiet: quiet}
		return runExplain(cmd.Context(), run, srcs, id, page{wantColor(color.value, std.out), width(std.out)})
	}
	return cmd
}

func runExplain(ctx context.Context, run *rebuild, srcs []ingest.Source, id string, p page) error {
	remove, err := spool(ctx, srcs)
	defer remove()
	if ctx.Err() != nil {
		return quietly(exitInterrupted)
	}
	if err != nil {
		return &exitError{exitUnreadable, err.Error()}
	}
	find := finder{id: id}
	run.render = find.see
	run.write = func([]byte) error { return nil }
	passErr := run.do(ctx, srcs)
	if passErr != nil && !isStatus(passErr, exitUnreadable) {
		return passErr
	}
	c := find.found()
	if c == nil {
		return find.explainAbsence(run.std.err)
	}
	events, err := eventsOf(ctx, srcs, c)
	if err != nil {
		return quietly(exitInterrupted)
	}
	var buf bytes.Buffer
	if err := p.story(&buf, c, events, run.scope == "extension"); err != nil {
		return &exitError{exitUnreadable, err.Error()}
	}
	if _, err := run.std.out.Write(buf.Bytes()); err != nil {
		return writeError(err)
	}
	return passErr
}

func isStatus(err error, status int) bool {
	var e *exitError
	return errors.As(err, &e) && e.status == status
}

// eventsOf reads the sources again and collects the events of c's sessions.
func eventsOf(ctx context.Context, srcs []ingest.Source, c *call.Call) ([]wire.Event, error) {
	member := map[string]bool{}
	for _, s := range c.Sessions {
		member[string(s.ID)] = true
	}
	var events []wire.Event
	err := ingest.Read(ctx, ingest.Options{}, srcs, func(it *ingest.Item) error {
		if it.Err == nil && member[it.Event.Body.TelephonySessionID] {
			events = append(events, *it.Event)
			*it.Event = wire.Event{}
		}
		return nil
	})
	return events, err
}

// explainAbsence says why there is no one call to explain.
func (f *finder) explainAbsence(w io.Writer) error {
	switch {
	case f.id == "" && f.count == 0:
		return usageError("there is no call in the input")
	case f.id == "":
		fmt.Fprintf(w, "legwork: there are %d calls in the input; name one with --call:\n", f.count)
	case f.count > 1:
		fmt.Fprintf(w, "legwork: %d calls have an id that begins with %q:\n", f.count, f.id)
	case len(f.near) == 0:
		return usageError("no call has an id that begins with %q, and there is no other", f.id)
	default:
		fmt.Fprintf(w, "legwork: no call has an id that begins with %q; the nearest are:\n", f.id)
		for _, n := range f.near {
			fmt.Fprintf(w, "  %s\n", n.id)
		}
		return quietly(exitUsage)
	}
	for _, c := range f.matched {
		fmt.Fprintf(w, "  %s  %s  %s  %s\n", c.ID, c.StartedAt, c.Direction, c.Outcome)
	}
	if more := f.count - len(f.matched); more > 0 {
		fmt.Fprintf(w, "  and %d more\n", more)
	}
	return quietly(exitUsage)
}
