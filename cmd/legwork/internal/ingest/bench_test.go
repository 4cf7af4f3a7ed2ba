package ingest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
)

// benchInput is n events of calls that follow one another, and its size.
func benchInput(n int) ([]byte, Source) {
	var buf bytes.Buffer
	for i := range n {
		code := "Answered"
		if i%10 == 9 {
			code = "Disconnected"
		}
		buf.WriteString(note(fmt.Sprintf("%08d", i/10), i%10, time.Duration(i)*100*time.Millisecond, code))
	}
	data := buf.Bytes()
	return data, Source{Name: "bench", Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	}}
}

// BenchmarkRead is scanning and decoding, without an engine.
func BenchmarkRead(b *testing.B) {
	const n = 50_000
	data, src := benchInput(n)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if err := Read(b.Context(), Options{}, []Source{src}, func(*Item) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkHandOver is the pipeline alone: records that the decoder refuses at
// their first byte.
func BenchmarkHandOver(b *testing.B) {
	const n = 50_000
	data := bytes.Repeat(append(bytes.Repeat([]byte("x"), 1023), '\n'), n)
	src := Source{Name: "bench", Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	}}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if err := Read(b.Context(), Options{}, []Source{src}, func(*Item) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkRebuild is the whole way in the mode in which calls are emitted as they
// end; nothing is rendered.
func BenchmarkRebuild(b *testing.B) {
	const n = 50_000
	data, src := benchInput(n)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		cfg := Config{
			Recon:     recon.Config{Quiet: time.Minute, PeerWait: 10 * time.Minute, Retention: time.Hour, OpenBound: 24 * time.Hour},
			KeepCalls: 100,
			NewEngine: NewEngine,
			Problem:   func(Problem) {},
			Render:    func(dst []byte, _ *call.Call) ([]byte, error) { return dst, nil },
			Write:     func([]byte) error { return nil },
		}
		if _, err := Rebuild(b.Context(), cfg, []Source{src}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
