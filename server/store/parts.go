package store

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
)

// partSize keeps the transactions of a snapshot short, for notifications wait for them.
const partSize = 1 << 20

// WriteParts compresses a snapshot and hands it to put in parts of about a megabyte,
// numbered from 0.
func WriteParts(data io.Reader, put func(part int, data []byte) error) error {
	w := &partWriter{put: put}
	z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
	_, err := io.Copy(z, data)
	if err = errors.Join(err, z.Close()); err != nil || w.buf.Len() == 0 {
		return err
	}
	return put(w.n, w.buf.Bytes())
}

type partWriter struct {
	put func(part int, data []byte) error
	n   int
	buf bytes.Buffer
}

func (w *partWriter) Write(b []byte) (int, error) {
	w.buf.Write(b)
	for w.buf.Len() >= partSize {
		if err := w.put(w.n, w.buf.Next(partSize)); err != nil {
			return 0, err
		}
		w.n++
	}
	return len(b), nil
}

// ReadParts reads what WriteParts wrote. get returns io.EOF after the last part.
func ReadParts(get func(part int) ([]byte, error)) (io.ReadCloser, error) {
	return gzip.NewReader(&partReader{get: get})
}

type partReader struct {
	get  func(part int) ([]byte, error)
	n    int
	rest []byte
}

func (r *partReader) Read(b []byte) (n int, err error) {
	for len(r.rest) == 0 {
		if r.rest, err = r.get(r.n); err != nil {
			return 0, err
		}
		r.n++
	}
	n = copy(b, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
