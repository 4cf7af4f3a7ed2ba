package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/legworkhq/legwork/recon"
)

func TestEveryRecordIsCountedOnce(t *testing.T) {
	input := note("a", 2, 0, "Setup") + "not json\n" + note("a", 2, 0, "Setup") +
		`{"body":{"sequence":3,"telephonySessionId":"s-a","eventTime":"2026-03-11T12:00:01.000Z","parties":[]}}` + "\n" +
		`{"event":"/restapi/v1.0/account/~/presence"}` + "\n" +
		`{"body":{"sequence":3,"parties":[]}}` + "\n" + note("a", 3, time.Second, "Disconnected")
	out := rebuildWith(t.Context(), nil, text("in", input))
	if out.err != nil {
		t.Fatal(out.err)
	}
	want := "7 read: 2 applied, 1 duplicate, 3 ignored (another kind of event: 1, no parties: 1, no telephonySessionId: 1), 1 unreadable; 1 call"
	if got := out.sum.String(); got != want {
		t.Errorf("summary\n got %s\nwant %s", got, want)
	}
	if out.sum.Clean() {
		t.Error("clean, with an unreadable record")
	}
	if len(out.problems) != 4 || !strings.HasPrefix(out.problems[0], "in:2: byte ") {
		t.Errorf("problems: %q", out.problems)
	}
}

func TestInputOrderSurvivesManyDecoders(t *testing.T) {
	var input strings.Builder
	var want []string
	for i := range 5000 {
		input.WriteString(note("a", i, time.Duration(i)*time.Millisecond, "Answered"))
		want = append(want, fmt.Sprintf("s-a#%d", i))
	}
	out := rebuildWith(t.Context(), func(c *Config) { c.Decoders = 8 }, text("in", input.String()))
	if out.err != nil || !slices.Equal(out.engine.log, want) {
		t.Fatalf("err %v, %d events applied, or not in the order of the input", out.err, len(out.engine.log))
	}
}

func TestShuffledInputPrintsTheSame(t *testing.T) {
	var lines []string
	for i := range 200 {
		start := time.Duration(i) * 40 * time.Second
		id := fmt.Sprintf("%04d", i)
		lines = append(lines, note(id, 2, start, "Setup"), note(id, 3, start+time.Minute, "Disconnected"))
	}
	want := rebuildWith(t.Context(), nil, text("in", strings.Join(lines, "")))
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	got := rebuildWith(t.Context(), nil, text("in", strings.Join(lines, "")))
	if len(want.calls) != 200 || !slices.Equal(got.calls, want.calls) {
		t.Errorf("%d and %d calls, or not the same", len(want.calls), len(got.calls))
	}
	if want.limited || got.limited {
		t.Error("the engine was limited though the input fits")
	}
}

func TestBeyondTheBoundCallsAreEmittedAsTheyEnd(t *testing.T) {
	var input strings.Builder
	for i := range 500 {
		start := time.Duration(i) * time.Minute
		id := fmt.Sprintf("%04d", i)
		input.WriteString(note(id, 2, start, "Setup") + note(id, 3, start+time.Second, "Disconnected"))
	}
	held := 0
	var engine *spy
	out := rebuildWith(t.Context(), func(c *Config) {
		c.KeepCalls = 50
		make := c.NewEngine
		c.NewEngine = func(rc recon.Config) (Engine, error) {
			e, err := make(rc)
			engine = e.(*spy)
			engine.watch = func() {
				if calls, _, _ := engine.len(); engine.limited {
					held = max(held, calls)
				}
			}
			return e, err
		}
	}, text("in", input.String()))
	if out.err != nil || !out.limited {
		t.Fatalf("err %v, limited %v", out.err, out.limited)
	}
	if len(out.calls) != 500 || out.sum.Calls != 500 || out.sum.Again != 0 || !slices.IsSorted(out.calls) {
		t.Errorf("%d calls, summary %v", len(out.calls), &out.sum)
	}
	if held > 150 {
		t.Errorf("the engine held %d calls", held)
	}
}

func TestALateEventPrintsTheCallAgain(t *testing.T) {
	var input strings.Builder
	for i := range 30 {
		start := time.Duration(i) * time.Minute
		id := fmt.Sprintf("%04d", i)
		input.WriteString(note(id, 2, start, "Setup") + note(id, 3, start+time.Second, "Disconnected"))
	}
	input.WriteString(note("0000", 4, 5*time.Second, "Disconnected"))
	out := rebuildWith(t.Context(), func(c *Config) { c.KeepCalls = 5 }, text("in", input.String()))
	if out.sum.Calls != 30 || out.sum.Again != 1 || !slices.Contains(out.calls, "s-0000/3_final") {
		t.Errorf("%v\n%q", &out.sum, out.calls)
	}
}

func TestASilenceDoesNotLoseCalls(t *testing.T) {
	var input strings.Builder
	for i := range 40 {
		start := time.Duration(i) * 26 * time.Hour
		id := fmt.Sprintf("%04d", i)
		input.WriteString(note(id, 2, start, "Setup") + note(id, 3, start+time.Second, "Disconnected"))
	}
	out := rebuildWith(t.Context(), func(c *Config) { c.KeepCalls = 3 }, text("in", input.String()))
	if len(out.calls) != 40 {
		t.Errorf("%d of 40 calls", len(out.calls))
	}
}

func TestOneWildTimeDoesNotEndTheOthers(t *testing.T) {
	wild := strings.ReplaceAll(note("b", 2, 0, "Setup"), "2026-03-11", "9999-03-11")
	input := note("a", 2, 0, "Setup") + wild + note("a", 3, time.Second, "Answered")
	out := rebuildWith(t.Context(), nil, text("in", input))
	if !slices.Contains(out.calls, "s-a/2_open") {
		t.Errorf("%q", out.calls)
	}
}

func TestStrictStopsAtTheFirstUnreadableRecord(t *testing.T) {
	out := rebuildWith(t.Context(), func(c *Config) { c.Strict = true }, text("in", note("a", 2, 0, "Setup")+"{\n"+note("a", 3, 0, "Answered")))
	if !errors.Is(out.err, ErrStrict) || out.sum.Read != 2 || len(out.calls) != 0 {
		t.Errorf("err %v, %v", out.err, &out.sum)
	}
}

func TestSourcesThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good.ndjson")
	if err := os.WriteFile(good, []byte(note("a", 2, 0, "Setup")), 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing")
	out := rebuildWith(t.Context(), nil, File(missing), File(dir), failing("broken", note("b", 2, 0, "Setup")), File(good))
	want := []string{missing + ": no such file", dir + ": is a directory; name the files in it", "broken:2: byte 216: boom"}
	if !slices.Equal(out.problems, want) {
		t.Errorf("problems\n got %q\nwant %q", out.problems, want)
	}
	if out.err != nil || out.sum.Applied != 2 || out.sum.BadSources != 3 || out.sum.Clean() {
		t.Errorf("err %v, %v", out.err, &out.sum)
	}
}

func TestInterruptedWhileStandardInputBlocks(t *testing.T) {
	r, w := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	go io.WriteString(w, note("a", 2, 0, "Setup"))
	out := rebuildWith(ctx, nil, Stream("<stdin>", r))
	if !errors.Is(out.err, context.Canceled) || !out.sum.Interrupted || len(out.calls) != 0 {
		t.Errorf("err %v, %v", out.err, &out.sum)
	}
	if !strings.HasPrefix(out.sum.String(), "interrupted: ") {
		t.Errorf("summary %v", &out.sum)
	}
	w.Close() // lets the read that was left behind end
}

func TestAnErrorOfEmitEndsTheRun(t *testing.T) {
	var input strings.Builder
	for i := range 20000 {
		input.WriteString(note(fmt.Sprint(i), 2, 0, "Disconnected"))
	}
	out := rebuildWith(t.Context(), func(c *Config) { c.Write = func([]byte) error { return errBoom } }, text("in", input.String()))
	if !errors.Is(out.err, errBoom) {
		t.Errorf("err %v", out.err)
	}
}

func TestInterruptibleReadsEverything(t *testing.T) {
	want := strings.Repeat("0123456789", 100_000)
	r := Interruptible(t.Context(), io.NopCloser(strings.NewReader(want)))
	got, err := io.ReadAll(r)
	if err != nil || string(got) != want {
		t.Errorf("err %v, %d bytes", err, len(got))
	}
	r.Close()
}

func TestReporterCountsWhatItDoesNotPrint(t *testing.T) {
	var out strings.Builder
	r := Reporter{W: &out}
	for i := range 25 {
		r.Report(Problem{Source: "a", Line: i + 1, Text: "bad"})
	}
	r.Report(Problem{Source: "b", Line: 1, Offset: 7, Field: "body", Text: "is \x1b[31mred"})
	r.Close()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 22 || lines[20] != "a: 5 more messages like these are not shown" || lines[21] != "b:1: byte 7: body: is \uFFFD[31mred" {
		t.Errorf("%q", lines)
	}
}
