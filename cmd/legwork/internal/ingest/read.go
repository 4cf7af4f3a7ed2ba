package ingest

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/legworkhq/legwork/recon/wire"
)

// DefaultMaxRecord bounds one record. RingCentral's are about one kilobyte.
const DefaultMaxRecord = 16 << 20

// Options say how to read. The zero value works.
type Options struct {
	// MaxRecord is the length in bytes above which a record is unreadable. Zero
	// means DefaultMaxRecord.
	MaxRecord int
	// Decoders is the number of goroutines that decode. Zero means one per
	// processor.
	Decoders int
	// Progress, when given, is kept up to date while reading.
	Progress *Progress
}

// Progress counts what has been read so far; any goroutine may look.
type Progress struct {
	Bytes   atomic.Int64 // as stored: of a compressed source, compressed
	Records atomic.Int64
}

// Item is one record of the input in its turn.
type Item struct {
	Source *Source
	Line   int   // counted from 1
	Offset int64 // of the record in its source, uncompressed
	// Event is the decoded record, and meaningless when Err is set. It, and what it
	// points to, is decoded over after the visit; a visitor that wants to keep it
	// takes it and leaves a zero Event in its place.
	Event *wire.Event
	// Err says why the record is no event; see Problem.
	Err error
	// Broken says that Err is about the source: it could not be opened, or read
	// further. Such an item is no record.
	Broken bool
}

// Read decodes every record of the sources and hands each to visit, in the order
// of the input, on the goroutine that called Read. It ends with the input, with
// the first error of visit, or with ctx, and leaves no goroutine behind (but see
// Interruptible).
func Read(ctx context.Context, opt Options, sources []Source, visit func(*Item) error) error {
	if opt.MaxRecord <= 0 {
		opt.MaxRecord = DefaultMaxRecord
	}
	if opt.Decoders <= 0 {
		opt.Decoders = runtime.GOMAXPROCS(0)
	}
	inner, stop := context.WithCancel(ctx)
	p := newPipe(opt)
	var wg sync.WaitGroup
	wg.Go(func() { p.read(inner, sources) })
	for range opt.Decoders {
		wg.Go(p.decode)
	}
	err := p.visit(ctx, visit)
	stop()
	wg.Wait()
	return err
}

// pipe is the channels between the stages. Each holds every batch there is, so only
// the wait for a free batch can block the reader.
type pipe struct {
	opt     Options
	free    chan *batch
	raw     chan *batch // to the decoders
	ordered chan *batch // the same batches, to the visitor, in input order
}

func newPipe(opt Options) *pipe {
	n := 2*opt.Decoders + 2
	p := &pipe{opt: opt, free: make(chan *batch, n), raw: make(chan *batch, n), ordered: make(chan *batch, n)}
	for range n {
		p.free <- newBatch()
	}
	return p
}

func (p *pipe) decode() {
	for b := range p.raw {
		b.decode()
	}
}

func (p *pipe) visit(ctx context.Context, visit func(*Item) error) error {
	var item Item
	for b := range p.ordered {
		select {
		case <-b.decoded:
		case <-ctx.Done():
			return ctx.Err()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for i := range b.records {
			r := &b.records[i]
			item = Item{Source: b.source, Line: r.line, Offset: r.offset, Event: &b.events[i], Err: r.err, Broken: r.broken}
			if err := visit(&item); err != nil {
				return err
			}
		}
		p.free <- b
	}
	return ctx.Err()
}

// read fills batches until the sources or ctx end.
func (p *pipe) read(ctx context.Context, sources []Source) {
	defer close(p.ordered)
	defer close(p.raw)
	for i := range sources {
		if !p.readSource(ctx, &sources[i]) {
			return
		}
	}
}

// next takes a free batch, or nil when ctx ends.
func (p *pipe) next(ctx context.Context, src *Source) *batch {
	select {
	case b := <-p.free:
		b.reset(src)
		return b
	case <-ctx.Done():
		return nil
	}
}

func (p *pipe) send(b *batch) {
	if p.opt.Progress != nil {
		p.opt.Progress.Records.Add(int64(len(b.records)))
	}
	p.ordered <- b
	p.raw <- b
}

// readSource reads one source and reports whether to go on with the next.
func (p *pipe) readSource(ctx context.Context, src *Source) bool {
	b := p.next(ctx, src)
	if b == nil {
		return false
	}
	f, err := src.Open(ctx)
	if err != nil {
		b.records = append(b.records, record{err: err, broken: true})
		p.send(b)
		return true
	}
	defer f.Close()
	sc := newScanner(p.counted(f), p.opt.MaxRecord)
	line, end := 0, int64(0)
	for {
		rec, err := sc.Next()
		var bad *recordError
		switch {
		case err == nil:
			b.add(rec.Raw, rec.Line, rec.Offset)
			line, end = rec.Line, rec.Offset+int64(len(rec.Raw))
		case errors.Is(err, io.EOF) && !errors.As(err, &bad):
			p.send(b)
			return true
		case ctx.Err() != nil:
			return false
		case errors.As(err, &bad):
			b.records = append(b.records, record{line: bad.Line, offset: bad.Offset, err: bad.Err, broken: bad.Fatal})
		default:
			b.records = append(b.records, record{line: line, offset: end, err: err, broken: true})
			p.send(b)
			return true
		}
		if b.full() {
			p.send(b)
			if b = p.next(ctx, src); b == nil {
				return false
			}
		}
	}
}

func (p *pipe) counted(r io.Reader) io.Reader {
	if p.opt.Progress == nil {
		return r
	}
	return &countingReader{r, &p.opt.Progress.Bytes}
}

type countingReader struct {
	r io.Reader
	n *atomic.Int64
}

func (c *countingReader) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n.Add(int64(n))
	return n, err
}
