package ingest

import (
	"context"
	"io"
)

// Interruptible returns a reader of r whose Read returns when ctx ends, even while
// a read of r blocks, as one of a terminal or a pipe does. The blocked read is
// then left behind: its goroutine ends when that read does.
func Interruptible(ctx context.Context, r io.ReadCloser) io.ReadCloser {
	ir := &interruptible{ctx: ctx, src: r, full: make(chan chunk), free: make(chan []byte, 2), closed: make(chan struct{})}
	ir.free <- make([]byte, chunkSize)
	ir.free <- make([]byte, chunkSize)
	go ir.pump()
	return ir
}

const chunkSize = 256 << 10

type chunk struct {
	data []byte
	err  error
}

type interruptible struct {
	ctx    context.Context
	src    io.ReadCloser
	full   chan chunk
	free   chan []byte
	closed chan struct{}
	buf    []byte // being read, to be given back
	rest   []byte // of buf, not yet read
	err    error
}

// pump reads src until it ends, fails, or nobody listens.
func (r *interruptible) pump() {
	defer r.src.Close()
	for {
		var buf []byte
		select {
		case buf = <-r.free:
		case <-r.closed:
			return
		}
		n, err := r.src.Read(buf[:chunkSize])
		select {
		case r.full <- chunk{buf[:n], err}:
		case <-r.closed:
			return
		}
		if err != nil {
			return
		}
	}
}

func (r *interruptible) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.buf != nil {
			r.free <- r.buf
			r.buf = nil
		}
		if r.err != nil {
			return 0, r.err
		}
		select {
		case c := <-r.full:
			r.buf, r.rest, r.err = c.data, c.data, c.err
		case <-r.ctx.Done():
			return 0, r.ctx.Err()
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// Close makes the pump stop, after the read it is in.
func (r *interruptible) Close() error {
	close(r.closed)
	return nil
}
