package main

import (
	"context"
	"io"
	"os"

	"github.com/legworkhq/legwork/cmd/legwork/internal/ingest"
)

const stdinName = "<stdin>"

// sources turns the FILE arguments into sources. It returns nil when there is none
// and standard input is a terminal, at which nobody types notifications.
func sources(std stdio, args []string) []ingest.Source {
	if len(args) == 0 {
		if isTerminal(std.in) {
			return nil
		}
		args = []string{"-"}
	}
	var out []ingest.Source
	stdinUsed := false
	for _, arg := range args {
		switch {
		case arg != "-":
			out = append(out, ingest.File(arg))
		case !stdinUsed:
			stdinUsed = true
			out = append(out, stdinSource(std.in))
		}
	}
	return out
}

func stdinSource(f *os.File) ingest.Source {
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		return ingest.Source{Name: stdinName, Size: info.Size(), Open: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(f), nil
		}}
	}
	return ingest.Stream(stdinName, f)
}

// spool makes standard input, which can be read only once, readable again, by way
// of a temporary file. It returns what to do with the file at the end.
func spool(ctx context.Context, srcs []ingest.Source) (remove func(), err error) {
	remove = func() {}
	for i := range srcs {
		if srcs[i].Name != stdinName {
			continue
		}
		f, err := os.CreateTemp("", "legwork-*")
		if err != nil {
			return remove, err
		}
		os.Remove(f.Name()) // where this works, nothing is left behind whatever happens
		remove = func() { f.Close(); os.Remove(f.Name()) }
		in, err := srcs[i].Open(ctx)
		if err != nil {
			return remove, err
		}
		n, err := io.Copy(f, in)
		in.Close()
		if err != nil {
			return remove, err
		}
		srcs[i].Size = n
		srcs[i].Open = func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(io.NewSectionReader(f, 0, n)), nil
		}
	}
	return remove, nil
}
