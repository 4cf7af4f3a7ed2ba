// Package corpus writes simulated notifications and their true answers to files.
package corpus

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"os"
	"path/filepath"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim"
)

// Manifest says how a corpus was made, and whether it is whole.
type Manifest struct {
	// Version of the format.
	Version  int    `json:"version"`
	Complete bool   `json:"complete"`
	Seed     uint64 `json:"seed"`
	Scenario string `json:"scenario,omitempty"`
	Company  int    `json:"company,omitempty"` // users
	Calls    int    `json:"calls"`
	IDs      string `json:"ids"`
	Weather  string `json:"weather"`
	Dialect  string `json:"dialect,omitempty"`
	Files    []File `json:"files"`
}

// File is one file of a corpus.
type File struct {
	Name   string `json:"name"`
	Lines  int64  `json:"lines"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Writer writes a corpus.
type Writer struct {
	dir      string
	manifest Manifest
	events   *output
	answers  *output // nil on a stream
}

// output is one file, or the stream.
type output struct {
	name  string
	file  *os.File
	buf   *bufio.Writer
	sum   hash.Hash
	lines int64
	bytes int64
}

func newOutput(name string, f *os.File) *output {
	return &output{name: name, file: f, buf: bufio.NewWriterSize(f, 1<<20), sum: sha256.New()}
}

func (o *output) write(b []byte, lines int64) error {
	o.lines += lines
	o.bytes += int64(len(b))
	o.sum.Write(b)
	_, err := o.buf.Write(b)
	return err
}

// ToStream writes the notifications alone.
func ToStream(f *os.File) *Writer { return &Writer{events: newOutput("", f)} }

// Create begins a corpus in a directory, which is made if need be. Its manifest says
// that it is not complete, until Close.
func Create(dir string, m Manifest) (*Writer, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	w := &Writer{dir: dir, manifest: m}
	if err := w.writeManifest(); err != nil {
		return nil, err
	}
	for _, o := range []struct {
		name string
		into **output
	}{{"events.ndjson", &w.events}, {"answers.ndjson", &w.answers}} {
		f, err := os.Create(filepath.Join(dir, o.name))
		if err != nil {
			return nil, err
		}
		*o.into = newOutput(o.name, f)
	}
	return w, nil
}

func (w *Writer) writeManifest() error {
	if w.manifest.Files == nil {
		w.manifest.Files = []File{}
	}
	b, err := json.MarshalIndent(w.manifest, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(w.dir, "manifest.json"), append(b, '\n'), 0o666)
}

// Close ends the corpus. Only if whole, and if everything could be written, does the
// manifest say that it is complete.
func (w *Writer) Close(whole bool) error {
	var failed error
	for _, o := range []*output{w.events, w.answers} {
		if o == nil {
			continue
		}
		if err := o.buf.Flush(); err != nil && failed == nil {
			failed = err
		}
		if w.dir == "" {
			continue
		}
		if err := o.file.Close(); err != nil && failed == nil {
			failed = err
		}
		w.manifest.Files = append(w.manifest.Files, File{o.name, o.lines, o.bytes, hex.EncodeToString(o.sum.Sum(nil))})
	}
	if w.dir == "" {
		return failed
	}
	w.manifest.Complete = whole && failed == nil
	if err := w.writeManifest(); err != nil && failed == nil {
		failed = err
	}
	return failed
}

// Summary says what was written.
func (w *Writer) Summary() string {
	return fmt.Sprintf("%d notifications, %d calls, %.1f MB", w.events.lines, w.answers.lines, float64(w.events.bytes+w.answers.bytes)/1e6)
}

// batch is a piece of a lane's output: lines, and when each is delivered.
type batch struct {
	bytes   []byte
	ends    []int32
	at      []wire.Time
	answers []byte
	calls   int64
	err     error
}

const batchLines = 512

// Write plays streams, each in a goroutine of its own, and writes their notifications
// in order of delivery.
func Write(ctx context.Context, w *Writer, streams []*sim.Stream) error {
	inner, cancel := context.WithCancel(ctx)
	lanes := make([]*lane, len(streams))
	for i, s := range streams {
		lanes[i] = &lane{out: make(chan *batch, 4), free: make(chan *batch, 8)}
		go lanes[i].play(inner, s, w.answers != nil)
	}
	err := merge(w, lanes)
	cancel()
	for _, l := range lanes {
		for range l.out { // until its goroutine has ended
		}
	}
	if err == nil {
		err = ctx.Err()
	}
	return err
}

// lane is one stream's way to the file.
type lane struct {
	out  chan *batch
	free chan *batch
	now  *batch
	line int
}

func (l *lane) play(ctx context.Context, s *sim.Stream, answers bool) {
	defer close(l.out)
	for {
		b := l.empty()
		more := b.fill(s, answers)
		select {
		case l.out <- b:
		case <-ctx.Done():
			return
		}
		if !more {
			return
		}
	}
}

func (l *lane) empty() *batch {
	select {
	case b := <-l.free:
		*b = batch{bytes: b.bytes[:0], ends: b.ends[:0], at: b.at[:0], answers: b.answers[:0]}
		return b
	default:
		return &batch{}
	}
}

// fill takes the next deliveries of a stream; it returns false at its end.
func (b *batch) fill(s *sim.Stream, answers bool) bool {
	for len(b.at) < batchLines {
		d, ok := s.Next()
		for _, c := range s.Answers() {
			if answers {
				sim.Publish(c)
				b.answers = append(call.AppendJSON(b.answers, c), '\n')
			}
			b.calls++
		}
		if !ok {
			b.err = s.Err()
			return false
		}
		b.bytes = append(wire.Append(b.bytes, &d.Event), '\n')
		b.ends = append(b.ends, int32(len(b.bytes)))
		b.at = append(b.at, d.At)
	}
	return true
}

// merge writes the lanes' lines in order of delivery; of two at one moment the first
// lane's comes first.
func merge(w *Writer, lanes []*lane) error {
	for _, l := range lanes {
		if err := l.pull(w); err != nil {
			return err
		}
	}
	for {
		var first *lane
		for _, l := range lanes {
			if l.now != nil && (first == nil || l.now.at[l.line] < first.now.at[first.line]) {
				first = l
			}
		}
		if first == nil {
			return nil
		}
		if err := first.write(w, until(first, lanes)); err != nil {
			return err
		}
	}
}

// until is how many lines of a lane come before the next line of any other one.
func until(first *lane, lanes []*lane) int {
	n := len(first.now.at)
	earlier := true // lanes before first win a tie
	for _, l := range lanes {
		if l == first {
			earlier = false
			continue
		}
		if l.now == nil {
			continue
		}
		limit := l.now.at[l.line]
		k := first.line + 1
		for k < n && (first.now.at[k] < limit || first.now.at[k] == limit && !earlier) {
			k++
		}
		n = k
	}
	return n
}

func (l *lane) write(w *Writer, to int) error {
	from := int32(0)
	if l.line > 0 {
		from = l.now.ends[l.line-1]
	}
	if err := w.events.write(l.now.bytes[from:l.now.ends[to-1]], int64(to-l.line)); err != nil {
		return err
	}
	l.line = to
	if to < len(l.now.at) {
		return nil
	}
	return l.pull(w)
}

// pull takes the lane's next batch that has lines, and writes its answers.
func (l *lane) pull(w *Writer) error {
	if l.now != nil {
		select {
		case l.free <- l.now:
		default:
		}
	}
	l.now, l.line = nil, 0
	for b := range l.out {
		if w.answers != nil && len(b.answers) > 0 {
			if err := w.answers.write(b.answers, b.calls); err != nil {
				return err
			}
		}
		if len(b.at) > 0 {
			l.now = b
			if b.err == nil {
				return nil
			}
		}
		if b.err != nil {
			return b.err
		}
	}
	return nil
}
