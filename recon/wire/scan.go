package wire

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
)

// ErrTooLong is wrapped by the error for a record longer than MaxRecord.
var ErrTooLong = errors.New("record too long")

// ErrFraming is wrapped by the error for bytes that cannot be cut into records:
// text between records, a record that its line or the input cuts off.
var ErrFraming = errors.New("no complete JSON value")

// DefaultMaxRecord is the MaxRecord of the zero ScannerOptions, 4 MiB.
const DefaultMaxRecord = 4 << 20

// ScannerOptions bound a Scanner. The zero value works.
type ScannerOptions struct {
	// MaxRecord is the length in bytes of the longest record; zero means
	// DefaultMaxRecord. A longer one is passed over without being held in memory and
	// reported as a RecordError that wraps ErrTooLong.
	MaxRecord int
}

// Record is one notification's text in an input.
type Record struct {
	// Raw is the text, valid until the next call of Next.
	Raw []byte
	// Line is the line on which it starts, from 1.
	Line int
	// Offset is the byte at which it starts, from 0, in the decompressed input.
	Offset int64
}

// Scanner cuts an input into records. What the input is shows in its content:
// NDJSON, a JSON array of notifications, JSON values one after the other, on one
// line or on many, and gzip (of one or several members) of any of these. Byte
// order marks, CRLF and blank lines are passed over.
//
// A WebSocket frame is itself an array: an array whose first element is an object
// with a member "type" is one record, any other array at the top yields its
// elements.
//
// Once a line was one record and nothing else, the input is taken for NDJSON until
// a record spans lines: a line from '{' to '}' is then one record without a look
// inside. What is wrong inside is for Decode to say.
//
// Whatever is damaged costs its own record, hardly ever the next: after a
// RecordError the scanner goes on at the next line that starts a value, in an array
// at the next element. The memory held is bounded by MaxRecord and a constant.
type Scanner struct {
	src     io.Reader
	max     int
	buf     []byte
	pos     int   // of the next unread byte in buf
	end     int   // of the bytes in buf
	base    int64 // offset of buf[0] in the input
	line    int   // of buf[pos]
	lineOff int64 // offset of the start of that line
	started bool
	used    int   // line of the last byte that was no white space
	alone   bool  // the record framed last was the first thing on its line, and on one
	lines   bool  // the input looks like NDJSON
	array   bool  // inside an array of notifications
	opened  mark  // where that array started
	readErr error // sticky; io.EOF at the end
	over    bool  // readErr was reported
}

// mark is a place in the input.
type mark struct {
	line   int
	offset int64
}

const (
	minBuffer = 64 << 10
	maxBuffer = 1 << 20
)

// NewScanner returns a scanner of r. It reads nothing yet.
func NewScanner(r io.Reader, opts ScannerOptions) *Scanner {
	if opts.MaxRecord <= 0 {
		opts.MaxRecord = DefaultMaxRecord
	}
	return &Scanner{src: r, max: opts.MaxRecord, line: 1}
}

// Next returns the next record. An error is io.EOF at the end or a *RecordError;
// Next may be called again after that: it goes on with the next record, or returns
// io.EOF when the error was fatal.
func (s *Scanner) Next() (Record, error) {
	s.start()
	for {
		c, ok := s.token()
		switch {
		case !ok:
			return Record{}, s.finish()
		case s.array && c == ',':
			s.skip()
		case s.array && c == ']':
			s.skip()
			s.array = false
		case c == '{':
			return s.record()
		case c == '[':
			if s.array || s.isFrame() {
				return s.record()
			}
			s.array, s.opened = true, s.here()
			s.skip()
		default:
			return Record{}, s.garbage()
		}
	}
}

// skip passes over one byte between records.
func (s *Scanner) skip() {
	s.pos++
	s.used, s.alone = s.line, false
}

// start makes the buffer and looks for gzip.
func (s *Scanner) start() {
	if s.started {
		return
	}
	s.started = true
	s.buf = make([]byte, minBuffer)
	for s.end < 2 && s.fill() {
	}
	if s.end < 2 || s.buf[0] != 0x1f || s.buf[1] != 0x8b {
		return
	}
	head := bytes.NewReader(bytes.Clone(s.buf[:s.end]))
	z, err := gzip.NewReader(bufio.NewReaderSize(io.MultiReader(head, &rest{s.src, s.readErr}), minBuffer))
	s.end, s.readErr = 0, err
	s.src = z
}

// rest is the rest of an input of which an error may have been seen already.
type rest struct {
	r   io.Reader
	err error
}

func (r *rest) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	return r.r.Read(p)
}

// fill reads more bytes behind those in the buffer, and reports whether there are
// more. It moves what is unread to the front and lets the buffer grow as needed.
func (s *Scanner) fill() bool {
	if s.readErr != nil {
		return false
	}
	if s.pos > 0 && (s.pos == s.end || len(s.buf)-s.end < len(s.buf)/2) {
		s.base += int64(s.pos)
		s.end = copy(s.buf, s.buf[s.pos:s.end])
		s.pos = 0
	}
	if len(s.buf)-s.end < len(s.buf)/4 {
		s.grow()
	}
	for idle := 0; idle < 100; idle++ {
		n, err := s.src.Read(s.buf[s.end:])
		filled := n == len(s.buf)-s.end
		s.end += n
		if err != nil {
			s.readErr = err
		} else if filled && len(s.buf) < maxBuffer {
			s.grow()
		}
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.readErr = io.ErrNoProgress
	return false
}

// grow doubles the buffer, up to what a record of MaxRecord bytes needs.
func (s *Scanner) grow() {
	if size := min(2*len(s.buf), s.max+maxBuffer); size > len(s.buf) {
		s.buf = append(make([]byte, 0, size), s.buf[:s.end]...)[:size]
	}
}

func (s *Scanner) here() mark { return mark{s.line, s.base + int64(s.pos)} }

// pass moves on by n bytes, counting lines.
func (s *Scanner) pass(n int) {
	chunk := s.buf[s.pos : s.pos+n]
	if last := bytes.LastIndexByte(chunk, '\n'); last >= 0 {
		s.line += bytes.Count(chunk, []byte{'\n'})
		s.lineOff = s.base + int64(s.pos+last+1)
	}
	s.pos += n
}

// token passes over white space and byte order marks and returns the next byte.
func (s *Scanner) token() (byte, bool) {
	for {
		for s.pos < s.end {
			switch c := s.buf[s.pos]; c {
			case '\n':
				s.pos++
				s.line++
				s.lineOff = s.base + int64(s.pos)
			case ' ', '\t', '\r':
				s.pos++
			case 0xEF:
				if s.end-s.pos < 3 && s.fill() {
					continue
				}
				if !bytes.HasPrefix(s.buf[s.pos:s.end], []byte("\xEF\xBB\xBF")) {
					return c, true
				}
				s.pos += 3
			default:
				return c, true
			}
		}
		if !s.fill() {
			return 0, false
		}
	}
}

// finish says how the input ended.
func (s *Scanner) finish() error {
	if s.over {
		return io.EOF
	}
	s.over = true
	if s.readErr != io.EOF {
		at := s.here()
		return &RecordError{Line: at.line, Offset: at.offset, Fatal: true, Err: s.readErr}
	}
	if s.array {
		return &RecordError{Line: s.opened.line, Offset: s.opened.offset, Err: errUnclosed}
	}
	return io.EOF
}

var errUnclosed = framing("the array that starts here is not closed")

// framing makes an error that wraps ErrFraming.
func framing(text string) error { return &framingError{text} }

type framingError struct{ text string }

func (e *framingError) Error() string { return ErrFraming.Error() + ": " + e.text }
func (e *framingError) Unwrap() error { return ErrFraming }

// garbage passes over bytes that start no record: to the end of the line, in an
// array to the next comma, whichever comes first.
func (s *Scanner) garbage() error {
	start := s.here()
	for {
		chunk := s.buf[s.pos:s.end]
		stop := bytes.IndexByte(chunk, '\n')
		if s.array {
			if stop < 0 {
				stop = len(chunk)
			}
			if comma := bytes.IndexAny(chunk[:stop], ",]"); comma >= 0 || stop == len(chunk) {
				stop = comma
			}
		}
		if stop >= 0 {
			s.pass(stop)
			break
		}
		s.pass(len(chunk))
		if !s.fill() {
			break
		}
	}
	return s.broken(start, framing("text that starts no record"))
}

func (s *Scanner) broken(start mark, err error) *RecordError {
	if s.alone { // what is broken does not change what the input looked like
		s.lines = start.line > s.used
	}
	if s.used, s.alone = s.line, false; s.here().offset == s.lineOff {
		s.used-- // nothing of this line belongs to what was broken
	}
	return &RecordError{Line: start.line, Offset: start.offset, Length: s.here().offset - start.offset, Err: err}
}

// record returns the record that starts here.
func (s *Scanner) record() (Record, error) {
	if s.alone {
		s.lines, s.alone = s.line > s.used, false
	}
	if s.lines && !s.array {
		if rec, ok := s.wholeLine(); ok {
			return rec, nil
		}
	}
	return s.framed()
}

// wholeLine takes the rest of the line for one record if it looks like one.
func (s *Scanner) wholeLine() (Record, bool) {
	seen := 0
	for {
		chunk := s.buf[s.pos:s.end]
		stop := bytes.IndexByte(chunk[seen:], '\n')
		if stop < 0 && len(chunk) <= s.max {
			seen = len(chunk)
			if s.fill() {
				continue
			}
			if s.readErr != io.EOF {
				return Record{}, false
			}
			stop = 0 // the last line has no end
		}
		if stop < 0 {
			return Record{}, false
		}
		raw := bytes.TrimRight(chunk[:seen+stop], " \t\r")
		if seen+stop > s.max || len(raw) < 2 || raw[len(raw)-1] != raw[0]+2 {
			return Record{}, false
		}
		at := s.here()
		s.pos += seen + stop
		s.used = s.line
		return Record{Raw: raw, Line: at.line, Offset: at.offset}, true
	}
}

// framed returns the record that starts here by following its brackets.
func (s *Scanner) framed() (Record, error) {
	start := s.here()
	column := start.offset - s.lineOff
	f := framer{strictLines: s.lines && !s.array}
	first, lines := s.line > s.used, s.lines
	s.lines = false
	passed := 0 // bytes looked at, from pos; those of a record too long are dropped
	tooLong := false
	for f.state == framingOpen {
		if s.pos+passed == s.end {
			if tooLong {
				s.pass(passed)
				passed = 0
			}
			if !s.fill() {
				s.pass(passed)
				if s.readErr != io.EOF {
					s.over = true
					return Record{}, &RecordError{Line: start.line, Offset: start.offset, Fatal: true, Err: s.readErr}
				}
				return Record{}, s.broken(start, framing("the input ends inside it"))
			}
		}
		passed += f.feed(s.buf[s.pos+passed : s.end])
		tooLong = tooLong || passed > s.max
	}
	if f.state == framingBroken {
		s.pass(passed)
		err := s.broken(start, framing(f.why))
		s.lines = lines
		if !f.resume {
			s.resync(column)
		}
		return Record{}, err
	}
	if tooLong {
		s.pass(passed)
		return Record{}, s.broken(start, ErrTooLong)
	}
	rec := Record{Raw: s.buf[s.pos : s.pos+passed : s.pos+passed], Line: start.line, Offset: start.offset}
	s.pass(passed)
	s.used = s.line
	s.alone = first && s.line == start.line && !s.array
	return rec, nil
}

// resync moves on to the next line that starts a value no further right than
// column.
func (s *Scanner) resync(column int64) {
	for {
		chunk := s.buf[s.pos:s.end]
		stop := bytes.IndexByte(chunk, '\n')
		if stop < 0 {
			s.pass(len(chunk))
			if !s.fill() {
				return
			}
			continue
		}
		s.pass(stop + 1)
		for s.base+int64(s.pos)-s.lineOff < column && s.space() {
		}
		if c, ok := s.peek(); !ok || c == '{' || c == '[' || s.array && (c == ']' || c == ',') {
			return
		}
	}
}

// space passes over one blank.
func (s *Scanner) space() bool {
	c, ok := s.peek()
	if !ok || c != ' ' && c != '\t' {
		return false
	}
	s.pos++
	return true
}

func (s *Scanner) peek() (byte, bool) {
	if s.pos == s.end && !s.fill() {
		return 0, false
	}
	return s.buf[s.pos], true
}

// isFrame reports whether the array that starts here is a WebSocket frame: its
// first element is an object with a member "type". It looks no further than
// MaxRecord.
func (s *Scanner) isFrame() bool {
	for {
		chunk := s.buf[s.pos:s.end]
		cut := len(chunk) > s.max
		if cut {
			chunk = chunk[:s.max]
		}
		verdict, known := frameHeader(chunk)
		if known || cut || !s.fill() {
			return verdict
		}
	}
}

// frameHeader looks at the start of an array. known is false when b is too short
// to tell.
func frameHeader(b []byte) (frame, known bool) {
	depth, wantKey := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; c {
		case ' ', '\t', '\r', '\n', ':':
		case '[', '{':
			depth++
			if depth == 2 && c == '[' {
				return false, true
			}
			wantKey = depth == 2
		case ']', '}':
			depth--
			if depth < 2 {
				return false, true
			}
		case ',':
			wantKey = depth == 2
		case '"':
			end := stringEnd(b, i)
			if end < 0 {
				return false, false
			}
			if wantKey && depth == 2 {
				switch string(b[i+1 : end]) {
				case "type":
					return true, true
				case "uuid", "event", "body", "telephonySessionId", "sequence", "parties", "pn_apns":
					return false, true
				}
			}
			wantKey = false
			i = end
		default:
			if depth == 1 {
				return false, true
			}
		}
	}
	return false, false
}

type framingState uint8

const (
	framingOpen   framingState = iota // inside the record
	framingDone                       // its last byte was passed
	framingBroken                     // it cannot be completed
)

// framer follows the brackets of one record through chunks of bytes. It checks no
// more than it needs to notice where a record was cut off: line ends inside
// strings, and values at places where an object has none.
type framer struct {
	strictLines bool // a value at the start of a line is another record
	state       framingState
	why         string // for framingBroken
	resume      bool   // the byte after those passed starts another record
	kinds       uint64 // one bit a level, innermost lowest: 1 is an object
	depth       int
	inString    bool
	escaped     bool
	last        byte // last byte that is no white space, '"' for a string
	lineStart   bool
}

// feed passes over bytes of b and returns how many.
func (f *framer) feed(b []byte) int {
	for i := 0; i < len(b); {
		if f.inString {
			n := f.feedString(b[i:])
			i += n
			if f.state != framingOpen {
				return i
			}
			continue
		}
		c := b[i]
		switch c {
		case ' ', '\t':
			f.lineStart = false
			i++
			continue
		case '\r':
			i++
			continue
		case '\n':
			f.lineStart = true
			i++
			continue
		case '"':
			f.inString = true
		case '{', '[':
			if f.misplaced() {
				f.state, f.resume = framingBroken, true
				f.why = "another record starts inside it"
				return i
			}
			f.open(c)
		case '}', ']':
			f.close(c)
			if f.depth <= 0 {
				f.state = framingDone
				return i + 1
			}
		}
		f.last = c
		f.lineStart = false
		i++
	}
	return len(b)
}

// feedString passes over the inside of a string.
func (f *framer) feedString(b []byte) int {
	for i := 0; i < len(b); i++ {
		if f.escaped {
			f.escaped = false
			if b[i] != '\n' {
				continue
			}
		}
		if i = plain(b, i); i == len(b) {
			break
		}
		switch b[i] {
		case '"':
			f.inString = false
			return i + 1
		case '\\':
			f.escaped = true
		case '\n':
			f.state, f.why = framingBroken, "its line ends inside a string"
			return i
		}
	}
	return len(b)
}

// misplaced reports whether a value must not start here.
func (f *framer) misplaced() bool {
	if f.depth == 0 {
		return false
	}
	if f.strictLines && f.lineStart {
		return true
	}
	if f.depth > maxDepth {
		return false // Decode refuses the record anyway
	}
	if f.kinds&1 == 1 {
		return f.last != ':'
	}
	return f.last != '[' && f.last != ','
}

// open enters a level. Beyond maxDepth levels have no kind.
func (f *framer) open(c byte) {
	if f.depth++; f.depth > maxDepth {
		return
	}
	f.kinds <<= 1
	if c == '{' {
		f.kinds |= 1
	}
}

// close leaves the innermost level of c's kind, with what was not closed inside.
func (f *framer) close(c byte) {
	want := uint64(0)
	if c == '}' {
		want = 1
	}
	if f.depth > maxDepth {
		f.depth--
		return
	}
	for f.depth > 0 {
		kind := f.kinds & 1
		f.kinds >>= 1
		f.depth--
		if kind == want {
			return
		}
	}
}
