package main

import (
	"context"
	"fmt"
	"time"

	"github.com/cheggaaa/pb/v3"

	"github.com/legworkhq/legwork/cmd/legwork/internal/ingest"
)

const (
	longInput = 8 << 20         // bytes above which a bar is shown at once
	longRun   = 2 * time.Second // after which one is shown in any case
	redraw    = 200 * time.Millisecond
)

const barTemplate = `{{counters . }} {{bar . }} {{percent . }} {{speed . "%s/s" }} {{string . "events"}}`

// showProgress draws a bar on standard error while the input is read, if that is a
// terminal. The function it returns removes the bar.
func showProgress(std stdio, srcs []ingest.Source, p *ingest.Progress) (stop func()) {
	if !isTerminal(std.err) {
		return func() {}
	}
	total := knownSize(srcs)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		draw(ctx, std, total, p)
	}()
	return func() { cancel(); <-done }
}

// knownSize is the size of all sources, 0 when one is not known.
func knownSize(srcs []ingest.Source) (total int64) {
	for i := range srcs {
		if srcs[i].Size == 0 {
			return 0
		}
		total += srcs[i].Size
	}
	return total
}

func draw(ctx context.Context, std stdio, total int64, p *ingest.Progress) {
	if total < longInput && !sleep(ctx, longRun) {
		return
	}
	bar := pb.ProgressBarTemplate(barTemplate).New(0).SetTotal(total)
	bar.Set(pb.Bytes, true).Set(pb.Static, true).Set(pb.Terminal, true).SetWriter(std.err)
	bar.Start()
	for {
		bar.SetCurrent(p.Bytes.Load())
		bar.Set("events", fmt.Sprintf("%d events", p.Records.Load()))
		bar.Write()
		if !sleep(ctx, redraw) {
			break
		}
	}
	fmt.Fprint(std.err, "\r\x1b[K")
}

// sleep reports whether it slept to the end.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
