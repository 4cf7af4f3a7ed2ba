package standin

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/legworkhq/legwork/recon/wire"
)

// The sentinels of wire.
var (
	ErrNoSession = errors.New("no telephonySessionId")
	ErrOtherKind = errors.New("another kind of event")
)

// Error is wire.Error.
type Error struct {
	Offset      int64
	Field, Text string
	Err         error
}

func (e *Error) Error() string {
	return fmt.Sprintf("byte %d: %s: %s", e.Offset, e.Field, e.Text)
}
func (e *Error) Unwrap() error { return e.Err }

// Record is wire.Record.
type Record struct {
	Raw    []byte
	Line   int
	Offset int64
}

// RecordError is wire.RecordError.
type RecordError struct {
	Line   int
	Offset int64
	Err    error
}

func (e *RecordError) Error() string {
	return fmt.Sprintf("line %d: byte %d: %v", e.Line, e.Offset, e.Err)
}
func (e *RecordError) Unwrap() error { return e.Err }

// ScannerOptions is wire.ScannerOptions.
type ScannerOptions struct{ MaxRecord int }

// Scanner reads one record a line.
type Scanner struct {
	r      *bufio.Reader
	max    int
	line   int
	offset int64
	buf    []byte
	err    error
}

// NewScanner returns a scanner that knows lines and gzip only.
func NewScanner(r io.Reader, opt ScannerOptions) *Scanner {
	s := &Scanner{r: bufio.NewReaderSize(r, 1<<16), max: opt.MaxRecord}
	if s.max == 0 {
		s.max = 16 << 20
	}
	if head, _ := s.r.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(s.r)
		if err != nil {
			s.err = err
			return s
		}
		s.r = bufio.NewReaderSize(z, 1<<16)
	}
	return s
}

// Next returns the next line that is not empty.
func (s *Scanner) Next() (Record, error) {
	for s.err == nil {
		s.line++
		start, tooLong := s.offset, false
		s.buf = s.buf[:0]
		for {
			part, err := s.r.ReadSlice('\n')
			s.offset += int64(len(part))
			if len(s.buf)+len(part) > s.max {
				tooLong, s.buf = true, s.buf[:0]
			} else if !tooLong {
				s.buf = append(s.buf, part...)
			}
			if err == bufio.ErrBufferFull {
				continue
			}
			s.err = err
			break
		}
		if tooLong {
			return Record{}, &RecordError{Line: s.line, Offset: start, Err: fmt.Errorf("record longer than %d bytes", s.max)}
		}
		if raw := bytes.TrimSpace(s.buf); len(raw) > 0 {
			return Record{Raw: raw, Line: s.line, Offset: start}, nil
		}
	}
	return Record{}, s.err
}

type notification struct {
	UUID, Event, SubscriptionID, OwnerID string
	Timestamp                            time.Time
	Body                                 *struct {
		Sequence                                int64
		SessionID, TelephonySessionID, ServerID string
		EventTime                               time.Time
		Origin                                  struct{ Type string }
		Parties                                 []party
	}
}

type party struct {
	AccountID, ExtensionID, ID, Direction string
	To, From                              struct{ PhoneNumber, Name, ExtensionID, DeviceID string }
	Status                                struct {
		Code, Reason string
		PeerID       *struct{ TelephonySessionID, SessionID, PartyID string }
	}
}

// DecodeInto decodes a notification.
func DecodeInto(ev *wire.Event, raw []byte) error {
	*ev = wire.Event{}
	var n notification
	if err := json.Unmarshal(raw, &n); err != nil {
		return jsonError(err)
	}
	if n.Body == nil {
		return &Error{Field: "body", Text: "another kind of event", Err: ErrOtherKind}
	}
	if n.Body.TelephonySessionID == "" {
		return &Error{Field: "body.telephonySessionId", Text: "missing", Err: ErrNoSession}
	}
	ev.UUID, ev.Resource, ev.Timestamp = n.UUID, n.Event, instant(n.Timestamp)
	ev.Body.Sequence, ev.Body.TelephonySessionID = n.Body.Sequence, n.Body.TelephonySessionID
	ev.Body.EventTime = instant(n.Body.EventTime)
	ev.Body.Origin.Type = wire.OriginType(n.Body.Origin.Type)
	for _, p := range n.Body.Parties {
		out := wire.Party{ExtensionID: p.ExtensionID, ID: p.ID, Direction: wire.Direction(p.Direction)}
		out.To = wire.Endpoint{PhoneNumber: p.To.PhoneNumber, Name: p.To.Name, ExtensionID: p.To.ExtensionID}
		out.From = wire.Endpoint{PhoneNumber: p.From.PhoneNumber, Name: p.From.Name, ExtensionID: p.From.ExtensionID}
		out.Status.Code, out.Status.Reason = wire.Code(p.Status.Code), wire.Reason(p.Status.Reason)
		if q := p.Status.PeerID; q != nil {
			out.Status.PeerID = &wire.PeerID{TelephonySessionID: q.TelephonySessionID, PartyID: q.PartyID}
		}
		ev.Body.Parties = append(ev.Body.Parties, out)
	}
	return nil
}

func instant(t time.Time) wire.Time {
	if t.IsZero() {
		return 0
	}
	return wire.Time(t.UnixMilli())
}

func jsonError(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return &Error{Offset: syntax.Offset, Text: syntax.Error(), Err: err}
	case errors.As(err, &kind):
		return &Error{Offset: kind.Offset, Field: kind.Field, Text: "is a " + kind.Value, Err: err}
	}
	return &Error{Text: err.Error(), Err: err}
}
