package listen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// Recorder appends bodies to a file, each on a line of its own and written at once. It
// is not safe for concurrent use.
type Recorder struct {
	f    *os.File
	line []byte
	// Count is how many bodies were written, Failed how many could not be.
	Count, Failed int
}

// OpenRecorder opens a file to append to, which others may not read: it will hold what
// people said to whom. What is in it stays, and a last line that was cut off is ended.
func OpenRecorder(path string) (*Recorder, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		if f, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0); err != nil { // a pipe, or not ours to read
			return nil, err
		}
	}
	r := &Recorder{f: f}
	if err := r.endLine(); err != nil {
		f.Close()
		return nil, err
	}
	return r, nil
}

func (r *Recorder) endLine() error {
	info, err := r.f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return err
	}
	last := make([]byte, 1)
	if _, err := r.f.ReadAt(last, info.Size()-1); err != nil || last[0] == '\n' {
		if err == io.EOF {
			err = nil
		}
		return err
	}
	_, err = r.f.Write([]byte{'\n'})
	return err
}

// Add writes a body. One that takes several lines is put on one: JSON without the space
// between its tokens, anything else with its line ends as \n and \r.
func (r *Recorder) Add(body []byte) error {
	r.line = append(oneLine(r.line[:0], body), '\n')
	if _, err := r.f.Write(r.line); err != nil {
		r.Failed++
		return fmt.Errorf("cannot record: %w", err)
	}
	r.Count++
	return nil
}

func oneLine(dst, body []byte) []byte {
	if bytes.IndexAny(body, "\r\n") < 0 {
		return append(dst, body...)
	}
	if json.Valid(body) {
		buf := bytes.NewBuffer(dst)
		_ = json.Compact(buf, body) // valid
		return buf.Bytes()
	}
	body = bytes.ReplaceAll(bytes.TrimRight(body, "\r\n"), []byte("\n"), []byte(`\n`))
	return append(dst, bytes.ReplaceAll(body, []byte("\r"), []byte(`\r`))...)
}

// Close closes the file.
func (r *Recorder) Close() error { return r.f.Close() }
