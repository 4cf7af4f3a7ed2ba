package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/legworkhq/legwork/cmd/legwork/internal/ingest"
	"github.com/legworkhq/legwork/cmd/legwork/internal/webhook"
	"github.com/legworkhq/legwork/recon/wire"
)

// feed takes the notifications out of a file, one a line, and reports the lines
// that hold none.
type feed struct {
	src      *ingest.Source
	journal  *webhook.Journal // is told lines that will not be sent
	after    int              // lines of an earlier run
	raw      bool
	problems *ingest.Reporter
	progress ingest.Progress

	file    io.Closer
	in      *bufio.Reader
	packed  bool
	line    int // the last one read
	offset  int64
	first   *webhook.Delivery // read by open
	skipped int               // lines
	others  int               // of these, JSON objects
	broken  bool              // the file could not be opened, or read to its end
}

func newFeed(src *ingest.Source, j *webhook.Journal, raw bool, problems *ingest.Reporter) *feed {
	return &feed{src: src, journal: j, after: j.Lines(), raw: raw, problems: problems}
}

// open opens the file and reads as far as the first notification. The error is
// io.EOF when there is none.
func (f *feed) open(ctx context.Context) error {
	file, err := f.src.Open(ctx)
	if err != nil {
		return f.fail(err)
	}
	f.file = file
	if err := f.inflate(file); err != nil {
		return f.fail(err)
	}
	d, err := f.read(ctx)
	if err == nil {
		f.first = &d
	}
	return err
}

func (f *feed) close() {
	if f.file != nil {
		f.file.Close()
	}
}

const feedBuffer = 64 << 10

// inflate reads r, decompressed if it is compressed, without a byte order mark.
func (f *feed) inflate(r io.Reader) error {
	f.in = bufio.NewReaderSize(r, feedBuffer)
	if head, _ := f.in.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(bufio.NewReaderSize(&progressReader{f.in, &f.progress}, feedBuffer))
		if err != nil {
			return err
		}
		f.in, f.packed = bufio.NewReaderSize(z, feedBuffer), true
	}
	if mark, _ := f.in.Peek(3); string(mark) == "\xEF\xBB\xBF" {
		n, _ := f.in.Discard(3)
		f.offset += int64(n)
	}
	return nil
}

// progressReader counts the bytes of a compressed file.
type progressReader struct {
	io.Reader
	p *ingest.Progress
}

func (r *progressReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	r.p.Bytes.Add(int64(n))
	return n, err
}

// next returns the next notification, and false at the end or when ctx ends.
func (f *feed) next(ctx context.Context) (webhook.Delivery, bool) {
	if f.first != nil {
		d := *f.first
		f.first = nil
		return d, true
	}
	d, err := f.read(ctx)
	return d, err == nil
}

func (f *feed) read(ctx context.Context) (webhook.Delivery, error) {
	for {
		at := f.offset
		text, err := f.readLine()
		switch {
		case ctx.Err() != nil:
			return webhook.Delivery{}, ctx.Err()
		case err == io.EOF:
			return webhook.Delivery{}, err
		case err != nil && !errors.Is(err, wire.ErrTooLong):
			return webhook.Delivery{}, f.fail(err)
		case f.line <= f.after:
			continue
		case err == nil && len(bytes.TrimSpace(text)) == 0:
			f.drop()
			continue
		case err != nil:
			f.skip(at, err)
			continue
		}
		f.progress.Records.Add(1)
		d, err := f.delivery(text)
		if err == nil {
			return d, nil
		}
		f.skip(at, err)
	}
}

// readLine returns a line without its end.
func (f *feed) readLine() ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := f.in.ReadSlice('\n')
		f.offset += int64(len(part))
		if !f.packed {
			f.progress.Bytes.Add(int64(len(part)))
		}
		if long = long || len(line)+len(part) > ingest.DefaultMaxRecord; !long {
			line = append(line, part...)
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err != nil && (err != io.EOF || len(line) == 0 && !long):
			return nil, err
		}
		f.line++
		if long {
			return nil, wire.ErrTooLong
		}
		return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")), nil
	}
}

var (
	errNoObject   = errors.New("not a JSON object; want one notification a line")
	errNoEnvelope = errors.New("not in the envelope of a webhook (uuid, event, timestamp, subscriptionId, ownerId, body), ignored")
)

// delivery makes a delivery of a line, or says why it is none.
func (f *feed) delivery(text []byte) (webhook.Delivery, error) {
	d := webhook.Delivery{Line: f.line, Body: text}
	if bytes.TrimSpace(text)[0] != '{' {
		return d, errNoObject
	}
	ev, err := wire.Decode(text)
	if err == nil && ev.Form != wire.FormEnvelope {
		err = errNoEnvelope
	}
	d.UUID = ev.UUID
	if ev.Timestamp != 0 {
		d.Stamp = time.UnixMilli(int64(ev.Timestamp))
	}
	if err != nil && json.Valid(text) {
		if f.raw {
			return d, nil
		}
		f.others++
	}
	return d, err
}

// skip reports the line just read.
func (f *feed) skip(offset int64, err error) {
	f.skipped++
	f.problems.Report(ingest.ProblemOf(&ingest.Item{Source: f.src, Line: f.line, Offset: offset, Err: err}))
	f.drop()
}

// drop settles the line just read. An error of the journal will come again.
func (f *feed) drop() { _ = f.journal.Settle(f.line, time.Now()) }

// fail reports that the source cannot be read further.
func (f *feed) fail(err error) error {
	f.broken = true
	p := ingest.Problem{Source: f.src.Name, Text: err.Error()}
	if f.line > 0 {
		p.Line, p.Offset = f.line, f.offset
	}
	f.problems.Report(p)
	return err
}
