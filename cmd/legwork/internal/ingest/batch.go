package ingest

import "github.com/legworkhq/legwork/recon/wire"

const (
	batchRecords = 512
	batchBytes   = 512 << 10
	// A batch that had to hold a giant record gives its buffer back to the
	// collector above this size.
	batchKeep = 2 << 20
)

// batch is a run of records of one source: the raw bytes in one buffer, and room
// to decode each of them. Batches are reused.
type batch struct {
	source  *Source
	buf     []byte
	records []record
	events  []wire.Event
	decoded chan struct{} // receives once when the decoder is done
}

// record is one record of a batch, or what stood in its place.
type record struct {
	from, to int // in batch.buf
	line     int
	offset   int64
	err      error // why it is not an event
	broken   bool  // err is about the source, which ends here
}

func newBatch() *batch {
	return &batch{
		buf:     make([]byte, 0, batchBytes+batchBytes/4),
		records: make([]record, 0, batchRecords),
		events:  make([]wire.Event, batchRecords),
		decoded: make(chan struct{}, 1),
	}
}

func (b *batch) reset(src *Source) {
	if cap(b.buf) > batchKeep {
		b.buf = make([]byte, 0, batchBytes+batchBytes/4)
	}
	b.source, b.buf, b.records = src, b.buf[:0], b.records[:0]
}

func (b *batch) full() bool { return len(b.records) == batchRecords || len(b.buf) >= batchBytes }

func (b *batch) add(raw []byte, line int, offset int64) {
	from := len(b.buf)
	b.buf = append(b.buf, raw...)
	b.records = append(b.records, record{from: from, to: len(b.buf), line: line, offset: offset})
}

// decode decodes every record that has no error yet.
func (b *batch) decode() {
	for i := range b.records {
		r := &b.records[i]
		if r.err == nil {
			r.err = decodeInto(&b.events[i], b.buf[r.from:r.to:r.to])
		}
	}
	b.decoded <- struct{}{}
}
