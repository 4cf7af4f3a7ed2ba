package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cheggaaa/pb/v3"
	"github.com/spf13/cobra"

	"github.com/legworkhq/legwork/internal/trial"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/oracle"
	"github.com/legworkhq/legwork/sim/pbx"
)

// verifyFlags is what verify was asked for.
type verifyFlags struct {
	calls, failures int64
	seed            uint64
	workers         int
	loss            *choice
	file            string
	asJSON, fast    bool
}

func newVerify(std stdio) *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Try the engine against simulated calls of which the answer is known",
		Long: `Verify lets people do random things on a simulated switch that speaks a random dialect,
sends the notifications through random weather, and holds what the engine concludes
against what the switch knows. Where every notification arrived the two must be equal
to the millisecond; where some were lost the engine may say less, and nothing false.

What fails is shrunk to the least that still fails, and printed as a case that
--case runs again.

Exit status: 0 if nothing differs, 1 if anything does, 2 for wrong usage, 130 after
Ctrl-C.`,
		Example: `  legwork verify                              10,000 cases from a fresh seed
  legwork verify --calls 1000000 --loss none  a million in which nothing is lost
  legwork verify --seed 42 --calls 1          one case again
  legwork verify --case case.txt              a case from a file`,
		Args: cobra.NoArgs,
	}
	cmd.Flags().Int64Var(&f.calls, "calls", 10_000, "how many cases")
	cmd.Flags().Uint64Var(&f.seed, "seed", 0, "seed of the first case (default a fresh one)")
	cmd.Flags().Int64Var(&f.failures, "failures", 3, "stop after so many failures")
	cmd.Flags().IntVar(&f.workers, "workers", runtime.GOMAXPROCS(0), "how many cases at a time")
	f.loss = addChoice(cmd, "loss", "whether notifications are lost", "both", "none", "some")
	cmd.Flags().StringVar(&f.file, "case", "", "try the case of a file, and no other")
	cmd.Flags().BoolVar(&f.fast, "no-reduce", false, "print failing cases as they were drawn")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the result as JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if f.calls < 1 || f.failures < 1 || f.workers < 1 {
			return usageError("--calls, --failures and --workers are 1 or more")
		}
		x, err := pbx.NewExchange(pbx.Office())
		if err != nil {
			return err
		}
		if f.file != "" {
			return tryFile(std, x, f.file)
		}
		if !cmd.Flags().Changed("seed") {
			f.seed = rand.Uint64() >> 24 << 4
		}
		return verify(cmd.Context(), std, x, f)
	}
	return cmd
}

// readCase reads a case file.
func readCase(name string) (*sim.Case, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, &exitError{exitUnreadable, err.Error()}
	}
	c, err := sim.ParseCase(name, string(text))
	if err != nil {
		return nil, &exitError{exitUnreadable, err.Error()}
	}
	return c, nil
}

func tryFile(std stdio, x *pbx.Exchange, name string) error {
	c, err := readCase(name)
	if err != nil {
		return err
	}
	v, err := trial.Try(x, c, trial.Legwork)
	if err != nil {
		return scriptError(name, err)
	}
	if v.OK() {
		fmt.Fprintf(std.out, "%s: the engine agrees with the switch: %d notifications, %d calls\n", name, len(v.Run.Events), len(v.Run.Truth))
		return nil
	}
	fmt.Fprint(std.out, v)
	return quietly(exitUnreadable)
}

// verified is the result of verify.
type verified struct {
	Seed            uint64                 `json:"seed"`
	Cases           int64                  `json:"cases"`
	Events          int64                  `json:"events"`
	Deliveries      int64                  `json:"deliveries"`
	Lossy           int64                  `json:"lossyCases"`
	Lost            int64                  `json:"lostEvents"`
	Failed          int64                  `json:"failedCases"`
	Mistakes        map[oracle.Mistake]int `json:"mistakes"`
	Seconds         float64                `json:"seconds"`
	EventsPerSecond float64                `json:"eventsPerSecond"`
	Failures        []string               `json:"failures"`
}

func verify(ctx context.Context, std stdio, x *pbx.Exchange, f verifyFlags) error {
	var done atomic.Int64
	stop := countCases(std, &done, f.calls)
	out := verified{Seed: f.seed, Mistakes: map[oracle.Mistake]int{}, Failures: []string{}}
	loss := map[string]trial.Loss{"both": trial.Both, "none": trial.Lossless, "some": trial.Lossy}[f.loss.value]
	began := time.Now()
	tally, err := trial.Many(ctx, x, f.seed, f.calls, loss, f.workers, trial.Legwork, &done, func(v *trial.Verdict) bool {
		for _, d := range v.Differences {
			out.Mistakes[d.Mistake]++
		}
		if !f.fast {
			v = trial.Reduce(x, v, trial.Legwork)
		}
		out.Failures = append(out.Failures, v.String()+asScenario(v))
		return int64(len(out.Failures)) < f.failures
	})
	stop()
	if err != nil {
		return err
	}
	out.fill(tally, time.Since(began))
	if err := out.print(std.out, f.asJSON); err != nil {
		return writeError(err)
	}
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case out.Failed > 0:
		return quietly(exitUnreadable)
	}
	return nil
}

func (v *verified) fill(t trial.Tally, took time.Duration) {
	v.Cases, v.Events, v.Deliveries, v.Lossy, v.Lost, v.Failed = t.Cases, t.Events, t.Deliveries, t.Lossy, t.Lost, t.Failed
	v.Seconds = took.Seconds()
	v.EventsPerSecond = float64(t.Events) / max(v.Seconds, 1e-9)
}

func (v *verified) print(w io.Writer, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(v)
	}
	for i, text := range v.Failures {
		fmt.Fprintf(w, "failure %d\n\n%s\n", i+1, text)
	}
	var names []oracle.Mistake
	for m := range v.Mistakes {
		names = append(names, m)
	}
	slices.Sort(names)
	for _, m := range names {
		fmt.Fprintf(w, "%-40s %6d   %s\n", m, v.Mistakes[m], m.Meaning())
	}
	_, err := fmt.Fprintf(w, "%d cases from seed %d: %d notifications, %d deliveries; %d cases lost %d notifications\n%d cases differ; %.1f s, %.0f notifications/s\n",
		v.Cases, v.Seed, v.Events, v.Deliveries, v.Lossy, v.Lost, v.Failed, v.Seconds, v.EventsPerSecond)
	return err
}

// countCases draws a bar on a terminal while cases are tried.
func countCases(std stdio, done *atomic.Int64, total int64) (stop func()) {
	if !isTerminal(std.err) {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		bar := pb.New64(total).SetTemplateString(`{{counters . }} {{bar . }} {{percent . }} {{speed . "%s cases/s" }} {{rtime . }}`).SetWriter(std.err)
		bar.Set(pb.Static, true).Set(pb.Terminal, true).Start()
		for {
			bar.SetCurrent(done.Load())
			bar.Write()
			if !sleep(ctx, redraw) {
				break
			}
		}
		fmt.Fprint(std.err, "\r\x1b[K")
	}()
	return func() { cancel(); <-gone }
}
