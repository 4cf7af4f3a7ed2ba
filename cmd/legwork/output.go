package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/view"
)

// formats of recon, the first being the default.
var formats = []string{"text", "json", "legs", "mermaid", "dot", "csv", "svg", "vcon", "otlp"}

// printer prints calls in one format.
type printer struct {
	format string
	page   page
}

// canonical: calls are printed as JSON, or kept as JSON until all can be drawn.
func (p printer) canonical() bool { return p.format == "json" || p.format == "svg" }

// between is what stands between two calls.
func (p printer) between() string {
	if p.canonical() || p.format == "csv" || p.format == "vcon" || p.format == "otlp" {
		return ""
	}
	return "\n"
}

// head writes what stands once before the first call.
func (p printer) head(w io.Writer) error {
	if p.format != "csv" {
		return nil
	}
	return view.LegsCSVHeader(w)
}

// print appends the text of a call.
func (p printer) print(dst []byte, c *call.Call) ([]byte, error) {
	if p.canonical() {
		return append(call.AppendJSON(dst, c), '\n'), nil
	}
	buf := bytes.NewBuffer(dst)
	err := p.page.write(buf, p.format, c)
	return buf.Bytes(), err
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
