package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/legworkhq/legwork/cmd/legwork/internal/ingest"
	"github.com/legworkhq/legwork/internal/mask"
	"github.com/legworkhq/legwork/recon/wire"
)

// maskFlags is what mask was asked for.
type maskFlags struct {
	keyFile, out       string
	scope              *choice
	keep               []string
	drop, shift, quiet bool
}

// minKey is how many bytes a key file must hold: fewer could be guessed.
const minKey = 16

func newMask(std stdio) *cobra.Command {
	var f maskFlags
	cmd := &cobra.Command{
		Use:   "mask FILE",
		Short: "Make a capture that may be shared out of one that may not",
		Long: `Mask replaces what identifies anybody in a capture: telephone and extension numbers,
names, and every id. Times, order, statuses and links stay, so that the calls of the
masked capture are the masked calls of the capture; up to 60000 notifications mask
compares them before it writes anything.

FILE is read as recon reads it; "-" is standard input. What is written is one
notification a line. Equal values are replaced by equal ones, different values by
different ones: numbers by numbers kept for fiction (+1 404 555 0134; +44, +61 and
+33 keep their country), extension numbers by as many digits, ids by ids of their
grammar. What a meaning hangs on stays: anonymous, dial codes such as *81, park
locations, the session id "0" of conferences.

Replacements depend on a secret key, a fresh one each time, which is written nowhere:
then nobody can go back, not even you. With --key-file another capture is masked alike;
whoever has the key can try numbers until one fits, so do not share it. (Two numbers or
names that would become one are drawn again, and then may differ from file to file.)
What mask cannot hide is when calls took place: --shift-times moves all times by the
same one to three years.

What is not known is not passed on. Where the file holds members or values that
Legwork does not know, or lines that it cannot read, mask lists them and writes nothing.
--drop-unknown leaves them out; --keep PATH passes one member on as it is.

Exit status: 0; 1 if nothing was written, for what the file holds; 2 for wrong usage;
130 after Ctrl-C.`,
		Example: `  legwork mask capture.ndjson --out shared.ndjson
  legwork mask capture.ndjson.gz > shared.ndjson
  legwork mask monday.ndjson --key-file my.key --out shared-monday.ndjson
                                 the same people as in every file masked with my.key
  legwork mask capture.ndjson --drop-unknown --keep body.parties[].status.code
  legwork mask capture.ndjson | legwork recon`,
		Args: cobra.MaximumNArgs(1),
	}
	fl := cmd.Flags()
	fl.StringVar(&f.keyFile, "key-file", "", "take the key from `FILE`, 16 random bytes or more (default a fresh key)")
	fl.StringVarP(&f.out, "out", "o", "", "write to `FILE`, which appears when it is complete")
	fl.BoolVar(&f.drop, "drop-unknown", false, "leave out what is not known")
	fl.StringArrayVar(&f.keep, "keep", nil, "pass the member at `PATH`, as mask lists it, on unmasked; may be repeated")
	fl.BoolVar(&f.shift, "shift-times", false, "move all times by the same one to three years back")
	f.scope = addChoice(cmd, "scope", "what the subscription sees", "account", "extension")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "no report and no progress bar")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			helpTo(cmd, std.err)
			return quietly(exitUsage)
		}
		return runMask(cmd.Context(), std, &f, args[0])
	}
	return cmd
}

func runMask(ctx context.Context, std stdio, f *maskFlags, file string) error {
	if err := f.check(std, file); err != nil {
		return err
	}
	key, err := f.key()
	if err != nil {
		return err
	}
	srcs := sources(std, []string{file})
	remove, err := spool(ctx, srcs)
	defer remove()
	if err != nil {
		return &exitError{exitUnreadable, fmt.Sprintf("%s: %v", srcs[0].Name, err)}
	}
	r := &maskRun{maskFlags: f, std: std, src: srcs[0]}
	r.survey = mask.NewSurvey(mask.Options{DropUnknown: f.drop, Keep: f.keep, Extension: f.scope.value == "extension"})
	return r.do(ctx, key)
}

// check refuses to write over what is read, before anything is opened for writing.
func (f *maskFlags) check(std stdio, file string) error {
	for _, in := range []struct{ name, path string }{{"the capture", file}, {"the key", f.keyFile}} {
		info, err := os.Stat(in.path)
		if err != nil || in.path == "-" || !info.Mode().IsRegular() {
			continue
		}
		if out, err := os.Stat(f.out); err == nil && f.out != "" && os.SameFile(info, out) {
			return usageError("--out: %s is %s itself; name another file", f.out, in.name)
		}
		if out, err := std.out.Stat(); err == nil && f.out == "" && os.SameFile(info, out) {
			return usageError("standard output is %s itself, %s; name another file", in.name, in.path)
		}
	}
	return nil
}

func (f *maskFlags) key() (mask.Key, error) {
	if f.keyFile == "" {
		secret := make([]byte, 32)
		_, err := rand.Read(secret)
		return mask.NewKey(secret), err
	}
	secret, err := os.ReadFile(f.keyFile)
	if err != nil {
		return mask.Key{}, usageError("--key-file: %v", err)
	}
	if len(secret) < minKey {
		return mask.Key{}, usageError("--key-file: %s holds %d bytes; want %d or more, such as openssl rand -out %s 32 makes", f.keyFile, len(secret), minKey, f.keyFile)
	}
	return mask.NewKey(secret), nil
}

// maskRun reads the capture twice: to know what is in it, and to write it.
type maskRun struct {
	*maskFlags
	std    stdio
	src    ingest.Source
	survey *mask.Survey
	broken bool
}

func (r *maskRun) do(ctx context.Context, key mask.Key) error {
	if err := r.look(ctx); err != nil {
		return err
	}
	m, err := r.survey.Masker(key, r.shift)
	switch {
	case errors.Is(err, mask.ErrStrange):
		return r.refuse()
	case errors.Is(err, mask.ErrDiffers):
		return &exitError{exitUnreadable, r.src.Name + ": " + err.Error() + ": events contradict one another; nothing was written"}
	case err != nil:
		return &exitError{exitUnreadable, r.src.Name + ": " + err.Error()}
	}
	tally := m.Tally()
	if err := r.write(ctx, m); err != nil {
		return err
	}
	if !r.quiet {
		r.report(m, tally)
	}
	return nil
}

// read shows every record of the capture to visit.
func (r *maskRun) read(ctx context.Context, visit func(*ingest.Item) error) error {
	var progress ingest.Progress
	stop := func() {}
	if !r.quiet {
		stop = showProgress(r.std, []ingest.Source{r.src}, &progress)
	}
	err := ingest.Read(ctx, ingest.Options{Progress: &progress}, []ingest.Source{r.src}, visit)
	stop()
	return err
}

// look surveys the capture.
func (r *maskRun) look(ctx context.Context) error {
	problems := ingest.Reporter{W: r.std.err}
	err := r.read(ctx, func(it *ingest.Item) error {
		if it.Err == nil {
			r.survey.Add(it.Line, *it.Event)
			*it.Event = wire.Event{}
			return nil
		}
		p := ingest.ProblemOf(it)
		problems.Report(p)
		if r.broken = r.broken || it.Broken; !it.Broken {
			r.survey.Refuse(it.Line, p.Text)
		}
		return nil
	})
	problems.Close()
	switch {
	case err != nil:
		return err
	case r.broken:
		return quietly(exitUnreadable) // reported as a problem
	case r.survey.Events() > 0:
		return nil
	case len(r.survey.Strange()) > 0:
		return &exitError{exitUnreadable, r.src.Name + ": there is no notification in it; nothing was written"}
	}
	return &exitError{exitUnreadable, r.src.Name + ": is empty: there is nothing to mask"}
}

// refuse says what is not known and how to go on.
func (r *maskRun) refuse() error {
	r.list("not known, so nothing was written:")
	return &exitError{exitUnreadable, "look at them; --drop-unknown leaves them out, --keep PATH passes a member on unmasked"}
}

// list prints what is not known.
func (r *maskRun) list(title string) {
	fmt.Fprintf(r.std.err, "%s: %s\n", r.src.Name, title)
	for _, x := range r.survey.Strange() {
		fmt.Fprintf(r.std.err, "  %s: %s\n", visible(x.Describe()), visible(x.Example))
	}
}

// visible is the beginning of a text, without what a terminal could act on.
func visible(s string) string {
	const longest = 80
	runes := []rune(s)
	if len(runes) > longest {
		runes = append(runes[:longest], []rune("...")...)
	}
	return strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return unicode.ReplacementChar
	}, string(runes))
}

// write reads the capture again and writes it masked.
func (r *maskRun) write(ctx context.Context, m *mask.Masker) error {
	out, err := openOutput(r.std, r.out)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 256<<10)
	var line []byte
	written := 0
	var writeErr error
	err = r.read(ctx, func(it *ingest.Item) error {
		if it.Err != nil {
			return nil // refused before
		}
		if err := m.Event(it.Event); err != nil {
			return err
		}
		line = append(wire.Append(line[:0], it.Event), '\n')
		written++
		_, writeErr = w.Write(line)
		return writeErr
	})
	if err == nil && written != r.survey.Events() {
		err = mask.ErrUnseen
	}
	if err == nil {
		writeErr = w.Flush()
	}
	if ferr := out.finish(err == nil && writeErr == nil); ferr != nil && writeErr == nil {
		return ferr
	}
	switch {
	case writeErr != nil:
		return writeError(writeErr)
	case errors.Is(err, mask.ErrUnseen):
		return &exitError{exitUnreadable, r.src.Name + ": " + err.Error()}
	}
	return err
}

func (r *maskRun) report(m *mask.Masker, tally *mask.Tally) {
	if len(r.survey.Strange()) > 0 {
		r.list("not known, left out:")
	}
	proof := fmt.Sprintf("their %d calls are the masked calls of the original", r.survey.Calls())
	if r.survey.Calls() == 1 {
		proof = "their call is the masked call of the original"
	}
	if !r.survey.Compared() {
		proof = "too many to compare the calls before and after"
	}
	fmt.Fprintf(r.std.err, "%d notifications masked; %s\n", r.survey.Events(), proof)
	tally.Write(r.std.err)
	for _, path := range r.keep {
		fmt.Fprintf(r.std.err, "%-9s %s, unmasked as you asked: %d times\n", "kept", path, r.survey.Kept(path))
	}
	if n := m.Redrawn(); n > 0 {
		fmt.Fprintf(r.std.err, "%d numbers or names were drawn again, for two would have become one: in another file they may come out otherwise\n", n)
	}
	if !r.shift {
		fmt.Fprintln(r.std.err, "times are as they were; --shift-times moves them")
	}
}
