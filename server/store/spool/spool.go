package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// ErrDamaged: a record that was on disk is not there any more.
var ErrDamaged = errors.New("the spool is damaged")

// ErrOther: the files are those of another owner.
var ErrOther = errors.New("the spool belongs to another database")

// Frame is a record and its number.
type Frame struct {
	Number uint64
	Record []byte
}

// Options of Open.
type Options struct {
	// Owner is whose records they are.
	Owner uint64
	// After is the number of the last frame that is needed no more.
	After uint64
	// Sync returns when what was written to a file is on disk.
	Sync func(*os.File) error
	// Turn is how many bytes a file holds before the other has its turn. Zero means 16 MiB.
	Turn int64
}

// Spool is two files. Make one with Open. Its methods may be called from any goroutine.
type Spool struct {
	opt   Options
	paths [2]string

	adding sync.Mutex // held while something is added, or everything cleared
	mu     sync.Mutex
	files  [2]*file
	turn   int
	next   uint64 // number of the next frame
	done   uint64
	broken bool // what is in the files is not to be added to
	buf    []byte
}

// file is one of the two. Its frames have the numbers up to last.
type file struct {
	*os.File
	salt  salt
	size  int64  // of what counts; 0 when nothing does
	last  uint64 // of its frames; 0 for none
	stale bool   // what is in it is to be wiped when it is done
}

// maxTurns bounds a file whose frames nobody takes.
const maxTurns = 16

// Open opens the spool whose files' names begin with path, and returns the frames that are
// needed still, in order. Where the files hold something, it has to be done with and the
// spool cleared before anything is added. Files are made when something is added. Errors
// wrap ErrDamaged or ErrOther where that is the cause.
func Open(path string, opt Options) (*Spool, []Frame, error) {
	if opt.Turn <= 0 {
		opt.Turn = 16 << 20
	}
	s := &Spool{opt: opt, paths: names(path), next: opt.After + 1, done: opt.After}
	found, err := read(s.paths, &opt)
	if err != nil {
		return nil, nil, err
	}
	for i, c := range found {
		if c.size == 0 {
			continue
		}
		if s.files[i], err = open(s.paths[i]); err != nil {
			return nil, nil, err
		}
		s.files[i].size, s.broken = c.size, true // until it is cleared
	}
	frames := inOrder(found)
	if n := len(frames); n > 0 {
		s.next = frames[n-1].Number + 1
	}
	return s, frames, nil
}

// Read returns the frames that are needed still of the spool whose files' names begin with
// path. Nothing is changed. Errors are those of Open.
func Read(path string, opt Options) ([]Frame, error) {
	found, err := read(names(path), &opt)
	return inOrder(found), err
}

func names(path string) [2]string { return [2]string{path + "-1", path + "-2"} }

// content is what a file holds: so many bytes, and the frames that are needed still.
type content struct {
	size   int64
	frames []Frame
}

// read reads what both files hold.
func read(paths [2]string, opt *Options) (found [2]content, err error) {
	for i, path := range paths {
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return found, err
		}
		found[i].size = int64(len(data))
		if found[i].frames, err = parse(data, opt); err != nil {
			return found, fmt.Errorf("%s: %w", path, err)
		}
	}
	all := inOrder(found)
	for i := 1; i < len(all); i++ {
		if last := all[i-1].Number; last+1 != all[i].Number {
			return found, missing(last, all[i].Number)
		}
	}
	return found, nil
}

func missing(last, next uint64) error {
	return fmt.Errorf("%w: what was between its frames %d and %d is missing", ErrDamaged, last, next)
}

// inOrder lists the frames of both files.
func inOrder(found [2]content) []Frame {
	a, b := found[0].frames, found[1].frames
	if len(a) > 0 && len(b) > 0 && a[0].Number > b[0].Number {
		a, b = b, a
	}
	return slices.Concat(a, b)
}

func open(path string) (*file, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return &file{File: f}, nil
}

// What a header begins with, and the sizes of one and of a frame without its record.
const (
	magic     = "LGWKSPL1" // the owner, the first number, the salt and a checksum follow
	apart     = 4096
	start     = apart + headSize // of the frames
	headSize  = len(magic) + 8 + 8 + 8 + 4
	frameSize = 4 + 4 + 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// parse finds the frames of a file that are needed still.
func parse(data []byte, opt *Options) (out []Frame, err error) {
	h, ok := newest(data)
	switch {
	case !ok: // empty, or a first turn that had just begun
		return nil, nil
	case h.owner != opt.Owner:
		return nil, ErrOther
	}
	number := h.first
	for data = data[min(start, len(data)):]; ; number++ {
		n, record, ok := h.salt.frame(data)
		if !ok || n != number {
			at, n, found := h.salt.find(data, number-1)
			if last := max(opt.After, number-1); found && n > last+1 {
				return out, missing(last, n)
			}
			if !found {
				return out, nil
			}
			data, number = data[at:], n-1 // what is damaged is not needed
			continue
		}
		if n > opt.After {
			out = append(out, Frame{n, record})
		}
		data = data[frameSize+len(record):]
	}
}

// header begins a file, and stands in it twice, lest the disk spoil it: on two pages.
type header struct {
	owner, first uint64
	salt         salt
}

// append appends both, and what lies between.
func (h *header) append(dst []byte) []byte {
	one := []byte(magic)
	for _, field := range []uint64{h.owner, h.first, uint64(h.salt)} {
		one = binary.LittleEndian.AppendUint64(one, field)
	}
	one = binary.LittleEndian.AppendUint32(one, crc32.Checksum(one, castagnoli))
	dst = append(dst, one...)
	dst = append(dst, make([]byte, apart-headSize)...)
	return append(dst, one...)
}

// newest is the header of the last turn that had begun: when one of the two is not whole, the
// other is, or may still be that of the turn before, all of which is done.
func newest(data []byte) (h header, ok bool) {
	for _, at := range []int{0, apart} {
		if len(data) < at+headSize {
			continue
		}
		one := data[at : at+headSize]
		if string(one[:len(magic)]) != magic || crc32.Checksum(one[:headSize-4], castagnoli) != binary.LittleEndian.Uint32(one[headSize-4:]) {
			continue
		}
		field := func(i int) uint64 { return binary.LittleEndian.Uint64(one[len(magic)+8*i:]) }
		if !ok || field(1) > h.first {
			h, ok = header{field(0), field(1), salt(field(2))}, true
		}
	}
	return h, ok
}

// salt is a random number that the header of each turn has. Frames are of no use without it:
// neither those of an earlier turn, nor what a sender has made to look like one, can be taken
// for one of this turn.
type salt uint64

// appendFrame appends a frame.
func (s salt) appendFrame(dst []byte, number uint64, record []byte) []byte {
	head := len(dst)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(record)))
	dst = binary.LittleEndian.AppendUint32(dst, 0)
	dst = binary.LittleEndian.AppendUint64(dst, number^uint64(s))
	dst = append(dst, record...)
	binary.LittleEndian.PutUint32(dst[head+4:], s.checksum(dst[head+8:]))
	return dst
}

func (s salt) checksum(b []byte) uint32 {
	var first [8]byte
	binary.LittleEndian.PutUint64(first[:], uint64(s))
	return crc32.Update(crc32.Checksum(first[:], castagnoli), castagnoli, b)
}

// frame reads the frame with which data begins.
func (s salt) frame(data []byte) (number uint64, record []byte, ok bool) {
	if len(data) < frameSize {
		return 0, nil, false
	}
	size := int(binary.LittleEndian.Uint32(data))
	if size > len(data)-frameSize {
		return 0, nil, false
	}
	end := frameSize + size
	if s.checksum(data[8:end]) != binary.LittleEndian.Uint32(data[4:]) {
		return 0, nil, false
	}
	return binary.LittleEndian.Uint64(data[8:]) ^ uint64(s), data[frameSize:end], true
}

// near is how far the number of a frame may be from that of the last whole one. It spares
// a checksum at every byte.
const near = 1 << 20

// find looks for a whole frame above a number.
func (s salt) find(data []byte, last uint64) (at int, number uint64, found bool) {
	for i := 0; i+frameSize <= len(data); i++ {
		if n := binary.LittleEndian.Uint64(data[i+8:]) ^ uint64(s); n <= last || n-last > near {
			continue
		}
		if n, _, ok := s.frame(data[i:]); ok {
			return i, n, true
		}
	}
	return 0, 0, false
}

// errBroken: the disk failed under what is in the files, or it was not cleared.
var errBroken = errors.New("the spool is not clear")

// ErrFull: too much waits that nobody takes.
var ErrFull = errors.New("the spool is full")

// Add returns when a record is on disk, and its number. After an error it may be there all
// the same, and nothing more is added before Clear.
func (s *Spool) Add(record []byte) (uint64, error) {
	s.adding.Lock()
	defer s.adding.Unlock()
	f, at, number, err := s.write(record)
	if err == nil {
		err = s.opt.Sync(f.File)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.broken = s.broken || f != nil
		return 0, err
	}
	f.size, f.last = at, number
	s.next = number + 1
	return number, nil
}

// write writes a record where it belongs, which ends at a place then.
func (s *Spool) write(record []byte) (f *file, end int64, number uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return nil, 0, 0, errBroken
	}
	if f, err = s.ready(); err != nil {
		return nil, 0, 0, err
	}
	if f.size == 0 {
		if err := s.begin(f); err != nil {
			return f, 0, 0, err
		}
	}
	s.buf = f.salt.appendFrame(s.buf[:0], s.next, record)
	_, err = f.WriteAt(s.buf, f.size)
	return f, f.size + int64(len(s.buf)), s.next, err
}

// begin begins a turn. The header is on disk before a frame is written: were it that of the
// turn before, what is left of that one's frames would seem to have lost their first.
func (s *Spool) begin(f *file) error {
	f.salt = salt(rand.Uint64())
	h := header{s.opt.Owner, s.next, f.salt}
	if _, err := f.WriteAt(h.append(nil), 0); err != nil {
		return err
	}
	if err := s.opt.Sync(f.File); err != nil {
		return err
	}
	f.size = int64(start)
	return nil
}

// ready is the file that the next frame goes to.
func (s *Spool) ready() (*file, error) {
	cur, other := s.files[s.turn], s.files[1-s.turn]
	switch {
	case cur == nil || cur.size-int64(start) < s.opt.Turn && !cur.stale:
	case other == nil || other.last <= s.done:
		if other != nil && other.stale {
			if err := s.empty(1 - s.turn); err != nil {
				return nil, err
			}
		}
		s.turn = 1 - s.turn
		if other != nil {
			other.size, other.last = 0, 0
		}
	case cur.size-int64(start) >= maxTurns*s.opt.Turn:
		return nil, ErrFull
	}
	if f := s.files[s.turn]; f != nil {
		return f, nil
	}
	f, err := open(s.paths[s.turn])
	if err != nil {
		return nil, err
	}
	if err := syncDir(filepath.Dir(s.paths[s.turn])); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	s.files[s.turn] = f
	return f, nil
}

// syncDir returns when the names in a directory are on disk, where that can be asked for.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

// Last is the number of the last frame, or that of the last one that is needed no more.
func (s *Spool) Last() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next - 1
}

// Done says that the frames up to a number are on the database's disk.
func (s *Spool) Done(number uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = max(s.done, number)
	if other := s.files[1-s.turn]; other != nil && other.stale && other.last <= s.done {
		return s.empty(1 - s.turn)
	}
	return nil
}

// Wipe has what is in the files removed from them as soon as it is done: it is not to be
// seen there. The next frame goes to the other file, if that is done.
func (s *Spool) Wipe() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.files {
		if f != nil {
			f.stale = true
		}
	}
}

// Empty reports whether the files hold nothing at all.
func (s *Spool) Empty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.broken && !s.holds(0) && !s.holds(1)
}

func (s *Spool) holds(i int) bool { return s.files[i] != nil && s.files[i].size > 0 }

// Clear empties the files, unless something in them is needed still.
func (s *Spool) Clear() error {
	s.adding.Lock()
	defer s.adding.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done+1 < s.next {
		return nil
	}
	for i := range s.files {
		if err := s.empty(i); err != nil {
			return err
		}
	}
	s.broken = false
	return nil
}

// empty cuts a file.
func (s *Spool) empty(i int) error {
	f := s.files[i]
	if f == nil {
		return nil
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	f.size, f.last, f.stale = 0, 0, false
	return s.opt.Sync(f.File)
}

// Close closes the files, and removes them when nothing in them is needed.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	needed := s.done+1 < s.next
	for i, f := range s.files {
		if f == nil {
			continue
		}
		errs = append(errs, f.Close())
		if !needed {
			errs = append(errs, os.Remove(s.paths[i]))
		}
		s.files[i] = nil
	}
	return errors.Join(errs...)
}
