package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/legworkhq/legwork/recon/call"
)

// formats of recon, the first being the default.
var formats = []string{"text", "json", "legs", "mermaid", "dot"}

// callWriter writes calls in one format. It passes on whole calls only, so that a
// run that is cut short never leaves half a line.
type callWriter struct {
	w      io.Writer
	format string
	page   page
	buf    bytes.Buffer
	calls  int
}

const flushAt = 64 << 10

// write adds one call.
func (cw *callWriter) write(c *call.Call) error {
	if cw.calls++; cw.calls > 1 && cw.format != "json" {
		cw.buf.WriteByte('\n')
	}
	if err := cw.encode(c); err != nil {
		return err
	}
	if cw.buf.Len() >= flushAt {
		return cw.flush()
	}
	return nil
}

func (cw *callWriter) encode(c *call.Call) error {
	switch cw.format {
	case "json":
		cw.buf.Write(append(appendJSON(cw.buf.AvailableBuffer(), c), '\n'))
		return nil
	case "legs":
		return writeLegs(&cw.buf, c, cw.page)
	case "mermaid":
		return writeMermaid(&cw.buf, c)
	case "dot":
		return writeDOT(&cw.buf, c)
	}
	return writeText(&cw.buf, c, cw.page)
}

func (cw *callWriter) flush() error {
	_, err := cw.w.Write(cw.buf.Bytes())
	cw.buf.Reset()
	return err
}

// output is where the calls go: standard output, or a file that appears under its
// name only when it is complete.
type output struct {
	*os.File
	rename string // the final name of a temporary file
}

func openOutput(std stdio, path string) (*output, error) {
	if path == "" || path == "-" {
		return &output{File: std.out}, nil
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, usageError("--out: %v", err)
		}
		return &output{File: f}, nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, usageError("--out: %v", err)
	}
	return &output{f, path}, nil
}

// finish closes a file, and puts it in its place when the run was complete.
func (o *output) finish(complete bool) error {
	if o.rename == "" {
		return nil
	}
	err := o.Close()
	if err == nil && complete {
		if err = os.Chmod(o.Name(), 0o644); err == nil {
			err = os.Rename(o.Name(), o.rename)
		}
		if err == nil {
			return nil
		}
	}
	os.Remove(o.Name())
	if err != nil {
		return &exitError{exitUnreadable, fmt.Sprintf("--out: %v", err)}
	}
	return nil
}
