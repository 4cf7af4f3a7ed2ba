package webhook

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// headSize is how much of a file tells it from others.
const headSize = 64 << 10

// File is what a journal knows a file by.
type File struct {
	Size int64  `json:"size"`
	Head string `json:"sha256OfFirst64KiB"`
}

// Identify looks at the file at path.
func Identify(path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return File{}, err
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, io.LimitReader(f, headSize)); err != nil {
		return File{}, err
	}
	return File{info.Size(), hex.EncodeToString(hash.Sum(nil))}, nil
}

// Journal keeps, in a file of its own, how far the replay of a file got.
type Journal struct {
	path    string
	mu      sync.Mutex
	entry   entry
	ahead   map[int]bool // settled lines beyond a line that is not
	unsaved int
	saved   time.Time
}

// entry is the content of the journal's file.
type entry struct {
	// Lines says that so many lines, from the first, are settled.
	Lines int  `json:"lines"`
	File  File `json:"file"`
}

// How often the journal is written: after so many lines but not more often than every
// saveGap, and with the first line that comes saveAfter later.
const (
	saveLines = 10
	saveGap   = 50 * time.Millisecond
	saveAfter = time.Second
)

// ErrOtherFile is wrapped by the error for a journal of another file.
var ErrOtherFile = errors.New("it is about another file")

// OpenJournal reads the journal at path, or begins it.
func OpenJournal(path string, of File) (*Journal, error) {
	j := &Journal{path: path, entry: entry{File: of}, ahead: map[int]bool{}}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return j, j.Save()
	case err != nil:
		return nil, err
	}
	var was entry
	if err := json.Unmarshal(text, &was); err != nil || was.Lines < 0 || was.File.Head == "" {
		return nil, errors.New("it is not a file that --resume wrote")
	}
	if was.File.Size != of.Size {
		return nil, fmt.Errorf("%w, one of %d bytes and not %d", ErrOtherFile, was.File.Size, of.Size)
	}
	if was.File != of {
		return nil, fmt.Errorf("%w, one of the same size that begins differently", ErrOtherFile)
	}
	j.entry = was
	return j, j.Save() // finds out whether it can be written before anything is sent
}

// Lines is how many lines, from the first, are settled.
func (j *Journal) Lines() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.entry.Lines
}

// Settle takes note of a line, in any order, and writes the journal now and then.
func (j *Journal) Settle(line int, now time.Time) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ahead[line] = true
	for j.ahead[j.entry.Lines+1] {
		j.entry.Lines++
		delete(j.ahead, j.entry.Lines)
	}
	j.unsaved++
	since := now.Sub(j.saved)
	if since >= saveAfter || j.unsaved >= saveLines && since >= saveGap {
		j.saved = now
		return j.save()
	}
	return nil
}

// Save writes the journal.
func (j *Journal) Save() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.save()
}

// save puts a new file in the place of the old one.
func (j *Journal) save() error {
	if j.path == "" {
		return nil
	}
	text, err := json.Marshal(j.entry)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(j.path), "."+filepath.Base(j.path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), j.path)
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	j.unsaved = 0
	return nil
}

// NewJournal returns a journal that is kept in memory only.
func NewJournal() *Journal { return &Journal{ahead: map[int]bool{}} }
