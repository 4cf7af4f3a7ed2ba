package wire

import "io"

// Reader reads an input's notifications: a Scanner whose records are decoded.
type Reader struct{ scan *Scanner }

// NewReader returns a reader of r. It reads nothing yet.
func NewReader(r io.Reader, opts ScannerOptions) *Reader {
	return &Reader{scan: NewScanner(r, opts)}
}

// Next returns the next event and the record it was read from, valid until the
// next call. An error is io.EOF at the end or a *RecordError with the line and the
// byte, also for a record that Decode refused, which is then returned; Next may be
// called again after it. errors.Is(err, ErrOtherKind) tells the messages of other
// kinds that inputs may well contain.
func (r *Reader) Next() (Event, Record, error) {
	var ev Event
	rec, err := r.NextInto(&ev)
	return ev, rec, err
}

// NextInto is Next into an event that is used again and again; see DecodeInto.
func (r *Reader) NextInto(ev *Event) (Record, error) {
	rec, err := r.scan.Next()
	if err != nil {
		reset(ev)
		return rec, err
	}
	if err := DecodeInto(ev, rec.Raw); err != nil {
		return rec, &RecordError{Line: rec.Line, Offset: rec.Offset, Err: err}
	}
	return rec, nil
}
