package server_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/server"
	"github.com/legworkhq/legwork/server/ingest"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/postgres"
	"github.com/legworkhq/legwork/server/store/sqlite"
	"github.com/legworkhq/legwork/server/store/storetest"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/org"
	"github.com/legworkhq/legwork/sim/pbx"
)

// posts is an endless working day's notifications, as bodies.
type posts struct {
	mu     sync.Mutex
	stream *sim.Stream
	seed   uint64
	size   int // of the company; 0 means 500
	t      testing.TB
}

func (p *posts) open() {
	p.seed++
	c, err := org.New(org.Config{Size: cmp.Or(p.size, 500), Seed: p.seed})
	require.NoError(p.t, err)
	x, err := pbx.NewExchange(c)
	require.NoError(p.t, err)
	d, err := org.NewDay(c, org.DayConfig{Seed: p.seed, Mix: sim.DefaultMix(), Calls: 200_000})
	require.NoError(p.t, err)
	p.stream, err = sim.NewStream(sim.StreamConfig{Exchange: x, IDs: wire.Grammar2022, Seed: p.seed, NoAnswers: true, Next: sim.Day(c, d, 0, 1)})
	require.NoError(p.t, err)
}

// bodySize is what RingCentral's bodies have, about, in bytes. The simulator's are shorter:
// it leaves out what the engine does not read.
const bodySize = 1500

// filler is a member that nobody reads, without its end.
var filler = append([]byte(`,"more":"`), bytes.Repeat([]byte{'x'}, bodySize)...)

// next appends the next body to dst, which is empty.
func (p *posts) next(dst []byte) []byte {
	dst = p.event(dst)
	if room := bodySize - len(dst); room > len(`,"more":""`) {
		dst = append(dst[:len(dst)-1], filler[:room-len(`"`)]...)
		dst = append(dst, `"}`...)
	}
	return dst
}

func (p *posts) event(dst []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stream == nil {
		p.open()
	}
	for {
		if d, ok := p.stream.Next(); ok {
			return wire.Append(dst, &d.Event)
		}
		p.open()
	}
}

// recording is bodies in a file, made before the clock starts: whoever plays it makes next
// to no work of its own, as legwork replay does.
type recording struct {
	mu sync.Mutex
	in *bufio.Reader
}

// record makes a recording of n bodies, in a file.
func record(b *testing.B, n int) (path string) {
	path = filepath.Join(b.TempDir(), "bodies")
	f, err := os.Create(path)
	require.NoError(b, err)
	defer f.Close()
	p, w := &posts{t: b, seed: 1}, bufio.NewWriterSize(f, 1<<20)
	var body []byte
	for range n {
		body = p.next(body[:0])
		require.NoError(b, binary.Write(w, binary.LittleEndian, uint32(len(body))))
		_, err := w.Write(body)
		require.NoError(b, err)
	}
	require.NoError(b, w.Flush())
	return path
}

func play(b *testing.B, path string) *recording {
	f, err := os.Open(path)
	require.NoError(b, err)
	b.Cleanup(func() { f.Close() })
	return &recording{in: bufio.NewReaderSize(f, 1<<20)}
}

// next appends the next body to dst, which is empty.
func (r *recording) next(dst []byte) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	var head [4]byte
	_, err := io.ReadFull(r.in, head[:])
	if err == nil {
		dst = slices.Grow(dst, int(binary.LittleEndian.Uint32(head[:])))[:binary.LittleEndian.Uint32(head[:])]
		_, err = io.ReadFull(r.in, dst)
	}
	if err != nil {
		panic(err)
	}
	return dst
}

// client posts over one connection, as cheaply as it can.
type client struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
}

func (c *client) post(path string, body []byte) (status string, err error) {
	c.out = fmt.Appendf(c.out[:0], "POST %s HTTP/1.1\r\nHost: legwork\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", path, len(body))
	c.out = append(c.out, body...)
	if _, err = c.conn.Write(c.out); err != nil {
		return "", err
	}
	for n := 0; ; n++ {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return "", err
		}
		if n == 0 {
			status = string(line[9:12])
		}
		if len(line) == 2 {
			return status, nil
		}
	}
}

// BenchmarkIngest posts notifications of a working day over 64 connections, each of
// which waits for its answer, and compares with a bare loop that commits the same bytes
// in groups to the same kind of database. The bytes are read from a file, which is made
// before. Run it with -benchtime 2000000x.
func BenchmarkIngest(b *testing.B) {
	const connections = 64
	defer debug.SetGCPercent(debug.SetGCPercent(300)) // as legwork serve does
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(400 << 20))
	b.StopTimer()
	bodies := record(b, b.N)
	busy := processorTime()
	ours, waits := ingestAll(b, play(b, bodies), connections)
	oursBusy := processorTime() - busy
	busy += oursBusy
	theirs := appendAll(b, play(b, bodies), connections)
	theirsBusy := processorTime() - busy
	slices.Sort(waits)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(b.N)/ours.Seconds(), "events/s")
	b.ReportMetric(float64(b.N)/theirs.Seconds(), "bare-loop/s")
	b.ReportMetric(float64(theirs)/float64(ours), "of-bare-loop")
	b.ReportMetric(oursBusy*1e6/float64(b.N), "cpu-us/event")
	b.ReportMetric(theirsBusy*1e6/float64(b.N), "bare-cpu-us/event")
	b.ReportMetric(float64(waits[len(waits)*99/100])/1000, "p99-ms")
	b.ReportMetric(float64(waits[len(waits)-1])/1000, "max-ms")
	b.ReportMetric(peakMemory(), "peak-MiB")
}

// peakMemory is the most memory that the process had, load generator included, in MiB.
func peakMemory() float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		var kib float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kib); n == 1 {
			return kib / 1024
		}
	}
	return 0
}

// processorTime is how long the processors have worked for the process, in seconds. Where
// others work beside it, it says more than the time that passed.
func processorTime() float64 {
	text, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	var user, system float64
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	fmt.Sscan(strings.Join(fields[11:13], " "), &user, &system) // in hundredths of a second
	return (user + system) / 100
}

// database is a file, or with LEGWORK_BENCH=postgres a schema on LEGWORK_TEST_POSTGRES.
func database(b *testing.B) (db store.Store) {
	var err error
	if os.Getenv("LEGWORK_BENCH") == "postgres" {
		db, err = postgres.Open(b.Context(), storetest.EmptySchema(b), postgres.Options{})
	} else {
		db, err = sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "legwork.db"), sqlite.Options{})
	}
	require.NoError(b, err)
	return db
}

// ingestAll returns how long it took, and how long each answer, in microseconds.
func ingestAll(b *testing.B, p *recording, connections int) (time.Duration, []uint32) {
	db := database(b)
	defer db.Close()
	require.NoError(b, db.AddTenant(b.Context(), &store.Tenant{Name: "acme", Scope: "account", Region: "US"}))
	s, err := server.New(b.Context(), server.Options{Store: db, Log: slog.New(slog.DiscardHandler), Engine: server.EngineDefaults()})
	require.NoError(b, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	waits := make([][]uint32, connections)
	var wg sync.WaitGroup
	began := time.Now()
	b.StartTimer()
	for c := range connections {
		wg.Go(func() {
			conn, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			cl := &client{conn: conn, in: bufio.NewReader(conn)}
			var body []byte
			waits[c] = make([]uint32, 0, share(b.N, c, connections))
			for range share(b.N, c, connections) {
				body = p.next(body[:0])
				at := time.Now()
				status, err := cl.post("/webhooks/acme", body)
				if err != nil || status != "200" {
					b.Errorf("answered %s, %v", status, err)
					return
				}
				waits[c] = append(waits[c], uint32(time.Since(at).Microseconds()))
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	took := time.Since(began)
	lag := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	require.NoError(b, s.Close(ctx))
	require.NoError(b, <-served)
	b.ReportMetric(time.Since(lag).Seconds(), "catching-up-s")
	return took, slices.Concat(waits...)
}

func share(n, i, of int) int { return n*(i+1)/of - n*i/of }

// appendAll is the yardstick: so many goroutines hand bodies to one that commits what
// is there.
func appendAll(b *testing.B, p *recording, writers int) time.Duration {
	db, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "bare.db"), sqlite.Options{})
	require.NoError(b, err)
	defer db.Close()
	require.NoError(b, db.AddTenant(b.Context(), &store.Tenant{Name: "acme", Scope: "account", Region: "US"}))
	type job struct {
		store.Entry
		done chan struct{}
	}
	jobs := make(chan *job, writers)
	var wg sync.WaitGroup
	began := time.Now()
	for w := range writers {
		wg.Go(func() {
			j := &job{done: make(chan struct{}, 1)}
			var body []byte
			for range share(b.N, w, writers) {
				body = p.next(body[:0])
				j.Entry, _ = ingest.Entry(1, bytes.Clone(body))
				jobs <- j
				<-j.done
			}
		})
	}
	go func() { wg.Wait(); close(jobs) }()
	for first := range jobs {
		group := []*job{first}
		for len(group) < writers {
			select {
			case j, ok := <-jobs:
				if !ok {
					goto write
				}
				group = append(group, j)
				continue
			default:
			}
			break
		}
	write:
		entries := make([]store.Entry, len(group))
		for i, j := range group {
			entries[i] = j.Entry
		}
		if err := db.Append(context.Background(), entries); err != nil {
			b.Error(err)
		}
		for _, j := range group {
			j.done <- struct{}{}
		}
	}
	return time.Since(began)
}
